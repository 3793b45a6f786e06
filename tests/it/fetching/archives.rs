//! Archives: F42.

use super::world::{World, feed_of, feed_with};
use crate::support::publisher::{Publisher, Reply};

fn asked(publisher: &Publisher) -> String {
    format!("[[source]]\nname = \"a\"\nurl = \"{}\"\narchives = true\n", publisher.url("/feed"))
}

fn page(older: &str, numbers: std::ops::Range<u32>) -> Reply {
    let link = format!("<link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"prev-archive\" href=\"{older}\"/>");
    Reply::feed(feed_with(&link, numbers)).header("ETag", format!("\"{older}\"")).conditional()
}

fn targets(world: &World) -> Vec<String> {
    world.publisher.requests().into_iter().map(|request| request.target).collect()
}

#[tokio::test]
async fn f42_the_archives_of_a_new_source_are_walked_once_on_request() {
    let world = World::with(asked);
    world.publisher.set("/feed", page("/2026", 20..30));
    world.publisher.set("/2026", page("/2025", 10..25));
    world.publisher.set("/2025", Reply::feed(feed_of(1..10)));
    let report = world.poll().await;
    assert_eq!((report.counts.new, world.articles().len()), (29, 29));
    assert_eq!(targets(&world), ["/feed", "/2026", "/2025"]);
    // The validators are the feed's own, and the archives are history.
    world.live(10).await;
    let requests = world.publisher.requests();
    assert!(
        requests.len() > 10
            && requests[3..].iter().all(|request| request.target == "/feed" && request.text_of("If-None-Match") == "\"/2026\"")
    );
    assert_eq!(world.articles().len(), 29);
    assert_eq!(world.state("a").articles_new, 29);
}

#[tokio::test]
async fn f42_not_without_request() {
    let world = World::new();
    world.publisher.set("/feed", page("/2026", 20..30));
    world.poll().await;
    assert_eq!(targets(&world), ["/feed"]);
}

#[tokio::test]
async fn f42_a_circle_a_missing_page_and_nonsense_end_the_walk() {
    for (last, requests) in [(page("/2026", 1..10), 3), (page("/feed", 1..10), 3), (Reply::status(404), 3), (Reply::feed("<html>"), 3)] {
        let world = World::with(asked);
        world.publisher.set("/feed", page("/2026", 20..30));
        world.publisher.set("/2026", page("/2025", 10..20));
        world.publisher.set("/2025", last);
        world.poll().await;
        assert_eq!(targets(&world).len(), requests);
        assert!(world.articles().len() >= 20);
        assert_eq!(world.state("a").failures, 0);
    }
}

#[tokio::test]
async fn f42_archives_without_an_end_are_bounded() {
    let world = World::with(asked);
    for number in 0..200_u32 {
        let path = if number == 0 { "/feed".to_owned() } else { format!("/{number}") };
        world.publisher.set(&path, page(&format!("/{}", number + 1), number..number + 1));
    }
    world.poll().await;
    assert_eq!(targets(&world).len(), 1 + feedmill::daemon::archives::ARCHIVES_MAX);
}

//! What happens to a source in trouble, with the daemon's own worker: F19, F21, F23, F24, F26, F35 to F37, F39, F40, mirrors.

use chrono::TimeDelta;

use super::world::{World, feed_of};
use crate::support::publisher::{Logged, Publisher, Reply};
use feedmill::model::Outcome;

#[tokio::test]
async fn f21_f24_failures_back_off_and_a_success_resets() {
    let world = World::new();
    world.publisher.set("/feed", Reply::status(500));
    let mut waits = Vec::new();
    for _ in 0..7 {
        world.poll().await;
        waits.push(world.hours_to_due());
        world.go_to_due();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 24, 24]);
    world.publisher.set("/feed", Reply::feed(feed_of(1..2)).header("ETag", "\"1\""));
    world.poll().await;
    assert_eq!((world.hours_to_due(), world.state("a").failures), (1, 0));
    world.go_to_due();
    world.publisher.set("/feed", Reply::status(429));
    world.poll().await;
    assert_eq!(world.hours_to_due(), 1);
}

#[tokio::test]
async fn f19_f23_retry_after_holds_the_sources_of_the_host_over_a_restart() {
    let mut world = World::with(|publisher| {
        let source = |name: &str| format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\n", publisher.url(&format!("/{name}")));
        format!("{}{}", source("a"), source("b"))
    });
    world.publisher.set("/a", Reply::status(503).header("Retry-After", "36000"));
    world.publisher.set("/b", Reply::feed(feed_of(1..2)));
    let until = world.now() + TimeDelta::hours(10);
    world.poll().await;
    assert!(world.state("a").next_due >= until);
    world.restart();
    let mut scheduler = world.scheduler().await;
    // b was never polled, so it is due at once; but its host wants silence.
    world.tick(&mut scheduler).await;
    world.clock.set(until - TimeDelta::seconds(1));
    world.tick(&mut scheduler).await;
    assert_eq!(world.publisher.requests().len(), 1, "something was sent into the silence");
    assert!(world.state("b").next_why.contains("Retry-After"), "{}", world.state("b").next_why);
    // Both are due now, and whichever comes first must not silence the other.
    world.publisher.set("/a", Reply::status(404));
    world.clock.set(until + TimeDelta::hours(2));
    world.tick(&mut scheduler).await;
    assert_eq!(world.publisher.requests_to("/b").len(), 1);
    assert_eq!(world.articles().len(), 1);
}

#[tokio::test]
async fn f26_one_address_in_two_sources_is_fetched_once() {
    let world = World::with(|publisher| {
        let url = publisher.url("/feed");
        format!("[[source]]\nname = \"a\"\nurl = \"{url}\"\n\n[[source]]\nname = \"b\"\nurl = \"{url}#part\"\ninclude = \"Entry 2\"\n")
    });
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    let mut scheduler = world.scheduler().await;
    world.tick(&mut scheduler).await;
    assert_eq!(world.publisher.requests().len(), 1);
    assert_eq!(world.articles().len(), 4, "three of the one, one of the other");
    let due = world.state("a").next_due.max(world.state("b").next_due);
    world.clock.set(due);
    world.tick(&mut scheduler).await;
    assert_eq!(world.publisher.requests().len(), 2);
    assert!(world.publisher.requests()[1].is_conditional());
}

#[tokio::test]
async fn f35_f37_a_permanent_redirect_is_adopted_after_ten_polls_and_seven_days_without_a_new_article() {
    for status in [301, 308] {
        let world = World::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\ninterval = \"12h\"\n", publisher.url("/old")));
        world.publisher.set("/old", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
        world.poll().await;
        let before: Vec<_> = world.articles().iter().map(|article| article.id).collect();
        world.publisher.set("/old", Reply::redirect(status, "/new"));
        world.publisher.set("/new", Reply::feed(feed_of(1..4)).header("ETag", "\"2\"").conditional());
        world.live(6).await;
        assert_eq!(world.state("a").adopted_url, None, "too early");
        world.live(3).await;
        let new = world.publisher.url("/new").to_string();
        assert_eq!(world.state("a").adopted_url.as_deref(), Some(new.as_str()));
        world.publisher.forget_requests();
        world.live(2).await;
        assert!(world.publisher.requests().iter().all(|request| request.target == "/new"));
        assert_eq!(world.articles().iter().map(|article| article.id).collect::<Vec<_>>(), before, "an article came twice");
    }
}

#[tokio::test]
async fn f34_f36_nothing_past_a_temporary_hop_is_adopted() {
    let world = World::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\ninterval = \"12h\"\n", publisher.url("/old")));
    world.publisher.set("/new", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    for status in [302, 303, 307] {
        world.publisher.set("/old", Reply::redirect(status, "/new"));
        world.live(10).await;
        assert_eq!(world.state("a").adopted_url, None, "{status}");
    }
    world.publisher.set("/old", Reply::redirect(301, "/between"));
    world.publisher.set("/between", Reply::redirect(302, "/new"));
    world.live(10).await;
    let between = world.publisher.url("/between").to_string();
    assert_eq!(world.state("a").adopted_url.as_deref(), Some(between.as_str()), "the permanent part only");
}

#[tokio::test]
async fn f35_an_address_that_shows_something_else_is_not_adopted() {
    let world = World::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\ninterval = \"12h\"\n", publisher.url("/old")));
    world.publisher.set("/old", Reply::feed(feed_of(1..4)).header("ETag", "\"1\""));
    world.poll().await;
    // A parked domain answers everything with the same page; another feed has other entries each time.
    world.publisher.set("/old", Reply::redirect(301, "/parked"));
    for day in 0..12 {
        world.publisher.set("/parked", Reply::feed(feed_of(100 + 2 * day..102 + 2 * day)));
        world.live(1).await;
    }
    assert_eq!(world.state("a").adopted_url, None);
}

#[tokio::test]
async fn f39_two_410_a_day_apart_end_the_polling_and_keep_the_articles() {
    let world = World::new();
    world.publisher.script("/feed", vec![Reply::feed(feed_of(1..4)).header("ETag", "\"1\""), Reply::status(410)]);
    world.live(60).await;
    let requests = world.publisher.requests().len();
    assert_eq!(requests, 3, "one good, two 410");
    assert_eq!((world.state("a").outcome, world.articles().len()), (Some(Outcome::Gone), 3));
    let mut scheduler = world.scheduler().await;
    world.tick(&mut scheduler).await;
    assert_eq!(world.publisher.requests().len(), requests);
}

#[tokio::test]
async fn f39_a_410_that_was_a_mistake_is_forgotten() {
    let world = World::new();
    let feed = || Reply::feed(feed_of(1..4)).header("ETag", "\"1\"");
    world.publisher.script("/feed", vec![feed(), Reply::status(410), feed(), Reply::status(410), feed()]);
    world.live(10).await;
    assert!(world.publisher.requests().len() > 10);
    assert_eq!(world.state("a").gone_since, None);
}

#[tokio::test]
async fn f40_404_backs_off_and_deletes_nothing() {
    let world = World::new();
    world.publisher.script("/feed", vec![Reply::feed(feed_of(1..4)).header("ETag", "\"1\""), Reply::status(404)]);
    world.live(60).await;
    let requests = world.publisher.requests().len();
    assert!((55..75).contains(&requests), "{requests} requests in 60 days");
    assert_eq!(world.articles().len(), 3);
    assert!(!matches!(world.state("a").outcome, Some(Outcome::Gone)));
    world.publisher.set("/feed", Reply::feed(feed_of(1..5)));
    world.go_to_due();
    world.poll().await;
    assert_eq!(world.articles().len(), 4);
}

#[tokio::test]
async fn mirrors_are_tried_in_turn_and_articles_keep_their_identity() {
    let world = World::with(|publisher| {
        let (own, one, two) = (publisher.url("/feed"), publisher.url("/one"), publisher.url("/two"));
        format!("[[source]]\nname = \"a\"\nurl = \"{own}\"\nmirrors = [\"{one}\", \"{two}\"]\n")
    });
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"own\"").conditional());
    world.publisher.set("/one", Reply::close());
    world.publisher.set("/two", Reply::feed(feed_of(1..5)).header("ETag", "\"mirror\"").conditional());
    world.poll().await;
    world.publisher.set("/feed", Reply::status(502));
    world.go_to_due();
    let report = world.poll().await;
    assert_eq!((report.outcome, world.articles().len()), (Outcome::Changed, 4));
    let targets: Vec<_> = world.publisher.requests().into_iter().map(|request| request.target).collect();
    // The connection was open from the answer before, so its end is no answer, and a new one is tried.
    assert_eq!(targets, ["/feed", "/feed", "/one", "/one", "/two"]);
    // The validators of one server say nothing about another's.
    assert!(!world.publisher.requests()[4].is_conditional());
    world.publisher.set("/feed", Reply::feed(feed_of(1..5)).header("ETag", "\"own\"").conditional());
    world.go_to_due();
    world.poll().await;
    assert_eq!(world.publisher.requests()[5].text_of("If-None-Match"), "\"own\"");
    assert_eq!(world.articles().len(), 4);
}

#[tokio::test]
async fn secrets_stay_at_the_address_of_feeds_toml_when_another_is_adopted_or_a_mirror_asked() {
    let stranger = Publisher::start();
    let world = World::with(|publisher| {
        let (url, mirror) = (publisher.url("/old"), stranger.url("/mirror"));
        format!(
            "[[source]]\nname = \"a\"\nurl = \"{url}\"\nmirrors = [\"{mirror}\"]\ninterval = \"12h\"\nauth_env = \"PATH\"\nheaders = {{ Cookie = \"sid=1\" }}\n"
        )
    });
    let secrets = |requests: &[Logged]| {
        requests.iter().filter(|request| request.header("Cookie").is_some() || request.header("Authorization").is_some()).count()
    };
    // Within the origin they go along …
    world.publisher.set("/old", Reply::redirect(301, "/new"));
    world.publisher.set("/new", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    world.live(10).await;
    assert!(world.state("a").adopted_url.is_some());
    let requests = world.publisher.requests();
    assert_eq!((requests.last().unwrap().target.as_str(), secrets(&requests)), ("/new", requests.len()));
    // … and elsewhere they do not, neither now nor after the move is believed.
    world.publisher.set("/new", Reply::redirect(301, stranger.url("/feed").as_str()));
    stranger.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"2\"").conditional());
    world.live(12).await;
    assert_eq!(world.state("a").adopted_url.as_deref(), Some(stranger.url("/feed").as_str()));
    stranger.set("/feed", Reply::status(500));
    stranger.set("/mirror", Reply::feed(feed_of(1..4)));
    world.go_to_due();
    world.poll().await;
    assert_eq!(stranger.requests_to("/mirror").len(), 1);
    assert_eq!(secrets(&stranger.requests()), 0, "a secret went to a stranger");
}

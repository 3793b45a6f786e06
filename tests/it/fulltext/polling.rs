//! `full_text = true` with the daemon's own worker, against a publisher on loopback.

use chrono::TimeDelta;
use feedmill::daemon::fulltext::{FAILURES_MAX, PAGES_MAX, TRIES_MAX};

use crate::fetching::world::World;
use crate::support::publisher::{Publisher, Reply};

/// The source `a` with these lines.
fn world(lines: &str) -> World {
    World::with(|publisher| {
        format!("[[source]]\nname = \"a\"\nurl = \"{}\"\nfull_text = true\nsummary = \"off\"\n{lines}\n", publisher.url("/feed"))
    })
}

/// A feed of excerpts: number, address of the page, text.
fn feed(entries: &[(usize, String, &str)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(number, link, text)| {
            format!(
                "<item><title>Entry {number}</title><link>{link}</link><guid>urn:{number}</guid><description>{text}</description></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>https://e.example/</link><description>d</description>{entries}</channel></rss>"
    )
}

fn page(words: &str) -> Reply {
    let text = format!("<p>{words}, and a sentence that goes on for a while, as sentences of whole articles do.</p>").repeat(12);
    let html = format!(
        "<html><head><title>Page</title></head><body><nav><a href=/>Home</a></nav><article class=story>{text}<p><img src=\"p.jpg\"></p></article></body></html>"
    );
    Reply::status(200).header("Content-Type", "text/html; charset=utf-8").body(html)
}

fn one(publisher: &Publisher, text: &str) -> String {
    feed(&[(1, publisher.url("/pages/1.html").to_string(), text)])
}

#[tokio::test]
async fn an_excerpt_becomes_the_whole_text_and_the_page_is_asked_once() {
    let world = world("");
    let publisher = &world.publisher;
    publisher.set("/feed", Reply::feed(one(publisher, "Only an excerpt.")));
    publisher.set("/pages/1.html", page("Whole text"));
    assert_eq!(world.poll().await.counts.new, 1);
    let article = world.articles().remove(0);
    assert_eq!(article.body.as_str().matches("Whole text, and a sentence").count(), 12, "{}", article.body.as_str());
    assert!(!article.body.as_str().contains("Home"));
    assert_eq!(article.cover, Some(publisher.url("/pages/p.jpg").to_string()), "pictures are meant against the page");
    assert!(article.summary.starts_with("Whole text"), "{}", article.summary);
    // A feed of other bytes with the same entry, and a page that has changed meanwhile: nothing is asked, nothing revised.
    publisher.set("/pages/1.html", page("Other text"));
    for round in 0..3 {
        publisher.set("/feed", Reply::feed(one(publisher, "Only an excerpt.") + &" ".repeat(round + 1)));
        world.clock.advance((TimeDelta::days(2)).to_std().unwrap());
        let counts = world.poll().await.counts;
        assert_eq!((counts.new, counts.revised, counts.unchanged), (0, 0, 1));
    }
    assert_eq!(publisher.requests_to("/pages/1.html").len(), 1);
    assert_eq!(world.articles(), std::slice::from_ref(&article));
    // The publisher changes the entry: it is asked again, and the article keeps its place.
    publisher.set("/feed", Reply::feed(one(publisher, "Only an excerpt, corrected.")));
    assert_eq!(world.poll().await.counts.revised, 1);
    let revised = world.articles().remove(0);
    assert!(revised.body.as_str().contains("Other text") && revised.revision == 1 && revised.published == article.published);
    assert!(revised.id == article.id && revised.updated > article.updated);
    assert_eq!(publisher.requests_to("/pages/1.html").len(), 2);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_page_the_feeds_own_text_stands() {
    let world = world("");
    let publisher = &world.publisher;
    let at = |path: &str| publisher.url(path).to_string();
    publisher.set(
        "/feed",
        Reply::feed(feed(&[
            (1, at("/gone"), "Excerpt 1."),
            (2, at("/good"), "Excerpt 2."),
            // Not among the private networks that this configuration allows.
            (3, "http://10.1.2.3/page".into(), "Excerpt 3."),
            (4, "http://169.254.169.254/latest".into(), "Excerpt 4."),
            (5, at("/good?5"), "Excerpt 5."),
            (6, at("/picture"), "Excerpt 6."),
            (7, at("/deep"), "Excerpt 7."),
        ])),
    );
    publisher.set("/gone", Reply::status(404).body("<p>Not found, sorry.</p>".repeat(100)));
    publisher.set("/good", page("Whole text"));
    publisher.set("/good?5", page("Whole text"));
    publisher.set("/picture", Reply::status(200).header("Content-Type", "image/png").body("\u{89}PNG"));
    publisher.set("/deep", Reply::status(200).header("Content-Type", "text/html").body("<div>".repeat(100_000)));
    let report = world.poll().await;
    assert_eq!((report.counts.new, report.status), (7, Some(200)));
    for article in world.articles() {
        let number: u32 = article.title.trim_start_matches("Entry ").parse().unwrap();
        let whole = article.body.as_str().contains("Whole text");
        assert_eq!(whole, matches!(number, 2 | 5), "{number}: {}", article.body.as_str());
        assert!(whole || article.body.as_str().contains(&format!("Excerpt {number}.")), "{}", article.body.as_str());
    }
}

#[tokio::test]
async fn a_body_of_the_feed_that_is_fuller_is_kept() {
    let world = world("");
    let publisher = &world.publisher;
    let text = "The feed has it all, in many words. ".repeat(60);
    publisher.set("/feed", Reply::feed(one(publisher, &text)));
    publisher.set("/pages/1.html", page("Whole text"));
    world.poll().await;
    assert!(world.articles()[0].body.as_str().contains("The feed has it all"));
}

#[tokio::test]
async fn a_selector_says_where_the_text_stands() {
    let world = world("selector = \"div.mine\"");
    let publisher = &world.publisher;
    publisher.set("/feed", Reply::feed(one(publisher, "Excerpt.")));
    let html = "<article><p>Not this one, although it looks like an article, with commas, and words.</p></article><div class=mine>This, and nothing but this.</div>";
    publisher.set("/pages/1.html", Reply::status(200).header("Content-Type", "text/html").body(html));
    world.poll().await;
    assert_eq!(world.articles()[0].body.as_str().trim(), "<div class=\"mine\">This, and nothing but this.</div>");
}

#[tokio::test]
async fn pages_of_one_poll_are_bounded_and_a_website_that_is_down_is_left_alone() {
    let world = world("");
    let publisher = &world.publisher;
    let many =
        |path: &str| (1..=PAGES_MAX + 5).map(|n| (n, publisher.url(&format!("/{path}/{n}")).to_string(), "Excerpt.")).collect::<Vec<_>>();
    publisher.set("/feed", Reply::feed(feed(&many("good"))));
    for n in 1..=PAGES_MAX + 5 {
        publisher.set(&format!("/good/{n}"), page("Whole text"));
    }
    assert_eq!(world.poll().await.counts.new as usize, PAGES_MAX + 5);
    let asked = || publisher.requests().iter().filter(|request| !request.target.starts_with("/feed")).count();
    assert_eq!(asked(), PAGES_MAX);
    assert_eq!(world.articles().iter().filter(|article| article.body.as_str().contains("Whole text")).count(), PAGES_MAX);
    let down: Vec<_> = many("down").into_iter().map(|(n, link, text)| (n + 1_000, link, text)).collect();
    publisher.set("/feed", Reply::feed(feed(&down)));
    world.clock.advance((TimeDelta::days(1)).to_std().unwrap());
    assert_eq!(world.poll().await.counts.new as usize, PAGES_MAX + 5);
    assert_eq!(asked(), PAGES_MAX + FAILURES_MAX);
}

#[tokio::test]
async fn pages_beyond_those_of_one_poll_are_fetched_by_later_ones_although_the_feed_has_nothing_new() {
    let mut world = world("");
    let publisher = &world.publisher;
    let many: Vec<_> = (1..=2 * PAGES_MAX + 5).map(|n| (n, publisher.url(&format!("/good/{n}")).to_string(), "Excerpt.")).collect();
    publisher.set("/feed", Reply::feed(feed(&many)).header("ETag", "\"1\"").conditional());
    for (n, ..) in &many {
        publisher.set(&format!("/good/{n}"), page("Whole text"));
    }
    let whole = |world: &World| world.articles().iter().filter(|article| article.body.as_str().contains("Whole text")).count();
    assert_eq!(world.poll().await.counts.new as usize, many.len());
    let first = world.articles();
    for (completed, expected) in [(PAGES_MAX, 2 * PAGES_MAX), (5, many.len()), (0, many.len())] {
        // What is due outlives the process.
        world.restart();
        world.clock.advance((TimeDelta::days(1)).to_std().unwrap());
        let report = world.poll().await;
        assert_eq!((report.status, report.completed, report.counts.revised), (Some(304), completed, 0));
        assert_eq!(whole(&world), expected);
    }
    let publisher = &world.publisher;
    assert_eq!(publisher.requests().iter().filter(|request| request.target.starts_with("/good/")).count(), many.len());
    for article in world.articles() {
        let before = first.iter().find(|before| before.id == article.id).unwrap();
        assert_eq!((article.published, article.revision, &article.title), (before.published, 0, &before.title));
        // Readers that ask for what is newer than what they have must get the fuller text.
        assert_eq!(article.updated > before.updated, article.body != before.body);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_had_now_is_tried_again_a_few_times_and_no_more() {
    let world = world("");
    let publisher = &world.publisher;
    let entries = [
        (1, publisher.url("/busy").to_string(), "Excerpt."),
        (2, publisher.url("/down").to_string(), "Excerpt."),
        (3, publisher.url("/gone").to_string(), "Excerpt."),
    ];
    publisher.set("/feed", Reply::feed(feed(&entries)));
    publisher.script("/busy", vec![Reply::status(503), page("Whole text")]);
    publisher.set("/down", Reply::status(500));
    publisher.set("/gone", Reply::status(404));
    for _ in 0..TRIES_MAX + 3 {
        world.poll().await;
        world.clock.advance((TimeDelta::days(1)).to_std().unwrap());
    }
    let asked = |path: &str| publisher.requests_to(path).len();
    assert_eq!((asked("/busy"), asked("/down"), asked("/gone")), (2, TRIES_MAX as usize, 1));
    assert_eq!(world.articles().iter().filter(|article| article.body.as_str().contains("Whole text")).count(), 1);
    assert_eq!(world.state("a").pages_due, []);
}

#[tokio::test]
async fn a_revised_entry_keeps_the_whole_text_that_it_had_until_its_page_can_be_had_again() {
    let world = world("");
    let publisher = &world.publisher;
    publisher.set("/feed", Reply::feed(one(publisher, "Only an excerpt.")));
    publisher.set("/pages/1.html", page("Whole text"));
    world.poll().await;
    publisher.set("/feed", Reply::feed(one(publisher, "Only an excerpt, corrected.")));
    publisher.set("/pages/1.html", Reply::status(502));
    world.clock.advance((TimeDelta::days(1)).to_std().unwrap());
    assert_eq!(world.poll().await.counts.revised, 1);
    let article = world.articles().remove(0);
    assert!(article.body.as_str().contains("Whole text") && article.summary.starts_with("Whole text"), "{}", article.body.as_str());
    assert_eq!((article.revision, article.cover), (1, Some(publisher.url("/pages/p.jpg").to_string())));
    // The page is back, and shorter than it was: it is the page of today all the same.
    let short = "<article><p>The corrected text, short as it is, and with commas, but whole.</p></article>";
    publisher.set("/pages/1.html", Reply::status(200).header("Content-Type", "text/html").body(short));
    world.clock.advance((TimeDelta::days(1)).to_std().unwrap());
    assert_eq!(world.poll().await.completed, 1);
    let article = world.articles().remove(0);
    assert!(article.body.as_str().contains("The corrected text, short"), "{}", article.body.as_str());
    assert_eq!(article.revision, 1);
}

#[tokio::test]
async fn a_page_shared_by_two_sources_is_asked_once_and_secrets_stay_at_home() {
    let world = World::with(|publisher| {
        let url = publisher.url("/feed");
        let more = "full_text = true\nheaders = { X-Secret = \"s3cret\" }\nsummary = \"off\"";
        format!("[[source]]\nname = \"a\"\nurl = \"{url}\"\n{more}\n\n[[source]]\nname = \"b\"\nurl = \"{url}\"\n{more}\n")
    });
    let elsewhere = Publisher::start();
    let publisher = &world.publisher;
    let entries = [(1, publisher.url("/own").to_string(), "Excerpt."), (2, elsewhere.url("/other").to_string(), "Excerpt.")];
    publisher.set("/feed", Reply::feed(feed(&entries)));
    publisher.set("/own", page("Whole text"));
    elsewhere.set("/other", page("Whole text"));
    world.poll().await;
    let articles = world.articles();
    assert_eq!(articles.iter().filter(|article| article.body.as_str().contains("Whole text")).count(), 4);
    assert_eq!((publisher.requests_to("/own").len(), elsewhere.requests().len()), (1, 1));
    assert_eq!(publisher.requests_to("/own")[0].header("X-Secret").as_deref(), Some(b"s3cret".as_slice()));
    assert_eq!(elsewhere.requests()[0].header("X-Secret"), None, "a secret went to another origin");
}

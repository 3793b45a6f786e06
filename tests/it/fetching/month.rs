//! Thirty virtual days with the daemon's own worker: F2, F6 to F15, F17, F18, F27, F28, F41.

use std::time::Duration;

use chrono::{Datelike, Timelike};

use super::world::{World, feed_of, feed_with};
use crate::support::publisher::Reply;
use feedmill::model::Outcome;

const YESTERDAY: &str = "Sat, 28 Feb 2026 12:00:00 GMT";

#[tokio::test]
async fn f2_f13_over_thirty_days_only_the_first_request_is_unconditional() {
    let world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").header("Last-Modified", YESTERDAY).conditional());
    world.live(15).await;
    // A new version comes in the middle of the month.
    world.publisher.set("/feed", Reply::feed(feed_of(1..5)).header("ETag", "\"2\"").header("Last-Modified", YESTERDAY).conditional());
    world.live(15).await;
    let requests = world.publisher.requests();
    assert!(requests.len() >= 30, "only {} polls in a month", requests.len());
    assert!(!requests[0].is_conditional());
    assert!(requests[1..].iter().all(crate::support::publisher::Logged::is_conditional));
    assert!(requests.iter().all(|request| request.target == "/feed"), "F33: something else was fetched");
    assert_eq!(requests.last().unwrap().text_of("If-None-Match"), "\"2\"");
    assert_eq!(world.articles().len(), 4);
}

#[tokio::test]
async fn f6_f7_f8_what_the_last_answer_said_is_what_is_sent() {
    let world = World::new();
    let feed = || Reply::feed(feed_of(1..4));
    world.publisher.script(
        "/feed",
        vec![
            feed().header("ETag", "\"1\""),
            feed().header("ETag", "\"2\""),
            Reply::status(304).header("ETag", "\"3\""),
            Reply::status(304),
            feed().header("Last-Modified", YESTERDAY),
            Reply::status(304),
        ],
    );
    for _ in 0..6 {
        world.poll().await;
        world.go_to_due();
    }
    let sent: Vec<_> =
        world.publisher.requests().iter().map(|request| (request.text_of("If-None-Match"), request.text_of("If-Modified-Since"))).collect();
    let expected = [("", ""), ("\"1\"", ""), ("\"2\"", ""), ("\"3\"", ""), ("\"3\"", ""), ("", YESTERDAY)];
    assert_eq!(sent, expected.map(|(etag, date)| (etag.to_owned(), date.to_owned())));
}

#[tokio::test]
async fn f9_a_document_that_cannot_be_read_changes_neither_validators_nor_articles() {
    let world = World::new();
    world.publisher.script(
        "/feed",
        vec![
            Reply::feed(feed_of(1..4)).header("ETag", "\"good\""),
            Reply::feed("<html><body>Down for maintenance</body></html>").header("ETag", "\"bad\"").header("Content-Type", "text/html"),
            Reply::status(304),
        ],
    );
    world.poll().await;
    world.go_to_due();
    assert!(matches!(world.poll().await.outcome, Outcome::Failed(_)));
    assert_eq!((world.articles().len(), world.state("a").validators.etag.as_deref()), (3, Some(&b"\"good\""[..])));
    world.go_to_due();
    world.poll().await;
    assert_eq!(world.publisher.requests()[2].text_of("If-None-Match"), "\"good\"");
}

#[tokio::test]
async fn a_body_that_breaks_off_gives_what_it_has_and_is_asked_for_whole() {
    let world = World::new();
    let whole = feed_of(1..60);
    world.publisher.script(
        "/feed",
        vec![
            Reply::feed(whole.clone()).header("ETag", "\"1\"").cut_after(whole.len() / 2),
            Reply::feed(whole).header("ETag", "\"1\"").conditional(),
        ],
    );
    world.poll().await;
    let some = world.articles().len();
    assert!(some > 10 && some < 59, "{some}");
    world.go_to_due();
    world.poll().await;
    assert!(!world.publisher.requests()[1].is_conditional());
    assert_eq!(world.articles().len(), 59);
}

#[tokio::test]
async fn f10_f11_f12_validators_and_due_times_outlive_the_process_and_a_poll_by_hand_is_conditional() {
    let mut world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    world.poll().await;
    let before = world.state("a");
    assert_eq!(world.articles().len(), 3, "articles and validators are written together");
    world.restart();
    assert_eq!(world.state("a"), before);
    // By hand, long before it is due.
    let report = world.poll().await;
    assert_eq!((report.status, report.outcome), (Some(304), Outcome::Unchanged));
    assert_eq!(world.publisher.requests()[1].text_of("If-None-Match"), "\"1\"");
}

#[tokio::test]
async fn f14_starts_are_an_hour_apart_and_a_little_more() {
    let world = World::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\ninterval = \"1h\"\n", publisher.url("/feed")));
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    let mut gaps = Vec::new();
    for _ in 0..50 {
        let start = world.now();
        world.poll().await;
        gaps.push((world.state("a").next_due - start).num_seconds());
        world.go_to_due();
    }
    assert!(gaps.iter().all(|gap| (3600..=3960).contains(gap)), "{gaps:?}");
    let different: std::collections::HashSet<_> = gaps.iter().collect();
    assert!(different.len() > 25, "no jitter: {gaps:?}");
}

#[tokio::test]
async fn f14_the_default_interval_is_an_hour() {
    let world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    world.poll().await;
    assert_eq!((world.hours_to_due(), world.state("a").next_why.as_str()), (1, "every 1h (interval)"));
}

#[tokio::test]
async fn f15_without_validators_daily_unless_the_source_sets_its_interval() {
    let world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)));
    world.live(30).await;
    let polls = world.publisher.requests().len();
    assert!((27..=30).contains(&polls), "{polls} polls in 30 days");

    let own = World::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\ninterval = \"6h\"\n", publisher.url("/feed")));
    own.publisher.set("/feed", Reply::feed(feed_of(1..4)));
    own.live(10).await;
    let polls = own.publisher.requests().len();
    assert!((35..=40).contains(&polls), "{polls} polls in 10 days");
}

#[tokio::test]
async fn f17_f18_f28_the_publishers_wishes_are_kept_of_a_304_too() {
    let world = World::new();
    let feed = |elements: &str| Reply::feed(feed_with(elements, 1..4)).header("ETag", "\"1\"");
    let period = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>";
    world.publisher.script(
        "/feed",
        vec![
            feed("").header("Cache-Control", "public, max-age=10800"),
            Reply::status(304).header("Cache-Control", "max-age=14400"),
            feed("<ttl>300</ttl>").header("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
            Reply::status(304),
            feed(period),
            feed(period).header("Cache-Control", "max-age=31536000"),
        ],
    );
    let mut waits = Vec::new();
    for _ in 0..6 {
        world.poll().await;
        waits.push(world.hours_to_due());
        world.go_to_due();
    }
    assert_eq!(waits[..5], [3, 4, 5, 5, 6]);
    assert_eq!(waits[5], 7 * 24, "capped at a week");
}

#[tokio::test]
async fn f27_no_request_in_the_hours_and_days_that_the_publisher_names() {
    let hours: String = (0..24).filter(|hour| ![6, 12, 18].contains(hour)).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let skips = format!("<skipHours>{hours}</skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>");
    let world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_with(&skips, 1..4)).header("ETag", "\"1\"").conditional());
    // The first one is before we know.
    world.poll().await;
    let mut polls = 0;
    while polls < 40 {
        world.go_to_due();
        let now = world.now();
        assert!([6, 12, 18].contains(&now.hour()) && now.weekday().num_days_from_monday() < 5, "polled at {now}, {}", now.weekday());
        world.poll().await;
        polls += 1;
    }
}

#[tokio::test]
async fn f41_a_delta_adds_and_what_it_leaves_out_stays() {
    let world = World::new();
    world.publisher.script(
        "/feed",
        vec![
            Reply::feed(feed_of(1..4)).header("ETag", "\"1\""),
            Reply::status(226).body(feed_of(4..6)).header("IM", "feed").header("ETag", "\"2\""),
            Reply::status(304),
        ],
    );
    world.poll().await;
    world.go_to_due();
    world.poll().await;
    assert_eq!(world.articles().len(), 5);
    world.go_to_due();
    world.poll().await;
    let requests = world.publisher.requests();
    assert_eq!((requests[0].header("A-IM"), requests[1].text_of("A-IM")), (None, "feed".into()));
    assert_eq!(requests[2].text_of("If-None-Match"), "\"2\"");
}

#[tokio::test]
async fn a_source_that_publishes_daily_is_soon_not_asked_hourly() {
    let world = World::new();
    for day in 0..20 {
        world.publisher.set("/feed", Reply::feed(feed_of(1..4 + day)).header("ETag", format!("\"{day}\"")).conditional());
        world.live(1).await;
    }
    world.publisher.forget_requests();
    for day in 20..30 {
        world.publisher.set("/feed", Reply::feed(feed_of(1..4 + day)).header("ETag", format!("\"{day}\"")).conditional());
        world.live(1).await;
    }
    let polls = world.publisher.requests().len();
    assert!((20..80).contains(&polls), "{polls} polls in 10 days for 10 articles");
    assert!(world.articles().len() >= 31, "{} articles", world.articles().len());
    let why = world.state("a").next_why;
    assert!(why.contains("its own rhythm"), "{why}");
    assert!(world.state("a").next_due - world.now() <= chrono::TimeDelta::from_std(Duration::from_secs(24 * 3600)).unwrap());
}

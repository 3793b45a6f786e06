//! Keeping silent and keeping the pace: F19 to F23, F25.

use std::sync::Arc;
use std::time::Duration;

use super::kit::{RSS, kit, kit_with, noon, request};
use crate::support::publisher::{Publisher, Reply};
use feedmill::fetch::{Fetch, FetchError, FetchRequest};

#[tokio::test]
async fn f19_f20_retry_after_silences_the_whole_host_until_then_and_no_longer() {
    for (status, value) in [(429, "600"), (503, "600"), (429, "Sun, 01 Mar 2026 12:10:00 GMT"), (503, "Sun, 01 Mar 2026 12:10:00 GMT")] {
        let (publisher, kit) = (Publisher::start(), kit());
        publisher.script("/feed", vec![Reply::status(status).header("Retry-After", value), Reply::feed(RSS)]);
        publisher.set("/other", Reply::feed(RSS));
        let until = noon() + Duration::from_secs(600);
        let answer = kit.answer(&publisher.url("/feed")).await;
        assert_eq!((answer.status, answer.retry_after), (status, Some(until)));
        kit.clock.advance(Duration::from_secs(599));
        for path in ["/feed", "/other"] {
            assert_eq!(kit.error(&publisher.url(path)).await, FetchError::HeldBack(until));
        }
        assert_eq!(publisher.requests().len(), 1, "something was sent into the silence");
        kit.clock.advance(Duration::from_secs(1));
        assert_eq!(kit.answer(&publisher.url("/feed")).await.status, 200);
    }
}

#[tokio::test]
async fn f19_per_feed_where_configured() {
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.hold_host = false));
    publisher.set("/feed", Reply::status(429).header("Retry-After", "600"));
    publisher.set("/other", Reply::feed(RSS));
    kit.answer(&publisher.url("/feed")).await;
    assert!(matches!(kit.error(&publisher.url("/feed")).await, FetchError::HeldBack(_)));
    assert_eq!(kit.answer(&publisher.url("/other")).await.status, 200);
}

#[tokio::test]
async fn f19_a_redirect_does_not_lead_into_the_silence() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("http://busy.example/feed", Reply::status(503).header("Retry-After", "600"));
    publisher.set("http://front.example/feed", Reply::redirect(302, "http://busy.example/feed"));
    let through = |url: &str| {
        let request = FetchRequest { proxy: Some(publisher.proxy()), ..request(&url.parse().unwrap()) };
        let client = Arc::clone(&kit.client);
        async move { client.fetch(request).await.result }
    };
    assert_eq!(through("http://busy.example/feed").await.unwrap().status, 503);
    assert!(matches!(through("http://front.example/feed").await, Err(FetchError::HeldBack(_))));
    assert_eq!(publisher.requests_to("http://busy.example/feed").len(), 1);
}

#[tokio::test]
async fn f21_f22_without_sense_there_is_no_silence_and_years_are_two_days() {
    for value in ["soon", "-1", "Thu, 01 Jan 1970 00:00:00 GMT", ""] {
        let (publisher, kit) = (Publisher::start(), kit());
        publisher.script("/feed", vec![Reply::status(429).header("Retry-After", value), Reply::feed(RSS)]);
        assert_eq!(kit.answer(&publisher.url("/feed")).await.retry_after, None, "{value}");
        assert_eq!(kit.answer(&publisher.url("/feed")).await.status, 200, "the schedule waits, not the client");
    }
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/feed", Reply::status(429).header("Retry-After", "315360000"));
    assert_eq!(kit.answer(&publisher.url("/feed")).await.retry_after, Some(noon() + Duration::from_secs(2 * 24 * 3600)));
}

#[tokio::test]
async fn f23_a_silence_from_before_a_restart_is_kept() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/feed", Reply::feed(RSS));
    kit.client.hold("127.0.0.1", noon() + Duration::from_secs(60));
    assert!(matches!(kit.error(&publisher.url("/feed")).await, FetchError::HeldBack(_)));
    assert_eq!(publisher.connections_opened(), 0);
}

#[tokio::test]
async fn f25_one_connection_a_host_and_two_seconds_between_two_starts() {
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.per_host_delay = Duration::from_secs(2)));
    for number in 0..4 {
        publisher.set(&format!("/{number}"), Reply::feed(RSS).after(Duration::from_millis(20)));
    }
    let asked: Vec<_> = (0..4)
        .map(|number| {
            let (client, request) = (Arc::clone(&kit.client), request(&publisher.url(&format!("/{number}"))));
            tokio::spawn(async move { client.fetch(request).await.result.unwrap().status })
        })
        .collect();
    for sent in 1..=4 {
        // However long nothing happens on the clock, no more is sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(publisher.requests().len(), sent);
        kit.clock.advance(Duration::from_secs(2));
    }
    for task in asked {
        assert_eq!(task.await.unwrap(), 200);
    }
    let targets: Vec<_> = publisher.requests().into_iter().map(|logged| logged.target).collect();
    assert_eq!(targets, ["/0", "/1", "/2", "/3"], "the order of asking");
    assert_eq!(publisher.answering_most(), 1);
    assert_eq!(publisher.connections_opened(), 1, "the connection was not used again");
}

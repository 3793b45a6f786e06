//! Many sources and many restarts, with the daemon's own scheduler: F16, F29.

use std::time::Duration;

use super::world::{World, feed_of};
use crate::support::publisher::Reply;

#[tokio::test]
async fn f16_twenty_restarts_in_ten_minutes_ask_nothing_that_is_not_due() {
    let mut world = World::with(|publisher| {
        (0..5).map(|number| format!("[[source]]\nname = \"{number}\"\nurl = \"{}\"\n\n", publisher.url(&format!("/{number}")))).collect()
    });
    for number in 0..5 {
        world.publisher.set(&format!("/{number}"), Reply::feed(feed_of(1..4)).header("ETag", "\"1\"").conditional());
    }
    for _ in 0..20 {
        let mut scheduler = world.scheduler().await;
        world.tick(&mut scheduler).await;
        world.clock.advance(Duration::from_secs(30));
        world.tick(&mut scheduler).await;
        world.restart();
    }
    assert_eq!(world.publisher.requests().len(), 5);
    world.clock.advance(Duration::from_secs(3600));
    let mut scheduler = world.scheduler().await;
    world.tick(&mut scheduler).await;
    let requests = world.publisher.requests();
    assert_eq!(requests.len(), 10);
    assert!(requests[5..].iter().all(crate::support::publisher::Logged::is_conditional));
}

#[tokio::test]
async fn f29_many_new_sources_are_spread_over_the_interval() {
    const SOURCES: usize = 1200;
    let world = World::with(|publisher| {
        (0..SOURCES)
            .map(|number| {
                format!("[[source]]\nname = \"{number}\"\nurl = \"{}\"\ninterval = \"1h\"\n\n", publisher.url(&format!("/{number}")))
            })
            .collect()
    });
    for number in 0..SOURCES {
        world.publisher.set(&format!("/{number}"), Reply::status(304));
    }
    let mut scheduler = world.scheduler().await;
    let mut before = 0;
    let mut per_ten_minutes = Vec::new();
    for _ in 0..6 {
        world.clock.advance(Duration::from_secs(600));
        world.tick(&mut scheduler).await;
        let now = world.publisher.requests().len();
        per_ten_minutes.push(now - before);
        before = now;
    }
    assert_eq!(before, SOURCES);
    assert!(per_ten_minutes.iter().all(|count| (140..260).contains(count)), "{per_ten_minutes:?}");
}

#[tokio::test]
async fn f29_a_few_new_sources_are_polled_at_once() {
    let world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(1..4)));
    let mut scheduler = world.scheduler().await;
    world.tick(&mut scheduler).await;
    assert_eq!(world.articles().len(), 3);
}

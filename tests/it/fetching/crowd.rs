//! Many sources, many restarts and clocks that jump, with the daemon's own scheduler: F16, F29, R7, R8, R12.

use std::sync::Arc;
use std::time::Duration;

use feedmill::fetch::{Fetch, FetchRequest};

use super::world::{PATIENCE, World, feed_of};
use crate::support::publisher::{Publisher, Reply};

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

/// Names of so many sources, each at a host of its own.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("s{number}")).collect()
}

fn serve_all(world: &World, names: &[String]) {
    for name in names {
        world.publisher.set(&format!("http://{name}.example/feed"), Reply::feed(feed_of(1..2)).header("ETag", "\"1\"").conditional());
    }
}

#[tokio::test]
async fn r12_a_third_that_hangs_does_not_delay_the_rest() {
    let names = names(90);
    let world = World::of_hosts("max_in_flight = 12\nstarts_per_second = 0", &names);
    serve_all(&world, &names);
    for name in &names[..30] {
        world.publisher.set(&format!("http://{name}.example/feed"), Reply::hang());
    }
    let mut scheduler = world.scheduler().await;
    scheduler.handle(feedmill::daemon::scheduler::Event::Tick).await.unwrap();
    // Sixty end while thirty hang, though there are places for twelve only; a fetch may hang for a minute, which is longer than this waits.
    for _ in 0..60 {
        tokio::time::timeout(PATIENCE, scheduler.ended()).await.unwrap();
    }
    assert_eq!((scheduler.under_way(), world.articles().len()), (30, 60));
    assert!(world.publisher.answering_most() <= 12 + 24, "{} at once", world.publisher.answering_most());
    scheduler.stop().await;
}

/// Polls started in each of so many seconds.
async fn starts(world: &World, scheduler: &mut feedmill::daemon::scheduler::Scheduler, seconds: usize) -> Vec<usize> {
    let mut counts = Vec::new();
    for _ in 0..seconds {
        let before = world.publisher.requests().len();
        world.tick(scheduler).await;
        counts.push(world.publisher.requests().len() - before);
        world.clock.advance(Duration::from_secs(1));
    }
    counts
}

#[tokio::test]
async fn r7_r8_after_eight_hours_asleep_or_a_day_away_the_recovery_is_spread() {
    let names = names(60);
    let world = World::of_hosts("starts_per_second = 10", &names);
    serve_all(&world, &names);
    let mut scheduler = world.scheduler().await;
    assert_eq!(starts(&world, &mut scheduler, 7).await, [10, 10, 10, 10, 10, 10, 0]);
    for away in [8, 24] {
        world.clock.advance(Duration::from_secs(away * 3600));
        assert_eq!(starts(&world, &mut scheduler, 7).await, [10, 10, 10, 10, 10, 10, 0], "after {away} hours");
    }
}

#[tokio::test]
async fn r7_a_clock_that_jumps_a_year_ahead_and_back_neither_bursts_nor_stalls() {
    let names = names(20);
    let world = World::of_hosts("starts_per_second = 5", &names);
    serve_all(&world, &names);
    let mut scheduler = world.scheduler().await;
    let year = Duration::from_secs(365 * 24 * 3600);
    let right = world.now();
    starts(&world, &mut scheduler, 5).await;
    world.clock.advance(year);
    assert_eq!(starts(&world, &mut scheduler, 5).await, [5, 5, 5, 5, 0]);
    world.clock.set(right + Duration::from_secs(60));
    // Back in the right year every source is polled within its interval, not in a year.
    world.publisher.forget_requests();
    let mut most = 0;
    for _ in 0..130 {
        most = most.max(starts(&world, &mut scheduler, 1).await[0]);
        world.clock.advance(Duration::from_secs(60));
    }
    let polled = names.iter().filter(|name| !world.publisher.requests_to(&format!("http://{name}.example/feed")).is_empty()).count();
    assert_eq!(polled, 20);
    assert!(most <= 5, "{most} starts in a second");
}

/// Law 6: documents in memory are bounded by the places, however slow the store is.
#[tokio::test]
async fn a_place_is_kept_until_its_document_is_done_with_and_a_page_of_it_needs_none() {
    let publisher = Publisher::start();
    for path in ["/a", "/b", "/page"] {
        publisher.set(path, Reply::feed("x"));
    }
    let kit = super::kit::kit_with(|config| {
        config.max_in_flight = 1;
        config.per_host_connections = 9;
        config.per_host_delay = Duration::ZERO;
    });
    let first = kit.client.fetch(super::kit::request(&publisher.url("/a"))).await;
    let client = Arc::clone(&kit.client);
    let second = super::kit::request(&publisher.url("/b"));
    let waiting = tokio::spawn(async move { client.fetch(second).await });
    // A page of the first document is fetched meanwhile: had it to wait for a place, it would wait for ever.
    let page = FetchRequest { has_place: true, ..super::kit::request(&publisher.url("/page")) };
    assert_eq!(kit.client.fetch(page).await.result.unwrap().status, 200);
    assert!(!waiting.is_finished() && publisher.requests_to("/b").is_empty());
    drop(first);
    assert_eq!(waiting.await.unwrap().result.unwrap().status, 200);
}

/// After a whole document an idle connection keeps a long buffer: 500 of them held 100 MB in a cold cycle.
#[tokio::test]
async fn while_many_hosts_are_asked_for_whole_documents_their_connections_are_closed() {
    let publisher = Publisher::start();
    let kit = super::kit::kit_with(|config| {
        config.proxy = Some(publisher.proxy());
        config.per_host_delay = Duration::ZERO;
        config.starts_per_second = 0;
    });
    let ask = async |host: usize, etag: Option<&str>| {
        let url = format!("http://{host}.example/feed");
        publisher.set(&url, Reply::feed("x"));
        let mut request = super::kit::request(&url.parse().unwrap());
        request.validators.etag = etag.map(|etag| etag.as_bytes().to_vec());
        assert_eq!(kit.client.fetch(request).await.result.unwrap().status, 200);
        publisher.requests().last().unwrap().header("Connection")
    };
    for host in 0..140 {
        let closes = ask(host, None).await;
        assert!(host >= 128 || closes.is_none(), "{host}: few are kept for the next source of the same host");
    }
    // They are counted ten times a second.
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(ask(200, None).await.as_deref(), Some(&b"close"[..]));
    assert_eq!(ask(201, Some("\"1\"")).await, None, "the answer is a short one");
}

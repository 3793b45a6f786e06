//! Redirects: F34, F35, F38, and what must not go along.

use super::kit::{RSS, kit, kit_with, request};
use crate::support::publisher::{Publisher, Reply};
use feedmill::config::Network;
use feedmill::fetch::{Fetch, FetchError, FetchRequest, Secret};

#[tokio::test]
async fn f34_f35_redirects_are_followed_and_told_with_their_status() {
    for status in [301, 302, 303, 307, 308] {
        let (publisher, kit) = (Publisher::start(), kit());
        publisher.set("/old", Reply::redirect(status, "/new"));
        publisher.set("/new", Reply::feed(RSS));
        let fetched = kit.get(&publisher.url("/old")).await;
        let answer = fetched.result.unwrap();
        assert_eq!((answer.status, answer.url), (200, publisher.url("/new")));
        assert_eq!(fetched.redirects, [(status, publisher.url("/new"))]);
        assert_eq!(publisher.requests().len(), 2);
    }
}

#[tokio::test]
async fn f36_a_chain_is_told_in_order_so_that_nothing_past_a_temporary_hop_is_adopted() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/a", Reply::redirect(301, "/b"));
    publisher.set("/b", Reply::redirect(302, "/c"));
    publisher.set("/c", Reply::redirect(308, "/d"));
    publisher.set("/d", Reply::feed(RSS));
    let fetched = kit.get(&publisher.url("/a")).await;
    assert_eq!(fetched.redirects, [(301, publisher.url("/b")), (302, publisher.url("/c")), (308, publisher.url("/d"))]);
}

#[tokio::test]
async fn validators_are_sent_along_so_that_a_moved_feed_is_not_sent_whole_each_time() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/old", Reply::redirect(301, "/new"));
    publisher.set("/new", Reply::feed(RSS).header("ETag", "\"1\"").conditional());
    let first = kit.answer(&publisher.url("/old")).await;
    assert_eq!(kit.again(&publisher.url("/old"), first.validators).await.status, 304);
}

#[tokio::test]
async fn addresses_of_all_kinds_are_understood() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/dir/feed", Reply::feed(RSS));
    publisher.set("/%E4%B8%AD?q=%E6%96%87", Reply::feed(RSS));
    publisher.set("/dir/feed?x", Reply::feed(RSS));
    let absolute = publisher.url("/dir/feed").to_string();
    let without_scheme = absolute.trim_start_matches("http:").to_owned();
    for (location, arrives) in [
        (absolute.as_bytes(), "/dir/feed"),
        (without_scheme.as_bytes(), "/dir/feed"),
        (b"feed", "/dir/feed"),
        (b"./feed?x#part", "/dir/feed?x"),
        (b"  /dir/feed ", "/dir/feed"),
        ("/中?q=文".as_bytes(), "/%E4%B8%AD?q=%E6%96%87"),
    ] {
        publisher.set("/dir/start", Reply::redirect(302, location));
        assert_eq!(kit.answer(&publisher.url("/dir/start")).await.url, publisher.url(arrives), "{}", String::from_utf8_lossy(location));
    }
}

#[tokio::test]
async fn f38_a_loop_ends_at_once_and_a_chain_after_six_requests() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/a", Reply::redirect(302, "/b"));
    publisher.set("/b", Reply::redirect(301, "/a"));
    let FetchError::Redirects(why) = kit.error(&publisher.url("/a")).await else { panic!() };
    assert!(why.contains("a loop"), "{why}");
    assert_eq!(publisher.requests().len(), 2);

    publisher.set("/self", Reply::redirect(301, "/self#again"));
    assert!(matches!(kit.error(&publisher.url("/self")).await, FetchError::Redirects(_)));

    for hop in 0..20 {
        publisher.set(&format!("/hop{hop}"), Reply::redirect(302, format!("/hop{}", hop + 1)));
    }
    publisher.forget_requests();
    let FetchError::Redirects(why) = kit.error(&publisher.url("/hop0")).await else { panic!() };
    assert!(why.contains("more than 5"), "{why}");
    assert_eq!(publisher.requests().len(), 6);

    publisher.set("/hop5", Reply::feed(RSS));
    assert_eq!(kit.answer(&publisher.url("/hop0")).await.status, 200);
}

#[tokio::test]
async fn f38_a_redirect_to_nowhere_is_an_error_with_its_address() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/none", Reply::status(302));
    publisher.set("/bad", Reply::redirect(302, "http://[::bad/"));
    for path in ["/none", "/bad"] {
        let FetchError::Redirects(why) = kit.error(&publisher.url(path)).await else { panic!() };
        assert!(why.contains(path) && why.contains("302"), "{why}");
    }
}

#[tokio::test]
async fn secrets_and_headers_stay_at_home() {
    let both = |config: &mut feedmill::config::FetchConfig| {
        config.allow_private = vec![Network { address: "127.0.0.0".parse().unwrap(), prefix_bits: 8 }];
    };
    let (home, stranger, kit) = (Publisher::start(), Publisher::start(), kit_with(both));
    home.set("/a", Reply::redirect(302, "/b"));
    home.set("/b", Reply::redirect(302, stranger.url("/c").as_str()));
    stranger.set("/c", Reply::redirect(302, home.url("/d").as_str()));
    home.set("/d", Reply::feed(RSS));
    let headers = vec![
        ("X-Key".to_owned(), "k".to_owned()),
        ("Cookie".to_owned(), "sid=1".to_owned()),
        ("Accept-Language".to_owned(), "zh".to_owned()),
    ];
    let authorization = Some(Secret("Bearer s".into()));
    kit.client.fetch(FetchRequest { headers, authorization, ..request(&home.url("/a")) }).await.result.unwrap();
    for request in &home.requests()[..2] {
        assert_eq!(
            (request.text_of("Authorization"), request.text_of("X-Key"), request.text_of("Cookie")),
            ("Bearer s".into(), "k".into(), "sid=1".into())
        );
    }
    // Not to the stranger, nor to where the stranger sends us.
    for request in [&stranger.requests()[0], &home.requests()[2]] {
        assert_eq!((request.header("Authorization"), request.header("X-Key"), request.header("Cookie")), (None, None, None));
        assert_eq!(request.text_of("Accept-Language"), "zh");
    }
}

#[tokio::test]
async fn user_and_password_of_an_address_become_a_header_and_are_told_to_nobody() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/feed", Reply::redirect(302, "/new"));
    publisher.set("/new", Reply::feed(RSS));
    let mut url = publisher.url("/feed");
    url.set_username("me").unwrap();
    url.set_password(Some("p%40ss")).unwrap();
    let fetched = kit.get(&url).await;
    for request in publisher.requests() {
        assert_eq!(request.text_of("Authorization"), "Basic bWU6cEBzcw==");
    }
    assert!(!format!("{fetched:?}").contains("p%40ss"));
    // A publisher cannot make this client send a password of the publisher's choice.
    publisher.set("/feed", Reply::redirect(302, format!("http://evil:evil@{}/new", publisher.address())));
    publisher.forget_requests();
    kit.answer(&publisher.url("/feed")).await;
    assert_eq!(publisher.requests()[1].header("Authorization"), None);
}

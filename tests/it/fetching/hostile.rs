//! Hostile publishers: S1, S2, S5, S6.

use std::time::Duration;

use async_compression::tokio::write::GzipEncoder;
use tokio::io::AsyncWriteExt;

use super::kit::{RSS, kit, kit_with};
use crate::support::publisher::{Publisher, Reply};
use feedmill::config::Network;
use feedmill::fetch::FetchError;

#[tokio::test]
async fn s1_a_redirect_into_a_private_network_sends_no_packet() {
    // The publisher itself may be talked to, its neighbours may not.
    let one = Network { address: "127.0.0.1".parse().unwrap(), prefix_bits: 32 };
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.allow_private = vec![one]));
    let inner = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    inner.set_nonblocking(true).unwrap();
    let port = inner.local_addr().unwrap().port();
    for host in
        ["127.0.0.2", "127.2", "0x7f.2", "2130706434", "0177.0.0.2", "[::ffff:127.0.0.2]", "user@127.0.0.2", "１２７.0.0.2", "127.0.0.2."]
    {
        publisher.set("/feed", Reply::redirect(302, format!("http://{host}:{port}/")));
        let FetchError::Refused(why) = kit.error(&publisher.url("/feed")).await else { panic!("{host} was not refused") };
        assert!(why.contains("allow_private"), "{why}");
    }
    assert!(inner.accept().is_err(), "a packet left");
}

#[tokio::test]
async fn s1_a_name_that_leads_inside_sends_no_packet() {
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.allow_private.clear()));
    let mut url = publisher.url("/feed");
    for host in ["localhost", "127.0.0.1", "LOCALHOST"] {
        url.set_host(Some(host)).unwrap();
        let FetchError::Refused(why) = kit.error(&url).await else { panic!("{host} was not refused") };
        assert!(why.contains("loopback"), "{why}");
    }
    assert_eq!(publisher.connections_opened(), 0);
}

#[tokio::test]
async fn s2_a_redirect_to_another_scheme_is_refused() {
    let (publisher, kit) = (Publisher::start(), kit());
    for to in ["file:///etc/passwd", "ftp://example.org/", "data:text/xml,x", "javascript:1"] {
        publisher.set("/feed", Reply::redirect(302, to));
        let why = kit.error(&publisher.url("/feed")).await;
        assert!(matches!(why, FetchError::Refused(_)), "{to}: {why:?}");
    }
}

#[tokio::test]
async fn s5_a_bomb_stops_at_the_cap() {
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.max_body_bytes = 1_000_000));
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(&vec![b' '; 8_000_000]).await.unwrap();
    encoder.shutdown().await.unwrap();
    let bomb = encoder.into_inner();
    publisher.set("/once", Reply::feed(bomb.clone()).header("Content-Encoding", "gzip"));
    publisher.set("/members", Reply::feed(bomb.repeat(20)).header("Content-Encoding", "gzip"));
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(&bomb).await.unwrap();
    encoder.shutdown().await.unwrap();
    publisher.set("/twice", Reply::feed(encoder.into_inner()).header("Content-Encoding", "gzip, gzip"));
    publisher.set("/long", Reply::feed(vec![b' '; 1_000_001]));
    publisher.set("/lying", Reply::feed("x").header("Content-Length", "99999999999").cut_after(1));
    publisher.set("/endless", Reply::feed(vec![b' '; 4096]).endless());
    for path in ["/once", "/members", "/twice", "/long", "/lying", "/endless"] {
        let fetched = kit.get(&publisher.url(path)).await;
        let Err(FetchError::Limit(why)) = fetched.result else { panic!("{path}: {:?}", fetched.result) };
        assert!(why.contains("1000000") && why.contains("max_body"), "{path}: {why}");
        assert!(fetched.wire_bytes <= 1_100_000, "{path}: {} bytes were read", fetched.wire_bytes);
    }
}

#[tokio::test]
async fn s6_a_drip_a_silence_and_a_slow_chain_end_at_the_total_time() {
    let limit = Duration::from_millis(400);
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.timeout = limit));
    publisher.set("/drip", Reply::feed(RSS.repeat(100)).drip(1, Duration::from_millis(20)));
    publisher.set("/hang", Reply::hang());
    // Each hop alone is quick enough.
    for hop in 0..5 {
        publisher.set(&format!("/hop{hop}"), Reply::redirect(302, format!("/hop{}", hop + 1)).after(Duration::from_millis(150)));
    }
    for path in ["/drip", "/hang", "/hop0"] {
        let fetched = kit.get(&publisher.url(path)).await;
        let Err(FetchError::Limit(why)) = fetched.result else { panic!("{path}: {:?}", fetched.result) };
        assert!(why.contains("0.4 s"), "{why}");
        assert!(fetched.took >= limit, "{path}: {:?}", fetched.took);
    }
}

#[tokio::test]
async fn s6_a_body_without_an_end_is_cut_at_the_total_time() {
    let (publisher, kit) = (Publisher::start(), kit_with(|config| config.timeout = Duration::from_millis(300)));
    publisher.set("/slow", Reply::feed("x".repeat(1_000_000)).drip(10, Duration::from_millis(5)));
    assert!(matches!(kit.error(&publisher.url("/slow")).await, FetchError::Limit(_)));
}

#[tokio::test]
async fn s6_response_headers_over_64_kb_are_refused() {
    let (publisher, kit) = (Publisher::start(), kit());
    let with = |count: usize, bytes: usize| {
        (0..count).fold(Reply::feed(RSS), |reply, number| reply.header(&format!("X-{number}"), "x".repeat(bytes)))
    };
    publisher.set("/fine", with(30, 2000));
    publisher.set("/long", with(1, 70_000));
    publisher.set("/many", with(40, 2000));
    publisher.set("/thousands", with(5000, 10));
    publisher.set("/huge", with(1, 2_000_000));
    assert_eq!(kit.answer(&publisher.url("/fine")).await.status, 200);
    for path in ["/long", "/many", "/thousands", "/huge"] {
        let why = kit.error(&publisher.url(path)).await;
        assert!(matches!(&why, FetchError::Limit(text) if text.contains("headers")), "{path}: {why:?}");
    }
    // A head without an end.
    publisher.set("/endless", Reply::raw(format!("HTTP/1.1 200 OK\r\n{}", "X-A: b\r\n".repeat(200_000))));
    assert!(matches!(kit.error(&publisher.url("/endless")).await, FetchError::Limit(_)));
}

#[tokio::test]
async fn nonsense_instead_of_http_is_an_error_in_words() {
    let (publisher, kit) = (Publisher::start(), kit());
    for bytes in [&b"SSH-2.0-OpenSSH_9.6\r\n"[..], b"\0\x01\x02\x03\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"<html>", b""] {
        publisher.set("/feed", Reply::raw(bytes));
        let FetchError::Unreachable(why) = kit.error(&publisher.url("/feed")).await else { panic!() };
        assert!(why.starts_with("127.0.0.1 "), "{why}");
    }
}

#[tokio::test]
async fn crooked_but_harmless_headers_are_taken() {
    let (publisher, kit) = (Publisher::start(), kit());
    let body = RSS.len();
    publisher.set(
        "/feed",
        Reply::raw(format!(
            "HTTP/1.1 200\r\nServer : x\r\nX Y: z\r\nX-Long: a\r\n  b\r\nContent-Type: text/xml\r\nContent-Length: {body}\r\n\r\n{RSS}"
        )),
    );
    assert_eq!(kit.answer(&publisher.url("/feed")).await.body, RSS);
    // No length at all: the end of the connection is the end of the body.
    publisher.set("/old", Reply::raw(format!("HTTP/1.0 200 OK\r\n\r\n{RSS}")));
    assert_eq!(kit.answer(&publisher.url("/old")).await.body, RSS);
}

#[tokio::test]
async fn a_kept_connection_that_the_publisher_closes_costs_no_failure_and_a_new_one_is_not_tried_twice() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/first", Reply::feed(RSS));
    publisher.script("/kept", vec![Reply::close(), Reply::feed(RSS)]);
    publisher.set("/closed", Reply::close());
    assert_eq!(kit.answer(&publisher.url("/first")).await.status, 200);
    assert_eq!(kit.answer(&publisher.url("/kept")).await.status, 200);
    assert_eq!(publisher.requests_to("/kept").len(), 2);
    // Once more after an answer, and then no more until there is another.
    for sent in [2, 3, 4] {
        assert!(matches!(kit.error(&publisher.url("/closed")).await, FetchError::Unreachable(_)));
        assert_eq!(publisher.requests_to("/closed").len(), sent);
    }
}

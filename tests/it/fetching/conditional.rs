//! Conditional requests: F1, F3 to F8, F30, F31, F41.

use super::kit::{RSS, kit, request};
use crate::support::corpus;
use crate::support::publisher::{Publisher, Reply};
use feedmill::fetch::{Fetch, FetchRequest};

#[tokio::test]
async fn f1_the_first_fetch_is_exactly_one_plain_get() {
    let publisher = Publisher::start();
    publisher.set("/feed", Reply::feed(RSS).header("ETag", "\"1\"").conditional());
    let answer = kit().answer(&publisher.url("/feed")).await;
    assert_eq!((answer.status, &answer.body[..]), (200, RSS.as_bytes()));
    let requests = publisher.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].text().starts_with("GET /feed HTTP/1.1\r\n"));
    assert!(!requests[0].is_conditional());
}

#[tokio::test]
async fn f3_an_etag_comes_back_byte_for_byte() {
    for etag in [&b"\"abc\""[..], b"W/\"abc\"", b"abc", b"\"a, b\"", b"W/abc\"", b"\"\xe4\xb8\xad\xff\"", b"\"a\\\"b\"", b"w/\"x\"--gzip"] {
        let (publisher, kit) = (Publisher::start(), kit());
        publisher.set("/feed", Reply::feed(RSS).header("ETag", etag).conditional());
        let first = kit.answer(&publisher.url("/feed")).await;
        assert_eq!(first.validators.etag.as_deref(), Some(etag));
        let second = kit.again(&publisher.url("/feed"), first.validators).await;
        assert_eq!((second.status, second.body.len()), (304, 0));
        assert_eq!(publisher.requests()[1].header("If-None-Match").as_deref(), Some(etag));
        assert_eq!(publisher.requests()[1].header("If-Modified-Since"), None);
    }
}

#[tokio::test]
async fn f4_a_last_modified_comes_back_byte_for_byte_even_when_it_is_no_date() {
    for date in ["Thu, 01 Oct 2026 08:00:00 GMT", "2026-10-01 08:00:00  +0800", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "0"] {
        let (publisher, kit) = (Publisher::start(), kit());
        publisher.set("/feed", Reply::feed(RSS).header("Last-Modified", date).conditional());
        let first = kit.answer(&publisher.url("/feed")).await;
        assert_eq!(kit.again(&publisher.url("/feed"), first.validators).await.status, 304);
        assert_eq!(publisher.requests()[1].text_of("If-Modified-Since"), date);
        assert_eq!(publisher.requests()[1].header("If-None-Match"), None);
    }
}

#[tokio::test]
async fn f5_both_validators_are_sent_where_both_came() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/feed", Reply::feed(RSS).header("ETag", "\"e\"").header("Last-Modified", "Thu, 01 Oct 2026 08:00:00 GMT").conditional());
    let first = kit.answer(&publisher.url("/feed")).await;
    kit.again(&publisher.url("/feed"), first.validators).await;
    let request = &publisher.requests()[1];
    assert_eq!(
        (request.text_of("If-None-Match"), request.text_of("If-Modified-Since")),
        ("\"e\"".into(), "Thu, 01 Oct 2026 08:00:00 GMT".into())
    );
}

#[tokio::test]
async fn f6_f7_f8_every_answer_tells_its_own_validators() {
    let (publisher, kit) = (Publisher::start(), kit());
    let url = publisher.url("/feed");
    publisher.script(
        "/feed",
        vec![
            Reply::feed(RSS).header("ETag", "\"1\""),
            Reply::feed(RSS).header("ETag", "\"2\"").header("Last-Modified", "x"),
            Reply::status(304).header("ETag", "\"3\"").header("Cache-Control", "max-age=7200"),
            Reply::feed(RSS).header("Last-Modified", "y"),
        ],
    );
    let first = kit.answer(&url).await;
    let second = kit.again(&url, first.validators).await;
    assert_eq!(
        (second.validators.etag.as_deref(), second.validators.last_modified.as_deref()),
        (Some(&b"\"2\""[..]), Some(&b"x"[..])),
        "f6"
    );
    let third = kit.again(&url, second.validators).await;
    assert_eq!((third.status, third.validators.etag.as_deref()), (304, Some(&b"\"3\""[..])), "f7");
    assert_eq!(third.fresh_for, Some(std::time::Duration::from_secs(7200)), "f18");
    let fourth = kit.again(&url, third.validators).await;
    assert_eq!((fourth.validators.etag, fourth.validators.last_modified.as_deref()), (None, Some(&b"y"[..])), "f8");
}

#[tokio::test]
async fn f30_the_user_agent_is_the_same_on_every_hop() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/a", Reply::redirect(302, "/b"));
    publisher.set("/b", Reply::redirect(301, "/c"));
    publisher.set("/c", Reply::feed(RSS));
    kit.answer(&publisher.url("/a")).await;
    let agents: Vec<_> = publisher.requests().iter().map(|request| request.text_of("User-Agent")).collect();
    assert_eq!(agents.len(), 3);
    let form = regex::Regex::new(r"^feedmill/\d+\.\d+\.\d+ \(\+https://[^ ]+\)$").unwrap();
    assert!(agents.iter().all(|agent| *agent == agents[0] && form.is_match(agent)), "{agents:?}");
}

#[tokio::test]
async fn f31_nothing_is_sent_that_was_not_asked_for() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/a?x=1&y=%20", Reply::redirect(302, "/b#part").header("Set-Cookie", "id=1; Path=/"));
    publisher.set("/b", Reply::feed(RSS).header("Set-Cookie", "id=2; Path=/").header("ETag", "\"1\""));
    let answer = kit.answer(&publisher.url("/a?x=1&y=%20#top")).await;
    kit.again(&answer.url, answer.validators).await;
    let requests = publisher.requests();
    assert_eq!(requests.iter().map(|request| request.target.as_str()).collect::<Vec<_>>(), ["/a?x=1&y=%20", "/b", "/b"]);
    let allowed = ["host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since", "a-im"];
    for request in &requests {
        for line in request.text().lines().skip(1).filter(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            assert!(allowed.contains(&name.as_str()), "sent {line}");
        }
    }
}

#[tokio::test]
async fn f31_a_cookie_is_sent_where_configured() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/feed", Reply::feed(RSS));
    let headers = vec![("Cookie".to_owned(), "sid=1".to_owned())];
    kit.client.fetch(FetchRequest { headers, ..request(&publisher.url("/feed")) }).await.result.unwrap();
    assert_eq!(publisher.requests()[0].text_of("Cookie"), "sid=1");
}

#[tokio::test]
async fn f41_a_delta_is_asked_for_only_together_with_an_etag() {
    let (publisher, kit) = (Publisher::start(), kit());
    let url = publisher.url("/feed");
    publisher.script(
        "/feed",
        vec![Reply::feed(RSS).header("ETag", "\"1\""), Reply::status(226).body(RSS).header("IM", "feed").header("ETag", "\"2\"")],
    );
    let first = kit.answer(&url).await;
    let second = kit.again(&url, first.validators).await;
    assert_eq!((second.status, &second.body[..], second.validators.etag.as_deref()), (226, RSS.as_bytes(), Some(&b"\"2\""[..])));
    let requests = publisher.requests();
    assert_eq!(requests[0].header("A-IM"), None);
    assert_eq!(requests[1].text_of("A-IM"), "feed");
}

#[tokio::test]
async fn every_document_of_the_corpus_arrives_whole_and_is_unchanged_the_second_time() {
    let (publisher, kit) = (Publisher::start(), kit());
    let feeds = corpus().join("feeds");
    publisher.folder("/corpus", &feeds);
    let manifest = std::fs::read_to_string(feeds.join("MANIFEST.tsv")).unwrap();
    let mut documents = 0;
    for file in manifest.lines().filter_map(|line| line.split('\t').next()).filter(|file| feeds.join(file).is_file()) {
        let mut url = publisher.url("/corpus");
        url.path_segments_mut().unwrap().extend(file.split('/'));
        let answer = kit.answer(&url).await;
        // A file that lies there packed is unpacked; the others arrive byte for byte.
        let plain = std::fs::read(feeds.join(file)).unwrap();
        assert!(answer.body == plain || plain.starts_with(&[0x1f, 0x8b]), "{file}");
        assert_eq!(kit.again(&url, answer.validators).await.status, 304, "{file}");
        documents += 1;
    }
    assert!(documents >= 290, "{documents} documents");
}

//! Faults of the network, and F32.

use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use tokio::io::AsyncWriteExt;

use super::kit::{RSS, kit};
use crate::support::publisher::{Publisher, Reply};
use feedmill::fetch::FetchError;

macro_rules! packed {
    ($encoder:ident, $plain:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        encoder.write_all($plain).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    }};
}

fn long_feed() -> String {
    let items: String = (0..2000_u32).map(|number| format!("<item><guid>{}</guid></item>", number.wrapping_mul(2_654_435_761))).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

#[tokio::test]
async fn f32_gzip_br_zstd_and_deflate_are_asked_for_and_decoded() {
    let (publisher, kit) = (Publisher::start(), kit());
    let plain = long_feed();
    let bytes = plain.as_bytes();
    for (coding, body) in [
        ("gzip", packed!(GzipEncoder, bytes)),
        ("br", packed!(BrotliEncoder, bytes)),
        ("zstd", packed!(ZstdEncoder, bytes)),
        ("deflate", packed!(ZlibEncoder, bytes)),
        ("deflate", packed!(DeflateEncoder, bytes)),
    ] {
        let wire = body.len() as u64;
        publisher.set("/feed", Reply::feed(body).header("Content-Encoding", coding));
        let fetched = kit.get(&publisher.url("/feed")).await;
        assert_eq!(fetched.wire_bytes, wire);
        let answer = fetched.result.unwrap();
        assert!(answer.body == plain && answer.notes.is_empty(), "{coding}: {:?}", answer.notes);
    }
    let asked = publisher.requests()[0].text_of("Accept-Encoding");
    assert_eq!(asked, "gzip, br, zstd, deflate");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_used_as_far_as_it_goes_and_asked_for_whole_next_time() {
    let (publisher, kit) = (Publisher::start(), kit());
    let plain = long_feed();
    let packed = packed!(GzipEncoder, plain.as_bytes());
    let half = packed.len() / 2;
    publisher.set("/plain", Reply::feed(plain.clone()).header("ETag", "\"1\"").cut_after(plain.len() / 2));
    publisher.set("/packed", Reply::feed(packed.clone()).header("Content-Encoding", "gzip").header("ETag", "\"1\"").cut_after(half));
    publisher.set("/short", Reply::feed(packed[..half].to_vec()).header("Content-Encoding", "gzip").header("ETag", "\"1\""));
    for path in ["/plain", "/packed", "/short"] {
        let answer = kit.answer(&publisher.url(path)).await;
        assert!(plain.as_bytes().starts_with(&answer.body) && answer.body.len() > plain.len() / 4, "{path}: {} bytes", answer.body.len());
        assert_eq!(answer.notes.len(), 1, "{path}: {:?}", answer.notes);
        assert!(answer.notes[0].contains("as far as it goes"), "{path}: {:?}", answer.notes);
        assert_eq!(answer.validators.etag, None, "{path}: the rest would never come");
    }
    // Too little to be of any use.
    publisher.set("/nothing", Reply::feed(plain.clone()).cut_after(0));
    publisher.set("/bit", Reply::feed(packed.clone()).header("Content-Encoding", "gzip").cut_after(5));
    for path in ["/nothing", "/bit"] {
        let FetchError::Body(why) = kit.error(&publisher.url(path)).await else { panic!("{path}") };
        assert!(why.contains("broke off at its beginning"), "{path}: {why}");
    }
}

#[tokio::test]
async fn a_label_that_lies_is_noted_and_the_body_used() {
    let (publisher, kit) = (Publisher::start(), kit());
    for coding in ["gzip", "br", "deflate", "utf-8", "none"] {
        publisher.set("/feed", Reply::feed(RSS).header("Content-Encoding", coding));
        let answer = kit.answer(&publisher.url("/feed")).await;
        assert!(answer.body == RSS && answer.notes.len() == 1, "{coding}: {:?}", answer.notes);
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_in_words() {
    let (publisher, kit) = (Publisher::start(), kit());
    publisher.set("/close", Reply::close());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases = [
        (format!("http://{nobody}/"), "127.0.0.1 refuses the connection"),
        ("http://no-such-name.invalid/feed".to_owned(), "the name no-such-name.invalid is not known"),
        (publisher.url("/close").to_string(), "127.0.0.1 closed the connection before answering"),
    ];
    for (url, words) in cases {
        let FetchError::Unreachable(why) = kit.error(&url.parse().unwrap()).await else { panic!("{url}") };
        assert!(why.starts_with(words), "{url}: {why}");
    }
}

#[tokio::test]
async fn every_status_is_an_answer_and_only_a_success_has_a_body() {
    let (publisher, kit) = (Publisher::start(), kit());
    for status in [200, 203, 204, 226, 304, 400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504, 599] {
        publisher.set(
            "/feed",
            Reply::status(status).header("Content-Type", "text/html").body(if status == 204 || status == 304 { "" } else { "words" }),
        );
        let answer = kit.answer(&publisher.url("/feed")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body.is_empty(), !matches!(status, 200 | 203 | 226), "{status}");
        assert_eq!(answer.content_type.as_deref(), Some("text/html"));
    }
}

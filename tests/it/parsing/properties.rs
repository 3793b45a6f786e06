//! Whatever comes in: no panic, and what comes out keeps its promises.

use feedmill::model::Feed;
use feedmill::pipeline::parse::{self, ParseLimits};
use feedmill::pipeline::{dates, discover, identify};
use proptest::prelude::*;

use super::golden::documents;

/// What every feed promises, however it was read.
fn promises(feed: &Feed) {
    assert_eq!(identify::keys(feed).len(), feed.entries.len());
    for entry in &feed.entries {
        for text in [&entry.guid, &entry.link, &entry.title, &entry.date_text].into_iter().flatten() {
            assert!(!text.trim().is_empty() && text.trim() == text.as_str(), "{text:?}");
        }
        assert!(entry.bodies.iter().all(|body| !body.text.trim().is_empty()));
        assert!(entry.enclosures.iter().all(|file| file.url.starts_with("http")));
        assert!(entry.title.as_ref().is_none_or(|title| !title.chars().any(char::is_control)));
    }
}

fn try_it(bytes: &[u8]) {
    if let Ok(feed) = parse::parse(bytes, None, "https://example.org/feed", &ParseLimits::default()) {
        promises(&feed);
    }
}

/// Pieces that documents are made of, well and badly.
const PIECES: &[&str] = &[
    "<rss version='2.0'>",
    "</rss>",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<description>",
    "</description>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "</feed>",
    "<entry>",
    "</entry>",
    "<content type='xhtml'>",
    "</content>",
    "<div>",
    "</div>",
    "<br>",
    "<p/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='gbk'?>",
    "<!DOCTYPE rss [<!ENTITY a 'b'>]>",
    "&a;",
    "&amp;",
    "&nbsp;",
    "&#x4e2d;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "text ",
    "中文",
    "\u{0}",
    "\r\n",
    "<media:group>",
    "<dc:date>",
    "2024-02-18",
    "<a href=\"x>",
    "<x y=z",
    "<guid isPermaLink='false'>",
    "</guid>",
    "<author>",
    "张三（a@b.com）",
    "</author>",
    "{\"items\":[",
    "]}",
    "<rdf:RDF>",
    "<itunes:duration>",
    "</itunes:duration>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_taken_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        try_it(&bytes);
    }

    #[test]
    fn any_heap_of_pieces_is_taken_without_a_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        try_it(pieces.concat().as_bytes());
        try_it(format!("<rss version='2.0'><channel><item>{}", pieces.concat()).as_bytes());
        try_it(format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{}</entry></feed>", pieces.concat()).as_bytes());
    }

    #[test]
    fn any_text_is_taken_for_a_date_a_link_and_a_page_without_a_panic(text in "\\PC{0,60}|[0-9a-zA-Z年月日:+/, -]{0,40}", link in "https?://\\PC{0,40}") {
        let _ = dates::parse(&text, Some(chrono_tz::Tz::Asia__Shanghai));
        prop_assert!(!(dates::is_rfc3339(&text) || dates::is_rfc822(&text)) || dates::parse(&text, None).is_some());
        let _ = (discover::feeds(text.as_bytes(), &link), discover::known_site(&link), discover::guesses(&link));
    }
}

#[test]
fn damaged_documents_of_the_corpus_are_taken_without_a_panic() {
    // A generator of our own, so that a failure can be told again: xorshift with a fixed seed.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap()
    };
    for (_, bytes) in documents().into_iter().filter(|(_, bytes)| !bytes.is_empty() && bytes.len() < 60_000) {
        let mut damaged = bytes.clone();
        for _ in 0..8 {
            let at = random(damaged.len());
            match random(4) {
                0 => damaged[at] = u8::try_from(random(256)).unwrap(),
                1 => damaged.truncate(at.max(1)),
                2 => {
                    let piece = PIECES[random(PIECES.len())];
                    damaged.splice(at..at, piece.bytes());
                }
                _ => {
                    let end = (at + random(40)).min(damaged.len() - 1).max(at);
                    damaged.drain(at..end);
                }
            }
        }
        try_it(&damaged);
    }
}

use super::*;
use crate::model::{Body, BodyKind, FeedFormat, PublisherHints};

fn entry(guid: &str, link: &str, title: &str) -> Entry {
    let some = |text: &str| if text.is_empty() { None } else { Some(text.to_owned()) };
    Entry { guid: some(guid), link: some(link), title: some(title), ..Entry::default() }
}

fn feed(entries: Vec<Entry>) -> Feed {
    Feed {
        format: FeedFormat::Rss,
        title: None,
        link: Some("https://example.org/".into()),
        self_link: None,
        hubs: Vec::new(),
        older: None,
        language: None,
        description: None,
        hints: PublisherHints::default(),
        entries,
        rejects: Vec::new(),
        repairs: Vec::new(),
    }
}

fn key(entry: Entry) -> EntryKey {
    keys(&feed(vec![entry])).remove(0)
}

#[test]
fn the_guid_comes_first_then_the_link_then_the_content() {
    assert_eq!(key(entry("tag:x,1", "https://example.org/1", "a")), EntryKey::Guid("tag:x,1".into()));
    assert_eq!(key(entry("", "https://example.org/1", "a")), EntryKey::Link("https://example.org/1".into()));
    assert_eq!(key(entry("", "", "a")).kind(), "content");
}

#[test]
fn a_changed_title_changes_nothing_where_guid_or_link_exists() {
    assert_eq!(key(entry("g", "", "a")), key(entry("g", "", "b")));
    assert_eq!(key(entry("", "https://example.org/1", "a")), key(entry("", "https://example.org/1", "b")));
}

#[test]
fn a_guid_that_is_the_link_once_more_is_read_as_a_guid() {
    for address in
        ["http://example.org/1?utm_source=rss", "https://example.org/a\tb", " https://example.org/a  b ", "HTTPS://", "mailto:a", "7"]
    {
        assert_eq!(key(entry(address, address, "a")), key(entry(address, "", "a")), "{address}");
    }
}

#[test]
fn a_placeholder_is_no_guid() {
    for guid in ["-", "#", "0", "null", "…"] {
        assert_eq!(key(entry(guid, "https://example.org/1", "a")).kind(), "link", "{guid}");
    }
}

#[test]
fn a_guid_that_different_entries_share_proves_nothing() {
    let shared = keys(&feed(vec![
        entry("g", "https://example.org/1", "a"),
        entry("g", "https://example.org/2", "b"),
        entry("h", "https://example.org/3", "c"),
    ]));
    assert_eq!(shared.iter().map(EntryKey::kind).collect::<Vec<_>>(), ["link", "link", "guid"]);
    let twice = keys(&feed(vec![entry("g", "https://example.org/1", "a"), entry("g", "https://example.org/1", "b")]));
    assert_eq!(twice, [EntryKey::Guid("g".into()), EntryKey::Guid("g".into())], "the same link: the same entry twice");
    let no_links = keys(&feed(vec![entry("g", "", "a"), entry("g", "", "b")]));
    assert_eq!(no_links.iter().map(EntryKey::kind).collect::<Vec<_>>(), ["content", "content"]);
    assert_ne!(no_links[0], no_links[1]);
    let home = "https://www.example.org";
    let website = keys(&feed(vec![entry(home, "https://proxy.example/1", "a"), entry(home, "https://proxy.example/1", "b")]));
    assert_eq!(website.iter().map(EntryKey::kind).collect::<Vec<_>>(), ["content", "content"], "the website is no entry's own");
    assert_ne!(website[0], website[1]);
    assert_eq!(key(entry(home, "https://proxy.example/1", "a")).kind(), "guid", "one entry by itself shares it with nobody");
}

#[test]
fn a_link_that_different_entries_share_or_that_is_the_website_proves_nothing() {
    let shared = keys(&feed(vec![entry("", "https://example.org/live", "a"), entry("", "https://example.org/live", "b")]));
    assert_eq!(shared.iter().map(EntryKey::kind).collect::<Vec<_>>(), ["content", "content"]);
    assert_eq!(key(entry("", "http://www.example.org", "a")).kind(), "content");
}

#[test]
fn guids_that_wobble_between_fetches_are_the_same() {
    let same = [
        "https://www.36kr.com/p/1",
        "http://www.36kr.com/p/1",
        "https://36kr.com/p/1/",
        "HTTPS://36KR.com:443/p/1?f=rss",
        "https://36kr.com/p/1?utm_source=rss&utm_medium=feed",
        "https://36kr.com/p/1;jsessionid=0A1B2C3D4E5F60718293",
        "https://36kr.com/p/1?PHPSESSID=0a1b2c3d4e5f60718293a4b5",
        " https://36kr.com/p/1\n",
    ];
    for guid in same {
        assert_eq!(key(entry(guid, "", "a")), EntryKey::Guid("https://36kr.com/p/1".into()), "{guid}");
    }
}

#[test]
fn what_names_another_page_stays() {
    let different = [
        "https://e.org/?p=1",
        "https://e.org/?p=2",
        "https://e.org/changes#v1",
        "https://e.org/changes#v2",
        "https://slashdot.org/article.pl?sid=02/09/04/1",
        "https://e.org/list?from=20",
    ];
    let all: std::collections::HashSet<EntryKey> = different.iter().map(|guid| key(entry(guid, "", "a"))).collect();
    assert_eq!(all.len(), different.len());
}

#[test]
fn content_keys_do_not_mind_blanks_and_tell_texts_apart() {
    let with = |text: &str| Entry { bodies: vec![Body { kind: BodyKind::Text, text: text.into() }], ..entry("", "", "t") };
    assert_eq!(key(with("a  b")), key(with("a b\n")));
    assert_ne!(key(with("a b")), key(with("a c")));
}

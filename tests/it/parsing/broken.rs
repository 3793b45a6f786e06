//! Documents that no XML parser reads, and what is read of them.

use super::{item, read, titles};

fn rss(inside: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>t</title>{inside}</channel></rss>")
}

#[test]
fn undefined_entities_and_bare_ampersands_are_text() {
    let entry = item("<title>A &nbsp;&mdash; B &unknown; C & D</title><link>https://e.org/?a=1&b=2&copy=3</link>");
    assert_eq!(entry.title.as_deref(), Some("A \u{a0}— B &unknown; C & D"));
    assert_eq!(entry.link.as_deref(), Some("https://e.org/?a=1&b=2&copy=3"));
}

#[test]
fn control_characters_are_dropped() {
    assert_eq!(item("<title>a\u{8}b\u{0}c</title>").title.as_deref(), Some("abc"));
    assert_eq!(item("<title>a&#8;b&#xffff;c</title>").title.as_deref(), Some("abc"));
}

#[test]
fn text_before_the_declaration_is_passed_over() {
    for before in ["\n\n  ", "\u{feff}", "<br />\n<b>Warning</b>: include() in <b>/x.php</b>\n", "junk & more\n"] {
        let feed = read(&format!("{before}<?xml version=\"1.0\" encoding=\"gbk\"?>\n{}", rss("<item><title>中</title></item>")));
        assert_eq!(titles(&feed), ["中"], "{before:?}");
    }
}

#[test]
fn prefixes_that_nobody_declared_mean_what_everybody_means_by_them() {
    let entry = item(
        "<title>t</title><media:title>not this</media:title><content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded><foo:bar>y</foo:bar>",
    );
    assert_eq!(entry.title.as_deref(), Some("t"));
    assert_eq!(entry.bodies[0].text, "<p>x</p>");
}

#[test]
fn a_document_that_is_cut_is_read_up_to_the_cut() {
    let whole = rss(
        "<item><title>a</title><link>https://e.org/1</link></item><item><title>b</title><description><![CDATA[<p>text</p>]]></description></item>",
    );
    for end in (whole.find("<item>").unwrap() + 6)..whole.len() {
        let feed = read(&whole[..end]);
        assert!(!feed.entries.is_empty(), "cut at {end}");
        if end > whole.find("</item>").unwrap() {
            assert_eq!((feed.entries[0].title.as_deref(), feed.entries[0].link.as_deref()), (Some("a"), Some("https://e.org/1")));
        }
    }
    let cut = read(&whole[..whole.find("text").unwrap() + 4]);
    assert_eq!(cut.entries[1].bodies[0].text, "<p>text");
    assert!(cut.repairs.iter().any(|repair| repair.contains("not closed")), "{:?}", cut.repairs);
}

#[test]
fn markup_that_should_have_been_escaped_is_the_text_s() {
    let entry = item(
        "<title>A <b>bold</b> title</title><description><p>one<br>two <a href=\"x?a=1&b=2\">three</a> &amp; four</description><link>https://e.org/1</link>",
    );
    assert_eq!(entry.title.as_deref(), Some("A bold title"));
    assert_eq!(entry.bodies[0].text, "<p>one<br>two <a href=\"x?a=1&b=2\">three</a> &amp; four");
    assert_eq!(entry.link.as_deref(), Some("https://e.org/1"));
}

#[test]
fn end_tags_that_are_missing_wrong_or_too_many_cost_nothing() {
    let feed = read(&rss(
        "<item><title>a<link>https://e.org/1</link><pubDate>2024-02-18</item><item><title>b</Title></b></item></x><item><title>c</title>",
    ));
    assert_eq!(titles(&feed), ["a", "b", "c"]);
    assert_eq!(feed.entries[0].link.as_deref(), Some("https://e.org/1"));
    assert!(feed.entries[0].published.is_some());
}

#[test]
fn entries_inside_entries_and_inside_open_elements_are_entries() {
    assert_eq!(titles(&read(&rss("<item><title>a</title><item><title>b</title></item></item>"))), ["a", "b"]);
    assert_eq!(titles(&read(&rss("<itunes:category text='x'><item><title>a</title></item>"))), ["a"], "feedjira's single-quoted podcast");
    assert_eq!(titles(&read(&rss("<image><url>x</url><item><title>a</title></item>"))), ["a"]);
}

#[test]
fn a_cdata_section_that_is_not_closed_ends_with_its_element() {
    let entry = item("<title><![CDATA[a & b</title><link>https://e.org/1</link>");
    assert_eq!((entry.title.as_deref(), entry.link.as_deref()), (Some("a & b"), Some("https://e.org/1")));
}

#[test]
fn what_is_not_closed_changes_nothing_of_what_stands_before_it() {
    let entry = item("<title>t</title><description><![CDATA[<p>a</p>]]> & <!-- 1 < 2 <![CDATA[c</description>");
    assert_eq!(entry.bodies[0].text.split_whitespace().collect::<Vec<_>>().join(" "), "<p>a</p> & <!-- 1 < 2 c");
    // Found by heaps of pieces: the end of the first section was looked for twice, and the second time it was not found any more.
    read("<rss version='2.0'><channel><item><description><![CDATA[]]><!--<![CDATA[");
}

#[test]
fn attributes_are_read_without_quotes_twice_and_with_angles_in_them() {
    let entry = item("<enclosure url=https://e.org/a.mp3 type='audio/mpeg' type='x' length = \"5\" checked/><title a=\"1 < 2\">t</title>");
    let file = &entry.enclosures[0];
    assert_eq!((file.url.as_str(), file.media_type.as_deref(), file.length_bytes), ("https://e.org/a.mp3", Some("audio/mpeg"), Some(5)));
    assert_eq!(entry.title.as_deref(), Some("t"));
}

#[test]
fn angles_that_begin_no_tag_are_text() {
    let entry = item("<title>1 < 2 and <3</title><description>a <- b</description>");
    assert_eq!(entry.title.as_deref(), Some("1 < 2 and <3"));
    assert_eq!(entry.bodies[0].text, "a <- b");
}

#[test]
fn entities_of_the_document_type_are_known_if_they_are_harmless() {
    let feed = read(
        "<!DOCTYPE rss [<!ENTITY co \"Company\"><!ENTITY mid '&#183;'><!ENTITY evil SYSTEM \"file:///etc/passwd\"><!ENTITY two '&co;&co;'>]><rss><channel><item><title>&co;&mid;&evil;&two;</title></item></channel></rss>",
    );
    assert_eq!(titles(&feed), ["Company·&evil;&two;"]);
}

#[test]
fn a_bad_entry_never_loses_the_others() {
    let feed = read(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":1,\"title\":\"a\"},7,{\"id\":\"2\",\"title\":[\"x\"],\"url\":\"/2\"}]}",
    );
    assert_eq!(feed.entries.len(), 2);
    assert_eq!((feed.rejects[0].what.as_str(), feed.rejects[0].why.as_str()), ("entry 2", "it is no object but a number"));
}

#[test]
fn what_feed_rs_panics_on_is_read_without_it() {
    let entry = item("<author>张三（a@b.com）</author><title>x</title>");
    assert_eq!(entry.title.as_deref(), Some("x"));
    let entry = item("<itunes:duration>99999999999999999999999:00:00</itunes:duration><title>x</title>");
    assert_eq!(entry.title.as_deref(), Some("x"));
}

#[test]
fn what_was_repaired_is_said_once() {
    let feed = read(&rss("<item><title>a & b & c</title></item>"));
    assert_eq!(feed.repairs, ["bare ampersands"]);
    assert!(read(&rss("<item><title>fine</title></item>")).repairs.is_empty());
}

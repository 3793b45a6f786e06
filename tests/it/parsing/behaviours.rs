//! What is read out of an entry, point by point.

use feedmill::model::{BodyKind, Person};
use feedmill::pipeline::parse::{self, ParseError, ParseLimits};

use super::{atom, item, read};

#[test]
fn a_body_is_exactly_what_stands_in_the_document() {
    let source = "<p class='a'>x  y</p>\n<!-- kept -->\n<pre> 1 &lt; 2 &amp;amp;\n</pre>&nbsp;";
    for wrapped in [format!("<![CDATA[\n{source}\n]]>"), source.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")] {
        let entry = item(&format!("<description>{wrapped}</description>"));
        assert_eq!(entry.bodies[0].text, source);
        assert_eq!(entry.bodies[0].kind, BodyKind::Html);
    }
}

#[test]
fn every_body_is_kept_once_in_document_order() {
    let entry = item("<description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded><summary>short</summary>");
    let texts: Vec<&str> = entry.bodies.iter().map(|body| body.text.as_str()).collect();
    assert_eq!(texts, ["short", "<p>long</p>"]);
}

#[test]
fn atom_says_what_its_texts_are() {
    let entry =
        atom("<title>a &lt;b&gt;</title><summary>1 &lt; 2 &amp;amp; 3</summary><content type=\"html\">&lt;p&gt;x&lt;/p&gt;</content>");
    assert_eq!(entry.title.as_deref(), Some("a <b>"));
    assert_eq!((entry.bodies[0].kind, entry.bodies[0].text.as_str()), (BodyKind::Text, "1 < 2 &amp; 3"));
    assert_eq!((entry.bodies[1].kind, entry.bodies[1].text.as_str()), (BodyKind::Html, "<p>x</p>"));
}

#[test]
fn xhtml_loses_the_div_around_it_and_nothing_else() {
    let entry = atom(
        "<title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">A <b>B</b></div></title><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>1 &lt; 2</p><br/></div></content>",
    );
    assert_eq!(entry.title.as_deref(), Some("A B"));
    assert_eq!(entry.bodies[0].text, "<p>1 &lt; 2</p><br/>");
    let two = atom("<content type=\"xhtml\"><div>a</div><div>b</div></content>");
    assert_eq!(two.bodies[0].text, "<div>a</div><div>b</div>");
}

#[test]
fn a_link_stays_as_it_stands_and_a_relative_one_is_resolved() {
    assert_eq!(item("<link>https://example.org</link>").link.as_deref(), Some("https://example.org"));
    assert_eq!(item("<link><![CDATA[https://example.org/中?a=1&b=2]]></link>").link.as_deref(), Some("https://example.org/中?a=1&b=2"));
    assert_eq!(item("<link>/a?b=1&amp;c=2</link>").link.as_deref(), Some("https://example.org/a?b=1&c=2"));
    let based = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.example/x/'><entry xml:base='y/'><link href='z'/><content type='html'>t</content></entry></feed>",
    );
    assert_eq!(based.entries[0].link.as_deref(), Some("https://base.example/x/y/z"));
    assert_eq!(based.entries[0].base.as_deref(), Some("https://base.example/x/y/"));
}

#[test]
fn a_guid_is_a_link_unless_it_says_that_it_is_none() {
    assert_eq!(item("<guid>https://example.org/1</guid>").link.as_deref(), Some("https://example.org/1"));
    assert_eq!(item("<guid isPermaLink=\"true\">https://example.org/1</guid>").link.as_deref(), Some("https://example.org/1"));
    assert_eq!(item("<guid isPermaLink=\"false\">https://example.org/1</guid>").link, None);
    assert_eq!(item("<guid>tag:1</guid>").link, None);
    assert_eq!(item("<guid>https://example.org/1</guid><link>https://example.org/2</link>").link.as_deref(), Some("https://example.org/2"));
}

#[test]
fn the_text_of_a_date_is_kept_and_a_useless_one_passed_over() {
    let entry = item("<pubDate> 2024-02-18 17:11:59  +0800\n</pubDate>");
    assert_eq!(entry.date_text.as_deref(), Some("2024-02-18 17:11:59  +0800"));
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2024-02-18T09:11:59+00:00");
    let entry = item("<pubDate>Invalid Date</pubDate><dc:date>2024-02-18</dc:date>");
    assert_eq!(entry.date_text.as_deref(), Some("2024-02-18"));
    let entry = item("<pubDate>Invalid Date</pubDate>");
    assert_eq!((entry.date_text.as_deref(), entry.published), (Some("Invalid Date"), None));
    let entry = atom("<updated>2024-02-18T00:00:00Z</updated><published>2024-02-17T00:00:00Z</published>");
    assert_eq!(
        (entry.published.unwrap().to_rfc3339(), entry.updated.unwrap().to_rfc3339()),
        ("2024-02-17T00:00:00+00:00".into(), "2024-02-18T00:00:00+00:00".into())
    );
}

#[test]
fn a_date_without_a_zone_is_chinas_in_a_chinese_feed_and_the_sources_where_it_has_one() {
    let document = |title: &str| {
        format!("<rss version='2.0'><channel><item><title>{title}</title><pubDate>2024-02-18 17:11:59</pubDate></item></channel></rss>")
    };
    let when = |title: &str, limits: &ParseLimits| {
        parse::parse(document(title).as_bytes(), None, "", limits).unwrap().entries[0].published.unwrap().to_rfc3339()
    };
    let limits = ParseLimits::default();
    assert_eq!(when("科技新闻", &limits), "2024-02-18T09:11:59+00:00");
    assert_eq!(when("News", &limits), "2024-02-18T17:11:59+00:00");
    let berlin = ParseLimits { time_zone: Some(chrono_tz::Tz::Europe__Berlin), ..limits };
    assert_eq!(when("科技新闻", &berlin), "2024-02-18T16:11:59+00:00");
}

#[test]
fn people_are_told_from_their_addresses() {
    let person = |name: &str, email: Option<&str>| Person { name: name.into(), email: email.map(str::to_owned), url: None };
    for (text, want) in [
        ("a@b.com (张三)", person("张三", Some("a@b.com"))),
        ("张三（a@b.com）", person("张三", Some("a@b.com"))),
        ("Name &lt;a@b.com&gt;", person("Name", Some("a@b.com"))),
        ("a@b.com", person("", Some("a@b.com"))),
        ("Name", person("Name", None)),
    ] {
        assert_eq!(item(&format!("<author>{text}</author>")).authors, [want]);
    }
    assert_eq!(
        item("<dc:creator>A</dc:creator><dc:creator>B</dc:creator><author>A</author>").authors,
        [person("A", None), person("B", None)]
    );
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>F</name><uri>https://f.example/</uri></author><entry><author><name>E</name></author></entry><entry/></feed>",
    );
    assert_eq!(feed.entries[0].authors, [person("E", None)]);
    assert_eq!(feed.entries[1].authors, [Person { url: Some("https://f.example/".into()), ..person("F", None) }], "RFC 4287, 4.2.1");
}

#[test]
fn what_feed_rs_loses_is_read() {
    let entry = item(
        "<title>t</title><source url='https://o.example/feed'>Origin</source><comments>https://c.example/</comments><dc:subject>S</dc:subject><category>C</category><category>C</category><dc:language>de</dc:language>",
    );
    assert_eq!(entry.origin, Some(("Origin".into(), Some("https://o.example/feed".into()))));
    assert_eq!(entry.comments.as_deref(), Some("https://c.example/"));
    assert_eq!(entry.categories, ["S", "C"]);
    assert_eq!(entry.language.as_deref(), Some("de"));
    let entry = atom("<source><title>O</title><link rel='self' href='https://o.example/'/></source><category term='t' label='L'/>");
    assert_eq!((entry.origin, entry.categories), (Some(("O".into(), Some("https://o.example/".into()))), vec!["L".to_owned()]));
}

#[test]
fn files_and_pictures_are_found_in_every_vocabulary() {
    let entry = item(
        "<enclosure url='/a.mp3' type='audio/mpeg' length='12'/><itunes:duration>1:02:03</itunes:duration><itunes:image href='https://i.example/i.jpg'/>",
    );
    assert_eq!(entry.enclosures.len(), 1);
    let file = &entry.enclosures[0];
    assert_eq!(
        (file.url.as_str(), file.media_type.as_deref(), file.length_bytes, file.duration_seconds),
        ("https://example.org/a.mp3", Some("audio/mpeg"), Some(12), Some(3723))
    );
    assert_eq!(entry.image.as_deref(), Some("https://i.example/i.jpg"));
    let entry = item(
        "<media:group><media:content url='https://v.example/v.mp4' type='video/mp4' duration='9'><media:title>V</media:title></media:content><media:thumbnail url='https://v.example/t.jpg'/></media:group>",
    );
    assert_eq!(
        (entry.enclosures[0].title.as_deref(), entry.enclosures[0].duration_seconds, entry.image.as_deref()),
        (Some("V"), Some(9), Some("https://v.example/t.jpg"))
    );
    assert!(item("<enclosure url='javascript:alert(1)'/>").enclosures.is_empty());
}

#[test]
fn what_a_feed_asks_of_pollers_is_read() {
    let feed = read(
        "<rss version='2.0'><channel><ttl>30</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours><skipDays><day>Sunday</day></skipDays><sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><atom:link rel='self' href='/feed.xml'/><atom:link rel='hub' href='https://hub.example/'/></channel></rss>",
    );
    assert_eq!((feed.hints.ttl_minutes, feed.hints.update_period_seconds), (Some(30), Some(1800)));
    assert_eq!((feed.hints.skip_hours, feed.hints.skip_days), (vec![0, 5], vec![6]));
    assert_eq!((feed.self_link.as_deref(), feed.hubs), (Some("https://example.org/feed.xml"), vec!["https://hub.example/".to_owned()]));
}

#[test]
fn what_is_no_feed_is_named() {
    let why =
        |document: &[u8]| parse::parse(document, Some("application/rss+xml"), "https://example.org/", &ParseLimits::default()).unwrap_err();
    assert_eq!(why(b" \n"), ParseError::Empty);
    assert_eq!(why(b""), ParseError::Empty);
    let page = why(b"<html><head><link rel=alternate type=application/rss+xml href=/feed></head></html>");
    assert_eq!(page, ParseError::Html { feeds: vec!["https://example.org/feed".into()] });
    assert_eq!(page.to_string(), "this is a web page; its feed is at https://example.org/feed");
    assert!(matches!(why(b"%PDF-1.4"), ParseError::NotAFeed(_)));
    assert!(matches!(why(b"{\"error\":1}"), ParseError::NotAFeed(_)));
    assert!(why(b"<note/>").to_string().contains("<note>"));
    assert!(matches!(why(&[0x1f, 0x8b, 8, 0, 1]), ParseError::Compression(_)));
}

#[test]
fn the_media_type_is_not_believed() {
    let feed = parse::parse(
        b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>",
        Some("text/html"),
        "",
        &ParseLimits::default(),
    );
    assert_eq!(feed.unwrap().entries.len(), 1);
}

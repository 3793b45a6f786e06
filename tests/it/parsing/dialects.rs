//! The dialects, down to the oldest and oddest.

use feedmill::model::FeedFormat;

use super::{read, titles};

#[test]
fn every_version_of_rss_is_read() {
    for open in [
        "<rss version='0.91'>",
        "<rss version='0.93'>",
        "<rss version='0.94'>",
        "<rss version='2'>",
        "<rss version='2.0.1'>",
        "<rss>",
        "<RSS version='2.0'>",
        "<rss version='2.0' xmlns='http://backend.userland.com/rss2'>",
    ] {
        let close = if open.starts_with("<RSS") { "</RSS>" } else { "</rss>" };
        let feed =
            read(&format!("{open}<channel><title>t</title><item><title>a</title><link>https://e.org/1</link></item></channel>{close}"));
        assert_eq!((feed.format, titles(&feed)), (FeedFormat::Rss, vec!["a"]), "{open}");
        assert_eq!(feed.entries[0].link.as_deref(), Some("https://e.org/1"), "{open}");
        assert!(feed.repairs.is_empty(), "feed-rs reads {open}: {:?}", feed.repairs);
    }
    let shouting = read("<RSS VERSION='2.0'><CHANNEL><ITEM><TITLE>a</TITLE><LINK>https://e.org/1</LINK></ITEM></CHANNEL></RSS>");
    assert_eq!((titles(&shouting), shouting.entries[0].link.as_deref()), (vec!["a"], Some("https://e.org/1")));
}

#[test]
fn rdf_is_read_wherever_its_items_stand() {
    let one = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='https://e.org/'><title>t</title><items><rdf:Seq><rdf:li rdf:resource='https://e.org/1'/></rdf:Seq></items></channel><item rdf:about='https://e.org/1'><title>a</title><link>https://e.org/1</link><dc:date>2024-02-18</dc:date></item></rdf:RDF>";
    let feed = read(one);
    assert_eq!((feed.format, titles(&feed), feed.entries[0].guid.as_deref()), (FeedFormat::Rdf, vec!["a"], Some("https://e.org/1")));
    let oldest = read(&one.replace("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"));
    assert_eq!((titles(&oldest), oldest.repairs.is_empty()), (vec!["a"], true), "RSS 0.90");
    assert_eq!(
        titles(&read(&one.replace("<item ", "<rss:item xmlns:rss='http://purl.org/rss/1.0/' ").replace("</item>", "</rss:item>"))),
        ["a"]
    );
}

#[test]
fn atom_0_3_is_read() {
    let feed = read(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>t</title><tagline>d</tagline><entry><title mode='escaped' type='text/html'>a &amp;amp; b</title><link rel='alternate' type='text/html' href='https://e.org/1'/><issued>2004-02-18T00:00:00Z</issued><modified>2004-02-19T00:00:00Z</modified><content type='text/html' mode='base64'>PGI+eDwvYj4=</content></entry></feed>",
    );
    assert_eq!((feed.format, titles(&feed), feed.description.as_deref()), (FeedFormat::Atom, vec!["a & b"], Some("d")));
    let entry = &feed.entries[0];
    assert_eq!((entry.date_text.as_deref(), entry.bodies[0].text.as_str()), (Some("2004-02-18T00:00:00Z"), "<b>x</b>"));
}

#[test]
fn a_lone_entry_prefixed_elements_and_an_unknown_namespace_are_atom_too() {
    assert_eq!(titles(&read("<entry xmlns='http://www.w3.org/2005/Atom'><title>a</title></entry>")), ["a"]);
    assert_eq!(titles(&read("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>a</a:title></a:entry></a:feed>")), ["a"]);
    assert_eq!(titles(&read("<feed xmlns='http://example.org/mine'><entry><title>a</title></entry></feed>")), ["a"]);
}

#[test]
fn cdf_is_read() {
    let feed = read(
        "<CHANNEL HREF='https://e.org/' LASTMOD='2004-02-18T00:00'><TITLE>t</TITLE><ITEM HREF='https://e.org/1' LASTMOD='2004-02-18T00:00'><TITLE>a</TITLE><ABSTRACT>x</ABSTRACT></ITEM></CHANNEL>",
    );
    assert_eq!((feed.format, titles(&feed), feed.link.as_deref()), (FeedFormat::Cdf, vec!["a"], Some("https://e.org/")));
    let entry = &feed.entries[0];
    assert_eq!(
        (entry.link.as_deref(), entry.bodies[0].text.as_str(), entry.date_text.as_deref()),
        (Some("https://e.org/1"), "x", Some("2004-02-18T00:00"))
    );
}

#[test]
fn json_feed_is_read_with_what_feed_rs_loses() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","home_page_url":"https://e.org/","hubs":[{"type":"WebSub","url":"https://hub.example/"}],"authors":[{"name":"F"}],
        "items":[{"id":7,"url":"/1","title":"a","content_html":"<p>x</p>","content_text":"x","image":"/i.jpg","date_published":"2024-02-18T00:00:00Z","tags":["b"],
        "attachments":[{"url":"https://e.org/a.mp3","mime_type":"audio/mpeg","size_in_bytes":"5","duration_in_seconds":1.5,"title":"A"}]}]}"#,
    );
    assert_eq!((feed.format, feed.hubs.as_slice()), (FeedFormat::Json, ["https://hub.example/".to_owned()].as_slice()));
    let entry = &feed.entries[0];
    assert_eq!(
        (entry.guid.as_deref(), entry.link.as_deref(), entry.image.as_deref()),
        (Some("7"), Some("https://example.org/1"), Some("https://example.org/i.jpg"))
    );
    assert_eq!((entry.authors[0].name.as_str(), entry.bodies.len(), entry.categories.len()), ("F", 2, 1));
    let file = &entry.enclosures[0];
    assert_eq!((file.length_bytes, file.duration_seconds, file.title.as_deref()), (Some(5), Some(1), Some("A")));
    let cut = read(r#"{"version":"https://jsonfeed.org/version/1","title":"t","items":[{"id":"1","title":"a"},{"id":"2","ti"#);
    assert_eq!((cut.title.as_deref(), titles(&cut)), (Some("t"), vec!["a"]));
}

/// YouTube's entries have neither `content` nor `summary`.
#[test]
fn the_text_of_a_media_group_is_the_text_of_an_entry_without_another() {
    let media = "<media:group><media:title>a</media:title><media:thumbnail url='https://i.e.org/1.jpg'/><media:description>第一行\nhttps://e.org/x</media:description></media:group>";
    let nested = "<media:group><media:content url='https://e.org/v.mp4' type='video/mp4'><media:description type='plain'>inside</media:description></media:content></media:group>";
    let atom = |inside: &str| {
        read(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'><title>t</title><entry><id>1</id><title>a</title>{inside}</entry></feed>"
        ))
    };
    let rss = |inside: &str| {
        read(&format!(
            "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>t</title><item><title>a</title>{inside}</item></channel></rss>"
        ))
    };
    for feed in [atom(media), rss(media)] {
        let entry = &feed.entries[0];
        assert_eq!(entry.bodies.iter().map(|body| &*body.text).collect::<Vec<_>>(), ["第一行\nhttps://e.org/x"]);
        assert_eq!(entry.image.as_deref(), Some("https://i.e.org/1.jpg"));
    }
    assert_eq!(rss(nested).entries[0].bodies[0].text, "inside");
    // Beside a text of its own it is the caption of a picture (the New York Times).
    let beside = rss(&format!("<description>own</description>{nested}"));
    assert_eq!(beside.entries[0].bodies.iter().map(|body| &*body.text).collect::<Vec<_>>(), ["own"]);
}

#[test]
fn content_in_base64_is_read_where_it_is_text_and_is_no_text_where_it_is_a_file() {
    let bodies = |inside: &str| {
        let feed = read(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>1</id><title>a</title>{inside}</entry></feed>"
        ));
        feed.entries[0].bodies.iter().map(|body| body.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(bodies("<content type='application/octet-stream'>\n RXhhbXBsZSA8Yj5BdG9tPC9iPg==\n</content>"), ["Example <b>Atom</b>"]);
    assert_eq!(bodies("<summary type='application/octet-stream'>RXhhbXBsZSA8Yj5BdG9tPC9iPg==</summary>"), ["Example <b>Atom</b>"]);
    assert_eq!(bodies("<content type='image/png'>iVBORw0KGgo=</content>"), [""; 0]);
    assert_eq!(bodies("<content type='application/xml'>no markup</content>"), ["no markup"]);
}

#[test]
fn categories_in_an_element_of_their_own_are_read() {
    let feed = read(
        "<rss version='2.0'><channel><title>t</title><item><title>a</title><categories>\n<category>Connected Home</category>\n<category><![CDATA[ iOS ]]></category></categories><category>Own</category></item></channel></rss>",
    );
    assert_eq!(feed.entries[0].categories, ["Connected Home", "iOS", "Own"]);
}

#[test]
fn the_face_of_who_wrote_is_no_picture_of_the_entry() {
    let image = |inside: &str| {
        let feed = read(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'><title>t</title><entry><id>1</id><title>a</title>{inside}</entry></feed>"
        ));
        feed.entries[0].image.clone()
    };
    let own = "<media:content url='https://e.org/own.jpg' medium='image'/>";
    for face in [
        "<media:thumbnail height='30' width='30' url='https://e.org/u/1'/>",
        "<media:thumbnail url='https://avatars3.githubusercontent.com/u/1'/>",
        "<media:content url='https://1.gravatar.com/avatar/0?s=96' medium='image'><media:title>who</media:title></media:content>",
    ] {
        assert_eq!(image(face), None, "{face}");
        assert_eq!(image(&format!("{face}{own}")).as_deref(), Some("https://e.org/own.jpg"));
    }
    assert_eq!(
        image("<media:thumbnail url='https://e.org/s72-c/x.jpg' height='72' width='72'/>").as_deref(),
        Some("https://e.org/s72-c/x.jpg")
    );
}

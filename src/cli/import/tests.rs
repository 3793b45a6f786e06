use super::*;
use crate::config::parse;

fn listed(name: &str, url: &str, folders: &[&str], tags: &[&str]) -> Listed {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Listed { name: name.into(), url: url.into(), folders: texts(folders), tags: texts(tags) }
}

#[test]
fn folders_of_opml_are_kept_with_their_nesting() {
    let text = r#"<?xml version="1.0"?><opml version="2.0"><body>
        <outline text="科技"><outline text="博客"><outline type="rss" text="阮一峰" xmlUrl="https://a.example/atom.xml?a=1&amp;b=2"/></outline>
        <outline title="b" XMLURL="https://b.example/"></outline></outline>
        <outline text="c &amp; d" xmlUrl="https://c.example/?x=1&y=2" category="/News/World,/Daily"/>
        </body></opml>"#;
    let listing = recognize(text.as_bytes()).unwrap();
    let expected = [
        listed("阮一峰", "https://a.example/atom.xml?a=1&b=2", &["科技", "博客"], &[]),
        listed("b", "https://b.example/", &["科技"], &[]),
        listed("c & d", "https://c.example/?x=1&y=2", &["News", "World"], &["Daily"]),
    ];
    assert_eq!(listing.sources, expected);
}

#[test]
fn the_lists_of_miniflux_and_freshrss_are_read() {
    let miniflux = r#"<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>Miniflux</title></head><body>
        <outline text="All"><outline title="LWN" text="LWN" xmlUrl="https://lwn.net/headlines/rss" htmlUrl="https://lwn.net" type="rss"></outline></outline></body></opml>"#;
    assert_eq!(recognize(miniflux.as_bytes()).unwrap().sources, [listed("LWN", "https://lwn.net/headlines/rss", &["All"], &[])]);
    let freshrss = r#"<opml xmlns:frss="https://freshrss.org/opml" version="2.0"><body><outline text="未分类">
        <outline text="page" type="HTML+XPath" xmlUrl="https://p.example/" frss:xPathItem="//div"/>
        <outline text="feed" type="rss" xmlUrl="https://f.example/" frss:priority="main"/></outline></body></opml>"#;
    let listing = recognize(freshrss.as_bytes()).unwrap();
    assert_eq!(listing.sources, [listed("feed", "https://f.example/", &["未分类"], &[])]);
    assert!(listing.skipped[0].contains("scraped page"), "{:?}", listing.skipped);
}

#[test]
fn broken_opml_gives_what_can_be_read() {
    let text = "<opml><body><outline text='a & b' xmlUrl=https://a.example/><outline text='x' xmlUrl='https://x.example/'/></outline></folder><outline text=\"y\" xmlUrl=\"https://y.example/\"/>";
    let names: Vec<String> = recognize(text.as_bytes()).unwrap().sources.into_iter().map(|listed| listed.name).collect();
    assert_eq!(names, ["a & b", "x", "y"]);
    for wrong in ["<html><body>no</body></html>", "<", "", "just words"] {
        let listing = recognize(wrong.as_bytes());
        assert!(listing.as_ref().map_or(true, |listing| listing.sources.is_empty()), "{wrong}: {listing:?}");
    }
    let deep = "<outline text=\"x\">".repeat(100);
    assert!(recognize(format!("<opml>{deep}").as_bytes()).unwrap_err().contains("nested"));
}

#[test]
fn an_old_list_in_gbk_is_decoded() {
    let text =
        "<?xml version=\"1.0\" encoding=\"gb2312\"?><opml><body><outline text=\"少数派\" xmlUrl=\"https://sspai.com/feed\"/></body></opml>";
    let (bytes, _, _) = encoding_rs::GBK.encode(text);
    assert_eq!(recognize(&bytes).unwrap().sources[0].name, "少数派");
}

#[test]
fn the_urls_of_newsboat_are_read() {
    let text = "# mine\nhttps://a.example/feed \"科技\" \"~A B\" daily\nhttps://b.example/feed ! \"~Hidden \\\"one\\\"\" # why\n\"query:unread:unread = \\\"yes\\\"\"\nexec:~/bin/x.sh\nhttps://c.example/#frag\nhttps://d.example/ !hidden news\n";
    let listing = recognize(text.as_bytes()).unwrap();
    let expected = [
        listed("A B", "https://a.example/feed", &["科技"], &["daily"]),
        listed("Hidden \"one\"", "https://b.example/feed", &[], &[]),
        listed("", "https://c.example/#frag", &[], &[]),
        listed("", "https://d.example/", &["news"], &["!hidden"]),
    ];
    assert_eq!(listing.sources, expected);
    assert_eq!(listing.skipped.len(), 2);
}

#[test]
fn the_ini_of_planet_venus_is_read() {
    let text = "[Planet]\nname = Planet X\nlink = https://planet.example/\n\n[DEFAULT]\nface = none\n; people\n[https://a.example/atom.xml]\nname = 张三\nface = a.png\n[index.html.tmpl]\nx = 1\n[https://b.example/rss]\nname: B\n";
    let expected = [listed("张三", "https://a.example/atom.xml", &[], &[]), listed("B", "https://b.example/rss", &[], &[])];
    assert_eq!(recognize(text.as_bytes()).unwrap().sources, expected);
}

#[test]
fn what_is_listed_becomes_sources_with_valid_different_names_and_no_feed_twice() {
    let config = parse("[[source]]\nname = \"HN\"\nurl = \"https://news.example/rss\"\n", "f").unwrap();
    let mut skipped = Vec::new();
    let new = fit(
        &config,
        vec![
            listed("hn", "http://news.example/rss/", &[], &[]),
            listed("hn", "https://other.example/rss", &["NYT > Top", "a/b"], &["x"]),
            listed("again", "feed://other.example/rss#x", &[], &[]),
            listed("file", "file:///etc/passwd", &[], &[]),
            listed("secret", "https://anna:pw@s.example/", &[], &[]),
            listed("\u{1b}[31m", "https://q.example/", &[], &[]),
        ],
        Some("rest"),
        &mut skipped,
    );
    let shown: Vec<_> = new.iter().map(|source| (source.name.as_str(), source.category.as_deref(), source.tags.join(","))).collect();
    assert_eq!(shown, [("hn 2", Some("NYT Top"), "a b,x".into()), ("31m", Some("rest"), String::new())]);
    assert_eq!(skipped.len(), 4, "{skipped:?}");
    assert!(skipped.iter().any(|line| line.contains("auth_env")) && !hide_passwords(&skipped.join(" ")).contains("pw@"));
}

#[test]
fn a_file_with_too_many_sources_is_cut_and_told() {
    let text: String = (0..SOURCES_MAX + 5).map(|at| format!("https://h{at}.example/\n")).collect();
    let listing = newsboat::read(&text);
    assert_eq!((listing.sources.len(), listing.skipped.len()), (SOURCES_MAX, 1));
}

use super::*;

fn urls(html: &str) -> Vec<String> {
    feeds(html.as_bytes(), "https://example.org/blog/post.html").into_iter().map(|feed| feed.url).collect()
}

#[test]
fn a_link_element_is_found_however_it_is_written() {
    for link in [
        r#"<link rel="alternate" type="application/rss+xml" href="/feed">"#,
        r#"<LINK REL=ALTERNATE TYPE=APPLICATION/RSS+XML HREF=/feed>"#,
        r#"<link rel="home alternate" type="application/rss+xml; charset=utf-8" href=" /feed ">"#,
        r#"<link rel="&#65;lternate" type="application/atom+xml" href="../feed"/>"#,
        r#"<link rel="feed" href="https://example.org/feed">"#,
        r#"<base href="https://example.org/x/"><link rel="alternate" type="application/feed+json" href="../feed">"#,
        r#"<link rel="alternate" type="application/rss+xml" href="feed:https://example.org/feed">"#,
    ] {
        assert_eq!(urls(link), ["https://example.org/feed"], "{link}");
    }
}

#[test]
fn what_only_looks_like_a_link_element_is_not_taken() {
    for page in [
        r#"<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->"#,
        r#"<script>document.write('<link rel="alternate" type="application/rss+xml" href="/feed">')</script>"#,
        r#"<title><link rel="alternate" type="application/rss+xml" href="/feed"></title>"#,
        r#"<link rel="stylesheet" type="application/rss+xml" href="/feed">"#,
        r#"<link rel="alternate" type="application/json" href="/wp-json/">"#,
        r#"<link rel="alternate" hreflang="de" href="/de/">"#,
        r#"<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">"#,
        r#"<link rel="alternate" type="application/rss+xml">"#,
    ] {
        assert!(urls(page).is_empty(), "{page}");
    }
}

#[test]
fn link_elements_come_before_links_that_look_like_feeds() {
    let page = r#"<a href="/atom.xml">Atom</a><link rel="alternate" type="application/rss+xml" title="All  posts" href="/feed"><a href="/about">About</a><a href="/rss">RSS</a>"#;
    let found = feeds(page.as_bytes(), "https://example.org/");
    let shown: Vec<(&str, Option<&str>, FoundKind)> =
        found.iter().map(|feed| (feed.url.as_str(), feed.title.as_deref(), feed.kind)).collect();
    assert_eq!(
        shown,
        [
            ("https://example.org/feed", Some("All posts"), FoundKind::Link),
            ("https://example.org/atom.xml", Some("Atom"), FoundKind::Anchor),
            ("https://example.org/rss", Some("RSS"), FoundKind::Anchor),
        ]
    );
}

#[test]
fn a_page_of_a_thousand_feeds_gives_the_first_few() {
    let page: String = (0..1000).map(|number| format!("<link rel=alternate type=application/rss+xml href=/{number}>")).collect();
    assert_eq!(urls(&page).len(), FOUND_MAX);
}

#[test]
fn guesses_begin_below_the_page_and_end_at_the_root() {
    let found: Vec<String> = guesses("https://example.org/blog/?x=1#y").into_iter().map(|feed| feed.url).collect();
    assert_eq!(found[0], "https://example.org/blog/feed");
    assert!(found.contains(&"https://example.org/blog/atom.xml".to_owned()) && found.contains(&"https://example.org/feed".to_owned()));
    assert!(guesses("ftp://example.org/").is_empty() && guesses("nonsense").is_empty());
}

#[test]
fn sites_with_rules_of_their_own_are_known() {
    let cases = [
        ("https://www.youtube.com/channel/UC123", "https://www.youtube.com/feeds/videos.xml?channel_id=UC123"),
        ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"),
        ("https://www.youtube.com/user/name", "https://www.youtube.com/feeds/videos.xml?user=name"),
        ("https://github.com/rust-lang/rust", "https://github.com/rust-lang/rust/releases.atom"),
        ("https://github.com/rust-lang/rust/commits/master", "https://github.com/rust-lang/rust/commits/master.atom"),
        ("https://github.com/rust-lang/rust/tags", "https://github.com/rust-lang/rust/tags.atom"),
        ("https://old.reddit.com/r/rust/", "https://www.reddit.com/r/rust/.rss"),
        ("https://mastodon.social/@Gargron", "https://mastodon.social/@Gargron.rss"),
        ("rsshub://36kr/newsflashes", "https://rsshub.app/36kr/newsflashes"),
        ("https://medium.com/@name/post-1", "https://medium.com/feed/@name"),
        ("https://name.substack.com/p/post", "https://name.substack.com/feed"),
        ("https://space.bilibili.com/2267573", "https://rsshub.app/bilibili/user/video/2267573"),
        ("https://www.zhihu.com/people/name", "https://rsshub.app/zhihu/people/activities/name"),
        ("https://zhuanlan.zhihu.com/column", "https://rsshub.app/zhihu/zhuanlan/column"),
        ("https://www.36kr.com/information/AI/", "https://36kr.com/feed"),
    ];
    for (page, want) in cases {
        assert_eq!(known_site(page).first().map(|feed| feed.url.as_str()), Some(want), "{page}");
    }
    for unknown in ["https://example.org/", "https://www.youtube.com/watch?v=1", "nonsense", "javascript:alert(1)"] {
        assert!(known_site(unknown).is_empty(), "{unknown}");
    }
}

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::*;

use super::attacks::ATTACKS;
use super::elements::{self, Action};
use super::*;
use crate::model::PLAYERS_DEFAULT;

fn players() -> Vec<String> {
    PLAYERS_DEFAULT.iter().map(|host| (*host).to_owned()).collect()
}

fn clean(html: &str) -> String {
    let base = Url::parse("https://e.org/a/b").unwrap();
    let players = players();
    sanitize(html, &SanitizeOptions { base: Some(&base), template: None, players: &players }).as_str().to_owned()
}

/// What a browser would build of a page with this body, and everything in it that we would not allow.
fn complaints(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for scripting in [true, false] {
        let mut options = ParseOpts::default();
        options.tree_builder.scripting_enabled = scripting;
        let dom = parse_document(RcDom::default(), options).one(format!("<!DOCTYPE html><html><head></head><body>{html}"));
        // The document has to live on: a node takes its children with it.
        let mut waiting = vec![dom.document.clone()];
        while let Some(node) = waiting.pop() {
            complain(&node, &mut found);
            waiting.extend(node.children.borrow().iter().cloned());
        }
    }
    found
}

fn complain(node: &Handle, found: &mut Vec<String>) {
    let NodeData::Element { name, attrs, .. } = &node.data else { return };
    let element = name.local.to_ascii_lowercase();
    let frame_of_page = matches!(&*element, "html" | "head" | "body");
    if !frame_of_page && !matches!(elements::element(&element).action, Action::Keep | Action::KeepVoid | Action::Frame) {
        found.push(format!("<{element}>"));
    }
    for attribute in attrs.borrow().iter() {
        let (name, value) = (attribute.name.local.to_ascii_lowercase(), attribute.value.trim().to_ascii_lowercase());
        let bare: String = value.chars().filter(|c| *c > ' ').collect();
        // An address that begins as a page of the web is one, whatever is in its path.
        let web = bare.starts_with("http://") || bare.starts_with("https://");
        let runs = (!web && bare.contains("javascript:"))
            || bare.contains("vbscript:")
            || bare.starts_with("data:text")
            || bare.contains("expression(");
        let loads =
            matches!(&*name, "href" | "src" | "srcset" | "poster" | "cite" | "longdesc" | "style" | "fill" | "data-src" | "data-lazy-src");
        let named = name.starts_with("on")
            || matches!(
                &*name,
                "srcdoc" | "formaction" | "action" | "ping" | "background" | "dynsrc" | "lowsrc" | "is" | "slot" | "nonce" | "http-equiv"
            );
        if frame_of_page || named || (loads && runs) || (&*element == "iframe" && &*name == "src" && !is_player(&value)) {
            found.push(format!("<{element} {name}={value:?}>"));
        }
    }
}

fn is_player(address: &str) -> bool {
    address::is_on_hosts(address, &players())
}

#[test]
fn known_trackers_are_dropped_and_the_publishers_own_pixel_stays() {
    let kept = |html: &str| {
        sanitize_body(html, &SanitizeOptions { base: Some(&Url::parse("https://e.org/a").unwrap()), ..SanitizeOptions::default() })
    };
    let made = kept(
        "<p>a<img src='http://feeds.feedburner.com/~r/x/~4/y' height=1 width=1/>b</p><img src=https://ad.doubleclick.net/x><img src=/own.gif width=1>",
    );
    assert_eq!(made.html.as_str().trim_end(), "<p>ab</p><img src=\"https://e.org/own.gif\" width=\"1\"/>");
    assert_eq!(made.cover.as_deref(), Some("https://e.org/own.gif"));
    let template = ImageTemplate("cdn.example/?url={url}".into());
    let options = SanitizeOptions { template: Some((&template, "https://e.org")), ..SanitizeOptions::default() };
    assert_eq!(sanitize("<img src=https://pixel.wp.com/b.gif>x", &options).as_str(), "x");
}

#[test]
fn s8_no_attack_of_the_list_survives_and_a_second_reading_changes_nothing() {
    assert!(ATTACKS.len() >= 150);
    for attack in ATTACKS {
        for html in [
            (*attack).to_owned(),
            format!("<p>before {attack} after</p>"),
            format!("<table><tr><td>{attack}"),
            format!("<svg><g>{attack}</g></svg>"),
        ] {
            let once = clean(&html);
            assert_eq!(complaints(&once), Vec::<String>::new(), "{html}\n=> {once}");
            assert_eq!(clean(&once), once, "{html}");
        }
    }
}

/// The checker itself must see what it is there for.
#[test]
fn the_checker_complains_of_unsafe_markup() {
    for bad in [
        "<script>x</script>",
        "<img onerror=x>",
        "<a href=javascript:x>",
        "<iframe src=https://evil.example/></iframe>",
        "<svg><style>x</style></svg>",
        "<p style='width:expression(x)'>",
    ] {
        assert!(!complaints(bad).is_empty(), "{bad}");
    }
}

#[test]
fn what_articles_are_made_of_survives() {
    for same in [
        "<p class=\"a b\" id=\"x\" lang=\"zh\">文 &amp; <b>b</b></p>",
        "<table border=\"1\"><thead><tr><th scope=\"col\">a</th></tr></thead><tbody><tr><td colspan=\"2\">b</td></tr></tbody></table>",
        "<figure><picture><source srcset=\"https://e.org/a.webp 1x, https://e.org/b.webp 2x\" type=\"image/webp\"/><img alt=\"\" loading=\"lazy\" src=\"https://e.org/a.jpg\"/></picture><figcaption>c</figcaption></figure>",
        "<pre><code class=\"language-rust\">fn main() {\n\n    a &lt; b;\n}</code></pre>",
        "<video controls=\"\" poster=\"https://e.org/p.jpg\"><source src=\"https://e.org/v.mp4\" type=\"video/mp4\"/><track kind=\"subtitles\" src=\"https://e.org/v.vtt\" srclang=\"zh\"/></video>",
        "<audio controls=\"\" src=\"https://e.org/a.mp3\"></audio>",
        "<details open=\"\"><summary>s</summary>t</details>",
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        "<math display=\"block\" xmlns=\"http://www.w3.org/1998/Math/MathML\"><mfrac><mi>a</mi><mn>2</mn></mfrac></math>",
        "<svg fill=\"none\" height=\"24\" viewbox=\"0 0 24 24\" width=\"24\" xmlns=\"http://www.w3.org/2000/svg\"><defs><lineargradient id=\"g\"><stop offset=\"0\" stop-color=\"#fff\"></stop></lineargradient></defs><path d=\"M0 0h24\" fill=\"url(#g)\"></path></svg>",
        "<time datetime=\"2024-02-18\">t</time><abbr title=\"x\">y</abbr><wbr/><mark>m</mark><kbd>k</kbd>",
        "<iframe allow=\"autoplay; fullscreen\" allowfullscreen=\"\" height=\"1\" src=\"https://www.youtube.com/embed/x\" width=\"2\"></iframe>",
        "<iframe src=\"https://player.bilibili.com/player.html?bvid=1&amp;p=1\"></iframe>",
        "<a href=\"https://e.org/?a=1&amp;b=2\" rel=\"nofollow noopener\" target=\"_blank\">l</a><a name=\"top\"></a>",
        "<!--more--><!-- SC_OFF --><center>c</center><u>u</u><font color=\"red\">f</font>",
        "<noscript class=\"loading-lazy\"><img src=\"https://e.org/x.jpg\"/></noscript>",
        "<p title='say \"x\"'>a</p><p title=\"say &quot;x&quot; 'y'\">a</p>",
    ] {
        assert_eq!(clean(same), same);
    }
}

#[test]
fn it_is_reprinted_as_the_seed_did() {
    for (from, to) in [
        ("<P CLASS=x ID=a>b", "<p class=\"x\" id=\"a\">b</p>"),
        ("<p>a<p>b</p>", "<p>a<p>b</p></p>"),
        ("<b>a<i>b</b>c</i>d", "<b>a<i>b</i></b>cd"),
        ("a</b>c<br></br>", "ac<br/>"),
        ("<p/>a<br/><a name=x />b", "<p></p>a<br/><a name=\"x\"></a>b"),
        ("&nbsp;&copy;&#8217;&hellip;&lt;&unknown;&", "\u{a0}©’…&lt;&amp;unknown;&amp;"),
        ("<div>\n\n  <p>a</p>   <p>b  c</p>\n</div>", "<div>\n<p>a</p> <p>b  c</p>\n</div>"),
        ("<pre>\n\n  a\n  </pre>", "<pre>\n\n  a\n  </pre>"),
        ("<o:p>a</o:p><custom-x>b</custom-x><form>c<input>d</form>", "abcd"),
        ("<p class='  a   b\n'>x</p>", "<p class=\"a b\">x</p>"),
        ("a<script>b</script>c<style>d</style>e<!--f-->g", "ace<!--f-->g"),
        ("<p>a\r\nb\u{1}c</p>", "<p>a\nbc</p>"),
        ("{{< x >}}", "{{&lt; x &gt;}}"),
    ] {
        assert_eq!(clean(from), to);
    }
}

#[test]
fn comments_that_end_elsewhere_for_another_reader_are_dropped() {
    for bad in [
        "<!--<b>-->",
        "<!-- a -- b -->",
        "<!--a--->",
        "<!-->x",
        "<!--->x",
        "<!--[if IE]>x<![endif]-->",
        "<?php x ?>",
        "<![CDATA[x]]>",
        "<noscript><!--a--></noscript>",
    ] {
        assert!(!clean(bad).contains("<!--"), "{bad} => {}", clean(bad));
    }
    assert_eq!(clean("<!-- a > b -->"), "<!-- a &gt; b -->".replace("&gt;", ">"));
}

#[test]
fn late_pictures_get_their_real_address() {
    for (from, to) in [
        ("<img data-src='https://e.org/x.jpg'>", "<img src=\"https://e.org/x.jpg\"/>"),
        ("<img src='data:image/gif;base64,R0lG' data-original='/x.jpg'>", "<img src=\"https://e.org/x.jpg\"/>"),
        ("<img src='https://e.org/img/placeholder.png' data-lazy-src='//cdn.org/x.jpg'>", "<img src=\"https://cdn.org/x.jpg\"/>"),
        ("<img src='static/image/common/none.gif' file='data/x.jpg'>", "<img src=\"https://e.org/a/data/x.jpg\"/>"),
        (
            "<img src='https://e.org/x.jpg' data-src='https://e.org/y.jpg'>",
            "<img data-src=\"https://e.org/y.jpg\" src=\"https://e.org/x.jpg\"/>",
        ),
        ("<img src='data:image/png;base64,AAAA'>", "<img src=\"data:image/png;base64,AAAA\"/>"),
        ("<iframe data-src='https://www.youtube.com/embed/x'></iframe>", "<iframe src=\"https://www.youtube.com/embed/x\"></iframe>"),
    ] {
        assert_eq!(clean(from), to);
    }
}

#[test]
fn the_image_template_frames_everything_that_is_loaded_and_its_ampersand_stays_bare() {
    let base = Url::parse("https://e.org/a/b").unwrap();
    let players = players();
    let read = |template: &str, html: &str| {
        let template = ImageTemplate(template.into());
        sanitize_body(html, &SanitizeOptions { base: Some(&base), template: Some((&template, "https://e.org")), players: &players })
    };
    let seed = "cdn.g0f.cn/?r={origin}&url={url}";
    let made = read(seed, "<img src='/x.jpg?a=1&amp;b=\"2\"'><video src=v.mp4></video><iframe src='//www.youtube.com/embed/x'></iframe>");
    assert_eq!(
        made.html.as_str(),
        "<img src=\"cdn.g0f.cn/?r=https://e.org&url=https://e.org/x.jpg?a=1&amp;b=%222%22\"/><video src=\"cdn.g0f.cn/?r=https://e.org&url=https://e.org/a/v.mp4\"></video>\
         <iframe src=\"cdn.g0f.cn/?r=https://e.org&url=https://www.youtube.com/embed/x\"></iframe>\n"
    );
    assert_eq!(made.cover.as_deref(), Some("cdn.g0f.cn/?r=https://e.org&url=https://e.org/x.jpg?a=1&b=%222%22"));
    let made = read("https://p.org/{url_encoded}", "<img src='https://e.org/x y.jpg'><img src='data:image/png;base64,AA'>");
    assert_eq!(made.html.as_str(), "<img src=\"https://p.org/https%3A%2F%2Fe.org%2Fx+y.jpg\"/><img src=\"data:image/png;base64,AA\"/>\n");
    let made = read("x\"><script>{url}", "<img src='https://e.org/x'>");
    assert_eq!(made.html.as_str(), "<img src=\"x&quot;&gt;&lt;script&gt;https://e.org/x\"/>\n");
}

#[test]
fn what_is_left_open_is_closed_after_the_last_line_feed() {
    let options = SanitizeOptions::default();
    assert_eq!(sanitize_body("\n <div>a<div>b</p>\n", &options).html.as_str(), "<div>a<div>b\n</div></div>");
    assert_eq!(sanitize_body("<p>a</p>", &options).html.as_str(), "<p>a</p>\n");
    assert_eq!(sanitize_body("<script>x</script>\n<p>a</p>", &options).html.as_str(), "<p>a</p>\n");
}

#[test]
fn the_plain_text_is_what_somebody_would_read_aloud() {
    let read = |html: &str| sanitize_body(html, &SanitizeOptions::default()).text;
    assert_eq!(read("<h1>A</h1><p>b <b>c</b>\n d</p><ul><li>e</li><li>f</li></ul>g<br>h<script>x</script>").trim(), "A\nb c d\ne\nf\ng\nh");
    assert_eq!(read("<p>a &amp; b</p><noscript>x</noscript><iframe>y</iframe>").trim(), "a & b");
}

#[test]
fn s4_depth_and_attributes_and_length_have_a_bound() {
    let deep = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    let made = clean(&deep);
    assert_eq!(made.matches("<div>").count(), DEPTH_MAX);
    assert_eq!(made.matches("</div>").count(), DEPTH_MAX);
    assert_eq!(clean(&made), made);

    let wide = |count: u32| format!("<p>a<b{}>b</b></p>", (0..count).map(|n| format!(" a{n}=1")).collect::<String>());
    assert_eq!(clean(&wide(300_000)), "<p>ab</p>");
    // This one is longer than a body may be, and is cut inside of the tag.
    assert_eq!(clean(&wide(1_000_000)), "<p>a</p>");

    let base = Url::parse(&format!("https://e.org/{}/", "x".repeat(4_000))).unwrap();
    let many = "<a href=x>".repeat(100_000);
    let made = sanitize(&many, &SanitizeOptions { base: Some(&base), template: None, players: &[] });
    assert!(made.as_str().len() < OUTPUT_BYTES_MAX + 100_000);

    assert!(clean(&"文".repeat(HTML_BYTES_MAX)).len() <= HTML_BYTES_MAX);
    assert_eq!(clean(&"</x>".repeat(500_000)), "");
}

/// Pieces of markup in any order: more apt to confuse than random letters.
fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(ATTACKS).prop_map(str::to_owned),
        "[ \n\t]{0,3}",
        "[a-z文&<>\"'`={}/!-]{0,8}",
        proptest::sample::select(
            &[
                "p", "div", "b", "table", "td", "svg", "math", "mtext", "noscript", "pre", "iframe", "style", "script", "title", "a", "x",
                "select", "button", "template", "textarea"
            ][..]
        )
        .prop_flat_map(|name| prop_oneof![
            Just(format!("<{name}>")),
            Just(format!("</{name}>")),
            Just(format!("<{name}/>")),
            Just(format!("<{name} title=\"-->\" id=x>"))
        ]),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn s8_any_markup_comes_out_harmless_and_stays_as_it_is(html in markup()) {
        let once = clean(&html);
        prop_assert_eq!(complaints(&once), Vec::<String>::new());
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once);
    }
}

//! Bodies as feeds and pages give them out.
//!
//! The sanitizer's form is what the Markdown files want: image addresses without a scheme (`cdn.g0f.cn/?r=…`), bare `&` in them, `style`
//! and `data-*` attributes, players in frames. A feed wants absolute addresses and nothing that validators warn of, and our own pages have a
//! Content-Security-Policy that loads none of it. So the body is reprinted once more here: never more than it was, often less.

mod nesting;
pub(super) mod tag;

use url::Url;

use nesting::Nesting;
use tag::Tag;

/// The body for feeds and pages. Relative addresses are resolved against `base`; pictures that nobody is meant to see are left out. With
/// `no_referrer` the others say to be asked for without a word about the page that they stand in.
#[must_use]
pub fn for_output(body: &str, base: Option<&str>, no_referrer: bool) -> String {
    let base = base.and_then(|base| Url::parse(base).ok());
    let mut out = Nesting::new(body.len());
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        out.text(&rest[..start]);
        if let Some(bytes) = comment_bytes(&rest[start..]) {
            rest = &rest[start + bytes..];
            continue;
        }
        let Some(tag) = Tag::read(&rest[start..]) else {
            // No tag begins here: it is the sign itself.
            out.text("&lt;");
            rest = &rest[start + 1..];
            continue;
        };
        rest = &rest[start + tag.bytes..];
        if tag.name == "iframe" && !tag.closing {
            if let Some(address) = tag.frame_address(base.as_ref()) {
                out.start("p", "<p>");
                out.text(&format!("<a href=\"{address}\">{address}</a>"));
                out.end("p");
            }
            // What a frame holds is shown by nobody: its address has become a link.
            let end = find_ignoring_case(rest, "</iframe");
            rest = &rest[end.unwrap_or(0)..];
        } else if !tag.stays() || tag.is_pixel() {
            continue;
        } else if tag.closing {
            out.end(&tag.name);
        } else if let Some(printed) = tag.start(base.as_ref(), no_referrer) {
            out.start(&tag.name, &printed);
        }
    }
    out.text(rest);
    out.finish()
}

/// The body for a Markdown file of a source whose pictures are to be asked for without a word about the page that they stand in; nothing
/// else of it changes.
#[must_use]
pub fn without_referrer(body: &str) -> String {
    let mut out = String::with_capacity(body.len() + body.len() / 16);
    let mut rest = body;
    while let Some(start) = rest.find("<img") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        match Tag::read(rest).filter(|tag| tag.name == "img") {
            Some(tag) => {
                out.push_str(&tag.without_referrer());
                rest = &rest[tag.bytes..];
            }
            None => {
                out.push_str("<img");
                rest = &rest["<img".len()..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a cover is a picture of the body that nobody is meant to see: it stays in the front matter, where the format wants the first
/// picture whatever it is, and feeds and lists do without.
#[must_use]
pub fn is_pixel(body: &str, cover: &str) -> bool {
    body.match_indices("<img")
        .filter_map(|(at, _)| Tag::read(&body[at..]))
        .find(|tag| tag.attributes().iter().any(|(_, value)| tag::unescape(value) == cover))
        .is_some_and(|tag| tag.is_pixel())
}

/// The beginning of the text of markup in one line: at most `chars_max` characters, with `…` where there was more.
#[must_use]
pub fn beginning(html: &str, chars_max: usize) -> String {
    let mut text = String::new();
    let mut rest = html;
    // Four times as much markup as text, and then some, holds what is wanted of all but the oddest bodies.
    while text.chars().count() <= chars_max + 1 {
        let Some(start) = rest.find('<') else {
            text.push_str(rest);
            break;
        };
        text.push_str(&rest[..start]);
        if let Some(bytes) = comment_bytes(&rest[start..]) {
            rest = &rest[start + bytes..];
            continue;
        }
        let tag = Tag::read(&rest[start..]);
        text.push(if tag.is_some() { ' ' } else { '<' });
        rest = &rest[start + tag.map_or(1, |tag| tag.bytes)..];
    }
    let text = super::text::line(&text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"));
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// The length of the comment or declaration that begins here. Bodies keep comments such as `<!--more-->`; in a feed they say nothing.
pub(super) fn comment_bytes(text: &str) -> Option<usize> {
    let end = if text.starts_with("<!--") { "-->" } else { ">" };
    (text.starts_with("<!") || text.starts_with("<?")).then(|| text.find(end).map_or(text.len(), |at| at + end.len()))
}

/// How many characters of text markup holds, white space not counted.
#[must_use]
pub fn text_chars(html: &str) -> usize {
    let mut inside = false;
    let counted = html.chars().filter(|c| match c {
        '<' => {
            inside = true;
            false
        }
        '>' => {
            inside = false;
            false
        }
        other => !inside && !other.is_whitespace(),
    });
    counted.count()
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    text.as_bytes().windows(what.len()).position(|part| part.eq_ignore_ascii_case(what.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        assert_eq!(for_output(body, Some("https://36kr.com/p/1"), false), expected, "{body}");
    }

    #[test]
    fn p19_addresses_are_absolute_in_feeds() {
        check(
            r#"<p><img alt="a" data-x="1" src="cdn.g0f.cn/?r=https://36kr.com&url=https://img.36krcdn.com/a.jpg?x=1&amp;y=2"/></p>"#,
            r#"<p><img alt="a" src="https://cdn.g0f.cn/?r=https://36kr.com&amp;url=https://img.36krcdn.com/a.jpg?x=1&amp;y=2"/></p>"#,
        );
        check(r#"<a href="/p/2">x</a><a href="3">y</a>"#, r#"<a href="https://36kr.com/p/2">x</a><a href="https://36kr.com/p/3">y</a>"#);
        check(r#"<img src="//i.org/a.png"/>"#, r#"<img src="https://i.org/a.png"/>"#);
        check(r##"<a href="#top">x</a>"##, r#"<a href="https://36kr.com/p/1#top">x</a>"#);
        check(r#"<a href="mailto:a@b.org">x</a>"#, r#"<a href="mailto:a@b.org">x</a>"#);
        assert_eq!(for_output(r#"<a href="/p/2">x</a><img src="a.png"/>"#, None, false), "<a>x</a>");
    }

    #[test]
    fn what_validators_warn_of_is_left_out() {
        check(r#"<p class="c" onclick="x" style="color:red">a</p>"#, r#"<p class="c">a</p>"#);
        check(
            r#"<iframe src="https://player.bilibili.com/player.html?a=1&amp;b=2">old <b>browser</b></iframe>z"#,
            r#"<p><a href="https://player.bilibili.com/player.html?a=1&amp;b=2">https://player.bilibili.com/player.html?a=1&amp;b=2</a></p>z"#,
        );
        check(r#"<font color="red">a</font><blink>b</blink>"#, "ab");
        check(r#"<p class="a" class="b">x</p>"#, r#"<p class="a">x</p>"#);
    }

    #[test]
    fn a_lazily_loaded_picture_is_the_picture() {
        check(r#"<img data-src="https://i.org/real.png" src="https://i.org/1px.gif"/>"#, r#"<img src="https://i.org/real.png"/>"#);
        check(r#"<img src="data:image/gif;base64,R0lGOD"/>"#, "");
    }

    #[test]
    fn a_picture_that_nobody_is_meant_to_see_is_left_out() {
        check(r#"a<img height="1" src="https://brett.trpstra.net/link/535/1.gif" width="1"/>b"#, "ab");
        check(r#"<img src="https://t.org/a" width="0"/><img height="1px" src="https://t.org/b"/>"#, "");
        check(r#"<img src="https://t.org/a" style="display: none"/><img src="https://t.org/b" style="height:1px;width:1px"/>"#, "");
        check(
            r#"<img data-src="https://i.org/real.png" height="1" src="https://i.org/1px.gif"/>"#,
            r#"<img height="1" src="https://i.org/real.png"/>"#,
        );
        check(r#"<img height="100" src="https://i.org/a.png" width="10"/>"#, r#"<img height="100" width="10" src="https://i.org/a.png"/>"#);
        let body =
            r#"<p><img alt="" src="https://i.org/a.png?a=1&amp;b=2"/><img height="1" src="https://t.org/?a=1&amp;b=2" width="1"/></p>"#;
        assert!(is_pixel(body, "https://t.org/?a=1&b=2") && !is_pixel(body, "https://i.org/a.png?a=1&b=2"));
    }

    #[test]
    fn pictures_can_be_asked_for_without_a_word_about_the_page() {
        let body =
            r#"<p>&lt;img<img alt='"' src="https://i.org/a.png"/></p><img alt="x" referrerpolicy="origin" src="b&amp;c"/><img width="2"/>"#;
        let quiet = r#"<p>&lt;img<img alt='"' referrerpolicy="no-referrer" src="https://i.org/a.png"/></p><img alt="x" referrerpolicy="no-referrer" src="b&amp;c"/><img referrerpolicy="no-referrer" width="2"/>"#;
        assert_eq!(without_referrer(body), quiet);
        assert_eq!(without_referrer(quiet), quiet);
        assert_eq!(
            for_output(r#"<img alt="a" src="https://i.org/a.png"/><a href="https://a.org/">x</a>"#, None, true),
            r#"<img alt="a" referrerpolicy="no-referrer" src="https://i.org/a.png"/><a href="https://a.org/">x</a>"#
        );
    }

    #[test]
    fn text_and_quotes_stay_what_they_were() {
        check("a &amp; b &lt;c&gt; 1 < 2 {x}", "a &amp; b &lt;c&gt; 1 &lt; 2 {x}");
        check(r#"<q title='say "hi"'>x</q>"#, r#"<q title="say &quot;hi&quot;">x</q>"#);
        check("cut <p title=\"x", "cut &lt;p title=\"x");
        check("<br/><hr>a\u{b}b", "<br/><hr>ab");
    }

    #[test]
    fn p1_tags_stand_in_the_order_that_html_wants() {
        check("<p>a<ul><li>b<li>c</ul></p>d", "<p>a</p><ul><li>b</li><li>c</li></ul>d");
        check("<p>a<p>b</p></p></div>", "<p>a</p><p>b</p>");
        check("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c");
        check(
            "<a href=\"https://a.org/\">x<a href=\"https://b.org/\">y</a></a>",
            "<a href=\"https://a.org/\">x</a><a href=\"https://b.org/\">y</a>",
        );
        check("<table><tr><td>a<td>b<p>c</table>d", "<table><tr><td>a</td><td>b<p>c</p></td></tr></table>d");
        check("<p>a<iframe src=\"https://v.org/1\"></iframe>b</p>", "<p>a</p><p><a href=\"https://v.org/1\">https://v.org/1</a></p>b");
        check("<p/>a<br></br><div>", "<p></p>a<br><div></div>");
        check(&format!("{}x", "<div>".repeat(100_000)), &format!("{}x{}", "<div>".repeat(256), "</div>".repeat(256)));
    }

    #[test]
    fn the_beginning_of_a_text_is_one_line() {
        assert_eq!(beginning("<p>a &lt;b&gt;\n<b>c</b></p>你 < 好", 100), "a <b> c 你 < 好");
        assert_eq!(beginning("<p>一二三四</p>", 3), "一二三…");
        assert_eq!(beginning("", 3), "");
    }

    #[test]
    fn comments_and_sources_without_an_address_are_left_out() {
        check("a<!--more--><!-- <b> -->b<!DOCTYPE html><?php x ?>c<!-- cut", "abc");
        check(
            "<picture><source type=\"image/webp\" srcset=\"a.webp\"/><img src=\"a.png\"/></picture>",
            "<picture><img src=\"https://36kr.com/p/a.png\"/></picture>",
        );
        assert_eq!(beginning("<!-- x -->y", 10), "y");
    }

    #[test]
    fn the_length_of_a_text_is_that_of_what_one_reads() {
        assert_eq!(text_chars("<p class=\"x\">a b</p>\n你好"), 4);
    }

    proptest::proptest! {
        #[test]
        fn p2_any_markup_is_reprinted_without_panic_and_reprinting_again_changes_nothing(body in "(<p>|<a href=\"|\"|'|>|/>|<img src='| |&amp;|&|你|\\PC){0,30}") {
            let once = for_output(&body, Some("https://a.org/"), false);
            proptest::prop_assert_eq!(for_output(&once, Some("https://a.org/"), false), once);
        }
    }
}

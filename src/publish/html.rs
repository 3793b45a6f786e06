//! Bodies as feeds and pages give them out.
//!
//! The sanitizer's form is what the Markdown files want: image addresses without a scheme (`cdn.g0f.cn/?r=…`), bare `&` in them, `style`
//! and `data-*` attributes, players in frames. A feed wants absolute addresses and nothing that validators warn of, and our own pages have a
//! Content-Security-Policy that loads none of it. So the body is reprinted once more here: never more than it was, often less.

use url::Url;

use super::text::{escape, is_xml_char, uri};

/// Attributes that stay. The W3C validator warns of all others (`SecurityRiskAttr`).
const ATTRIBUTES: &[&str] = &[
    "abbr", "align", "alt", "border", "cite", "class", "colspan", "controls", "datetime", "dir", "headers", "height", "href", "hreflang",
    "lang", "loop", "media", "muted", "name", "nowrap", "poster", "preload", "rel", "reversed", "rowspan", "scope", "span", "src", "start",
    "summary", "title", "type", "valign", "value", "width",
];

/// Attributes in which lazily loading pages keep the address that `src` should have.
const LAZY: &[&str] = &["data-lazy-src", "data-src", "data-original", "data-original-src", "data-actualsrc"];

/// Elements that are left out with their tags, their content staying, because validators warn of them or they do nothing in a feed.
const ELEMENTS_UNWRAPPED: &[&str] = &["html", "body", "head", "font", "form", "object", "embed", "param", "noscript", "template", "slot"];

/// The body for feeds and pages. Relative addresses are resolved against `base`.
#[must_use]
pub fn for_output(body: &str, base: Option<&str>) -> String {
    let base = base.and_then(|base| Url::parse(base).ok());
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        push_text(&mut out, &rest[..start]);
        let Some(tag) = Tag::read(&rest[start..]) else {
            // No tag begins here: it is the sign itself.
            out.push_str("&lt;");
            rest = &rest[start + 1..];
            continue;
        };
        rest = &rest[start + tag.bytes..];
        tag.print(&mut out, base.as_ref());
        if tag.name == "iframe" && !tag.closing {
            // What a frame holds is shown by nobody: its address has become a link.
            let end = find_ignoring_case(rest, "</iframe");
            rest = &rest[end.unwrap_or(0)..];
        }
    }
    push_text(&mut out, rest);
    out
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

fn push_text(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|c| is_xml_char(*c)));
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    text.as_bytes().windows(what.len()).position(|part| part.eq_ignore_ascii_case(what.as_bytes()))
}

/// A start or end tag, as the sanitizer prints one.
struct Tag<'a> {
    name: String,
    closing: bool,
    attributes: Vec<(&'a str, &'a str)>,
    void: bool,
    /// From `<` to after `>`.
    bytes: usize,
}

impl<'a> Tag<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let closing = text.starts_with("</");
        let mut at = if closing { 2 } else { 1 };
        let name_end = at + text[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':')?;
        let name = text[at..name_end].to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        at = name_end;
        let mut attributes = Vec::new();
        loop {
            at += text[at..].len() - text[at..].trim_start().len();
            let rest = &text[at..];
            if rest.starts_with('>') {
                return Some(Self { name, closing, attributes, void: false, bytes: at + 1 });
            }
            if rest.starts_with("/>") {
                return Some(Self { name, closing, attributes, void: true, bytes: at + 2 });
            }
            let name_bytes = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).filter(|end| *end > 0)?;
            at += name_bytes;
            let mut value = "";
            if let Some(after) = rest[name_bytes..].strip_prefix('=') {
                let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                let end = after[1..].find(quote)?;
                value = &after[1..=end];
                at += end + 3;
            }
            attributes.push((&rest[..name_bytes], value));
        }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn print(&self, out: &mut String, base: Option<&Url>) {
        if self.name == "iframe" {
            let source = self.value("src").filter(|_| !self.closing).and_then(|source| absolute(source, base));
            if let Some(address) = source {
                out.push_str(&format!("<p><a href=\"{address}\">{address}</a></p>"));
            }
            return;
        }
        if ELEMENTS_UNWRAPPED.contains(&self.name.as_str()) {
            return;
        }
        if self.closing {
            out.push_str(&format!("</{}>", self.name));
            return;
        }
        let picture = self.name == "img";
        let lazy = picture.then(|| LAZY.iter().find_map(|name| absolute(self.value(name)?, base))).flatten();
        let source = lazy.or_else(|| absolute(self.value("src")?, base));
        if picture && source.is_none() {
            return;
        }
        out.push_str(&format!("<{}", self.name));
        for (name, value) in self.attributes.iter().filter(|(name, _)| ATTRIBUTES.contains(name) && *name != "src") {
            let value = match *name {
                "href" | "poster" | "cite" => absolute(value, base).or_else(|| other_scheme(value)),
                _ => Some(references(value)),
            };
            if let Some(value) = value {
                out.push_str(&format!(" {name}=\"{value}\""));
            }
        }
        if let Some(source) = source {
            out.push_str(&format!(" src=\"{source}\""));
        }
        out.push_str(if self.void { "/>" } else { ">" });
    }
}

/// An attribute's value as an absolute http address, ready to be written between double quotes. An address without a scheme whose first
/// segment looks like a host is what image templates make (`cdn.g0f.cn/?r=…`); it gets `https://`.
fn absolute(value: &str, base: Option<&Url>) -> Option<String> {
    let value = unescape(value);
    let value = value.trim();
    let lower = value.get(..8.min(value.len())).unwrap_or_default().to_ascii_lowercase();
    let whole = if lower.starts_with("http://") || lower.starts_with("https://") {
        value.to_owned()
    } else if value.starts_with("//") {
        format!("https:{value}")
    } else if names_a_host(value) {
        format!("https://{value}")
    } else if value.is_empty()
        || other_scheme(value).is_some()
        || value.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'))
    {
        return None;
    } else {
        base?.join(value).ok()?.to_string()
    };
    uri(&whole).map(|address| escape(&address))
}

/// `cdn.g0f.cn/?r=`: letters, digits, dots and hyphens up to the first slash, and a dot inside. A file such as `picture.png` has no slash.
fn names_a_host(value: &str) -> bool {
    value.split_once('/').is_some_and(|(host, _)| {
        host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'))
            && host
                .rsplit('.')
                .next()
                .is_some_and(|last| last.len() >= 2 && last.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()))
    })
}

/// Addresses that are no web pages but do no harm in a link.
fn other_scheme(value: &str) -> Option<String> {
    let fine = ["mailto:", "tel:", "magnet:"].iter().any(|scheme| value.starts_with(scheme));
    fine.then(|| references(value))
}

/// A value of the sanitizer between double quotes, with every bare `&` written as `&amp;`.
fn references(value: &str) -> String {
    escape(&unescape(value)).chars().filter(|c| is_xml_char(*c)).collect()
}

/// Undoes the four references that the sanitizer writes.
fn unescape(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        assert_eq!(for_output(body, Some("https://36kr.com/p/1")), expected, "{body}");
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
        assert_eq!(for_output(r#"<a href="/p/2">x</a><img src="a.png"/>"#, None), "<a>x</a>");
    }

    #[test]
    fn what_validators_warn_of_is_left_out() {
        check(r#"<p class="c" onclick="x" style="color:red">a</p>"#, r#"<p class="c">a</p>"#);
        check(
            r#"<iframe src="https://player.bilibili.com/player.html?a=1&amp;b=2">old <b>browser</b></iframe>z"#,
            r#"<p><a href="https://player.bilibili.com/player.html?a=1&amp;b=2">https://player.bilibili.com/player.html?a=1&amp;b=2</a></p>z"#,
        );
        check(r#"<font color="red">a</font>"#, "a");
    }

    #[test]
    fn a_lazily_loaded_picture_is_the_picture() {
        check(r#"<img data-src="https://i.org/real.png" src="https://i.org/1px.gif"/>"#, r#"<img src="https://i.org/real.png"/>"#);
        check(r#"<img src="data:image/gif;base64,R0lGOD"/>"#, "");
    }

    #[test]
    fn text_and_quotes_stay_what_they_were() {
        check("a &amp; b &lt;c&gt; 1 < 2 {x}", "a &amp; b &lt;c&gt; 1 &lt; 2 {x}");
        check(r#"<q title='say "hi"'>x</q>"#, r#"<q title="say &quot;hi&quot;">x</q>"#);
        check("cut <p title=\"x", "cut &lt;p title=\"x");
        check("<br/><hr>a\u{b}b", "<br/><hr>ab");
    }

    #[test]
    fn the_length_of_a_text_is_that_of_what_one_reads() {
        assert_eq!(text_chars("<p class=\"x\">a b</p>\n你好"), 4);
    }

    proptest::proptest! {
        #[test]
        fn p2_any_markup_is_reprinted_without_panic_and_reprinting_again_changes_nothing(body in "(<p>|<a href=\"|\"|'|>|/>|<img src='| |&amp;|&|你|\\PC){0,30}") {
            let once = for_output(&body, Some("https://a.org/"));
            proptest::prop_assert_eq!(for_output(&once, Some("https://a.org/")), once);
        }
    }
}

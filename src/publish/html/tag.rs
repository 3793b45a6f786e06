//! One tag: how it is read, what of it stays, how its addresses become whole.

use url::Url;

use crate::publish::text::{escape, is_xml_char, uri};

/// Attributes that stay. The W3C validator warns of all others (`SecurityRiskAttr`).
const ATTRIBUTES: &[&str] = &[
    "abbr", "align", "alt", "border", "cite", "class", "colspan", "controls", "datetime", "dir", "headers", "height", "href", "hreflang",
    "lang", "loop", "media", "muted", "name", "nowrap", "poster", "preload", "rel", "reversed", "rowspan", "scope", "span", "src", "start",
    "summary", "title", "type", "valign", "value", "width",
];

/// Attributes in which lazily loading pages keep the address that `src` should have.
const LAZY: &[&str] = &["data-lazy-src", "data-src", "data-original", "data-original-src", "data-actualsrc"];

/// Elements that stay; the tags of all others are left out, their content staying. The W3C validator warns of others (`SecurityRisk`).
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "dd",
    "del",
    "details",
    "dfn",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "header",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "menu",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// A start or end tag, as the sanitizer prints one.
pub struct Tag<'a> {
    /// In lower case.
    pub name: String,
    /// `</…>`.
    pub closing: bool,
    attributes: Vec<(&'a str, &'a str)>,
    void: bool,
    /// From `<` to after `>`.
    pub bytes: usize,
}

impl<'a> Tag<'a> {
    /// Reads the tag that begins at the start of the text, if one does.
    pub fn read(text: &'a str) -> Option<Self> {
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

    /// Whether it is an element without content.
    pub fn is_void(&self) -> bool {
        self.void
    }

    /// Names and values, references undecoded.
    pub fn attributes(&self) -> &[(&'a str, &'a str)] {
        &self.attributes
    }

    /// The start tag as the sanitizer prints one, with the values that `change` gives in place of the old ones.
    pub fn printed(&self, mut change: impl FnMut(&str, &str) -> Option<String>) -> String {
        let mut out = format!("<{}", self.name);
        for (name, value) in &self.attributes {
            push_attribute(&mut out, name, &change(name, value).unwrap_or_else(|| (*value).to_owned()));
        }
        out.push_str(if self.void { "/>" } else { ">" });
        out
    }

    /// Whether it is a picture that nobody is meant to see: one pixel high or wide, or hidden. A picture that is loaded late may be said to
    /// be so large until then.
    pub fn is_pixel(&self) -> bool {
        let tiny = |name: &str| self.value(name).is_some_and(|size| matches!(size.trim().trim_end_matches("px").trim(), "0" | "1"));
        let style: String = self.value("style").unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
        let styled = |of: &str| ["0", "1px", "0px"].iter().any(|size| style.split(';').any(|part| part == format!("{of}:{size}")));
        let hidden = style.split(';').any(|part| part == "display:none") || (styled("width") && styled("height"));
        self.name == "img" && (tiny("width") || tiny("height") || hidden) && !LAZY.iter().any(|late| self.value(late).is_some())
    }

    /// The same start tag of a picture, which tells the publisher's server nothing of the page that it stands in.
    pub fn without_referrer(&self) -> String {
        let mut out = format!("<{}", self.name);
        let mut said = false;
        for (name, value) in self.attributes.iter().filter(|(name, _)| *name != "referrerpolicy") {
            if !said && *name > "referrerpolicy" {
                push_attribute(&mut out, "referrerpolicy", "no-referrer");
                said = true;
            }
            push_attribute(&mut out, name, value);
        }
        if !said {
            push_attribute(&mut out, "referrerpolicy", "no-referrer");
        }
        out.push_str(if self.void { "/>" } else { ">" });
        out
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Whether the element stays.
    pub fn stays(&self) -> bool {
        ELEMENTS.contains(&self.name.as_str())
    }

    /// The address of what a frame shows.
    pub fn frame_address(&self, base: Option<&Url>) -> Option<String> {
        self.value("src").filter(|_| self.name == "iframe" && !self.closing).and_then(|source| absolute(source, base))
    }

    /// The start tag with what stays of it. `None` for a picture or its kin without an address. With `no_referrer` a picture is asked for
    /// without a word about the page that it stands in.
    pub fn start(&self, base: Option<&Url>, no_referrer: bool) -> Option<String> {
        let picture = self.name == "img";
        let lazy = picture.then(|| LAZY.iter().find_map(|name| absolute(self.value(name)?, base))).flatten();
        let source = lazy.or_else(|| absolute(self.value("src")?, base));
        if (picture || self.name == "source" || self.name == "track") && source.is_none() {
            return None;
        }
        let mut out = format!("<{}", self.name);
        for (at, (name, value)) in self.attributes.iter().enumerate() {
            let again = self.attributes[..at].iter().any(|(before, _)| before == name);
            if again || *name == "src" || !ATTRIBUTES.contains(name) {
                continue;
            }
            let value = match *name {
                "href" | "poster" | "cite" => absolute(value, base).or_else(|| other_scheme(value)),
                _ => Some(references(value)),
            };
            if let Some(value) = value {
                out.push_str(&format!(" {name}=\"{value}\""));
            }
        }
        if picture && no_referrer {
            out.push_str(" referrerpolicy=\"no-referrer\"");
        }
        if let Some(source) = source {
            out.push_str(&format!(" src=\"{source}\""));
        }
        out.push_str(if self.void { "/>" } else { ">" });
        Some(out)
    }
}

/// A value with its references undecoded, in the quotes that the sanitizer chooses.
fn push_attribute(out: &mut String, name: &str, value: &str) {
    let quote = if value.contains('"') { '\'' } else { '"' };
    out.push_str(&format!(" {name}={quote}{value}{quote}"));
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
pub fn unescape(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

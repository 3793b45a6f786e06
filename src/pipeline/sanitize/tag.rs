//! The attributes of one start tag: what stays, what becomes of addresses, late pictures, the image template.

use std::borrow::Cow;

use smallvec::SmallVec;
use url::Url;

use super::address::{Use, is_on_hosts, resolve, resolve_srcset};
use super::attributes::{LAZY_SOURCES, Rule, features_are_harmless, paint_is_harmless, rule};
use super::elements::{Element, Family};
use super::print::{push_attribute, tidy};
use super::sink::Name;
use super::trackers::is_tracker;
use super::{SanitizeOptions, style};
use crate::model::ImageTemplate;

/// Longest `data:` address that counts as a stand-in for a picture that is loaded later, in bytes.
const PLACEHOLDER_BYTES_MAX: usize = 2_000;

/// Words in the addresses of pictures that stand in for the real one. They count only where a real one is named beside.
const PLACEHOLDER_WORDS: &[&str] = &[
    "placeholder",
    "blank.gif",
    "spacer.gif",
    "loading.gif",
    "lazy",
    "1x1",
    "pixel.gif",
    "transparent",
    "grey.gif",
    "gray.gif",
    "/s.gif",
    "/none.gif",
];

/// A start tag as it was read.
pub(super) struct StartTag<'a, 't> {
    /// Its name, in lower case.
    pub(super) name: Name<'a>,
    /// What is known of its element.
    pub(super) element: Element,
    /// Its attributes, no name twice.
    pub(super) attributes: Attributes<Read<'t>>,
    /// Whether it ends with `/>`.
    pub(super) self_closing: bool,
}

/// The attributes of a tag: few, as nearly always, need no allocation.
pub(super) type Attributes<T> = SmallVec<[T; 4]>;

/// An attribute as it was read.
pub(super) struct Read<'t> {
    /// Its name, in lower case.
    pub(super) name: Cow<'t, str>,
    /// Its value, references decoded.
    pub(super) value: Cow<'t, str>,
}

/// An attribute as it is printed.
pub(super) struct Attribute<'t> {
    name: &'t str,
    /// The value, references decoded.
    value: Cow<'t, str>,
    /// The template around the value: its own `&` stays bare.
    framed: Option<Framed>,
}

/// A value that went through an image template.
struct Framed {
    /// As it is printed between the quotes, apart from the quotes themselves.
    markup: String,
}

impl Attribute<'_> {
    pub(super) fn print(&self, out: &mut String) {
        match &self.framed {
            None => push_attribute(out, self.name, &self.value),
            Some(framed) => {
                out.push(' ');
                out.push_str(self.name);
                out.push_str("=\"");
                out.push_str(&framed.markup);
                out.push('"');
            }
        }
    }
}

/// The attributes that stay, sorted by name; `None` where the whole element may not stand (a frame that is no player, a picture that is a tracker).
pub(super) fn attributes<'t>(tag: &'t StartTag<'_, '_>, options: &SanitizeOptions) -> Option<Attributes<Attribute<'t>>> {
    let (element, family) = (tag.name.as_str(), tag.element.family);
    let late = if matches!(element, "img" | "source" | "video" | "iframe") { late_source(tag) } else { None };
    let mut kept = Attributes::with_capacity(tag.attributes.len());
    for attribute in &tag.attributes {
        let name = &*attribute.name;
        // A late address that became `src` is not named twice.
        if late.as_ref().is_some_and(|late| late.from == name || name == "src") {
            continue;
        }
        if let Some(attribute) = keep(element, family, name, tidy(&attribute.value), options) {
            kept.push(attribute);
        }
    }
    if let Some(late) = late {
        kept.extend(keep(element, family, "src", Cow::Borrowed(late.address), options));
    }
    let has_source = kept.iter().any(|attribute| attribute.name == "src");
    if (element == "iframe" && !has_source) || (element == "img" && !has_source && only_tracks(tag, options)) {
        return None;
    }
    kept.sort_by_key(|attribute| attribute.name);
    Some(kept)
}

/// Whether a picture is known to be a tracker.
fn only_tracks(tag: &StartTag<'_, '_>, options: &SanitizeOptions) -> bool {
    let source = tag.attributes.iter().find(|attribute| attribute.name == "src");
    source.and_then(|source| resolve(&source.value, options.base, Use::Picture)).is_some_and(|address| is_tracker(&address))
}

/// One attribute, where it may stay.
fn keep<'t>(element: &str, family: Family, name: &'t str, value: Cow<'t, str>, options: &SanitizeOptions) -> Option<Attribute<'t>> {
    let plain = |value: Cow<'t, str>| Some(Attribute { name, value, framed: None });
    match rule(element, family, name, &value) {
        Rule::No => None,
        // An address for later: it is resolved and framed as `src` is, so that nothing depends on which of the two is used.
        Rule::Plain if element == "img" && LAZY_SOURCES.contains(&name) => source(element, name, value, options),
        Rule::Plain => plain(value),
        Rule::Words => plain(words(value)),
        Rule::Link => plain(resolve_cow(value, options.base, Use::Link)?),
        Rule::Picture => plain(resolve_cow(value, options.base, Use::Picture)?),
        Rule::Source => source(element, name, value, options),
        Rule::SourceSet => plain(resolve_srcset(&value, options.base)?.into()),
        Rule::Style => plain(style::filter(&value, options.base)?.into()),
        Rule::Fragment => value.trim().strip_prefix('#').and_then(|_| plain(value.trim().to_owned().into())),
        Rule::OneOf(values) => values.iter().any(|known| value.trim().eq_ignore_ascii_case(known)).then(|| plain(value))?,
        Rule::Features => features_are_harmless(&value).then(|| plain(value))?,
        Rule::Paint => paint_is_harmless(&value).then(|| plain(value))?,
    }
}

/// The words with single blanks between them.
fn words(value: Cow<'_, str>) -> Cow<'_, str> {
    let odd = |byte: u8| byte.is_ascii_whitespace() && byte != b' ';
    let as_written = !value.starts_with(' ') && !value.ends_with(' ') && !value.contains("  ") && !value.bytes().any(odd);
    if as_written { value } else { value.split_ascii_whitespace().collect::<Vec<_>>().join(" ").into() }
}

/// As [`resolve`], of a value that may be its own already.
fn resolve_cow<'t>(value: Cow<'t, str>, base: Option<&Url>, purpose: Use) -> Option<Cow<'t, str>> {
    match value {
        Cow::Borrowed(value) => resolve(value, base, purpose),
        Cow::Owned(value) => resolve(&value, base, purpose).map(|address| Cow::Owned(address.into_owned())),
    }
}

/// An address that is loaded, within the image template where there is one.
fn source<'t>(element: &str, name: &'t str, value: Cow<'t, str>, options: &SanitizeOptions) -> Option<Attribute<'t>> {
    let purpose = if element == "img" { Use::Picture } else { Use::Media };
    let address = resolve_cow(value, options.base, purpose)?;
    if element == "img" && is_tracker(&address) {
        return None;
    }
    if element == "iframe" && !is_on_hosts(&address, options.players) {
        return None;
    }
    let Some((template, origin)) = options.template.filter(|_| !address.starts_with("data:")) else {
        return Some(Attribute { name, value: address, framed: None });
    };
    let (value, markup) = frame(template, origin, &address);
    Some(Attribute { name, value: value.into(), framed: Some(Framed { markup }) })
}

/// The template filled in, as a value and as markup.
fn frame(template: &ImageTemplate, origin: &str, address: &str) -> (String, String) {
    let (mut value, mut markup) = (String::new(), String::new());
    let mut rest = template.0.as_str();
    loop {
        let next = [("{origin}", 0), ("{url}", 1), ("{url_encoded}", 2)]
            .into_iter()
            .filter_map(|(place, kind)| rest.find(place).map(|at| (at, place, kind)))
            .min_by_key(|(at, _, _)| *at);
        let Some((at, place, kind)) = next else {
            value.push_str(rest);
            push_literal(&mut markup, rest);
            return (value, markup);
        };
        value.push_str(&rest[..at]);
        push_literal(&mut markup, &rest[..at]);
        let filled = match kind {
            0 => origin.to_owned(),
            1 => address.to_owned(),
            _ => url::form_urlencoded::byte_serialize(address.as_bytes()).collect::<String>(),
        };
        value.push_str(&filled);
        for c in filled.chars() {
            match c {
                '&' => markup.push_str("&amp;"),
                c => push_literal_char(&mut markup, c),
            }
        }
        rest = &rest[at + place.len()..];
    }
}

/// The template's own text: its `&` stays bare, but it cannot leave the quotes.
fn push_literal(markup: &mut String, text: &str) {
    text.chars().for_each(|c| push_literal_char(markup, c));
}

fn push_literal_char(markup: &mut String, c: char) {
    match c {
        '<' => markup.push_str("&lt;"),
        '>' => markup.push_str("&gt;"),
        '"' => markup.push_str("&quot;"),
        c => markup.push(c),
    }
}

/// The picture of an `img` for the front matter: a late address before `src`, none where it is drawn in the article itself.
pub(super) fn cover(attributes: &[Attribute]) -> Option<String> {
    let named = |name: &str| attributes.iter().find(|attribute| attribute.name == name && !attribute.value.starts_with("data:"));
    named("data-lazy-src").or_else(|| named("src")).map(|attribute| attribute.value.clone().into_owned())
}

/// An address that a script would put into `src`, and the attribute that names it.
struct Late<'t> {
    from: &'static str,
    address: &'t str,
}

/// Finds the real address where `src` is missing or only stands in for it.
fn late_source<'t>(tag: &'t StartTag<'_, '_>) -> Option<Late<'t>> {
    let value = |name: &str| tag.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &*attribute.value);
    // Most pictures name one address only.
    if !tag.attributes.iter().any(|attribute| LAZY_SOURCES.contains(&&*attribute.name)) {
        return None;
    }
    if !is_placeholder(value("src").unwrap_or_default()) {
        return None;
    }
    LAZY_SOURCES.iter().find_map(|from| {
        let address = value(from)?.trim();
        let plausible = !address.is_empty() && !address.contains(' ') && (address.contains('/') || address.contains('.'));
        (plausible && !address.starts_with("data:")).then_some(Late { from, address })
    })
}

/// Whether the address of a picture says that the real one comes later.
fn is_placeholder(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    let none = address.is_empty() || address == "#" || address.starts_with("about:") || address.starts_with("javascript:");
    none || (address.starts_with("data:") && address.len() <= PLACEHOLDER_BYTES_MAX)
        || (!address.starts_with("data:") && PLACEHOLDER_WORDS.iter().any(|word| address.contains(word)))
}

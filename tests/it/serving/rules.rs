//! The W3C validator's rules for RSS 2.0, Atom 1.0 and JSON Feed 1.1, as far as they can apply to what we write (P1).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use regex::Regex;

/// `Sun, 18 Feb 2024 09:11:59 GMT`.
static RFC822: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$").unwrap()
});
/// BCP 47, as far as shape goes.
static LANGUAGE: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$").unwrap());
/// Attributes that hold an address.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<[a-z]+[^>]*? (?:href|src|poster|cite)="([^"]*)""#).unwrap());
/// What the validator calls a risk.
static RISK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)<(script|iframe|object|embed|meta|link|base|style|form)\b|<[a-z]+[^>]* (on\w+|style|data-[a-z-]+)="#).unwrap()
});

/// An element.
#[derive(Debug, Default)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    pub text: String,
}

impl Node {
    /// Reads a whole document, strictly.
    pub fn read(xml: &str) -> Node {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let mut stack = vec![Node::default()];
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Start(start) => stack.push(Self::open(&start)),
                Event::Empty(start) => {
                    let node = Self::open(&start);
                    stack.last_mut().unwrap().children.push(node);
                }
                Event::End(_) => {
                    let node = stack.pop().unwrap();
                    stack.last_mut().unwrap().children.push(node);
                }
                Event::Text(text) => stack.last_mut().unwrap().text.push_str(&text.xml10_content()),
                Event::CData(text) => stack.last_mut().unwrap().text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let name = reference.xml10_content();
                    let resolved = match reference.resolve_char_ref().unwrap() {
                        Some(c) => c.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&name).expect("a predefined entity").to_owned(),
                    };
                    stack.last_mut().unwrap().text.push_str(&resolved);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(stack.len(), 1, "every element is closed");
        stack.pop().unwrap().children.pop().expect("a root element")
    }

    fn open(start: &BytesStart<'_>) -> Node {
        let name = start.name().as_ref().to_owned();
        let attribute = |found: quick_xml::events::attributes::Attribute<'_>| {
            let value = found.normalized_value(quick_xml::XmlVersion::default()).unwrap().into_owned();
            (found.key.as_ref().to_owned(), value)
        };
        Node { name, attributes: start.attributes().map(|found| attribute(found.expect("a sound attribute"))).collect(), ..Node::default() }
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub fn one(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn text_of(&self, name: &str) -> &str {
        self.one(name).map_or("", |node| node.text.as_str())
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Collects what is wrong, each with where it is.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, fine: bool, what: impl Into<String>) {
        if !fine {
            self.0.push(what.into());
        }
    }
}

fn is_uri(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    (text.starts_with("http://") || text.starts_with("https://")) && text.bytes().all(allowed) && text.matches('#').count() <= 1
}

fn is_rfc822(text: &str) -> bool {
    RFC822.is_match(text) && chrono::DateTime::parse_from_rfc2822(text).is_ok()
}

fn is_clean(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
    })
}

fn language(text: &str) -> bool {
    LANGUAGE.is_match(text)
}

/// HTML in a feed: absolute addresses, no elements and attributes that the validator calls a risk.
fn html(wrong: &mut Wrong, place: &str, markup: &str) {
    for found in ADDRESS.captures_iter(markup) {
        let value = found[1].replace("&amp;", "&");
        wrong.unless(
            is_uri(&value) || value.starts_with("mailto:") || value.starts_with("tel:"),
            format!("{place}: relative address {value}"),
        );
    }
    if let Some(found) = RISK.find(markup) {
        wrong.0.push(format!("{place}: {} in HTML", found.as_str()));
    }
}

fn once(wrong: &mut Wrong, node: &Node, names: &[&str]) {
    for name in names {
        wrong.unless(node.all(name).count() <= 1, format!("{}: {name} more than once", node.name));
    }
}

fn known_and_filled(wrong: &mut Wrong, node: &Node, names: &[&str]) {
    for child in &node.children {
        wrong.unless(names.contains(&child.name.as_str()), format!("{}: {} is not known", node.name, child.name));
        let filled = !child.text.trim().is_empty()
            || !child.children.is_empty()
            || child.name.ends_with("link")
            || child.name == "enclosure"
            || child.name == "fh:archive"
            || child.name == "media:thumbnail"
            || child.name == "category";
        wrong.unless(filled, format!("{}: {} is empty", node.name, child.name));
        wrong.unless(is_clean(&child.text), format!("{}: {} holds characters that XML forbids", node.name, child.name));
    }
}

/// A title reads as plain text: no end of a tag in it (`ContainsHTML`), and no `&` or `<` that is not written as a number (RSS Profile).
fn title(wrong: &mut Wrong, xml: &str, node: &Node) {
    static END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"</\w+>").unwrap());
    static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<title>[^<]*&(amp|lt);[^<]*</title>").unwrap());
    wrong.unless(!END.is_match(node.text_of("title")), format!("{}: the title holds the end of a tag", node.text_of("title")));
    wrong.unless(!NAMED.is_match(xml), "a title with &amp; or &lt;");
}

/// What is wrong with an RSS 2.0 document whose public address is `address`.
pub fn rss(xml: &str, address: &str) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.unless(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?xml-stylesheet type=\"text/css\""),
        "declaration and stylesheet",
    );
    let root = Node::read(xml);
    wrong.unless(root.name == "rss" && root.attribute("version") == Some("2.0"), "rss version 2.0");
    let channel = root.one("channel").expect("a channel");
    known_and_filled(
        &mut wrong,
        channel,
        &[
            "title",
            "link",
            "description",
            "language",
            "lastBuildDate",
            "generator",
            "docs",
            "ttl",
            "image",
            "atom:link",
            "fh:archive",
            "item",
        ],
    );
    once(
        &mut wrong,
        channel,
        &["title", "link", "description", "language", "lastBuildDate", "generator", "docs", "ttl", "image", "fh:archive"],
    );
    for name in ["title", "link", "description"] {
        wrong.unless(channel.one(name).is_some(), format!("channel: no {name}"));
    }
    wrong.unless(is_uri(channel.text_of("link")), "channel: link");
    wrong.unless(channel.text_of("ttl").parse::<u32>().is_ok_and(|ttl| ttl > 0), "channel: ttl");
    wrong.unless(channel.one("language").is_none_or(|node| language(&node.text)), "channel: language");
    wrong.unless(channel.one("lastBuildDate").is_none_or(|node| is_rfc822(&node.text)), "channel: lastBuildDate");
    let selves: Vec<_> = channel.all("atom:link").filter(|link| link.attribute("rel") == Some("self")).collect();
    let self_is_right = matches!(selves.as_slice(), [one] if one.attribute("href") == Some(address) && one.attribute("type") == Some("application/rss+xml"));
    wrong.unless(self_is_right, format!("channel: rel=self is {selves:?}, not {address} (P4)"));
    let mut guids = BTreeSet::new();
    title(&mut wrong, xml, channel);
    for item in channel.all("item") {
        title(&mut wrong, "", item);
        rss_item(&mut wrong, item);
        wrong.unless(guids.insert(item.text_of("guid")), format!("guid {} twice (P6)", item.text_of("guid")));
    }
    wrong.0
}

fn rss_item(wrong: &mut Wrong, item: &Node) {
    let place = item.text_of("title");
    known_and_filled(
        wrong,
        item,
        &[
            "title",
            "link",
            "description",
            "dc:creator",
            "category",
            "enclosure",
            "guid",
            "pubDate",
            "source",
            "content:encoded",
            "atom:link",
            "media:thumbnail",
        ],
    );
    once(wrong, item, &["title", "link", "description", "enclosure", "guid", "pubDate", "source", "content:encoded", "media:thumbnail"]);
    thumbnail(wrong, item, place);
    wrong.unless(item.one("title").is_some() || item.one("description").is_some(), "item: neither title nor description");
    wrong.unless(item.one("link").is_none_or(|link| is_uri(&link.text)), format!("{place}: link {}", item.text_of("link")));
    wrong.unless(is_rfc822(item.text_of("pubDate")), format!("{place}: pubDate"));
    wrong.unless(
        item.one("guid").is_some_and(|guid| guid.attribute("isPermaLink") == Some("false") && guid.text.starts_with("urn:uuid:")),
        format!("{place}: guid"),
    );
    let source = item.one("source");
    wrong.unless(
        source.is_some_and(|source| source.attribute("url").is_some_and(is_uri) && !source.text.is_empty()),
        format!("{place}: source (P5)"),
    );
    if let Some(file) = item.one("enclosure") {
        let right = file.attribute("url").is_some_and(is_uri)
            && file.attribute("length").is_some_and(|length| length.parse::<u64>().is_ok())
            && file.attribute("type").is_some_and(|kind| kind.contains('/'));
        wrong.unless(right, format!("{place}: enclosure"));
    }
    wrong.unless(item.all("category").all(|category| !category.text.trim().is_empty()), format!("{place}: empty category"));
    html(wrong, place, item.text_of("content:encoded"));
    html(wrong, place, item.text_of("description"));
}

/// What is wrong with an Atom document whose public address is `address`.
pub fn atom(xml: &str, address: &str) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.unless(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?xml-stylesheet type=\"text/css\""),
        "declaration and stylesheet",
    );
    let feed = Node::read(xml);
    wrong.unless(feed.name == "feed" && feed.attribute("xmlns") == Some("http://www.w3.org/2005/Atom"), "atom:feed");
    wrong.unless(feed.attribute("xml:lang").is_none_or(language), "xml:lang");
    known_and_filled(
        &mut wrong,
        &feed,
        &["title", "id", "updated", "author", "generator", "icon", "link", "subtitle", "fh:archive", "entry"],
    );
    once(&mut wrong, &feed, &["title", "id", "updated", "generator", "icon", "subtitle"]);
    atom_common(&mut wrong, &feed, "feed");
    let selves: Vec<_> = feed.all("link").filter(|link| link.attribute("rel") == Some("self")).map(|link| link.attribute("href")).collect();
    wrong.unless(selves == [Some(address)], format!("rel=self is {selves:?}, not {address} (P4)"));
    title(&mut wrong, xml, &feed);
    wrong.unless(feed.text_of("updated") >= "1990-01-01", "feed: updated is implausible");
    let mut ids = BTreeSet::from([feed.text_of("id")]);
    for entry in feed.all("entry") {
        let place = entry.text_of("title");
        known_and_filled(
            &mut wrong,
            entry,
            &["title", "id", "updated", "author", "category", "link", "published", "source", "summary", "content", "media:thumbnail"],
        );
        once(&mut wrong, entry, &["title", "id", "updated", "published", "source", "summary", "content", "media:thumbnail"]);
        thumbnail(&mut wrong, entry, place);
        atom_common(&mut wrong, entry, place);
        title(&mut wrong, "", entry);
        wrong.unless(ids.insert(entry.text_of("id")), format!("{place}: id twice (P6)"));
        wrong.unless(entry.one("author").is_some_and(|author| !author.text_of("name").trim().is_empty()), format!("{place}: author"));
        let alternates = entry.all("link").filter(|link| link.attribute("rel") == Some("alternate")).count();
        wrong.unless(alternates <= 1 && (alternates == 1 || entry.one("content").is_some()), format!("{place}: alternate or content"));
        wrong
            .unless(entry.one("content").is_none_or(|content| content.attribute("type") == Some("html")), format!("{place}: content type"));
        html(&mut wrong, place, entry.text_of("content"));
        let source = entry.one("source");
        wrong.unless(
            source.is_some_and(|source| {
                !source.text_of("title").is_empty() && !source.text_of("id").is_empty() && source.one("updated").is_some()
            }),
            format!("{place}: source (P5)"),
        );
    }
    wrong.0
}

/// The picture beside a text: an address, and not one that the text shows already.
fn thumbnail(wrong: &mut Wrong, node: &Node, place: &str) {
    let Some(thumbnail) = node.one("media:thumbnail") else { return };
    let address = thumbnail.attribute("url").unwrap_or_default();
    wrong.unless(is_uri(address), format!("{place}: media:thumbnail {address}"));
    let text = node.text_of(if node.name == "entry" { "content" } else { "content:encoded" });
    let shown = format!("src=\"{}\"", address.replace('&', "&amp;"));
    wrong.unless(!text.contains(&shown), format!("{place}: media:thumbnail {address} is in the text"));
}

fn atom_common(wrong: &mut Wrong, node: &Node, place: &str) {
    wrong.unless(!node.text_of("title").trim().is_empty(), format!("{place}: title"));
    wrong.unless(node.text_of("id").starts_with("urn:uuid:"), format!("{place}: id"));
    for name in ["updated", "published"] {
        wrong
            .unless(node.one(name).is_none_or(|date| chrono::DateTime::parse_from_rfc3339(&date.text).is_ok()), format!("{place}: {name}"));
    }
    wrong.unless(node.one("updated").is_some(), format!("{place}: no updated"));
    let mut seen = BTreeSet::new();
    for link in node.all("link") {
        let href = link.attribute("href").unwrap_or_default();
        wrong.unless(is_uri(href), format!("{place}: link {href}"));
        if link.attribute("rel") == Some("alternate") {
            wrong.unless(seen.insert((link.attribute("type"), link.attribute("hreflang"))), format!("{place}: two alternates of one type"));
        }
    }
}

/// What is wrong with a JSON Feed whose public address is `address`.
pub fn json(text: &str, address: &str) -> Vec<String> {
    let mut wrong = Wrong::default();
    let feed: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let word = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    wrong.unless(word(&feed, "version") == "https://jsonfeed.org/version/1.1", "version");
    wrong.unless(!word(&feed, "title").is_empty() && is_uri(&word(&feed, "home_page_url")), "title and home page");
    wrong.unless(word(&feed, "feed_url") == address, "feed_url (P4)");
    let mut ids = BTreeSet::new();
    for item in feed["items"].as_array().expect("items") {
        let place = word(item, "title");
        wrong.unless(ids.insert(word(item, "id")) && word(item, "id").starts_with("urn:uuid:"), format!("{place}: id (P6)"));
        wrong.unless(item["url"].is_null() || is_uri(&word(item, "url")), format!("{place}: url"));
        wrong.unless(item["content_html"].is_string(), format!("{place}: content_html"));
        for name in ["date_published", "date_modified"] {
            wrong.unless(chrono::DateTime::parse_from_rfc3339(&word(item, name)).is_ok(), format!("{place}: {name}"));
        }
        for file in item["attachments"].as_array().into_iter().flatten() {
            wrong.unless(is_uri(&word(file, "url")) && word(file, "mime_type").contains('/'), format!("{place}: attachment"));
        }
        wrong.unless(!item["_feedmill"]["source"]["title"].as_str().unwrap_or_default().is_empty(), format!("{place}: source (P5)"));
        html(&mut wrong, &place, &word(item, "content_html"));
    }
    wrong.0
}

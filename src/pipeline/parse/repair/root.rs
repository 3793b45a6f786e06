//! The outermost element: versions and namespaces that feed-rs does not know, and prefixes that nobody declared.

use super::tags::Tag;

/// Namespaces by the prefix that everybody uses, in the spelling that feed-rs knows.
const NAMESPACES: &[(&str, &str)] = &[
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("podcast", "https://podcastindex.org/namespace/1.0"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
    ("atom", "http://www.w3.org/2005/Atom"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
];

/// The default namespaces of RSS 0.90, whose elements are those of RSS 1.0.
const NETSCAPE: &[&str] = &["http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"];

/// What became of the outermost element's tag.
pub(super) struct Root {
    /// Its name, as feed-rs expects it.
    pub(super) name: Option<&'static str>,
    /// Its attributes, where they had to change.
    pub(super) attributes: Option<Vec<(String, String)>>,
}

/// Looks at the outermost tag and says how it is to be written.
pub(super) fn adjusted(tag: &Tag) -> Root {
    let local = tag.name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    let name = match local.as_str() {
        "rss" if tag.name != "rss" => Some("rss"),
        "feed" if tag.name.eq_ignore_ascii_case("feed") && tag.name != "feed" => Some("feed"),
        "rdf" if !tag.name.ends_with("RDF") => Some("rdf:RDF"),
        _ => None,
    };
    let mut changed = false;
    let mut attributes = Vec::with_capacity(tag.attributes.len() + 1);
    for attribute in &tag.attributes {
        let mut value = attribute.value.to_owned();
        if attribute.name == "xmlns" && local == "rss" && value != "http://purl.org/rss/1.0/" {
            // `xmlns="http://backend.userland.com/rss2"`: RSS has no namespace.
            changed = true;
            continue;
        }
        if attribute.name == "xmlns" && NETSCAPE.contains(&value.as_str()) {
            (value, changed) = ("http://purl.org/rss/1.0/".to_owned(), true);
        }
        if attribute.name.starts_with("xmlns") && value == "http://purl.org/atom/ns#" {
            // Atom 0.3: what differs from 1.0 is read by the tolerant reading.
            (value, changed) = ("http://www.w3.org/2005/Atom".to_owned(), true);
        }
        if attribute.name.starts_with("xmlns:")
            && let Some(known) = respelled(&value)
        {
            (value, changed) = (known.to_owned(), true);
        }
        if attribute.name == "version" && local == "rss" && !matches!(value.as_str(), "2.0" | "0.91" | "0.92") {
            (value, changed) = ("2.0".to_owned(), true);
        }
        // feed-rs gives up on a base that is no address.
        if attribute.name == "xml:base" && matches!(url::Url::parse(&value), Err(error) if error != url::ParseError::RelativeUrlWithoutBase)
        {
            changed = true;
            continue;
        }
        attributes.push((attribute.name.to_owned(), value));
    }
    if local == "rss" && !tag.attributes.iter().any(|attribute| attribute.name == "version") {
        attributes.push(("version".to_owned(), "2.0".to_owned()));
        changed = true;
    }
    Root { name, attributes: changed.then_some(attributes) }
}

/// The known spelling of a namespace that is written with other letters, or without the slash at its end.
fn respelled(uri: &str) -> Option<&'static str> {
    let plain = |uri: &str| uri.trim().trim_end_matches('/').to_ascii_lowercase();
    let (_, known) = NAMESPACES.iter().find(|(_, known)| plain(known) == plain(uri))?;
    (*known != uri).then_some(known)
}

/// The declarations for `prefixes`, to stand in the outermost tag.
pub(super) fn declarations(prefixes: &[&str]) -> String {
    let uri = |prefix: &str| NAMESPACES.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix)).map(|(_, uri)| *uri);
    let one =
        |prefix: &&str| format!(" xmlns:{prefix}=\"{}\"", uri(prefix).map_or_else(|| format!("urn:undeclared:{prefix}"), str::to_owned));
    prefixes.iter().map(one).collect()
}

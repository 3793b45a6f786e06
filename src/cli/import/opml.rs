//! OPML 1.0, 1.1 and 2.0, and what calls itself so.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Listed, Listing};

/// Deepest nesting of folders that is followed.
const DEPTH_MAX: usize = 50;
/// Longest name, folder or address, in characters.
const TEXT_CHARS_MAX: usize = 10_000;
/// Bytes in which an encoding is declared.
const DECLARATION_BYTES: usize = 200;

/// The text of a file, by its byte order mark, its XML declaration, or as UTF-8.
pub fn decoded(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]);
    let declared = head.find("encoding=").and_then(|at| {
        let rest = head[at + 9..].trim_start_matches(['"', '\'']);
        let label: String = rest.chars().take_while(|c| !matches!(c, '"' | '\'' | '?' | ' ')).collect();
        encoding_rs::Encoding::for_label(label.as_bytes())
    });
    // What is valid UTF-8 is UTF-8, whatever is declared.
    let encoding = if std::str::from_utf8(bytes).is_ok() { None } else { declared };
    encoding.unwrap_or(encoding_rs::UTF_8).decode(bytes).0.into_owned()
}

/// Reads the outlines. Mistakes in the markup are stepped over; what was read before a hopeless one is kept.
pub fn read(text: &str) -> Result<Listing, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut listing = Listing::default();
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut is_opml = false;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                if listing.sources.is_empty() {
                    return Err(format!("not OPML: {error}"));
                }
                listing.skipped.push(format!("what follows byte {}: {error}", reader.error_position()));
                break;
            }
        };
        match event {
            Event::Eof => break,
            Event::Start(tag) => {
                is_opml |= named(&tag, "opml") || named(&tag, "outline");
                if named(&tag, "outline") {
                    let folder = outline(&tag, &folders, &mut listing);
                    if folders.len() >= DEPTH_MAX {
                        return Err(format!("folders are nested more than {DEPTH_MAX} deep"));
                    }
                    folders.push(folder);
                }
            }
            Event::Empty(tag) if named(&tag, "outline") => {
                is_opml = true;
                outline(&tag, &folders, &mut listing);
            }
            Event::End(tag) if tag.local_name().as_ref().eq_ignore_ascii_case("outline") => {
                folders.pop();
            }
            _ => {}
        }
    }
    if is_opml { Ok(listing) } else { Err("this is XML, but not OPML: it has no outlines".into()) }
}

fn named(tag: &BytesStart<'_>, name: &str) -> bool {
    tag.local_name().as_ref().eq_ignore_ascii_case(name)
}

/// Takes the source of an outline, or gives back the name of the folder that it is.
fn outline(tag: &BytesStart<'_>, folders: &[Option<String>], listing: &mut Listing) -> Option<String> {
    let [mut text, mut title, mut url, mut kind, mut category] = [const { String::new() }; 5];
    for attribute in tag.html_attributes().with_checks(false).flatten() {
        let key = attribute.key.local_name();
        let raw = attribute.value;
        let value = || unescaped(&raw);
        match key.as_ref().to_ascii_lowercase().as_str() {
            "text" => text = value(),
            "title" => title = value(),
            "xmlurl" => url = value(),
            // Some old lists name the feed `url`, with type="rss"; type="link" points to a page.
            "url" if url.is_empty() => url = value(),
            "type" => kind = value(),
            "category" => category = value(),
            _ => {}
        }
    }
    let name = if text.is_empty() { title } else { text };
    let page = matches!(kind.to_ascii_lowercase().as_str(), "link" | "include");
    if url.is_empty() || page {
        if page {
            listing.skipped.push(format!("{name} {url}: a link to a page, not a feed"));
        }
        return (!name.is_empty()).then_some(name);
    }
    // FreshRSS keeps scraped pages in the same list: there is no feed behind them.
    if kind.to_ascii_lowercase().starts_with("html") || kind.to_ascii_lowercase().starts_with("json+") {
        listing.skipped.push(format!("{name} {url}: a scraped page ({kind}), not a feed"));
        return None;
    }
    let mut path: Vec<String> = folders.iter().flatten().cloned().collect();
    let mut tags = Vec::new();
    for (at, list) in category.split(',').map(str::trim).filter(|list| !list.is_empty()).enumerate() {
        let parts = || list.split('/').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
        match list.starts_with('/') {
            // `/` alone is no folder: what follows it are tags.
            _ if at == 0 && path.is_empty() => path = parts().collect(),
            true => tags.extend(parts()),
            false => tags.push(list.to_owned()),
        }
    }
    listing.push(Listed { name, url, folders: path, tags });
    None
}

/// The value of an attribute: references decoded where they are known, left as they are where not.
fn unescaped(raw: &str) -> String {
    let decode = |entity: &str| quick_xml::escape::resolve_predefined_entity(entity);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let body = &rest[at + 1..];
        let end = body.find(';').filter(|end| *end <= 10);
        let numbered = |entity: &str| {
            let number = entity.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            char::from_u32(code).map(String::from)
        };
        match end.and_then(|end| decode(&body[..end]).map(str::to_owned).or_else(|| numbered(&body[..end])).map(|text| (text, end))) {
            Some((text, end)) => {
                out.push_str(&text);
                rest = &body[end + 1..];
            }
            None => {
                out.push('&');
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out.trim().chars().take(TEXT_CHARS_MAX).collect()
}

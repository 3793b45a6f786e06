//! An Entry, untrusted and half empty, becomes an Article: sanitized, dated, titled, with nothing in it that could harm a reader.

mod again;
mod clocks;
mod dating;
mod digest;
mod fingerprint;
mod fullest;
mod page;
pub(super) mod plain;

pub use again::again;
pub use digest::{add_digest, put_digest, text_to_digest};
pub use page::{keep_text, with_page, worth};
use url::Url;

use super::sanitize::{SanitizeOptions, Use, is_plain, resolve, sanitize_body};
use super::summarize::sentences;
use crate::model::{Article, ArticleId, Enclosure, Entry, EntryKey, Instant, Person, Reject, Source};

/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 1_000;

/// Longest title that is made of the text of an entry without one, in characters.
pub const MADE_TITLE_CHARS_MAX: usize = 60;

/// Longest summary for feeds and lists, in characters.
pub const SUMMARY_CHARS_MAX: usize = 300;

/// Longest name of a person or category, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 4 * 1024;

/// Most people, categories and attached files that are kept.
const PEOPLE_MAX: usize = 32;
const CATEGORIES_MAX: usize = 64;
const ENCLOSURES_MAX: usize = 64;

/// What has to be known beside the entry itself.
#[derive(Clone, Copy, Debug)]
pub struct NormalizeContext<'a> {
    /// Whose entry it is: name, image template.
    pub source: &'a Source,
    /// The publisher's title of the feed.
    pub feed_title: Option<&'a str>,
    /// The publisher's website.
    pub feed_link: Option<&'a str>,
    /// The time of first sight: the date of an entry without one, and the latest date that is believed.
    pub now: Instant,
    /// Hosts whose players may be framed.
    pub players: &'a [String],
}

/// Makes an article of an entry, as it was first seen at `context.now`, without keywords: [`add_digest`] adds them.
///
/// # Errors
/// A [`Reject`] where the entry is empty.
pub fn article(entry: &Entry, key: &EntryKey, context: &NormalizeContext) -> Result<Article, Reject> {
    let feed_link = context.feed_link.and_then(|link| web_address(link, Some(&context.source.url)));
    // Most links are whole and need nothing of the feed.
    let whole = entry.link.as_deref().is_some_and(|link| is_plain(link.trim()));
    let feed_url = feed_link.as_deref().filter(|_| !whole).and_then(|link| Url::parse(link).ok());
    let link = entry.link.as_deref().and_then(|link| web_address(link, feed_url.as_ref().or(Some(&context.source.url))));
    let link_url = link.as_deref().and_then(|link| Url::parse(link).ok());
    let feed_url = feed_url.or_else(|| feed_link.as_deref().filter(|_| link_url.is_none()).and_then(|link| Url::parse(link).ok()));
    let outside = link_url.as_ref().or(feed_url.as_ref()).unwrap_or(&context.source.url);
    // The base is the link itself unless the document says otherwise.
    let own_base = entry.base.as_deref().filter(|base| link.as_deref() != Some(*base));
    let base = own_base.and_then(|base| outside.join(base.trim()).ok()).filter(Url::has_host);
    let origin = origin(outside);

    let options = SanitizeOptions {
        base: Some(base.as_ref().unwrap_or(outside)),
        template: context.source.image_template.as_ref().map(|template| (template, origin.as_str())),
        players: context.players,
    };
    let body = fullest::fullest(&entry.bodies, &options);
    let enclosures: Vec<_> = entry.enclosures.iter().take(ENCLOSURES_MAX).filter_map(|file| enclosure(file, outside)).collect();

    let own_title = plain::text(entry.title.as_deref().unwrap_or_default(), TITLE_CHARS_MAX);
    let title = Some(own_title).filter(|title| !title.is_empty());
    let title = title.or_else(|| Some(made_title(&body.text)).filter(|title| !title.is_empty())).or_else(|| link.clone());
    let title = title.or_else(|| enclosures.first().map(|file| file.url.clone())).or_else(|| any_name(entry)).ok_or_else(|| Reject {
        what: plain::text(key.value(), NAME_CHARS_MAX),
        why: "it is empty: no title, no text, no link, no file, not even an id or a date".into(),
    })?;

    let dates = dating::dates(entry, context.now);
    let (feed_title, feed_link) = match &entry.origin {
        Some((title, link)) if !title.trim().is_empty() => (Some(title.as_str()), link.as_deref().and_then(|link| web_address(link, None))),
        _ => (context.feed_title, feed_link),
    };
    let fingerprint = fingerprint::of(&title, &body, &enclosures);
    Ok(Article {
        id: ArticleId::of(&context.source.name, key),
        source: context.source.name.clone(),
        key: key.clone(),
        date_text: dates.text,
        published: dates.published,
        updated: dates.updated,
        first_seen: context.now,
        summary: sentences::beginning(&body.text, SUMMARY_CHARS_MAX),
        image: entry.image.as_deref().and_then(|image| picture(image, &options)).filter(|image| body.cover.as_ref() != Some(image)),
        cover: body.cover,
        keywords: Vec::new(),
        authors: entry.authors.iter().take(PEOPLE_MAX).filter_map(|person| named(person, outside)).collect(),
        categories: categories(&entry.categories),
        enclosures,
        language: entry.language.as_deref().and_then(language),
        feed_title: feed_title.map(|title| plain::text(title, NAME_CHARS_MAX)).filter(|title| !title.is_empty()),
        feed_link,
        fingerprint,
        revision: 0,
        canonical: None,
        story: None,
        body: body.html,
        link,
        title,
    })
}

/// The address of a picture beside the text, as that of one in the text would be written.
fn picture(address: &str, options: &SanitizeOptions<'_>) -> Option<String> {
    let address = address.replace('&', "&amp;").replace('"', "&quot;");
    sanitize_body(&format!("<img src=\"{address}\">"), options).cover
}

/// A name for an entry that has nothing to read but says something, such as the podcasts of gpodder's tests that hold a guid and
/// chapters: what feedparser counts as an entry is not lost.
fn any_name(entry: &Entry) -> Option<String> {
    let person = entry.authors.first().map(|person| person.name.as_str());
    let names = [entry.guid.as_deref(), person, entry.image.as_deref(), entry.comments.as_deref(), entry.date_text.as_deref()];
    let names = names.into_iter().flatten().chain(entry.categories.iter().map(String::as_str));
    names.map(|name| plain::text(name, TITLE_CHARS_MAX)).find(|name| !name.is_empty())
}

/// The title of an entry without one: the beginning of its text.
fn made_title(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    sentences::beginning(line, MADE_TITLE_CHARS_MAX)
}

/// Scheme, host and port: `{origin}` of an image template.
fn origin(url: &Url) -> String {
    url[..url::Position::BeforePath].to_owned()
}

/// An absolute http or https address as it stands, with what can never stand in an address percent-encoded; `None` for any other (S9).
fn web_address(text: &str, base: Option<&Url>) -> Option<String> {
    let address = resolve(text, base, Use::Media)?.into_owned();
    if address.len() <= ADDRESS_BYTES_MAX && is_plain(&address) && !address.contains('\\') {
        return Some(percent_encode(address));
    }
    let url = Url::parse(&address).ok()?;
    if address.len() > ADDRESS_BYTES_MAX || !url.has_host() {
        return None;
    }
    // `http:host` and `https:\\host` are addresses to a browser only, and there a backslash is a slash.
    let usual = address.get(url.scheme().len()..).is_some_and(|rest| rest.starts_with("://")) && !address.contains('\\');
    Some(percent_encode(if usual { address } else { url.into() }))
}

/// Percent-encodes blanks, quotes, brackets, control and invisible characters; leaves everything else alone.
fn percent_encode(address: String) -> String {
    let stays = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'|');
    if address.bytes().all(stays) {
        return address;
    }
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        let stays =
            !c.is_control() && !c.is_whitespace() && !plain::is_invisible(c) && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '|');
        if stays {
            out.push(c);
        } else {
            out.extend(
                url::form_urlencoded::byte_serialize(c.encode_utf8(&mut [0; 4]).as_bytes())
                    .map(|part| if part == "+" { "%20" } else { part }),
            );
        }
    }
    out
}

fn named(person: &Person, base: &Url) -> Option<Person> {
    let email = person.email.as_deref().map(str::trim).filter(|email| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';' | ':' | '\\');
        email.len() <= NAME_CHARS_MAX
            && email.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty())
            && !email.contains(odd)
            && !reaches_nobody(email)
    });
    let (name, url) = (plain::line(&person.name, NAME_CHARS_MAX), person.url.as_deref().and_then(|url| web_address(url, Some(base))));
    // BBC World Service's dc:creator is the address of its page.
    let page = Url::parse(&name).ok().filter(|page| page.scheme().starts_with("http") && page.has_host());
    let (name, url) = match page.as_ref().and_then(Url::host_str) {
        Some(host) => (host.to_owned(), url.or_else(|| web_address(&name, None))),
        None => (name, url),
    };
    let named = Person { name, email: email.map(str::to_owned), url };
    (named != Person::default()).then_some(named)
}

/// `noreply@blogger.com` stands in every entry of Blogger: an address that nobody reads is none.
fn reaches_nobody(email: &str) -> bool {
    let who = email.split('@').next().unwrap_or_default().to_ascii_lowercase().replace(['-', '_', '.'], "");
    matches!(who.as_str(), "noreply" | "donotreply")
}

fn categories(written: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in written.iter().map(|name| plain::line(name, NAME_CHARS_MAX)).filter(|name| !name.is_empty()) {
        if kept.len() < CATEGORIES_MAX && !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

fn enclosure(file: &Enclosure, base: &Url) -> Option<Enclosure> {
    let media_type = file.media_type.as_deref().map(str::trim).filter(|text| {
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'));
        text.split(';').next().and_then(|text| text.trim().split_once('/')).is_some_and(|(a, b)| word(a) && word(b))
            && text.len() <= NAME_CHARS_MAX
    });
    Some(Enclosure {
        url: web_address(&file.url, Some(base))?,
        media_type: media_type.map(|text| plain::line(text, NAME_CHARS_MAX)),
        length_bytes: file.length_bytes,
        duration_seconds: file.duration_seconds,
        title: file.title.as_deref().map(|title| plain::line(title, NAME_CHARS_MAX)).filter(|title| !title.is_empty()),
    })
}

/// A language tag that could be one, as written.
fn language(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let subtags = text.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (subtags && text.len() <= 35).then_some(text)
}

#[cfg(test)]
mod tests;

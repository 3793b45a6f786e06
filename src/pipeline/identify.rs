//! Identity that never wobbles: by what an entry is known from one poll to the next. Pure, and nothing in it is random.
//!
//! The publisher's guid, else the link, else the content. A guid or link that several different entries of a document share proves nothing
//! about any of them. What is known to change between fetches of the same entry (scheme, `www.`, tracking parameters, session ids, a slash at
//! the end) is taken out of addresses before they become keys.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use smallvec::SmallVec;
use url::Url;

use crate::model::{Entry, EntryKey, Feed};

/// Longer guids and links are hashed into content keys' form: what stands in the store stays small.
const KEY_BYTES_MAX: usize = 1_000;

/// What tells the entries behind a guid apart: link and title.
type Behind<'f> = (&'f Option<String>, &'f Option<String>);

/// The key of each entry of `feed`, in their order.
///
/// Two entries with the same key are the same entry twice.
#[must_use]
pub fn keys(feed: &Feed) -> Vec<EntryKey> {
    let links: Vec<Option<String>> = feed.entries.iter().map(|entry| entry.link.as_deref().and_then(stable_link)).collect();
    let guid_of = |(entry, link): (&Entry, &Option<String>)| match link {
        // Most guids are the link once more: it is taken apart once.
        Some(link) if entry.guid == entry.link && is_web_address(link) && !has_blanks(entry) => Some(link.clone()),
        _ => entry.guid.as_deref().and_then(stable_guid),
    };
    let guids: Vec<Option<String>> = feed.entries.iter().zip(&links).map(guid_of).collect();
    let home = feed.link.as_deref().and_then(stable_link);

    // How many different entries stand behind a guid: told apart by their links, and by their titles where they have none.
    let mut behind_guid: HashMap<&str, SmallVec<[Behind; 1]>> = HashMap::with_capacity(feed.entries.len());
    let mut behind_link: HashMap<&str, SmallVec<[&Option<String>; 1]>> = HashMap::with_capacity(feed.entries.len());
    for ((entry, guid), link) in feed.entries.iter().zip(&guids).zip(&links) {
        if let Some(guid) = guid {
            let others = behind_guid.entry(guid).or_default();
            // Where the guid is the website (the spotlights of Singapore's ministry of education), titles tell them apart as well.
            let is_told_by_link = link.is_some() && Some(guid) != home.as_ref();
            let same = |other: &Behind| other.0 == link && (is_told_by_link || *other.1 == entry.title);
            if !others.iter().any(same) {
                others.push((link, &entry.title));
            }
        }
        if let Some(link) = link {
            let others = behind_link.entry(link).or_default();
            if !others.contains(&&entry.title) {
                others.push(&entry.title);
            }
        }
    }
    let one = |at: usize| -> EntryKey {
        if let Some(guid) = &guids[at]
            && behind_guid.get(guid.as_str()).is_none_or(|others| others.len() == 1)
        {
            return EntryKey::Guid(short(guid));
        }
        if let Some(link) = &links[at]
            && links[at] != home
            && behind_link.get(link.as_str()).is_none_or(|others| others.len() == 1)
        {
            return EntryKey::Link(short(link));
        }
        EntryKey::Content(content_hash(&feed.entries[at]))
    };
    (0..feed.entries.len()).map(one).collect()
}

fn stable_guid(guid: &str) -> Option<String> {
    let mut text = Cow::Borrowed(guid.trim());
    if text.contains(char::is_whitespace) {
        text = text.split_whitespace().collect::<Vec<_>>().join(" ").into();
    }
    // `0`, `-`, `#` and the like are placeholders.
    if !text.contains(char::is_alphanumeric) || text == "0" || text.eq_ignore_ascii_case("null") {
        return None;
    }
    Some(canonical(&text).unwrap_or_else(|| text.into_owned()))
}

/// Whether [`canonical`] made this key.
fn is_web_address(key: &str) -> bool {
    key.starts_with("https://")
}

/// Whether the guid has blanks, which count in another way there than in a link.
fn has_blanks(entry: &Entry) -> bool {
    entry.guid.as_deref().is_some_and(|guid| guid.contains(char::is_whitespace))
}

fn stable_link(link: &str) -> Option<String> {
    let text = link.trim();
    if text.is_empty() { None } else { Some(canonical(text).unwrap_or_else(|| text.to_owned())) }
}

fn short(text: &str) -> String {
    if text.len() <= KEY_BYTES_MAX { text.to_owned() } else { blake3::hash(text.as_bytes()).to_hex()[..32].to_owned() }
}

/// All there is: title and text, blanks apart; the attached file where there is neither.
fn content_hash(entry: &Entry) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("feedmill content key v1");
    let mut part = |text: &str| {
        for word in text.split_whitespace() {
            hasher.update(word.as_bytes());
            hasher.update(b" ");
        }
        hasher.update(b"\0");
    };
    part(entry.title.as_deref().unwrap_or_default());
    for body in &entry.bodies {
        part(&body.text);
    }
    if entry.title.is_none() && entry.bodies.is_empty() {
        part(entry.date_text.as_deref().unwrap_or_default());
        for enclosure in &entry.enclosures {
            part(&enclosure.url);
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

fn canonical(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host).trim_end_matches('.');
    let mut out = String::with_capacity(text.len() + 1);
    out.push_str("https://");
    out.push_str(host);
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        // Writing to a String cannot fail.
        let _ = write!(out, ":{port}");
    }
    out.push_str(&upper_escapes(without_path_session(url.path()).trim_end_matches('/')));
    let query = url.query().unwrap_or_default();
    let mut kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_noise(pair)).collect();
    kept.sort_by_key(|pair| pair.split('=').next().unwrap_or_default());
    for (at, pair) in kept.iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(&upper_escapes(pair));
    }
    let keep = |fragment: &&str| fragment.starts_with(['!', '/']) || !is_noise_fragment(fragment);
    if let Some(fragment) = url.fragment().filter(keep) {
        out.push('#');
        out.push_str(fragment);
    }
    Some(out)
}

/// `%e4` as `%E4`: RFC 3986 6.2.2.1.
fn upper_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut left = 0;
    for c in text.chars() {
        left = if c == '%' { 3_u8 } else { left };
        out.push(if left > 0 { c.to_ascii_uppercase() } else { c });
        left = left.saturating_sub(1);
    }
    out.into()
}

fn without_path_session(path: &str) -> &str {
    // `/news.do;jsessionid=1A2B…`
    if !path.contains(';') {
        return path;
    }
    let lower = path.to_ascii_lowercase();
    lower.find(";jsessionid=").or_else(|| lower.find(";sid=")).map_or(path, |at| &path[..at])
}

fn is_noise_fragment(fragment: &str) -> bool {
    let name = fragment.split('=').next().unwrap_or_default().to_ascii_lowercase();
    matches!(name.as_str(), "" | "rss" | "ref" | "xtor" | "comments" | "comment" | "respond" | "feed" | "top" | "content")
        || name.starts_with("utm_")
        || name.starts_with("more-")
}

/// Parameters that say where a reader came from, never which page it is.
const TRACKING: &[&str] = &[
    "spm",
    "scm",
    "share_token",
    "share_source",
    "share_medium",
    "share_plat",
    "share_session_id",
    "share_tag",
    "share_times",
    "share_from",
    "shareuid",
    "sharer_shareid",
    "sharer_sharetime",
    "sharer_shareinfo",
    "vd_source",
    "chksm",
    "scene",
    "isappinstalled",
    "ivk_sa",
    "nsukey",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "xtor",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "ncid",
    "cmpid",
    "cmp",
    "ito",
    "wt.mc_id",
    "wt.mc",
    "trk",
    "trkcampaign",
    "ocid",
    "icid",
    "smid",
    "s_cid",
    "source_ref",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "__twitter_impression",
    "rss",
    "feedname",
    "rssid",
];
/// Names of session ids; only a value that looks like one is noise (Slashdot's `sid` names the article).
const SESSIONS: &[&str] = &["sid", "phpsessid", "jsessionid", "sessionid", "session_id", "session", "cftoken", "aspsessionid", "osid", "s"];
/// Names that are noise with a value that names a kind of reader: `f=rss`, `from=rss`, `ref=feed`.
const ORIGINS: &[&str] =
    &["f", "from", "ref", "source", "src", "partner", "emc", "via", "referrer", "referer", "type", "mod", "feed", "frm", "origin"];

fn is_noise(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
    if name.starts_with("utm_") || name.starts_with("pk_") || name.starts_with("mtm_") || TRACKING.contains(&name.as_str()) {
        return true;
    }
    if SESSIONS.contains(&name.as_str()) {
        return value.len() >= 16
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && value.bytes().any(|byte| byte.is_ascii_digit());
    }
    if name == "from" {
        // Chinese sites: `from=singlemessage`, `from=search`; a number or a date says what is shown.
        return !value.bytes().any(|byte| byte.is_ascii_digit());
    }
    ORIGINS.contains(&name.as_str())
        && (value.contains("rss") || matches!(value.as_str(), "feed" | "feeds" | "atom" | "feedly" | "feedburner" | "newsletter"))
}

#[cfg(test)]
mod tests;

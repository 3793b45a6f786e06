//! Ids in the output: `urn:uuid:` URIs made from our own hashes, so that they never change with `[site] url`, a port or a scheme (P3).

use crate::model::ids::Purpose;
use crate::model::{ArticleId, SourceName, View};

/// The id of an entry. An [`ArticleId`] is 16 bytes, and so is a UUID; version 8 is the one "for vendor-specific use" (RFC 9562, 5.8).
#[must_use]
pub fn entry(id: ArticleId) -> String {
    uuid(id.0)
}

/// The id of an output feed: of this site (whatever its scheme) and this view, or the part of it that a query leaves.
#[must_use]
pub fn feed(site_url: &str, view: &View, query: &str) -> String {
    let site = site_url.split_once("://").map_or(site_url, |(_, rest)| rest);
    let (kind, name) = match view {
        View::Merged => ("merged", ""),
        View::Category(name) => ("category", name.as_str()),
        View::Source(name) => ("source", name.as_str()),
        View::Named(name) => ("view", name.as_str()),
        View::Search(query) => ("search", query.as_str()),
        View::Status => ("status", ""),
    };
    let parts = [site, kind, name, query];
    static PURPOSE: Purpose = Purpose::new("feedmill output feed v1");
    uuid(PURPOSE.hash16(if query.is_empty() { &parts[..3] } else { &parts }))
}

/// The id under which a source is named in Atom's `source` element, where publishers' own ids are often missing or wrong.
#[must_use]
pub fn source(name: &SourceName) -> String {
    static PURPOSE: Purpose = Purpose::new("feedmill source v1");
    uuid(PURPOSE.hash16(&[name.as_str()]))
}

/// The id of an entry that tells of a trouble of the daemon's own.
#[must_use]
pub fn trouble(parts: &[&str]) -> String {
    static PURPOSE: Purpose = Purpose::new("feedmill trouble v1");
    uuid(PURPOSE.hash16(parts))
}

fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_ids_never_change_between_versions_of_the_program() {
        let id: ArticleId = "862008689177434d07e541ddbaabc4cf".parse().unwrap();
        assert_eq!(entry(id), "urn:uuid:86200868-9177-834d-87e5-41ddbaabc4cf");
        assert_eq!(feed("https://a.org", &View::Merged, ""), feed("http://a.org", &View::Merged, ""));
        assert_ne!(feed("https://a.org", &View::Category("x".into()), ""), feed("https://a.org", &View::Named("x".into()), ""));
    }
}

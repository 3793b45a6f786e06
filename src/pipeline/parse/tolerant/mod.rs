//! What the elements that were cut up mean: the tolerant reading, in our words. It covers every dialect at once, as publishers mix them.

mod bodies;
mod entry;
mod feed;
mod media;
mod people;

use chrono_tz::Tz;
use url::Url;

use super::limits::ParseLimits;
use super::raw::{Names, Node, attr};
use crate::pipeline::sanitize::is_plain;

pub(super) use bodies::texts;
pub(super) use feed::{chinese, feed, format, zone};
pub(super) use people::{person, upsets_feed_rs};

/// What the reading of one document goes by.
pub(super) struct Context<'l> {
    pub(super) limits: &'l ParseLimits,
    /// The base for relative addresses of the feed itself.
    pub(super) base: Option<Url>,
    /// The same, if the document itself set it (`xml:base`).
    pub(super) set_base: Option<Url>,
    /// The zone of dates without one.
    pub(super) zone: Option<Tz>,
    /// Atom: text constructs are plain text unless they say otherwise.
    pub(super) atom: bool,
    pub(super) names: Names,
}

impl Context<'_> {
    /// `address` against `base`, trimmed; as written where it cannot be resolved. None where it is empty.
    pub(super) fn absolute(&self, address: &str, base: Option<&Url>) -> Option<String> {
        let address = super::text::cut(address.trim(), self.limits.text_bytes_max);
        if address.is_empty() {
            return None;
        }
        // An absolute address stays as it stands, character by character.
        if is_plain(address) {
            return Some(address.to_owned());
        }
        if let Ok(url) = Url::parse(address)
            && (url.has_host() || url.cannot_be_a_base())
        {
            return Some(address.to_owned());
        }
        match base.and_then(|base| base.join(address).ok()) {
            Some(url) => Some(url.into()),
            None => Some(address.to_owned()),
        }
    }

    /// `address` as an absolute http or https one, or none.
    pub(super) fn http(&self, address: &str, base: Option<&Url>) -> Option<String> {
        self.absolute(address, base).filter(|address| is_http(address))
    }

    /// The base that `node` sets, or the one around it.
    pub(super) fn base_of(&self, attrs: &str, outer: Option<&Url>) -> Option<Url> {
        if !attrs.contains("base") {
            return outer.cloned();
        }
        let own = attr(attrs, "xml:base").and_then(|base| match outer {
            Some(outer) => outer.join(&base).ok(),
            None => Url::parse(&base).ok(),
        });
        own.or_else(|| outer.cloned())
    }

    /// Plain text of a title or a name.
    pub(super) fn plain(&self, node: &Node) -> Option<String> {
        let media_type = node.attr("type").unwrap_or_default().to_ascii_lowercase();
        let html = matches!(media_type.as_str(), "html" | "xhtml" | "text/html" | "application/xhtml+xml");
        let max = self.limits.text_bytes_max;
        if node.has_elements() {
            return super::text::plain(node.inner, true, max);
        }
        let text = node.text();
        if node.attr("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64"))
            || (media_type.contains('/') && !html && !media_type.starts_with("text/"))
        {
            return bodies::base64(&text).and_then(|text| super::text::plain(&text, true, max));
        }
        super::text::title(&text, self.atom, html, max)
    }
}

/// Whether an address is one that a reader can open.
pub(super) fn is_http(address: &str) -> bool {
    let scheme = address.split(':').next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")) && address[scheme.len()..].starts_with("://")
}

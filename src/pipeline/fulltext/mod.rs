//! The whole text of an entry, from its page: for sources that give excerpts (`full_text = true`).
//!
//! In: the bytes of a page as they were served. Out: the article's HTML, untrusted as any publisher's, for the normalizer. The article is
//! found by readability (Mozilla's rules, in the port dom_smoothie) with rules of our own for what these get wrong, or by the CSS selector
//! that the source gives. Bounds: [`PAGE_BYTES_MAX`], [`tree::DEPTH_MAX`], [`tree::NODES_MAX`].

mod article;
mod charset;
mod tidy;
mod tree;

use url::Url;

use super::parse::decode;
use super::sanitize::prune::prune;
use crate::model::PageText;

pub use tree::{DEPTH_MAX, NODES_MAX};

/// Largest page that is looked at, decoded.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// What was found in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The article's markup, neither sanitized nor with its addresses resolved; its base is the page's `<base>`, else the page's address.
    pub text: PageText,
    /// The address that the page calls its own (`rel=canonical`), absolute.
    pub canonical: Option<String>,
}

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`PAGE_BYTES_MAX`] or [`NODES_MAX`].
    #[error("the page is too large to look through")]
    Large,
    /// More than [`DEPTH_MAX`].
    #[error("the page nests its elements too deeply")]
    Deep,
    /// A picture, a PDF, an archive.
    #[error("it is no HTML page")]
    NotHtml,
    /// Nothing in it looks like an article.
    #[error("no article was found in the page")]
    Empty,
    /// The user's selector.
    #[error("the selector of this source matches nothing in the page; see whether the website looks different now")]
    Unmatched,
}

/// Finds the article in a page that was served as `content_type` from `url`, in what `selector` matches where there is one.
///
/// # Errors
/// [`Unreadable`], with a sentence for people.
pub fn extract(html: &[u8], content_type: Option<&str>, url: &Url, selector: Option<&str>) -> Result<Extracted, Unreadable> {
    if html.len() > PAGE_BYTES_MAX {
        return Err(Unreadable::Large);
    }
    if !is_html(html, content_type) {
        return Err(Unreadable::NotHtml);
    }
    let served_as = charset::content_type(html, content_type);
    let text = decode(html, Some(&served_as));
    if text.len() > PAGE_BYTES_MAX {
        return Err(Unreadable::Large);
    }
    let document = tree::read(&prune(&text))?;
    let base = document.base_uri().and_then(|base| url.join(base.trim()).ok()).filter(Url::has_host).unwrap_or_else(|| url.clone());
    let canonical = document.select("head link[rel~='canonical']").attr("href").and_then(|href| base.join(href.trim()).ok());
    let canonical = canonical.filter(|address| matches!(address.scheme(), "http" | "https")).map(String::from);
    let html = match selector {
        Some(selector) => article::selected(&document, selector),
        None => article::found(document, &base),
    }?;
    Ok(Extracted { text: PageText { html, base: base.into() }, canonical })
}

/// Whether it can be a page: by its media type, and by how it begins.
fn is_html(html: &[u8], content_type: Option<&str>) -> bool {
    let kind = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    let said =
        kind.is_empty() || kind.contains("html") || kind.contains("xml") || kind == "text/plain" || kind == "application/octet-stream";
    // A media type that is wrong is no rarer here than with feeds: a page begins with a tag.
    let begins = html.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf | 0xff | 0xfe | 0));
    said && begins.is_some_and(|byte| *byte == b'<' || kind.contains("html"))
}

#[cfg(test)]
mod tests;

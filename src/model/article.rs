//! What we made of an entry.

use super::feed::{Enclosure, Person};
use super::{ArticleId, EntryKey, Fingerprint, Instant, SourceName, Story};

/// HTML that has been through the sanitizer. Nothing else can make one, so nothing unsafe is storable (law 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// For the sanitizer (`pipeline/sanitize`) and for rows that it once made (`store/rows`). A test keeps others from calling it.
    #[must_use]
    pub(crate) fn from_sanitizer(text: String) -> Self {
        Self(text)
    }

    /// For unit tests of rooms that only read bodies.
    #[cfg(test)]
    pub(crate) fn for_tests(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The same markup in other letters; `None` where any sign that makes markup is another one or stands elsewhere, so that what was safe
    /// stays safe.
    #[must_use]
    pub fn rewritten(&self, text: String) -> Option<Self> {
        (signs(&self.0) == signs(&text)).then_some(Self(text))
    }

    /// The markup.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ours: normalized, sanitized, immutable once stored but for revisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Stable for ever.
    pub id: ArticleId,
    /// Whose it is.
    pub source: SourceName,
    /// How it was recognised.
    pub key: EntryKey,
    /// The title as the publisher wrote it, plain text. Never empty: an entry without one gets the beginning of its text.
    pub title: String,
    /// The page of the entry: an absolute http or https address, or none.
    pub link: Option<String>,
    /// The date as `ARTICLE_FORMAT.md` wants it printed (`D`).
    pub date_text: String,
    /// When it was published: the publisher's date, held at the time of first sight where it lies in the future or is missing.
    pub published: Instant,
    /// When its content last truly changed, as far as we know; never before `published`.
    pub updated: Instant,
    /// When we first saw it.
    pub first_seen: Instant,
    /// The sanitized, reprinted body (`ARTICLE` in `ARTICLE_FORMAT.md`), with braces still plain.
    pub body: SafeHtml,
    /// The picture for the front matter (`I`), where the body has one.
    pub cover: Option<String>,
    /// The picture that the publisher names beside the text (`media:thumbnail`, `itunes:image`), where it is another: for feeds and pages, which
    /// show it where the text shows none, and not for the front matter.
    pub image: Option<String>,
    /// The text for feeds and lists: one or two sentences, plain text. May be empty.
    pub summary: String,
    /// Keywords, where some were made or found.
    pub keywords: Vec<String>,
    /// The people named by the publisher.
    pub authors: Vec<Person>,
    /// The publisher's categories.
    pub categories: Vec<String>,
    /// Attached files.
    pub enclosures: Vec<Enclosure>,
    /// BCP 47 language tag, where known.
    pub language: Option<String>,
    /// The title of the feed it came from, for the attribution.
    pub feed_title: Option<String>,
    /// The website of the feed it came from.
    pub feed_link: Option<String>,
    /// Hash of the content without dates and noise.
    pub fingerprint: Fingerprint,
    /// How often its content changed since it was first seen.
    pub revision: u32,
    /// The address that its page calls its own (`rel=canonical`), where the page was fetched.
    pub canonical: Option<String>,
    /// To which story it belongs; none until that is decided, when it is stored (and in rows of earlier versions).
    pub story: Option<Story>,
}

/// The signs that make markup, each with whether there is anything before it since the last one.
fn signs(text: &str) -> Vec<(u8, bool)> {
    let mut found = Vec::new();
    let mut after = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| b"<>&\"'`=/:;".contains(byte)) {
        found.push((byte, at > after));
        after = at + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_can_be_written_in_other_letters_and_never_becomes_other_markup() {
        let safe = SafeHtml::for_tests("<p title=\"发\">头发 &lt;</p>");
        assert!(safe.rewritten("<p title=\"髮\">頭髮 &lt;</p>".into()).is_some());
        for other in [
            "<p title=\"髮\">頭髮 <</p>",
            "<p title=\"髮\">頭髮 &lt;",
            "<p title=\"\"髮>頭髮 &lt;</p>",
            "<p title=\"髮\" x=\"\">頭髮 &lt;</p>",
        ] {
            assert_eq!(safe.rewritten(other.into()), None, "{other}");
        }
    }
}

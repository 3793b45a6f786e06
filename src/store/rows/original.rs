//! The text of an article's original: the publisher's entry that it was made of. The id is that of the article and not in it.
//!
//! A line of JSON in snapshots; in packs the long texts stand behind the line as they are, like an article's body.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::article::{EnclosureRow, PersonRow, borrowed};
use super::{LINE_END, RowError, Time, json, read_json};
use crate::model::{ArticleId, Body, BodyKind, Enclosure, Entry, Original, PageText, Person};

/// Longest text of an original, in bytes. Longer ones are not kept: their articles stay as they are when all are made again.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The names are short: there is one of each in most rows.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct OriginalRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    /// Whether it is HTML, and the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bodies: Vec<(bool, Cow<'a, str>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<PersonRow<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    categories: Cow<'a, [String]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<EnclosureRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_link: Option<Cow<'a, str>>,
    /// Markup and base.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<(Cow<'a, str>, Cow<'a, str>)>,
    /// Lengths in bytes of what stands behind: the texts of the bodies and the markup of the page, which are empty here then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    behind: Vec<usize>,
}

/// The text to store for an original, as one line of JSON; `None`: it is longer than [`TEXT_BYTES_MAX`].
///
/// # Errors
/// None is known: every original can be written as JSON.
pub fn encode(original: &Original) -> Result<Option<Vec<u8>>, RowError> {
    let text = written(&row(original), 0)?;
    // JSON writes some signs as two: what a pack keeps, a snapshot keeps too.
    let fits = text.len() <= TEXT_BYTES_MAX || encode_for_pack(original)?.is_some();
    Ok(fits.then_some(text))
}

/// The text to store for an original in a pack, with the long texts behind the line; `None` as for [`encode`].
///
/// # Errors
/// As [`encode`].
pub fn encode_for_pack(original: &Original) -> Result<Option<Vec<u8>>, RowError> {
    let mut row = row(original);
    let behind: Vec<Cow<'_, str>> = long_texts(&mut row).map(std::mem::take).collect();
    row.behind = behind.iter().map(|text| text.len()).collect();
    let bytes: usize = row.behind.iter().sum();
    if bytes > TEXT_BYTES_MAX {
        return Ok(None);
    }
    let mut text = written(&row, bytes)?;
    text.push(LINE_END);
    behind.iter().for_each(|long| text.extend_from_slice(long.as_bytes()));
    Ok((text.len() <= TEXT_BYTES_MAX).then_some(text))
}

/// The row as JSON, with room for so many bytes behind it.
fn written(row: &OriginalRow<'_>, bytes: usize) -> Result<Vec<u8>, RowError> {
    json(row, bytes).map_err(|why| RowError::Broken(format!("an original cannot be written: {why}")))
}

fn long_texts<'r, 'a>(row: &'r mut OriginalRow<'a>) -> impl Iterator<Item = &'r mut Cow<'a, str>> {
    row.bodies.iter_mut().map(|(_, text)| text).chain(row.page.iter_mut().map(|(html, _)| html))
}

fn row(original: &Original) -> OriginalRow<'_> {
    let entry = &original.entry;
    OriginalRow {
        guid: borrowed(&entry.guid),
        link: borrowed(&entry.link),
        title: borrowed(&entry.title),
        bodies: entry.bodies.iter().map(|body| (body.kind == BodyKind::Html, body.text.as_str().into())).collect(),
        base: borrowed(&entry.base),
        date_text: borrowed(&entry.date_text),
        published: entry.published.map(Time::from),
        updated: entry.updated.map(Time::from),
        authors: entry.authors.iter().map(PersonRow::from).collect(),
        categories: Cow::Borrowed(&entry.categories),
        enclosures: entry.enclosures.iter().map(EnclosureRow::from).collect(),
        image: borrowed(&entry.image),
        language: borrowed(&entry.language),
        origin: entry.origin.as_ref().map(|(title, link)| (title.into(), borrowed(link))),
        comments: borrowed(&entry.comments),
        feed_title: borrowed(&original.feed_title),
        feed_link: borrowed(&original.feed_link),
        page: original.page.as_ref().map(|page| (page.html.as_str().into(), page.base.as_str().into())),
        behind: Vec::new(),
    }
}

/// The original of the article `id`, of this text.
///
/// # Errors
/// When the text is not one that [`encode`] or [`encode_for_pack`] wrote.
pub fn decode(id: ArticleId, text: &[u8]) -> Result<Original, RowError> {
    let unreadable = |why: &dyn std::fmt::Display| RowError::Broken(format!("the original of article {id} cannot be read: {why}"));
    let text = simdutf8::basic::from_utf8(text).map_err(|why| unreadable(&why))?;
    let (mut row, behind) = read_json::<OriginalRow<'_>>(text).map_err(|why| unreadable(&why))?;
    let mut behind = behind.unwrap_or_default();
    let lengths = std::mem::take(&mut row.behind);
    for (long, length) in long_texts(&mut row).zip(lengths) {
        let (text, rest) = behind.split_at_checked(length).ok_or_else(|| unreadable(&"it is cut short"))?;
        (*long, behind) = (text.into(), rest);
    }
    if !behind.is_empty() {
        return Err(unreadable(&"it has more than it says"));
    }
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let body = |(is_html, text): (bool, Cow<'_, str>)| Body {
        kind: if is_html { BodyKind::Html } else { BodyKind::Text },
        text: text.into_owned(),
    };
    Ok(Original {
        id,
        entry: Entry {
            guid: owned(row.guid),
            link: owned(row.link),
            title: owned(row.title),
            bodies: row.bodies.into_iter().map(body).collect(),
            base: owned(row.base),
            date_text: owned(row.date_text),
            published: row.published.map(TryInto::try_into).transpose()?,
            updated: row.updated.map(TryInto::try_into).transpose()?,
            authors: row.authors.into_iter().map(Person::from).collect(),
            categories: row.categories.into_owned(),
            enclosures: row.enclosures.into_iter().map(Enclosure::from).collect(),
            image: owned(row.image),
            language: owned(row.language),
            origin: row.origin.map(|(title, link)| (title.into_owned(), owned(link))),
            comments: owned(row.comments),
        },
        feed_title: owned(row.feed_title),
        feed_link: owned(row.feed_link),
        page: row.page.map(|(html, base)| PageText { html: html.into_owned(), base: base.into_owned() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;

    #[test]
    fn an_original_is_read_back_whole() {
        let full = sample::full_original();
        let empty = Original { entry: Entry::default(), feed_title: None, feed_link: None, page: None, ..full.clone() };
        for original in [full, empty] {
            for encode in [encode, encode_for_pack] {
                let text = encode(&original).unwrap().unwrap();
                assert_eq!(decode(original.id, &text).unwrap(), original);
            }
        }
    }

    #[test]
    fn one_that_is_too_long_is_not_kept() {
        let mut original = sample::full_original();
        original.entry.bodies[0].text = "x".repeat(TEXT_BYTES_MAX);
        assert_eq!(encode(&original).unwrap(), None);
        assert_eq!(encode_for_pack(&original).unwrap(), None);
    }

    #[test]
    fn one_that_a_pack_keeps_is_in_a_snapshot_too() {
        let mut original = sample::full_original();
        original.entry.bodies[0].text = "\"".repeat(TEXT_BYTES_MAX - 4096);
        assert!(encode_for_pack(&original).unwrap().is_some());
        assert_eq!(decode(original.id, &encode(&original).unwrap().unwrap()).unwrap(), original);
    }

    #[test]
    fn texts_that_are_cut_or_have_more_behind_them_are_refused() {
        let original = sample::full_original();
        let mut text = encode_for_pack(&original).unwrap().unwrap();
        assert!(decode(original.id, &text[..text.len() - 1]).is_err());
        text.push(b'x');
        assert!(decode(original.id, &text).is_err());
    }

    #[test]
    fn r11_fields_that_this_version_does_not_know_are_passed_over() {
        let original = decode(ArticleId([1; 16]), br#"{"title":"t","mood":"fine"}"#).unwrap();
        assert_eq!(original.entry.title.as_deref(), Some("t"));
    }
}

//! The text inside an article's row. The id and `published` are its key and not in it.
//!
//! A line of JSON in snapshots; in packs JSON, a line end, and the body as it is, since writing its signs otherwise and back was a fourteenth of a cold
//! cycle. JSON holds no line end, so one reading takes both.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{LINE_END, RowError, Time, from_hex16, hex16, json, read_json};
use crate::model::story::{Merge, Rule};
use crate::model::{Article, ArticleId, Enclosure, EntryKey, Fingerprint, Person, SafeHtml, SourceName, Story};
use crate::store::Place;

#[derive(Serialize, Deserialize)]
struct ArticleRow<'a> {
    source: Cow<'a, str>,
    key: KeyRow<'a>,
    title: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<Cow<'a, str>>,
    date_text: Cow<'a, str>,
    updated: Time,
    first_seen: Time,
    /// None where it stands behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cover: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    summary: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    keywords: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    authors: Vec<PersonRow<'a>>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    categories: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<EnclosureRow<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed_title: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed_link: Option<Cow<'a, str>>,
    fingerprint: String,
    #[serde(default)]
    revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canonical: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    story: Option<StoryRow>,
}

/// The id is written only where it is another article's, and so is the date.
#[derive(Serialize, Deserialize)]
struct StoryRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<(String, Time)>,
    /// With whom, by which rule, how sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merge: Option<(String, String, u8)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    apart: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeyRow<'a> {
    Guid(Cow<'a, str>),
    Link(Cow<'a, str>),
    Content(Cow<'a, str>),
}

#[derive(Serialize, Deserialize)]
pub(super) struct PersonRow<'a> {
    #[serde(default, skip_serializing_if = "str::is_empty")]
    name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EnclosureRow<'a> {
    url: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
}

/// The text to store for an article, as one line of JSON.
///
/// # Errors
/// None is known: every article can be written as JSON.
pub fn encode(article: &Article) -> Result<Vec<u8>, RowError> {
    write(&row(article, Some(article.body.as_str())), article.body.as_str().len())
}

/// The text to store for an article in a pack, with the body behind the line.
///
/// # Errors
/// As [`encode`].
pub fn encode_for_pack(article: &Article) -> Result<Vec<u8>, RowError> {
    let mut text = write(&row(article, None), article.body.as_str().len())?;
    text.push(LINE_END);
    text.extend_from_slice(article.body.as_str().as_bytes());
    Ok(text)
}

fn write(row: &ArticleRow<'_>, body_bytes: usize) -> Result<Vec<u8>, RowError> {
    json(row, body_bytes).map_err(|why| RowError::Broken(format!("an article cannot be written: {why}")))
}

fn row<'a>(article: &'a Article, body: Option<&'a str>) -> ArticleRow<'a> {
    ArticleRow {
        source: article.source.as_str().into(),
        key: match &article.key {
            EntryKey::Guid(text) => KeyRow::Guid(text.into()),
            EntryKey::Link(text) => KeyRow::Link(text.into()),
            EntryKey::Content(text) => KeyRow::Content(text.into()),
        },
        title: (&article.title).into(),
        link: borrowed(&article.link),
        date_text: (&article.date_text).into(),
        updated: article.updated.into(),
        first_seen: article.first_seen.into(),
        body: body.map(Cow::Borrowed),
        cover: borrowed(&article.cover),
        image: borrowed(&article.image),
        summary: (&article.summary).into(),
        keywords: Cow::Borrowed(&article.keywords),
        authors: article.authors.iter().map(PersonRow::from).collect(),
        categories: Cow::Borrowed(&article.categories),
        enclosures: article.enclosures.iter().map(EnclosureRow::from).collect(),
        language: borrowed(&article.language),
        feed_title: borrowed(&article.feed_title),
        feed_link: borrowed(&article.feed_link),
        fingerprint: hex16(article.fingerprint.0),
        revision: article.revision,
        canonical: borrowed(&article.canonical),
        story: article.story.as_ref().map(|story| story_row(article, story)),
    }
}

/// The article that stands at `place` with this text.
///
/// # Errors
/// When the text is not one that [`encode`] or [`encode_for_pack`] wrote.
pub fn decode(place: Place, text: &[u8]) -> Result<Article, RowError> {
    let id = place.id;
    let unreadable = |why: &dyn std::fmt::Display| RowError::Broken(format!("the text of article {id} cannot be read: {why}"));
    // All of it at once: serde_json would look at each string by itself, which takes Chinese ten times as long.
    let text = simdutf8::basic::from_utf8(text).map_err(|why| unreadable(&why))?;
    let (row, behind) = read_json::<ArticleRow<'_>>(text).map_err(|why| unreadable(&why))?;
    let body = row.body.or(behind.map(Cow::Borrowed)).ok_or_else(|| unreadable(&"it has no body"))?;
    Ok(Article {
        id,
        source: SourceName::new(&row.source).map_err(|why| RowError::Broken(format!("the source of article {id}: {why}")))?,
        key: match row.key {
            KeyRow::Guid(text) => EntryKey::Guid(text.into_owned()),
            KeyRow::Link(text) => EntryKey::Link(text.into_owned()),
            KeyRow::Content(text) => EntryKey::Content(text.into_owned()),
        },
        title: row.title.into_owned(),
        link: row.link.map(Cow::into_owned),
        date_text: row.date_text.into_owned(),
        published: place.published,
        updated: row.updated.try_into()?,
        first_seen: row.first_seen.try_into()?,
        // The sanitizer made it before it was stored, and the checksum says that it is still what was stored.
        body: SafeHtml::from_sanitizer(body.into_owned()),
        cover: row.cover.map(Cow::into_owned),
        image: row.image.map(Cow::into_owned),
        summary: row.summary.into_owned(),
        keywords: row.keywords.into_owned(),
        authors: row.authors.into_iter().map(Person::from).collect(),
        categories: row.categories.into_owned(),
        enclosures: row.enclosures.into_iter().map(Enclosure::from).collect(),
        language: row.language.map(Cow::into_owned),
        feed_title: row.feed_title.map(Cow::into_owned),
        feed_link: row.feed_link.map(Cow::into_owned),
        fingerprint: Fingerprint(from_hex16(&row.fingerprint)?),
        revision: row.revision,
        canonical: row.canonical.map(Cow::into_owned),
        story: row.story.map(|row| story(place, row)).transpose()?,
    })
}

fn story_row(article: &Article, story: &Story) -> StoryRow {
    StoryRow {
        of: (story.id != article.id).then(|| (hex16(story.id.0), story.published.into())),
        merge: story.merge.as_ref().map(|merge| (hex16(merge.with.0), merge.rule.word().to_owned(), merge.score_percent)),
        apart: story.kept_apart,
    }
}

fn story(place: Place, row: StoryRow) -> Result<Story, RowError> {
    let (id, published) = match row.of {
        Some((id, published)) => (ArticleId(from_hex16(&id)?), published.try_into()?),
        None => (place.id, place.published),
    };
    let merge = row.merge.map(|(with, rule, score_percent)| {
        let rule = Rule::of_word(&rule).ok_or_else(|| RowError::Broken(format!("article {} was merged by an unknown rule", place.id)))?;
        Ok(Merge { with: ArticleId(from_hex16(&with)?), rule, score_percent })
    });
    Ok(Story { id, published, merge: merge.transpose()?, kept_apart: row.apart })
}

pub(super) fn borrowed(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

impl<'a> From<&'a Person> for PersonRow<'a> {
    fn from(person: &'a Person) -> Self {
        Self { name: (&person.name).into(), email: borrowed(&person.email), url: borrowed(&person.url) }
    }
}

impl From<PersonRow<'_>> for Person {
    fn from(row: PersonRow<'_>) -> Self {
        Self { name: row.name.into_owned(), email: row.email.map(Cow::into_owned), url: row.url.map(Cow::into_owned) }
    }
}

impl<'a> From<&'a Enclosure> for EnclosureRow<'a> {
    fn from(enclosure: &'a Enclosure) -> Self {
        Self {
            url: (&enclosure.url).into(),
            media_type: borrowed(&enclosure.media_type),
            length_bytes: enclosure.length_bytes,
            duration_seconds: enclosure.duration_seconds,
            title: borrowed(&enclosure.title),
        }
    }
}

impl From<EnclosureRow<'_>> for Enclosure {
    fn from(row: EnclosureRow<'_>) -> Self {
        Self {
            url: row.url.into_owned(),
            media_type: row.media_type.map(Cow::into_owned),
            length_bytes: row.length_bytes,
            duration_seconds: row.duration_seconds,
            title: row.title.map(Cow::into_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;

    #[test]
    fn an_article_is_read_back_whole() {
        for article in [sample::article("36kr", 1), sample::full_article()] {
            let place = Place { published: article.published, id: article.id };
            assert_eq!(decode(place, &encode(&article).unwrap()).unwrap(), article);
            assert_eq!(decode(place, &encode_for_pack(&article).unwrap()).unwrap(), article);
        }
    }

    #[test]
    fn a_body_of_any_signs_is_read_back_from_a_pack() {
        let mut article = sample::article("36kr", 1);
        let place = Place { published: article.published, id: article.id };
        for body in ["", "\n", "\n\n<p>\"a\"\t\u{0}\u{1}</p>\n", "{\"body\":\"\"}", "<pre>一\r\n二</pre>"] {
            article.body = SafeHtml::from_sanitizer(body.into());
            assert_eq!(decode(place, &encode_for_pack(&article).unwrap()).unwrap(), article);
            assert_eq!(decode(place, &encode(&article).unwrap()).unwrap(), article);
        }
    }

    #[test]
    fn a_text_without_its_body_is_refused() {
        let article = sample::article("36kr", 1);
        let place = Place { published: article.published, id: article.id };
        let text = encode_for_pack(&article).unwrap();
        let end = text.iter().position(|byte| *byte == LINE_END).unwrap();
        assert!(decode(place, &text[..end]).unwrap_err().to_string().contains("it has no body"));
    }

    #[test]
    fn the_story_of_an_article_is_read_back() {
        let mut article = sample::article("36kr", 1);
        let place = Place { published: article.published, id: article.id };
        let merge = Merge { with: ArticleId([7; 16]), rule: Rule::Excerpt, score_percent: 93 };
        let other = Story { id: ArticleId([9; 16]), published: crate::model::Instant::UNIX_EPOCH, merge: Some(merge), kept_apart: false };
        let own = Story { id: article.id, published: article.published, merge: None, kept_apart: true };
        for story in [other, own] {
            article.story = Some(story);
            assert_eq!(decode(place, &encode(&article).unwrap()).unwrap(), article);
        }
    }

    #[test]
    fn r11_a_row_with_fields_that_this_version_does_not_know_and_without_optional_ones_is_read() {
        let text = r#"{"source":"a","key":{"guid":"g"},"title":"t","date_text":"d","updated":[1,0],"first_seen":[1,0],"body":"<p>b</p>",
            "fingerprint":"00112233445566778899aabbccddeeff","mood":"fine"}"#;
        let place = Place { published: crate::model::Instant::UNIX_EPOCH, id: ArticleId([1; 16]) };
        assert_eq!(decode(place, text.as_bytes()).unwrap().title, "t");
    }

    #[test]
    fn a_source_name_that_feeds_toml_would_not_take_is_refused_on_reading() {
        let article = sample::article("36kr", 1);
        let text = String::from_utf8(encode(&article).unwrap()).unwrap().replace("\"36kr\"", "\"../36kr\"");
        let place = Place { published: article.published, id: article.id };
        assert!(decode(place, text.as_bytes()).is_err());
    }
}

//! An article made again of what it was made of, after a change of feeds.toml or of the program.
//!
//! What readers and other articles know it by stays: id, date, revisions, story, and the address that its page calls its own. A digest that
//! a language model wrote stays as well; it was paid for.

use super::{NormalizeContext, add_digest, article, keep_text, with_page, worth};
use crate::model::{Article, Original, Reject, Source, SummaryMode};
use crate::pipeline::summarize::Summarizer;

/// Makes the article again that is stored as `stored`, by the settings of `source` now.
///
/// # Errors
/// A [`Reject`] where the entry would not be taken any more: the stored article stays.
pub fn again(
    original: &Original,
    stored: &Article,
    source: &Source,
    players: &[String],
    summarizer: &Summarizer,
) -> Result<Article, Reject> {
    let (feed_title, feed_link) = (original.feed_title.as_deref(), original.feed_link.as_deref());
    let context = NormalizeContext { source, feed_title, feed_link, now: stored.first_seen, players };
    let mut made = article(&original.entry, &stored.key, &context)?;
    made.id = stored.id;
    made.published = stored.published;
    made.updated = stored.updated;
    made.revision = stored.revision;
    made.canonical.clone_from(&stored.canonical);
    made.story.clone_from(&stored.story);
    if source.full_text {
        match &original.page {
            Some(page) => made = with_page(&made, worth(&made), page, source, players).unwrap_or(made),
            // Its page was put in before originals were kept.
            None => drop(keep_text(&mut made, stored)),
        }
    }
    if source.summary == SummaryMode::Llm && !stored.keywords.is_empty() {
        made.keywords.clone_from(&stored.keywords);
        made.summary.clone_from(&stored.summary);
    } else {
        add_digest(&mut made, source, summarizer);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, BodyKind, Entry, EntryKey, ImageTemplate, PageText};
    use crate::pipeline::testing;

    fn original(stored: &Article, entry: Entry) -> Original {
        Original { id: stored.id, entry, feed_title: Some("A feed".into()), feed_link: None, page: None }
    }

    fn entry() -> Entry {
        let bodies = vec![Body { kind: BodyKind::Html, text: "<p>A text. <img src=x.png></p>".into() }];
        Entry { title: Some("T".into()), link: Some("https://a.org/1".into()), bodies, published: Some(testing::NOON), ..Entry::default() }
    }

    fn stored(source: &Source) -> Article {
        let context = NormalizeContext { source, feed_title: Some("A feed"), feed_link: None, now: testing::NOON, players: &[] };
        article(&entry(), &EntryKey::Guid("1".into()), &context).unwrap()
    }

    #[test]
    fn with_the_same_settings_the_same_comes_out() {
        let source = testing::source("a");
        let stored = stored(&source);
        let made = again(&original(&stored, entry()), &stored, &source, &[], &Summarizer::new());
        assert_eq!(made, Ok(stored));
    }

    #[test]
    fn p3_what_readers_know_an_article_by_stays_and_the_rest_follows_the_settings() {
        let mut source = testing::source("a");
        let mut before = stored(&source);
        before.revision = 3;
        before.updated += chrono::TimeDelta::hours(5);
        before.published -= chrono::TimeDelta::hours(5);
        source.image_template = Some(ImageTemplate("https://img.example/?u={url}".into()));
        let made = again(&original(&before, entry()), &before, &source, &[], &Summarizer::new()).unwrap();
        assert!(made.body.as_str().contains("https://img.example/?u="), "{}", made.body.as_str());
        let same = Article { body: before.body.clone(), cover: before.cover.clone(), fingerprint: before.fingerprint, ..made };
        assert_eq!(same, before);
    }

    #[test]
    fn the_text_of_a_page_is_put_in_again_and_left_out_where_it_is_not_wanted_any_more() {
        let mut source = testing::source("a");
        source.full_text = true;
        let before = stored(&source);
        let page = PageText { html: "<p>The whole text of the page, which is longer.</p>".repeat(20), base: "https://a.org/".into() };
        let kept = Original { page: Some(page), ..original(&before, entry()) };
        let full = again(&kept, &before, &source, &[], &Summarizer::new()).unwrap();
        assert!(full.body.as_str().contains("whole text"));
        // An article of before pages were kept does not lose its text either.
        let old = again(&original(&before, entry()), &full, &source, &[], &Summarizer::new()).unwrap();
        assert_eq!(old.body, full.body);
        source.full_text = false;
        assert_eq!(again(&kept, &full, &source, &[], &Summarizer::new()).unwrap().body, before.body);
    }

    #[test]
    fn what_a_language_model_wrote_stays() {
        let mut source = testing::source("a");
        source.summary = SummaryMode::Llm;
        let mut before = stored(&source);
        (before.keywords, before.summary) = (vec!["K".into()], "Written by a model.".into());
        let made = again(&original(&before, entry()), &before, &source, &[], &Summarizer::new()).unwrap();
        assert_eq!((made.keywords, made.summary), (before.keywords, before.summary));
    }
}

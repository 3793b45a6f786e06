//! The text of an entry's page in place of the feed's own, where it holds clearly more.
//!
//! It is put into an article that is made already, so that it can come later: a page that could not be had is asked for again when the feed
//! itself has nothing new. Fingerprint and title stay those of the publisher's own entry: whether an entry has changed is decided without
//! its page.

use url::Url;

use super::fullest::worth_of;
use super::{SUMMARY_CHARS_MAX, origin};
use crate::model::{Article, PageText, Source};
use crate::pipeline::sanitize::{SanitizeOptions, sanitize_body};
use crate::pipeline::summarize::sentences;

/// A page counts as fuller than the feed's own body from so many percent of it: a headline, a date and a byline that came along from the
/// page are no reason to drop a body that is whole.
const PAGE_FULLER_PERCENT_MIN: u64 = 110;

/// How much there is to read and see in an article's body: bytes of text, and something for each picture and player.
#[must_use]
pub fn worth(article: &Article) -> u64 {
    worth_of(article.body.as_str(), &text_of(article))
}

/// The article with the text of its page, without a digest; `None` where the page does not hold clearly more than `own_worth`, which is
/// the worth of the feed's own text. Identity, dates and revision stay.
#[must_use]
pub fn with_page(article: &Article, own_worth: u64, page: &PageText, source: &Source, players: &[String]) -> Option<Article> {
    let link = article.link.as_deref().and_then(|link| Url::parse(link).ok());
    let origin = origin(link.as_ref().unwrap_or(&source.url));
    let base = Url::parse(&page.base).ok();
    let options = SanitizeOptions {
        base: base.as_ref(),
        template: source.image_template.as_ref().map(|template| (template, origin.as_str())),
        players,
    };
    let body = sanitize_body(&page.html, &options);
    is_fuller(worth_of(body.html.as_str(), &body.text), own_worth).then(|| Article {
        summary: sentences::beginning(&body.text, SUMMARY_CHARS_MAX),
        keywords: Vec::new(),
        cover: body.cover,
        body: body.html,
        ..article.clone()
    })
}

/// Gives an article whose page cannot be had now the text that an earlier revision had from it, where that is fuller than the feed's own;
/// says whether it is.
pub fn keep_text(article: &mut Article, earlier: &Article) -> bool {
    let fuller = is_fuller(worth(earlier), worth(article));
    if fuller {
        article.body = earlier.body.clone();
        article.cover.clone_from(&earlier.cover);
        article.summary = sentences::beginning(&text_of(earlier), SUMMARY_CHARS_MAX);
    }
    fuller
}

fn is_fuller(page: u64, own: u64) -> bool {
    page.saturating_mul(100) > own.saturating_mul(PAGE_FULLER_PERCENT_MIN)
}

/// What is sanitized stays as it is, so this is the text that the body was made with.
fn text_of(article: &Article) -> String {
    sanitize_body(article.body.as_str(), &SanitizeOptions::default()).text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, BodyKind, Entry, EntryKey};
    use crate::pipeline::normalize::{self, NormalizeContext};
    use crate::pipeline::testing;

    fn page(html: &str) -> PageText {
        PageText { html: html.into(), base: "https://a.org/p/".into() }
    }

    fn article(html: &str) -> Article {
        let source = testing::source("a");
        let context = NormalizeContext { source: &source, feed_title: None, feed_link: None, now: testing::NOON, players: &[] };
        let bodies = vec![Body { kind: BodyKind::Html, text: html.into() }];
        let entry = Entry { title: Some("T".into()), link: Some("https://a.org/1".into()), bodies, ..Entry::default() };
        normalize::article(&entry, &EntryKey::Guid("1".into()), &context).unwrap()
    }

    #[test]
    fn a_page_counts_where_it_holds_clearly_more_than_the_feeds_own_text() {
        let excerpt = article("<p>An excerpt of twenty</p>");
        let source = testing::source("a");
        let own = worth(&excerpt);
        let full = with_page(&excerpt, own, &page("<p>The whole text, which is longer. <img src=x.png></p>"), &source, &[]).unwrap();
        assert!(full.body.as_str().contains("https://a.org/p/x.png") && full.summary.starts_with("The whole text"));
        assert_eq!((full.id, full.fingerprint, full.updated), (excerpt.id, excerpt.fingerprint, excerpt.updated));
        assert_eq!(with_page(&excerpt, own, &page("<p>An excerpt of twenty.</p>"), &source, &[]), None);
        // A text that was kept of an earlier page gives way to the page of today, shorter as it may be.
        assert!(with_page(&full, own, &page("<p>The whole text, corrected.</p>"), &source, &[]).is_some());
    }

    #[test]
    fn an_earlier_text_is_kept_only_where_it_is_fuller() {
        let earlier = article("<p>The whole text of the page, as it was.</p>");
        let mut revised = article("<p>Excerpt.</p>");
        assert!(keep_text(&mut revised, &earlier));
        assert_eq!((&revised.body, revised.summary.as_str()), (&earlier.body, "The whole text of the page, as it was."));
        assert!(!keep_text(&mut revised, &article("<p>Less.</p>")));
        assert!(revised.body.as_str().contains("as it was"));
    }
}

//! What the query of a feed's address asks for: `?limit=20&filter_title=AI|大模型&filterout_author=bot`, as readers know it from RSSHub.
//!
//! In: a query. Out: which articles stay. Anything else in a query changes nothing (S16). Bounds: [`WORDS_CHARS_MAX`], one value for each name.

use super::archive::Page;
use super::narrow::Narrow;
use crate::model::Article;
use crate::model::filter::plain_text;

/// Longest words of a filter.
const WORDS_CHARS_MAX: usize = 100;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Entries, where fewer than there are.
    pub limit: Option<usize>,
    /// What stands behind `page`, read or not.
    pub page: Option<Option<Page>>,
    /// The part of the view.
    pub narrow: Narrow,
    words: [Option<String>; NAMES.len()],
}

/// Where words are looked for.
#[derive(Clone, Copy)]
enum Place {
    Title,
    Text,
    Author,
    Category,
    TitleOrText,
}

/// The filters: whether what has the words stays, or goes.
const NAMES: [(&str, Place, bool); 10] = [
    ("filter", Place::TitleOrText, true),
    ("filter_title", Place::Title, true),
    ("filter_description", Place::Text, true),
    ("filter_author", Place::Author, true),
    ("filter_category", Place::Category, true),
    ("filterout", Place::TitleOrText, false),
    ("filterout_title", Place::Title, false),
    ("filterout_description", Place::Text, false),
    ("filterout_author", Place::Author, false),
    ("filterout_category", Place::Category, false),
];

impl Asked {
    /// Reads a query; what cannot be meant is left out, as unknown parameters are.
    #[must_use]
    pub fn read(query: Option<&str>) -> Self {
        let mut asked = Self { narrow: Narrow::read(query), ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "limit" => asked.limit = value.parse().ok().filter(|limit| *limit > 0),
                "page" => asked.page = Some(Page::read(&value)),
                name => {
                    let place = NAMES.iter().position(|(known, ..)| *known == name).and_then(|at| asked.words.get_mut(at));
                    if let Some(place) = place {
                        let words = value.trim().to_lowercase();
                        let has_words = words.chars().count() <= WORDS_CHARS_MAX && words.chars().any(|c| c != '|');
                        *place = has_words.then_some(words);
                    }
                }
            }
        }
        asked
    }

    /// Whether only a part of the feed is wanted.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.limit.is_some() || self.words.iter().any(Option::is_some) || !self.narrow.is_whole()
    }

    /// Whether an article stays. `|` separates words of which one is enough, in any case.
    #[must_use]
    pub fn keeps(&self, article: &Article) -> bool {
        let wanted = self.words.iter().zip(NAMES).filter_map(|(words, (_, place, stays))| Some((words.as_ref()?, place, stays)));
        let mut known = Known { article, title: None, text: None };
        wanted.into_iter().all(|(words, place, stays)| {
            let words: Vec<&str> = words.split('|').filter(|word| !word.is_empty()).collect();
            known.has(place, &words) == stays
        })
    }
}

/// An article in small letters, made when first asked for.
struct Known<'a> {
    article: &'a Article,
    title: Option<String>,
    text: Option<String>,
}

impl Known<'_> {
    fn has(&mut self, place: Place, words: &[&str]) -> bool {
        let any = |text: &str| words.iter().any(|word| text.contains(word));
        let title = |title: &mut Option<String>| any(title.get_or_insert_with(|| self.article.title.to_lowercase()));
        let text = |text: &mut Option<String>| any(text.get_or_insert_with(|| plain_text(self.article.body.as_str()).to_lowercase()));
        match place {
            Place::Title => title(&mut self.title),
            Place::Text => text(&mut self.text),
            Place::TitleOrText => title(&mut self.title) || text(&mut self.text),
            Place::Author => self.article.authors.iter().any(|author| any(&author.name.to_lowercase())),
            Place::Category => self.article.categories.iter().any(|category| any(&category.to_lowercase())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::testing::article;

    #[test]
    fn s16_only_known_parameters_with_a_meaning_count() {
        assert_eq!(Asked::read(Some("utm_source=x&limit=0&limit=-1&filter_title=&filterout=|&filter_x=a&x")), Asked::default());
        assert_eq!(Asked::read(Some("limit=7")).limit, Some(7));
        assert_eq!(Asked::read(Some(&format!("filter_title={}", "x".repeat(5000)))), Asked::default());
    }

    #[test]
    fn articles_are_filtered_by_words_in_any_case() {
        let mut article = article("a", "1", 1);
        article.title = "OpenAI 发布 GPT".into();
        article.body = crate::publish::testing::body("<p>Plain <b>words</b> 的正文</p>");
        article.authors = vec![crate::model::Person { name: "Ann Bot".into(), ..Default::default() }];
        article.categories = vec!["News".into()];
        let keeps = |query: &str| Asked::read(Some(query)).keeps(&article);
        for kept in [
            "filter_title=gpt|claude",
            "filter_title=%E5%8F%91%E5%B8%83",
            "filterout_title=claude|",
            "filter_description=plain%20words",
            "filter_author=bot",
            "filter_category=news",
            "filter=正文",
            "filter=openai&filterout=claude",
            "filterout_author=joe&filterout_category=sport&filterout_description=strong",
        ] {
            assert!(keeps(kept), "{kept}");
        }
        for dropped in [
            "filter_title=claude",
            "filterout_title=openai",
            "filter_description=openai",
            "filter_description=%3Cb%3E",
            "filterout_author=ann",
            "filterout_category=news",
            "filter=claude",
            "filterout=words",
            "filter_title=gpt&filterout_description=plain",
        ] {
            assert!(!keeps(dropped), "{dropped}");
        }
    }
}

//! What a river can be narrowed to: the languages and tags of its newest articles, each one step away, and the way back.

use std::cmp::Reverse;
use std::collections::HashMap;

use maud::{Markup, html};

use super::frame::Frame;
use crate::model::Article;
use crate::publish::text::segment;
use crate::web::language::Language;
use crate::web::narrow::{Narrow, language_of};
use crate::web::select::Scope;

/// Languages that are offered.
const LANGUAGES_MAX: usize = 8;

/// Tags that are offered.
const TAGS_MAX: usize = 16;

/// A tag of fewer articles is not offered.
const TAGGED_MIN: usize = 2;

/// Longest language tag that is offered, in bytes: the first part of a real one has two or three.
const LANGUAGE_BYTES_MAX: usize = 8;

/// Where what is shown is narrowed by more than so many bytes already, no more steps are offered.
const QUERY_BYTES_MAX: usize = 300;

/// Longest tag that is offered, in characters.
const TAG_CHARS_MAX: usize = 20;

/// Languages and tags, the most frequent first.
pub(in crate::web) struct Facets {
    languages: Vec<String>,
    tags: Vec<String>,
}

impl Facets {
    /// Those of some articles.
    pub(in crate::web) fn of(scope: &Scope<'_>, articles: &[Article]) -> Self {
        let mut languages: HashMap<String, usize> = HashMap::new();
        let mut tags: HashMap<String, (usize, &str)> = HashMap::new();
        for article in articles {
            if let Some(language) = language_of(article).filter(|code| code.len() <= LANGUAGE_BYTES_MAX) {
                *languages.entry(language).or_default() += 1;
            }
            let of_source = scope.source_of(article).into_iter().flat_map(|source| &source.tags);
            let mut own: Vec<(String, &str)> =
                of_source.chain(&article.categories).chain(&article.keywords).map(|tag| (tag.trim().to_lowercase(), tag.trim())).collect();
            own.sort_unstable();
            own.dedup_by(|a, b| a.0 == b.0);
            for (key, shown) in own.into_iter().filter(|(key, _)| (1..=TAG_CHARS_MAX).contains(&key.chars().count())) {
                tags.entry(key).or_insert((0, shown)).0 += 1;
            }
        }
        let mut languages: Vec<(String, usize)> = languages.into_iter().collect();
        languages.sort_unstable_by_key(|(name, count)| (Reverse(*count), name.clone()));
        let mut tags: Vec<(usize, &str)> = tags.into_values().filter(|(count, _)| *count >= TAGGED_MIN).collect();
        tags.sort_unstable_by_key(|(count, name)| (Reverse(*count), *name));
        Self {
            languages: languages.into_iter().take(LANGUAGES_MAX).map(|(name, _)| name).collect(),
            tags: tags.into_iter().take(TAGS_MAX).map(|(_, name)| name.to_owned()).collect(),
        }
    }

    /// A step to each of them from the river at `path`, and back where it is narrowed.
    pub(in crate::web) fn links(&self, frame: &Frame<'_>, path: &str, narrow: &Narrow) -> Markup {
        let language = frame.language;
        let address = |narrow: &Narrow| format!("{}{path}{}", frame.base(), narrow.query('?'));
        let of_language = |wanted: Option<&String>| Narrow { language: wanted.cloned(), ..narrow.clone() };
        let of_tag = |wanted: Option<&String>| Narrow { tag: wanted.cloned(), ..narrow.clone() };
        let is_tag = |tag: &str| narrow.tag.as_ref().is_some_and(|own| own.to_lowercase() == tag.to_lowercase());
        let all = language.pick("全部", "all");
        let is_long = narrow.query('?').len() > QUERY_BYTES_MAX;
        html! {
            @if !is_long && (self.languages.len() > 1 || narrow.language.is_some()) {
                nav.facets aria-label=(language.pick("语言", "Languages")) {
                    span { (language.pick("语言", "Language")) }
                    a href=(address(&of_language(None))) aria-current=[narrow.language.is_none().then_some("true")] { (all) }
                    @for code in &self.languages {
                        a href=(address(&of_language(Some(code)))) aria-current=[(narrow.language.as_ref() == Some(code)).then_some("true")] { (name_of(code, language)) }
                    }
                }
            }
            @if !is_long && (!self.tags.is_empty() || narrow.tag.is_some()) {
                nav.facets aria-label=(language.pick("标签", "Tags")) {
                    span { (language.pick("标签", "Tag")) }
                    a href=(address(&of_tag(None))) aria-current=[narrow.tag.is_none().then_some("true")] { (all) }
                    @if let Some(own) = narrow.tag.as_ref().filter(|own| !self.tags.iter().any(|tag| is_tag(tag) && tag.to_lowercase() == own.to_lowercase())) {
                        a href=(address(narrow)) aria-current="true" { (own) }
                    }
                    @for tag in &self.tags {
                        a href=(address(&of_tag(Some(tag)))) rel="nofollow" aria-current=[is_tag(tag).then_some("true")] { (tag) }
                    }
                }
            }
            @if !narrow.is_whole() {
                p.narrowed {
                    @if narrow.category.is_some() || narrow.source.is_some() { (narrow.words()) " · " }
                    a href=(format!("{}{path}", frame.base())) { (language.pick("去掉条件", "Show everything")) }
                    @if frame.config.search.enabled {
                        " · "
                        a href=(format!("{}/search?q={}&sort=date", frame.base(), segment(&narrow.search()))) { (language.pick("在全部文章中查找", "Look among all articles")) }
                    }
                }
            }
        }
    }
}

/// A language in the reader's own.
fn name_of(code: &str, language: Language) -> String {
    let known = match code {
        "zh" => Some(("中文", "Chinese")),
        "en" => Some(("英文", "English")),
        "ja" => Some(("日文", "Japanese")),
        "ko" => Some(("韩文", "Korean")),
        "de" => Some(("德文", "German")),
        "fr" => Some(("法文", "French")),
        "es" => Some(("西班牙文", "Spanish")),
        "ru" => Some(("俄文", "Russian")),
        "pt" => Some(("葡萄牙文", "Portuguese")),
        "it" => Some(("意大利文", "Italian")),
        _ => None,
    };
    known.map_or_else(|| code.to_owned(), |(chinese, english)| language.pick(chinese, english).to_owned())
}

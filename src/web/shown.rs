//! Articles as they are shown: in the Chinese that a view or their source asks for. What is stored, merged, filtered and searched is the
//! publisher's own.

use std::borrow::Cow;
use std::collections::HashMap;

use super::select::Scope;
use crate::config::Config;
use crate::model::{Article, ArticleId, Chinese, View};
use crate::publish::chinese::Converter;
use crate::publish::merge::Merged;

/// Those of some merged articles that are shown in another way than they are stored.
pub struct Shown(HashMap<ArticleId, Article>);

impl Shown {
    /// In `view`, whose own setting wins over those of the sources.
    #[must_use]
    pub fn of(scope: &Scope<'_>, converter: &Converter, view: &View, merged: &[Merged<'_>]) -> Self {
        let of_view = match view {
            View::Named(name) => scope.named(name).and_then(|view| view.chinese),
            _ => None,
        };
        let wanted = |article: &Article| of_view.unwrap_or_else(|| scope.source_of(article).and_then(|source| source.chinese));
        let all = merged.iter().flat_map(|one| std::iter::once(one.lead).chain(one.others.iter().copied()));
        let converted = all.filter_map(|article| match in_chinese(converter, article, wanted(article)) {
            Cow::Owned(converted) => Some((article.id, converted)),
            Cow::Borrowed(_) => None,
        });
        Self(converted.collect())
    }

    /// The same articles as they are shown.
    #[must_use]
    pub fn show<'a>(&'a self, merged: Vec<Merged<'a>>) -> Vec<Merged<'a>> {
        let shown = |article: &'a Article| self.0.get(&article.id).unwrap_or(article);
        let one = |one: Merged<'a>| Merged { lead: shown(one.lead), others: one.others.into_iter().map(shown).collect(), ..one };
        merged.into_iter().map(one).collect()
    }
}

/// One article by itself, as its source asks.
#[must_use]
pub fn alone<'a>(config: &Config, converter: &Converter, article: &'a Article) -> Cow<'a, Article> {
    let source = config.sources.named(article.source.as_str());
    in_chinese(converter, article, source.and_then(|source| source.chinese))
}

fn in_chinese<'a>(converter: &Converter, article: &'a Article, wanted: Option<Chinese>) -> Cow<'a, Article> {
    wanted.map_or(Cow::Borrowed(article), |wanted| converter.article(article, wanted))
}

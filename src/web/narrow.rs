//! A part of a view: `?language=en&tag=AI&category=tech&source=36kr`, in any combination, on pages and feeds alike.

use super::found::parameter;
use super::select::Scope;
use crate::model::Article;
use crate::publish::text::segment;
use crate::search::query::Name;

/// Longest value, in characters.
const VALUE_CHARS_MAX: usize = 60;

/// What is left of a view. Values are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// The first part of a language tag: `zh`.
    pub language: Option<String>,
    /// A tag of the source, a category or keyword of the article.
    pub tag: Option<String>,
    /// A category of sources.
    pub category: Option<String>,
    /// A source.
    pub source: Option<String>,
}

impl Narrow {
    /// Reads the query of an address; what cannot be meant is left out, as unknown parameters are.
    #[must_use]
    pub fn read(query: Option<&str>) -> Self {
        let value = |name: &str| {
            let value = parameter(query, name)?.split_whitespace().collect::<Vec<_>>().join(" ");
            (1..=VALUE_CHARS_MAX).contains(&value.chars().count()).then_some(value)
        };
        let language = value("language").map(|tag| first_part(&tag));
        Self { language, tag: value("tag"), category: value("category"), source: value("source") }
    }

    /// Whether it leaves all.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an article is in it.
    #[must_use]
    pub fn keeps(&self, scope: &Scope<'_>, article: &Article) -> bool {
        let same = |wanted: &str, value: &str| wanted.to_lowercase() == value.trim().to_lowercase();
        let source = scope.source_of(article);
        let of_source = || source.into_iter().flat_map(|source| &source.tags);
        let has_tag = |tag: &String| of_source().chain(&article.categories).chain(&article.keywords).any(|own| same(tag, own));
        let in_category = |name: &String| source.and_then(|source| source.category.as_deref()).is_some_and(|own| same(name, own));
        self.language.as_ref().is_none_or(|wanted| language_of(article).as_ref() == Some(wanted))
            && self.tag.as_ref().is_none_or(has_tag)
            && self.category.as_ref().is_none_or(in_category)
            && self.source.as_ref().is_none_or(|name| same(name, article.source.as_str()))
    }

    /// What it asks the index for.
    pub fn names(&self) -> impl Iterator<Item = (Name, &str)> {
        let parts =
            [(Name::Language, &self.language), (Name::Tag, &self.tag), (Name::Category, &self.category), (Name::Source, &self.source)];
        parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// The same as addresses name it.
    fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let written = |name| match name {
            Name::Language => "language",
            Name::Tag => "tag",
            Name::Category => "category",
            Name::Source => "source",
        };
        self.names().map(move |(name, value)| (written(name), value))
    }

    /// As it is written in an address, behind `sign` (`?` or `&`); nothing where it leaves all.
    #[must_use]
    pub fn query(&self, sign: char) -> String {
        let mut text = String::new();
        for (name, value) in self.parts() {
            text.push(if text.is_empty() { sign } else { '&' });
            text.push_str(&format!("{name}={}", segment(value)));
        }
        text
    }

    /// The same for the search box, which finds what lies further back.
    #[must_use]
    pub fn search(&self) -> String {
        let filter = |(name, value): (&str, &str)| {
            let name = if name == "language" { "lang" } else { name };
            if value.contains(|c: char| !c.is_alphanumeric() && c != '-') {
                format!("{name}:\"{value}\"")
            } else {
                format!("{name}:{value}")
            }
        };
        self.parts().map(filter).collect::<Vec<_>>().join(" ")
    }

    /// In words, for a title.
    #[must_use]
    pub fn words(&self) -> String {
        self.parts().map(|(_, value)| value).collect::<Vec<_>>().join(" · ")
    }
}

fn first_part(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

/// The first part of the language tag of an article: `zh` of `zh-CN`.
#[must_use]
pub fn language_of(article: &Article) -> Option<String> {
    article.language.as_deref().map(|tag| first_part(tag.trim())).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::model::Instant;
    use crate::publish::testing::article;

    #[test]
    fn a_part_is_written_as_it_was_read() {
        let narrow = Narrow::read(Some("tag=%E5%A4%A7%E6%A8%A1%E5%9E%8B&language=zh_CN&x=1&source="));
        assert_eq!(narrow.query('?'), "?language=zh&tag=%E5%A4%A7%E6%A8%A1%E5%9E%8B");
        assert_eq!(Narrow::read(narrow.query('&').strip_prefix('&')), narrow);
        assert_eq!(narrow.search(), "lang:zh tag:大模型");
        assert_eq!(Narrow { tag: Some("AI & co".into()), ..Narrow::default() }.search(), "tag:\"AI & co\"");
        assert!(Narrow::read(Some(&format!("tag={}", "x".repeat(61)))).is_whole() && Narrow::read(None).query('?').is_empty());
    }

    #[test]
    fn all_of_it_must_hold() {
        let toml = "[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\ncategory = \"Tech\"\ntags = [\"Daily\"]\n";
        let config = config::parse(toml, "feeds.toml").unwrap();
        let scope = Scope::new(&config, Instant::UNIX_EPOCH);
        let mut article = article("a", "1", 1);
        (article.language, article.categories) = (Some("en-GB".into()), vec!["AI".into()]);
        let keeps = |query: &str| Narrow::read(Some(query)).keeps(&scope, &article);
        for query in ["", "language=EN", "tag=ai", "tag=daily&category=tech", "source=A&language=en&tag=AI"] {
            assert!(keeps(query), "{query}");
        }
        for query in ["language=zh", "tag=other", "category=art", "source=b", "tag=ai&language=zh"] {
            assert!(!keeps(query), "{query}");
        }
    }
}

//! What a filter looks at.

use std::cell::OnceCell;

use super::condition::{DateField, TextField, Thing, WholeField};
use crate::model::{Article, Instant};

/// An article, with what feeds.toml says about its source.
pub struct FilterSubject<'a> {
    article: &'a Article,
    category: Option<&'a str>,
    tags: &'a [String],
    /// Title and body as plain text: made once, and only where a filter asks for it.
    text: OnceCell<String>,
}

impl<'a> FilterSubject<'a> {
    /// The article, and the category and tags of its source.
    #[must_use]
    pub fn new(article: &'a Article, category: Option<&'a str>, tags: &'a [String]) -> Self {
        Self { article, category, tags, text: OnceCell::new() }
    }

    fn text(&self) -> &str {
        self.text.get_or_init(|| format!("{}\n{}", self.article.title, plain_text(self.article.body.as_str())))
    }

    /// Whether one of the field's texts passes.
    pub(super) fn any_text(&self, field: TextField, mut passes: impl FnMut(&str) -> bool) -> bool {
        let article = self.article;
        match field {
            TextField::Title => passes(&article.title),
            TextField::Text => passes(self.text()),
            TextField::Summary => passes(&article.summary),
            TextField::Link => passes(article.link.as_deref().unwrap_or_default()),
            TextField::Source => passes(article.source.as_str()),
            TextField::Category => passes(self.category.unwrap_or_default()),
            TextField::Language => passes(article.language.as_deref().unwrap_or_default()),
            TextField::Tags => self.tags.iter().any(|tag| passes(tag)),
            TextField::Keywords => article.keywords.iter().chain(&article.categories).any(|word| passes(word)),
            TextField::Author => article.authors.iter().any(|author| passes(&author.name)),
        }
    }

    pub(super) fn whole(&self, field: WholeField) -> u64 {
        match field {
            WholeField::Length => {
                let title_and_break = self.article.title.chars().count() + 1;
                (self.text().chars().count() - title_and_break) as u64
            }
            WholeField::Revision => self.article.revision.into(),
        }
    }

    pub(super) fn date(&self, field: DateField) -> Instant {
        match field {
            DateField::Published => self.article.published,
            DateField::Updated => self.article.updated,
            DateField::Seen => self.article.first_seen,
        }
    }

    pub(super) fn has(&self, thing: Thing) -> bool {
        let article = self.article;
        match thing {
            Thing::Enclosure => !article.enclosures.is_empty(),
            Thing::Image => article.cover.is_some() || article.image.is_some(),
            Thing::Link => article.link.is_some(),
            Thing::Author => !article.authors.is_empty(),
            Thing::Summary => !article.summary.is_empty(),
            Thing::Category => self.category.is_some(),
            Thing::Tags => !self.tags.is_empty(),
            Thing::Keywords => !article.keywords.is_empty() || !article.categories.is_empty(),
        }
    }
}

/// The text of a sanitized body: tags become blanks where they part blocks, the few references of a reprinted body are decoded.
#[must_use]
pub fn plain_text(html: &str) -> String {
    const INLINE: &[&str] = &["a", "b", "i", "em", "strong", "span", "code", "u", "s", "sub", "sup", "small", "mark", "del", "ins"];
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            let end = tag_end(rest);
            let name = rest[1..end].trim_start_matches('/');
            let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
            if !INLINE.contains(&name) {
                out.push(' ');
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        } else {
            let known = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " ")];
            let (text, length) = known.iter().find(|(name, _)| rest.starts_with(name)).map_or(("&", 1), |(name, text)| (*text, name.len()));
            out.push_str(text);
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the tag ends that the text begins with: at the first `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn the_text_of_a_body_has_no_markup() {
        let html = "<p>大<b>模</b>型 &amp; more</p><img alt=\"a > b\" src=\"x\"><p>two</p>&lt;i&gt; & <";
        assert_eq!(plain_text(html), "大模型 & more two <i> &");
    }
}

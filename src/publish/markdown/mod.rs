//! Articles as Markdown with YAML front matter, as Hugo reads them: the article format, to the byte.

mod files;
mod yaml;

use std::borrow::Cow;

use crate::model::Article;
use crate::publish::html::without_referrer;

pub use files::{FileNames, STEM_BYTES_MAX, file_stem};

/// What a page needs beside the article.
#[derive(Clone, Copy, Debug)]
pub struct PageOptions<'a> {
    /// The names of `C`, in order: the category where there is one, then the source.
    pub categories: &'a [String],
    /// The cover of an article without a picture.
    pub default_cover: Option<&'a str>,
    /// Its pictures are asked for without a word about the page that they stand in.
    pub no_referrer: bool,
}

/// The whole file. The same article gives the same bytes.
#[must_use]
pub fn document(article: &Article, page: &PageOptions) -> String {
    let mut out = String::with_capacity(article.body.as_str().len() + 2_048);
    front_matter(&mut out, article, page);
    out.push_str("\n<div>\n\n");
    let block = !article.keywords.is_empty() && !article.summary.is_empty();
    if block {
        let keywords = escape(&article.keywords.join("、"));
        out.push_str(&format!("<div> {keywords}\n总结：<br/><br/>{} <div>\n", escape(&article.summary)));
    }
    if page.no_referrer {
        out.push_str(&without_referrer(article.body.as_str()));
    } else {
        out.push_str(article.body.as_str());
    }
    if block {
        // The seed leaves both open, and its parser closes them after the last line feed.
        out.push_str("</div></div>");
    }
    out.push_str("\n</div>\n\n<div>\n");
    // Last of all, so that no Hugo shortcode can be smuggled in; a link of Markdown's own is text to the sanitizer and a link to Hugo.
    let mut out = without_braces(&without_script_links(&out));
    out.push_str(&original(article));
    out.push_str("\n</div>\n\n");
    out
}

fn front_matter(out: &mut String, article: &Article, page: &PageOptions) {
    let names = yaml::list(page.categories);
    let title = yaml::quoted(&article.title);
    let cover = article.cover.as_deref().or(page.default_cover).unwrap_or_default();
    let date = &article.date_text;
    let lines = [
        ("title: ", title.text.as_str()),
        ("categories: ", &names),
        ("keywords: ", &names),
        ("date: ", date),
        ("lastmod: ", date),
        ("author: [", &format!("{names}]")),
        ("tags: ", &names),
        ("draft: false ", ""),
        ("comments: true", ""),
        ("reward: true ", ""),
        ("mermaid: true ", ""),
        ("showToc: true ", ""),
        ("TocOpen: true ", ""),
        ("hidemeta: false ", ""),
        ("disableShare: true ", ""),
        ("showbreadcrumbs: true ", ""),
        ("cover:", ""),
        ("    image: ", &yaml::address(cover)),
        ("    alt: ", &yaml::in_double_quotes(&format!("{0}{1}{0}", title.quote, article.title))),
        ("    relative: false", ""),
    ];
    out.push_str("---\n");
    for (key, value) in lines {
        out.push_str(key);
        out.push_str(value);
        out.push('\n');
    }
    out.push_str("---\n");
}

/// Plain text as the article format writes text: quotes stay.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The line that leads to the publisher. An article without a page of its own leads to its file or to the publisher's website.
fn original(article: &Article) -> String {
    let link =
        article.link.as_deref().or_else(|| article.enclosures.first().map(|file| file.url.as_str())).or(article.feed_link.as_deref());
    link.map_or_else(|| "原文".to_owned(), |link| format!("[原文]({})", in_markdown(link)))
}

/// The link as it stands, but for what would end it early in Markdown (a bracket without its partner) or begin a shortcode.
fn in_markdown(link: &str) -> Cow<'_, str> {
    let (mut depth, mut balanced) = (0_i32, true);
    for byte in link.bytes() {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        balanced &= depth >= 0;
    }
    let shortcode = ["{{", "{%", "}}", "%}", "{#"].iter().any(|mark| link.contains(mark));
    let mut link = Cow::Borrowed(link);
    if depth != 0 || !balanced {
        link = link.replace('(', "%28").replace(')', "%29").into();
    }
    if shortcode {
        link = link.replace('{', "%7B").replace('}', "%7D").into();
    }
    link
}

/// `{` and `}` as references.
fn without_braces(text: &str) -> String {
    text.replace('{', "&#123;").replace('}', "&#125;")
}

/// A publisher's text can hold what Markdown takes for a link, `[x](javascript:…)` or `[x]: javascript:…`; where Hugo lets HTML pass, as it
/// must for these pages, it lets such addresses pass too. The bracket or colon becomes a reference, which is never a mark of Markdown's.
fn without_script_links(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices(']') {
        let mark = match text.as_bytes().get(at + 1) {
            Some(b'(') => "&#40;",
            Some(b':') => "&#58;",
            _ => continue,
        };
        if names_script(&text[at + 2..]) {
            out.push_str(&text[copied..=at]);
            out.push_str(mark);
            copied = at + 2;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Whether an address begins here that runs text. Markdown lets a backslash stand before its colon.
fn names_script(text: &str) -> bool {
    let text = text.trim_start();
    ["javascript", "vbscript", "data", "livescript"].iter().any(|scheme| {
        let head = text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
        head && text[scheme.len()..].trim_start_matches('\\').starts_with([':', '&'])
    })
}

#[cfg(test)]
mod tests;

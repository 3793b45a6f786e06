//! Why an article is here, one click away from it: what `feedmill explain` says, in the reader's language.

use maud::{Markup, html};

use super::frame::{self, Frame};
use super::weight;
use crate::model::story::{Merge, Rule};
use crate::model::{Article, Instant};
use crate::publish::document;
use crate::web::explain::{Explained, feeds};
use crate::web::language::Language;
use crate::web::select::Scope;

/// Copies that are named.
const COPIES_MAX: usize = 20;

/// Characters of the title of a source.
const NAME_CHARS_MAX: usize = 60;

/// Characters of a guid that are shown.
const KEY_CHARS_MAX: usize = 200;

/// The part of the page that tells it.
pub(super) fn why(frame: &Frame<'_>, explained: &Explained, now: Instant) -> Markup {
    let Explained { article, copies, shown } = explained;
    let (config, language) = (frame.config, frame.language);
    let scope = Scope::new(config, now);
    let source = scope.source_of(article);
    let key: String = article.key.value().chars().take(KEY_CHARS_MAX).collect();
    html! {
        details.why {
            summary { (language.pick("为什么在这里", "Why it is here")) }
            dl {
                dt { (language.pick("来源", "Source")) }
                dd {
                    (article.source)
                    @if let Some(category) = source.and_then(|source| source.category.as_deref()) { (language.pick("，分类 ", ", in ")) (category) }
                    @if source.is_none() { (language.pick("（已不在 feeds.toml 中）", " (no longer in feeds.toml)")) }
                }
                dt { (language.pick("识别依据", "Known by")) }
                dd { (kind(article, language)) " " code { (key) } }
                dt { (language.pick("时间", "Dates")) }
                dd {
                    (language.pick("发布于 ", "published ")) (frame::date_and_time(config, article.published))
                    @if !article.date_text.is_empty() { (language.pick("（原文写作 ", " (the publisher wrote ")) code { (article.date_text) } (language.pick("）", ")")) }
                    (language.pick("，首次见到 ", ", first seen ")) (frame::date_and_time(config, article.first_seen))
                    @if article.revision > 0 {
                        @match language {
                            Language::Chinese => { "，改过 " (article.revision) " 次，最近 " (frame::date_and_time(config, article.updated)) },
                            Language::English => { ", changed " (article.revision) "×, last " (frame::date_and_time(config, article.updated)) },
                        }
                    }
                }
                @if !copies.is_empty() {
                    dt { (language.pick("合并", "Merged with")) }
                    dd { ul { @for copy in copies.iter().take(COPIES_MAX) { li { (merged(frame, article, copy)) } } } }
                    @if let Some((_, lead)) = shown {
                        dt { (language.pick("显示", "Shown")) }
                        dd {
                            @if *lead == article.id { (language.pick("合并后的订阅中显示这一份", "this copy leads in the merged feed")) }
                            @else { a href=(format!("{}/article/{lead}", frame.base())) { (language.pick("合并后的订阅中显示另一份", "another copy leads in the merged feed")) } }
                            (language.pick("；", "; ")) code { "feedmill unmerge " (article.id) }
                            (language.pick(" 会把它分出去", " takes this one out"))
                        }
                    }
                }
                @if article.story.as_ref().is_some_and(|story| story.kept_apart) {
                    dt { (language.pick("分开", "Apart")) }
                    dd { (language.pick("已用 feedmill unmerge 从合并中分出", "taken out of its story by feedmill unmerge")) }
                }
                dt { (language.pick("所在订阅", "Feeds")) }
                dd { ul { @for path in feeds(config, now, article) { li { a href=(format!("{}{path}", frame.base())) { (path) } } } } }
                dt { "ID" }
                dd { code { (article.id) } }
            }
        }
    }
}

fn kind(article: &Article, language: Language) -> &'static str {
    match article.key.kind() {
        "link" => language.pick("链接", "its link"),
        "guid" => language.pick("guid", "its guid"),
        _ => language.pick("内容", "its content"),
    }
}

fn merged(frame: &Frame<'_>, article: &Article, copy: &Article) -> Markup {
    let language = frame.language;
    let merge_of = |one: &Article, with: &Article| one.story.as_ref()?.merge.clone().filter(|merge| merge.with == with.id);
    let reason = merge_of(article, copy).or_else(|| merge_of(copy, article)).map_or_else(
        || match &article.story {
            Some(_) => language.pick("两者都与另一篇相同", "both are copies of another one").to_owned(),
            None => language.pick("地址或 guid 相同", "same address or guid").to_owned(),
        },
        |Merge { rule, score_percent, .. }| match rule {
            Rule::Address | Rule::Guid => says(rule, language).to_owned(),
            _ => format!("{} ({score_percent} %)", says(rule, language)),
        },
    );
    html! {
        a href=(format!("{}/article/{}", frame.base(), copy.id)) { (weight::cut(&document::source_title(copy), NAME_CHARS_MAX)) }
        (language.pick("：", ": "))
        (reason)
    }
}

fn says(rule: Rule, language: Language) -> &'static str {
    let chinese = match rule {
        Rule::Address => "地址相同",
        Rule::Guid => "guid 相同",
        Rule::Copy => "标题和正文相同",
        Rule::Excerpt => "标题相同，一篇的正文在另一篇之中",
        Rule::Edited => "正文相同，略有编辑",
    };
    language.pick(chinese, rule.says())
}

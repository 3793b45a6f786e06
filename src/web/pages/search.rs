//! `/search`: full text over all articles, with what was looked for marked.

mod row;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response};
use maud::{Markup, html};

use super::frame::{self, Frame};
use super::{river, weight};
use crate::model::words::nearest;
use crate::model::{Article, ArticleId, View};
use crate::publish::document;
use crate::publish::merge::Merged;
use crate::publish::text::segment;
use crate::search::query::shown_range;
use crate::search::{Answer, Hit, Progress, Query, QueryError, RESULTS_MAX, SearchError, Sort};
use crate::web::answer::{self, Kind};
use crate::web::feeds;
use crate::web::found::{self, Part};
use crate::web::language::Language;
use crate::web::rendered::RenderedFile;
use crate::web::select::{self, Scope};
use crate::web::state::WebState;

/// Articles on one page.
const PAGE_ARTICLES: usize = 20;

/// Pages that can be turned.
const PAGES_MAX: usize = RESULTS_MAX / PAGE_ARTICLES;

/// Characters of a query in the window's title.
const TITLE_CHARS_MAX: usize = 60;

/// Names that feeds.toml does not have and that are told.
const UNKNOWN_MAX: usize = 5;

/// Characters that the box takes.
const BOX_CHARS_MAX: usize = 300;

/// Answers for `/search?q=&page=&sort=`.
pub async fn answer(State(state): State<WebState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response<Body> {
    let (config, now, query) = (state.config(), state.clock().now(), query.as_deref());
    let language = Language::choose(query, &headers, &config.site.language);
    let text = found::asked(query);
    let number = found::parameter(query, "page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, PAGES_MAX);
    let by_date = found::parameter(query, "sort").is_some_and(|sort| sort == "date");
    let asked = Asked { text, number, by_date, language };
    let search = state.search();
    let version = search.as_ref().map_or((0, Progress::default()), |search| (search.version(), search.progress()));
    let key = format!("search {asked:?} {version:?} {}", config.search.enabled);
    let converter = state.converter();
    let made = feeds::made(&state, state.rendered().generation, key, move |store| {
        let outcome = match (&search, found::read(&config, &asked.text, now)) {
            (_, Err(error)) => Outcome::Wrong(error),
            (_, Ok(query)) if query.is_empty() => Outcome::Nothing,
            (None, Ok(_)) if !config.search.enabled => Outcome::Off,
            (None, Ok(_)) => Outcome::NotReady(Progress::default()),
            (Some(search), Ok(query)) => {
                let sort = asked.by_date.then_some(Sort::Date);
                let part = Part { sort, skip: (asked.number - 1) * PAGE_ARTICLES, limit: PAGE_ARTICLES };
                match found::find(search, store, &config, &converter, &query, part) {
                    Ok(answer) => Outcome::Found(query, answer),
                    Err(SearchError::Query(error)) => Outcome::Wrong(error),
                    Err(SearchError::NotReady | SearchError::Damaged { .. }) => Outcome::NotReady(search.progress()),
                    Err(error) => return Err(error.into()),
                }
            }
        };
        Ok(Some(RenderedFile::new(page(&Scope::new(&config, now), &asked, &outcome), frame::HTML, None)))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(&headers, file, Kind::Page, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

/// What the address asks for.
#[derive(Clone, Debug)]
struct Asked {
    text: String,
    number: usize,
    by_date: bool,
    language: Language,
}

/// What came of it.
enum Outcome {
    /// Nothing was asked.
    Nothing,
    /// feeds.toml switches it off.
    Off,
    /// The index is being opened, or made anew.
    NotReady(Progress),
    /// The query is wrong.
    Wrong(QueryError),
    /// This was found.
    Found(Query, Answer),
}

fn page(scope: &Scope<'_>, asked: &Asked, outcome: &Outcome) -> String {
    let (config, language) = (scope.config, asked.language);
    let is_feed = matches!(outcome, Outcome::Found(..));
    let (view, feed_query) = (View::Search(asked.text.clone()), document::search_query(&asked.text));
    let heading = language.pick("搜索", "Search");
    let title =
        if asked.text.is_empty() { heading.to_owned() } else { format!("{} · {heading}", weight::cut(&asked.text, TITLE_CHARS_MAX)) };
    let mut query = if asked.text.is_empty() { String::new() } else { format!("&q={}", segment(&asked.text)) };
    if asked.by_date {
        query.push_str("&sort=date");
    }
    let frame = Frame {
        config,
        language,
        title: &title,
        view: is_feed.then_some(&view),
        feed_query: if is_feed { &feed_query } else { "" },
        path: "/search",
        query: &query,
    };
    let articles: Vec<Article> = match outcome {
        Outcome::Found(_, answer) => answer.hits.iter().map(|hit| hit.article.clone()).collect(),
        _ => Vec::new(),
    };
    let stories = match outcome {
        Outcome::Found(_, answer) => stories(&select::stories(scope, &View::Merged, &articles), &answer.hits),
        _ => Vec::new(),
    };
    let page = |rows: &[Markup]| whole(&frame, asked, outcome, (&view, &feed_query), rows);
    weight::page(&stories, |(hit, others)| row::whole(&frame, hit, others), |(hit, _)| row::short(&frame, hit), page)
}

/// All of it around the rows.
fn whole(frame: &Frame<'_>, asked: &Asked, outcome: &Outcome, (view, feed_query): (&View, &str), rows: &[Markup]) -> String {
    let language = asked.language;
    frame.page(&html! {
        h1 { (language.pick("搜索", "Search")) }
        (form(frame, asked))
        @match outcome {
            Outcome::Nothing => (help(language, true)),
            Outcome::Off => p.notice role="status" {
                (language.pick("搜索已关闭。要打开它，请在 feeds.toml 的 [search] 中写 enabled = true。", "The search is switched off. To switch it on, write enabled = true in [search] of feeds.toml."))
            },
            Outcome::NotReady(progress) => (building(language, *progress)),
            Outcome::Wrong(error) => { (wrong(language, &asked.text, error)) (help(language, true)) },
            Outcome::Found(query, answer) => {
                @if !answer.progress.complete { (building(language, answer.progress)) }
                (results(frame, asked, query, answer, rows))
                (river::addresses(frame, view, feed_query))
                (help(language, false))
            },
        }
    })
}

fn form(frame: &Frame<'_>, asked: &Asked) -> Markup {
    let language = frame.language;
    html! {
        form.search role="search" action=(format!("{}/search", frame.base())) method="get" {
            label.hidden for="q" { (language.pick("搜索词", "What to look for")) }
            input type="search" id="q" name="q" value=(asked.text) maxlength=(BOX_CHARS_MAX) autofocus[asked.text.is_empty()]
                placeholder=(language.pick("大模型 source:36kr after:2024-02", "language model source:36kr after:2024-02"));
            @if asked.by_date { input type="hidden" name="sort" value="date"; }
            input type="hidden" name="lang" value=(language.code());
            button type="submit" { (language.pick("搜索", "Search")) }
        }
    }
}

/// What can be written, with an example of each.
fn help(language: Language, open: bool) -> Markup {
    let rows = [
        ("大模型 openai", language.pick("两个词都要有", "both of the words")),
        ("\"language model\"", language.pick("引号中的词相邻且依次出现", "the words next to each other")),
        ("芯片 OR chip", language.pick("其中之一", "one of the two")),
        ("AI -广告", language.pick("不含减号后的词", "without the word behind the minus")),
        ("source:36kr,ifanr", language.pick("来源之一", "of one of these sources")),
        ("category:tech tag:AI", language.pick("分类、标签", "category, tag")),
        ("lang:en", language.pick("语言", "language")),
        ("title:发布 author:张三", language.pick("标题中、作者名中", "in the title, in the author's name")),
        ("after:2024-02-01 before:2024-03", language.pick("从这一天起、在此之前", "from that day on, before that month")),
        ("after:7d", language.pick("最近七天", "of the last seven days")),
        ("sort:date", language.pick("最新的在前", "the newest first")),
    ];
    html! {
        details.subscribe open[open] {
            summary { (language.pick("搜索的写法", "What can be written")) }
            div.scroll tabindex="0" role="region" aria-label=(language.pick("怎么搜索", "How to search")) { table.syntax { tbody { @for (example, meaning) in rows { tr { td { code { (example) } } td { (meaning) } } } } } }
        }
    }
}

fn building(language: Language, progress: Progress) -> Markup {
    html! {
        p.notice role="status" {
            @if progress.arrived == 0 {
                (language.pick("搜索索引正在打开，请稍候再试。", "The index for searching is being opened; try again in a moment."))
            } @else {
                @match language {
                    Language::Chinese => { "搜索索引正在建立：已完成 " (progress.percent()) "%（" (progress.articles) " 篇文章）。目前只能找到这些文章。" },
                    Language::English => { "The index for searching is being made: " (progress.percent()) " % is done (" (progress.articles) " articles). Only those are found for now." },
                }
            }
            " "
            progress max="100" value=(progress.percent()) { (progress.percent()) " %" }
        }
    }
}

/// The mistake, and where it is.
fn wrong(language: Language, text: &str, error: &QueryError) -> Markup {
    let at = shown_range(text, &error.at);
    html! {
        div.notice.wrong role="alert" {
            p { (language.pick(error.what.chinese(), error.what.english())) }
            @if !at.is_empty() && text.len() <= 4 * BOX_CHARS_MAX {
                p { code { (&text[..at.start]) mark { (&text[at.clone()]) } (&text[at.end..]) } }
            }
        }
    }
}

fn results(frame: &Frame<'_>, asked: &Asked, query: &Query, answer: &Answer, rows: &[Markup]) -> Markup {
    let language = frame.language;
    let last = answer.total.min(RESULTS_MAX).div_ceil(PAGE_ARTICLES);
    let address = |page: usize, by_date: bool| {
        let mut address = format!("{}/search{}&lang={}", frame.base(), document::search_query(&asked.text), language.code());
        if by_date {
            address.push_str("&sort=date");
        }
        if page > 1 {
            address.push_str(&format!("&page={page}"));
        }
        address
    };
    html! {
        p.found role="status" {
            @match language {
                Language::Chinese => { "找到 " (answer.total) " 篇文章" },
                Language::English => { (answer.total) @if answer.total == 1 { " article" } @else { " articles" } },
            }
            @if query.has_words() && query.sort.is_none() && answer.total > 1 {
                " · "
                a href=(address(1, false)) aria-current=[(!asked.by_date).then_some("true")] { (language.pick("最相关", "best first")) }
                " · "
                a href=(address(1, true)) aria-current=[asked.by_date.then_some("true")] { (language.pick("最新", "newest first")) }
            }
        }
        @if answer.total == 0 { (nothing(frame, query, answer)) }
        @for row in rows { (row) }
        @if last > 1 {
            nav.pages aria-label=(language.pick("分页", "Pages")) {
                @if asked.number > 1 { a rel="prev" href=(address(asked.number - 1, asked.by_date)) { (language.pick("上一页", "Previous")) } " " }
                span { (asked.number) " / " (last) }
                @if asked.number < last { " " a rel="next" href=(address(asked.number + 1, asked.by_date)) { (language.pick("下一页", "Next")) } }
            }
        }
    }
}

/// Copies of one story stand under the best of them.
fn stories<'a>(merged: &[Merged<'_>], hits: &'a [Hit]) -> Vec<(&'a Hit, Vec<&'a Hit>)> {
    let copies = |story: &Merged<'_>| -> Vec<ArticleId> {
        std::iter::once(story.lead).chain(story.others.iter().copied()).map(|copy| copy.id).collect()
    };
    let story_of: HashMap<ArticleId, usize> =
        merged.iter().enumerate().flat_map(|(number, story)| copies(story).into_iter().map(move |id| (id, number))).collect();
    let mut found: Vec<(&Hit, Vec<&Hit>)> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for hit in hits {
        let story = story_of.get(&hit.article.id).copied().unwrap_or(usize::MAX);
        match places.get(&story).and_then(|at| found.get_mut(*at)) {
            Some((_, others)) => others.push(hit),
            None => {
                places.insert(story, found.len());
                found.push((hit, Vec::new()));
            }
        }
    }
    found
}

/// Nothing was found: what may be the reason.
fn nothing(frame: &Frame<'_>, query: &Query, answer: &Answer) -> Markup {
    let (config, language) = (frame.config, frame.language);
    let sources: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
    let categories = select::categories(config);
    let unknown = |asked: Vec<&str>, known: &[&str]| -> Vec<(String, Option<String>)> {
        let is_known = |name: &&str| known.iter().any(|known| known.to_lowercase() == **name);
        let missing = asked.into_iter().filter(|name| !is_known(name)).take(UNKNOWN_MAX);
        missing.map(|name| (name.to_owned(), nearest(name, known.iter().copied()).map(str::to_owned))).collect()
    };
    let missing = [
        (language.pick("来源", "source"), unknown(query.sources(), &sources)),
        (language.pick("分类", "category"), unknown(query.categories(), &categories)),
    ];
    html! {
        div.empty {
            p {
                @match language {
                    Language::Chinese => { "在 " (answer.progress.articles) " 篇文章中没有找到。试试少写几个词，或去掉条件。" },
                    Language::English => { "Nothing was found among " (answer.progress.articles) " articles. Try fewer words, or fewer filters." },
                }
            }
            @for (what, name, near) in missing.iter().flat_map(|(what, names)| names.iter().map(move |(name, near)| (what, name, near))) {
                p {
                    @match language {
                        Language::Chinese => { "feeds.toml 中没有名为 " code { (name) } " 的" (what) @if let Some(near) = near { "，是不是 " code { (near) } "？" } @else { "。" } },
                        Language::English => { "feeds.toml has no " (what) " " code { (name) } @if let Some(near) = near { "; did you mean " code { (near) } "?" } @else { "." } },
                    }
                }
            }
        }
    }
}

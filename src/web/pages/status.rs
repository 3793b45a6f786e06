//! `/status`: how the sources are, in words and pictures.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response};
use maud::{Markup, html};

use super::chart::{Chart, Ink, Place, Series, Shape};
use super::frame::{self, Frame};
use super::health::{Health, Known};
use super::tally::{Articles, Polls};
use super::weight;
use crate::config::Config;
use crate::model::{Instant, SourceName, SourceState, View};
use crate::publish::document;
use crate::store::{Store, StoreError, Totals, scan};
use crate::web::answer::{self, Kind};
use crate::web::feeds;
use crate::web::language::Language;
use crate::web::render;
use crate::web::rendered::RenderedFile;
use crate::web::state::WebState;

/// Sources on one page; those in trouble come first.
const PAGE_SOURCES: usize = 25;

/// Characters of the name of a source or category.
const NAME_CHARS_MAX: usize = 60;

/// Hours in the picture of articles.
const ARTICLE_HOURS: u32 = 72;

/// Articles counted for it.
const COUNTED_ARTICLES_MAX: usize = 5_000;

/// How long a page of it may be used again: the next polls move on without a new rendering.
pub(super) const FRESH_SECONDS: i64 = 30;

/// Answers `/status`.
pub async fn answer(State(state): State<WebState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response<Body> {
    let config = state.config();
    let language = Language::choose(query.as_deref(), &headers, &config.site.language);
    let now = state.clock().now();
    let number = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "page")
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .filter(|number| (1..=config.sources.len().div_ceil(PAGE_SOURCES).max(1)).contains(number))
        .unwrap_or(1);
    let key = format!("status {} {number} {}", language.code(), now.timestamp() / FRESH_SECONDS);
    let made = feeds::made(&state, state.rendered().generation, key, move |store| {
        let found = Found::read(store, now)?;
        Ok(Some(RenderedFile::new(page(&config, language, number, found, now), frame::HTML, None)))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(&headers, file, Kind::Page, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

/// What the store says.
struct Found {
    states: HashMap<SourceName, SourceState>,
    totals: Totals,
    articles: Articles,
}

impl Found {
    fn read(store: &dyn Store, now: Instant) -> Result<Self, StoreError> {
        let states = store.source_states()?.into_iter().map(|state| (state.source.clone(), state)).collect();
        let mut articles = Articles::none(ARTICLE_HOURS, now);
        scan(store, None, None, COUNTED_ARTICLES_MAX, |article| articles.count(article.published))?;
        Ok(Self { states, totals: store.totals()?, articles })
    }
}

fn page(config: &Config, language: Language, number: usize, found: Found, now: Instant) -> String {
    let public = render::public_feeds(config);
    let known = config.sources.iter().map(|source| Known {
        source,
        state: found.states.get(&source.name),
        is_public: public.contains_key(&source.name),
    });
    let mut sources: Vec<Known<'_>> = known.collect();
    sources.sort_by_key(Known::health);
    let pages = sources.len().div_ceil(PAGE_SOURCES).max(1);
    let shown: Vec<Known<'_>> = sources.iter().skip((number - 1) * PAGE_SOURCES).take(PAGE_SOURCES).copied().collect();
    let polls = Polls::of(found.states.values().map(|state| &state.history), now);
    let query = if number > 1 { format!("&page={number}") } else { String::new() };
    let title = language.pick("运行状态", "Status");
    let frame = Frame { config, language, title, view: Some(&View::Status), feed_query: "", path: "/status", query: &query };
    let charts = html! {
        div.charts {
            (found.articles.by_hour(config, language))
            (by_health(language, &sources))
            (polls.by_result(config, language))
            (polls.by_time(config, language))
        }
    };
    let page = |rows: &[Markup]| {
        frame.page(&html! {
        h1 { (title) }
        p.narrowed {
            a href=(format!("{}/status/feed.xml", frame.base())) { (language.pick("订阅出错与恢复的消息", "Subscribe to troubles and recoveries")) }
        }
        (summary(language, &sources, &found.totals, &found.states))
            (charts)
        h2 { (language.pick("来源", "Sources")) }
        div.scroll tabindex="0" role="region" aria-label=(language.pick("来源", "Sources")) {
            table.sources {
                thead { tr {
                    th scope="col" { (language.pick("来源", "Source")) }
                    th scope="col" { (language.pick("状态", "Health")) }
                    th scope="col" { (language.pick("上次成功", "Last success")) }
                    th scope="col" { (language.pick("下次抓取", "Next poll")) }
                    th scope="col" { (language.pick("文章", "Articles")) }
                } }
                tbody { @for row in rows { (row) } }
            }
        }
        @if pages > 1 {
            nav.pages aria-label=(language.pick("分页", "Pages")) {
                @for (other, words) in others(number, pages, language) {
                    a href=(format!("{}/status?page={other}&lang={}", frame.base(), language.code())) aria-current=[(other == number).then_some("page")] { (words) }
                    " "
                }
            }
        }
    })
    };
    weight::page(&shown, |known| row(&frame, known), |known| short_row(&frame, known), page)
}

/// The pages that one page leads to, itself among them: few, however many there are.
fn others(number: usize, pages: usize, language: Language) -> Vec<(usize, String)> {
    let mut shown: Vec<usize> = [1, number - 1, number, number + 1, pages].into_iter().filter(|page| (1..=pages).contains(page)).collect();
    shown.dedup();
    let words = |page: usize| match language {
        Language::Chinese if page == number => format!("{page}（共 {pages} 页）"),
        Language::English if page == number => format!("{page} of {pages}"),
        _ => page.to_string(),
    };
    shown.into_iter().map(|page| (page, words(page))).collect()
}

fn summary(language: Language, sources: &[Known<'_>], totals: &Totals, states: &HashMap<SourceName, SourceState>) -> Markup {
    let count = |wanted: &[Health]| sources.iter().filter(|known| wanted.contains(&known.health())).count();
    let polls: u64 = states.values().map(|state| state.polls).sum();
    let failed: u64 = states.values().map(|state| state.polls_failed).sum();
    let numbers = [
        (language.pick("文章", "articles"), totals.articles.to_string()),
        (language.pick("来源", "sources"), sources.len().to_string()),
        (language.pick("正常", "well"), count(&[Health::Well]).to_string()),
        (language.pick("出错或停更", "failing or gone"), count(&[Health::Failing, Health::Gone]).to_string()),
        (language.pick("抓取次数", "polls"), polls.to_string()),
        (language.pick("其中失败", "of them failed"), failed.to_string()),
    ];
    html! { dl.numbers { @for (words, number) in numbers { div { dt { (words) } dd { (number) } } } } }
}

/// Sources by how they are.
fn by_health(language: Language, sources: &[Known<'_>]) -> Markup {
    let place = |health: Health| Place { words: health.words(language).to_owned(), mark: Some(health.words(language).to_owned()) };
    let places = Health::ALL.map(place);
    let of = |name, ink, wanted: &[Health]| {
        let count = |health: Health| sources.iter().filter(|known| known.health() == health).count() as u64;
        let values = Health::ALL.map(|health| Some(if wanted.contains(&health) { count(health) } else { 0 }));
        Series { name, ink, values: values.to_vec() }
    };
    let series = [
        of(language.pick("正常", "well"), Ink::Main, &[Health::Well]),
        of(language.pick("不抓取", "not polled"), Ink::Quiet, &[Health::Waiting, Health::Off]),
        of(language.pick("有问题", "in trouble"), Ink::Bad, &[Health::Failing, Health::Gone]),
    ];
    let title = language.pick("来源的状况", "Sources by health");
    let place = language.pick("状态", "Health");
    Chart { title, place, places: &places, series: &series, shape: Shape::Columns, say: |count| count.to_string() }.figure(language)
}

fn row(frame: &Frame<'_>, known: &Known<'_>) -> Markup {
    let source = known.source;
    let view = View::Source(source.name.clone());
    html! {
        tr {
            th scope="row" {
                a href=(format!("{}{}/", frame.base(), document::path(&view))) { (weight::cut(source.name.as_str(), NAME_CHARS_MAX)) }
                @if let Some(category) = &source.category {
                    span.note { a href=(format!("{}{}/", frame.base(), document::path(&View::Category(category.clone())))) { (weight::cut(category, NAME_CHARS_MAX)) } }
                }
            }
            td { (known.told(frame.language)) }
            td {
                @match known.state.and_then(|state| state.last_success) {
                    Some(at) => (frame::date_and_time(frame.config, at)),
                    None => "–",
                }
            }
            td { (known.next(frame)) }
            td.number { (known.state.map_or(0, |state| state.articles_new)) }
        }
    }
}

/// A row where there is no room for the reasons, which the source's own page has.
fn short_row(frame: &Frame<'_>, known: &Known<'_>) -> Markup {
    let view = View::Source(known.source.name.clone());
    html! {
        tr {
            th scope="row" { a href=(format!("{}{}/", frame.base(), document::path(&view))) { (weight::cut(known.source.name.as_str(), NAME_CHARS_MAX)) } }
            td { (known.health().words(frame.language)) }
            td { "…" }
            td { "…" }
            td.number { (known.state.map_or(0, |state| state.articles_new)) }
        }
    }
}

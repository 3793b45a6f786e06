//! `/status`: how the sources are, in words and one picture.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response};
use chrono::Duration;
use maud::{Markup, html};

use super::chart;
use super::frame::{self, Frame};
use super::reasons::say;
use crate::config::Config;
use crate::model::poll::Burst;
use crate::model::{Instant, Outcome, Source, SourceName, SourceState, View};
use crate::publish::document;
use crate::publish::text::line;
use crate::store::{Store, StoreError, Totals, scan};
use crate::web::answer::{self, Kind};
use crate::web::feeds;
use crate::web::language::Language;
use crate::web::render;
use crate::web::rendered::RenderedFile;
use crate::web::state::WebState;

/// Sources on one page; those in trouble come first.
const PAGE_SOURCES: usize = 100;

/// Hours in the picture.
const HOURS: i64 = 72;

/// Articles counted for it.
const COUNTED_ARTICLES_MAX: usize = 5_000;

/// How long a page of it may be used again: the next polls move on without a new rendering.
const FRESH_SECONDS: i64 = 30;

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 300;

/// How a source is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Gone,
    Failing,
    Waiting,
    Well,
    Off,
}

impl Health {
    fn of(source: &Source, state: Option<&SourceState>) -> Self {
        match state.map(|state| &state.outcome) {
            _ if !source.enabled => Self::Off,
            None | Some(None) => Self::Waiting,
            Some(Some(Outcome::Gone)) => Self::Gone,
            Some(Some(Outcome::Failed(_))) => Self::Failing,
            Some(Some(Outcome::Changed | Outcome::Unchanged)) => Self::Well,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Waiting => "waiting",
            Self::Well => "well",
            Self::Off => "off",
        }
    }

    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Gone => language.pick("已停更", "gone"),
            Self::Failing => language.pick("出错", "failing"),
            Self::Waiting => language.pick("未抓取", "not polled yet"),
            Self::Well => language.pick("正常", "well"),
            Self::Off => language.pick("已停用", "switched off"),
        }
    }
}

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
        Ok(Some(RenderedFile::new(page(&config, language, number, &found, now), frame::HTML, None)))
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
    /// Articles by hour of publication, the oldest hour first.
    hours: Vec<u64>,
}

impl Found {
    fn read(store: &dyn Store, now: Instant) -> Result<Self, StoreError> {
        let states = store.source_states()?.into_iter().map(|state| (state.source.clone(), state)).collect();
        let mut hours = vec![0; usize::try_from(HOURS).unwrap_or_default()];
        scan(store, None, None, COUNTED_ARTICLES_MAX, |article| {
            let age = (now - article.published).num_hours();
            let slot = usize::try_from(HOURS - 1 - age.max(0)).ok().and_then(|at| hours.get_mut(at));
            slot.into_iter().for_each(|count| *count += 1);
            age < HOURS
        })?;
        Ok(Self { states, totals: store.totals()?, hours })
    }
}

fn page(config: &Config, language: Language, number: usize, found: &Found, now: Instant) -> String {
    let mut sources: Vec<(Health, &Source)> =
        config.sources.iter().map(|source| (Health::of(source, found.states.get(&source.name)), source)).collect();
    sources.sort_by_key(|(health, _)| *health);
    let pages = sources.len().div_ceil(PAGE_SOURCES).max(1);
    let shown = sources.iter().skip((number - 1) * PAGE_SOURCES).take(PAGE_SOURCES);
    let public = render::public_feeds(config);
    let query = if number > 1 { format!("&page={number}") } else { String::new() };
    let title = language.pick("运行状态", "Status");
    let frame = Frame { config, language, title, view: Some(&View::Status), feed_query: "", path: "/status", query: &query };
    frame.page(&html! {
        h1 { (title) }
        p.narrowed {
            a href=(format!("{}/status/feed.xml", frame.base())) { (language.pick("订阅出错与恢复的消息", "Subscribe to troubles and recoveries")) }
        }
        (summary(language, &sources, found))
        section.hours {
            h2 { (language.pick("最近三天每小时的文章数", "Articles an hour, the last three days")) }
            (chart::bars(language.pick("最近三天每小时的文章数", "Articles an hour, the last three days"), &labelled(config, found, now)))
        }
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
                tbody { @for (health, source) in shown { (row(&frame, *health, source, found.states.get(&source.name), public.contains_key(&source.name))) } }
            }
        }
        @if pages > 1 {
            nav.pages aria-label=(language.pick("分页", "Pages")) {
                @for other in 1..=pages {
                    a href=(format!("{}/status?page={other}&lang={}", frame.base(), language.code())) aria-current=[(other == number).then_some("page")] { (other) }
                    " "
                }
            }
        }
    })
}

fn summary(language: Language, sources: &[(Health, &Source)], found: &Found) -> Markup {
    let count = |wanted: Health| sources.iter().filter(|(health, _)| *health == wanted).count();
    let polls: u64 = found.states.values().map(|state| state.polls).sum();
    let failed: u64 = found.states.values().map(|state| state.polls_failed).sum();
    let numbers = [
        (language.pick("文章", "articles"), found.totals.articles.to_string()),
        (language.pick("来源", "sources"), sources.len().to_string()),
        (language.pick("正常", "well"), count(Health::Well).to_string()),
        (language.pick("出错或停更", "failing or gone"), (count(Health::Failing) + count(Health::Gone)).to_string()),
        (language.pick("抓取次数", "polls"), polls.to_string()),
        (language.pick("其中失败", "of them failed"), failed.to_string()),
    ];
    html! { dl.numbers { @for (words, number) in numbers { div { dt { (words) } dd { (number) } } } } }
}

fn labelled(config: &Config, found: &Found, now: Instant) -> Vec<(String, u64)> {
    let hours = (0..HOURS).rev().map(|ago| frame::hour(config, now - Duration::hours(ago)));
    hours.zip(found.hours.iter().copied()).collect()
}

fn row(frame: &Frame<'_>, health: Health, source: &Source, state: Option<&SourceState>, public: bool) -> Markup {
    let (config, language) = (frame.config, frame.language);
    let dash = || html! { "–" };
    let when = |at: Option<Instant>| at.map_or_else(dash, |at| frame::date_and_time(config, at));
    let view = View::Source(source.name.clone());
    let next = state.filter(|_| source.enabled && health != Health::Gone);
    html! {
        tr {
            th scope="row" {
                a href=(format!("{}{}/", frame.base(), document::path(&view))) { (source.name) }
                @if let Some(category) = &source.category { span.note { (category) } }
            }
            td {
                span class=(format!("health {}", health.class())) { (health.words(language)) }
                @if let Some(reason) = state.and_then(|state| reason(state, language, public)) { span.note { (reason) } }
                @if let Some(burst) = state.and_then(|state| state.burst) { span.note { (held_back(burst, language)) } }
            }
            td { (when(state.and_then(|state| state.last_success))) }
            td {
                (when(next.map(|state| state.next_due)))
                @if let Some(state) = next { @let (why, tag) = say(&state.next_why, language); span.note lang=(tag) { (line(&why)) } }
            }
            td.number { (state.map_or(0, |state| state.articles_new)) }
        }
    }
}

/// What the burst guard holds back.
fn held_back(burst: Burst, language: Language) -> String {
    match language {
        Language::Chinese => format!("暂扣 {} 篇一次涌入的旧文章", burst.entries),
        Language::English => format!("{} old entries that came at once are held back", burst.entries),
    }
}

/// Why a source is in trouble. The reason can hold the address that was asked; where that is a secret, only the log tells it.
fn reason(state: &SourceState, language: Language, public: bool) -> Option<String> {
    let Some(Outcome::Failed(why)) = &state.outcome else { return None };
    let times = match language {
        Language::Chinese => format!("连续 {} 次：", state.failures),
        Language::English => format!("{} in a row: ", state.failures),
    };
    let why = if public {
        line(&say(why, language).0).chars().take(REASON_CHARS_MAX).collect()
    } else {
        language.pick("原因见日志", "the log says why").to_owned()
    };
    Some(times + &why)
}

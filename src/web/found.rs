//! What a query finds: asked by the page of the search, and given out as feeds.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::answer::{self, Kind};
use super::feeds;
use super::language::Language;
use super::render::{self, Format, RenderError};
use super::select::{self, Scope};
use super::shown;
use super::state::WebState;
use crate::config::Config;
use crate::model::{Article, Instant, View};
use crate::publish::chinese::Converter;
use crate::publish::document::search_query;
use crate::search::{Answer, Query, QueryError, Search, SearchError, Sort, Wanted};
use crate::store::Store;

/// `Retry-After` of a feed whose articles cannot all be found yet, in seconds.
const RETRY_SECONDS: &str = "60";

/// The value of a parameter.
#[must_use]
pub fn parameter(query: Option<&str>, wanted: &str) -> Option<String> {
    let found = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == wanted)?;
    Some(found.1.into_owned())
}

/// What a person wrote, on one line.
#[must_use]
pub fn asked(query: Option<&str>) -> String {
    parameter(query, "q").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is asked for: a part of what a query finds.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The order, where the query does not say one.
    pub sort: Option<Sort>,
    /// Results left out.
    pub skip: usize,
    /// Results at most.
    pub limit: usize,
}

/// Asks the index, and shows articles in the Chinese that their sources ask for.
///
/// # Errors
/// Those of the search.
pub fn find(
    search: &Search,
    store: &dyn Store,
    config: &Config,
    converter: &Converter,
    query: &Query,
    part: Part,
) -> Result<Answer, SearchError> {
    let Part { sort, skip, limit } = part;
    let show = |article: Article| match shown::alone(config, converter, &article) {
        std::borrow::Cow::Owned(shown) => shown,
        std::borrow::Cow::Borrowed(_) => article.clone(),
    };
    search.answer(store, &Wanted { query, sources: &config.sources, sort, skip, limit }, &show)
}

/// Reads a query with the site's zone.
///
/// # Errors
/// The first mistake in it.
pub fn read(config: &Config, text: &str, now: Instant) -> Result<Query, QueryError> {
    Query::parse(text, now, config.site.zone())
}

/// The articles that a query finds as a feed, the newest first, each story once.
pub async fn feed(state: &WebState, request: &HeaderMap, format: Format, query: Option<&str>) -> Response<Body> {
    let (config, now, text) = (state.config(), state.clock().now(), asked(query));
    let Some(search) = state.search() else { return off(&config) };
    let parsed = match read(&config, &text, now) {
        Ok(parsed) if !parsed.is_empty() => parsed,
        Ok(_) => {
            let address = "/search/feed.xml?q=";
            let (chinese, english) = (format!("请写明要找什么：{address}词"), format!("Write what to look for: {address}WORDS"));
            return answer::problem(StatusCode::BAD_REQUEST, chinese, english);
        }
        Err(error) => {
            let say = |language| mistake(language, &text, &error);
            return answer::problem(StatusCode::BAD_REQUEST, say(Language::Chinese), say(Language::English));
        }
    };
    if !search.progress().complete {
        return building();
    }
    let limit = parameter(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(config.site.limit).clamp(1, config.site.limit);
    let key = format!("found {} {limit} {} {text}", format.file(), search.version());
    let (converter, settings) = (state.converter(), Arc::clone(&config));
    let made = feeds::made(state, state.rendered().generation, key, move |store| {
        let scope = Scope::new(&settings, now);
        let wanted = Wanted { query: &parsed, sources: &settings.sources, sort: Some(Sort::Date), skip: 0, limit };
        // The order of a feed is its own, whatever the query says.
        let found = search.find_newest(&wanted).map_err(RenderError::from)?;
        let mut articles = Vec::with_capacity(found.ids.len());
        for (id, _) in found.ids {
            articles.extend(store.article(id)?);
        }
        let view = View::Search(text.clone());
        let stories = select::stories(&scope, &view, &articles);
        let document = render::document(&scope, &converter, &view, &search_query(&text), stories, articles.first());
        Ok(Some(render::file(&document, format)?))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(request, file, Kind::Feed, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

/// A mistake with its place, in one line of plain text.
fn mistake(language: Language, text: &str, error: &QueryError) -> String {
    let part = &text[crate::search::query::shown_range(text, &error.at)];
    let words = language.pick(error.what.chinese(), error.what.english());
    if part.is_empty() || part.len() > 100 { words } else { format!("{words} ({part})") }
}

fn off(config: &Config) -> Response<Body> {
    if config.search.enabled { answer::not_ready() } else { answer::not_found() }
}

fn building() -> Response<Body> {
    let english = "The index for searching is being made. Try again in a minute.";
    let mut response = answer::problem(StatusCode::SERVICE_UNAVAILABLE, "搜索索引正在建立，请过一分钟再试。", english);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    response
}

//! Which address is answered by whom, and the headers that every answer carries.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::{MethodRouter, get};

use super::answer::{self, Problem};
use super::feeds;
use super::found;
use super::language;
use super::metrics;
use super::pages;
use super::render::Format;
use super::state::WebState;
use super::trouble_feed;
use crate::model::{SourceName, View};

/// Longest path and query that are read; an 8 KB address is refused with 414 (S17).
pub const ADDRESS_BYTES_MAX: usize = 8000;

/// Nothing is loaded from anywhere but what is named here; no script but the file that is ours; nobody may frame us. It needs no exception:
/// bodies are given out without `style` attributes and without frames.
macro_rules! policy {
    ($loaded:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; ",
            $loaded,
            "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    };
}

/// Pictures and sound of articles.
const CONTENT_SECURITY_POLICY: &str = policy!("img-src * data:; media-src *");

/// Nothing of others, where `[site] images` is false.
const POLICY_WITHOUT_IMAGES: &str = policy!("img-src 'self' data:");

/// All routes.
pub fn router(state: WebState) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/{file}", get(top))
        .route("/category/{name}", get(view_page))
        .route("/category/{name}/", get(view_page))
        .route("/category/{name}/{file}", get(category_feed))
        .route("/source/{name}", get(view_page))
        .route("/source/{name}/", get(view_page))
        .route("/source/{name}/{file}", get(source_feed))
        .route("/view/{name}", get(view_page))
        .route("/view/{name}/", get(view_page))
        .route("/view/{name}/{file}", get(named_feed))
        .route("/article/{file}", get(pages::article::answer))
        .route("/search", get(pages::search::answer))
        .route("/search/{file}", get(found_feed))
        .route("/status", get(pages::status::answer))
        .route("/status/{file}", get(trouble_feed::answer))
        .route("/metrics", get(metrics::answer))
        .route("/healthz", alive())
        .route("/readyz", get(ready))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(state.clone(), every_answer))
        .with_state(state)
}

/// What the whole server's answers have in common: refuses addresses that are too long, adds the headers (P14, P15) to errors
/// too, and counts.
async fn every_answer(State(state): State<WebState>, request: Request, next: Next) -> Response<Body> {
    let class = metrics::class(request.uri().path());
    let bytes = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let mut response = if bytes > ADDRESS_BYTES_MAX {
        answer::problem(StatusCode::URI_TOO_LONG, "这个地址太长了。", "This address is too long.")
    } else {
        next.run(request).await
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>()
        && pages::error::is_for_eyes(&headers, response.status())
    {
        pages::error::show(&state.config(), &uri, &headers, &problem, &mut response);
    }
    language::keep(&state.config(), uri.query(), &mut response);
    state.metrics().answered(class, response.status());
    with_policies(&state, &mut response);
    response
}

/// The answer to a request for a feed that is rendered ahead and in memory, which most requests are: without the way through the router.
/// What it says is what the router would say, header by header.
pub(super) fn at_once<B>(state: &WebState, request: &axum::http::Request<B>) -> Option<Response<Body>> {
    if request.method() != Method::GET || request.uri().query().is_some() {
        return None;
    }
    let path = request.uri().path();
    let rendered = state.rendered();
    let file = rendered.file(path)?;
    let mut response = answer::at_once(request.headers(), file, answer::Kind::Feed, state.clock().now())?;
    state.metrics().answered(metrics::class(path), response.status());
    with_policies(state, &mut response);
    Some(response)
}

fn with_policies(state: &WebState, response: &mut Response<Body>) {
    let policy = if state.config().site.images { CONTENT_SECURITY_POLICY } else { POLICY_WITHOUT_IMAGES };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

async fn home(State(state): State<WebState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response<Body> {
    pages::river::answer(&state, &headers, View::Merged, query.as_deref()).await
}

/// The files at the top, which are the merged feed's and our own.
async fn top(
    State(state): State<WebState>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let Ok(Path(file)) = file else { return answer::not_found() };
    if let Some(format) = Format::of_file(&file) {
        return feeds::feed(&state, &headers, View::Merged, format, query.as_deref()).await;
    }
    match file.as_str() {
        "opml.xml" => pages::opml::answer(&state, &headers).await,
        "style.css" => pages::style::answer(&state, &headers, pages::style::PAGES).await,
        "script.js" => pages::style::answer(&state, &headers, pages::style::SCRIPT).await,
        "feed.css" => pages::style::answer(&state, &headers, pages::style::FEEDS).await,
        "robots.txt" => answer::plain(StatusCode::OK, "User-agent: *\nDisallow: /search\nAllow: /"),
        _ => answer::not_found(),
    }
}

async fn category_feed(
    State(state): State<WebState>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    feed_of(&state, path, View::Category, query, &headers).await
}

async fn named_feed(
    State(state): State<WebState>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    feed_of(&state, path, View::Named, query, &headers).await
}

async fn source_feed(
    State(state): State<WebState>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    match path {
        Ok(Path((name, file))) => match SourceName::new(&name) {
            Ok(name) => feed_of(&state, Ok(Path((String::new(), file))), |_| View::Source(name), query, &headers).await,
            Err(_) => answer::not_found(),
        },
        Err(_) => answer::not_found(),
    }
}

async fn found_feed(
    State(state): State<WebState>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    match file.ok().and_then(|Path(file)| Format::of_file(&file)) {
        Some(format) => found::feed(&state, &headers, format, query.as_deref()).await,
        None => answer::not_found(),
    }
}

async fn feed_of(
    state: &WebState,
    path: Result<Path<(String, String)>, PathRejection>,
    view: impl FnOnce(String) -> View,
    query: Option<String>,
    headers: &HeaderMap,
) -> Response<Body> {
    match path {
        Ok(Path((name, file))) => match Format::of_file(&file) {
            Some(format) => feeds::feed(state, headers, view(name), format, query.as_deref()).await,
            None => answer::not_found(),
        },
        Err(_) => answer::not_found(),
    }
}

async fn view_page(
    State(state): State<WebState>,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response<Body> {
    let headers = request.headers();
    let Ok(Path(name)) = name else { return answer::not_found() };
    let view = match request.uri().path().split('/').nth(1) {
        Some("category") => Some(View::Category(name)),
        Some("source") => SourceName::new(&name).ok().map(View::Source),
        _ => Some(View::Named(name)),
    };
    match view {
        Some(view) => pages::river::answer(&state, headers, view, query.as_deref()).await,
        None => answer::not_found(),
    }
}

/// Red while something needs a person; what it is stands in the log, since strangers may read this page.
fn alive() -> MethodRouter<WebState> {
    get(|State(state): State<WebState>| async move {
        if state.in_trouble() {
            answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "alive, but in trouble: look at the log")
        } else {
            answer::plain(StatusCode::OK, "alive")
        }
    })
}

async fn ready(State(state): State<WebState>) -> Response<Body> {
    if state.is_ready() { answer::plain(StatusCode::OK, "ready") } else { answer::not_ready() }
}

async fn nothing_here() -> Response<Body> {
    answer::not_found()
}

/// The router adds `Allow` (P10).
async fn wrong_method() -> Response<Body> {
    let english = "This address can only be read (GET or HEAD).";
    answer::problem(StatusCode::METHOD_NOT_ALLOWED, "这个地址只能读取（GET 或 HEAD）。", english)
}

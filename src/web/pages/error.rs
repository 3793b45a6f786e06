//! Pages that say what went wrong and where to go on.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use maud::html;

use super::frame::{Frame, HTML};
use crate::config::Config;
use crate::web::language::Language;

/// 404, with the way home.
#[must_use]
pub fn not_found(config: &Config, request: &HeaderMap) -> Response<Body> {
    let language = Language::choose(None, request, &config.site.language);
    let title = language.pick("没有这个页面", "There is no such page");
    let frame = Frame { config, language, title, view: None, feed_query: "", path: "/", query: "" };
    let page = frame.page(&html! {
        h1 { (title) }
        p { (language.pick("它可能已过期，或者地址有误。", "It may have expired, or the address is not quite right.")) }
        p { a href=(format!("{}/", frame.base())) { (language.pick("最新文章", "The newest articles")) } }
    });
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

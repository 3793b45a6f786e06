//! The stylesheets: files of their own, so that the Content-Security-Policy needs no exception.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response};

use crate::web::answer::{self, Kind};
use crate::web::rendered::RenderedFile;
use crate::web::state::WebState;

/// `/style.css`.
pub const PAGES: &str = include_str!("style.css");

/// `/feed.css`, which makes RSS and Atom readable in a browser.
pub const FEEDS: &str = include_str!("feed.css");

/// Answers with one of them.
pub async fn answer(state: &WebState, request: &HeaderMap, css: &'static str) -> Response<Body> {
    let generation = state.rendered().generation;
    let key = format!("css {}", css.len());
    let file = state.cache().get(generation, &key).unwrap_or_else(|| {
        let file = Arc::new(RenderedFile::new(css, "text/css; charset=utf-8", None));
        state.cache().put(generation, &key, &file);
        file
    });
    answer::with_file(request, file, Kind::File, state.clock().now()).await
}

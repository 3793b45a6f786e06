//! The stylesheets and the script: files of their own, so that the Content-Security-Policy needs no exception.

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

/// `/script.js`: copies addresses, switches between light and dark. Pages are whole without it.
pub const SCRIPT: &str = include_str!("script.js");

/// Answers with one of them.
pub async fn answer(state: &WebState, request: &HeaderMap, text: &'static str) -> Response<Body> {
    let generation = state.rendered().generation;
    let key = format!("file {}", text.len());
    let kind = if text == SCRIPT { "text/javascript; charset=utf-8" } else { "text/css; charset=utf-8" };
    let file = state.cache().get(generation, &key).unwrap_or_else(|| {
        let file = Arc::new(RenderedFile::new(text, kind, None));
        state.cache().put(generation, &key, &file);
        file
    });
    answer::with_file(request, file, Kind::File, state.clock().now()).await
}

#[cfg(test)]
#[path = "contrast_tests.rs"]
mod tests;

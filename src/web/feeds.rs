//! Feeds: those rendered ahead, and those made on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};

use super::answer::{self, Kind};
use super::archive::{self, Found, Page};
use super::asked::Asked;
use super::render::{self, Format, Narrowed};
use super::rendered::RenderedFile;
use super::select::Scope;
use super::state::WebState;
use crate::model::{Article, View};
use crate::publish::document;

/// One form of one view.
pub async fn feed(state: &WebState, request: &HeaderMap, view: View, format: Format, query: Option<&str>) -> Response<Body> {
    let config = state.config();
    let mut asked = Asked::read(query);
    if let Some(page) = asked.page {
        if asked.is_narrowed() {
            let english = "An archive is given out whole: ask for it without limit and filters.";
            let chinese = "存档页只能整页读取：请去掉 limit 和筛选参数。";
            return answer::problem(StatusCode::BAD_REQUEST, chinese, english);
        }
        return archived(state, request, view, format, page).await;
    }
    // More than there is to have is all there is: the same file.
    asked.limit = asked.limit.filter(|limit| *limit < render::limit_of(&config, &view));
    let path = format!("{}/{}", document::path(&view), format.file());
    let rendered = state.rendered();
    let now = state.clock().now();
    if asked == Asked::default()
        && let Some(file) = rendered.file(&path)
    {
        return answer::with_file(request, Arc::clone(file), Kind::Feed, now).await;
    }
    if !Scope::new(&config, now).knows(&view) {
        return answer::not_found();
    }
    if !state.is_ready() {
        return answer::not_ready();
    }
    let key = format!("{path}?{asked:?} {}", state.can_find());
    let (converter, search) = (state.converter(), state.search());
    let made = made(state, rendered.generation, key, move |store| {
        let scope = Scope::new(&config, now);
        let keep = |article: &Article| asked.keeps(article);
        // A part of a feed has no archives: they are those of the whole.
        let reach = if asked.is_narrowed() { None } else { archive::reaches(store, &scope, std::slice::from_ref(&view))?.pop().flatten() };
        let narrow = asked.narrow.clone();
        let narrowed = Narrowed { limit: asked.limit, narrow, search: search.as_deref(), keep: Some(&keep), reach };
        let feed = render::feed(store, &scope, &converter, &view, &narrowed)?;
        Ok(Some(render::file(&feed, format)?))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(request, file, Kind::Feed, now).await,
        Ok(None) => answer::not_found(),
        Err(response) => *response,
    }
}

/// One form of one archive of a view (P16).
async fn archived(state: &WebState, request: &HeaderMap, view: View, format: Format, page: Option<Page>) -> Response<Body> {
    let config = state.config();
    let now = state.clock().now();
    let Some(page) = page.filter(|_| Scope::new(&config, now).knows(&view)) else {
        return answer::not_found();
    };
    if !state.is_ready() {
        return answer::not_ready();
    }
    let path = format!("{}/{}", document::path(&view), format.file());
    let live = format!("{}{path}", document::path_of(&config.site.url));
    let key = format!("{path}?page={page}");
    let (converter, settings) = (state.converter(), Arc::clone(&config));
    let not_yet = Arc::new(AtomicBool::new(false));
    let is_not_yet = Arc::clone(&not_yet);
    let made = made(state, state.rendered().generation, key, move |store| {
        match archive::page(store, &Scope::new(&settings, now), &converter, &view, page)? {
            Found::Page(feed) => Ok(Some(render::file(&feed, format)?)),
            Found::NotYet => {
                is_not_yet.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Found::Nothing => Ok(None),
        }
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(request, file, Kind::Archive, now).await,
        Ok(None) if not_yet.load(Ordering::Relaxed) => answer::elsewhere(&live),
        Ok(None) => answer::not_found(),
        Err(response) => *response,
    }
}

/// A file made from the store on a thread for blocking work, or kept from the last time.
pub async fn made(
    state: &WebState,
    generation: u64,
    key: String,
    make: impl FnOnce(&dyn crate::store::Store) -> Result<Option<RenderedFile>, render::RenderError> + Send + 'static,
) -> Result<Option<Arc<RenderedFile>>, Box<Response<Body>>> {
    if let Some(file) = state.cache().get(generation, &key) {
        return Ok(Some(file));
    }
    let Some(store) = state.store() else { return Err(Box::new(answer::not_ready())) };
    // Never closed, so an error here would mean that the program is stopping.
    let Ok(_turn) = state.renders().acquire().await else { return Err(Box::new(answer::not_ready())) };
    // Whoever held the turn before may have made this very file.
    if let Some(file) = state.cache().get(generation, &key) {
        return Ok(Some(file));
    }
    let result = tokio::task::spawn_blocking(move || make(&*store)).await;
    match result {
        Ok(Ok(Some(file))) => {
            let file = Arc::new(file);
            state.cache().put(generation, &key, &file);
            Ok(Some(file))
        }
        Ok(Ok(None)) => Ok(None),
        Ok(Err(error)) => {
            tracing::error!(%error, "an answer could not be made from the store");
            Err(Box::new(answer::not_ready()))
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be made: the task was lost");
            Err(Box::new(answer::not_ready()))
        }
    }
}

//! `/opml.xml`: the list of sources.

use axum::body::Body;
use axum::http::{HeaderMap, Response};

use crate::publish::opml::{self, Outline};
use crate::web::answer::{self, Kind};
use crate::web::render;
use crate::web::rendered::RenderedFile;
use crate::web::state::WebState;

/// The sources of feeds.toml; those whose address is private stand with the address of our own feed of them.
pub async fn answer(state: &WebState, request: &HeaderMap) -> Response<Body> {
    let config = state.config();
    let now = state.clock().now();
    let generation = state.rendered().generation;
    let made = crate::web::feeds::made(state, generation, "opml".into(), move |store| {
        let states = store.source_states()?;
        let known: std::collections::HashMap<_, _> = states.iter().map(|state| (&state.source, state)).collect();
        let public = render::public_feeds(&config);
        let outlines: Vec<Outline> = config
            .sources
            .iter()
            .map(|source| {
                let state = known.get(&source.name);
                let own = || {
                    let path = crate::publish::document::path(&crate::model::View::Source(source.name.clone()));
                    format!("{}{path}/feed.xml", config.site.url)
                };
                Outline {
                    name: source.name.to_string(),
                    title: state.and_then(|state| state.feed_title.clone()),
                    category: source.category.clone(),
                    tags: source.tags.clone(),
                    feed_url: public.get(&source.name).cloned().unwrap_or_else(own),
                    site_url: state.and_then(|state| state.feed_link.clone()),
                    language: None,
                }
            })
            .collect();
        Ok(Some(RenderedFile::new(opml::write(&config.site.title, &outlines)?, "text/x-opml; charset=utf-8", None)))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(request, file, Kind::File, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

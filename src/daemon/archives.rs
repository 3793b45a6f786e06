//! The archives of a new source, where feeds.toml asks for them (`archives = true`): the documents behind RFC 5005 `prev-archive` (or
//! `next`, or JSON Feed `next_url`), one after the other, as politely as any other request (F42).
//!
//! In: the document of the first poll, and the state after it. Out: articles that were not known, document by document, durable. It is
//! walked once: a walk that is interrupted or meets an error ends there. Bounds: [`ARCHIVES_MAX`] documents, no address twice.

use std::collections::HashSet;
use std::sync::Arc;

use url::Url;

use super::parsers::at_work;
use super::worker::{self, Tools};
use super::{lease, request};
use crate::fetch::FetchRequest;
use crate::model::{ArticleId, Feed, PollPlan, Source, SourceState, Validators};
use crate::pipeline::{identify, parse};
use crate::store::StoreError;

/// Documents of one source's archives: ten years of a monthly archive, or a thousand entries of a page of ten.
pub const ARCHIVES_MAX: usize = 120;

/// Walks the archives behind `first` and returns how many articles were new.
///
/// # Errors
/// Those of the store; what a publisher does wrong only ends the walk.
pub async fn walk(tools: &Arc<Tools>, source: &Source, mut state: Box<SourceState>, first: &Feed) -> Result<u32, StoreError> {
    let name = source.name.as_str();
    let Ok(authorization) = request::authorization(source) else { return Ok(0) };
    let mut seen: HashSet<Url> =
        [Some(source.url.clone()), first.self_link.as_deref().and_then(|own| Url::parse(own).ok())].into_iter().flatten().collect();
    let (mut next, mut new) = (first.older.clone(), 0);
    for _ in 0..ARCHIVES_MAX {
        let Some(url) = next.take().and_then(|older| Url::parse(&older).ok()) else { break };
        // Each plan gives the lease back.
        if !lease::again(tools, vec![source.name.clone()]).await? {
            tracing::warn!(source = name, %url, "another poller has this source now; the walk ends here");
            break;
        }
        if !seen.insert(url.clone()) {
            tracing::warn!(source = name, %url, "the archives lead in a circle; the walk ends here");
            break;
        }
        let asked = request::request(source, url.clone(), Validators::default(), authorization.clone());
        let fetched = tools.fetch.fetch(FetchRequest { has_place: true, ..asked }).await;
        let answer = match fetched.result {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) => {
                tracing::warn!(source = name, %url, status = answer.status, "an archive is not there; the walk ends here");
                break;
            }
            Err(error) => {
                tracing::warn!(source = name, %url, %error, "an archive cannot be fetched; the walk ends here");
                break;
            }
        };
        let (with, of) = (Arc::clone(tools), source.clone());
        let read = at_work(&tools.parsers, move || {
            let limits = parse::ParseLimits::default();
            let feed = parse::parse(&answer.body, answer.content_type.as_deref(), answer.url.as_str(), &limits).ok()?;
            Some(plan(&with, &of, state, &feed).map(|plan| (plan, feed.older)))
        });
        let (plan, older) = match read.await {
            Some(Some(read)) => read?,
            Some(None) | None => {
                tracing::warn!(source = name, %url, "an archive cannot be read; the walk ends here");
                break;
            }
        };
        state = plan.state.clone();
        new += plan.counts.new;
        tools.committer.commit(plan).await?;
        next = older;
    }
    lease::end(tools, vec![source.name.clone()]).await;
    Ok(new)
}

/// What of an archive is not known yet. Entries that are known stay as they are: an archive may hold older words than the feed.
fn plan(tools: &Tools, source: &Source, mut state: Box<SourceState>, feed: &Feed) -> Result<PollPlan, StoreError> {
    let at = tools.clock.now();
    let ids: Vec<_> = identify::keys(feed).iter().map(|key| ArticleId::of(&source.name, key)).collect();
    let seen = tools.store.sightings(&source.name, &ids)?;
    let known: HashSet<_> = ids.into_iter().zip(seen).filter_map(|(id, sighting)| sighting.map(|_| id)).collect();
    let mut decision = worker::look(tools, source, feed, at)?;
    decision.articles.retain(|article| !known.contains(&article.id));
    decision.originals.retain(|original| !known.contains(&original.id));
    decision.sightings.retain(|sighting| !known.contains(&sighting.id));
    decision.counts.unchanged += std::mem::take(&mut decision.counts.revised);
    // A language model is not asked about ten years of old news.
    worker::add_digests(tools, source, &mut decision.articles);
    state.articles_new += u64::from(decision.counts.new);
    Ok(PollPlan {
        source: source.name.clone(),
        holder: Some(tools.holder),
        at,
        state,
        articles: decision.articles,
        originals: decision.originals,
        sightings: decision.sightings,
        rejects: decision.rejects,
        counts: decision.counts,
    })
}

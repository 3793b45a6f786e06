//! Asking an address once: what `add`, `check --live` and `preview` have in common.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::exit::{Exit, Failure};
use crate::clock::SystemClock;
use crate::config::{FetchConfig, secret};
use crate::fetch::{Fetch, FetchRequest, HttpFetch, Secret};
use crate::model::{Feed, Source, Validators};
use crate::pipeline::parse::{ParseError, ParseLimits, parse};

/// What an address answered.
pub struct Answered {
    /// The address that answered, after redirects.
    pub url: Url,
    /// The document, decoded.
    pub body: bytes::Bytes,
    /// The feed in it, or why there is none.
    pub feed: Result<Feed, ParseError>,
    /// How long it took.
    pub took: Duration,
    /// Where a permanent redirect leads, so that feeds.toml can be brought up to date.
    pub moved: Option<Url>,
}

/// Asks addresses.
#[derive(Clone)]
pub struct Probe {
    fetch: Arc<dyn Fetch>,
}

impl Probe {
    /// With the settings of feeds.toml.
    ///
    /// # Errors
    /// When the HTTP client cannot be made of them.
    pub fn new(config: &FetchConfig) -> Result<Self, Failure> {
        let fetch = HttpFetch::new(config, Arc::new(SystemClock)).map_err(|error| Failure::new(Exit::Network, error.to_string()))?;
        Ok(Self { fetch: Arc::new(fetch) })
    }

    /// What it asks with, for the pages behind a feed.
    #[must_use]
    pub fn fetch(&self) -> Arc<dyn Fetch> {
        Arc::clone(&self.fetch)
    }

    /// Asks an address that is no source yet.
    pub async fn address(&self, url: Url) -> Result<Answered, String> {
        let request = FetchRequest {
            source: None,
            url,
            validators: Validators::default(),
            headers: Vec::new(),
            authorization: None,
            proxy: None,
            has_place: false,
        };
        self.ask(request, ParseLimits::default()).await
    }

    /// Asks a source as the daemon does, without validators.
    pub async fn source(&self, source: &Source) -> Result<Answered, String> {
        let authorization = match &source.auth_env {
            None => None,
            Some(name) => Some(Secret(secret(name).ok_or_else(|| format!("there is no variable and no credential named {name}"))?)),
        };
        let request = FetchRequest {
            source: Some(source.name.clone()),
            url: source.url.clone(),
            validators: Validators::default(),
            headers: source.headers.clone(),
            authorization,
            proxy: source.proxy.as_deref().cloned(),
            has_place: false,
        };
        self.ask(request, ParseLimits { time_zone: source.time_zone, ..ParseLimits::default() }).await
    }

    async fn ask(&self, request: FetchRequest, limits: ParseLimits) -> Result<Answered, String> {
        let asked = request.url.clone();
        let fetched = self.fetch.fetch(request).await;
        let answer = fetched.result.map_err(|error| error.to_string())?;
        if !(200..300).contains(&answer.status) {
            return Err(said_status(answer.status, &asked));
        }
        let (body, url, content_type) = (answer.body.clone(), answer.url.clone(), answer.content_type);
        // A document can take a while to read; the other fetches go on meanwhile.
        let read = tokio::task::spawn_blocking(move || parse(&body, content_type.as_deref(), url.as_str(), &limits));
        let feed = read.await.map_err(|_| format!("reading {asked} failed inside feedmill; please report this address"))?;
        let permanent = !fetched.redirects.is_empty() && fetched.redirects.iter().all(|(status, _)| matches!(status, 301 | 308));
        let moved = permanent.then(|| answer.url.clone());
        Ok(Answered { url: answer.url, body: answer.body, feed, took: fetched.took, moved })
    }
}

/// What a status means for a person who wants the feed.
fn said_status(status: u16, url: &Url) -> String {
    let advice = match status {
        401 | 407 => "it asks for a password: name a variable with it in auth_env",
        403 => "it refuses programs or this network; a mirror or a proxy may help",
        404 => "there is nothing at this address",
        410 => "it is gone for good",
        429 => "it asks for fewer requests; try again later",
        500..=599 => "the server has a problem of its own; try again later",
        _ => "that is no document",
    };
    format!("{url} answers {status}: {advice}")
}

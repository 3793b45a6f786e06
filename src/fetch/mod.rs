//! One HTTP exchange with a publisher, behind a trait so that the worker can be tested without a network.
//!
//! Inputs: a [`FetchRequest`]. Outputs: a [`Fetched`]; errors are values in it, because every attempt is recorded (law 3).
//! Bounds: time, decoded body, header bytes, redirects, requests in flight, requests per host: all in [`crate::config::FetchConfig`].

mod body;
pub mod client;
mod decode;
mod failure;
mod freshness;
mod gate;
pub mod guard;
mod holds;
mod hop;
mod pace;
mod ranges;
mod transport;

use std::time::Duration;

use futures_util::future::BoxFuture;
use url::Url;

pub use client::{HttpFetch, host_of};
pub use hop::{is_same_home, may_travel};
pub use transport::tls_settings;

use crate::model::{Instant, SourceName, Validators};

/// Asks for one document.
pub trait Fetch: Send + Sync + 'static {
    /// Never fails as a call: whatever happens is told in [`Fetched::result`].
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Fetched>;

    /// Sends nothing to `host` before `until`: what a publisher asked for before a restart still holds (F23).
    fn hold(&self, host: &str, until: Instant);
}

/// What to ask, and how.
#[derive(Clone)]
pub struct FetchRequest {
    /// For the log and for per-source settings.
    pub source: Option<SourceName>,
    /// Absolute http or https; a fragment is not sent.
    pub url: Url,
    /// From the last answer; empty for the first request.
    pub validators: Validators,
    /// Headers of the user's own; not sent to another origin after a redirect.
    pub headers: Vec<(String, String)>,
    /// The value of `Authorization`, already read from the environment; not sent to another origin after a redirect.
    pub authorization: Option<Secret>,
    /// A proxy of the source's own, before the one of `[fetch]`.
    pub proxy: Option<Url>,
    /// Whoever asks holds the [`Place`] of an answer before (a page of a feed that was just read): it needs no second one.
    pub has_place: bool,
}

/// A place among the requests under way (`max_in_flight`). Whoever keeps it while the document is worked on bounds the documents in memory
/// by the same number: the next request starts when it is dropped.
#[derive(Clone)]
pub struct Place(#[expect(dead_code, reason = "held, not looked at")] std::sync::Arc<tokio::sync::OwnedSemaphorePermit>);

impl Place {
    /// The place that this permit stands for.
    #[must_use]
    pub fn of(permit: tokio::sync::OwnedSemaphorePermit) -> Self {
        Self(std::sync::Arc::new(permit))
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place")
    }
}

impl std::fmt::Debug for FetchRequest {
    /// Without what may be secret: values of headers, user and password of addresses.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bare = |url: &Url| hop::without_secrets(url.clone()).to_string();
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("FetchRequest")
            .field("source", &self.source)
            .field("url", &bare(&self.url))
            .field("validators", &self.validators)
            .field("headers", &names)
            .field("authorization", &self.authorization)
            .field("proxy", &self.proxy.as_ref().map(bare))
            .finish()
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The answer, or why there is none.
    pub result: Result<Answer, FetchError>,
    /// Redirects followed, in order, with their status.
    pub redirects: Vec<(u16, Url)>,
    /// Bytes of bodies read from the wire.
    pub wire_bytes: u64,
    /// Time from the first request to the end of the body.
    pub took: Duration,
    /// The place of an answer, until it is dropped.
    pub place: Option<Place>,
}

/// A publisher's answer, its body decoded and within the limits.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200, 226, 304, 404, 410, 429, 503 …: every final status is an answer.
    pub status: u16,
    /// The address that answered, after redirects.
    pub url: Url,
    /// Validators of this answer (of a 304 too: F7).
    pub validators: Validators,
    /// `Content-Type` as text.
    pub content_type: Option<String>,
    /// Decoded body; empty for 304.
    pub body: bytes::Bytes,
    /// The publisher's freshness wishes from `Cache-Control` max-age, `Expires`, relative to now (F17, F18).
    pub fresh_for: Option<Duration>,
    /// `Retry-After`, both forms, as an instant, bounded (F19 to F22).
    pub retry_after: Option<Instant>,
    /// Something worth telling, such as a body that was cut but could be used.
    pub notes: Vec<String>,
}

/// Why there is no answer. Each variant changes what the schedule or the person does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is one that this program will not talk to (S1, S2). The text names the address and how to allow it.
    #[error("{0}")]
    Refused(String),
    /// Name, connection, TLS or protocol: the other side cannot be reached. Mirrors are tried.
    #[error("{0}")]
    Unreachable(String),
    /// A limit of time or size was passed.
    #[error("{0}")]
    Limit(String),
    /// More than five hops, a loop, https to http, no Location.
    #[error("{0}")]
    Redirects(String),
    /// The body cannot be decoded.
    #[error("{0}")]
    Body(String),
    /// The host asked for silence until then, so nothing was sent (F19).
    #[error("the host asked not to be polled before {0}")]
    HeldBack(Instant),
}

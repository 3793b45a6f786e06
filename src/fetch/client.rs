//! The HTTP client: [`HttpFetch`] sends requests when it is their turn and follows redirects itself, so that every hop passes the guard.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Response;
use reqwest::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED};
use tokio::time::Instant as Stopwatch;
use url::Url;

use super::gate::{Gate, Kept, Turn};
use super::guard::Guard;
use super::holds::Holds;
use super::hop::{self, Hop};
use super::transport::{self, Transport};
use super::{Answer, Fetch, FetchError, FetchRequest, Fetched, Place, body, failure, freshness};
use crate::clock::Clock;
use crate::config::FetchConfig;
use crate::model::{Instant, Validators};

/// A validator longer than this is not kept: it would be sent and stored at every poll.
const VALIDATOR_BYTES_MAX: usize = 4 * 1024;

/// A publisher who takes longer than this steps aside for others (R12). Real ones answer within a second or two.
const PATIENCE: Duration = Duration::from_secs(2);

/// The HTTP client that publishers love. Cheap to share; one is enough for the whole program.
pub struct HttpFetch {
    config: FetchConfig,
    clock: Arc<dyn Clock>,
    guard: Guard,
    gate: Gate,
    holds: Holds,
    transport: Transport,
    user_agent: HeaderValue,
}

/// What has happened in a fetch so far, for the record.
#[derive(Default)]
struct Record {
    redirects: Vec<(u16, Url)>,
    wire_bytes: u64,
    /// Time on the network; waiting for a turn is not in it.
    spent: Duration,
}

/// What a request is sent over.
struct Way<'a> {
    client: &'a reqwest::Client,
    through_proxy: bool,
    kept: Arc<Kept>,
}

enum Step {
    Redirect(u16, HeaderMap),
    Final(Box<Answer>),
}

impl HttpFetch {
    /// A client with the root certificates of the system.
    ///
    /// # Errors
    /// [`FetchError`] where the settings cannot work: a user agent with control characters, a proxy that is none.
    pub fn new(config: &FetchConfig, clock: Arc<dyn Clock>) -> Result<Self, FetchError> {
        Self::with_roots(config, clock, transport::system_roots())
    }

    /// The same, trusting these root certificates only.
    ///
    /// # Errors
    /// As [`HttpFetch::new`].
    pub fn with_roots(config: &FetchConfig, clock: Arc<dyn Clock>, roots: rustls::RootCertStore) -> Result<Self, FetchError> {
        let user_agent = HeaderValue::try_from(&config.user_agent).map_err(|_| {
            FetchError::Refused(format!("user_agent {:?} of [fetch] has characters that no header may have", config.user_agent))
        })?;
        let guard = Guard::new(&config.allow_private);
        let transport = Transport::new(guard.clone(), roots, config.per_host_connections)?;
        // A wrong proxy is told at once, not at every poll.
        transport.client(config.proxy.as_ref())?;
        let gate = Gate::new(config, Arc::clone(&clock));
        Ok(Self { config: config.clone(), clock, guard, gate, holds: Holds::default(), transport, user_agent })
    }

    /// Until when the host of this address has asked for silence, if it has.
    #[must_use]
    pub fn held_until(&self, url: &Url) -> Option<Instant> {
        let now = self.clock.now();
        self.holds.held(&host_of(url), now).max(self.holds.held(url.as_str(), now))
    }

    async fn follow(&self, request: &FetchRequest, record: &mut Record) -> Result<(Answer, Option<Place>), FetchError> {
        let proxy = request.proxy.as_ref().or(self.config.proxy.as_ref());
        let client = self.transport.client(proxy)?;
        let mut hop = Hop::first(&request.url);
        let mut turn = None;
        loop {
            self.guard.check(&hop.url)?;
            self.check_hold(&hop.url)?;
            let host = host_of(&hop.url);
            if turn.as_ref().is_none_or(|(holder, _)| *holder != host) {
                // The place at the last host is given up before waiting for one at the next.
                drop(turn.take());
                let next = if request.has_place { self.gate.turn_with_place(&host).await } else { self.gate.turn(&host).await };
                turn = Some((host.clone(), next));
                self.check_hold(&hop.url)?;
            }
            let left = self.config.timeout.saturating_sub(record.spent);
            let started = Stopwatch::now();
            // On the heap from here on: thousands wait for their turn above, and a request takes kilobytes.
            let kept = turn.as_ref().map(|(_, turn)| turn.kept()).unwrap_or_default();
            let way = Way { client: &client, through_proxy: proxy.is_some(), kept };
            let step = Box::pin(self.step(way, request, &hop, &mut record.wire_bytes));
            let step = tokio::time::timeout(left, self.patiently(step, &mut turn)).await;
            record.spent += started.elapsed();
            let step = step.map_err(|_| self.too_slow(&host))??;
            if let Some((_, turn)) = &mut turn {
                turn.step_back(&self.gate).await;
            }
            match step {
                Step::Final(answer) => {
                    let place = turn.and_then(|(_, turn)| turn.into_place());
                    return Ok((*answer, place.map(Place::of)));
                }
                Step::Redirect(status, headers) => {
                    hop.follow(status, &headers, self.config.allow_downgrade)?;
                    record.redirects.push((status, hop.url.clone()));
                }
            }
        }
    }

    /// Waits for the answer; after a while without a place among all, which others can use meanwhile (R12).
    async fn patiently<T>(
        &self,
        mut step: impl Future<Output = Result<T, FetchError>> + Unpin,
        turn: &mut Option<(String, Turn)>,
    ) -> Result<T, FetchError> {
        match tokio::time::timeout(PATIENCE, &mut step).await {
            Ok(done) => done,
            Err(_) => {
                if let Some((_, turn)) = turn {
                    turn.step_aside(&self.gate);
                }
                step.await
            }
        }
    }

    async fn step(&self, way: Way<'_>, request: &FetchRequest, hop: &Hop, wire_bytes: &mut u64) -> Result<Step, FetchError> {
        let closes = request.validators == Validators::default() && self.gate.keeps_many();
        let mut response = self.send(&way, request, hop, closes).await?;
        self.check_response(&response, way.through_proxy)?;
        if !closes {
            way.kept.answered();
        }
        let status = response.status().as_u16();
        if hop::is_redirect(status) {
            return Ok(Step::Redirect(status, response.headers().clone()));
        }
        let now = self.clock.now();
        let headers = response.headers();
        let success = response.status().is_success();
        let mut answer = Answer {
            status,
            url: hop.url.clone(),
            validators: validators_of(headers),
            content_type: headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            body: bytes::Bytes::new(),
            fresh_for: freshness::fresh_for(headers, now),
            retry_after: if success { None } else { freshness::retry_after(headers, now) },
            notes: Vec::new(),
        };
        if let (429 | 503, Some(until)) = (status, answer.retry_after) {
            let key = if self.config.hold_host { host_of(&hop.url) } else { hop.url.as_str().to_owned() };
            self.holds.hold(&key, until, now);
        }
        if success {
            let codings: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
            let codings = codings.join(",");
            let raw = body::read(&mut response, self.config.max_body_bytes, wire_bytes).await?;
            let decoded = body::decoded(raw, &codings, self.config.max_body_bytes).await?;
            if decoded.cut {
                // The next request must bring the whole document, so it must not be conditional on this one.
                answer.validators = Validators::default();
            }
            answer.body = decoded.body;
            answer.notes = decoded.notes;
        }
        Ok(Step::Final(Box::new(answer)))
    }

    /// Sends the request. A publisher may close a connection that waited for the next request at the moment when that is sent; nobody has
    /// done anything wrong then, and a GET is sent once more (RFC 9110, 9.2.2), over a connection of its own.
    ///
    /// Where it `closes`, the publisher is told that no further request comes over its connection (RFC 9112, 9.6).
    async fn send(&self, way: &Way<'_>, request: &FetchRequest, hop: &Hop, closes: bool) -> Result<Response, FetchError> {
        let mut headers = hop.headers(request, &self.user_agent)?;
        if closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let address = hop.address(request);
        let send = |headers| way.client.get(address.clone()).headers(headers).send();
        let again = way.kept.take().then(|| headers.clone());
        let sent = match (send(headers).await, again) {
            (Err(error), Some(headers)) if failure::is_cut(&error) => send(headers).await,
            (sent, _) => sent,
        };
        sent.map_err(|error| failure::of_request(&error, &hop.url, way.through_proxy))
    }

    fn check_response(&self, response: &Response, through_proxy: bool) -> Result<(), FetchError> {
        // The last line of defence: where the connection really went.
        if let (false, Some(address)) = (through_proxy, response.remote_addr()) {
            self.guard.check_address(address.ip())?;
        }
        let bytes: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let most = transport::HEADER_BYTES_MAX as usize;
        if bytes > most {
            return Err(FetchError::Limit(format!("the response headers are {bytes} bytes long; at most {most} are taken")));
        }
        Ok(())
    }

    fn check_hold(&self, url: &Url) -> Result<(), FetchError> {
        self.held_until(url).map_or(Ok(()), |until| Err(FetchError::HeldBack(until)))
    }

    fn too_slow(&self, host: &str) -> FetchError {
        let seconds = self.config.timeout.as_secs_f32();
        FetchError::Limit(format!("{host} took longer than {seconds} s for the whole answer; timeout of [fetch] sets the limit"))
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Fetched> {
        Box::pin(async move {
            let mut record = Record::default();
            let result = self.follow(&request, &mut record).await;
            let Record { redirects, wire_bytes, spent } = record;
            let (result, place) = match result {
                Ok((answer, place)) => (Ok(answer), place),
                Err(error) => (Err(error), None),
            };
            Fetched { result, redirects, wire_bytes, took: spent, place }
        })
    }

    fn hold(&self, host: &str, until: Instant) {
        self.holds.hold(host, until, self.clock.now());
    }
}

/// The host that politeness and holds count by: without port, in one spelling.
#[must_use]
pub fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

fn validators_of(headers: &HeaderMap) -> Validators {
    let bytes_of = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (!value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX).then(|| value.to_vec())
    };
    Validators { etag: bytes_of(ETAG), last_modified: bytes_of(LAST_MODIFIED) }
}

//! What the program counts, and `/metrics`, where Prometheus reads it: there only for who brings the token that `[server] token_env` names.
//!
//! One [`Metrics`] is made when the program starts, and handed to all who count: worker, scheduler, server. What the store knows is asked for
//! when somebody reads. The text is OpenMetrics, which Prometheus reads since 2.5.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::answer;
use super::render::Format;
use super::state::WebState;
use crate::config;
use crate::model::Outcome;
use crate::model::poll::VerdictCounts;
use crate::store::Totals;

/// The media type of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the histogram of fetches, in seconds.
const FETCH_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Names and values of one label.
type Label<T> = [(&'static str, T); 1];

/// Everything that is counted. It counts from the start of the process.
pub struct Metrics {
    registry: Registry,
    polls: Family<Label<&'static str>, Counter>,
    fetches: Histogram,
    wire_bytes: Counter,
    entries: Family<Label<&'static str>, Counter>,
    units: Gauge,
    units_waiting: Gauge,
    units_under_way: Gauge,
    lag: Gauge<f64, AtomicU64>,
    articles: Gauge,
    sightings: Gauge,
    disk_bytes: Gauge,
    requests: Family<(Label<&'static str>, Label<u16>), Counter>,
}

/// What the scheduler is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Units known.
    pub units: usize,
    /// … that are due and not started.
    pub waiting: usize,
    /// … being polled, those included that wait for their host's turn.
    pub under_way: usize,
    /// How long the longest waiting one is due.
    pub lag: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("feedmill");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program's version", build);
        let metrics = Self {
            polls: Family::default(),
            fetches: Histogram::new(FETCH_SECONDS),
            wire_bytes: Counter::default(),
            entries: Family::default(),
            units: Gauge::default(),
            units_waiting: Gauge::default(),
            units_under_way: Gauge::default(),
            lag: Gauge::default(),
            articles: Gauge::<i64, AtomicI64>::default(),
            sightings: Gauge::default(),
            disk_bytes: Gauge::default(),
            requests: Family::default(),
            registry,
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        for result in ["changed", "unchanged", "failed", "gone"] {
            drop(self.polls.get_or_create(&[("result", result)]));
        }
        for verdict in ["new", "revised", "unchanged", "duplicate", "rejected"] {
            drop(self.entries.get_or_create(&[("verdict", verdict)]));
        }
        let to = &mut self.registry;
        to.register("polls", "Polls of sources by how they ended", self.polls.clone());
        to.register_with_unit("fetch_duration", "Time of a fetch, with its redirects", Unit::Seconds, self.fetches.clone());
        to.register_with_unit("fetch_wire", "Bodies read from publishers, as they were sent", Unit::Bytes, self.wire_bytes.clone());
        to.register("entries", "Entries of documents by what became of them: new and revised ones are articles", self.entries.clone());
        to.register("units", "Addresses that are polled, each for one source or several", self.units.clone());
        to.register("units_waiting", "Addresses that are due and not started", self.units_waiting.clone());
        to.register("units_under_way", "Addresses being polled, or waiting for their host's turn", self.units_under_way.clone());
        to.register_with_unit("schedule_lag", "How long the longest waiting address is due", Unit::Seconds, self.lag.clone());
        to.register("articles", "Articles in the store", self.articles.clone());
        to.register("sightings", "Sightings in the store", self.sightings.clone());
        to.register_with_unit("store", "The store on disk", Unit::Bytes, self.disk_bytes.clone());
        to.register("http_requests", "Requests of readers by kind of address and status", self.requests.clone());
        self
    }

    /// A fetch ended, with an answer or without.
    pub fn fetched(&self, took: Duration, wire_bytes: u64) {
        // Nothing was sent: the host asked for silence, or the address is one that is not asked.
        if took.is_zero() {
            return;
        }
        self.fetches.observe(took.as_secs_f64());
        self.wire_bytes.inc_by(wire_bytes);
    }

    /// The poll of a source ended, and is stored.
    pub fn polled(&self, outcome: &Outcome, counts: &VerdictCounts) {
        let result = match outcome {
            Outcome::Changed => "changed",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed(_) => "failed",
            Outcome::Gone => "gone",
        };
        self.polls.get_or_create(&[("result", result)]).inc();
        let VerdictCounts { new, revised, unchanged, duplicate, rejected, held: _ } = *counts;
        for (verdict, count) in
            [("new", new), ("revised", revised), ("unchanged", unchanged), ("duplicate", duplicate), ("rejected", rejected)]
        {
            if count > 0 {
                self.entries.get_or_create(&[("verdict", verdict)]).inc_by(u64::from(count));
            }
        }
    }

    /// Where the scheduler stands.
    pub fn scheduled(&self, at: Schedule) {
        self.units.set(whole(at.units as u64));
        self.units_waiting.set(whole(at.waiting as u64));
        self.units_under_way.set(whole(at.under_way as u64));
        self.lag.set(at.lag.as_secs_f64());
    }

    /// A reader's request was answered.
    pub(super) fn answered(&self, class: &'static str, status: StatusCode) {
        self.requests.get_or_create(&([("class", class)], [("status", status.as_u16())])).inc();
    }

    /// All of it as text.
    #[must_use]
    pub fn text(&self, totals: &Totals) -> String {
        self.articles.set(whole(totals.articles));
        self.sightings.set(whole(totals.sightings));
        self.disk_bytes.set(whole(totals.disk_bytes));
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The kind of an address, of which there are few: an address itself as a label would let readers fill the memory.
pub(super) fn class(path: &str) -> &'static str {
    let mut parts = path.trim_start_matches('/').split('/');
    let (first, last) = (parts.next().unwrap_or_default(), path.rsplit('/').next().unwrap_or_default());
    match first {
        _ if Format::of_file(last).is_some() => "feed",
        "" | "category" | "source" | "view" | "search" => "page",
        "article" => "article",
        "status" => "status",
        "healthz" | "readyz" => "health",
        "metrics" => "metrics",
        "websub" => "websub",
        "opml.xml" | "style.css" | "script.js" | "feed.css" | "robots.txt" => "file",
        _ => "other",
    }
}

/// Answers `/metrics`: 404 while it is off, 401 without the token.
pub async fn answer(State(state): State<WebState>, headers: HeaderMap) -> Response<Body> {
    let config = state.config();
    let Some(token) = config.server.token_env.as_deref().and_then(config::secret) else {
        return answer::not_found();
    };
    if !is_bearer(&headers, &token) {
        let mut response = answer::problem(
            StatusCode::UNAUTHORIZED,
            "读取指标需要请求头 Authorization: Bearer TOKEN。",
            "Metrics need the header \"Authorization: Bearer TOKEN\".",
        );
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"feedmill\""));
        return response;
    }
    let totals = match state.store() {
        Some(store) => match tokio::task::spawn_blocking(move || store.totals()).await {
            Ok(Ok(totals)) => totals,
            Ok(Err(error)) => {
                tracing::error!(%error, "the store cannot be counted for /metrics");
                return answer::problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "存储无法读取，原因见日志。",
                    "The store cannot be read; see the log.",
                );
            }
            Err(_) => return answer::stopping(),
        },
        None => return answer::not_ready(),
    };
    let mut response = answer::plain(StatusCode::OK, "");
    *response.body_mut() = Body::from(state.metrics().text(&totals));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    response
}

/// Whether the request brings the token. Hashes are compared, which takes the same time whatever they are.
fn is_bearer(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let Some((scheme, given)) = given.split_at_checked("Bearer ".len()) else { return false };
    scheme.eq_ignore_ascii_case(b"Bearer ") && blake3::hash(given.trim_ascii()) == blake3::hash(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_few_classes() {
        for (path, expected) in [
            ("/", "page"),
            ("/feed.xml", "feed"),
            ("/category/%E7%A7%91/atom.xml", "feed"),
            ("/source/36kr/", "page"),
            ("/article/0123.md", "article"),
            ("/readyz", "health"),
            ("/style.css", "file"),
            ("/wp-login.php", "other"),
            ("//x", "other"),
        ] {
            assert_eq!(class(path), expected, "{path}");
        }
    }

    #[test]
    fn s18_only_the_whole_token_is_let_in() {
        let with = |value: &'static [u8]| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())]);
        assert!(is_bearer(&with(b"Bearer secret"), "secret") && is_bearer(&with(b"bearer secret "), "secret"));
        for wrong in [&b"Bearer secre"[..], b"Bearer secrets", b"Bearer ", b"Bearer", b"", b"Basic secret", b"secret", b"Bearer \xff"] {
            assert!(!is_bearer(&with(wrong), "secret"), "{wrong:?}");
        }
        assert!(!is_bearer(&HeaderMap::new(), "secret"));
    }

    #[test]
    fn names_follow_prometheus_and_every_number_is_there_from_the_start() {
        let text = Metrics::default().text(&Totals::default());
        let names = [
            "feedmill_build_info{version=\"",
            "feedmill_polls_total{result=\"failed\"} 0",
            "feedmill_fetch_duration_seconds_count 0",
            "feedmill_fetch_duration_seconds_bucket{le=\"0.05\"} 0",
            "feedmill_fetch_wire_bytes_total 0",
            "feedmill_entries_total{verdict=\"new\"} 0",
            "feedmill_units 0",
            "feedmill_units_waiting 0",
            "feedmill_units_under_way 0",
            "feedmill_schedule_lag_seconds 0",
            "feedmill_articles 0",
            "feedmill_sightings 0",
            "feedmill_store_bytes 0",
        ];
        for name in names {
            assert!(text.lines().any(|line| line.starts_with(name)), "{name} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_happened_is_counted() {
        let metrics = Metrics::default();
        metrics.fetched(Duration::from_millis(70), 1_000);
        metrics.polled(&Outcome::Changed, &VerdictCounts { new: 3, unchanged: 2, ..VerdictCounts::default() });
        metrics.scheduled(Schedule { units: 9, waiting: 4, under_way: 2, lag: Duration::from_millis(1_500) });
        metrics.answered("feed", StatusCode::NOT_MODIFIED);
        let text = metrics.text(&Totals { articles: 3, sightings: 5, sources: 1, disk_bytes: 77, changes: 9 });
        for line in [
            "feedmill_polls_total{result=\"changed\"} 1",
            "feedmill_fetch_duration_seconds_bucket{le=\"0.1\"} 1",
            "feedmill_fetch_wire_bytes_total 1000",
            "feedmill_entries_total{verdict=\"new\"} 3",
            "feedmill_units_waiting 4",
            "feedmill_schedule_lag_seconds 1.5",
            "feedmill_articles 3",
            "feedmill_store_bytes 77",
            "feedmill_http_requests_total{class=\"feed\",status=\"304\"} 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}

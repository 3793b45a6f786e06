//! The publisher: a real server on loopback, in a process of its own so that its work is not counted as anybody else's.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::{Failure, feeds, say};

/// How long a hanging feed keeps its visitor waiting, in seconds.
const HANG_SECONDS: u64 = 600;

/// How the feeds behave.
#[derive(Clone, Copy, Debug)]
pub struct Orders {
    seed: u64,
    /// Milliseconds before each answer.
    latency: u64,
    /// The share of feeds that answer 500.
    failing: f64,
    /// The share of feeds that never answer.
    hanging: f64,
    /// How many times as long as a teaser the entries are.
    length: u32,
}

impl Orders {
    /// Reads `key=value` words.
    pub fn of(words: &[&str]) -> Result<Self, Failure> {
        let mut orders = Self { seed: 7, latency: 0, failing: 0.0, hanging: 0.0, length: 1 };
        for word in words {
            match word.split_once('=') {
                Some(("seed", value)) => orders.seed = value.parse()?,
                Some(("latency", value)) => orders.latency = value.parse()?,
                Some(("failing", value)) => orders.failing = value.parse()?,
                Some(("hanging", value)) => orders.hanging = value.parse()?,
                Some(("length", value)) => orders.length = value.parse()?,
                _ => return Err(format!("{word:?} is no order: seed=, latency=, failing=, hanging=, length=").into()),
            }
        }
        Ok(orders)
    }

    /// Where a feed stands between 0 and 1: those below `hanging` hang, those from there to `hanging + failing` fail.
    fn lot(&self, number: u32) -> f64 {
        fastrand::Rng::with_seed(self.seed.wrapping_add(u64::from(number) << 32)).f64()
    }
}

/// Serves until it is killed.
pub async fn serve(feeds: u32, orders: Orders) -> Result<(), Failure> {
    // All of 127.0.0.0/8, so that a feed can have a host of its own.
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", 0)).await?;
    say(format_args!("port {}", listener.local_addr()?.port()));
    let app = Router::new().fallback(answer).with_state((feeds, orders));
    Ok(axum::serve(listener, app).await?)
}

async fn answer(State((feeds, orders)): State<(u32, Orders)>, uri: Uri, headers: HeaderMap) -> Response {
    let number = uri.path().trim_start_matches('/').trim_end_matches(".xml").parse::<u32>().ok().filter(|number| *number < feeds);
    let Some(number) = number else { return StatusCode::NOT_FOUND.into_response() };
    tokio::time::sleep(Duration::from_millis(orders.latency)).await;
    let lot = orders.lot(number);
    if lot < orders.hanging {
        tokio::time::sleep(Duration::from_secs(HANG_SECONDS)).await;
    }
    if lot < orders.hanging + orders.failing {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let etag = feeds::etag(orders.seed, number);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let (media_type, document) = feeds::document(orders.seed, number, orders.length);
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::ETAG, etag)], document).into_response()
}

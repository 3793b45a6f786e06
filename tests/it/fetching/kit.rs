//! A client for tests: on loopback, patient only for a moment, with a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use feedmill::clock::ManualClock;
use feedmill::config::{FetchConfig, Network};
use feedmill::fetch::{Answer, Fetch, FetchError, FetchRequest, Fetched, HttpFetch};
use feedmill::model::{Instant, Validators};
use rustls::RootCertStore;
use url::Url;

pub const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://example.org/</link><description/>\
    <item><title>one</title><link>http://example.org/1</link><guid>1</guid></item></channel></rss>";

pub struct Kit {
    pub clock: ManualClock,
    pub client: Arc<HttpFetch>,
}

/// A noon in spring.
pub fn noon() -> Instant {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub fn kit() -> Kit {
    kit_with(|_| {})
}

pub fn kit_with(change: impl FnOnce(&mut FetchConfig)) -> Kit {
    kit_trusting(RootCertStore::empty(), change)
}

/// One that trusts these certificates.
pub fn kit_trusting(roots: RootCertStore, change: impl FnOnce(&mut FetchConfig)) -> Kit {
    let loopback = Network { address: "127.0.0.0".parse().unwrap(), prefix_bits: 8 };
    let mut config =
        FetchConfig { per_host_delay: Duration::ZERO, starts_per_second: 0, allow_private: vec![loopback], ..FetchConfig::default() };
    change(&mut config);
    let clock = ManualClock::new(noon());
    Kit { client: Arc::new(HttpFetch::with_roots(&config, Arc::new(clock.clone()), roots).unwrap()), clock }
}

pub fn request(url: &Url) -> FetchRequest {
    FetchRequest {
        source: None,
        url: url.clone(),
        validators: Validators::default(),
        headers: Vec::new(),
        authorization: None,
        proxy: None,
        has_place: false,
    }
}

impl Kit {
    pub async fn get(&self, url: &Url) -> Fetched {
        self.client.fetch(request(url)).await
    }

    pub async fn answer(&self, url: &Url) -> Answer {
        self.get(url).await.result.unwrap()
    }

    pub async fn error(&self, url: &Url) -> FetchError {
        self.get(url).await.result.unwrap_err()
    }

    /// Asks again with what the last answer gave.
    pub async fn again(&self, url: &Url, validators: Validators) -> Answer {
        self.client.fetch(FetchRequest { validators, ..request(url) }).await.result.unwrap()
    }
}

//! Keywords and summaries by a language model: any endpoint that speaks OpenAI's chat completions.
//!
//! In: articles that have their offline digest already, and the texts it was made of. Out: better digests, where the model gives any; in every
//! other case the offline ones stand, with one line in the log. The user configured the address, so it may be a private one, and it is asked
//! directly; redirects are not followed, so that text and key go nowhere else.
//!
//! Bounds: [`REQUESTS_MAX`] at once, [`POLLS_MAX`] polls that wait, [`LlmLimits`] of time, [`REPLY_BYTES_MAX`], `daily_budget` requests a UTC day (counted in a file, so that
//! it outlives the process), [`KEPT_MAX`] answers kept in memory by fingerprint, and a rest of [`REST`] after [`FAILURES_MAX`] failures.

mod budget;
mod memory;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use budget::Budget;
use futures_util::StreamExt as _;
use memory::Memory;
pub use memory::{FAILURES_MAX, KEPT_MAX, REST};
use reqwest::{Client, header};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use crate::clock::Clock;
use crate::config::{self, LlmConfig};
use crate::fetch::{FetchError, tls_settings};
use crate::model::{Article, Fingerprint};
use crate::pipeline::normalize;
use crate::pipeline::summarize::{Digest, reply};

/// Requests at once, over all polls.
pub const REQUESTS_MAX: usize = 2;

/// Polls that wait for answers at once, with their articles in memory; the next ones are stored as they are.
pub const POLLS_MAX: usize = 32;

/// Longest answer, in bytes.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct LlmLimits {
    /// For one answer.
    pub request: Duration,
    /// For all answers of one poll: then it is stored with what there is.
    pub poll: Duration,
}

impl Default for LlmLimits {
    fn default() -> Self {
        Self { request: Duration::from_secs(30), poll: Duration::from_secs(60) }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// As many requests as the user allows were made today.
    #[error("the daily budget of {0} requests is spent; see daily_budget in [llm]")]
    Budget(u32),
    /// It failed several times in a row a moment ago.
    #[error("it failed {FAILURES_MAX} times in a row and is asked again in some minutes")]
    Resting,
    /// Too many articles are in the queue.
    #[error("{POLLS_MAX} polls wait for it already")]
    Busy,
    /// The poll cannot wait any longer.
    #[error("the time that one poll waits for it is over")]
    Late,
    /// There was an answer, and no keywords and summary in it.
    #[error("its answer holds no keywords and summary; see model and prompt in [llm]")]
    Nonsense,
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

/// A language model.
pub struct Llm {
    config: LlmConfig,
    endpoint: Url,
    client: Client,
    clock: Arc<dyn Clock>,
    limits: LlmLimits,
    room: Semaphore,
    polls: Semaphore,
    budget: tokio::sync::Mutex<Budget>,
    memory: Mutex<Memory>,
}

impl Llm {
    /// The model that feeds.toml names; `data` is the folder that the program writes to. Reads one small file.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new(config: &LlmConfig, clock: Arc<dyn Clock>, data: &Path, limits: LlmLimits) -> Result<Self, FetchError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls_settings()?)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .timeout(limits.request)
            .pool_max_idle_per_host(REQUESTS_MAX)
            .user_agent(concat!("feedmill/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FetchError::Unreachable(format!("the HTTP client of [llm] cannot be set up: {error}")))?;
        Ok(Self {
            endpoint: endpoint(&config.url),
            config: config.clone(),
            client,
            clock,
            limits,
            room: Semaphore::new(REQUESTS_MAX),
            polls: Semaphore::new(POLLS_MAX),
            budget: tokio::sync::Mutex::new(Budget::read(data)),
            memory: Mutex::default(),
        })
    }

    /// What it was made for.
    #[must_use]
    pub fn config(&self) -> &LlmConfig {
        &self.config
    }

    /// How long one poll waits in all, over the sources that share its document.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.limits.poll
    }

    /// Replaces the offline digests of these articles (by their place) by the model's, as far as it gives any while `patience` lasts. What is
    /// left of it comes back: the time of everything else in a poll does not count.
    pub async fn improve(&self, source: &str, articles: &mut [Article], texts: Vec<(usize, String)>, patience: &mut Duration) {
        if texts.is_empty() {
            return;
        }
        let Ok(_place) = self.polls.try_acquire() else {
            helped(source, texts.len(), &vec![LlmError::Busy; texts.len()]);
            return;
        };
        let until = Instant::now() + *patience;
        let questions: Vec<_> = texts
            .into_iter()
            .filter_map(|(at, text)| {
                let article = articles.get(at)?;
                let offline = Digest { keywords: article.keywords.clone(), summary: article.summary.clone() };
                Some(self.answer(at, article.fingerprint, article.title.clone(), text, offline, until))
            })
            .collect();
        let asked = questions.len();
        let answers: Vec<_> = futures_util::stream::iter(questions).buffer_unordered(REQUESTS_MAX).collect().await;
        let mut missing = Vec::new();
        for (at, answer) in answers {
            match (answer, articles.get_mut(at)) {
                (Ok(digest), Some(article)) => normalize::put_digest(article, digest),
                (Err(error), _) => missing.push(error),
                (Ok(_), None) => {}
            }
        }
        *patience = until.saturating_duration_since(Instant::now());
        helped(source, asked, &missing);
    }

    async fn answer(
        &self,
        at: usize,
        fingerprint: Fingerprint,
        title: String,
        text: String,
        offline: Digest,
        until: Instant,
    ) -> (usize, Result<Digest, LlmError>) {
        let asking = self.digest(fingerprint, &title, &text, &offline);
        (at, tokio::time::timeout_at(until, asking).await.unwrap_or(Err(LlmError::Late)))
    }

    /// The model's digest of an article, from memory where the same text was asked about before.
    ///
    /// # Errors
    /// Why there is none; nothing in it is secret.
    pub async fn digest(&self, fingerprint: Fingerprint, title: &str, text: &str, offline: &Digest) -> Result<Digest, LlmError> {
        let Ok(_permit) = self.room.acquire().await else { return Err(LlmError::Late) };
        if let Some(known) = self.memory().recall(fingerprint)? {
            return Ok(known);
        }
        let key = self.key()?;
        self.budget.lock().await.spend(&*self.clock, self.config.daily_budget).await?;
        match self.ask(key, reply::request(&self.config.model, self.config.prompt.as_deref(), title, text)).await {
            Ok(body) => {
                let digest = reply::read(&body, offline);
                let mut memory = self.memory();
                memory.answered();
                let digest = digest.ok_or(LlmError::Nonsense)?;
                memory.keep(fingerprint, &digest);
                Ok(digest)
            }
            Err(why) => {
                self.memory().failed();
                Err(LlmError::Failed(why))
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key as it is now: it may be replaced while the program runs.
    fn key(&self) -> Result<Option<String>, LlmError> {
        let Some(name) = self.config.key_env.as_deref() else { return Ok(None) };
        config::secret(name).map(Some).ok_or_else(|| {
            LlmError::Failed(format!("its key is missing: set the environment variable {name}, or pass a systemd credential of that name"))
        })
    }

    /// One request; the error is a sentence without the key and without what the other side said, which may repeat the key.
    async fn ask(&self, key: Option<String>, question: String) -> Result<Vec<u8>, String> {
        let mut request = self.client.post(self.endpoint.clone()).header(header::CONTENT_TYPE, "application/json").body(question);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let said = |error: reqwest::Error| match error.is_timeout() {
            true => format!("no answer within {} seconds", self.limits.request.as_secs_f32()),
            false => format!("it cannot be reached: {}", causes(&error.without_url())),
        };
        let mut response = request.send().await.map_err(said)?;
        let status = response.status();
        if !status.is_success() {
            let advice = match status.as_u16() {
                300..=399 => "; redirects are not followed, so write its final address as url in [llm]",
                401 | 403 => "; see key_env in [llm]",
                404 => "; see url and model in [llm]",
                _ => "",
            };
            return Err(format!("it answered {}{advice}", status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(said)? {
            if body.len() + part.len() > REPLY_BYTES_MAX {
                return Err(format!("its answer is longer than {REPLY_BYTES_MAX} bytes"));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}

/// One line where the model did not help with all of it.
fn helped(source: &str, asked: usize, missing: &[LlmError]) {
    if let Some(error) = missing.first() {
        let offline = missing.len();
        tracing::warn!(source, asked, offline, %error, "the language model did not help; these articles keep their offline summary");
    }
}

/// `{url}/chat/completions`; a query stays where it stands.
fn endpoint(url: &Url) -> Url {
    let mut endpoint = url.clone();
    endpoint.set_path(&format!("{}/chat/completions", url.path().trim_end_matches('/')));
    endpoint
}

/// An error with what caused it: the outermost one alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source()).last().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_below_the_base_address() {
        for (base, expected) in [
            ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
            ("https://api.example.com/v1/", "https://api.example.com/v1/chat/completions"),
            ("https://example.com", "https://example.com/chat/completions"),
            ("https://example.com/d/m?api-version=1", "https://example.com/d/m/chat/completions?api-version=1"),
        ] {
            assert_eq!(endpoint(&Url::parse(base).unwrap()).as_str(), expected);
        }
    }

    #[tokio::test]
    async fn no_more_polls_wait_than_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::parse("http://127.0.0.1:9/v1").unwrap();
        let config = LlmConfig { url, model: "m".into(), key_env: None, prompt: None, daily_budget: 9 };
        let clock = Arc::new(crate::clock::ManualClock::new(crate::pipeline::testing::NOON));
        let llm = Llm::new(&config, clock, folder.path(), LlmLimits::default()).unwrap();
        let _waiting = llm.polls.acquire_many(u32::try_from(POLLS_MAX).unwrap()).await.unwrap();
        llm.improve("a", &mut [crate::publish::testing::article("a", "1", 0)], vec![(0, "text".into())], &mut llm.patience()).await;
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nobody was asked, at no cost");
    }
}

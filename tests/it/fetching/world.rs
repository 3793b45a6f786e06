//! A small world: a publisher, a feeds.toml, a store, a clock that jumps from one due time to the next, and the daemon's own worker and
//! schedule between them. Thirty days take as long as their requests.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use feedmill::clock::{Clock, ManualClock};
use feedmill::config::{self, Config};
use feedmill::daemon::committer::Committer;
use feedmill::daemon::parsers::parsers;
use feedmill::daemon::scheduler::{Event, Scheduler};
use feedmill::daemon::units::{self, Unit};
use feedmill::daemon::worker::{self, Report, Tools};
use feedmill::fetch::HttpFetch;
use feedmill::model::{Article, Instant, SourceName, SourceState};
use feedmill::store::{MemoryStore, Store};

use super::kit::noon;
use crate::support::publisher::Publisher;

/// Real time that anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub publisher: Publisher,
    pub clock: ManualClock,
    pub store: Arc<MemoryStore>,
    config: Config,
    tools: Arc<Tools>,
    units: Vec<Arc<Unit>>,
}

/// A feed with an entry for each of these numbers.
pub fn feed_of(numbers: impl IntoIterator<Item = u32>) -> String {
    feed_with("", numbers)
}

/// The same, with more elements in its channel.
pub fn feed_with(elements: &str, numbers: impl IntoIterator<Item = u32>) -> String {
    let entries: String = numbers
        .into_iter()
        .map(|number| {
            format!(
                "<item><title>Entry {number}</title><link>https://example.org/{number}</link><guid>https://example.org/{number}</guid>\
                 <description>Words about {number}.</description></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>\
         <title>t</title><link>https://example.org/</link><description>d</description>{elements}{entries}</channel></rss>"
    )
}

impl World {
    /// With one source `a` at `/feed`.
    pub fn new() -> Self {
        Self::with(|publisher| format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n", publisher.url("/feed")))
    }

    /// With these sources; `[fetch]` asks loopback without pauses.
    pub fn with(sources: impl FnOnce(&Publisher) -> String) -> Self {
        Self::with_fetch("starts_per_second = 0", sources)
    }

    /// With sources at `http://NAME.example/feed`, one a name, asked through the publisher as a proxy.
    pub fn of_hosts(fetch: &str, names: &[String]) -> Self {
        let sources: String = names
            .iter()
            .map(|name| format!("[[source]]\nname = \"{name}\"\nurl = \"http://{name}.example/feed\"\ninterval = \"1h\"\n\n"))
            .collect();
        Self::with_fetch(fetch, |publisher| format!("[defaults]\nproxy = \"{}\"\n\n{sources}", publisher.proxy()))
    }

    /// With these lines in `[fetch]`.
    pub fn with_fetch(fetch: &str, sources: impl FnOnce(&Publisher) -> String) -> Self {
        let publisher = Publisher::start();
        let sources = sources(&publisher);
        let text = format!("[fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\n{fetch}\n\n{sources}");
        let config = config::parse(&text, "feeds.toml").unwrap_or_else(|wrong| panic!("{wrong}"));
        let (clock, store) = (ManualClock::new(noon()), Arc::new(MemoryStore::new()));
        let tools = tools(&config, &clock, &store);
        let units = units::group(&config.sources).into_iter().map(Arc::new).collect();
        Self { publisher, clock, store, config, tools, units }
    }

    /// The process ends and another one starts: nothing is left but the store.
    pub fn restart(&mut self) {
        self.tools = tools(&self.config, &self.clock, &self.store);
    }

    /// What the workers of this process work with.
    pub fn tools(&self) -> Arc<Tools> {
        Arc::clone(&self.tools)
    }

    /// The unit of the source `a`.
    pub fn unit(&self) -> Arc<Unit> {
        Arc::clone(&self.units[0])
    }

    /// A scheduler that has read the configuration, as after a start.
    pub async fn scheduler(&self) -> Scheduler {
        let mut scheduler = Scheduler::new(Arc::clone(&self.tools));
        scheduler.handle(Event::Configured(Arc::new(self.config.clone()))).await.unwrap();
        scheduler
    }

    /// Polls what is due at this moment of the clock, as the daemon does, until nobody is at work.
    pub async fn tick(&self, scheduler: &mut Scheduler) {
        scheduler.handle(Event::Tick).await.unwrap();
        while scheduler.under_way() > 0 {
            tokio::time::timeout(PATIENCE, scheduler.ended()).await.unwrap();
        }
    }

    /// Polls the unit of the source `a` now.
    pub async fn poll(&self) -> Report {
        let reports = tokio::time::timeout(PATIENCE, worker::poll_unit(&self.tools, &self.units[0])).await.unwrap().unwrap();
        reports.into_iter().next().unwrap()
    }

    /// Moves the clock to the due time of `a`.
    pub fn go_to_due(&self) {
        self.clock.set(self.state("a").next_due);
    }

    /// Polls `a` whenever it is due, until so much time has passed on the clock. The clock ends there.
    pub async fn live(&self, days: i64) {
        let end = self.clock.now() + TimeDelta::days(days);
        loop {
            let due = self.store.source_state(&name("a")).unwrap().map_or(self.clock.now(), |state| state.next_due);
            if due >= end {
                break;
            }
            self.clock.set(due);
            self.poll().await;
        }
        self.clock.set(end);
    }

    pub fn state(&self, source: &str) -> SourceState {
        self.store.source_state(&name(source)).unwrap().unwrap()
    }

    pub fn articles(&self) -> Vec<Article> {
        self.store.newest(None, None, 10_000).unwrap()
    }

    /// Hours from now to the next poll of `a`, rounded down.
    pub fn hours_to_due(&self) -> i64 {
        (self.state("a").next_due - self.clock.now()).num_hours()
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}

fn name(source: &str) -> SourceName {
    SourceName::new(source).unwrap()
}

fn tools(config: &Config, clock: &ManualClock, store: &Arc<MemoryStore>) -> Arc<Tools> {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let store: Arc<dyn Store> = Arc::clone(store) as Arc<dyn Store>;
    let fetch = HttpFetch::with_roots(&config.fetch, Arc::clone(&clock), rustls::RootCertStore::empty()).unwrap();
    let (committer, _) = Committer::start(Arc::clone(&store));
    Arc::new(Tools {
        holder: feedmill::daemon::lease::new_holder(),
        summarizer: Arc::default(),
        store,
        fetch: Arc::new(fetch),
        clock,
        committer,
        players: Arc::default(),
        interval_max: config.fetch.interval_max,
        parsers: parsers(),
        llm: None,
        metrics: Arc::default(),
    })
}

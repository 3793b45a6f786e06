//! The daemon from start to end: opens the store, binds the socket, polls, serves, takes up changes of feeds.toml, and stops cleanly.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::committer::Committer;
use super::control::{self, Desk, PollRequest};
use super::follower;
use super::lease;
use super::llm::{Llm, LlmLimits};
use super::maintenance::Upkeep;
use super::notify;
use super::parsers::parsers;
use super::publisher::{self, PublisherHandle};
use super::scheduler::{Event, Scheduler};
use super::signals::{Heard, Signals};
use super::stories::Stories;
use super::timer::{Beat, Timer};
use super::worker::Tools;
use crate::clock::Clock;
use crate::config::{self, Config, LoadError};
use crate::fetch::client::HttpFetch;
use crate::fetch::{Fetch, FetchError};
use crate::model::{Instant, Schedule};
use crate::pipeline::summarize::Summarizer;
use crate::search::Search;
use crate::store::sled::{SledOptions, open_or_recover};
use crate::store::{Store, StoreError};
use crate::web::troubles::Journal;
use crate::web::{self, Metrics, WebState, folder};

/// How long the server may finish its answers after the signal to stop.
const SERVER_END: Duration = Duration::from_secs(1);

/// How often the store is looked at, where systemd's watchdog does not want it oftener.
const LOOK: Duration = Duration::from_secs(30);

/// How long plans that are handed in may take to become durable after the signal to stop.
const COMMITTER_END: Duration = Duration::from_secs(3);

/// The journal of troubles, in the data folder.
const TROUBLES: &str = "troubles.json";

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Places {
    /// feeds.toml.
    pub config: PathBuf,
    /// The folder that the program writes to.
    pub data: PathBuf,
}

/// Why the daemon did not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// feeds.toml is wrong.
    #[error("{0}")]
    Config(LoadError),
    /// The store cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The socket cannot be had.
    #[error("cannot listen on {address}: {why}; choose another address in [server] listen, or stop the program that uses this one")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// The HTTP client cannot be built.
    #[error("cannot set up the HTTP client: {0}")]
    Fetch(#[from] FetchError),
    /// The system refused something else.
    #[error("{what}: {why}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        why: String,
    },
}

/// The tools of a worker, around an open store in the folder `data`. Also what `poll` works with.
///
/// # Errors
/// Those of the HTTP client.
pub fn tools(
    config: &Config,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    data: &Path,
) -> Result<(Arc<Tools>, tokio::task::JoinHandle<()>), FetchError> {
    let fetch: Arc<dyn Fetch> = Arc::new(HttpFetch::new(&config.fetch, Arc::clone(&clock))?);
    let stories = Arc::new(Stories::new(Arc::clone(&store), config));
    let (committer, committing) = Committer::start_with(Arc::clone(&store), Some(stories));
    let players = Arc::new(config.article.players.clone());
    let (interval_max, parsers) = (config.fetch.interval_max, parsers());
    let summarizer = Arc::new(Summarizer::new());
    let llm = language_model(config, &clock, data);
    let holder = lease::new_holder();
    let tools = Tools { store, holder, fetch, clock, committer, players, summarizer, interval_max, parsers, llm, metrics };
    Ok((Arc::new(tools), committing))
}

/// The language model of feeds.toml. Where it cannot be set up, articles have their offline summaries.
fn language_model(config: &Config, clock: &Arc<dyn Clock>, data: &Path) -> Option<Arc<Llm>> {
    let made = Llm::new(config.llm.as_ref()?, Arc::clone(clock), data, LlmLimits::default());
    made.inspect_err(|error| tracing::error!(%error, "summaries are made offline")).ok().map(Arc::new)
}

/// Opens the store of a data folder, off the runtime's threads. A damaged one is set aside and restored from the newest snapshot: the
/// second value says so.
///
/// # Errors
/// Those of [`open_or_recover`].
pub async fn open_store(data: &Path, now: Instant) -> Result<(Arc<dyn Store>, Option<String>), StoreError> {
    let (folder, snapshots) = (data.join("store"), data.join("snapshots"));
    let opened = tokio::task::spawn_blocking(move || open_or_recover(&folder, &snapshots, SledOptions::default(), now)).await;
    let (store, recovered) =
        opened.unwrap_or_else(|_| Err(StoreError::Damaged(format!("opening the store in {} failed", data.display()))))?;
    Ok((Arc::new(store), recovered.map(|recovered| recovered.message)))
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting; once it runs, it runs.
pub async fn run(places: Places, clock: Arc<dyn Clock>) -> Result<(), RunError> {
    let config = config::load(&places.config).map_err(RunError::Config)?;
    let mut signals = Signals::new().map_err(|why| system("listening for signals", &why))?;
    let listener = listen(config.server.listen).await?;
    let config = Arc::new(ArcSwap::from_pointee(config));
    let metrics = Arc::new(Metrics::default());
    let state = WebState::new(Arc::clone(&config), Arc::clone(&clock), Arc::clone(&metrics));

    // What an earlier process rendered is served while the store opens (P20).
    let public = places.data.join("public");
    match folder::load(&public) {
        Ok(earlier) => state.publish(earlier),
        Err(error) => {
            tracing::warn!(folder = %public.display(), %error, "the feeds of an earlier run cannot be read; they are rendered anew");
        }
    }
    let stop = CancellationToken::new();
    let address = listener.local_addr().map_err(|error| system("asking for the address", &error))?;
    let server = tokio::spawn(web::serve(listener, state.clone(), stop.clone().cancelled_owned()));
    let (opened, recovered) = tokio::select! {
        opened = open_store(&places.data, clock.now()) => opened?,
        () = signals.end() => return Ok(()),
    };
    if let Some(text) = recovered {
        tracing::error!("{text}");
        state.report_trouble();
    }
    state.open(Arc::clone(&opened));
    let (tools, committing) = tools(&config.load(), Arc::clone(&opened), clock, metrics, &places.data)?;
    let search = Arc::new(Search::new(&places.data, Arc::clone(tools.summarizer.dictionary())));
    state.open_search(Arc::clone(&search));
    let (follower, following) = follower::start(search, Arc::clone(&opened), Arc::clone(&config), tools.committer.room());
    // No handle to the committer may stay behind: it ends when the last one goes.
    let mut tools = Arc::unwrap_or_clone(tools);
    tools.committer = tools.committer.telling(follower.clone());
    let tools = Arc::new(tools);
    publisher::publish(&state, &opened, &public).await;
    let (publisher, publishing) = publisher::start(state.clone(), Arc::clone(&opened), public);
    let journal = places.data.join(TROUBLES);
    state.open_journal(Journal::load(&journal));
    let upkeep = Upkeep::new(Arc::clone(&opened), publisher.clone(), state.clone(), places.data.join("snapshots"));
    tracing::info!("listening on http://{address}/ with {} sources", config.load().sources.len());
    notify::ready(&format!("serving http://{address}/"));

    let desk = Desk {
        config: Arc::clone(&config),
        clock: Arc::clone(&tools.clock),
        summarizer: Arc::clone(&tools.summarizer),
        publisher: publisher.clone(),
        follower,
    };
    // Commands work without it too, but for those that need the store.
    let (_socket, polls) = control::start(&places.data, Arc::clone(&opened), desk)
        .inspect_err(|error| tracing::warn!(%error, "no socket for commands in {}; they cannot ask this daemon", places.data.display()))
        .map_or((None, None), |(socket, polls)| (Some(socket), Some(polls)));
    let mut daemon = Daemon { places, config, tools, publisher, upkeep, store: opened, state };
    let result = daemon.work(&mut signals, polls).await;

    notify::stopping();
    tracing::info!("stopping");
    let Daemon { tools, publisher, upkeep, .. } = daemon;
    drop((tools, publisher, upkeep));
    if tokio::time::timeout(COMMITTER_END, committing).await.is_err() {
        tracing::warn!("the last polls were not stored in time; they are done again");
    }
    publishing.abort();
    following.abort();
    stop.cancel();
    let _ = tokio::time::timeout(SERVER_END, server).await;
    result
}

struct Daemon {
    places: Places,
    config: Arc<ArcSwap<Config>>,
    tools: Arc<Tools>,
    publisher: PublisherHandle,
    upkeep: Upkeep,
    store: Arc<dyn Store>,
    state: WebState,
}

impl Daemon {
    /// The loop: every cause of work comes through one of its arms.
    async fn work(&mut self, signals: &mut Signals, mut polls: Option<mpsc::Receiver<PollRequest>>) -> Result<(), RunError> {
        let (mut timer, mut beats) = Timer::start().await.map_err(|error| system("starting the timer", &error))?;
        let (saved, mut saves) = mpsc::channel(1);
        let watching = tokio::spawn(config::watch(self.places.config.clone(), saved));
        let mut scheduler = Scheduler::new(Arc::clone(&self.tools));
        self.configure(&mut scheduler, &mut timer).await?;
        let watchdog = notify::watchdog_period().unwrap_or(LOOK).min(LOOK);
        let mut looking = tokio::time::interval(watchdog);
        loop {
            tokio::select! {
                heard = signals.wait() => match heard {
                    Heard::End => break,
                    Heard::Reload => self.reload(&mut scheduler, &mut timer).await,
                },
                Some(()) = saves.recv() => self.reload(&mut scheduler, &mut timer).await,
                Some(beat) = beats.recv() => match beat {
                    Beat::Tick => logged(scheduler.handle(Event::Tick).await),
                    Beat::Maintenance => self.upkeep.begin(&self.config.load_full(), self.tools.clock.now()),
                    Beat::Rest => self.upkeep.rest(self.tools.summarizer.dictionary()),
                },
                Some(request) = asked(&mut polls) => logged(scheduler.handle(Event::PollNow(request)).await),
                changed = scheduler.ended() => if changed { self.publisher.changed() },
                // Reached only while this loop turns, and systemd is told only while the store answers (R15).
                _ = looking.tick() => match self.look_at_store().await {
                    Ok(()) => notify::alive(),
                    // A damaged store refuses every call; it is restored when it is opened again, and systemd starts us again.
                    Err(error @ StoreError::Damaged(_)) => return Err(error.into()),
                    Err(error) => tracing::error!(%error, "the store does not answer"),
                },
            }
        }
        watching.abort();
        timer.stop().await;
        scheduler.stop().await;
        Ok(())
    }

    async fn look_at_store(&self) -> Result<(), StoreError> {
        let (store, state, journal) = (Arc::clone(&self.store), self.state.clone(), self.places.data.join(TROUBLES));
        let looked = tokio::task::spawn_blocking(move || {
            store.totals()?;
            if let Some(troubles) = state.look_for_troubles(&*store)?
                && let Err(error) = troubles.save(&journal)
            {
                tracing::warn!(file = %journal.display(), %error, "the journal of troubles could not be written; it is kept in memory");
            }
            Ok(())
        });
        let looked = looked.await;
        looked.unwrap_or_else(|_| Err(StoreError::Damaged("the store failed in an unforeseen way".into())))
    }

    /// Reads feeds.toml again; a wrong one changes nothing.
    async fn reload(&mut self, scheduler: &mut Scheduler, timer: &mut Timer) {
        notify::reloading();
        match config::load(&self.places.config) {
            Ok(new) => {
                let old = self.config.load_full();
                if new.server.listen != old.server.listen {
                    tracing::warn!("[server] listen changed; the new address is used after a restart");
                }
                self.config.store(Arc::new(new));
                self.renew_tools(&old);
                logged(self.configure(scheduler, timer).await);
                tracing::info!("feeds.toml was taken up: {} sources", self.config.load().sources.len());
            }
            Err(wrong) => tracing::error!("feeds.toml is wrong, the last good one stays in force:\n{wrong}"),
        }
        notify::ready("feeds.toml was taken up");
    }

    /// Workers that start from now on fetch and normalize by the new settings. The client is kept where `[fetch]` is the same: it knows
    /// which hosts were asked a moment ago.
    fn renew_tools(&mut self, before: &Config) {
        let config = self.config.load();
        let old = &self.tools;
        let mut fetch = Arc::clone(&old.fetch);
        if config.fetch != before.fetch {
            match HttpFetch::new(&config.fetch, Arc::clone(&old.clock)) {
                Ok(new) => fetch = Arc::new(new),
                Err(error) => tracing::error!(%error, "[fetch] could not be taken up; the old settings stay"),
            }
        }
        if let Some(stories) = old.committer.stories() {
            stories.configure(&config);
        }
        let llm = if config.llm == before.llm { old.llm.clone() } else { language_model(&config, &old.clock, &self.places.data) };
        self.tools = Arc::new(Tools {
            store: Arc::clone(&old.store),
            holder: old.holder,
            fetch,
            clock: Arc::clone(&old.clock),
            committer: old.committer.clone(),
            players: Arc::new(config.article.players.clone()),
            summarizer: Arc::clone(&old.summarizer),
            interval_max: config.fetch.interval_max,
            parsers: Arc::clone(&old.parsers),
            llm,
            metrics: Arc::clone(&old.metrics),
        });
    }

    async fn configure(&mut self, scheduler: &mut Scheduler, timer: &mut Timer) -> Result<(), RunError> {
        let config = self.config.load_full();
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let schedules: HashSet<_> = config
            .sources
            .iter()
            .filter_map(|source| match &source.schedule {
                Schedule::Cron { expression, time_zone } => Some((expression.clone(), *time_zone)),
                Schedule::Interval(_) => None,
            })
            .collect();
        timer.set_schedules(&schedules).await.map_err(|error| system("setting up the cron schedules", &error))?;
        scheduler.use_tools(Arc::clone(&self.tools));
        scheduler.handle(Event::Configured(config)).await?;
        self.publisher.changed();
        Ok(())
    }
}

/// The next request of a command; never, where there is no socket.
async fn asked(polls: &mut Option<mpsc::Receiver<PollRequest>>) -> Option<PollRequest> {
    match polls {
        Some(polls) => polls.recv().await,
        None => std::future::pending().await,
    }
}

fn logged<E: std::fmt::Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::error!(%error, "the scheduler could not go on as it should; it tries again");
    }
}

fn system(what: &'static str, why: &impl ToString) -> RunError {
    RunError::System { what, why: why.to_string() }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|why| RunError::Listen { address, why })
}

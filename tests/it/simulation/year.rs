//! The days of a simulation: what happens to the program, as the dice say.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use fastrand::Rng;
use feedmill::clock::{Clock, ManualClock};
use feedmill::config::{self, Config};
use feedmill::daemon::committer::Committer;
use feedmill::daemon::maintenance;
use feedmill::daemon::parsers::parsers;
use feedmill::daemon::scheduler::{Event, Scheduler};
use feedmill::daemon::stories::Stories;
use feedmill::daemon::worker::Tools;
use feedmill::fetch::Fetch;
use feedmill::model::Instant;
use feedmill::store::Store;
use tokio::task::JoinHandle;

use super::disk::Disk;
use super::laws::Laws;
use super::network::{self, Network};

const SITES: usize = 8;
/// Intervals of the sources, in hours.
const INTERVAL_HOURS: [i64; 4] = [6, 12, 24, 48];
/// Days between two upkeeps; each is followed by a look at everything.
const UPKEEP_DAYS: i64 = 8;
/// Articles kept in all.
const KEEP_ARTICLES: u64 = 120;
/// Days that articles of every third source are kept.
const KEEP_DAYS: i64 = 90;

/// What a run was, to compare it with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Hash of everything that happened.
    pub trace: String,
    pub requests: usize,
    /// All that were ever stored.
    pub articles: usize,
    pub restarts: usize,
}

/// The program while it runs.
struct Program {
    store: Arc<dyn Store>,
    scheduler: Scheduler,
    committer: JoinHandle<()>,
}

pub struct Year {
    seed: u64,
    dice: Rng,
    folder: tempfile::TempDir,
    config: Config,
    network: Arc<Network>,
    /// What the program takes for the time.
    clock: ManualClock,
    /// What the time is.
    now: Instant,
    /// How far the program's clock is ahead.
    ahead: TimeDelta,
    disk_is_full: Arc<AtomicBool>,
    laws: Laws,
    trace: blake3::Hasher,
    restarts: usize,
}

pub fn host(number: usize) -> String {
    format!("s{number}.example")
}

pub fn interval(number: usize) -> TimeDelta {
    TimeDelta::hours(INTERVAL_HOURS[number % INTERVAL_HOURS.len()])
}

pub fn keep(number: usize) -> Option<TimeDelta> {
    (number % 3 == 2).then(|| TimeDelta::days(KEEP_DAYS))
}

fn feeds_toml() -> String {
    let mut text =
        format!("[article]\nsummary = \"off\"\n[stories]\nsimilar = false\n[store]\nkeep_articles = {KEEP_ARTICLES}\n[site]\nlimit = 20\n");
    text.push_str("[fetch]\nstarts_per_second = 0\n");
    for number in 0..SITES {
        let url = network::address(&host(number), 0);
        let hours = interval(number).num_hours();
        write!(text, "[[source]]\nname = \"s{number}\"\nurl = \"{url}\"\ninterval = \"{hours}h\"\n").unwrap();
        if let Some(keep) = keep(number) {
            writeln!(text, "keep = \"{} days\"", keep.num_days()).unwrap();
        }
    }
    text
}

impl Year {
    /// Plays so many days of a seed. Panics with the seed where a law is broken.
    pub async fn play(seed: u64, days: i64) -> Told {
        let mut dice = Rng::with_seed(seed);
        let now: Instant = "2026-03-01T12:00:00Z".parse().unwrap();
        let clock = ManualClock::new(now);
        let network = Arc::new(Network::new((0..SITES).map(host), &mut dice, &clock, now));
        let mut year = Self {
            seed,
            dice,
            folder: tempfile::tempdir().unwrap(),
            config: config::parse(&feeds_toml(), "feeds.toml").unwrap_or_else(|wrong| panic!("{wrong}")),
            network,
            clock,
            now,
            ahead: TimeDelta::zero(),
            disk_is_full: Arc::default(),
            laws: Laws::new(seed),
            trace: blake3::Hasher::new(),
            restarts: 0,
        };
        year.run(now + TimeDelta::days(days)).await
    }

    async fn run(&mut self, end: Instant) -> Told {
        let mut program = self.start().await;
        let (mut full_until, mut upkeep) = (self.now, self.now);
        while self.now < end {
            self.now += TimeDelta::minutes(self.dice.i64(20..16 * 60));
            self.network.live(&mut self.dice, self.now);
            if self.dice.u8(..200) == 0 {
                self.jump();
            }
            if self.dice.u8(..200) == 0 {
                full_until = self.now + TimeDelta::hours(self.dice.i64(1..72));
            }
            self.fill_disk(self.now < full_until);
            self.clock.set(self.now + self.ahead);
            match self.dice.u8(..120) {
                0 => program = self.restart(program).await,
                1 => program = self.kill(program).await,
                _ => {}
            }
            self.tick(&mut program).await;
            if self.now - upkeep > TimeDelta::days(UPKEEP_DAYS) {
                upkeep = self.now;
                self.keep_up(&program);
                self.look(&program);
            }
        }
        self.fill_disk(false);
        let last = program.store.verify().unwrap();
        assert_eq!(last, Vec::<String>::new(), "seed {}", self.seed);
        let program = self.restart(program).await;
        self.look(&program);
        self.stop(program).await;
        let (requests, articles) = self.laws.sums();
        Told { trace: self.trace.finalize().to_hex().to_string(), requests, articles, restarts: self.restarts }
    }

    fn note(&mut self, what: &str) {
        self.trace.update(what.as_bytes()).update(b"\n");
    }

    fn jump(&mut self) {
        let hours = self.dice.i64(1..24 * 30);
        let before = self.ahead;
        // Never behind what it was at the beginning for long: it is set right again half of the time.
        self.ahead = match self.dice.u8(..4) {
            0 => TimeDelta::hours(hours),
            1 => TimeDelta::hours(-hours),
            _ => TimeDelta::zero(),
        };
        if self.ahead != before {
            self.laws.clock_jumped(self.now);
            self.note(&format!("{} the clock is {} ahead", self.now, self.ahead));
        }
    }

    fn fill_disk(&mut self, is_full: bool) {
        if self.disk_is_full.swap(is_full, Ordering::Relaxed) != is_full {
            self.laws.disk_changed(self.now, is_full);
            self.note(&format!("{} the disk is full: {is_full}", self.now));
        }
    }

    async fn start(&mut self) -> Program {
        let store: Arc<dyn Store> = Arc::new(Disk::open(&self.folder.path().join("store"), &self.disk_is_full));
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let stories = Arc::new(Stories::new(Arc::clone(&store), &self.config));
        let (handle, committer) = Committer::start_with(Arc::clone(&store), Some(stories));
        let tools = Arc::new(Tools {
            holder: feedmill::daemon::lease::new_holder(),
            summarizer: Arc::default(),
            store: Arc::clone(&store),
            fetch: Arc::clone(&self.network) as Arc<dyn Fetch>,
            clock,
            committer: handle,
            players: Arc::default(),
            interval_max: self.config.fetch.interval_max,
            parsers: parsers(),
            llm: None,
            metrics: Arc::default(),
        });
        let mut scheduler = Scheduler::new(tools);
        scheduler.handle(Event::Configured(Arc::new(self.config.clone()))).await.unwrap();
        Program { store, scheduler, committer }
    }

    async fn stop(&mut self, mut program: Program) {
        program.scheduler.stop().await;
        drop(program.scheduler);
        program.committer.await.unwrap();
        assert_eq!(Arc::strong_count(&program.store), 1, "seed {}: somebody keeps the store", self.seed);
        self.network.forget_holds();
        self.restarts += 1;
    }

    async fn restart(&mut self, program: Program) -> Program {
        self.stop(program).await;
        self.note(&format!("{} restarted", self.now));
        self.laws.restarted();
        self.start().await
    }

    /// Requests are under way and not answered when it ends.
    async fn kill(&mut self, mut program: Program) -> Program {
        self.network.be_silent(true);
        program.scheduler.handle(Event::Tick).await.unwrap();
        for _ in 0..1_000 {
            // As far as each of them comes.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            if self.network.asked() >= program.scheduler.under_way() {
                break;
            }
        }
        self.laws.killed(&self.network.take_sent());
        let program = self.restart(program).await;
        self.network.be_silent(false);
        program
    }

    /// Polls what is due.
    async fn tick(&mut self, program: &mut Program) {
        program.scheduler.handle(Event::Tick).await.unwrap();
        while program.scheduler.under_way() > 0 {
            program.scheduler.ended().await;
        }
        let mut sent = self.network.take_sent();
        sent.sort_by(|a, b| a.host.cmp(&b.host));
        for sent in &sent {
            self.note(&format!("{} {} {:?} {}", sent.at, sent.host, sent.mood, sent.is_conditional));
        }
        for state in program.store.source_states().unwrap() {
            let line = format!("{} {} {:?} {}", state.source, state.next_due, state.outcome, state.next_why);
            self.note(&line);
        }
        self.laws.sent(sent);
    }

    fn keep_up(&mut self, program: &Program) {
        let shown = self.clock.now();
        self.laws.remember(&*program.store);
        match maintenance::expire(&*program.store, &self.config, shown) {
            Ok(removed) => {
                self.laws.expired(&*program.store, removed, shown, KEEP_ARTICLES);
                self.note(&format!("{removed} articles expired"));
            }
            Err(why) => assert!(self.disk_is_full.load(Ordering::Relaxed), "seed {}: {why}", self.seed),
        }
    }

    /// What is there, and what readers see.
    fn look(&mut self, program: &Program) {
        let line = self.laws.look(&*program.store, &self.network, &self.config, self.now, self.clock.now());
        self.note(&line);
    }
}

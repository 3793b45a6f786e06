//! The daemon's own troubles, as a journal: what began, and when it was over. `/status/feed.xml` gives it out, so that whoever runs this hears of a
//! source that fails in the reader they use anyway.
//!
//! In: how the sources are, looked at now and then. Out: events with ids that never change, kept in `data/troubles.json` over restarts.
//! Bound: [`EVENTS_MAX`] events, the oldest go; a trouble for each source and kind.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::render;
use crate::config::Config;
use crate::model::{Instant, Outcome, SourceState};

/// Events kept.
const EVENTS_MAX: usize = 200;

/// A source that failed so often in a row is in trouble; a single failure is the net's daily life.
const FAILURES_MIN: u32 = 3;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 300;

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A source fails again and again.
    Failing,
    /// A source is gone for good.
    Gone,
    /// New entries of a source are held back, since they came as a burst.
    HeldBack,
    /// The store was damaged, or is.
    Store,
}

/// What is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    kind: Kind,
    /// Name of the source; empty where it is not one source's.
    source: String,
    /// In words, where they may be told to everybody.
    reason: String,
}

/// Something that began, or was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    pub kind: Kind,
    /// Whose; empty where it is not one source's.
    pub source: String,
    /// When it was noticed that it began, in seconds since 1970.
    pub since: i64,
    /// When it was noticed that it was over; none while it lasts, and in the event that tells the beginning.
    pub over: Option<i64>,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// What began and ended, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    events: VecDeque<Event>,
    /// What lasts: since when.
    lasting: Vec<(Kind, String, i64)>,
}

/// Whether anything is wrong with the source of this state: [`current`] needs no others.
#[must_use]
pub fn is_in_trouble(state: &SourceState) -> bool {
    state.burst.is_some() || trouble(state).is_some()
}

/// What is wrong with the polls of a source, and why as they tell it.
fn trouble(state: &SourceState) -> Option<(Kind, &str)> {
    match &state.outcome {
        Some(Outcome::Gone) => Some((Kind::Gone, "")),
        Some(Outcome::Failed(why)) if state.failures >= FAILURES_MIN => Some((Kind::Failing, why)),
        _ => None,
    }
}

/// What is wrong with the sources of feeds.toml, and whether the store is.
#[must_use]
pub fn current(config: &Config, states: &[SourceState], store_is_red: bool) -> Vec<Trouble> {
    let public = render::public_feeds(config);
    let by_name: BTreeMap<&str, &SourceState> = states.iter().map(|state| (state.source.as_str(), state)).collect();
    let mut found = Vec::new();
    for source in config.sources.iter().filter(|source| source.enabled) {
        let Some(state) = by_name.get(source.name.as_str()) else { continue };
        let mut push = |kind, reason: String| found.push(Trouble { kind, source: source.name.to_string(), reason });
        if let Some((kind, why)) = trouble(state) {
            // The reason can hold the address that was asked; where that is a secret, only the log tells it.
            let why = if public.contains_key(&source.name) { crate::publish::text::line(why) } else { String::new() };
            push(kind, why.chars().take(REASON_CHARS_MAX).collect());
        }
        if let Some(burst) = state.burst {
            push(Kind::HeldBack, burst.entries.to_string());
        }
    }
    if store_is_red {
        found.push(Trouble { kind: Kind::Store, source: String::new(), reason: String::new() });
    }
    found
}

impl Journal {
    /// Reads the journal of an earlier process; an empty one where there is none, or none that can be read.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() <= FILE_BYTES_MAX);
        let text = if is_small { std::fs::read_to_string(path).ok() } else { None };
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Writes it down: a new file in the place of the old one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("json.new");
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(new, path)
    }

    /// Notes what began and what is over since the last look. Whether there was anything.
    pub fn note(&mut self, troubles: &[Trouble], now: Instant) -> bool {
        let now = now.timestamp();
        let mut is_changed = false;
        let lasts = |kind: Kind, source: &str| troubles.iter().any(|trouble| trouble.kind == kind && trouble.source == source);
        let (lasting, over): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.lasting).into_iter().partition(|(kind, source, _)| lasts(*kind, source));
        self.lasting = lasting;
        for (kind, source, since) in over {
            self.push(Event { kind, source, since, over: Some(now), reason: String::new() });
            is_changed = true;
        }
        for trouble in troubles {
            if self.lasting.iter().any(|(kind, source, _)| *kind == trouble.kind && *source == trouble.source) {
                continue;
            }
            self.lasting.push((trouble.kind, trouble.source.clone(), now));
            self.push(Event { kind: trouble.kind, source: trouble.source.clone(), since: now, over: None, reason: trouble.reason.clone() });
            is_changed = true;
        }
        is_changed
    }

    fn push(&mut self, event: Event) {
        self.events.push_front(event);
        self.events.truncate(EVENTS_MAX);
    }

    /// What happened, the newest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::model::SourceName;
    use crate::model::poll::Burst;

    fn at(seconds: i64) -> Instant {
        Instant::from_timestamp(seconds, 0).unwrap()
    }

    fn state(name: &str, outcome: Outcome, failures: u32) -> SourceState {
        let fresh = SourceState::fresh(SourceName::new(name).unwrap(), "https://a.example/".into(), at(0));
        SourceState { outcome: Some(outcome), failures, ..fresh }
    }

    const TWO: &str =
        "[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n[[source]]\nname = \"b\"\nurl = \"https://b.example/?token=x\"\n";

    #[test]
    fn what_begins_and_what_is_over_is_told_once() {
        let config = config::parse(TWO, "feeds.toml").unwrap();
        let failed = |failures| vec![state("a", Outcome::Failed("a.example answered 500".into()), failures)];
        let mut journal = Journal::default();
        assert!(!journal.note(&current(&config, &failed(2), false), at(10)), "a few failures are no trouble");
        assert!(journal.note(&current(&config, &failed(3), false), at(20)));
        assert!(!journal.note(&current(&config, &failed(9), false), at(30)), "it lasts");
        assert!(journal.note(&current(&config, &[state("a", Outcome::Changed, 0)], true), at(40)));
        let events: Vec<_> = journal.events().map(|event| (event.kind, event.source.as_str(), event.since, event.over)).collect();
        assert_eq!(events, [(Kind::Store, "", 40, None), (Kind::Failing, "a", 20, Some(40)), (Kind::Failing, "a", 20, None)]);
    }

    #[test]
    fn whoever_is_in_no_trouble_need_not_be_looked_at() {
        let config = config::parse(TWO, "feeds.toml").unwrap();
        let failed = |failures| state("a", Outcome::Failed("a.example answered 500".into()), failures);
        let held = SourceState { burst: Some(Burst { since: at(0), entries: 40 }), ..state("a", Outcome::Unchanged, 0) };
        let all = [failed(0), failed(2), failed(3), held, state("a", Outcome::Gone, 0), state("a", Outcome::Changed, 0)];
        let told = all.map(|state| (is_in_trouble(&state), current(&config, &[state], false).len()));
        assert_eq!(told, [(false, 0), (false, 0), (true, 1), (true, 1), (true, 1), (false, 0)]);
    }

    #[test]
    fn a_secret_address_is_not_told_and_a_burst_says_how_many() {
        let config = config::parse(TWO, "feeds.toml").unwrap();
        let mut held = state("a", Outcome::Changed, 0);
        held.burst = Some(Burst { since: at(0), entries: 40 });
        let troubles = current(&config, &[state("b", Outcome::Failed("https://b.example/?token=x answered 500".into()), 5), held], false);
        let told: Vec<_> = troubles.iter().map(|trouble| (trouble.kind, trouble.reason.as_str())).collect();
        assert_eq!(told, [(Kind::HeldBack, "40"), (Kind::Failing, "")]);
    }

    #[test]
    fn the_journal_outlives_the_process_and_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("troubles.json");
        assert_eq!(Journal::load(&path), Journal::default());
        let mut journal = Journal::default();
        for round in 0..EVENTS_MAX as i64 {
            let red = [Trouble { kind: Kind::Store, source: String::new(), reason: String::new() }];
            journal.note(if round % 2 == 0 { &red } else { &[] }, at(round));
        }
        journal.note(&[Trouble { kind: Kind::Gone, source: "a".into(), reason: String::new() }], at(9_999));
        assert_eq!(journal.events().count(), EVENTS_MAX);
        journal.save(&path).unwrap();
        assert_eq!(Journal::load(&path), journal);
        std::fs::write(&path, "no journal").unwrap();
        assert_eq!(Journal::load(&path), Journal::default());
    }
}

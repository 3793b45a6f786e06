//! What must hold on every day of a simulation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use feedmill::config::Config;
use feedmill::model::{ArticleId, Instant};
use feedmill::publish::chinese::Converter;
use feedmill::store::Store;
use feedmill::web::render;
use feedmill::web::rendered::Rendered;

use super::network::{Mood, Network, Sent};
use super::year::{host, interval, keep};

/// Longest silence towards a publisher that is not gone: a publisher's wish counts up to two days, a failing one is tried daily, and our
/// intervals are two days at the most; with jitter, and the steps of the clock.
const SILENCE_DAYS_MAX: i64 = 4;
/// More than are ever kept.
const ARTICLES_MAX: usize = 10_000;

/// An article that was stored once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    source: String,
    link: Option<String>,
    published: Instant,
}

/// The last request to a publisher.
struct Asked {
    at: Instant,
    mood: Mood,
    /// Whether what came of it is remembered, by a clock that is as it was.
    holds: bool,
}

pub struct Laws {
    seed: u64,
    known: BTreeMap<ArticleId, Known>,
    /// Expired: they must not come again as new (law 4).
    expired: BTreeSet<ArticleId>,
    /// Links of entries that were read whole and must be stored, by source.
    promised: BTreeMap<String, BTreeSet<String>>,
    asked: HashMap<String, Asked>,
    /// How often a publisher said that it is gone, since anything was forgotten.
    gone: HashMap<String, u32>,
    /// Publishers asked although the disk is full, since it is or since the program was started.
    asked_in_vain: BTreeSet<String>,
    disk_is_full: bool,
    /// Since when nothing keeps the program from asking.
    free_since: Option<Instant>,
    rendered: Rendered,
    requests: usize,
}

impl Laws {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            known: BTreeMap::new(),
            expired: BTreeSet::new(),
            promised: BTreeMap::new(),
            asked: HashMap::new(),
            gone: HashMap::new(),
            asked_in_vain: BTreeSet::new(),
            disk_is_full: false,
            free_since: None,
            rendered: Rendered::default(),
            requests: 0,
        }
    }

    /// Requests sent, and articles ever stored.
    pub fn sums(&self) -> (usize, usize) {
        (self.requests, self.known.len())
    }

    pub fn clock_jumped(&mut self, now: Instant) {
        self.forget(now);
    }

    pub fn disk_changed(&mut self, now: Instant, is_full: bool) {
        self.disk_is_full = is_full;
        self.asked_in_vain.clear();
        self.free_since = (!is_full).then_some(now);
    }

    pub fn restarted(&mut self) {
        self.asked_in_vain.clear();
    }

    /// These were sent, and what came of them was never known.
    pub fn killed(&mut self, sent: &[Sent]) {
        for sent in sent {
            self.check_pause(sent);
            self.asked.insert(sent.host.clone(), Asked { at: sent.at, mood: sent.mood, holds: false });
        }
    }

    /// Another clock: what was asked before says nothing about when to ask again, but that it is at least once.
    fn forget(&mut self, now: Instant) {
        self.asked.values_mut().for_each(|asked| asked.holds = false);
        self.gone.clear();
        self.free_since = (!self.disk_is_full).then_some(now);
    }

    /// These were sent, and answered.
    pub fn sent(&mut self, sent: Vec<Sent>) {
        for sent in sent {
            self.requests += 1;
            self.check_pause(&sent);
            if self.disk_is_full {
                let is_first = self.asked_in_vain.insert(sent.host.clone());
                assert!(is_first, "seed {}: {}: {} was asked again although nothing can be stored", self.seed, sent.at, sent.host);
            } else {
                self.promised.entry(sent.host.clone()).or_default().extend(sent.links);
            }
            if sent.mood == Mood::Gone && !self.disk_is_full {
                let times = self.gone.entry(sent.host.clone()).or_default();
                *times += 1;
                assert!(*times <= 2, "seed {}: {}: {} is gone and was asked again", self.seed, sent.at, sent.host);
            }
            self.asked.insert(sent.host, Asked { at: sent.at, mood: sent.mood, holds: !self.disk_is_full });
        }
    }

    /// Never more often than etiquette allows.
    fn check_pause(&self, sent: &Sent) {
        let Some(last) = self.asked.get(&sent.host).filter(|last| last.holds) else { return };
        let own = interval(number(&sent.host));
        let wanted = match last.mood {
            Mood::Silence(_, minutes) => own.max(TimeDelta::minutes(minutes).min(TimeDelta::days(2))),
            Mood::Gone => own.max(TimeDelta::days(1)),
            _ => own,
        };
        let pause = sent.at - last.at;
        assert!(
            pause >= wanted,
            "seed {}: {}: {} was asked again after {pause}, and {wanted} was due after {:?}",
            self.seed,
            sent.at,
            sent.host,
            last.mood
        );
    }

    /// The retention has removed so many.
    pub fn expired(&mut self, store: &dyn Store, removed: usize, shown: Instant, keep_articles: u64) {
        let left = store.newest(None, None, ARTICLES_MAX).unwrap();
        let oldest = left.last().map(|article| article.published);
        let is_full = left.len() as u64 == keep_articles;
        let left: BTreeSet<_> = left.into_iter().map(|article| article.id).collect();
        let missing: Vec<_> = self.known.iter().filter(|(id, _)| !left.contains(id) && !self.expired.contains(id)).collect();
        for (id, known) in &missing {
            let is_old = keep(number(&known.source)).is_some_and(|keep| known.published < shown - keep);
            let is_beyond = is_full && oldest.is_some_and(|oldest| known.published <= oldest);
            assert!(is_old || is_beyond, "seed {}: {shown}: {id} of {} is gone before its time", self.seed, known.source);
        }
        let missing: Vec<_> = missing.into_iter().map(|(id, _)| *id).collect();
        assert_eq!(missing.len(), removed, "seed {}: {shown}: articles that nobody saw expired", self.seed);
        self.expired.extend(missing);
    }

    /// Takes note of what is new, and compares what is known.
    pub fn remember(&mut self, store: &dyn Store) {
        for article in store.newest(None, None, ARTICLES_MAX).unwrap() {
            let now = Known { source: article.source.to_string(), link: article.link, published: article.published };
            if self.expired.remove(&article.id) {
                // The publisher lists it still, with another text.
                assert!(article.revision > 0, "seed {}: {now:?} had expired and is there again", self.seed);
            }
            let before = self.known.entry(article.id).or_insert_with(|| now.clone());
            assert_eq!(*before, now, "seed {}: {} is another article than it was", self.seed, article.id);
        }
    }

    /// Looks at everything; gives a line that tells of it.
    pub fn look(&mut self, store: &dyn Store, network: &Network, config: &Config, now: Instant, shown: Instant) -> String {
        let seed = self.seed;
        self.remember(store);
        let articles = store.newest(None, None, ARTICLES_MAX).unwrap();
        let there: BTreeSet<_> = articles.iter().map(|article| article.id).collect();
        assert_eq!(there.len(), articles.len(), "seed {seed}: {now}: an article is there twice");
        for (id, known) in &self.known {
            assert!(there.contains(id) || self.expired.contains(id), "seed {seed}: {now}: {id} is lost: {known:?}");
        }
        let mut of_link: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for known in self.known.values() {
            *of_link.entry((&known.source, known.link.as_deref().unwrap_or_default())).or_default() += 1;
        }
        for ((source, link), times) in &of_link {
            let editions = network.editions(&host(number(source)));
            assert!(*times <= editions, "seed {seed}: {now}: {link} was stored {times} times, with {editions} editions of guids");
        }
        for (host, links) in std::mem::take(&mut self.promised) {
            let source = format!("s{}", number(&host));
            for link in links {
                assert!(of_link.contains_key(&(source.as_str(), link.as_str())), "seed {seed}: {now}: {link} was read and is not there");
            }
        }
        self.check_silence(network, now);
        let feed = self.render(store, config, shown);
        format!("{now} {} articles, {} expired, {feed}", there.len(), self.expired.len())
    }

    /// Nobody is forgotten.
    fn check_silence(&mut self, network: &Network, now: Instant) {
        let Some(free_since) = self.free_since else { return };
        for (host, asked) in &self.asked {
            let silence = now - asked.at.max(free_since);
            let is_gone = asked.mood == Mood::Gone || network.mood(host) == Mood::Gone;
            assert!(
                is_gone || silence < TimeDelta::days(SILENCE_DAYS_MAX),
                "seed {}: {now}: {host} was not asked for {silence}",
                self.seed
            );
        }
    }

    /// What readers see: never nothing after something, nothing twice.
    fn render(&mut self, store: &dyn Store, config: &Config, shown: Instant) -> String {
        let seed = self.seed;
        let rendered = render::render(store, config, &Converter::default(), &self.rendered, shown).unwrap();
        let merged = &rendered.file("/feed.json").unwrap().plain();
        let feed: serde_json::Value = serde_json::from_slice(merged).unwrap();
        let entries = feed["items"].as_array().unwrap();
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
        let links: BTreeSet<_> = entries.iter().map(|entry| entry["url"].as_str().unwrap()).collect();
        assert!(!entries.is_empty() || self.known.is_empty(), "seed {seed}: {shown}: the merged feed is empty");
        assert_eq!(
            (ids.len(), links.len()),
            (entries.len(), entries.len()),
            "seed {seed}: {shown}: an entry stands twice in the merged feed"
        );
        let hash = blake3::hash(merged).to_hex();
        self.rendered = rendered;
        format!("{} entries in {hash}", entries.len())
    }
}

/// The number in `s7` and `s7.example`.
fn number(name: &str) -> usize {
    name.trim_start_matches('s').split('.').next().unwrap().parse().unwrap()
}

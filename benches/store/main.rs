//! What the store does in a second, against sled used plainly in the same run.
//!
//! `cargo bench --bench store -- [ARTICLES] [BYTES]` (20,000 articles of 2,000 bytes). The texts are those of the corpus.

mod texts;
mod train;

use std::path::Path;
use std::time::Instant;

use feedmill::model::poll::VerdictCounts;
use feedmill::model::{Article, PollPlan, SourceState};
use feedmill::store::rows::article::encode;
use feedmill::store::{SledOptions, SledStore, Store, snapshot};
use texts::{Texts, sighting};

/// Articles that one poll finds.
const POLL_ARTICLES: usize = 20;
/// Plans that the committer writes together when many polls end at once.
const GROUP_PLANS: usize = 10;
const SOURCES: u32 = 500;

/// Whatever went wrong.
pub type Failure = Box<dyn std::error::Error>;

/// One line of the report.
#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
pub fn say(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<46} {figure}");
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

fn plan(articles: Vec<Article>) -> Option<PollPlan> {
    let first = articles.first()?;
    let (source, at) = (first.source.clone(), first.published);
    Some(PollPlan {
        holder: None,
        state: SourceState::fresh(source.clone(), "https://www.example.org/feed.xml".into(), at),
        source,
        at,
        sightings: articles.iter().map(sighting).collect(),
        articles,
        originals: Vec::new(),
        rejects: Vec::new(),
        counts: VerdictCounts::default(),
    })
}

fn main() -> Result<(), Failure> {
    if let Some(path) = std::env::args().skip_while(|text| text != "--train").nth(1) {
        return train::train(&path);
    }
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (count, bytes) = (numbers.first().copied().unwrap_or(20_000), numbers.get(1).copied().unwrap_or(2_000));
    let mut texts = Texts::read();
    let folder = tempfile::tempdir_in(".")?;
    say("articles, bytes of body", format!("{count}, {bytes}"));
    ours(&mut texts, &folder.path().join("store"), count, bytes)?;
    plain(&mut texts, &folder.path().join("plain"), count, bytes)
}

fn ours(texts: &mut Texts, folder: &Path, count: usize, bytes: usize) -> Result<(), Failure> {
    let store = SledStore::open(folder, SledOptions::default())?;
    let (mut number, mut plain_bytes, mut seconds) = (0u32, 0usize, 0.0);
    let mut one_poll = Vec::new();
    while (number as usize) < count {
        let mut group = Vec::new();
        while group.len() < GROUP_PLANS {
            let articles: Vec<Article> =
                (0..POLL_ARTICLES).map(|_| (number, number += 1).0).map(|at| texts.article(at, bytes, SOURCES)).collect();
            for article in &articles {
                plain_bytes += encode(article)?.len();
            }
            group.extend(plan(articles));
        }
        // Now and then one poll alone, as on a quiet server.
        let alone = group.pop();
        let (written, took) = timed(|| store.apply(&group));
        written?;
        seconds += took;
        let (written, took) = timed(|| store.apply(alone.as_slice()));
        written?;
        one_poll.push(took);
    }
    let grouped = one_poll.len() * (GROUP_PLANS - 1) * POLL_ARTICLES;
    say("feedmill: durable articles a second, 9 polls a group", format!("{:.0}", grouped as f64 / seconds));
    let (first, last) = (median(&one_poll[..one_poll.len() / 4]), median(&one_poll[one_poll.len() * 3 / 4..]));
    say("feedmill: one poll of 20 articles, first quarter", format!("{:.1} ms", first * 1e3));
    say("feedmill: one poll of 20 articles, last quarter", format!("{:.1} ms", last * 1e3));
    reading(&store)?;
    let disk = store.totals()?.disk_bytes;
    say("feedmill: bytes on disk a plain byte", format!("{:.2}", disk as f64 / plain_bytes as f64));
    drop(store);
    let (store, took) = timed(|| SledStore::open(folder, SledOptions::default()));
    let store = store?;
    say("feedmill: opening again", format!("{took:.2} s, {} MB of memory", resident_megabytes()));
    reading(&store)?;
    let (findings, took) = timed(|| store.verify());
    say("feedmill: verify", format!("{took:.1} s, {} findings", findings?.len()));
    let file = folder.with_extension("snapshot.zst");
    let (summary, took) = timed(|| snapshot::write_to(&store, &file, chrono::DateTime::UNIX_EPOCH));
    let size = std::fs::metadata(&file)?.len();
    say(
        "feedmill: snapshot",
        format!("{took:.1} s, {} articles, {:.2} of the plain bytes", summary?.articles, size as f64 / plain_bytes as f64),
    );
    let (done, took) = timed(|| store.compact());
    done?;
    say("feedmill: written anew", format!("{took:.1} s, {:.2} of the plain bytes", store.totals()?.disk_bytes as f64 / plain_bytes as f64));
    Ok(())
}

fn reading(store: &SledStore) -> Result<(), Failure> {
    let newest = repeated(|| store.newest(None, None, 100).map(|found| found.len()))?;
    say("feedmill: newest 100", format!("{:.2} ms", newest * 1e3));
    let one = store.newest(None, None, 1)?.remove(0);
    let of_source = repeated(|| store.newest(Some(&one.source), None, 100).map(|found| found.len()))?;
    say("feedmill: newest 100 of one source", format!("{:.2} ms", of_source * 1e3));
    let by_id = repeated(|| store.article(one.id).map(|found| usize::from(found.is_some())))?;
    say("feedmill: one article by id", format!("{:.3} ms", by_id * 1e3));
    Ok(())
}

/// sled as its first example shows it: one tree, whole rows as text, flush after each poll. Not durable, not checked, not indexed.
fn plain(texts: &mut Texts, folder: &Path, count: usize, bytes: usize) -> Result<(), Failure> {
    let db = sled::open(folder)?;
    let (mut seconds, mut plain_bytes, mut number) = (0.0, 0usize, 0u32);
    while (number as usize) < count {
        let mut batch = sled::Batch::default();
        for _ in 0..POLL_ARTICLES * (GROUP_PLANS - 1) {
            let article = texts.article(number, bytes, SOURCES);
            let row = encode(&article)?;
            plain_bytes += row.len();
            batch.insert(&article.id.0, row);
            number += 1;
        }
        let (written, took) = timed(|| db.apply_batch(batch).and_then(|()| db.flush()));
        written?;
        seconds += took;
    }
    say("plain sled: articles a second (not durable)", format!("{:.0}", f64::from(number) / seconds));
    say("plain sled: bytes on disk a plain byte", format!("{:.2}", db.size_on_disk()? as f64 / plain_bytes as f64));
    drop(db);
    let (db, took) = timed(|| sled::open(folder));
    drop(db?);
    say("plain sled: opening again", format!("{took:.2} s"));
    Ok(())
}

/// The median of fifty runs.
fn repeated<E>(mut work: impl FnMut() -> Result<usize, E>) -> Result<f64, E> {
    let mut took = Vec::with_capacity(50);
    for _ in 0..50 {
        let (found, seconds) = timed(&mut work);
        found?;
        took.push(seconds);
    }
    Ok(median(&took))
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Memory in use by this process, where Linux says it.
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

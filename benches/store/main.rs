//! What the store does in a second, against sled used plainly and against SQLite in the same run.
//!
//! `cargo bench --bench store -- [ARTICLES] [BYTES]` (20,000 articles of 2,000 bytes), with SQLite `cargo bench --features bench-sqlite --bench
//! store`. The texts are those of the corpus. `--ours` leaves the others out, `--keep FOLDER` writes ours there and leaves it, `--read FOLDER` reads
//! from a store that is there, `--add FOLDER` adds polls to it.

mod load;
#[cfg(feature = "bench-sqlite")]
mod sqlite;
mod texts;
mod train;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use feedmill::model::Article;
use feedmill::store::rows::article::encode;
use feedmill::store::told::nobody;
use feedmill::store::{Place, SledOptions, SledStore, Store, snapshot};
use load::{Load, POLL_ARTICLES};
use texts::Texts;

/// Articles that plain sled writes before each flush.
const PLAIN_GROUP: usize = POLL_ARTICLES as usize * 9;

/// Whatever went wrong.
pub type Failure = Box<dyn std::error::Error>;

/// One line of the report.
#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
pub fn say(what: &str, figure: impl fmt::Display) {
    println!("{what:<52} {figure}");
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

/// CPU seconds of this process so far, all threads, where Linux says it: to a hundredth.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = behind_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().skip_while(|text| *text != name).nth(1);
    if let Some(path) = after("--train") {
        return train::train(path);
    }
    let numbers: Vec<usize> = arguments.iter().filter_map(|text| text.parse().ok()).collect();
    let (count, bytes) = (numbers.first().copied().unwrap_or(20_000), numbers.get(1).copied().unwrap_or(2_000));
    if let Some(folder) = after("--read") {
        let (store, took) = timed(|| SledStore::open(Path::new(folder), SledOptions::default()));
        say("feedmill: opening", format!("{took:.2} s, {} MB of memory", resident_megabytes()));
        return reading(&store?);
    }
    let mut load = Load { texts: Texts::read(), count, bytes };
    if let Some(folder) = after("--add") {
        let store = SledStore::open(Path::new(folder), SledOptions::default())?;
        return load.add(store.totals()?.articles, |plans| Ok(store.apply(plans)?));
    }
    let folder = tempfile::tempdir_in(".")?;
    say("articles, bytes of body", format!("{count}, {bytes}"));
    let kept = after("--keep").map(PathBuf::from);
    let speed = ours(&mut load, &kept.clone().unwrap_or_else(|| folder.path().join("data")))?;
    if kept.is_none() {
        std::fs::remove_dir_all(folder.path().join("data"))?;
    }
    if arguments.iter().any(|text| text == "--ours") {
        return Ok(());
    }
    against_sqlite(&mut load, &folder.path().join("sqlite"), speed)?;
    plain(&mut load, &folder.path().join("plain"))
}

#[cfg(feature = "bench-sqlite")]
fn against_sqlite(load: &mut Load, folder: &Path, ours: f64) -> Result<(), Failure> {
    let theirs = sqlite::compare(load, folder)?;
    std::fs::remove_dir_all(folder)?;
    say("feedmill against SQLite: durable articles a second", format!("{:.2} times", ours / theirs));
    Ok(())
}

#[cfg(not(feature = "bench-sqlite"))]
fn against_sqlite(_: &mut Load, _: &Path, _: f64) -> Result<(), Failure> {
    say("SQLite", "not compared; add --features bench-sqlite");
    Ok(())
}

/// Ours; gives durable articles a second.
fn ours(load: &mut Load, data: &Path) -> Result<f64, Failure> {
    let folder = data.join("store");
    std::fs::create_dir_all(data)?;
    let store = SledStore::open(&folder, SledOptions::default())?;
    let written = load.write(|plans| Ok(store.apply(plans)?))?;
    let (speed, plain_bytes) = (written.say("feedmill"), written.plain_bytes as f64);
    reading(&store)?;
    let disk = store.totals()?.disk_bytes;
    say("feedmill: bytes on disk a plain byte", format!("{:.2}", disk as f64 / plain_bytes));
    drop(store);
    let before = resident_megabytes();
    let (store, took) = timed(|| SledStore::open(&folder, SledOptions::default()));
    let store = store?;
    say("feedmill: opening again", format!("{took:.2} s, {} MB of memory ({before} before)", resident_megabytes()));
    reading(&store)?;
    let (findings, took) = timed(|| store.verify());
    say("feedmill: verify", format!("{took:.1} s, {} findings", findings?.len()));
    let file = data.join("bench.snapshot.zst");
    let (summary, took) = timed(|| snapshot::write_to(&store, &file, chrono::DateTime::UNIX_EPOCH, &mut nobody));
    let size = std::fs::metadata(&file)?.len();
    std::fs::remove_file(&file)?;
    say("feedmill: snapshot", format!("{took:.1} s, {} articles, {:.2} of the plain bytes", summary?.articles, size as f64 / plain_bytes));
    let (done, took) = timed(|| store.compact());
    done?;
    say("feedmill: written anew", format!("{took:.1} s, {:.2} of the plain bytes", store.totals()?.disk_bytes as f64 / plain_bytes));
    Ok(speed)
}

/// Hash by hash through the store: what nobody has just read.
fn somewhere(store: &SledStore, number: u32) -> Result<Article, Failure> {
    let end = store.next_arrival(None)?;
    let at = u64::from(number.wrapping_mul(2_654_435_761)) % end.max(1);
    let (_, article) = store.arrived(None, at..at + 1)?.pop().ok_or("an article that arrived is not there")?;
    Ok(article)
}

fn reading(store: &SledStore) -> Result<(), Failure> {
    let (found, took) = timed(|| store.newest(None, None, 100));
    say("feedmill: newest 100, the first time", format!("{:.2} ms, {} found", took * 1e3, found?.len()));
    say("feedmill: newest 100, again", measure(50, || store.newest(None, None, 100).map(|found| found.len()))?);
    // Found first, so that looking for them is not measured; all of them before, so that the last packs read are not those asked for.
    let places: Vec<Place> = (0..50).map(|number| somewhere(store, number).map(|article| Place::of(&article))).collect::<Result<_, _>>()?;
    let mut each = places.iter().copied();
    say("feedmill: 100 articles from anywhere on", measure(50, || store.newest(None, each.next(), 100).map(|found| found.len()))?);
    let one = store.newest(None, None, 1)?.remove(0);
    let of_source = measure(50, || store.newest(Some(&one.source), None, 100).map(|found| found.len()))?;
    say("feedmill: newest 100 of one source", of_source);
    say("feedmill: one article by id, again", measure(200, || store.article(one.id).map(|found| usize::from(found.is_some())))?);
    let ids: Vec<_> = (1_000..1_200).map(|number| somewhere(store, number).map(|article| article.id)).collect::<Result<_, _>>()?;
    let mut each = ids.into_iter();
    let by_id = measure(200, || each.next().map_or(Ok(None), |id| store.article(id)).map(|found| usize::from(found.is_some())))?;
    say("feedmill: one article by id, any", by_id);
    Ok(())
}

/// sled as its first example shows it: one tree, whole rows as text, flush after each poll. Not durable, not checked, not indexed.
fn plain(load: &mut Load, folder: &Path) -> Result<(), Failure> {
    let db = sled::open(folder)?;
    let (mut seconds, mut plain_bytes, mut number) = (0.0, 0usize, 0u32);
    load.texts.state = texts::SEED;
    while (number as usize) < load.count {
        let mut batch = sled::Batch::default();
        for _ in 0..PLAIN_GROUP {
            let article = load.texts.article(number, load.bytes, number % 500);
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

/// How long something takes: one time in two, and nineteen times in twenty.
struct Times {
    median: f64,
    p95: f64,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ms, p95 {:.3} ms", self.median * 1e3, self.p95 * 1e3)
    }
}

/// So many runs.
fn measure<E>(runs: usize, mut work: impl FnMut() -> Result<usize, E>) -> Result<Times, E> {
    let mut took = Vec::with_capacity(runs);
    for _ in 0..runs {
        let (found, seconds) = timed(&mut work);
        found?;
        took.push(seconds);
    }
    took.sort_by(f64::total_cmp);
    Ok(Times { median: median(&took), p95: took.get(took.len() * 95 / 100).copied().unwrap_or_default() })
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

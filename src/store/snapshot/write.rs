//! Making a snapshot, whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{FIRST_WORDS, Summary, TOLD_EACH, VERSION, line, shelf};
use crate::model::Instant;
use crate::store::disk::{io_failed, parent_of, require_space, sync_file, sync_folder};
use crate::store::{Progress, Record, Store, StoreError, Told, Work};

/// About as fast as the store gives. The sixth level makes a snapshot of 350,000 articles a twelfth smaller, for half as much CPU again.
const ZSTD_LEVEL: i32 = 3;
/// Space that must be free before a snapshot is begun, in bytes, besides that of the last one.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// What writing an article costs, where a sighting is 1 (measured): with the same weight half of the bar took two seconds of eighty.
const ARTICLE_COST: u64 = 40;

/// Gives all records to a sink, as [`Store::export`] does.
type Export<'a> = &'a mut dyn FnMut(&mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError>;

/// Writes a snapshot of the store into the folder of snapshots, under the name of its time; gives its path and what is in it.
///
/// # Errors
/// Those of the store and of `told`, [`StoreError::Full`] and [`StoreError::Unusable`] for the folder.
pub fn write(store: &dyn Store, folder: &Path, now: Instant, told: Told<'_>) -> Result<(PathBuf, Summary), StoreError> {
    write_from(&mut |sink| export_told(store, sink, told), folder, now)
}

/// The same of what `export` gives.
pub(in crate::store) fn write_from(export: Export<'_>, folder: &Path, now: Instant) -> Result<(PathBuf, Summary), StoreError> {
    if !folder.exists() {
        fs::create_dir_all(folder).map_err(|why| io_failed(folder, "make", &why))?;
        sync_folder(parent_of(folder))?;
    }
    let last = shelf::list(folder)?.first().and_then(|(_, path)| fs::metadata(path).ok()).map_or(0, |data| data.len());
    // A half more than last time.
    require_space(folder, SPARE_BYTES.saturating_add(last).saturating_add(last / 2))?;
    let path = folder.join(shelf::name(now));
    let summary = write_whole(export, &path, now)?;
    Ok((path, summary))
}

/// Writes a snapshot of the store to this file (`feedmill backup FILE`). Until it is whole and durable it has another name.
///
/// # Errors
/// Those of the store and of `told`, [`StoreError::Full`] and [`StoreError::Unusable`] for the file.
pub fn write_to(store: &dyn Store, path: &Path, now: Instant, told: Told<'_>) -> Result<Summary, StoreError> {
    write_whole(&mut |sink| export_told(store, sink, told), path, now)
}

/// Exports, and tells how much of the records is through, by what each costs.
fn export_told(store: &dyn Store, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>, told: Told<'_>) -> Result<(), StoreError> {
    let totals = store.totals()?;
    // Those of rejects are few, and not counted by anyone.
    let of = totals.articles.saturating_mul(ARTICLE_COST).saturating_add(totals.sightings).saturating_add(totals.sources);
    let (mut records, mut done) = (0_u64, 0_u64);
    store.export(&mut |record| {
        records += 1;
        done += if matches!(record, Record::Article(..)) { ARTICLE_COST } else { 1 };
        sink(record)?;
        if records.is_multiple_of(TOLD_EACH) { told(Progress { work: Work::Writing, done: done.min(of), of }) } else { Ok(()) }
    })?;
    told(Progress { work: Work::Writing, done: of, of })
}

fn write_whole(export: Export<'_>, path: &Path, now: Instant) -> Result<Summary, StoreError> {
    let half = half_name(path);
    let written = write_half(export, &half, now);
    if written.is_err() {
        // What is there is of no use; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_file(&half);
    }
    let summary = written?;
    fs::rename(&half, path).map_err(|why| io_failed(path, "write", &why))?;
    sync_folder(parent_of(path))?;
    Ok(summary)
}

fn half_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(shelf::HALF_SUFFIX);
    name.into()
}

fn write_half(export: Export<'_>, path: &Path, now: Instant) -> Result<Summary, StoreError> {
    let failed = |why: io::Error| io_failed(path, "write", &why);
    let file = File::create(path).map_err(failed)?;
    let mut encoder = zstd::stream::Encoder::new(BufWriter::with_capacity(BUFFER_BYTES, file), ZSTD_LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    let mut out = Hashing { inner: encoder, hasher: blake3::Hasher::new() };
    let mut summary = Summary::new(now);
    let first = format!("{FIRST_WORDS}\t{VERSION}\t{}\t{}\n", now.timestamp(), now.timestamp_subsec_nanos());
    out.put(first.as_bytes()).map_err(failed)?;
    let mut text = Vec::new();
    export(&mut |record| {
        text.clear();
        line::encode(&record, &mut text).map_err(|why| StoreError::Damaged(why.to_string()))?;
        summary.count(&record);
        out.put(&text).map_err(failed)
    })?;
    let Summary { states, rejects, sightings, articles, .. } = summary;
    let sum = out.hasher.finalize().to_hex();
    let last = format!("end\t{states}\t{rejects}\t{sightings}\t{articles}\t{sum}\n");
    out.inner.write_all(last.as_bytes()).map_err(failed)?;
    let buffered = out.inner.finish().map_err(failed)?;
    let file = buffered.into_inner().map_err(|why| failed(why.into_error()))?;
    sync_file(&file).map_err(failed)?;
    Ok(summary)
}

/// Writes and hashes.
struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Hashing<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

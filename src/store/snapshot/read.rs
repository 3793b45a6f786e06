//! Checking a snapshot, then importing it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use super::{FIRST_WORDS, Summary, TOLD_EACH, VERSION, line};
use crate::model::SourceName;
use crate::store::disk::io_failed;
use crate::store::rows::frame::ROW_BYTES_MAX;
use crate::store::rows::instant;
use crate::store::{Progress, Record, Store, StoreError, Told, Work};

/// Longest line: a row and its key.
const LINE_BYTES_MAX: u64 = ROW_BYTES_MAX as u64 + 4096;
/// Records imported in one durable step, and their text in bytes.
const STEP_RECORDS_MAX: usize = 2_000;
const STEP_BYTES_MAX: usize = 32 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// Reads a snapshot to its end and says what is in it.
///
/// # Errors
/// [`StoreError::Damaged`] when it is not whole, [`StoreError::Newer`] when a newer version of the program wrote it,
/// [`StoreError::Unusable`] when the file cannot be read, and that of `told`.
pub fn check(path: &Path, told: Told<'_>) -> Result<Summary, StoreError> {
    each_line(path, &mut |_, _| Ok(()), Work::Checking, told)
}

/// Imports a snapshot into a store, after checking all of it: nothing is imported from one that is broken.
///
/// # Errors
/// As [`check`], and those of the store.
pub fn restore_into(store: &dyn Store, path: &Path, told: Told<'_>) -> Result<Summary, StoreError> {
    check(path, told)?;
    let mut step = Step { store, records: Vec::new(), bytes: 0 };
    let summary = each_line(path, &mut |record, length| step.take(record, length), Work::Restoring, told)?;
    step.end()?;
    Ok(summary)
}

/// Records on their way into the store.
struct Step<'a> {
    store: &'a dyn Store,
    records: Vec<Record>,
    bytes: usize,
}

impl Step<'_> {
    fn take(&mut self, record: Record, length: usize) -> Result<(), StoreError> {
        self.records.push(record);
        self.bytes += length;
        if self.records.len() >= STEP_RECORDS_MAX || self.bytes >= STEP_BYTES_MAX { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        let records = std::mem::take(&mut self.records);
        let (articles, others): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| matches!(record, Record::Article(..)));
        self.store.import(&others)?;
        let mut known = Vec::with_capacity(articles.len());
        // They come in order of arrival, so those of one poll stand together.
        for of_source in articles.chunk_by(|a, b| source_of(a) == source_of(b)) {
            let Some(source) = of_source.first().and_then(source_of) else { continue };
            let ids: Vec<_> = of_source.iter().filter_map(|it| if let Record::Article(it, ..) = it { Some(it.id) } else { None }).collect();
            let seen = self.store.sightings(source, &ids)?;
            // An article without a sighting came in while the snapshot was written. The state of its source is older: the next poll brings it.
            known.extend(of_source.iter().zip(seen).filter_map(|(article, sighting)| sighting.map(|_| article.clone())));
        }
        self.store.import(&known)
    }
}

fn source_of(record: &Record) -> Option<&SourceName> {
    if let Record::Article(article, ..) = record { Some(&article.source) } else { None }
}

/// Gives every record to `look`, with the length of its line. What is told is how many bytes of the file were read.
fn each_line(
    path: &Path,
    look: &mut dyn FnMut(Record, usize) -> Result<(), StoreError>,
    work: Work,
    told: Told<'_>,
) -> Result<Summary, StoreError> {
    let failed = |why: std::io::Error| io_failed(path, "read", &why);
    let broken = |why: &str| StoreError::Damaged(format!("the snapshot {} is broken ({why}); use another one", path.display()));
    let file = File::open(path).map_err(failed)?;
    let of = file.metadata().map_err(failed)?.len();
    let decoder = zstd::stream::Decoder::new(&file).map_err(failed)?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, decoder);
    let mut hasher = blake3::Hasher::new();
    let (mut line, mut lines) = (Vec::new(), 0_u64);

    if !next(&mut reader, &mut line).map_err(|why| broken(&why))? {
        return Err(broken("it is empty"));
    }
    let mut summary = first_line(path, text(&line).map_err(|why| broken(&why))?)
        .map_err(|why| why.unwrap_or_else(|| broken("it does not begin like one")))?;
    loop {
        hasher.update(&line);
        hasher.update(b"\n");
        if !next(&mut reader, &mut line).map_err(|why| broken(&why))? {
            return Err(broken("its end is missing"));
        }
        let text = text(&line).map_err(|why| broken(&why))?;
        if let Some(said) = text.strip_prefix("end\t") {
            let Summary { states, rejects, sightings, articles, .. } = summary;
            let expected = format!("{states}\t{rejects}\t{sightings}\t{articles}\t{}", hasher.finalize().to_hex());
            let matches = said == expected;
            let more = next(&mut reader, &mut line).map_err(|why| broken(&why))?;
            if !matches || more {
                return Err(broken("its end does not match its content"));
            }
            told(Progress { work, done: of, of })?;
            return Ok(summary);
        }
        let record = line::decode(text).map_err(|why| broken(&why.to_string()))?;
        summary.count(&record);
        look(record, line.len())?;
        lines += 1;
        if lines.is_multiple_of(TOLD_EACH) {
            let done = (&file).stream_position().map_err(failed)?;
            told(Progress { work, done, of })?;
        }
    }
}

/// Reads a line without its end; `false`: there is none.
pub(in crate::store) fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, String> {
    line.clear();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', line).map_err(|why| why.to_string())?;
    match line.pop() {
        None => Ok(false),
        Some(b'\n') => Ok(true),
        Some(_) => Err("a line has no end".into()),
    }
}

fn text(line: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(line).map_err(|_| "a line is no text".to_owned())
}

/// The summary so far of the first line; `Err(None)`: it is none.
fn first_line(path: &Path, line: &str) -> Result<Summary, Option<StoreError>> {
    let mut fields = line.split('\t');
    if fields.next() != Some(FIRST_WORDS) {
        return Err(None);
    }
    let version: u32 = fields.next().and_then(|text| text.parse().ok()).ok_or(None)?;
    if version > VERSION {
        let shown = path.display();
        return Err(Some(StoreError::Newer(format!("the snapshot {shown} was written by a newer feedmill; update feedmill to read it"))));
    }
    let seconds = fields.next().and_then(|text| text.parse().ok()).ok_or(None)?;
    let nanoseconds = fields.next().and_then(|text| text.parse().ok()).ok_or(None)?;
    instant(seconds, nanoseconds).map(Summary::new).map_err(|_| None)
}

//! Reading everything once.

use std::ops::Bound;
use std::sync::PoisonError;

use super::seal::Counts;
use super::trees::Trees;
use super::{SledStore, caught};
use crate::model::ArticleId;
use crate::store::rows::{RowError, entry, frame, keys};
use crate::store::{Place, StoreError};

/// Findings after which reading ends: the store is not usable anyway.
const FINDINGS_MAX: usize = 1_000;
/// Rows read before writers get their turn.
const ROWS_A_TURN: usize = 500;
/// How often the counts are compared anew when somebody wrote meanwhile.
const COUNTING_TRIES_MAX: usize = 3;

/// Picks a tree.
pub(super) type Which = fn(&Trees) -> &::sled::Tree;

/// One row as it stands in a tree.
pub(super) struct Raw {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

impl Trees {
    /// The next rows of a tree after `after`.
    fn rows_after(&self, tree: Which, after: Option<&[u8]>) -> Result<Vec<Raw>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = tree(self).range::<&[u8], _>((start, Bound::Unbounded)).take(ROWS_A_TURN);
        found.map(|row| row.map(|(key, value)| Raw { key: key.to_vec(), value: value.to_vec() }).map_err(|why| self.sled(&why))).collect()
    }
}

/// What reading everything found.
#[derive(Default)]
struct Report {
    findings: Vec<String>,
    articles: u64,
    sightings: u64,
    entries_with_article: u64,
    indexed: u64,
}

impl Report {
    fn say(&mut self, finding: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

impl SledStore {
    /// Reads everything, a turn at a time so that writers are not held up, and says what does not fit.
    pub(super) fn check_everything(&self) -> Result<Vec<String>, StoreError> {
        let mut unpacker = self.read(Trees::unpacker)?;
        for attempt in 1..=COUNTING_TRIES_MAX {
            let before = self.read(|trees| Ok(trees.counts))?;
            let mut report = Report::default();
            self.each_row(|trees| &trees.articles, |trees, row| check_article(trees, row, &mut unpacker, &mut report))?;
            self.each_row(|trees| &trees.entries, |trees, row| check_entry(trees, row, &mut report))?;
            self.each_row(|trees| &trees.by_source, |trees, row| check_index(trees, row, &mut report))?;
            self.each_row(|trees| &trees.states, |trees, row| check_source(trees, row, &mut report))?;
            self.each_row(|trees| &trees.rejects, |trees, row| check_source(trees, row, &mut report))?;
            if self.read(|trees| Ok(trees.counts))? == before {
                compare(before, &mut report);
            } else if attempt < COUNTING_TRIES_MAX {
                // Somebody wrote while we read; what we saw may be of two times.
                continue;
            }
            return Ok(report.findings);
        }
        Ok(Vec::new())
    }

    fn each_row(&self, tree: Which, mut look: impl FnMut(&Trees, &Raw) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let (_, last): (Vec<()>, _) = self.turn(tree, after.as_deref(), |trees, row| look(trees, row).map(|()| None))?;
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }

    /// The next few rows of a tree, as `look` sees them, and the key of the last one; `None`: there are no more.
    ///
    /// What is found does not shut the store: it is for whoever asked to judge.
    pub(super) fn turn<T>(
        &self,
        tree: Which,
        after: Option<&[u8]>,
        mut look: impl FnMut(&Trees, &Raw) -> Result<Option<T>, StoreError>,
    ) -> Result<(Vec<T>, Option<Vec<u8>>), StoreError> {
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let trees = trees.as_ref().map_err(Clone::clone)?;
        caught(self.folder(), || {
            let rows = trees.rows_after(tree, after)?;
            let mut seen = Vec::with_capacity(rows.len());
            for row in &rows {
                seen.extend(look(trees, row)?);
            }
            Ok((seen, rows.into_iter().next_back().map(|row| row.key)))
        })
    }
}

/// An article is whole, its entry knows its place, and the index of its source has it.
fn check_article(trees: &Trees, raw: &Raw, unpacker: &mut frame::Unpacker, report: &mut Report) -> Result<(), StoreError> {
    let read = || -> Result<(Place, u16, u16), RowError> {
        let (row, number) = keys::read_chunk(&raw.key)?;
        Ok((keys::read_place(row)?, number, frame::open(&raw.key, &raw.value)?.count))
    };
    let (place, number, count) = match read() {
        Ok(read) => read,
        Err(why) => {
            report.say(format!("a chunk of an article: {why}"));
            return Ok(());
        }
    };
    if number >= count {
        report.say(format!("article {} has a chunk too many", place.id));
    }
    if number > 0 {
        return Ok(());
    }
    report.articles += 1;
    let article = match trees.article_at(place, unpacker) {
        Ok(article) => article,
        Err(why) => {
            report.say(format!("article {}: {why}", place.id));
            return Ok(());
        }
    };
    if !matches!(trees.entry(place.id), Ok(Some(row)) if row.article_at == Some(place.published)) {
        report.say(format!("article {} of {} is not found by its id", place.id, article.source));
    }
    if !trees.by_source.contains_key(keys::in_source(&article.source, place)).map_err(|why| trees.sled(&why))? {
        report.say(format!("article {} is not in the list of its source {}", place.id, article.source));
    }
    Ok(())
}

/// An entry can be read, and its article is there where it says so.
fn check_entry(trees: &Trees, raw: &Raw, report: &mut Report) -> Result<(), StoreError> {
    let Ok(id) = <[u8; 16]>::try_from(raw.key.as_slice()).map(ArticleId) else {
        report.say(format!("the key of an entry has {} bytes", raw.key.len()));
        return Ok(());
    };
    match entry::decode(id, &raw.value) {
        Err(why) => report.say(format!("entry {id}: {why}")),
        Ok(row) => {
            report.sightings += u64::from(row.sighting.is_some());
            if let Some(published) = row.article_at {
                report.entries_with_article += 1;
                check_there(trees, Place { published, id }, report)?;
            }
        }
    }
    Ok(())
}

/// What the index of a source names is there.
fn check_index(trees: &Trees, raw: &Raw, report: &mut Report) -> Result<(), StoreError> {
    match keys::read_in_source(&raw.key) {
        Err(why) => report.say(format!("the list of a source: {why}")),
        Ok((_, place)) => {
            report.indexed += 1;
            check_there(trees, place, report)?;
        }
    }
    Ok(())
}

fn check_there(trees: &Trees, place: Place, report: &mut Report) -> Result<(), StoreError> {
    let key = keys::chunk(&keys::place(place), 0);
    if !trees.articles.contains_key(key).map_err(|why| trees.sled(&why))? {
        report.say(format!("article {} is in an index and not there", place.id));
    }
    Ok(())
}

/// The state or the rejects of a source can be read.
fn check_source(trees: &Trees, raw: &Raw, report: &mut Report) -> Result<(), StoreError> {
    let source = keys::read_chunk(&raw.key).and_then(|(row, number)| Ok((keys::read_of_source(row)?, number)));
    match source {
        Err(why) => report.say(format!("the row of a source: {why}")),
        Ok((source, 0)) => {
            let read = trees.state(&source).and_then(|_| trees.rejects(&source));
            if let Err(why) = read {
                report.say(format!("source {source}: {why}"));
            }
        }
        Ok(_) => {}
    }
    Ok(())
}

fn compare(counts: Counts, report: &mut Report) {
    let seen = [
        ("articles", counts.articles, report.articles),
        ("sightings", counts.sightings, report.sightings),
        ("articles in the lists of sources", counts.articles, report.indexed),
        ("articles known by id", counts.articles, report.entries_with_article),
    ];
    for (what, expected, found) in seen {
        if expected != found {
            report.say(format!("{found} {what} are there, and {expected} were written"));
        }
    }
}

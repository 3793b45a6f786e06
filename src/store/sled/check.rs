//! Reading everything once.

use std::ops::Bound;
use std::sync::PoisonError;

use super::articles::{ORDER_BYTES, read_order};
use super::leaves::split_records;
use super::room::is_written;
use super::seal::Counts;
use super::trees::{NO_SOURCE, Tree, Trees, entries_of};
use super::{SledStore, caught};
use crate::model::{ArticleId, SourceName};
use crate::store::rows::frame::{self, checksum};
use crate::store::rows::journal::{self, NOTHING};
use crate::store::rows::keys::{self, PLACE_BYTES};
use crate::store::rows::states::Named;
use crate::store::rows::{RowError, compact, known};
use crate::store::{Arrival, Place, Progress, StoreError, Told, Work};

/// Findings after which reading ends: the store is not usable anyway.
const FINDINGS_MAX: usize = 1_000;
/// Rows read before writers get their turn.
const ROWS_A_TURN: usize = 200;
/// What reading an article costs, where a record of an order is 1: for telling how far it is.
const ARTICLE_COST: u64 = 10;
/// The orders and lists that name each article once.
const ORDERS: u64 = 3;
/// How often the counts are compared anew when somebody wrote meanwhile.
const COUNTING_TRIES_MAX: usize = 3;

/// One row as it stands in a tree.
pub(super) struct Raw {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

impl Raw {
    /// The key of the row, where this is its first chunk.
    pub(super) fn first_chunk(&self) -> Result<Option<&[u8]>, RowError> {
        let (row, number) = keys::read_chunk(&self.key)?;
        let count = frame::open(&self.key, &self.value)?.count;
        match number {
            _ if number >= count => Err(RowError::Broken("a row has a chunk too many".into())),
            0 => Ok(Some(row)),
            _ => Ok(None),
        }
    }
}

impl Trees {
    /// The next rows of a tree after `after`.
    fn rows_after(&self, tree: Tree, after: Option<&[u8]>) -> Result<Vec<Raw>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.of(tree).range::<&[u8], _>((start, Bound::Unbounded)).filter(is_written).take(ROWS_A_TURN);
        let raw = |(key, value): (::sled::IVec, ::sled::IVec)| {
            self.sweep.read(value.len());
            Raw { key: key.to_vec(), value: value.to_vec() }
        };
        found.map(|row| row.map(raw).map_err(|why| self.sled(&why))).collect()
    }
}

/// A sum over things whose order does not matter: two lists of the same things have the same sum, and others almost certainly not.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum(u64);

impl Sum {
    fn add(&mut self, parts: &[&[u8]]) {
        self.0 = self.0.wrapping_add(u64::from_be_bytes(checksum(parts)));
    }
}

/// What reading everything found.
#[derive(Default)]
struct Report {
    findings: Vec<String>,
    articles: u64,
    sightings: u64,
    orphans: u64,
    stored_states: u64,
    /// What was read, by what it costs.
    done: u64,
    /// The articles that there are, as each order should name them, and as it does.
    places: [Sum; 2],
    ids: [Sum; 2],
    known: [Sum; 2],
    of_sources: [Sum; 2],
    /// The end of the last leaf.
    last: Option<(Vec<u8>, Vec<u8>)>,
}

impl Report {
    fn say(&mut self, finding: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    /// Reads a row as `look` does.
    fn row(&mut self, trees: &Trees, tree: Tree, look: Look, raw: &Raw) {
        match raw.first_chunk() {
            Err(why) => self.say(format!("a row of {tree:?}: {why}")),
            Ok(None) => {}
            Ok(Some(row)) => {
                if let Err(why) = look(trees, row, self) {
                    self.say(format!("a row of {tree:?}: {why}"));
                }
            }
        }
    }

    fn place(&mut self, which: usize, place: Place, number: u64) {
        self.places[which].add(&[&keys::place(place), &number.to_be_bytes()]);
        self.id(which, place.id, number);
    }

    fn id(&mut self, which: usize, id: ArticleId, number: u64) {
        self.ids[which].add(&[&id.0, &number.to_be_bytes()]);
    }

    fn of_source(&mut self, which: usize, prefix: &[u8], place: &[u8], arrival: Arrival) {
        self.of_sources[which].add(&[prefix, place, &arrival.number.to_be_bytes(), &arrival.of_source.to_be_bytes()]);
    }

    fn entry(&mut self, trees: &Trees, prefix: &[u8], id: ArticleId, record: &[u8; known::BYTES]) -> Result<(), StoreError> {
        if *record == NOTHING {
            return Ok(());
        }
        let known = trees.known(id, record)?;
        self.sightings += u64::from(known.sighting.is_some());
        self.orphans += u64::from(prefix == NO_SOURCE);
        if let Some(number) = known.arrival {
            self.known(1, prefix, id, number);
        }
        Ok(())
    }

    fn known(&mut self, which: usize, prefix: &[u8], id: ArticleId, number: u64) {
        self.known[which].add(&[prefix, &id.0, &number.to_be_bytes()]);
    }
}

/// Reads one row, and says what does not fit.
type Look = fn(&Trees, &[u8], &mut Report) -> Result<(), StoreError>;

/// How the rows of each tree are read.
const LOOKS: [(Tree, Look); 11] = [
    (Tree::Packs, check_pack),
    (Tree::Entries, check_entries),
    (Tree::BySource, check_by_source),
    (Tree::ByTime, check_by_time),
    (Tree::ById, check_by_id),
    (Tree::States, check_states),
    (Tree::Polled, check_polled),
    (Tree::Rejects, |trees, row, _| trees.rejects(&source_of(trees, row)?).map(drop)),
    (Tree::Arrivals, |trees, row, _| trees.next_of_source(&source_of(trees, row)?).map(drop)),
    (Tree::Recent, check_recent),
    (Tree::Filter, |trees, row, _| trees.content(Tree::Filter, row).map(drop)),
];

impl SledStore {
    /// Reads everything, a turn at a time so that writers are not held up, and says what does not fit.
    pub(super) fn check_everything(&self, told: Told<'_>) -> Result<Vec<String>, StoreError> {
        for attempt in 1..=COUNTING_TRIES_MAX {
            let before = self.read(|trees| Ok(trees.counts))?;
            let of = before.articles * (ARTICLE_COST + ORDERS) + before.sightings;
            let mut report = Report::default();
            for (tree, look) in LOOKS {
                report.last = None;
                let mut after: Option<Vec<u8>> = None;
                loop {
                    let read = |trees: &Trees, raw: &Raw| {
                        report.row(trees, tree, look, raw);
                        Ok(None::<()>)
                    };
                    after = self.turn(tree, after.as_deref(), read)?.1;
                    if after.is_none() {
                        break;
                    }
                    told(Progress { work: Work::Verifying, done: report.done.min(of), of })?;
                }
            }
            self.read(|trees| {
                let recent = trees.recent()?;
                for (place, number) in recent.places(None) {
                    report.place(1, place, number);
                }
                for (source, place, arrival) in recent.of_sources() {
                    report.of_source(1, &keys::of_source(source), &keys::place(place), arrival);
                }
                recent
                    .entries()
                    .try_for_each(|((source, id), record)| report.entry(trees, &entries_of(source.as_ref()).prefix, id, &record))
            })?;
            if self.read(|trees| Ok(trees.counts))? == before {
                compare(before, &mut report);
            } else if attempt < COUNTING_TRIES_MAX {
                // Somebody wrote while we read; what we saw may be of two times.
                continue;
            }
            told(Progress { work: Work::Verifying, done: of, of })?;
            return Ok(report.findings);
        }
        Ok(Vec::new())
    }

    /// The next few rows of a tree, as `look` sees them, and the key of the last one; `None`: there are no more.
    ///
    /// What is found does not shut the store: it is for whoever asked to judge.
    pub(super) fn turn<T>(
        &self,
        tree: Tree,
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

fn source_of(trees: &Trees, row: &[u8]) -> Result<SourceName, StoreError> {
    keys::read_of_source(row).map_err(|why| trees.row(why))
}

/// Every article of a pack is whole.
fn check_pack(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    let Some(found) = trees.pack_in(row)? else { return Ok(()) };
    for slot in found.pack.into_slots() {
        let article = slot.article().map_err(|why| trees.row(why))?;
        slot.original().map_err(|why| trees.row(why))?;
        let (prefix, number) = (keys::of_source(&article.source), slot.arrival.number);
        report.articles += 1;
        report.done += ARTICLE_COST;
        report.place(0, slot.place, number);
        report.known(0, &prefix, slot.place.id, number);
        report.of_source(0, &prefix, &keys::place(slot.place), slot.arrival);
    }
    Ok(())
}

/// What stands before the first key of a leaf, and its records.
type Leaf<const K: usize, const V: usize> = (Vec<u8>, Vec<([u8; K], [u8; V])>);

/// The records of a leaf, and what stands before its first key in the key of its row.
fn leaf<const K: usize, const V: usize>(trees: &Trees, tree: Tree, row: &[u8], report: &mut Report) -> Result<Leaf<K, V>, StoreError> {
    let odd = |what: &str| trees.row(RowError::Broken(what.into()));
    let (prefix, start) = row.split_at_checked(row.len().wrapping_sub(K)).ok_or_else(|| odd("a key is too short"))?;
    let Some((text, _)) = trees.content(tree, row)? else { return Ok((prefix.to_vec(), Vec::new())) };
    let (records, is_more) = split_records::<K, V>(&text);
    let sorted = records.is_sorted_by(|a, b| a.0 < b.0) && records.first().is_none_or(|(first, _)| first.as_slice() >= start);
    if is_more || !sorted || records.is_empty() {
        return Err(odd("a leaf is out of order"));
    }
    if report.last.as_ref().is_some_and(|(before, end)| before == prefix && end.as_slice() >= start) {
        return Err(odd("two leaves overlap"));
    }
    report.done += records.len() as u64;
    report.last = records.last().map(|(end, _)| (prefix.to_vec(), end.to_vec()));
    Ok((prefix.to_vec(), records))
}

fn check_entries(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    let (prefix, records) = leaf::<16, { known::BYTES }>(trees, Tree::Entries, row, report)?;
    let source = if prefix == NO_SOURCE { None } else { Some(source_of(trees, &prefix)?) };
    for (id, record) in records {
        let id = ArticleId(id);
        // What memory holds of it wins.
        if trees.recent()?.entry(source.as_ref(), id).is_none() {
            report.entry(trees, &prefix, id, &record)?;
            if !trees.may_have_entry(id) {
                report.say(format!("entry {id} is there, and the filter of entries denies it"));
            }
        }
    }
    Ok(())
}

/// Each state can be read, and stands in the pack where it is looked for.
fn check_states(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    let Some((text, _)) = trees.content(Tree::States, row)? else { return Ok(()) };
    let named = trees.named(row, &text)?;
    let start = source_of(trees, row)?;
    if named.first().is_none_or(|(first, _)| *first != start.as_str()) {
        report.say(format!("the pack of states from {start} on does not begin with it"));
    }
    if report.last.as_ref().is_some_and(|(_, end)| end.as_slice() >= start.as_str().as_bytes()) {
        report.say(format!("the pack of states before {start} reaches into that"));
    }
    report.last = named.last().map(|(end, _)| (Vec::new(), end.as_bytes().to_vec()));
    report.stored_states += named.len() as u64;
    readable(trees, &named)
}

/// What a group left can be read.
fn check_polled(trees: &Trees, row: &[u8], _: &mut Report) -> Result<(), StoreError> {
    let Some((text, _)) = trees.content(Tree::Polled, row)? else { return Ok(()) };
    readable(trees, &trees.left(&text)?)
}

fn readable(trees: &Trees, named: &[Named<'_>]) -> Result<(), StoreError> {
    let read = |(name, state): &Named<'_>| compact::decode(keys::checked_name(name)?, state).map(drop);
    named.iter().try_for_each(read).map_err(|why| trees.row(why))
}

/// What it says is in memory.
fn check_recent(trees: &Trees, row: &[u8], _: &mut Report) -> Result<(), StoreError> {
    let Some((text, _)) = trees.content(Tree::Recent, row)? else { return Ok(()) };
    journal::decode(&text).map(drop).map_err(|why| trees.row(why))
}

fn check_by_source(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    let (prefix, records) = leaf::<PLACE_BYTES, ORDER_BYTES>(trees, Tree::BySource, row, report)?;
    for (place, order) in records {
        let arrival = read_order(order);
        if arrival.number < trees.counts.ordered {
            report.of_source(1, &prefix, &place, arrival);
        }
    }
    Ok(())
}

fn check_by_time(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    for (place, number) in leaf::<PLACE_BYTES, 8>(trees, Tree::ByTime, row, report)?.1 {
        // Above it the trees may have what memory holds as well, where taking in was interrupted.
        if u64::from_be_bytes(number) < trees.counts.ordered {
            report.places[1].add(&[&place, &number]);
        }
    }
    Ok(())
}

fn check_by_id(trees: &Trees, row: &[u8], report: &mut Report) -> Result<(), StoreError> {
    for (id, number) in leaf::<16, 8>(trees, Tree::ById, row, report)?.1 {
        if u64::from_be_bytes(number) < trees.counts.ordered {
            report.ids[1].add(&[&id, &number]);
        }
    }
    Ok(())
}

fn compare(counts: Counts, report: &mut Report) {
    let numbers = [
        ("articles", counts.articles, report.articles),
        ("sightings", counts.sightings, report.sightings),
        ("sightings without a source", counts.orphans, report.orphans),
        ("states in packs", counts.stored_states, report.stored_states),
    ];
    for (what, expected, found) in numbers {
        if expected != found {
            report.say(format!("{found} {what} are there, and {expected} were written"));
        }
    }
    let orders = [
        ("the order by time", report.places),
        ("the list by id", report.ids),
        ("the order of the sources", report.of_sources),
        ("what is known of the entries", report.known),
    ];
    for (what, [there, named]) in orders {
        if there != named {
            report.say(format!("{what} does not name the articles that are there"));
        }
    }
}

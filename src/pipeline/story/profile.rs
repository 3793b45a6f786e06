//! An article as it is compared with another: exactly, not by a sketch.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use super::hashes::{is_wide_unit, mixed};
use super::title::Title;
use super::units::Units;
use crate::model::Article;

/// Weight of the units of a shingle: five characters that stand by themselves, or three words, or some of both.
const SHINGLE_WEIGHT: usize = 5;

/// Weight of a word or number; a character that stands by itself weighs 1.
const WORD_WEIGHT: usize = 2;

/// Titles less alike than this have nothing to do with each other.
const TITLE_ALIKE_MIN: f32 = 0.4;

/// What a unit weighs: how much it says.
pub(super) fn weight(unit: u32) -> usize {
    if is_wide_unit(unit) { 1 } else { WORD_WEIGHT }
}

/// An article's title and text in comparable form.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) title: Title,
    pub(super) text: Units,
    /// The hash of the shingle that begins at each place.
    pub(super) shingles: Vec<u64>,
    /// The same, ready to be looked up: made when the profile is first compared, since most are only sketched.
    table: OnceCell<Table>,
}

impl Profile {
    /// Of a stored article.
    #[must_use]
    pub fn of(article: &Article) -> Self {
        Self::new(&article.title, article.body.as_str())
    }

    /// Of a title and the markup of a text.
    #[must_use]
    pub fn new(title: &str, body: &str) -> Self {
        let text = Units::of_html(body);
        let shingles = shingles(&text);
        Self { title: Title::new(title), text, shingles, table: OnceCell::new() }
    }

    /// The units of the text, and its pairs of neighbours: what a title may speak of.
    pub(super) fn features(&self) -> HashSet<u64> {
        let units = &self.text.hashes;
        units.iter().map(|unit| u64::from(*unit)).chain(units.windows(2).map(|pair| super::title::pair(pair[0], pair[1]))).collect()
    }

    /// How much there is to read, in words; two characters make about one.
    pub(super) fn words(&self) -> usize {
        self.text.hashes.iter().map(|unit| weight(*unit)).sum::<usize>() / WORD_WEIGHT
    }

    /// Whether the titles have something to do with each other.
    pub(super) fn has_title_of(&self, other: &Self) -> bool {
        self.title.compare(&other.title).alike >= TITLE_ALIKE_MIN
    }

    /// Whether their titles are those of two parts of a series.
    pub(super) fn is_series_with(&self, other: &Self) -> bool {
        self.title.compare(&other.title).series.is_some()
    }

    /// Which units of this text, and which of the other, stand in a run that both have.
    ///
    /// One table is made, and kept: a new article is compared with several, each of which is compared once.
    pub(super) fn shared_with(&self, other: &Self) -> (Vec<bool>, Vec<bool>) {
        if self.table.get().is_none() && other.table.get().is_some() {
            let (theirs, mine) = other.shared_with(self);
            return (mine, theirs);
        }
        let table = self.table.get_or_init(|| Table::of(&self.shingles));
        let mut met = vec![false; table.slots.len()];
        let theirs = covered(other, |_, shingle| {
            let slot = table.slot(shingle);
            let is_met = table.slots[slot] == shingle;
            met[slot] |= is_met;
            is_met
        });
        let mine = covered(self, |at, _| met[table.places[at]]);
        (mine, theirs)
    }
}

/// The units of a text that stand in runs which `is_shared`, asked by place and hash.
fn covered(profile: &Profile, mut is_shared: impl FnMut(usize, u64) -> bool) -> Vec<bool> {
    let mut covered = vec![false; profile.text.hashes.len()];
    let mut done = 0;
    for (at, (run, shingle)) in runs(&profile.text.hashes).zip(&profile.shingles).enumerate() {
        if is_shared(at, *shingle) {
            covered[run.start.max(done)..run.end].fill(true);
            done = run.end;
        }
    }
    covered
}

/// Hashes by themselves: open addressing, at most half full.
#[derive(Clone, Debug)]
struct Table {
    /// Zero where there is none; no hash is zero.
    slots: Vec<u64>,
    /// The slot of each shingle, in the order of the text.
    places: Vec<usize>,
}

impl Table {
    fn of(shingles: &[u64]) -> Self {
        let mut table = Self { slots: vec![0; (shingles.len() * 2).next_power_of_two()], places: Vec::with_capacity(shingles.len()) };
        for shingle in shingles {
            let slot = table.slot(*shingle);
            table.slots[slot] = *shingle;
            table.places.push(slot);
        }
        table
    }

    /// Where a hash stands, or would.
    fn slot(&self, shingle: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(shingle >> 32).unwrap_or(0) & mask;
        while self.slots[slot] != 0 && self.slots[slot] != shingle {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// The runs of neighbouring units that are shingles. A text shorter than a run is one.
fn runs(units: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let (mut end, mut inside) = (0, 0);
    (0..units.len()).map_while(move |start| {
        while inside < SHINGLE_WEIGHT && end < units.len() {
            inside += weight(units[end]);
            end += 1;
        }
        let is_whole = inside >= SHINGLE_WEIGHT || start == 0;
        inside -= weight(units[start]);
        is_whole.then_some(start..end)
    })
}

/// The hashes of those runs, by where they begin.
pub(super) fn shingles(text: &Units) -> Vec<u64> {
    let units = &text.hashes;
    let mut out = Vec::with_capacity(units.len());
    // Of the run, as a window that moves over the text: each unit is taken in once, and out once.
    let (mut hash, mut done) = (0_u64, 0);
    for run in runs(units) {
        for unit in &units[done..run.end] {
            hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(*unit));
        }
        done = run.end;
        out.push(mixed(hash).max(1));
        hash = hash.wrapping_sub(u64::from(units[run.start]).wrapping_mul(POWERS[run.len() - 1]));
    }
    out
}

/// Of the polynomial that hashes are made with.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Its powers: a run has so many units at most, each of which weighs something.
const POWERS: [u64; SHINGLE_WEIGHT] = {
    let mut powers = [1_u64; SHINGLE_WEIGHT];
    let mut at = 1;
    while at < SHINGLE_WEIGHT {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
};

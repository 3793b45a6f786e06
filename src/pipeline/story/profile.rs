//! An article as it is compared with another: exactly, not by a sketch.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use super::title::Title;
use super::units::{Units, is_wide_unit, mixed};
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
    /// The same, sorted, each once: made when the profile is first compared, since most are only sketched.
    sorted: OnceCell<Vec<u64>>,
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
        Self { title: Title::new(title), text, shingles, sorted: OnceCell::new() }
    }

    fn sorted(&self) -> &[u64] {
        self.sorted.get_or_init(|| {
            let mut sorted = self.shingles.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted
        })
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

    /// Which units stand in a run that the other text has too.
    pub(super) fn covered_by(&self, other: &Self) -> Vec<bool> {
        let theirs = other.sorted();
        let mut covered = vec![false; self.text.hashes.len()];
        for (run, shingle) in runs(&self.text.hashes).zip(&self.shingles) {
            if theirs.binary_search(shingle).is_ok() {
                covered[run].fill(true);
            }
        }
        covered
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
    let hash = |units: &[u32]| mixed(units.iter().fold(0x9e37_79b9, |hash: u64, unit| mixed(hash ^ u64::from(*unit)).rotate_left(21)));
    runs(&text.hashes).map(|run| hash(&text.hashes[run])).collect()
}

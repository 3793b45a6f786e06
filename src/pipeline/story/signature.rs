//! A sketch of an article: enough to find what may be a copy of it among a million others, never enough to say that it is one.
//!
//! Its keys are smallest hashes (MinHash) of shingles at three scales, and hashes of the title's clauses. Texts that share much share the
//! smallest hashes of all their shingles; a text and its excerpt share those of the beginning; a text with a new beginning and its copy those
//! of the whole. Three keys in common make a candidate, or one of the title. The address and a guid meant for the whole world are keys too.

use super::hashes::{low, mixed};
use super::profile::{Profile, shingles};
use super::title::clauses;
use super::units::Units;

/// Keys of a signature.
pub const KEYS: usize = 16;

/// Keys that the title may take; the text has the others.
const TITLE_KEYS: usize = 3;

/// Shingles of a beginning, and how many of its smallest hashes are keys.
const BEGINNINGS: [(usize, usize); 2] = [(60, 2), (220, 3)];

/// How many times as many hashes as are wanted are looked at first.
const FEW_OF_EACH: usize = 2;

/// Hashes that are found that way, mostly.
const FOUND: usize = 2 * FEW_OF_EACH * KEYS;

/// A sketch of one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its keys; zero where there are fewer.
    pub keys: [u32; KEYS],
    /// The first so many are made of its address and guid.
    pub marks: usize,
    /// The next so many are made of its title.
    pub titles: usize,
}

impl Signature {
    /// Of the title and the marks of an article; of its text too, where its profile is given.
    #[must_use]
    pub fn of(title: &str, marks: &[String], profile: Option<&Profile>) -> Self {
        let mut keys = Keys::default();
        marks.iter().for_each(|mark| keys.push(Kind::Mark, number_of(mark)));
        let marks = keys.count;
        let titles = profile.map_or(0, |profile| keys.words(title, &profile.title.units, &profile.shingles));
        Self { keys: keys.all, marks, titles }
    }

    /// Of a title and the markup of a text.
    #[must_use]
    pub fn new(title: &str, body: &str) -> Self {
        let mut keys = Keys::default();
        let titles = keys.words(title, &Units::of_text(title), &shingles(&Units::of_html(body)));
        Self { keys: keys.all, marks: 0, titles }
    }
}

/// A number for a mark; two marks with one number are told apart when their articles are compared.
fn number_of(mark: &str) -> u64 {
    mark.as_bytes().chunks(8).fold(0, |all, part| mixed(all ^ part.iter().fold(1, |number, byte| number << 8 | u64::from(*byte))))
}

/// What a key is made of, so that a title is not taken for a shingle.
#[derive(Clone, Copy)]
enum Kind {
    Mark = 1,
    Title = 2,
    Shingle = 3,
}

#[derive(Default)]
struct Keys {
    all: [u32; KEYS],
    count: usize,
}

impl Keys {
    /// Takes in the words of an article, `whole` those of its title; how many keys the title gave.
    fn words(&mut self, title: &str, whole: &Units, shingles: &[u64]) -> usize {
        let before = self.count;
        // The whole title, and what stands between its colons and bars.
        self.title(whole);
        let parts = clauses(title).take(TITLE_KEYS - 1).filter(|clause| clause.len() < title.trim().len());
        parts.for_each(|clause| self.title(&Units::of_text(clause)));
        let titles = self.count - before;
        for (length, count) in BEGINNINGS {
            self.smallest(&shingles[..length.min(shingles.len())], count);
        }
        self.smallest(shingles, KEYS - self.count);
        titles
    }

    fn key(kind: Kind, hash: u64) -> u32 {
        // Zero is no key.
        low(mixed(hash ^ kind as u64)).max(1)
    }

    fn push(&mut self, kind: Kind, hash: u64) {
        let key = Self::key(kind, hash);
        if self.count < KEYS && !self.all[..self.count].contains(&key) {
            self.all[self.count] = key;
            self.count += 1;
        }
    }

    fn title(&mut self, units: &Units) {
        if !units.hashes.is_empty() {
            self.push(Kind::Title, units.hashes.iter().fold(0, |all: u64, unit| mixed(all ^ u64::from(*unit))));
        }
    }

    /// The smallest hashes that are not keys yet.
    fn smallest(&mut self, shingles: &[u64], count: usize) {
        // Hashes are spread evenly, so that the few below a bound hold the smallest, and the others need not be sorted. Where those are not enough
        // (a text that says the same again and again), all are.
        let bound = u64::MAX.checked_div(shingles.len() as u64).unwrap_or(0).saturating_mul((FEW_OF_EACH * (self.count + count)) as u64);
        let full = (self.count + count).min(KEYS);
        let mut found = Vec::with_capacity(FOUND);
        for bound in [bound, u64::MAX] {
            found.clear();
            for shingle in shingles {
                if *shingle <= bound {
                    found.push(*shingle);
                }
            }
            found.sort_unstable();
            for shingle in &found {
                if self.count == full {
                    return;
                }
                self.push(Kind::Shingle, *shingle);
            }
            if bound == u64::MAX {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(a: &Signature, b: &Signature) -> usize {
        a.keys.iter().filter(|key| **key != 0 && b.keys.contains(key)).count()
    }

    #[test]
    fn a_text_and_its_excerpt_and_its_edited_copy_share_keys() {
        let sentences: Vec<String> =
            (0..60).map(|n| format!("Sentence number {n} says what the one before it did not say, and {} more. ", n * 7)).collect();
        let whole = Signature::new("One title", &sentences.concat());
        let excerpt = Signature::new("Another headline", &sentences[..4].concat());
        let edited = Signature::new(
            "Something else",
            &format!("A new beginning of some length that is not in the other text. {}", sentences[9..].concat()),
        );
        assert!(shared(&whole, &excerpt) > 0 && shared(&whole, &edited) > 0);
        let other = Signature::new("Quite different", &"Nothing that was said above is said here again by anybody. ".repeat(9));
        assert_eq!(shared(&whole, &other), 0);
    }

    #[test]
    fn a_clause_of_a_title_is_enough_to_be_found() {
        let a = Signature::new("36氪首发：某某科技完成数千万元融资", "");
        let b = Signature::new("某某科技完成数千万元融资 | 今日看点", "");
        assert_eq!(shared(&a, &b), 1);
    }
}

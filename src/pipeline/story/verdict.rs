//! Whether two articles tell the same story in the same words.
//!
//! In: two profiles. Out: the same, by which rule and score, or different, and why. Three measures, all taken at the shorter text: how much
//! of it the other has too; how much of it in long runs; how many of its numbers. Copies share long runs and their numbers. Bulletins made
//! from a template (prices, weather, results, job offers) share short runs between numbers and names that differ.

use std::collections::HashSet;

use super::hashes::is_number;
use super::part;
use super::profile::{Profile, weight};
use super::title::{Series, Titles};
use crate::model::story::Rule;

/// What came of comparing two articles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// They tell the same in the same words.
    Same {
        /// The rule that says so.
        rule: Rule,
        /// How much of the shorter text the longer one has, in percent.
        score_percent: u8,
    },
    /// They do not, as far as can be proved.
    Different {
        /// Why, as a part of a sentence.
        why: &'static str,
    },
}

/// What two texts have in common. Parts are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Words of the shorter text; two Chinese characters are about one.
    pub words: usize,
    /// How much of the shorter text the longer one has.
    pub contained: f32,
    /// … in runs of a sentence or more.
    pub in_runs: f32,
    /// How much of the longer text the shorter one has.
    pub of_longer: f32,
    /// Numbers of the shorter text that the longer one has in the same place, and numbers that it has another one for.
    pub numbers_kept: usize,
    /// See `numbers_kept`.
    pub numbers_changed: usize,
}

/// Words of a run that is more than a turn of phrase; two Chinese characters are about one.
const RUN_WORDS: usize = 9;

/// So many units before and behind a number say where it stands.
const AROUND_NUMBER: usize = 8;

impl Likeness {
    /// Compares two texts.
    #[must_use]
    pub fn of(a: &Profile, b: &Profile) -> Self {
        Shared::of(a, b).likeness()
    }
}

/// What stands in both texts.
struct Shared<'a> {
    shorter: &'a Profile,
    /// Which units of the shorter text the longer one has in a run.
    covered: Vec<bool>,
    /// The same the other way round.
    back: Vec<bool>,
}

impl<'a> Shared<'a> {
    fn of(a: &'a Profile, b: &'a Profile) -> Self {
        let (of_a, of_b) = a.shared_with(b);
        // Of two of one length it does not matter which, but it is always the same one.
        let is_shorter = (a.text.hashes.len(), &a.text.hashes) <= (b.text.hashes.len(), &b.text.hashes);
        let (shorter, covered, back) = if is_shorter { (a, of_a, of_b) } else { (b, of_b, of_a) };
        Self { shorter, covered, back }
    }

    /// How much of the shorter text the longer one has.
    fn contained(&self) -> f32 {
        part(count(&self.covered), self.covered.len())
    }

    fn likeness(&self) -> Likeness {
        let units = &self.shorter.text.hashes;
        let (numbers_kept, numbers_changed) = numbers(units, &self.covered);
        Likeness {
            words: self.shorter.words(),
            contained: self.contained(),
            in_runs: part(in_runs(units, &self.covered), self.covered.len()),
            of_longer: part(count(&self.back), self.back.len()),
            numbers_kept,
            numbers_changed,
        }
    }
}

fn count(covered: &[bool]) -> usize {
    covered.iter().filter(|one| **one).count()
}

/// Units in covered runs of some length.
fn in_runs(units: &[u32], covered: &[bool]) -> usize {
    let (mut sum, mut start) = (0, 0);
    for run in covered.chunk_by(|one, next| one == next) {
        let units = &units[start..start + run.len()];
        start += run.len();
        if run[0] && units.iter().map(|unit| weight(*unit)).sum::<usize>() >= 2 * RUN_WORDS {
            sum += run.len();
        }
    }
    sum
}

/// Numbers in what the other text has too, and numbers amid it that the other text does not have. Those of a paragraph of its own are neither.
fn numbers(units: &[u32], covered: &[bool]) -> (usize, usize) {
    let (mut kept, mut changed) = (0, 0);
    for at in (0..units.len()).filter(|at| is_number(units[*at])) {
        let before = &covered[at.saturating_sub(AROUND_NUMBER)..at];
        let behind = &covered[at + 1..(at + 1 + AROUND_NUMBER).min(covered.len())];
        if covered[at] {
            kept += 1;
        } else if before.contains(&true) && behind.contains(&true) {
            changed += 1;
        }
    }
    (kept, changed)
}

/// Compares two articles.
#[must_use]
pub fn verdict(a: &Profile, b: &Profile) -> Verdict {
    let titles = a.title.compare(&b.title);
    if let Some(series) = titles.series {
        return Verdict::Different { why: parts_of(series) };
    }
    let shared = Shared::of(a, b);
    // Most candidates share a sentence and no more: nothing else about them needs to be known.
    if shared.contained() < CONTAINED_MIN {
        return Verdict::Different { why: if shared.shorter.words() < WORDS_MIN { TOO_SHORT } else { TOO_LITTLE } };
    }
    let like = shared.likeness();
    let is_tiny_copy = titles.equal
        && a.title.words() >= WORDS_OF_TITLE_MIN
        && !a.title.is_digest()
        && like.contained >= COPY_MIN
        && like.of_longer >= COPY_MIN;
    let why = different(&like).or_else(|| if is_tiny_copy { None } else { too_little(&titles, &like) });
    let why = why.or_else(|| other_story(a, b, &titles, &like));
    match why {
        Some(why) => Verdict::Different { why },
        None => Verdict::Same { rule: rule(&titles, &like), score_percent: percent(like.contained) },
    }
}

/// Least words of a text that proves anything under another title.
const WORDS_MIN: usize = 9;

/// A title of so many words, with the same few words under it, is one entry and no column.
const WORDS_OF_TITLE_MIN: usize = 8;

const TOO_SHORT: &str = "there is too little text to tell";

const TOO_LITTLE: &str = "their texts have too little in common";

fn parts_of(series: Series) -> &'static str {
    match series {
        Series::Numbers => "their titles differ in numbers or dates, as those of a series do",
        Series::Ordinals => "their titles differ in words that count the parts of a series",
    }
}

/// What the numbers say against, whatever the texts have in common.
fn different(like: &Likeness) -> Option<&'static str> {
    let all = like.numbers_kept + like.numbers_changed;
    let is_form = like.numbers_changed >= 2 || (like.numbers_changed == 1 && like.words < WORDS_OF_FLASH_MAX);
    if is_form && part(like.numbers_kept, all) < NUMBERS_KEPT_MIN {
        return Some("the numbers in their texts differ, as those of bulletins made from one form do");
    }
    None
}

/// Copies keep most numbers where they stand; bulletins made from one form share the year and little else.
const NUMBERS_KEPT_MIN: f32 = 0.65;

/// Texts shorter than this many words are news flashes, and one number may be all the news.
const WORDS_OF_FLASH_MAX: usize = 50;

/// What the titles speak of, and the texts do not both tell.
fn other_story(a: &Profile, b: &Profile, titles: &Titles, like: &Likeness) -> Option<&'static str> {
    if titles.equal {
        return None;
    }
    let (in_a, in_b) = (a.features(), b.features());
    // Texts under titles that have nothing to do with each other are about what one of them says, or they are a site's own words.
    let told = |profile: &Profile, text: &HashSet<u64>| {
        let all = profile.title.features();
        part(all.iter().filter(|feature| text.contains(feature)).count(), all.len())
    };
    if titles.alike < DEMANDS[1].alike && told(a, &in_a).max(told(b, &in_b)) < TOLD_MIN {
        return Some("what they have in common is not what their titles are about");
    }
    // How much of what only the title of one speaks of, and its text tells, the other text does not.
    let untold = |own: Vec<u64>, here: &HashSet<u64>, there: &HashSet<u64>| {
        let told: Vec<u64> = own.into_iter().filter(|feature| here.contains(feature)).collect();
        (part(told.iter().filter(|feature| !there.contains(feature)).count(), told.len()), told.len())
    };
    let (of_a, of_b) = (untold(a.title.own(&b.title), &in_a, &in_b), untold(b.title.own(&a.title), &in_b, &in_a));
    if of_a.0 >= UNTOLD_MIN && of_b.0 >= UNTOLD_MIN {
        return Some("each names what the other does not, as bulletins made from one form do");
    }
    let of_longer = if a.text.hashes.len() > b.text.hashes.len() { of_a } else { of_b };
    let holds_more = of_longer.0 >= UNTOLD_MIN && of_longer.1 >= UNTOLD_OF_DIGEST_MIN && like.of_longer < EXCERPT_MAX;
    let is_digest = a.title.is_digest() != b.title.is_digest() || (a.title.is_digest() && titles.alike < DEMANDS[0].alike);
    (holds_more || (is_digest && like.of_longer < DIGEST_OF_LONGER_MIN)).then_some("one is a digest that holds other stories as well")
}

/// A text tells this much of what its title says.
const TOLD_MIN: f32 = 0.2;

/// A digest and its copy under another title have this much in common.
const DIGEST_OF_LONGER_MIN: f32 = 0.75;

/// This much of what one title speaks of is not in the other text.
const UNTOLD_MIN: f32 = 0.5;

/// A digest names so many words of other stories in its title.
const UNTOLD_OF_DIGEST_MIN: usize = 3;

/// What the texts must have in common, by how much the titles are alike.
struct Demand {
    /// Titles at least as alike as this.
    alike: f32,
    /// The shorter text has at least so many words.
    words: usize,
    contained: f32,
    in_runs: f32,
    of_longer: f32,
}

/// From much alike to not at all. The less a title says, the more the text has to.
const DEMANDS: [Demand; 4] = [
    Demand { alike: 0.7, words: WORDS_MIN, contained: 0.5, in_runs: 0.4, of_longer: 0.0 },
    Demand { alike: 0.4, words: 40, contained: 0.6, in_runs: 0.55, of_longer: 0.2 },
    Demand { alike: 0.0, words: 50, contained: 0.75, in_runs: 0.65, of_longer: 0.55 },
    Demand { alike: 0.0, words: 25, contained: 0.85, in_runs: 0.8, of_longer: 0.7 },
];

/// No demand is content with less.
const CONTAINED_MIN: f32 = DEMANDS[0].contained;

/// Texts with this much in common, both ways, are one text.
const COPY_MIN: f32 = 0.9;

/// A text of which the other has less than this part is an excerpt.
const EXCERPT_MAX: f32 = 0.5;

fn too_little(titles: &Titles, like: &Likeness) -> Option<&'static str> {
    if like.words < WORDS_MIN {
        return Some(TOO_SHORT);
    }
    let enough = DEMANDS.iter().any(|least| {
        titles.alike >= least.alike
            && like.words >= least.words
            && like.contained >= least.contained
            && like.in_runs >= least.in_runs
            && like.of_longer >= least.of_longer
    });
    (!enough).then_some(TOO_LITTLE)
}

fn rule(titles: &Titles, like: &Likeness) -> Rule {
    if like.contained >= COPY_MIN && like.of_longer >= COPY_MIN && titles.alike >= DEMANDS[0].alike {
        Rule::Copy
    } else if like.of_longer < EXCERPT_MAX {
        Rule::Excerpt
    } else {
        Rule::Edited
    }
}

fn percent(part: f32) -> u8 {
    (0..=100).rev().find(|percent| f32::from(*percent) <= part * 100.0).unwrap_or(0)
}

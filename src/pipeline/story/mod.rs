//! One story once: whether two articles of different sources tell the same thing in (nearly) the same words.
//!
//! | step | function | in | out |
//! | --- | --- | --- | --- |
//! | sketch | [`Signature::of`] | an article | a few hundred bytes |
//! | look up | [`Index::candidates`] | a signature | articles that may be copies |
//! | settle | [`settle()`] | an article and its candidates | its story |
//! | judge | [`verdict()`] | two [`Profile`]s | [`Verdict`]: the same by which rule and score, or different and why |
//!
//! Precision goes before recall: a sketch only says whom to look at; what is merged has been compared word by word.

mod address;
mod hashes;
mod index;
mod profile;
mod settle;
mod signature;
pub(crate) mod simple;
mod title;
mod units;
mod verdict;

pub use address::{TITLES_OF_ONE_PAGE_MAX, marks, shared_mark};
pub use index::{Candidate, Index, IndexLimits};
pub use profile::Profile;
pub use settle::{Settings, alone, settle};
pub use signature::{KEYS, Signature};
pub use verdict::{Likeness, Verdict, verdict};

/// How much of a whole a part is, 0 to 1; of nothing, nothing.
fn part(of: usize, whole: usize) -> f32 {
    let number = |count: usize| f32::from(u16::try_from(count.min(usize::from(u16::MAX))).unwrap_or(u16::MAX));
    if whole == 0 { 0.0 } else { number(of) / number(whole) }
}

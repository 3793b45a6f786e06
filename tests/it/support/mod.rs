//! What several tests need: where the corpus is, and (in files of their own) publishers and running programs.

pub mod program;
pub mod publisher;

use std::path::PathBuf;

/// The corpus of real feeds beside the checkout; `FEEDMILL_CORPUS` names another place.
pub fn corpus() -> PathBuf {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    std::env::var_os("FEEDMILL_CORPUS").map_or(beside, PathBuf::from)
}

#[test]
fn the_corpus_is_there() {
    assert!(corpus().join("feeds/MANIFEST.tsv").is_file(), "no corpus at {}: set FEEDMILL_CORPUS", corpus().display());
}

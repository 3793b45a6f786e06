//! (being built)

pub mod committer;

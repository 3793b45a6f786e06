//! Tests that drive the built program and the library from outside. One binary, so that it is linked once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod architecture;
mod articles;
mod browsing;
mod commands;
mod configuring;
mod corpus;
mod daemon;
mod fetching;
mod fulltext;
mod llm;
mod metrics;
mod parsing;
mod search;
mod serving;
mod simulation;
mod stories;
mod storing;
mod support;

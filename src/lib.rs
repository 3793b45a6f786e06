//! feedmill takes in feeds, mills them and gives out one feed.
//!
//! The modules in reading order; dependencies run downward only, and `tests/it/architecture.rs` keeps it so:
//!
//! - [`model`]: the nouns. No I/O, no async.
//! - [`clock`]: the only place that reads the time.
//! - [`config`]: feeds.toml, from text to a checked [`config::Config`], and edits that keep comments.
//! - [`pipeline`]: pure: bytes of a publisher to articles and a [`model::PollPlan`].
//! - [`publish`]: pure: articles to RSS, Atom, JSON Feed, OPML and Markdown files.
//! - [`store`]: where articles, sightings and the state of sources are kept.
//! - [`search`]: full text over all articles; its index follows the store.
//! - [`fetch`]: the HTTP client that publishers love and attackers find nothing in.
//! - [`web`]: the server that readers talk to.
//! - [`daemon`]: scheduler, worker, committer, publisher: what runs all of the above.
//! - [`cli`]: one file a subcommand; the only place that prints.

pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod fetch;
pub mod model;
pub mod pipeline;
pub mod publish;
pub mod search;
pub mod store;
pub mod web;

//! The server that readers talk to.
//!
//! | file | what |
//! | --- | --- |
//! | [`mod@router`] | which address is answered by whom |
//! | [`state`] | what all answers are made from: configuration, store, rendered views, clock |
//! | [`rendered`] | the views as files: bytes, ETag, compressed forms, all swapped at once |
//! | [`render`] | from the store to those files |
//! | [`select`] | which articles a view shows |
//! | [`explain`] | why an article is here |
//! | [`troubles`], `trouble_feed` | the daemon's own troubles, as a journal and a feed |
//! | `narrow` | a part of a view: by language, tag, category, source |
//! | `part` | its newest articles, found by the index where it can |
//! | `found` | the feed of a search |
//! | [`shown`] | articles in the Chinese that is asked for |
//! | [`answer`] | conditional requests, encodings, headers |
//! | [`metrics`] | what is counted, and `/metrics` |
//! | [`server`] | connections: how many, how long, how big |
//!
//! Inputs: requests from anybody. Outputs: feeds, pages, Markdown. Errors: a page that says what and what to do, with the same headers
//! as every other answer. Bounds: address bytes, header bytes and time, connections, renders at once, bytes kept.

pub mod answer;
pub mod archive;
mod asked;
pub mod cache;
pub mod encoding;
pub mod explain;
mod feeds;
pub mod folder;
mod found;
mod language;
pub mod metrics;
mod narrow;
pub mod pages;
mod part;
pub mod render;
pub mod rendered;
pub mod router;
pub mod select;
pub mod server;
pub mod shown;
mod slow;
pub mod state;
mod trouble_feed;
pub mod troubles;

pub use metrics::Metrics;
pub use rendered::{Rendered, RenderedFile};
pub use router::router;
pub use server::serve;
pub use state::WebState;

//! Pages for people: made on the server, complete at the first response, readable without script, in Chinese and English.

pub mod article;
pub mod chart;
pub mod error;
mod facets;
pub mod frame;
pub mod opml;
pub(super) mod reasons;
pub mod river;
pub mod search;
pub mod status;
pub mod style;
mod why;

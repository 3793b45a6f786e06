//! Pages for people: made on the server, complete at the first response, readable without script, in Chinese and English.

pub mod article;
mod chart;
pub mod error;
pub(super) mod facets;
pub mod frame;
mod health;
pub mod opml;
pub(super) mod reasons;
pub mod river;
pub mod search;
mod source;
pub mod status;
pub mod style;
mod tally;
pub mod weight;
mod why;

//! The server, over real sockets: what readers, robots and browsers get.

mod archives;
mod errors;
mod formats;
mod http;
pub mod kit;
mod pages;
mod rules;
mod shown;
pub mod status;
mod valid;
mod weight;

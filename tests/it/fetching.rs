//! Fetching: checklist F, against a publisher on loopback that logs every request, with a clock that the test moves.

mod archives;
mod conditional;
mod crowd;
mod faults;
mod hostile;
mod kit;
mod month;
mod program;
mod proxies;
mod redirects;
mod silence;
mod tls;
mod trouble;
pub mod world;

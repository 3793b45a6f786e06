//! Fetching: checklist F, against a publisher on loopback that logs every request, with a clock that the test moves.

mod conditional;
mod faults;
mod hostile;
mod kit;
mod proxies;
mod redirects;
mod silence;
mod tls;

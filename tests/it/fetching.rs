//! Fetching: checklist F, against a publisher on loopback that logs every request, with a clock that the test moves.

mod conditional;
mod kit;

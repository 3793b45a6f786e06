//! The search: its page, its feeds, the command, and an index that survives.

mod pages;
mod program;
mod retention;

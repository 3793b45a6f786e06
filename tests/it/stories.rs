//! One story once: what is a copy and what is not, by labelled pairs; and what readers see of it, by the built program.

mod burst;
pub mod kit;
mod labelled;
mod program;

//! What runs: the scheduler asks which sources are due, a worker polls them, the committer makes the plans durable, the publisher
//! renders what changed.
//!
//! ```text
//! timer ─ tick ─► scheduler ─ unit ─► worker ─ PollPlan ─► committer ─ durable ─► publisher ─► web
//! ```
//!
//! Every event that makes the scheduler act is a variant of [`scheduler::Event`], so all causes of work are visible in one type.

pub mod archives;
pub mod committer;
pub mod completion;
pub mod control;
mod document;
pub mod due;
mod fit;
pub mod follower;
pub mod fulltext;
pub mod lease;
pub mod llm;
pub mod maintenance;
pub mod notify;
pub mod once;
pub mod orders;
pub mod parsers;
pub mod publisher;
pub mod rebuild;
pub mod request;
pub mod run;
pub mod scheduler;
mod signals;
pub mod stories;
pub mod timer;
pub mod trial;
pub mod units;
pub mod worker;

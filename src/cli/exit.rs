//! How a command ends, for scripts.

use std::process::ExitCode;

use crate::config::LoadError;
use crate::config::edit::EditError;
use crate::store::StoreError;

/// How a command ends. The numbers are documented in `feedmill --help` and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// It was done, but not for everything: some sources failed, something asked for is not there.
    Trouble = 1,
    /// The command line is wrong (clap uses this number too).
    Usage = 2,
    /// feeds.toml is missing or wrong.
    Config = 3,
    /// The store cannot be used, or another feedmill has it open.
    Store = 4,
    /// The network or the port cannot be used.
    Network = 5,
    /// A file cannot be read or written.
    File = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The enum's own numbers are the documented ones.
        Self::from(exit as u8)
    }
}

/// Why a command was not done: what is printed, and how the process ends.
#[derive(Debug)]
pub struct Failure {
    /// The number.
    pub exit: Exit,
    /// What, where, and what to do.
    pub message: String,
}

impl Failure {
    /// A failure with its words.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let exit = match &error {
            EditError::Load(_) | EditError::Wrong(_) => Exit::Config,
            EditError::Unknown(_) => Exit::Trouble,
            EditError::Busy(_) | EditError::Unwritable(_) => Exit::File,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Store, error.to_string())
    }
}

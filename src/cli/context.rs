//! What a command works with: where things are, the configuration, the store to read from.

use std::path::PathBuf;
use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::terminal::{Colour, Terminal};
use super::{Global, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, LoadError, load, parse};
use crate::model::{Instant, SourceState};
use crate::store::{RemoteStore, SledOptions, SledStore, Store, StoreError};

/// Everything that a command needs.
pub struct Context {
    /// feeds.toml.
    pub config_path: PathBuf,
    /// The folder of everything that the program writes.
    pub data: PathBuf,
    /// Where it prints.
    pub terminal: Terminal,
    /// The options as given.
    pub global: Global,
}

impl Context {
    /// The context of a command line.
    #[must_use]
    pub fn new(global: Global, terminal: Terminal) -> Self {
        Self { config_path: global.config_path(), data: global.data.clone(), terminal, global }
    }

    /// feeds.toml, read and checked.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load_config(&self) -> Result<Config, Failure> {
        load(&self.config_path).map_err(|error| match error {
            LoadError::Wrong(problems) => {
                let count = problems.count();
                let said = if count == 1 { "one problem".to_owned() } else { format!("{count} problems") };
                Failure::new(Exit::Config, format!("{problems}\n{}: {said}", self.config_path.display()))
            }
            LoadError::Missing(_) => self.no_config(),
            LoadError::Unreadable(text) => Failure::new(Exit::Config, text),
        })
    }

    /// The same, or what an empty file means where there is none yet.
    pub fn config_or_empty(&self) -> Result<Config, Failure> {
        if self.config_path.exists() {
            return self.load_config();
        }
        parse("", "feeds.toml").map_err(|problems| Failure::new(Exit::Config, problems.to_string()))
    }

    /// Whether there is a file to edit.
    pub fn need_config(&self) -> Result<(), Failure> {
        if self.config_path.exists() { Ok(()) } else { Err(self.no_config()) }
    }

    /// The sentence for a configuration that is not there.
    fn no_config(&self) -> Failure {
        let shown = self.config_path.display();
        Failure::new(Exit::Config, format!("there is no {shown}; name another file with --config, or run `feedmill` to have one written"))
    }

    /// The folder of the store.
    #[must_use]
    pub fn store_folder(&self) -> PathBuf {
        self.data.join("store")
    }

    /// Now, for ages.
    pub fn now(&self) -> Instant {
        SystemClock.now()
    }

    /// The store to read from: the one that a running daemon has open, over its socket, or the one on disk. `None` where nothing was
    /// ever stored; a command that only reads makes no folders.
    pub async fn read_store(&self) -> Result<Option<Arc<dyn Store>>, StoreError> {
        let (data, folder) = (self.data.clone(), self.store_folder());
        let open = move || -> Result<Option<Arc<dyn Store>>, StoreError> {
            if let Some(remote) = RemoteStore::connect(&data) {
                return Ok(Some(Arc::new(remote)));
            }
            if !folder.exists() {
                return Ok(None);
            }
            Ok(Some(Arc::new(SledStore::open(&folder, SledOptions::default())?)))
        };
        in_background(open).await
    }

    /// The states of all sources; `None` where nothing was ever stored.
    pub async fn store_states(&self) -> Result<Option<Vec<SourceState>>, StoreError> {
        match self.read_store().await? {
            Some(store) => in_background(move || store.source_states()).await.map(Some),
            None => Ok(None),
        }
    }

    /// The store, or the sentence that there is nothing in it yet.
    pub async fn need_store(&self) -> Result<Arc<dyn Store>, Failure> {
        let nothing =
            || Failure::new(Exit::Trouble, format!("nothing is stored in {} yet; `feedmill poll` brings articles", self.data.display()));
        self.read_store().await?.ok_or_else(nothing)
    }
}

/// Runs what blocks off the runtime's threads.
pub async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(StoreError::Damaged("reading the store failed inside feedmill".into())))
}

impl Context {
    /// Prints what went wrong, if anything, and gives the number to end with.
    pub fn end(&mut self, outcome: Outcome) -> Exit {
        match outcome {
            Ok(exit) => exit,
            Err(failure) => {
                let word = self.terminal.paint(Colour::Red, "feedmill:");
                self.terminal.note(format!("{word} {}", failure.message));
                failure.exit
            }
        }
    }
}

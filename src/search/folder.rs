//! The index on disk: opened, checked, thrown away.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::indexer::{IndexWriter, IndexWriterOptions};
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, TantivyDocument, TantivyError};

use super::SearchError;
use super::fields::{FORMAT, Fields, tokenizers};
use super::terms::Splitter;
use super::vocabulary::Vocabulary;
use crate::store::threads;

/// Memory of a writer, in bytes: what it gathers before it writes a piece. The least that tantivy takes.
const WRITER_BYTES: usize = 15_000_000;

/// Articles that are gathered before a writer of more memory is worth while.
const MANY_ARTICLES: u64 = 20_000;

/// Memory of the writer that makes a large index, in bytes.
const LARGE_WRITER_BYTES: usize = 32_000_000;

/// An open index.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}

/// What is written with each commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The first arrival that is not in it.
    pub(super) next: u64,
}

impl Mark {
    pub(super) fn text(self) -> String {
        format!("feedmill search {FORMAT} {}", self.next)
    }

    fn read(text: &str) -> Option<Self> {
        let next = text.strip_prefix(&format!("feedmill search {FORMAT} "))?;
        Some(Self { next: next.parse().ok()? })
    }
}

impl Opened {
    /// Opens the index of a folder and reads all of it once. `Err` says why it cannot be used; then it is to be made anew.
    pub(super) fn open(folder: &Path, splitter: &Splitter, vocabulary: &Arc<Vocabulary>) -> Result<(Self, Mark), SearchError> {
        let damaged = |why: String| SearchError::Damaged { folder: folder.display().to_string(), why };
        let index = Index::open_in_dir(folder).map_err(|error| fault(folder, &error))?;
        let (schema, _) = Fields::new();
        if index.schema() != schema {
            return Err(damaged("it is of another version of feedmill".into()));
        }
        let mark = index.load_metas().map_err(|error| fault(folder, &error))?.payload.as_deref().and_then(Mark::read);
        let mark = mark.ok_or_else(|| damaged("it is of another version of feedmill".into()))?;
        let broken = index.validate_checksum().map_err(|error| fault(folder, &error))?;
        if let Some(file) = broken.iter().next() {
            return Err(damaged(format!("the file {} is not what was written", file.display())));
        }
        let opened = Self::around(folder, index, splitter, vocabulary)?;
        vocabulary.read(&opened.reader.searcher(), &opened.fields.texts()).map_err(|error| fault(folder, &error))?;
        Ok((opened, mark))
    }

    /// Opens the index of a folder once more, without reading it.
    pub(super) fn again(folder: &Path, splitter: &Splitter, vocabulary: &Arc<Vocabulary>) -> Result<Self, SearchError> {
        let index = Index::open_in_dir(folder).map_err(|error| fault(folder, &error))?;
        Self::around(folder, index, splitter, vocabulary)
    }

    /// Throws away what is there, and makes an empty index.
    pub(super) fn create(folder: &Path, splitter: &Splitter, vocabulary: &Arc<Vocabulary>) -> Result<(Self, Mark), SearchError> {
        let refused = |error: &io::Error| unusable(folder, error);
        let removed = if folder.is_dir() { fs::remove_dir_all(folder) } else { fs::remove_file(folder) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(&error)),
            _ => {}
        }
        fs::create_dir_all(folder).map_err(|error| refused(&error))?;
        let directory = MmapDirectory::open(folder).map_err(|error| unusable(folder, &error))?;
        // Nothing is stored in it that could be compressed.
        let settings = IndexSettings { docstore_compression: tantivy::store::Compressor::None, ..IndexSettings::default() };
        let index = Index::create(directory, Fields::new().0, settings).map_err(|error| fault(folder, &error))?;
        Ok((Self::around(folder, index, splitter, vocabulary)?, Mark { next: 0 }))
    }

    fn around(folder: &Path, mut index: Index, splitter: &Splitter, vocabulary: &Arc<Vocabulary>) -> Result<Self, SearchError> {
        index.set_tokenizers(tokenizers(splitter, vocabulary));
        // The pieces of the index are looked through side by side.
        let threads = threads::few();
        if threads > 1 {
            index.set_multithread_executor(threads).map_err(|error| fault(folder, &error))?;
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(|error| fault(folder, &error))?;
        Ok(Self { index, reader, fields: Fields::new().1 })
    }

    /// A writer. One at a time; it is dropped when there is nothing to write, since it holds memory and threads.
    pub(super) fn writer(&self, waiting: u64) -> tantivy::Result<IndexWriter<TantivyDocument>> {
        let bytes = if waiting > MANY_ARTICLES { LARGE_WRITER_BYTES } else { WRITER_BYTES };
        let options = IndexWriterOptions::builder().num_worker_threads(1).memory_budget_per_thread(bytes).num_merge_threads(1).build();
        self.index.writer_with_options(options)
    }

    /// Lets what was committed be found.
    pub(super) fn reload(&self) -> tantivy::Result<()> {
        self.reader.reload()
    }
}

fn unusable(folder: &Path, why: &impl ToString) -> SearchError {
    SearchError::Unusable { folder: folder.display().to_string(), why: why.to_string() }
}

/// Whether it is the index that is wrong, or the system that refuses (a full disk, no permission): a new index would help the first only.
pub(super) fn fault(folder: &Path, error: &TantivyError) -> SearchError {
    let refused =
        |error: &io::Error| !matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::NotFound);
    let is_system = match error {
        TantivyError::IoError(error) => refused(error),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => refused(io_error),
        TantivyError::OpenDirectoryError(_) | TantivyError::OpenWriteError(_) | TantivyError::LockFailure(..) => true,
        _ => false,
    };
    if is_system { unusable(folder, error) } else { SearchError::Damaged { folder: folder.display().to_string(), why: error.to_string() } }
}

//! A store that another process has open, asked over a local socket: commands work while the daemon runs, without a second lock on the
//! data and without an open port.
//!
//! One question a connection: a line of JSON. The answer: lines, a record each as in a snapshot, then `end`, or `error` with its kind
//! and sentence. Both ends of the language are in `language.rs`; who may connect is the daemon's matter. Bounds: [`QUESTION_BYTES_MAX`],
//! [`ANSWER_BYTES_MAX`], [`WAIT`].

mod language;

use std::io::{BufReader, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use language::{PROGRESS, error_of};
pub use language::{Question, answer};

use super::rows::Time;
use super::snapshot::{line, next_line};
use super::{Leased, Place, Progress, Record, Replacement, Store, StoreError, Told, Totals, Work};
use crate::model::{Article, ArticleId, Holder, Instant, Original, PollPlan, Reject, Sighting, SourceName, SourceState};

/// Name of the socket in the data folder.
pub const SOCKET: &str = "control.sock";

/// Longest question, in bytes.
pub const QUESTION_BYTES_MAX: u64 = 1024 * 1024;

/// Longest answer, in bytes: a whole store goes through here when it is backed up, so it is larger than any small server's. A line of it
/// is no longer than one of a snapshot.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024 * 1024 * 1024;

/// Longest wait for the next part of an answer.
const WAIT: Duration = Duration::from_secs(60);

/// The store of a running daemon, to be read.
#[derive(Clone, Debug)]
pub struct RemoteStore {
    socket: PathBuf,
}

impl RemoteStore {
    /// The daemon that has the store of this data folder open; `None` when nobody answers there.
    #[must_use]
    pub fn connect(data: &Path) -> Option<Self> {
        let socket = data.join(SOCKET);
        UnixStream::connect(&socket).ok().map(|_| Self { socket })
    }

    /// Asks, and hands each line of the answer to `each`: its kind and the rest.
    ///
    /// # Errors
    /// What the other side said, or that it cannot be reached.
    pub fn ask(&self, question: &impl Serialize, mut each: impl FnMut(&str, &str) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let lost = |error: std::io::Error| {
            StoreError::Unusable(format!("the running feedmill cannot be asked over {}: {error}; look at its log", self.socket.display()))
        };
        let mut stream = UnixStream::connect(&self.socket).map_err(lost)?;
        stream.set_read_timeout(Some(WAIT)).map_err(lost)?;
        let mut text = serde_json::to_vec(question).map_err(|error| StoreError::Unusable(error.to_string()))?;
        text.push(b'\n');
        stream.write_all(&text).map_err(lost)?;
        let (mut reader, mut line) = (BufReader::new(stream.take(ANSWER_BYTES_MAX)), Vec::new());
        while next_line(&mut reader, &mut line).map_err(|why| lost(std::io::Error::other(why)))? {
            let line = std::str::from_utf8(&line).map_err(|why| lost(std::io::Error::other(why)))?;
            match line.split_once('\t').unwrap_or((line, "")) {
                ("end", _) => return Ok(()),
                ("error", rest) => return Err(error_of(rest)),
                (kind, rest) => each(kind, rest)?,
            }
        }
        Err(StoreError::Unusable(format!("the running feedmill broke off its answer over {}; try again", self.socket.display())))
    }

    fn records(&self, question: &Question) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        self.ask(question, |kind, rest| {
            let record = line::decode(&format!("{kind}\t{rest}")).map_err(|error| StoreError::Damaged(error.to_string()))?;
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }

    fn articles(&self, question: &Question) -> Result<Vec<Article>, StoreError> {
        let article = |record| if let Record::Article(article, ..) = record { Some(*article) } else { None };
        Ok(self.records(question)?.into_iter().filter_map(article).collect())
    }
}

fn state(record: Record) -> Option<SourceState> {
    if let Record::State(state) = record { Some(*state) } else { None }
}

fn sighting(record: Record) -> Option<Sighting> {
    if let Record::Sighting(_, sighting) = record { Some(sighting) } else { None }
}

fn read_only<T>() -> Result<T, StoreError> {
    Err(StoreError::InUse("the running feedmill has the store open, and only it writes; stop it first".into()))
}

impl Store for RemoteStore {
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        Ok(self.records(&Question::States)?.into_iter().filter_map(state).collect())
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        Ok(self.records(&Question::State { source: source.to_string() })?.into_iter().find_map(state))
    }

    fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        let ids_text = ids.iter().map(ToString::to_string).collect();
        let records = self.records(&Question::Sightings { source: source.to_string(), ids: ids_text })?;
        let found: Vec<_> = records.into_iter().filter_map(sighting).collect();
        Ok(ids.iter().map(|id| found.iter().find(|sighting| sighting.id == *id).cloned()).collect())
    }

    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        Ok(self.records(&Question::FindSighting { id: id.to_string() })?.into_iter().find_map(sighting))
    }

    fn lease(&self, _: &[SourceName], _: Holder, _: Instant, _: Instant) -> Result<Leased, StoreError> {
        read_only()
    }

    fn give_back(&self, _: &[SourceName], _: Holder) -> Result<(), StoreError> {
        read_only()
    }

    fn apply(&self, _: &[PollPlan]) -> Result<(), StoreError> {
        read_only()
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        Ok(self.articles(&Question::Article { id: id.to_string() })?.pop())
    }

    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        let original = |record| if let Record::Article(_, _, original) = record { original.map(|original| *original) } else { None };
        Ok(self.records(&Question::Original { id: id.to_string() })?.into_iter().find_map(original))
    }

    fn replace(&self, _: &[Replacement]) -> Result<usize, StoreError> {
        read_only()
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let before = before.map(|place| (Time::from(place.published), place.id.to_string()));
        self.articles(&Question::Newest { source: source.map(ToString::to_string), before, limit })
    }

    fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        let question = Question::Arrived { source: source.map(ToString::to_string), from: numbers.start, to: numbers.end };
        let numbered =
            |record| if let Record::Article(article, Some(arrival), _) = record { Some((arrival.number, *article)) } else { None };
        Ok(self.records(&question)?.into_iter().filter_map(numbered).collect())
    }

    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        let mut number = 0;
        self.ask(&Question::NextArrival { source: source.map(ToString::to_string) }, |_, text| {
            number = text.parse().map_err(|_| StoreError::Damaged(format!("{text:?} is no number of arrival")))?;
            Ok(())
        })?;
        Ok(number)
    }

    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        let records = self.records(&Question::Rejects { source: source.to_string() })?;
        Ok(records.into_iter().find_map(|record| if let Record::Rejects(_, kept) = record { Some(kept) } else { None }).unwrap_or_default())
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        let mut totals = Totals::default();
        self.ask(&Question::Totals, |_, text| {
            let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or_default());
            let mut next = || numbers.next().unwrap_or_default();
            totals = Totals { articles: next(), sightings: next(), sources: next(), disk_bytes: next(), changes: next() };
            Ok(())
        })?;
        Ok(totals)
    }

    fn expire(&self, _: Option<&SourceName>, _: Instant, _: usize) -> Result<usize, StoreError> {
        read_only()
    }

    fn expire_beyond(&self, _: Option<&SourceName>, _: u64, _: usize) -> Result<usize, StoreError> {
        read_only()
    }

    fn tidy(&self) -> Result<Option<String>, StoreError> {
        read_only()
    }

    fn verify_told(&self, told: Told<'_>) -> Result<Vec<String>, StoreError> {
        let mut said = Vec::new();
        self.ask(&Question::Verify { told: true }, |kind, text| {
            let numbers = || text.split_once(' ').and_then(|(done, of)| Some((done.parse().ok()?, of.parse().ok()?)));
            match (kind == PROGRESS).then(numbers).flatten() {
                Some((done, of)) => told(Progress { work: Work::Verifying, done, of }),
                None => {
                    said.push(text.to_owned());
                    Ok(())
                }
            }
        })?;
        Ok(said)
    }

    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.ask(&Question::Export, |kind, rest| {
            sink(line::decode(&format!("{kind}\t{rest}")).map_err(|error| StoreError::Damaged(error.to_string()))?)
        })
    }

    fn import(&self, _: &[Record]) -> Result<(), StoreError> {
        read_only()
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;

    use super::*;
    use crate::store::MemoryStore;
    use crate::store::contract::records;
    use crate::store::rows::sample;

    /// A store that answers over a real socket, and the same store asked directly.
    fn served() -> (tempfile::TempDir, std::sync::Arc<MemoryStore>, RemoteStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = std::sync::Arc::new(MemoryStore::default());
        let articles: Vec<_> = (0..5).map(|number| sample::article("a", number)).collect();
        store.apply(&[sample::plan("a", 100, articles)]).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let behind = std::sync::Arc::clone(&store);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut text = String::new();
                BufReader::new(&stream).read_line(&mut text).unwrap();
                // A connection that only looks whether somebody is there asks nothing.
                if let Ok(question) = serde_json::from_str(&text) {
                    // Whoever stops listening is no fault of this end.
                    let _ = answer(&*behind, &question, &mut &stream);
                }
            }
        });
        let remote = RemoteStore::connect(folder.path()).unwrap();
        (folder, store, remote)
    }

    #[test]
    fn what_is_asked_over_the_socket_is_what_the_store_says() {
        let (_folder, store, remote) = served();
        let source = sample::name("a");
        assert_eq!(remote.source_states(), store.source_states());
        assert_eq!(remote.source_state(&source), store.source_state(&source));
        assert_eq!(remote.newest(None, None, 3), store.newest(None, None, 3));
        let second = Place::of(&store.newest(None, None, 2).unwrap()[1]);
        assert_eq!(remote.newest(Some(&source), Some(second), 9), store.newest(Some(&source), Some(second), 9));
        let ids = [second.id, ArticleId([9; 16])];
        assert_eq!(remote.sightings(&source, &ids), store.sightings(&source, &ids));
        assert_eq!(remote.find_sighting(ids[0]), store.find_sighting(ids[0]));
        assert_eq!(remote.find_sighting(ids[1]), Ok(None));
        for of in [None, Some(&source)] {
            assert_eq!(remote.arrived(of, 1..4), store.arrived(of, 1..4));
            assert_eq!(remote.next_arrival(of), Ok(5));
        }
        assert_eq!(remote.article(ids[0]), store.article(ids[0]));
        assert_eq!(remote.article(ids[1]), Ok(None));
        assert_eq!(remote.rejects(&source), store.rejects(&source));
        assert_eq!(remote.totals(), store.totals());
        assert_eq!(remote.verify(), store.verify());
        let mut heard = Vec::new();
        let told = |heard: &mut Vec<Progress>, one| {
            heard.push(one);
            Ok(())
        };
        remote.verify_told(&mut |one| told(&mut heard, one)).unwrap();
        assert_eq!(heard, [Progress { work: Work::Verifying, done: 5, of: 5 }], "as the store behind it says");
        assert_eq!(remote.verify_told(&mut |_| Err(StoreError::Stopped)), Err(StoreError::Stopped));
        assert_eq!(records(&remote), records(&*store));
    }

    #[test]
    fn writing_is_refused_and_errors_keep_their_kind() {
        let (_folder, _, remote) = served();
        assert!(matches!(remote.apply(&[]), Err(StoreError::InUse(_))));
        assert_eq!(error_of("damaged\ta row\tis broken"), StoreError::Damaged("a row\tis broken".into()));
        let missing = remote.ask(&Question::Article { id: "x".into() }, |_, _| Ok(()));
        assert!(matches!(missing, Err(StoreError::Unusable(_))));
    }

    #[test]
    fn where_nobody_listens_there_is_no_remote_store() {
        let folder = tempfile::tempdir().unwrap();
        assert!(RemoteStore::connect(folder.path()).is_none());
    }
}

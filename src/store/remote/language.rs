//! What is asked over the socket and how it is answered, both ends of it.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::model::{ArticleId, Instant, SourceName};
use crate::store::rows::Time;
use crate::store::snapshot::line;
use crate::store::{Arrival, Place, Progress, Record, Store, StoreError, Totals};

/// The kind of line that says how far a work is: two numbers, what is done and of how much.
pub(super) const PROGRESS: &str = "progress";

/// What can be asked. The names are part of the language, and old ones keep their meaning.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// [`Store::source_states`].
    States,
    /// [`Store::source_state`].
    State {
        /// Its name.
        source: String,
    },
    /// [`Store::sightings`].
    Sightings {
        /// Whose.
        source: String,
        /// In hexadecimal digits.
        ids: Vec<String>,
    },
    /// [`Store::find_sighting`].
    FindSighting {
        /// In hexadecimal digits.
        id: String,
    },
    /// [`Store::article`].
    Article {
        /// In hexadecimal digits.
        id: String,
    },
    /// [`Store::original`].
    Original {
        /// In hexadecimal digits.
        id: String,
    },
    /// [`Store::newest`].
    Newest {
        /// Of one source, or of all.
        source: Option<String>,
        /// After this place: `published` and id.
        before: Option<(Time, String)>,
        /// At most so many.
        limit: usize,
    },
    /// [`Store::arrived`].
    Arrived {
        /// In one source, or among all.
        source: Option<String>,
        /// The first number.
        from: u64,
        /// The number behind the last.
        to: u64,
    },
    /// [`Store::next_arrival`].
    NextArrival {
        /// In one source, or among all.
        source: Option<String>,
    },
    /// [`Store::rejects`].
    Rejects {
        /// Its name.
        source: String,
    },
    /// [`Store::totals`].
    Totals,
    /// [`Store::verify`].
    Verify {
        /// Whether whoever asks wants to hear how far it is.
        #[serde(default)]
        told: bool,
    },
    /// [`Store::export`].
    Export,
    /// Find articles. Answered by the daemon, not by a store.
    Search {
        /// What a person would write into the search box.
        query: String,
        /// At most so many.
        limit: usize,
    },
    /// Poll now, and tell how each poll ended. Answered by the daemon, not by a store.
    Poll {
        /// Whatever their due time.
        all: bool,
        /// Only these; none: those that are due.
        names: Vec<String>,
    },
}

/// Answers a question from a store, line by line. `None`: the question is not one for a store.
///
/// # Errors
/// Only those of writing to the one who asked; what the store says goes into the answer.
pub fn answer(store: &dyn Store, question: &Question, out: &mut dyn Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    let told = tell(store, question, &mut |saying: Saying<'_>| {
        let lost = |error: std::io::Error| StoreError::Unusable(format!("nobody listens any more: {error}"));
        line.clear();
        match saying {
            Saying::Now => return out.flush().map_err(lost),
            Saying::Record(record) => line::encode(record, &mut line).map_err(|error| StoreError::Damaged(error.to_string()))?,
            Saying::Text(kind, text) => line.extend_from_slice(format!("{kind}\t{}\n", text.replace('\n', " ")).as_bytes()),
        }
        out.write_all(&line).map_err(lost)
    });
    match told {
        Ok(()) => out.write_all(b"end\t\n"),
        Err(error) => {
            let (kind, text) = word_of(&error);
            out.write_all(format!("error\t{kind}\t{}\n", text.replace('\n', " ")).as_bytes())
        }
    }?;
    out.flush()
}

/// What is said.
enum Saying<'a> {
    Record(&'a Record),
    Text(&'a str, String),
    /// What was said until now is to go on its way: more may take a while.
    Now,
}

fn tell(store: &dyn Store, question: &Question, say: &mut dyn FnMut(Saying<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let mut records: Vec<Record> = Vec::new();
    match question {
        Question::States => records.extend(store.source_states()?.into_iter().map(|state| Record::State(Box::new(state)))),
        Question::State { source } => {
            records.extend(store.source_state(&name(source)?)?.map(|state| Record::State(Box::new(state))));
        }
        Question::Sightings { source, ids } => {
            let ids = ids.iter().map(|id| self::id(id)).collect::<Result<Vec<_>, _>>()?;
            let source = name(source)?;
            let seen = store.sightings(&source, &ids)?;
            records.extend(seen.into_iter().flatten().map(|sighting| Record::Sighting(Some(source.clone()), sighting)));
        }
        Question::FindSighting { id } => {
            records.extend(store.find_sighting(self::id(id)?)?.map(|sighting| Record::Sighting(None, sighting)));
        }
        Question::Article { id } => {
            records.extend(store.article(self::id(id)?)?.map(|article| Record::Article(Box::new(article), None, None)));
        }
        Question::Original { id } => {
            let id = self::id(id)?;
            if let (Some(article), Some(original)) = (store.article(id)?, store.original(id)?) {
                records.push(Record::Article(Box::new(article), None, Some(Box::new(original))));
            }
        }
        Question::Newest { source, before, limit } => {
            let source = source.as_deref().map(name).transpose()?;
            let before = before.as_ref().map(|(time, id)| place(*time, id)).transpose()?;
            let articles = store.newest(source.as_ref(), before, *limit)?;
            records.extend(articles.into_iter().map(|article| Record::Article(Box::new(article), None, None)));
        }
        Question::Arrived { source, from, to } => {
            let source = source.as_deref().map(name).transpose()?;
            for (number, article) in store.arrived(source.as_ref(), *from..*to)? {
                // Only the number asked about is told; whoever asks knows among which.
                let arrival = Arrival { number, of_source: number };
                records.push(Record::Article(Box::new(article), Some(arrival), None));
            }
        }
        Question::NextArrival { source } => {
            let source = source.as_deref().map(name).transpose()?;
            return say(Saying::Text("number", store.next_arrival(source.as_ref())?.to_string()));
        }
        Question::Rejects { source } => {
            let source = name(source)?;
            let kept = store.rejects(&source)?;
            records.push(Record::Rejects(source, kept));
        }
        Question::Totals => {
            let Totals { articles, sightings, sources, disk_bytes, changes } = store.totals()?;
            return say(Saying::Text("totals", format!("{articles} {sightings} {sources} {disk_bytes} {changes}")));
        }
        Question::Verify { told } => {
            let found = store.verify_told(&mut |progress: Progress| {
                if !told {
                    return Ok(());
                }
                say(Saying::Text(PROGRESS, format!("{} {}", progress.done, progress.of)))?;
                say(Saying::Now)
            })?;
            for text in found {
                say(Saying::Text("said", text))?;
            }
        }
        Question::Export => return store.export(&mut |record| say(Saying::Record(&record))),
        Question::Poll { .. } | Question::Search { .. } => return Err(StoreError::Unusable("a store cannot do that by itself".into())),
    }
    records.iter().try_for_each(|record| say(Saying::Record(record)))
}

fn name(text: &str) -> Result<SourceName, StoreError> {
    SourceName::new(text).map_err(|error| StoreError::Unusable(format!("{text:?} is no source name: {error}")))
}

fn id(text: &str) -> Result<ArticleId, StoreError> {
    text.parse().map_err(|error| StoreError::Unusable(format!("{text:?}: {error}")))
}

fn place(time: Time, text: &str) -> Result<Place, StoreError> {
    let published = Instant::try_from(time).map_err(|error| StoreError::Unusable(error.to_string()))?;
    Ok(Place { published, id: id(text)? })
}

fn word_of(error: &StoreError) -> (&'static str, &str) {
    match error {
        StoreError::InUse(text) => ("in-use", text),
        StoreError::Full(text) => ("full", text),
        StoreError::Unusable(text) => ("unusable", text),
        StoreError::Damaged(text) => ("damaged", text),
        StoreError::Newer(text) => ("newer", text),
        StoreError::Stopped => ("stopped", ""),
    }
}

/// What an error was that the other side told.
pub(super) fn error_of(rest: &str) -> StoreError {
    let (kind, text) = rest.split_once('\t').unwrap_or(("unusable", rest));
    let text = text.to_owned();
    match kind {
        "in-use" => StoreError::InUse(text),
        "full" => StoreError::Full(text),
        "damaged" => StoreError::Damaged(text),
        "newer" => StoreError::Newer(text),
        "stopped" => StoreError::Stopped,
        _ => StoreError::Unusable(text),
    }
}

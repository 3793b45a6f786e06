//! One record a line: its kind, its key, its text as JSON, with tabs between. JSON holds neither tabs nor line ends.

use crate::model::{ArticleId, SourceName};
use crate::store::rows::{RowError, article, seen, state};
use crate::store::{Place, Record};

/// Appends the line of a record, with its line end.
pub(in crate::store) fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), RowError> {
    let (head, text) = match record {
        Record::State(it) => (format!("state\t{}\t", it.source), state::encode(it)?),
        Record::Rejects(source, kept) => (format!("rejects\t{source}\t"), state::encode_rejects(kept)?),
        Record::Sighting(it) => (format!("sighting\t{}\t", it.id), seen::encode(it)?),
        Record::Article(it) => {
            let (seconds, nanoseconds) = (it.published.timestamp(), it.published.timestamp_subsec_nanos());
            (format!("article\t{}\t{seconds}\t{nanoseconds}\t", it.id), article::encode(it)?)
        }
    };
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&text);
    out.push(b'\n');
    Ok(())
}

/// The record of a line without its line end.
pub(in crate::store) fn decode(line: &str) -> Result<Record, RowError> {
    let mut fields = line.splitn(3, '\t');
    let mut field = || fields.next().ok_or_else(|| RowError::Broken("a line is cut short".into()));
    let (kind, key, text) = (field()?, field()?, field()?);
    match kind {
        "state" => Ok(Record::State(Box::new(state::decode(name(key)?, text.as_bytes())?))),
        "rejects" => Ok(Record::Rejects(name(key)?, state::decode_rejects(text.as_bytes())?)),
        "sighting" => Ok(Record::Sighting(seen::decode(id(key)?, text.as_bytes())?)),
        "article" => {
            let mut fields = text.splitn(3, '\t');
            let mut field = || fields.next().ok_or_else(|| RowError::Broken("the line of an article is cut short".into()));
            let (seconds, nanoseconds, text) = (field()?, field()?, field()?);
            let published = match (seconds.parse(), nanoseconds.parse()) {
                (Ok(seconds), Ok(nanoseconds)) => crate::store::rows::instant(seconds, nanoseconds)?,
                _ => return Err(RowError::Broken(format!("article {key} has no time"))),
            };
            Ok(Record::Article(Box::new(article::decode(Place { published, id: id(key)? }, text.as_bytes())?)))
        }
        other => Err(RowError::Broken(format!("the kind of line {other:?} is not known"))),
    }
}

fn name(text: &str) -> Result<SourceName, RowError> {
    SourceName::new(text).map_err(|why| RowError::Broken(format!("the source name {text:?}: {why}")))
}

fn id(text: &str) -> Result<ArticleId, RowError> {
    text.parse().map_err(|_| RowError::Broken(format!("{text:?} is no article id")))
}

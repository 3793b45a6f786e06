//! One record a line: its kind, its key, its text as JSON, with tabs between. JSON holds neither tabs nor line ends.

use crate::model::{Article, ArticleId, SourceName};
use crate::store::rows::{RowError, article, instant, seen, state};
use crate::store::{Arrival, Place, Record};

/// Appends the line of a record, with its line end.
pub(in crate::store) fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), RowError> {
    let (head, text) = match record {
        Record::State(it) => (format!("state\t{}\t", it.source), state::encode(it)?),
        Record::Rejects(source, kept) => (format!("rejects\t{source}\t"), state::encode_rejects(kept)?),
        Record::Sighting(Some(source), it) => (format!("seen\t{source}\t{}\t", it.id), seen::encode(it)?),
        Record::Sighting(None, it) => (format!("sighting\t{}\t", it.id), seen::encode(it)?),
        Record::Article(it, arrival) => {
            let (seconds, nanoseconds) = (it.published.timestamp(), it.published.timestamp_subsec_nanos());
            let at = format!("{}\t{seconds}\t{nanoseconds}\t", it.id);
            let head =
                arrival.map_or_else(|| "article\t".into(), |arrival| format!("arrived\t{}\t{}\t", arrival.number, arrival.of_source));
            (head + &at, article::encode(it)?)
        }
    };
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&text);
    out.push(b'\n');
    Ok(())
}

/// The record of a line without its line end.
pub(in crate::store) fn decode(line: &str) -> Result<Record, RowError> {
    let (kind, rest) = field(line)?;
    match kind {
        "state" => {
            let (source, text) = field(rest)?;
            Ok(Record::State(Box::new(state::decode(name(source)?, text.as_bytes())?)))
        }
        "rejects" => {
            let (source, text) = field(rest)?;
            Ok(Record::Rejects(name(source)?, state::decode_rejects(text.as_bytes())?))
        }
        "seen" => {
            let (source, rest) = field(rest)?;
            let (key, text) = field(rest)?;
            Ok(Record::Sighting(Some(name(source)?), seen::decode(id(key)?, text.as_bytes())?))
        }
        "sighting" => {
            let (key, text) = field(rest)?;
            Ok(Record::Sighting(None, seen::decode(id(key)?, text.as_bytes())?))
        }
        "arrived" => {
            let (number, rest) = field(rest)?;
            let (of_source, rest) = field(rest)?;
            let arrival = Arrival { number: self::number(number)?, of_source: self::number(of_source)? };
            Ok(Record::Article(Box::new(placed(rest)?), Some(arrival)))
        }
        "article" => Ok(Record::Article(Box::new(placed(rest)?), None)),
        other => Err(RowError::Broken(format!("the kind of line {other:?} is not known"))),
    }
}

/// The first field, and what stands behind it.
fn field(text: &str) -> Result<(&str, &str), RowError> {
    text.split_once('\t').ok_or_else(|| RowError::Broken("a line is cut short".into()))
}

/// An article behind its id and its time.
fn placed(text: &str) -> Result<Article, RowError> {
    let (key, rest) = field(text)?;
    let (seconds, rest) = field(rest)?;
    let (nanoseconds, text) = field(rest)?;
    let published = instant(number(seconds)?, number(nanoseconds)?)?;
    article::decode(Place { published, id: id(key)? }, text.as_bytes())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, RowError> {
    text.parse().map_err(|_| RowError::Broken(format!("{text:?} is no number")))
}

fn name(text: &str) -> Result<SourceName, RowError> {
    SourceName::new(text).map_err(|why| RowError::Broken(format!("the source name {text:?}: {why}")))
}

fn id(text: &str) -> Result<ArticleId, RowError> {
    text.parse().map_err(|_| RowError::Broken(format!("{text:?} is no article id")))
}

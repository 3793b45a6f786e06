//! One record a line: its kind, its key, its text as JSON, with tabs between. JSON holds neither tabs nor line ends.

use crate::model::{ArticleId, SourceName};
use crate::store::rows::{RowError, article, instant, original, seen, state};
use crate::store::{Arrival, Place, Record};

/// Appends the line of a record, with its line end.
pub(in crate::store) fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), RowError> {
    let (head, text) = match record {
        Record::State(it) => (format!("state\t{}\t", it.source), state::encode(it)?),
        Record::Rejects(source, kept) => (format!("rejects\t{source}\t"), state::encode_rejects(kept)?),
        Record::Sighting(Some(source), it) => (format!("seen\t{source}\t{}\t", it.id), seen::encode(it)?),
        Record::Sighting(None, it) => (format!("sighting\t{}\t", it.id), seen::encode(it)?),
        Record::Article(it, arrival, original) => {
            let (seconds, nanoseconds) = (it.published.timestamp(), it.published.timestamp_subsec_nanos());
            let at = format!("{}\t{seconds}\t{nanoseconds}\t", it.id);
            let head =
                arrival.map_or_else(|| "article\t".into(), |arrival| format!("arrived\t{}\t{}\t", arrival.number, arrival.of_source));
            let mut text = article::encode(it)?;
            if let Some(original) = original.as_ref().map(|original| original::encode(original)).transpose()?.flatten() {
                text.push(b'\t');
                text.extend(original);
            }
            (head + &at, text)
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
            placed(rest, Some(arrival))
        }
        "article" => placed(rest, None),
        other => Err(RowError::Broken(format!("the kind of line {other:?} is not known"))),
    }
}

/// The first field, and what stands behind it.
fn field(text: &str) -> Result<(&str, &str), RowError> {
    text.split_once('\t').ok_or_else(|| RowError::Broken("a line is cut short".into()))
}

/// An article behind its id and its time, and its original behind it.
fn placed(text: &str, arrival: Option<Arrival>) -> Result<Record, RowError> {
    let (key, rest) = field(text)?;
    let (seconds, rest) = field(rest)?;
    let (nanoseconds, text) = field(rest)?;
    let (published, id) = (instant(number(seconds)?, number(nanoseconds)?)?, id(key)?);
    let (text, original) = text.split_once('\t').map_or((text, None), |(text, original)| (text, Some(original)));
    let original = original.map(|original| original::decode(id, original.as_bytes()).map(Box::new)).transpose()?;
    Ok(Record::Article(Box::new(article::decode(Place { published, id }, text.as_bytes())?), arrival, original))
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

//! What a group of plans says of entries, in one row: the records are written where they belong much later, many at once.
//!
//! For each source, one after the other: 2 bytes length of its name (0: it is not known whose the entries are), the name, 4 bytes number of
//! records; a record is the 16 bytes of the id and what [`super::known::encode`] gives. A record of zeros says that nothing is known of the entry
//! any more.

use super::{RowError, keys, known};
use crate::model::{ArticleId, SourceName};

/// What is known of an entry, as [`known::encode`] gives it.
pub type Known = [u8; known::BYTES];

/// That nothing is known of an entry any more.
pub const NOTHING: Known = [0; known::BYTES];

/// An entry, of a source or of one that is not known, and what is known of it.
pub type Line = ((Option<SourceName>, ArticleId), Known);

/// The row that says this. Lines of one source stand together.
///
/// # Errors
/// When there are more lines than a row can say.
pub fn encode(lines: &[Line]) -> Result<Vec<u8>, RowError> {
    let mut out = Vec::with_capacity(lines.len() * (16 + known::BYTES));
    for of_source in lines.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
        let name = of_source.first().and_then(|((source, _), _)| source.as_ref()).map_or("", SourceName::as_str);
        out.extend_from_slice(&u16::try_from(name.len()).map_err(|_| odd("a name that is too long"))?.to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&u32::try_from(of_source.len()).map_err(|_| odd("too many lines"))?.to_be_bytes());
        for ((_, id), record) in of_source {
            out.extend_from_slice(&id.0);
            out.extend_from_slice(record);
        }
    }
    Ok(out)
}

/// What [`encode`] wrote.
///
/// # Errors
/// When it did not write this.
pub fn decode(text: &[u8]) -> Result<Vec<Line>, RowError> {
    let mut out = Vec::with_capacity(text.len() / (16 + known::BYTES));
    let mut rest = text;
    while !rest.is_empty() {
        let name = take(&mut rest, 2)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let name = take(&mut rest, name)?;
        let source = if name.is_empty() { None } else { Some(keys::read_of_source(&[name, &[keys::NAME_END]].concat())?) };
        let count = take(&mut rest, 4)?.iter().fold(0usize, |count, byte| count << 8 | usize::from(*byte));
        for _ in 0..count {
            let (id, record) = (take(&mut rest, 16)?, take(&mut rest, known::BYTES)?);
            let id = ArticleId(id.try_into().map_err(|_| odd("an id that is cut short"))?);
            out.push(((source.clone(), id), record.try_into().map_err(|_| odd("a record that is cut short"))?));
        }
    }
    Ok(out)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], RowError> {
    let (taken, behind) = rest.split_at_checked(length).ok_or_else(|| odd("an end that is missing"))?;
    *rest = behind;
    Ok(taken)
}

fn odd(what: &str) -> RowError {
    RowError::Broken(format!("a row of recent entries has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample::{article, name, sighting};

    fn lines() -> Vec<Line> {
        let known = |number| known::encode(&known::Known { sighting: Some(sighting(&article("a", number))), arrival: Some(number.into()) });
        let line = |source: Option<&str>, number: u32| ((source.map(name), article("a", number).id), known(number));
        vec![line(None, 1), line(Some("a"), 2), line(Some("a"), 3), line(Some("源"), 2), ((Some(name("源")), article("a", 9).id), NOTHING)]
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(decode(&encode(&lines()).unwrap()).unwrap(), lines());
        assert_eq!(decode(&[]).unwrap(), []);
        assert_eq!(known::encode(&known::Known::default()), NOTHING);
    }

    #[test]
    fn a_row_that_is_cut_is_refused_or_says_less() {
        let whole = encode(&lines()).unwrap();
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).map_or(true, |read| lines().starts_with(&read)), "cut to {length}");
        }
    }
}

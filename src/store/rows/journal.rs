//! What a group of plans says of entries, in one row: the records are written where they belong much later, many at once.
//!
//! For each source, one after the other: 2 bytes length of its name (0: it is not known whose the entries are), the name, 4 bytes number of
//! records; a record is the 16 bytes of the id and what [`super::known::encode`] gives. A record of zeros says that nothing is known of the entry
//! any more.
//!
//! Then, behind two bytes that no length of a name has, what became of articles, so that their packs need not be read when the store is opened: again
//! for each source its name and a number of records; a record is the 28 bytes of the place, and 8 bytes each of its numbers of arrival, all ones where
//! the article went. Rows of layouts before 4 end before the two bytes.

use super::{RowError, keys, known};
use crate::model::{ArticleId, SourceName};
use crate::store::{Arrival, Place};

/// What is known of an entry, as [`known::encode`] gives it.
pub type Known = [u8; known::BYTES];

/// That nothing is known of an entry any more.
pub const NOTHING: Known = [0; known::BYTES];

/// An entry, of a source or of one that is not known, and what is known of it.
pub type Line = ((Option<SourceName>, ArticleId), Known);

/// What became of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose it is.
    pub source: SourceName,
    /// Where it stands in the orders.
    pub place: Place,
    /// `None`: it goes.
    pub arrival: Option<Arrival>,
}

/// Parts the entries from the articles.
const ARTICLES: [u8; 2] = [0xff, 0xff];

/// The row that says this. Lines of one source stand together.
///
/// # Errors
/// When there are more lines than a row can say.
pub fn encode(lines: &[Line], changes: &[Change]) -> Result<Vec<u8>, RowError> {
    let mut out = Vec::with_capacity(lines.len() * (16 + known::BYTES) + changes.len() * CHANGE_BYTES);
    for of_source in lines.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
        put_head(&mut out, of_source.first().and_then(|((source, _), _)| source.as_ref()), of_source.len())?;
        for ((_, id), record) in of_source {
            out.extend_from_slice(&id.0);
            out.extend_from_slice(record);
        }
    }
    out.extend_from_slice(&ARTICLES);
    for of_source in changes.chunk_by(|a, b| a.source == b.source) {
        put_head(&mut out, of_source.first().map(|change| &change.source), of_source.len())?;
        for Change { place, arrival, .. } in of_source {
            out.extend_from_slice(&keys::place(*place));
            let Arrival { number, of_source } = arrival.unwrap_or(GONE);
            out.extend_from_slice(&number.to_be_bytes());
            out.extend_from_slice(&of_source.to_be_bytes());
        }
    }
    Ok(out)
}

const CHANGE_BYTES: usize = keys::PLACE_BYTES + 16;
const GONE: Arrival = Arrival { number: u64::MAX, of_source: u64::MAX };

fn put_head(out: &mut Vec<u8>, source: Option<&SourceName>, count: usize) -> Result<(), RowError> {
    let name = source.map_or("", SourceName::as_str);
    let length = u16::try_from(name.len()).ok().map(u16::to_be_bytes).filter(|length| *length != ARTICLES);
    out.extend_from_slice(&length.ok_or_else(|| odd("a name that is too long"))?);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&u32::try_from(count).map_err(|_| odd("too many lines"))?.to_be_bytes());
    Ok(())
}

/// What [`encode`] wrote; no changes where the row is of a layout that did not say them.
///
/// # Errors
/// When it did not write this.
pub fn decode(text: &[u8]) -> Result<(Vec<Line>, Option<Vec<Change>>), RowError> {
    let mut lines = Vec::with_capacity(text.len() / (16 + known::BYTES + CHANGE_BYTES));
    let mut rest = text;
    while !rest.is_empty() && !rest.starts_with(&ARTICLES) {
        let (source, count) = take_head(&mut rest)?;
        for _ in 0..count {
            let (id, record) = (take(&mut rest, 16)?, take(&mut rest, known::BYTES)?);
            let id = ArticleId(id.try_into().map_err(|_| odd("an id that is cut short"))?);
            lines.push(((source.clone(), id), record.try_into().map_err(|_| odd("a record that is cut short"))?));
        }
    }
    if rest.is_empty() {
        return Ok((lines, None));
    }
    take(&mut rest, ARTICLES.len())?;
    let mut changes = Vec::with_capacity(rest.len() / CHANGE_BYTES);
    while !rest.is_empty() {
        let (source, count) = take_head(&mut rest)?;
        let source = source.ok_or_else(|| odd("an article of no source"))?;
        for _ in 0..count {
            let place = keys::read_place(take(&mut rest, keys::PLACE_BYTES)?)?;
            let (number, of_source) = (keys::read_arrival(take(&mut rest, 8)?)?, keys::read_arrival(take(&mut rest, 8)?)?);
            let arrival = Some(Arrival { number, of_source }).filter(|arrival| *arrival != GONE);
            changes.push(Change { source: source.clone(), place, arrival });
        }
    }
    Ok((lines, Some(changes)))
}

/// The source that records are of, and how many they are.
fn take_head(rest: &mut &[u8]) -> Result<(Option<SourceName>, usize), RowError> {
    let name = take(rest, 2)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let name = take(rest, name)?;
    let source = if name.is_empty() { None } else { Some(keys::read_of_source(&[name, &[keys::NAME_END]].concat())?) };
    Ok((source, take(rest, 4)?.iter().fold(0, |count, byte| count << 8 | usize::from(*byte))))
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

    fn changes() -> Vec<Change> {
        let change =
            |source: &str, number: u32, arrival| Change { source: name(source), place: Place::of(&article(source, number)), arrival };
        let arrival = |number| Some(Arrival { number, of_source: number / 2 });
        vec![change("a", 2, arrival(7)), change("a", 3, None), change("源", 2, arrival(9)), change("a", 3, arrival(10))]
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (lines, changes) in [(lines(), changes()), (lines(), vec![]), (vec![], changes()), (vec![], vec![])] {
            assert_eq!(decode(&encode(&lines, &changes).unwrap()).unwrap(), (lines, Some(changes)));
        }
        assert_eq!(known::encode(&known::Known::default()), NOTHING);
    }

    #[test]
    fn r11_a_row_of_a_layout_that_did_not_say_what_became_of_articles_is_read() {
        let mut old = encode(&lines(), &[]).unwrap();
        old.truncate(old.len() - ARTICLES.len());
        assert_eq!(decode(&old).unwrap(), (lines(), None));
        assert_eq!(decode(&[]).unwrap(), (vec![], None));
    }

    #[test]
    fn a_row_that_is_cut_is_refused_or_says_less() {
        let whole = encode(&lines(), &changes()).unwrap();
        for length in 0..whole.len() {
            let says_less = |(read, became): (Vec<Line>, Option<Vec<Change>>)| {
                lines().starts_with(&read) && changes().starts_with(&became.unwrap_or_default())
            };
            assert!(decode(&whole[..length]).map_or(true, says_less), "cut to {length}");
        }
    }
}

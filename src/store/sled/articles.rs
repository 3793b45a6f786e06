//! Reading articles: by their id, in the order of time, in the order of arrival.

use std::ops::{Bound, Range};
use std::panic::resume_unwind;

use super::damaged;
use super::room::is_written;
use super::trees::{Tree, Trees};
use crate::model::{Article, ArticleId, Original, SourceName};
use crate::store::rows::RowError;
use crate::store::rows::keys;
use crate::store::rows::pack::Pack;
use crate::store::{Arrival, Place, StoreError, threads};

/// Articles that are worth a thread: unpacking them takes some fifty times as long as starting it.
const SHARE_ARTICLES_MIN: usize = 25;

/// Value in the order of a source: number of arrival among all, number of arrival in the source.
pub(super) const ORDER_BYTES: usize = 16;

/// The record of an arrival in the order of its source.
pub(super) fn order(arrival: Arrival) -> [u8; ORDER_BYTES] {
    let mut out = [0; ORDER_BYTES];
    out[..8].copy_from_slice(&arrival.number.to_be_bytes());
    out[8..].copy_from_slice(&arrival.of_source.to_be_bytes());
    out
}

/// The arrival that [`order`] wrote.
pub(super) fn read_order(value: [u8; ORDER_BYTES]) -> Arrival {
    let (number, of_source) = value.split_at(8);
    let read = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_be_bytes);
    Arrival { number: read(number), of_source: read(of_source) }
}

/// A pack, where it stands, and how many rows it has.
pub(super) struct Found {
    pub(super) first: u64,
    pub(super) pack: Pack,
    pub(super) chunks: u16,
}

impl Trees {
    /// The pack of this row, which may be any chunk of it.
    fn pack_at(&self, found: Option<::sled::Result<(::sled::IVec, ::sled::IVec)>>) -> Result<Option<Found>, StoreError> {
        let Some((key, value)) = found.transpose().map_err(|why| self.sled(&why))? else { return Ok(None) };
        let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
        let first = keys::read_arrival(row).map_err(|why| self.row(why))?;
        let missing = || damaged(&self.folder, "a pack of articles is missing");
        let (text, chunks) = self.content_at(Tree::Packs, row, number, &value)?.ok_or_else(missing)?;
        Ok(Some(Found { first, pack: Pack::read(first, text).map_err(|why| self.row(why))?, chunks }))
    }

    /// The pack in which the arrival `number` stands, if it stands anywhere.
    pub(super) fn pack_of(&self, number: u64) -> Result<Option<Found>, StoreError> {
        self.pack_at(self.of(Tree::Packs).range(..=keys::chunk(&number.to_be_bytes(), u16::MAX)).rfind(is_written))
    }

    /// The pack of the row `row`, if it is there.
    pub(super) fn pack_in(&self, row: &[u8]) -> Result<Option<Found>, StoreError> {
        let first = keys::read_arrival(row).map_err(|why| self.row(why))?;
        Ok(self.pack_of(first)?.filter(|found| found.first == first))
    }

    /// The next pack whose first arrival is above `number`.
    pub(super) fn pack_above(&self, number: u64) -> Result<Option<Found>, StoreError> {
        let above = Bound::Excluded(keys::chunk(&number.to_be_bytes(), u16::MAX));
        self.pack_at(self.of(Tree::Packs).range::<Vec<u8>, _>((above, Bound::Unbounded)).find(is_written))
    }

    /// The packs from that of the arrival `number` on.
    pub(super) fn packs_from(&self, number: u64) -> impl Iterator<Item = Result<(u64, Pack), StoreError>> {
        let mut last: Option<u64> = None;
        std::iter::from_fn(move || {
            let next = match last {
                Some(last) => self.pack_above(last),
                None => match self.pack_of(number) {
                    Ok(None) => self.pack_above(number),
                    other => other,
                },
            };
            let found = next.transpose()?;
            last = Some(found.as_ref().map_or(u64::MAX, |found| found.first));
            Some(found.map(|found| (found.first, found.pack)))
        })
    }

    /// The articles that arrived as these numbers, in the order asked. Each must be there.
    pub(super) fn articles_at(&self, asked: &[u64]) -> Result<Vec<Article>, StoreError> {
        // In order of arrival, so that each pack is unpacked once and only one is held.
        let mut sorted: Vec<(u64, usize)> = asked.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        let mut out = if sorted.len() > SHARE_ARTICLES_MIN { self.articles_shared(&sorted) } else { self.articles_of(&sorted) }?;
        out.sort_unstable_by_key(|(at, _)| *at);
        Ok(out.into_iter().map(|(_, article)| article).collect())
    }

    /// As [`Self::articles_of`], with several threads.
    fn articles_shared(&self, sorted: &[(u64, usize)]) -> Result<Vec<(usize, Article)>, StoreError> {
        let mut shares = sorted.chunks(sorted.len().div_ceil(threads::few()).max(SHARE_ARTICLES_MIN));
        let first = shares.next().unwrap_or_default();
        std::thread::scope(|scope| {
            let others: Vec<_> = shares.map(|share| scope.spawn(move || self.articles_of(share))).collect();
            let mut out = self.articles_of(first)?;
            for other in others {
                // A panic of sled goes on to where it is caught.
                out.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok(out)
        })
    }

    /// The articles that arrived as these numbers, which rise, each with what stands beside its number.
    fn articles_of(&self, sorted: &[(u64, usize)]) -> Result<Vec<(usize, Article)>, StoreError> {
        let mut out = Vec::with_capacity(sorted.len());
        let mut held: Option<Found> = None;
        for (number, at) in sorted.iter().copied() {
            let missing = || damaged(&self.folder, &format!("the article that arrived as number {number} is in an index and not there"));
            let found = match held.as_ref().and_then(|held| held.pack.article(number)) {
                Some(article) => article,
                None => held.insert(self.pack_of(number)?.ok_or_else(missing)?).pack.article(number).ok_or_else(missing)?,
            };
            out.push((at, found.map_err(|why| self.row(why))?));
        }
        Ok(out)
    }

    /// The same; those that were read a moment ago are at hand, and these will be.
    fn articles_again(&self, asked: &[u64]) -> Result<Vec<Article>, StoreError> {
        let known: Vec<_> = asked.iter().map(|number| self.recall.get(*number)).collect();
        let others: Vec<u64> = asked.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(number, _)| *number).collect();
        let mut read = self.articles_at(&others)?.into_iter();
        let mut out = Vec::with_capacity(asked.len());
        for (number, known) in asked.iter().zip(known) {
            match known {
                Some(article) => out.push(Article::clone(&article)),
                None => out.extend(read.next().inspect(|article| self.recall.put(*number, article))),
            }
        }
        Ok(out)
    }

    pub(super) fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let Some(number) = self.arrival_of(id)? else { return Ok(None) };
        let article = self.articles_again(&[number])?.pop();
        match article {
            Some(article) if article.id == id => Ok(Some(article)),
            _ => Err(self.row(RowError::Broken(format!("article {id} is not where its index says")))),
        }
    }

    /// What an article was made of.
    pub(super) fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        let Some(number) = self.arrival_of(id)? else { return Ok(None) };
        let found = self.pack_of(number)?;
        found.map_or(Ok(None), |found| found.pack.original(number)).map_err(|why| self.row(why))
    }

    /// Where [`Self::original`] looks for the pack of each article, this unpacks each pack once.
    pub(super) fn originals(&self, numbers: Range<u64>) -> Result<Vec<(u64, Original)>, StoreError> {
        let mut out = Vec::new();
        self.walk(numbers, |pack, number| {
            out.extend(pack.original(number).map_err(|why| self.row(why))?.map(|original| (number, original)));
            Ok(())
        })?;
        Ok(out)
    }

    pub(super) fn newest(&self, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let numbers: Vec<u64> = self.newest_places(before, limit)?.into_iter().map(|(_, number)| number).collect();
        self.articles_again(&numbers)
    }

    pub(super) fn newest_of(&self, source: &SourceName, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let found = self.newest_places_of(source, before, limit)?;
        self.articles_again(&found.into_iter().map(|(_, arrival)| arrival.number).collect::<Vec<_>>())
    }

    /// What arrived as these numbers, among all or in one source.
    pub(super) fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        let Some(source) = source else { return self.arrived_in_all(numbers) };
        let arrivals = self.arrivals_of(source)?.into_iter().filter(|arrival| numbers.contains(&arrival.of_source));
        let mut wanted: Vec<(u64, u64)> = arrivals.map(|arrival| (arrival.of_source, arrival.number)).collect();
        wanted.sort_unstable();
        let articles = self.articles_at(&wanted.iter().map(|(_, number)| *number).collect::<Vec<_>>())?;
        Ok(wanted.into_iter().map(|(asked, _)| asked).zip(articles).collect())
    }

    fn arrived_in_all(&self, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        let mut out = Vec::new();
        self.walk(numbers, |pack, number| {
            let article = pack.article(number).ok_or_else(|| damaged(&self.folder, &format!("article {number} is not in its own pack")))?;
            out.push((number, article.map_err(|why| self.row(why))?));
            Ok(())
        })?;
        Ok(out)
    }

    /// Hands each of these numbers to `each` with its pack. Each pack is read once, from one end to the other: so the whole store is gone through.
    fn walk(&self, numbers: Range<u64>, mut each: impl FnMut(&Pack, u64) -> Result<(), StoreError>) -> Result<(), StoreError> {
        for pack in self.packs_from(numbers.start) {
            let (first, pack) = pack?;
            if first >= numbers.end {
                break;
            }
            pack.slots()
                .map(|(arrival, _)| arrival.number)
                .filter(|number| numbers.contains(number))
                .try_for_each(|number| each(&pack, number))?;
        }
        Ok(())
    }

    /// The number that the next article gets, among all or in one source.
    pub(super) fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        source.map_or(Ok(self.counts.next), |source| self.next_of_source(source))
    }
}

//! The articles of the last days, by their keys: who may be a copy of a new one. Bounded in number and so in memory.
//!
//! Articles stand in a ring; each key leads to a bucket of a few places in it, the newest first. A full ring forgets its oldest article, a
//! full bucket its oldest place. Nothing is ever searched for to be removed: a place whose article has other keys by now is passed over.

use super::signature::{KEYS, Signature};
use crate::model::{ArticleId, Instant, SourceName};

/// Places in one bucket: keys that more articles share (a publisher's stock phrase) keep the newest ones.
const BUCKET_PLACES: usize = 16;

/// Least weight of a candidate: a key that few share, or some that many do. A key weighs the places of a bucket over those that share it.
const WEIGHT_MIN: usize = 4;

/// Least keys that a candidate shares whose title has none in common. Of the labelled copies with another title, all share six; of a million
/// articles, two have a sentence in common with a new one, which costs one key or two.
const KEYS_OF_TEXT_MIN: usize = 3;

/// Articles of one chunk of the ring.
const CHUNK_ARTICLES: usize = 4096;

/// Part of the places of all buckets that is in use when the ring is as full as they are made for, in percent.
const LOAD_PERCENT: usize = 80;

/// What an index holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLimits {
    /// Articles; each takes about 170 bytes.
    pub articles_max: usize,
    /// Candidates that are given for one article.
    pub candidates_max: usize,
}

impl Default for IndexLimits {
    fn default() -> Self {
        Self { articles_max: 100_000, candidates_max: 8 }
    }
}

/// An article that may be a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub id: ArticleId,
    /// When it was published.
    pub published: Instant,
    /// Of the same source as the one that was asked about, as far as a hash can tell.
    pub same_source: bool,
    /// How many keys they share.
    pub keys: usize,
    /// An address or guid is among them.
    pub by_mark: bool,
}

/// The newest articles by their keys.
#[derive(Debug)]
pub struct Index {
    limits: IndexLimits,
    ring: Vec<Vec<Held>>,
    /// The place that is written next, and how many have been.
    next: usize,
    held: usize,
    /// Places by bucket.
    buckets: Vec<Bucket>,
    /// Articles that the buckets are made for.
    room: usize,
}

/// What speaks for a candidate, in the order of what counts more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Votes {
    by_mark: bool,
    weight: usize,
    keys: usize,
    by_title: bool,
}

#[derive(Clone, Debug)]
struct Held {
    id: ArticleId,
    source: u32,
    published_minutes: u32,
    seen_minutes: u32,
    keys: [u32; KEYS],
}

const NONE: u32 = u32::MAX;

/// Places, each with a tag of its key, the newest first; [`NONE`] where there is none. Looking at one is one access to memory.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Bucket([u32; BUCKET_PLACES]);

const EMPTY: Bucket = Bucket([NONE; BUCKET_PLACES]);

/// Bits of a place in a bucket that say where in the ring; the others are a tag of the key, so that the articles of other keys, which lie all
/// over the memory, are not looked at.
const PLACE_BITS: u32 = 24;

const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;

/// Bits that say which of an article's keys, beside a place in one number.
const KEY_BITS: u32 = 32 - PLACE_BITS;
const KEY_MASK: u32 = (1 << KEY_BITS) - 1;
const _: () = assert!(KEYS <= 1 << KEY_BITS, "every key has a number of its own");

/// Articles that places can tell apart.
const ARTICLES_MAX: usize = 10_000_000;
const _: () = assert!(ARTICLES_MAX < 1 << PLACE_BITS, "every place has a number of its own, and none is that of no place");

impl Index {
    /// An empty one.
    #[must_use]
    pub fn new(limits: IndexLimits) -> Self {
        let limits = IndexLimits { articles_max: limits.articles_max.min(ARTICLES_MAX), ..limits };
        Self { limits, ring: Vec::new(), next: 0, held: 0, buckets: Vec::new(), room: 0 }
    }

    /// Articles in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket>() + self.ring.iter().map(|chunk| chunk.capacity() * size_of::<Held>()).sum::<usize>()
    }

    /// Takes in an article, published and first seen at these times. One that is in it already stands in it twice, and is still given once.
    pub fn insert(&mut self, id: ArticleId, source: &SourceName, published: Instant, seen: Instant, signature: &Signature) {
        if self.limits.articles_max == 0 {
            return;
        }
        let (published_minutes, seen_minutes) = (minutes(published), minutes(seen));
        let article = Held { id, source: hash_of(source), published_minutes, seen_minutes, keys: signature.keys };
        if self.held == self.room && self.held < self.limits.articles_max {
            self.grow();
        }
        let (chunk, at) = (self.next / CHUNK_ARTICLES, self.next % CHUNK_ARTICLES);
        if chunk == self.ring.len() {
            self.ring.push(Vec::with_capacity(CHUNK_ARTICLES.min(self.limits.articles_max)));
        }
        self.link(self.next, &article.keys);
        let chunk = &mut self.ring[chunk];
        if at < chunk.len() {
            chunk[at] = article;
        } else {
            chunk.push(article);
        }
        self.held = self.held.max(self.next + 1);
        self.next = (self.next + 1) % self.limits.articles_max;
    }

    /// Articles that share keys with `signature`, the most keys first; not `id` itself. Keys of texts count only where an article was first
    /// seen after `since`, as if those before had none.
    #[must_use]
    pub fn candidates(&self, id: ArticleId, source: &SourceName, since: Instant, signature: &Signature) -> Vec<Candidate> {
        let since = minutes(since);
        // A place and which key, as one number: fewer bytes to sort.
        let mut met: Vec<u32> = Vec::with_capacity(KEYS * 4);
        // All buckets are looked at before anything is done with one: each look waits for the memory, and so they wait together.
        let marked = signature.keys.map(|key| self.marked(key));
        for (at, (bucket, marks)) in (0..).zip(&marked).filter(|(_, (_, marks))| *marks != 0) {
            met.extend(places(bucket, *marks).map(|place| place << KEY_BITS | at));
        }
        met.sort_unstable();
        let (place_of, key_of) = (|met: u32| met >> KEY_BITS, |met: u32| (met & KEY_MASK) as usize);
        let has = |place: u32, at: usize| {
            let is_counted = |held: &Held| at < signature.marks || held.seen_minutes > since;
            self.at(place).is_some_and(|held| held.id != id && is_counted(held) && held.keys.contains(&signature.keys[at]))
        };
        // How many articles have each key, asked only of those that a candidate shares: each answer is a walk all over the memory.
        let mut having = [None; KEYS];
        let mut votes: Vec<(Votes, u32)> = Vec::new();
        for of_one in met.chunk_by(|a, b| place_of(*a) == place_of(*b)) {
            let place = place_of(of_one[0]);
            let is_named = of_one.iter().any(|met| key_of(*met) < signature.marks + signature.titles);
            if !is_named && of_one.len() < KEYS_OF_TEXT_MIN {
                continue;
            }
            let mut all = Votes::default();
            for at in of_one.iter().map(|met| key_of(*met)).filter(|at| has(place, *at)) {
                let count = || self.tagged(signature.keys[at]).filter(|place| has(*place, at)).count();
                all.by_mark |= at < signature.marks;
                all.by_title |= (signature.marks..signature.marks + signature.titles).contains(&at);
                // What many share says little: a publisher's stock phrase does not outvote a sentence.
                all.weight += BUCKET_PLACES / (*having[at].get_or_insert_with(count)).max(1);
                all.keys += 1;
            }
            votes.push((all, place));
        }
        let enough = |votes: &Votes| votes.weight >= WEIGHT_MIN && (votes.by_title || votes.keys >= KEYS_OF_TEXT_MIN);
        votes.retain(|(votes, _)| votes.by_mark || enough(votes));
        votes.sort_unstable_by(|a, b| b.cmp(a));
        let mut out: Vec<Candidate> = Vec::new();
        for (Votes { by_mark, keys, .. }, place) in votes {
            let Some(held) = self.at(place) else { continue };
            if out.len() < self.limits.candidates_max && !out.iter().any(|other| other.id == held.id) {
                let published = chrono::DateTime::from_timestamp(i64::from(held.published_minutes) * 60, 0).unwrap_or_default();
                out.push(Candidate { id: held.id, published, same_source: held.source == hash_of(source), keys, by_mark });
            }
        }
        out
    }

    fn at(&self, place: u32) -> Option<&Held> {
        let place = usize::try_from(place).ok()?;
        self.ring.get(place / CHUNK_ARTICLES)?.get(place % CHUNK_ARTICLES)
    }

    fn bucket(&self, key: u32) -> Option<usize> {
        // The key's upper part as a fraction of the buckets: keys are spread evenly already. Zero is no key.
        let at = usize::try_from((u64::from(key) * u64::try_from(self.buckets.len()).ok()?) >> 32).ok()?;
        (key != 0 && at < self.buckets.len()).then_some(at)
    }

    /// The bucket of a key, and a bit for each of its places that has the key's tag.
    fn marked(&self, key: u32) -> (&Bucket, u32) {
        let bucket = self.bucket(key).and_then(|at| self.buckets.get(at)).unwrap_or(&EMPTY);
        let tag = tag(key);
        // Without a branch, so that many places are compared at once.
        let marks = (0..).zip(&bucket.0).fold(0, |marks, (at, place)| marks | u32::from(place & !PLACE_MASK == tag) << at);
        (bucket, marks)
    }

    /// The places of the articles that seem to have a key.
    fn tagged(&self, key: u32) -> impl Iterator<Item = u32> {
        let (bucket, marks) = self.marked(key);
        places(bucket, marks)
    }

    fn link(&mut self, place: usize, keys: &[u32; KEYS]) {
        let place = u32::try_from(place).unwrap_or(NONE);
        for key in keys {
            if let Some(Bucket(bucket)) = self.bucket(*key).and_then(|at| self.buckets.get_mut(at)) {
                bucket.rotate_right(1);
                bucket[0] = place | tag(*key);
            }
        }
    }

    /// Makes the buckets anew for twice as many articles.
    fn grow(&mut self) {
        self.room = (self.room * 2).clamp(1024.min(self.limits.articles_max), self.limits.articles_max);
        // The old ones go first: there are never two sets in memory.
        self.buckets = Vec::new();
        let buckets = (self.room * KEYS * 100 / LOAD_PERCENT).div_ceil(BUCKET_PLACES);
        self.buckets = vec![Bucket([NONE; BUCKET_PLACES]); buckets];
        for place in 0..self.held {
            let keys = self.ring[place / CHUNK_ARTICLES][place % CHUNK_ARTICLES].keys;
            self.link(place, &keys);
        }
    }
}

/// The places of a bucket with these bits. That of no place has a tag too.
fn places(bucket: &Bucket, marks: u32) -> impl Iterator<Item = u32> {
    let marked = (0..).zip(&bucket.0).filter(move |(at, place)| marks >> at & 1 == 1 && **place != NONE);
    marked.map(|(_, place)| *place & PLACE_MASK)
}

/// The lower bits of a key: the upper ones say the bucket.
fn tag(key: u32) -> u32 {
    key << PLACE_BITS
}

fn hash_of(source: &SourceName) -> u32 {
    super::hashes::hash(source.as_str().as_bytes())
}

fn minutes(at: Instant) -> u32 {
    u32::try_from(at.timestamp().max(0) / 60).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    const BEFORE: Instant = Instant::UNIX_EPOCH;

    fn id(number: u32) -> ArticleId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        ArticleId(id)
    }

    fn text(number: u32) -> Signature {
        Signature::new(
            &format!("Headline number {number}"),
            &format!("Some words that belong to number {number} and to no other one at all."),
        )
    }

    fn filled(articles: u32, articles_max: usize) -> Index {
        let mut index = Index::new(IndexLimits { articles_max, candidates_max: 8 });
        let source = SourceName::new("a").unwrap();
        (0..articles).for_each(|number| index.insert(id(number), &source, AT, AT, &text(number)));
        index
    }

    #[test]
    fn a_copy_is_found_first_and_not_the_article_itself() {
        let index = filled(5_000, 10_000);
        let b = SourceName::new("b").unwrap();
        let found = index.candidates(id(9_999), &b, BEFORE, &text(1234));
        assert_eq!((found[0].id, found[0].same_source), (id(1234), false));
        assert!(found[0].keys >= 3 && found.len() <= 8);
        assert!(index.candidates(id(1234), &b, BEFORE, &text(1234)).iter().all(|one| one.id != id(1234)));
        assert!(Index::new(IndexLimits::default()).candidates(id(0), &b, BEFORE, &text(0)).is_empty());
    }

    #[test]
    fn what_was_seen_before_is_found_by_its_address_only() {
        let marks = ["//x.org/1".to_owned()];
        let profile = super::super::Profile::new("One title", "<p>Some words that belong to this one and to no other one at all.</p>");
        let signature = Signature::of("One title", &marks, Some(&profile));
        let source = SourceName::new("a").unwrap();
        let mut index = Index::new(IndexLimits::default());
        index.insert(id(1), &source, AT, AT, &signature);
        let found = |since: Instant, signature: &Signature| index.candidates(id(2), &source, since, signature).len();
        let text = Signature::of("One title", &[], Some(&profile));
        assert_eq!((found(BEFORE, &text), found(AT, &text)), (1, 0));
        assert_eq!((found(BEFORE, &signature), found(AT, &signature)), (1, 1));
    }

    #[test]
    fn the_oldest_are_forgotten_and_memory_is_bounded() {
        let index = filled(9_000, 2_000);
        let b = SourceName::new("b").unwrap();
        assert_eq!(index.len(), 2_000);
        assert!(index.bytes() < 2_000 * 400, "{}", index.bytes());
        let has = |number: u32| index.candidates(id(99_999), &b, BEFORE, &text(number)).iter().any(|one| one.id == id(number));
        assert!((8_000..8_100).all(has) && !(0..100).any(has));
    }

    #[test]
    fn an_article_that_is_taken_in_again_is_given_once() {
        let mut index = filled(10, 100);
        index.insert(id(3), &SourceName::new("a").unwrap(), AT, AT, &text(3));
        let found = index.candidates(id(50), &SourceName::new("a").unwrap(), BEFORE, &text(3));
        assert_eq!(found.iter().filter(|one| one.id == id(3)).count(), 1);
        assert!(found[0].same_source);
    }
}

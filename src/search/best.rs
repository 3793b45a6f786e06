//! The best of what was found, and how many there are: a collector that looks closer only at what can still be among the best.
//!
//! A frequent word is in most articles. tantivy's own collector reads the date and computes the order of each; here that is done only for
//! those whose worth is not below the worst that is kept: of 1,000,000 articles some thousands.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::fields::PUBLISHED;

/// Results whose worth differs by less than one part in so many are equally good: the newer one comes first.
const EQUALLY_GOOD_PARTS: f32 = 20.0;

/// A step of worth less than this is below it, whatever the rounding.
const ROUNDING: f32 = 0.999;

/// Where a result stands: by its worth in steps, then by its date, then by its place in the index.
type Rank = (i32, i64, Reverse<DocAddress>);

/// Collects the places of the best, best first, and the number of all.
pub(super) struct Best {
    /// So many are kept.
    pub(super) limit: usize,
}

/// The same of one segment.
pub(super) struct BestOfSegment {
    limit: usize,
    segment: SegmentOrdinal,
    published: Option<Column<i64>>,
    total: usize,
    /// The worst of those kept stands first.
    kept: BinaryHeap<Reverse<Rank>>,
    /// Below this nothing is kept.
    floor: f32,
}

impl Collector for Best {
    type Fruit = (usize, Vec<DocAddress>);
    type Child = BestOfSegment;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        // Where the dates are missing the worth alone says the order.
        let published = reader.fast_fields().i64(PUBLISHED).ok();
        Ok(BestOfSegment { limit: self.limit, segment, published, total: 0, kept: BinaryHeap::new(), floor: f32::NEG_INFINITY })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<(usize, Vec<Rank>)>) -> tantivy::Result<Self::Fruit> {
        let total = fruits.iter().map(|(total, _)| total).sum();
        let mut best: Vec<Rank> = fruits.into_iter().flat_map(|(_, best)| best).collect();
        best.sort_unstable_by(|a, b| b.cmp(a));
        best.truncate(self.limit);
        Ok((total, best.into_iter().map(|(.., Reverse(at))| at).collect()))
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = (usize, Vec<Rank>);

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        if score < self.floor || self.limit == 0 {
            return;
        }
        let published = self.published.as_ref().and_then(|column| column.first(doc)).unwrap_or_default();
        let rank = (steps(score), published, Reverse(DocAddress::new(self.segment, doc)));
        if self.kept.len() == self.limit {
            if self.kept.peek().is_some_and(|Reverse(worst)| rank <= *worst) {
                return;
            }
            self.kept.pop();
        }
        self.kept.push(Reverse(rank));
        if self.kept.len() == self.limit
            && let Some(Reverse((step, ..))) = self.kept.peek()
        {
            self.floor = least(*step) * ROUNDING;
        }
    }

    fn harvest(self) -> Self::Fruit {
        (self.total, self.kept.into_iter().map(|Reverse(rank)| rank).collect())
    }
}

/// A worth in steps of a few percent.
#[expect(clippy::cast_possible_truncation, reason = "some thousand steps at most")]
fn steps(score: f32) -> i32 {
    (score.max(f32::MIN_POSITIVE).ln() * EQUALLY_GOOD_PARTS).round() as i32
}

/// The least worth of a step.
#[expect(clippy::cast_precision_loss, reason = "some thousand steps at most")]
fn least(step: i32) -> f32 {
    ((step as f32 - 0.5) / EQUALLY_GOOD_PARTS).exp()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collected(limit: usize, scores: &[f32]) -> (usize, Vec<DocAddress>) {
        let mut of_segment =
            BestOfSegment { limit, segment: 0, published: None, total: 0, kept: BinaryHeap::new(), floor: f32::NEG_INFINITY };
        for (doc, score) in (0..).zip(scores) {
            of_segment.collect(doc, *score);
        }
        Best { limit }.merge_fruits(vec![of_segment.harvest()]).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_left_out_early_is_never_among_the_best(scores in prop::collection::vec(0.0_f32..40.0, 0..400), limit in 0_usize..30) {
            let mut expected: Vec<(i32, Reverse<u32>)> = (0..).zip(&scores).map(|(doc, score)| (steps(*score), Reverse(doc))).collect();
            expected.sort_unstable_by(|a, b| b.cmp(a));
            expected.truncate(limit);
            let (total, best) = collected(limit, &scores);
            prop_assert_eq!(total, scores.len());
            prop_assert_eq!(best.iter().map(|at| at.doc_id).collect::<Vec<_>>(), expected.iter().map(|(_, doc)| doc.0).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_worth_at_all_is_a_worth() {
        assert_eq!(collected(2, &[0.0, 0.0, 0.0]).1.iter().map(|at| at.doc_id).collect::<Vec<_>>(), [0, 1]);
    }
}

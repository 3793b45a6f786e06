//! From a query to what the index is asked.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::fields::Fields;
use super::query::{Mistake, Name, Node, Place, Query, QueryError, Words};
use super::terms::{Cut, Splitter, Term as Piece};
use crate::model::{Instant, Source};

type Asked = Box<dyn tantivy::query::Query>;

/// A word of the title counts as so many of the text.
const TITLE_BOOST: f32 = 3.0;

/// Words written without a blank between belong together; so many of them. A longer run is a sentence, whose words may stand apart.
const TOGETHER_MAX: usize = 4;

/// Terms of a whole query: each costs a list to be read.
const TERMS_MAX: usize = 100;

/// What a query is compiled with.
pub(super) struct Compiler<'a> {
    pub(super) fields: Fields,
    pub(super) splitter: &'a Splitter,
    /// Which sources have the categories and tags.
    pub(super) sources: &'a [Source],
    terms: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(fields: Fields, splitter: &'a Splitter, sources: &'a [Source]) -> Self {
        Self { fields, splitter, sources, terms: 0 }
    }

    /// What the index is asked.
    pub(super) fn compile(&mut self, query: &Query) -> Result<Asked, QueryError> {
        let asked = self.node(&query.root);
        if self.terms > TERMS_MAX {
            return Err(QueryError { what: Mistake::TooMany, at: 0..0 });
        }
        Ok(asked)
    }

    fn node(&mut self, node: &Node) -> Asked {
        if self.terms > TERMS_MAX {
            return Box::new(EmptyQuery);
        }
        match node {
            Node::All(nodes) => self.all(nodes),
            Node::Any(nodes) => any(nodes.iter().map(|node| self.node(node)).collect()),
            Node::Not(node) => Box::new(BooleanQuery::new(vec![(Occur::Must, nothing_to_choose()), (Occur::MustNot, self.node(node))])),
            Node::Words(words) => self.words(words),
            Node::Is(name, values) => Box::new(ConstScoreQuery::new(self.is(*name, values), 0.0)),
            Node::After(moment) => self.published(Bound::Included(*moment), Bound::Unbounded),
            Node::Before(moment) => self.published(Bound::Unbounded, Bound::Excluded(*moment)),
        }
    }

    fn all(&mut self, nodes: &[Node]) -> Asked {
        if nodes.is_empty() {
            return nothing_to_choose();
        }
        let mut clauses = Vec::with_capacity(nodes.len() + 1);
        for node in nodes {
            clauses.push(match node {
                Node::Not(node) => (Occur::MustNot, self.node(node)),
                node => (Occur::Must, self.node(node)),
            });
        }
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, nothing_to_choose()));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    fn words(&mut self, words: &Words) -> Asked {
        let pieces = self.splitter.split(&words.text, Cut::Words);
        let fields = match words.place {
            Place::Anywhere => vec![(self.fields.title, TITLE_BOOST), (self.fields.body, 1.0)],
            Place::Title => vec![(self.fields.title, TITLE_BOOST)],
            Place::Author => vec![(self.fields.author, 1.0)],
        };
        self.terms = self.terms.saturating_add(pieces.len() * fields.len());
        if pieces.is_empty() || self.terms > TERMS_MAX {
            return Box::new(EmptyQuery);
        }
        let whole = any(fields.iter().map(|(field, boost)| boosted(phrase(*field, &pieces), *boost)).collect());
        if words.phrase || pieces.len() <= TOGETHER_MAX {
            return whole;
        }
        let each = pieces.iter().map(|piece| {
            let one = std::slice::from_ref(piece);
            (Occur::Must, any(fields.iter().map(|(field, boost)| boosted(phrase(*field, one), *boost)).collect()))
        });
        Box::new(BooleanQuery::new(each.chain([(Occur::Should, whole)]).collect()))
    }

    fn is(&mut self, name: Name, values: &[String]) -> Asked {
        let named = |field: Field, values: &mut dyn Iterator<Item = String>| -> Asked {
            Box::new(TermSetQuery::new(values.map(|value| Term::from_field_text(field, &value)).collect::<Vec<_>>()))
        };
        let own = |source: &Source| source.name.as_str().to_lowercase();
        let has = |text: &str| values.iter().any(|value| *value == text.to_lowercase());
        match name {
            Name::Source => named(self.fields.source, &mut values.iter().cloned()),
            Name::Language => named(self.fields.language, &mut values.iter().map(|value| value.replace('_', "-"))),
            Name::Category => {
                let sources = self.sources.iter().filter(|source| source.category.as_deref().is_some_and(has));
                named(self.fields.source, &mut sources.map(own))
            }
            Name::Tag => {
                let sources = self.sources.iter().filter(|source| source.tags.iter().any(|tag| has(tag)));
                any(vec![named(self.fields.tag, &mut values.iter().cloned()), named(self.fields.source, &mut sources.map(own))])
            }
        }
    }

    fn published(&self, from: Bound<Instant>, to: Bound<Instant>) -> Asked {
        let term = |moment: Instant| Term::from_field_i64(self.fields.published, moment.timestamp());
        Box::new(ConstScoreQuery::new(Box::new(RangeQuery::new(from.map(term), to.map(term))), 0.0))
    }
}

/// Every article, none better than another.
fn nothing_to_choose() -> Asked {
    Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0))
}

fn any(mut asked: Vec<Asked>) -> Asked {
    match asked.pop() {
        Some(one) if asked.is_empty() => one,
        Some(last) => Box::new(BooleanQuery::union(asked.into_iter().chain([last]).collect())),
        None => Box::new(EmptyQuery),
    }
}

fn boosted(asked: Asked, boost: f32) -> Asked {
    Box::new(BoostQuery::new(asked, boost))
}

/// The words at the places they have to each other.
fn phrase(field: Field, pieces: &[Piece]) -> Asked {
    let term = |piece: &Piece| Term::from_field_text(field, &piece.text);
    match pieces {
        [one] => Box::new(TermQuery::new(term(one), IndexRecordOption::WithFreqs)),
        pieces => {
            let first = pieces.first().map_or(0, |piece| piece.position);
            Box::new(PhraseQuery::new_with_offset(pieces.iter().map(|piece| (piece.position - first, term(piece))).collect()))
        }
    }
}

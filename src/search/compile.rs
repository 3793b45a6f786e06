//! From a query to what the index is asked.

use std::ops::Bound;
use std::sync::Arc;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhrasePrefixQuery, PhraseQuery, RangeQuery, TermQuery,
    TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::fields::Fields;
use super::query::{Mistake, Name, Node, Place, Query, QueryError, Words};
use super::terms::{Cut, Splitter, Term as Piece, inner, open};
use super::vocabulary::Vocabulary;
use crate::model::{Instant, Source};

type Asked = Box<dyn tantivy::query::Query>;

/// A word of the title counts as so many of the text.
const TITLE_BOOST: f32 = 3.0;

/// What only stands inside of other words counts as so much of a word.
const INSIDE_SCORE: f32 = 0.5;

/// Words that begin with the last character of what is looked for.
const EXPANSIONS_MAX: u32 = 200;

/// Words and parts of words of a query that are looked for inside of others, each of which costs as much as many terms.
const INSIDE_MAX: usize = 8;

/// Words written without a blank between belong together; so many of them. A longer run is a sentence, whose words may stand apart.
const TOGETHER_MAX: usize = 4;

/// Terms of a whole query: each costs a list to be read.
const TERMS_MAX: usize = 100;

/// What a query is compiled with.
pub(super) struct Compiler<'a> {
    pub(super) fields: Fields,
    pub(super) splitter: &'a Splitter,
    pub(super) vocabulary: &'a Vocabulary,
    /// Which sources have the categories and tags.
    pub(super) sources: &'a [Arc<Source>],
    terms: usize,
    /// Parts looked for inside of words so far.
    inside: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(fields: Fields, splitter: &'a Splitter, vocabulary: &'a Vocabulary, sources: &'a [Arc<Source>]) -> Self {
        Self { fields, splitter, vocabulary, sources, terms: 0, inside: 0 }
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
        if words.phrase || pieces.len() <= TOGETHER_MAX {
            return self.run(&fields, &pieces);
        }
        // In a sentence words are cut as in a text: none is looked for inside of others.
        let stands = |pieces: &[Piece]| any(fields.iter().map(|(field, boost)| boosted(phrase(*field, pieces), *boost)).collect());
        let each = pieces.iter().map(|piece| (Occur::Must, stands(std::slice::from_ref(piece))));
        Box::new(BooleanQuery::new(each.chain([(Occur::Should, stands(&pieces))]).collect()))
    }

    /// Words as they stand in one of the fields, and where they are no words for the index, also as a part of one.
    fn run(&mut self, fields: &[(Field, f32)], pieces: &[Piece]) -> Asked {
        let around = match inner(pieces).filter(|_| self.inside < INSIDE_MAX) {
            Some(part) => {
                self.inside += 1;
                self.vocabulary.around(&part)
            }
            None => Vec::new(),
        };
        let begun = open(pieces);
        // All ways in one union: of unions inside of unions each result of a frequent word costs as much again.
        let in_field = |(field, boost): &(Field, f32)| {
            let mut ways = vec![phrase(*field, pieces)];
            if !around.is_empty() {
                let words = around.iter().map(|word| Term::from_field_text(*field, word));
                ways.push(Box::new(ConstScoreQuery::new(Box::new(TermSetQuery::new(words)), INSIDE_SCORE)));
            }
            for way in &begun {
                let mut query = PhrasePrefixQuery::new_with_offset(placed(*field, way));
                query.set_max_expansions(EXPANSIONS_MAX);
                ways.push(Box::new(query));
            }
            ways.into_iter().map(|way| boosted(way, *boost)).collect::<Vec<_>>()
        };
        any(fields.iter().flat_map(in_field).collect())
    }

    fn is(&mut self, name: Name, values: &[String]) -> Asked {
        let named = |field: Field, values: &mut dyn Iterator<Item = String>| -> Asked {
            Box::new(TermSetQuery::new(values.map(|value| Term::from_field_text(field, &value)).collect::<Vec<_>>()))
        };
        let own = |source: &Arc<Source>| source.name.as_str().to_lowercase();
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
    match pieces {
        [one] => Box::new(TermQuery::new(Term::from_field_text(field, &one.text), IndexRecordOption::WithFreqs)),
        pieces => Box::new(PhraseQuery::new_with_offset(placed(field, pieces))),
    }
}

fn placed(field: Field, pieces: &[Piece]) -> Vec<(usize, Term)> {
    let first = pieces.first().map_or(0, |piece| piece.position);
    pieces.iter().map(|piece| (piece.position - first, Term::from_field_text(field, &piece.text))).collect()
}

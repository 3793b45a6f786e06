//! What the index knows of an article. Nothing is stored to be read again: the store has the articles.

use std::sync::Arc;

use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{TantivyDocument, Term};

use super::terms::{Cut, Splitter, Stems, Term as Piece};
use super::vocabulary::Vocabulary;
use crate::model::filter::plain_text;
use crate::model::{Article, ArticleId};

/// Changes when the same article would be indexed otherwise: an index of another version is made anew.
pub(super) const FORMAT: u32 = 1;

/// Longest text of an article that is indexed, in bytes: the rest of a book is left out.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Tags of one article.
const TAGS_MAX: usize = 50;

/// Longest tag, in bytes: the index refuses terms over 64 KB, and nobody asks for such.
const TAG_BYTES_MAX: usize = 200;

/// The name under which texts are cut.
const TOKENIZER: &str = "feedmill";

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) title: Field,
    pub(super) body: Field,
    pub(super) author: Field,
    pub(super) source: Field,
    pub(super) tag: Field,
    pub(super) language: Field,
    /// Seconds since 1970.
    pub(super) published: Field,
    /// The id in two halves; the second one is looked up.
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    /// What the texts hash to: another one means that the article was revised.
    pub(super) stamp: Field,
}

/// Names of fields that are read by name.
pub(super) const PUBLISHED: &str = "published";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
pub(super) const STAMP: &str = "stamp";

impl Fields {
    /// The schema and its fields.
    pub(super) fn new() -> (Schema, Self) {
        let text = || {
            let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(IndexRecordOption::WithFreqsAndPositions);
            TextOptions::default().set_indexing_options(indexing)
        };
        let mut schema = Schema::builder();
        let fields = Self {
            title: schema.add_text_field("title", text()),
            body: schema.add_text_field("body", text()),
            author: schema.add_text_field("author", text()),
            source: schema.add_text_field("source", STRING),
            tag: schema.add_text_field("tag", STRING),
            language: schema.add_text_field("language", STRING),
            published: schema.add_i64_field(PUBLISHED, FAST),
            id_high: schema.add_u64_field(ID_HIGH, FAST),
            id_low: schema.add_u64_field(ID_LOW, INDEXED | FAST),
            stamp: schema.add_u64_field(STAMP, FAST),
        };
        (schema.build(), fields)
    }

    /// An article as the index takes it in, and the bytes of its text.
    pub(super) fn document(&self, article: &Article) -> (TantivyDocument, usize) {
        let mut document = TantivyDocument::default();
        let body = body(article);
        document.add_text(self.title, cut(&article.title));
        document.add_text(self.body, &body);
        for author in article.authors.iter().take(TAGS_MAX) {
            document.add_text(self.author, cut(&author.name));
        }
        document.add_text(self.source, article.source.as_str().to_lowercase());
        let tags = article.categories.iter().chain(&article.keywords).map(|tag| tag.trim().to_lowercase());
        let mut tags: Vec<String> = tags.filter(|tag| (1..=TAG_BYTES_MAX).contains(&tag.len())).take(TAGS_MAX).collect();
        tags.sort_unstable();
        tags.dedup();
        tags.iter().for_each(|tag| document.add_text(self.tag, tag));
        for tag in languages(article) {
            document.add_text(self.language, tag);
        }
        let (high, low) = halves(article.id);
        document.add_i64(self.published, article.published.timestamp());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_u64(self.stamp, stamp(article));
        (document, article.title.len() + body.len())
    }

    /// Those that hold words of texts.
    pub(super) fn texts(&self) -> [Field; 3] {
        [self.title, self.body, self.author]
    }

    /// What finds the document of an article.
    pub(super) fn of(&self, id: ArticleId) -> Term {
        Term::from_field_u64(self.id_low, halves(id).1)
    }
}

/// The text of an article without its title: its body; its summary where the body has none.
pub(super) fn body(article: &Article) -> String {
    let text = plain_text(article.body.as_str());
    let mut text = if text.is_empty() { article.summary.clone() } else { text };
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// The whole tag and its first part, in small letters: `zh-cn` and `zh`.
fn languages(article: &Article) -> Vec<String> {
    let Some(tag) = article.language.as_deref().map(|tag| tag.trim().to_lowercase()) else { return Vec::new() };
    let first = tag.split(['-', '_']).next().unwrap_or_default().to_owned();
    let mut all = vec![tag.replace('_', "-"), first];
    all.dedup();
    all.retain(|tag| (1..=TAG_BYTES_MAX).contains(&tag.len()));
    all
}

/// An id as two numbers.
pub(super) fn halves(id: ArticleId) -> (u64, u64) {
    let number = u128::from_be_bytes(id.0);
    let half = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default();
    (half(number >> 64), half(number))
}

/// The id of two numbers.
pub(super) fn whole(high: u64, low: u64) -> ArticleId {
    ArticleId((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

/// Four bytes are enough to tell an article from its revision.
pub(super) fn stamp(article: &Article) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(article.title.as_bytes()).update(&[0]).update(article.body.as_str().as_bytes());
    hasher.update(&[0]).update(article.summary.as_bytes()).update(&article.published.timestamp().to_be_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    u32::from_be_bytes(bytes).into()
}

/// Our way of cutting texts, for the index; the vocabulary learns the words.
pub(super) fn tokenizers(splitter: &Splitter, vocabulary: &Arc<Vocabulary>) -> TokenizerManager {
    let manager = TokenizerManager::default();
    let ours = OurTokenizer { splitter: Arc::new(splitter.clone()), vocabulary: Arc::clone(vocabulary), stems: Stems::default() };
    manager.register(TOKENIZER, TextAnalyzer::from(ours));
    manager
}

#[derive(Clone)]
struct OurTokenizer {
    splitter: Arc<Splitter>,
    vocabulary: Arc<Vocabulary>,
    stems: Stems,
}

struct OurStream {
    pieces: std::vec::IntoIter<Piece>,
    token: Token,
}

impl Tokenizer for OurTokenizer {
    type TokenStream<'a> = OurStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> OurStream {
        let pieces = self.splitter.split_with(&mut self.stems, text, Cut::Parts);
        self.vocabulary.learn(pieces.iter().map(|piece| piece.text.as_str()));
        OurStream { pieces: pieces.into_iter(), token: Token::default() }
    }
}

impl TokenStream for OurStream {
    fn advance(&mut self) -> bool {
        let Some(piece) = self.pieces.next() else { return false };
        self.token =
            Token { offset_from: piece.at.start, offset_to: piece.at.end, position: piece.position, text: piece.text, position_length: 1 };
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

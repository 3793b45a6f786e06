//! What was found, read from the store, with the words marked: what pages and commands show.

use serde::{Deserialize, Serialize};

use super::fields::body;
use super::marks::{Marker, Piece};
use super::{Progress, Search, SearchError, Wanted};
use crate::model::Article;
use crate::store::Store;

/// Characters of an extract.
const EXTRACT_CHARS: usize = 180;

/// An article that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// It.
    pub article: Article,
    /// Its title, with what was looked for marked.
    pub title: Vec<Piece>,
    /// The part of its text that shows most of what was looked for.
    pub extract: Vec<Piece>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How many there are in all.
    pub total: usize,
    /// Those asked for.
    pub hits: Vec<Hit>,
    /// How far the index was.
    pub progress: Progress,
}

impl Search {
    /// Finds articles and reads them from the store; `show` makes of each what is to be seen. Blocks.
    ///
    /// # Errors
    /// Those of [`Search::find`] and of the store.
    pub fn answer(&self, store: &dyn Store, wanted: &Wanted<'_>, show: &dyn Fn(Article) -> Article) -> Result<Answer, SearchError> {
        let found = self.find(wanted)?;
        let marker = Marker::new(self.splitter(), wanted.query);
        let mut hits = Vec::with_capacity(found.ids.len());
        for (id, _) in found.ids {
            // What expired a moment ago is left out; the index follows.
            let Some(article) = store.article(id)? else { continue };
            let article = show(article);
            let (title, extract) = (marker.title(&article.title), marker.extract(&body(&article), EXTRACT_CHARS));
            hits.push(Hit { article, title, extract });
        }
        Ok(Answer { total: found.total, hits, progress: self.progress() })
    }
}

/// An answer for programs: what `search --json` prints, and what goes over the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// How many there are in all.
    pub total: usize,
    /// Articles that can be found so far.
    pub searched: u64,
    /// All articles can be found.
    pub complete: bool,
    /// How much of the index is made, in percent.
    pub percent: u64,
    /// Those asked for.
    pub hits: Vec<HitLine>,
}

/// An article that was found, for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitLine {
    /// Its id, for `explain`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The publisher's page.
    pub link: Option<String>,
    /// Name of its source.
    pub source: String,
    /// RFC 3339.
    pub published: String,
    /// The part of its text that shows most of what was looked for.
    pub extract: String,
}

impl From<&Answer> for AnswerLine {
    fn from(answer: &Answer) -> Self {
        let Progress { articles: searched, complete, .. } = answer.progress;
        let percent = if complete { 100 } else { answer.progress.percent() };
        Self { total: answer.total, searched, complete, percent, hits: answer.hits.iter().map(HitLine::from).collect() }
    }
}

impl From<&Hit> for HitLine {
    fn from(hit: &Hit) -> Self {
        let article = &hit.article;
        Self {
            id: article.id.to_string(),
            title: article.title.clone(),
            link: article.link.clone(),
            source: article.source.to_string(),
            published: article.published.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            extract: hit.extract.iter().map(|piece| piece.text.as_str()).collect(),
        }
    }
}

//! Articles for measuring: made of the paragraphs of real ones, each different.

use std::path::PathBuf;

use feedmill::model::poll::VerdictCounts;
use feedmill::model::{Article, ArticleId, EntryKey, Fingerprint, Instant, PollPlan, Sighting, SourceName, SourceState};
use feedmill::pipeline::parse::{ParseLimits, parse};
use feedmill::pipeline::sanitize::{SanitizeOptions, sanitize};

/// Paragraphs and titles of the corpus.
pub struct Texts {
    paragraphs: Vec<String>,
    titles: Vec<String>,
    /// Where its xorshift generator stands: begun with [`SEED`], the same articles come in every run.
    pub state: u64,
}

/// Where the random numbers of [`Texts`] begin.
pub const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
/// Articles come at most so long after their date, in seconds: the newest hundred stand among some hundreds that arrived last.
const LATE_SECONDS_MAX: u32 = 6 * 3600;

impl Texts {
    /// Reads every feed of the corpus that can be read.
    pub fn read() -> Self {
        let mut texts = Self { paragraphs: Vec::new(), titles: Vec::new(), state: SEED };
        for feed in feeds() {
            for entry in feed.entries {
                texts.titles.extend(entry.title.clone());
                for body in entry.bodies {
                    let safe = sanitize(&body.text, &SanitizeOptions::default());
                    texts.paragraphs.extend(safe.as_str().split_inclusive("</p>").filter(|text| text.len() > 40).map(str::to_owned));
                }
            }
        }
        texts
    }

    fn pick(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % below as u64).unwrap_or(0)
    }

    /// The article number `number`, of about `bytes` bytes, of the source of this number.
    pub fn article(&mut self, number: u32, bytes: usize, source: u32) -> Article {
        let mut body = String::with_capacity(bytes + 4096);
        while body.len() < bytes {
            let at = self.pick(self.paragraphs.len());
            let room = bytes + 200 - body.len();
            let paragraph = &self.paragraphs[at];
            body.push_str(&paragraph[..paragraph.floor_char_boundary(room.min(2_000))]);
        }
        let at = self.pick(self.titles.len());
        let (title, hash) = (format!("{} {number}", self.titles[at]), number.wrapping_mul(2_654_435_761));
        let Ok(source) = SourceName::new(&format!("source {source}")) else { unreachable!("a digit is fine in a name") };
        let link = format!("https://www.example.org/2026/11/{hash:08x}/{number}.html");
        let key = EntryKey::Guid(link.clone());
        let late = hash % LATE_SECONDS_MAX;
        let published = Instant::from_timestamp(1_700_000_000 + i64::from(number) * 30 - i64::from(late), 0).unwrap_or_default();
        Article {
            id: ArticleId::of(&source, &key),
            source,
            key,
            fingerprint: Fingerprint::of(&[&title, &body]),
            summary: body.chars().filter(|c| c.is_alphanumeric() || *c == ' ').take(150).collect(),
            title,
            link: Some(link),
            date_text: published.to_rfc2822(),
            published,
            updated: published,
            first_seen: published,
            body: sanitize(&body, &SanitizeOptions::default()),
            cover: None,
            image: None,
            keywords: Vec::new(),
            authors: Vec::new(),
            categories: vec!["tech".into()],
            enclosures: Vec::new(),
            language: Some("zh-CN".into()),
            feed_title: Some("A feed of example.org".into()),
            feed_link: Some("https://www.example.org/".into()),
            revision: 0,
            canonical: None,
            story: None,
        }
    }
}

/// The feeds of the corpus that can be read.
pub fn feeds() -> Vec<feedmill::model::Feed> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("FEEDMILL_CORPUS").map_or(beside, PathBuf::from);
    let mut documents = Vec::new();
    for folder in std::fs::read_dir(corpus.join("feeds")).into_iter().flatten().flatten() {
        let files = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
        documents.extend(files.filter_map(|file| std::fs::read(file.path()).ok()));
    }
    // Whatever order the folders have.
    documents.sort();
    documents.iter().filter_map(|bytes| parse(bytes, None, "https://www.example.org/feed.xml", &ParseLimits::default()).ok()).collect()
}

/// The sighting that belongs to an article.
pub fn sighting(article: &Article) -> Sighting {
    Sighting {
        id: article.id,
        first_seen: article.first_seen,
        last_seen: article.first_seen,
        fingerprint: article.fingerprint,
        published: article.published,
        revision: 0,
    }
}

/// What a poll brought: articles of one source.
pub fn plan(articles: Vec<Article>) -> Option<PollPlan> {
    let first = articles.first()?;
    let (source, at) = (first.source.clone(), first.published);
    Some(PollPlan {
        holder: None,
        state: Box::new(SourceState::fresh(source.clone(), "https://www.example.org/feed.xml".into(), at)),
        source,
        at,
        sightings: articles.iter().map(sighting).collect(),
        articles,
        originals: Vec::new(),
        rejects: Vec::new(),
        counts: VerdictCounts::default(),
    })
}

//! How fast articles are taken into the index, how large it is, and how fast they are found.
//!
//! `cargo bench --bench search -- [ARTICLES] [BYTES]` (20,000 articles of 3,000 bytes). The texts are those of the corpus, the queries are
//! words of the articles, frequent and rare ones, phrases, filters, alternatives.

#[path = "../store/texts.rs"]
mod texts;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::FixedOffset;
use feedmill::model::filter::plain_text;
use feedmill::model::poll::VerdictCounts;
use feedmill::model::{Article, PollPlan, SourceState};
use feedmill::pipeline::dictionary::{Cut, Dictionary};
use feedmill::search::terms::Splitter;
use feedmill::search::{FOLDER, Query, Search, Wanted};
use feedmill::store::rows::article::encode;
use feedmill::store::{SledOptions, SledStore, Store};
use texts::{Texts, sighting};

/// Articles stored in one go.
const GROUP_ARTICLES: usize = 1_000;
const SOURCES: u32 = 500;
/// Queries that are timed.
const QUERIES: u64 = 1_000;
/// Articles of a page.
const PAGE_ARTICLES: usize = 20;

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
fn say(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<46} {figure}");
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (count, bytes) = (numbers.first().copied().unwrap_or(20_000), numbers.get(1).copied().unwrap_or(3_000));
    let folder = tempfile::tempdir_in(".")?;
    say("articles, bytes of body", format!("{count}, {bytes}"));
    let store = SledStore::open(&folder.path().join("store"), SledOptions::default())?;
    let sizes = fill(&store, count, bytes)?;
    let dictionary = Arc::new(Dictionary::new());
    let search = Search::new(folder.path(), Arc::clone(&dictionary));
    let before = resident_megabytes();
    let (followed, took) = timed(|| search.follow(&store, &mut |_| true));
    followed?;
    say("taking in: articles a second", format!("{:.0}", count as f64 / took));
    say("memory before and behind", format!("{before} MB, {} MB", resident_megabytes()));
    let disk = size_of(&folder.path().join(FOLDER))?;
    say(
        "index a byte of plain text",
        format!("{:.3} ({} MB of {} MB)", disk as f64 / sizes.text as f64, disk / 1_000_000, sizes.text / 1_000_000),
    );
    say("index a byte of the articles as rows", format!("{:.3}", disk as f64 / sizes.rows as f64));
    let (followed, took) = timed(|| search.follow(&store, &mut |_| true));
    followed?;
    say("a round with nothing to do", format!("{:.2} ms", took * 1e3));
    ask(&store, &search, &Splitter::new(dictionary), count as u64)?;
    let (opened, took) = timed(|| Search::new(folder.path(), Arc::default()).follow(&store, &mut |_| true));
    opened?;
    say("opening again, all read once", format!("{took:.2} s"));
    Ok(())
}

/// Bytes that were stored.
#[derive(Default)]
struct Sizes {
    /// Titles and bodies without markup.
    text: usize,
    /// Whole articles as the store writes them, before compression.
    rows: usize,
}

fn fill(store: &SledStore, count: usize, bytes: usize) -> Result<Sizes, Failure> {
    let mut texts = Texts::read();
    let mut sizes = Sizes::default();
    let mut number = 0_u32;
    while (number as usize) < count {
        let wanted = GROUP_ARTICLES.min(count - number as usize);
        let articles: Vec<Article> = (0..wanted).map(|_| (number, number += 1).0).map(|at| texts.article(at, bytes, SOURCES)).collect();
        for article in &articles {
            sizes.text += article.title.len() + plain_text(article.body.as_str()).len();
            sizes.rows += encode(article)?.len();
        }
        let Some(first) = articles.first() else { break };
        let (source, at) = (first.source.clone(), first.published);
        let state = SourceState::fresh(source.clone(), "https://www.example.org/feed.xml".into(), at);
        let sightings = articles.iter().map(sighting).collect();
        store.apply(&[PollPlan {
            holder: None,
            state,
            source,
            at,
            sightings,
            articles,
            originals: Vec::new(),
            rejects: Vec::new(),
            counts: VerdictCounts::default(),
        }])?;
    }
    Ok(sizes)
}

fn ask(store: &SledStore, search: &Search, splitter: &Splitter, count: u64) -> Result<(), Failure> {
    let zone = FixedOffset::east_opt(0).ok_or("no zone")?;
    let (mut finding, mut answering, mut found, mut slowest) = (Vec::new(), Vec::new(), 0_usize, (0.0, String::new()));
    let frequent = ["的", "公司", "the", "中国", "and the", "\"of the\"", "AI OR 的 OR the", "-the", "in of to the", "的 是 在"];
    for number in 0..QUERIES {
        let at = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count;
        let Some((_, article)) = store.arrived(None, at..at + 1)?.pop() else { continue };
        let title: Vec<String> =
            splitter.split(&article.title, Cut::Words).iter().map(|term| article.title[term.at.clone()].to_owned()).collect();
        let text = plain_text(article.body.as_str());
        let phrase: String = text.chars().skip(200).take(12).filter(|c| !"\"“”「」『』《》()（）:：".contains(*c)).collect();
        let word = |at: usize| title.get(at * 7 % title.len().max(1)).cloned().unwrap_or_else(|| "x".into());
        let text = match number % 8 {
            0 => word(1),
            1 => format!("{} {}", word(1), word(2)),
            2 => format!("\"{phrase}\""),
            3 => format!("{} source:\"{}\" after:2023-12", word(1), article.source),
            4 => format!("{} OR {} -{}", word(0), word(1), word(3)),
            5 => format!("{} sort:date", word(2)),
            6 => phrase,
            _ => frequent[usize::try_from(number / 8)? % frequent.len()].to_owned(),
        };
        let Ok(query) = Query::parse(&text, article.published, zone) else { continue };
        let wanted = Wanted { query: &query, sources: &[], sort: None, skip: 0, limit: PAGE_ARTICLES };
        let (hits, took) = timed(|| search.find(&wanted));
        found += usize::from(hits?.total > 0);
        if took > slowest.0 {
            slowest = (took, text);
        }
        finding.push(took);
        let (answer, took) = timed(|| search.answer(store, &wanted, &|article| article));
        answer?;
        answering.push(took);
    }
    say("queries, of them with results", format!("{}, {found}", finding.len()));
    say("finding: median, p95, slowest", format!("{}  {:?}", spread(&mut finding), slowest.1));
    say("finding, reading, marking: median, p95, slowest", spread(&mut answering));
    Ok(())
}

fn spread(seconds: &mut [f64]) -> String {
    seconds.sort_by(f64::total_cmp);
    let at = |part: usize| seconds.get(seconds.len().saturating_sub(1) * part / 100).copied().unwrap_or_default() * 1e3;
    format!("{:.2} ms, {:.2} ms, {:.2} ms", at(50), at(95), at(100))
}

fn size_of(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

/// Memory in use by this process, where Linux says it.
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

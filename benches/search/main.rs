//! How fast articles are taken into the index, how large it is, and how fast they are found.
//!
//! `cargo bench --bench search -- [ARTICLES] [BYTES] [FOLDER]` (20,000 articles of 3,000 bytes). The texts are those of the corpus, the queries are
//! words of the articles, frequent and rare ones, phrases, filters, alternatives. Then pages of a server over the same store are asked over a
//! socket. A FOLDER is kept and used again by the next run with as many articles. Times are those of the clock on the wall; behind them, in
//! brackets, the same of the processor's work in all threads, which others on the machine disturb less.

mod rivers;
#[path = "../store/texts.rs"]
mod texts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::FixedOffset;
use feedmill::model::filter::plain_text;
use feedmill::model::{Article, PollPlan};
use feedmill::pipeline::dictionary::{Cut, Dictionary};
use feedmill::search::terms::Splitter;
use feedmill::search::{FOLDER, Query, Search, Wanted};
use feedmill::store::rows::article::encode;
use feedmill::store::{SledOptions, SledStore, Store};
use texts::{Texts, plan};

/// Articles stored in one go.
const GROUP_ARTICLES: usize = 1_000;
/// Articles that a source brings at once.
const POLL_ARTICLES: u32 = 10;
const SOURCES: u32 = 500;
/// Tags: each article has one of them.
const TAGS: u32 = 200;
/// Queries that are timed.
const QUERIES: u64 = 1_000;
/// Slow queries that are named.
const SLOWEST: usize = 12;
/// Articles of a page.
const PAGE_ARTICLES: usize = 20;

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
fn say(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<46} {figure}");
}

/// Seconds that something took.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    /// Of the processor.
    work: f64,
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (start, before) = (Instant::now(), worked());
    let done = work();
    (done, Took { wall: start.elapsed().as_secs_f64(), work: worked() - before })
}

/// Seconds that the threads of this process have worked, where Linux says it.
fn worked() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = |text: String| text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    tasks.filter_map(|task| nanoseconds(std::fs::read_to_string(task.path().join("schedstat")).ok()?)).sum::<f64>() / 1e9
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    let (count, bytes) = (number(0).unwrap_or(20_000), number(1).unwrap_or(3_000));
    let passing = tempfile::tempdir_in(".")?;
    let folder = arguments.get(2).map_or_else(|| passing.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    say("articles, bytes of body", format!("{count}, {bytes}"));
    let store = Arc::new(SledStore::open(&folder.join("store"), SledOptions::default())?);
    let sizes = filled(&folder, &store, count, bytes)?;
    let dictionary = Arc::new(Dictionary::new());
    let search = Arc::new(Search::new(&folder, Arc::clone(&dictionary)));
    let before = resident_megabytes();
    let (followed, took) = timed(|| search.follow(&*store, &mut |_| true));
    followed?;
    say(
        "taking in or opening: seconds, articles a second",
        format!("{:.1}, {:.0} (of work: {:.1}, {:.0})", took.wall, count as f64 / took.wall, took.work, count as f64 / took.work),
    );
    say("memory before and behind, most", format!("{before} MB, {} MB, {} MB", resident_megabytes(), status_megabytes("VmHWM:")));
    let (disk, files) = size_of(&folder.join(FOLDER))?;
    say(
        "index a byte of plain text",
        format!("{:.3} ({} MB of {} MB, {files} files)", disk as f64 / sizes.text as f64, disk / 1_000_000, sizes.text / 1_000_000),
    );
    say("index a byte of the articles as rows", format!("{:.3}", disk as f64 / sizes.rows as f64));
    let (followed, took) = timed(|| search.follow(&*store, &mut |_| true));
    followed?;
    say("a round with nothing to do", format!("{:.2} ms", took.wall * 1e3));
    ask(&store, &search, &Splitter::new(dictionary), count as u64)?;
    say("memory behind the queries", format!("{} MB", resident_megabytes()));
    rivers::ask(&store, &search, count as u64)?;
    say("memory behind the pages", format!("{} MB", resident_megabytes()));
    drop(search);
    let (opened, took) = timed(|| Search::new(&folder, Arc::default()).follow(&*store, &mut |_| true));
    opened?;
    say("opening again, all read once", format!("{:.2} s", took.wall));
    Ok(())
}

/// The sizes of what is in the store, which is filled where it is not.
fn filled(folder: &Path, store: &SledStore, count: usize, bytes: usize) -> Result<Sizes, Failure> {
    let kept = folder.join("sizes");
    if store.totals()?.articles == count as u64 {
        let text = std::fs::read_to_string(&kept)?;
        let mut numbers = text.split_whitespace().map(str::parse::<usize>);
        let mut next = || numbers.next().ok_or("the file of sizes is empty");
        return Ok(Sizes { text: next()??, rows: next()?? });
    }
    let sizes = fill(store, count, bytes)?;
    std::fs::write(kept, format!("{} {}", sizes.text, sizes.rows))?;
    Ok(sizes)
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
        let mut articles: Vec<Article> =
            (0..wanted).map(|_| (number, number += 1).0).map(|at| texts.article(at, bytes, at / POLL_ARTICLES % SOURCES)).collect();
        for (at, article) in (number - u32::try_from(wanted)?..).zip(&mut articles) {
            article.categories = vec![format!("tag{}", at % TAGS)];
            article.language = Some(if at % 3 == 0 { "en" } else { "zh-CN" }.into());
        }
        for article in &articles {
            sizes.text += article.title.len() + plain_text(article.body.as_str()).len();
            sizes.rows += encode(article)?.len();
        }
        let plans: Vec<PollPlan> = articles.chunks(POLL_ARTICLES as usize).filter_map(|articles| plan(articles.to_vec())).collect();
        store.apply(&plans)?;
    }
    Ok(sizes)
}

fn ask(store: &SledStore, search: &Search, splitter: &Splitter, count: u64) -> Result<(), Failure> {
    let zone = FixedOffset::east_opt(0).ok_or("no zone")?;
    let (mut finding, mut answering, mut found) = (Vec::new(), Vec::new(), 0_usize);
    let mut all: Vec<(f64, String)> = Vec::new();
    let frequent = [
        "的",
        "公司",
        "the",
        "中国",
        "and the",
        "\"of the\"",
        "AI OR 的 OR the",
        "-the",
        "in of to the",
        "的 是 在",
        "模",
        "半导",
        "英伟达",
        "人 大",
    ];
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
        all.push((took.wall, text));
        finding.push(took);
        let (answer, took) = timed(|| search.answer(store, &wanted, &|article| article));
        answer?;
        answering.push(took);
    }
    say("queries, of them with results", format!("{}, {found}", finding.len()));
    say("finding: median, p95, slowest", spread(&mut finding));
    say("finding, reading, marking: median, p95, slowest", spread(&mut answering));
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (seconds, query) in all.iter().take(SLOWEST) {
        say("  slow", format!("{:.1} ms {query}", seconds * 1e3));
    }
    Ok(())
}

fn spread(all: &mut [Took]) -> String {
    let mut at = |of: fn(&Took) -> f64| {
        all.sort_by(|a, b| of(a).total_cmp(&of(b)));
        let part = |part: usize| all.get(all.len().saturating_sub(1) * part / 100).map_or(0.0, of) * 1e3;
        format!("{:.2} ms, {:.2} ms, {:.2} ms", part(50), part(95), part(100))
    };
    let wall = at(|took| took.wall);
    format!("{wall} ({})", at(|took| took.work))
}

/// The bytes of the files of a folder, and how many there are.
fn size_of(folder: &Path) -> Result<(u64, usize), Failure> {
    let (mut bytes, mut files) = (0, 0);
    for file in std::fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
        files += 1;
    }
    Ok((bytes, files))
}

/// Memory in use by this process, where Linux says it.
fn resident_megabytes() -> u64 {
    status_megabytes("VmRSS:")
}

fn status_megabytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

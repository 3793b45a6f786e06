//! What reading costs: bytes to articles (without keywords and summary) against feed-rs alone, on the same documents in the same run.
//!
//! `cargo bench --bench parse -- [ROUNDS] [speed|each]` (5 rounds; `speed` leaves memory and attacks out; `each` measures every document of
//! the corpus by itself and nothing else, and lists what costs most). The documents are those of the corpus beside the repository
//! (`FEEDMILL_CORPUS` names another place) and generated ones, the same in every run. How to read the report:
//!
//! - *speed*: only documents that feed-rs alone accepts count. A line gives how many documents and megabytes there are, the megabytes a second
//!   of feed-rs alone and of feedmill from bytes to sanitized articles, and the ratio: 1.00 is as fast as feed-rs, and it must not fall below
//!   0.50. All are read ROUNDS times by each of both in turn; the time of the processor counts, and of the rounds the fastest, so that other
//!   programs disturb little. The ratio is what can be compared between machines and runs; megabytes a second cannot. In brackets: what the
//!   stages take of feedmill's time; parsing holds feed-rs's own reading.
//! - *memory*: the most that was allocated at once, as a multiple of the document's size; documents below 64 KiB count as that large, since a
//!   URL or a table of names weighs more than they do. Nothing may be above 16. The attacks are those of the tests.
//! - *slowest*: the documents that took longest. Nothing may take a second.

#[path = "../../tests/it/parsing/attacks.rs"]
mod attacks;
mod documents;

use std::cmp::Reverse;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use documents::{Document, Language};
use feedmill::model::{Instant as Moment, Schedule, Source, SourceName, SummaryMode};
use feedmill::pipeline::normalize::{self, NormalizeContext};
use feedmill::pipeline::{identify, parse};

/// Smaller documents count as this large where memory is measured.
const DOCUMENT_BYTES_MIN: usize = 64 << 10;
/// About so large are the attacks.
const ATTACK_BYTES: usize = 4 << 20;
/// So many of the worst are listed.
const WORST: usize = 16;

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Runs `work`; how long the processor was at it, which other programs disturb less than they disturb a clock. Allocations are not counted
/// meanwhile: counting would cost time.
fn timed(work: impl FnOnce()) -> Duration {
    let mut took = Duration::ZERO;
    allocation_counter::opt_out(|| {
        let start = now();
        work();
        took = now().saturating_sub(start);
    });
    took
}

/// The time that this thread has been running, where Linux says it; a clock elsewhere.
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    // Giving way brings the kernel's sum up to date.
    std::thread::yield_now();
    let sum = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = sum.and_then(|sum| sum.split(' ').next()?.parse().ok()).map(Duration::from_nanos);
    ran.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed())
}

/// A source as feeds.toml makes one.
fn source() -> Result<Source, Failure> {
    Ok(Source {
        name: SourceName::new("bench")?,
        url: "https://www.example.org/feed.xml".parse()?,
        mirrors: Vec::new(),
        category: None,
        tags: Vec::new(),
        schedule: Schedule::Interval(Duration::from_secs(3600)),
        interval_is_own: false,
        include: None,
        exclude: None,
        full_text: false,
        selector: None,
        archives: false,
        image_template: None,
        default_cover: None,
        no_referrer: false,
        chinese: None,
        summary: SummaryMode::Off,
        headers: Vec::new(),
        auth_env: None,
        proxy: None,
        keep: None,
        enabled: true,
        priority: 0,
        burst: 0,
        time_zone: None,
    })
}

fn feed_rs(bytes: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| feed_rs::parser::parse(bytes).is_ok())).unwrap_or(false)
}

/// All of it; how many articles there are.
fn articles(bytes: &[u8], source: &Source) -> usize {
    let Ok(feed) = parse::parse(bytes, None, source.url.as_str(), &parse::ParseLimits::default()) else { return 0 };
    let keys = identify::keys(&feed);
    let context = NormalizeContext {
        source,
        feed_title: feed.title.as_deref(),
        feed_link: feed.link.as_deref(),
        now: Moment::from_timestamp(1_800_000_000, 0).unwrap_or_default(),
        players: &[],
    };
    let made: Vec<_> = feed.entries.iter().zip(&keys).filter_map(|(entry, key)| normalize::article(entry, key, &context).ok()).collect();
    black_box(made).len()
}

/// One line of the report: documents of a kind, and the fastest times of all of them together.
struct Line<'d> {
    name: &'static str,
    documents: Vec<&'d Document>,
    feed_rs: Duration,
    parse: Duration,
    identify: Duration,
    all: Duration,
}

impl<'d> Line<'d> {
    fn new(name: &'static str, documents: &'d [Document], fits: impl Fn(&Document) -> bool) -> Self {
        let documents = documents.iter().filter(|document| fits(document)).collect();
        Self { name, documents, feed_rs: Duration::MAX, parse: Duration::MAX, identify: Duration::MAX, all: Duration::MAX }
    }

    fn measure(&mut self, source: &Source) {
        let read = |document: &Document| parse::parse(&document.bytes, None, source.url.as_str(), &parse::ParseLimits::default());
        let parsed: Vec<_> = self.documents.iter().filter_map(|document| read(document).ok()).collect();
        let each = |work: &dyn Fn(&Document)| timed(|| self.documents.iter().for_each(|document| work(document)));
        let feed_rs = each(&|document| drop(black_box(feed_rs::parser::parse(document.bytes.as_slice()))));
        let all = each(&|document| {
            black_box(articles(&document.bytes, source));
        });
        let parse = each(&|document| drop(black_box(read(document))));
        let identify = timed(|| parsed.iter().for_each(|feed| drop(black_box(identify::keys(feed)))));
        (self.feed_rs, self.all) = (self.feed_rs.min(feed_rs), self.all.min(all));
        (self.parse, self.identify) = (self.parse.min(parse), self.identify.min(identify));
    }

    /// Several lines in one.
    fn sum(name: &'static str, lines: &[&Line<'d>]) -> Self {
        let time = |of: fn(&Line) -> Duration| lines.iter().map(|line| of(line)).sum();
        Self {
            name,
            documents: lines.iter().flat_map(|line| line.documents.iter().copied()).collect(),
            feed_rs: time(|line| line.feed_rs),
            parse: time(|line| line.parse),
            identify: time(|line| line.identify),
            all: time(|line| line.all),
        }
    }

    fn report(&self) {
        let bytes = self.documents.iter().map(|document| document.bytes.len()).sum::<usize>() as f64;
        let speed = |time: Duration| bytes / 1e6 / time.as_secs_f64();
        let part = |time: Duration| time.as_secs_f64() * 100.0 / self.all.as_secs_f64();
        say(format_args!(
            "{:<20} {:>4} documents {:>6.1} MB  feed-rs {:>6.1} MB/s  feedmill {:>6.1} MB/s  ratio {:.2}  (parse {:.0} %, identify {:.0} %, normalize {:.0} %)",
            self.name,
            self.documents.len(),
            bytes / 1e6,
            speed(self.feed_rs),
            speed(self.all),
            self.feed_rs.as_secs_f64() / self.all.as_secs_f64(),
            part(self.parse),
            part(self.identify),
            100.0 - part(self.parse) - part(self.identify),
        ));
    }
}

/// Megabytes a second of both, and their ratio.
fn speed(corpus: &[Document], generated: &[Document], source: &Source, rounds: usize) {
    let accepted = |document: &Document| feed_rs(&document.bytes);
    let chinese = |document: &Document| document.language == Language::Chinese && accepted(document);
    let other = |document: &Document| document.language == Language::Other && accepted(document);
    let mut lines = [
        Line::new("corpus, Chinese", corpus, chinese),
        Line::new("corpus, other", corpus, other),
        Line::new("generated, Chinese", generated, chinese),
        Line::new("generated, English", generated, other),
    ];
    for _ in 0..rounds {
        lines.iter_mut().for_each(|line| line.measure(source));
    }
    let [a, b, c, d] = &lines;
    for line in [Line::sum("all Chinese", &[a, c]), Line::sum("all English, other", &[b, d]), Line::sum("all", &[a, b, c, d])] {
        lines.iter().filter(|_| line.name == "all Chinese").for_each(Line::report);
        line.report();
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The documents of the corpus that take most of the time, each with its own ratio.
fn each(corpus: &[Document], source: &Source, rounds: usize) {
    let mut lines: Vec<_> = corpus
        .iter()
        .filter(|document| feed_rs(&document.bytes))
        .map(|document| (document, Line::new("one", std::slice::from_ref(document), |_| true)))
        .collect();
    for (_, line) in &mut lines {
        (0..rounds).for_each(|_| line.measure(source));
    }
    lines.sort_by_key(|(_, line)| Reverse(line.all));
    let all = Line::sum("corpus", &lines.iter().map(|(_, line)| line).collect::<Vec<_>>());
    all.report();
    for (document, line) in lines.iter().take(3 * WORST) {
        let (all, feed_rs) = (milliseconds(line.all), milliseconds(line.feed_rs));
        let (parse, size) = (line.parse.as_secs_f64() * 100.0 / line.all.as_secs_f64(), document.bytes.len());
        say(format_args!("{all:>7.2} ms  ratio {:.2}  parse {parse:>3.0} %  {size:>8} bytes  {}", feed_rs / all, document.name));
    }
}

fn main() -> Result<(), Failure> {
    let rounds = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(5);
    let only_speed = std::env::args().any(|text| text == "speed");
    let source = source()?;
    // What feed-rs panics on is caught; nobody needs to read of it.
    std::panic::set_hook(Box::new(|_| {}));
    let (corpus, generated) = (documents::corpus()?, documents::generated());
    if std::env::args().any(|text| text == "each") {
        each(&corpus, &source, rounds);
        return Ok(());
    }
    speed(&corpus, &generated, &source, rounds);
    if only_speed {
        return Ok(());
    }
    let attacks = attacks::attacks(ATTACK_BYTES).into_iter().map(|(name, bytes)| Document {
        name: format!("attack: {name}"),
        bytes,
        language: Language::Other,
    });
    let (mut memory, mut slowest) = (Vec::new(), Vec::new());
    for document in corpus.into_iter().chain(generated.into_iter().take(8)).chain(attacks) {
        let mut counted = 0;
        let measured = allocation_counter::measure(|| counted = articles(&document.bytes, &source));
        let (size, name) = (document.bytes.len(), document.name);
        memory.push((measured.bytes_max as f64 / size.max(DOCUMENT_BYTES_MIN) as f64, size, name.clone()));
        let took = timed(|| {
            black_box(articles(&document.bytes, &source));
        });
        slowest.push((took, size, format!("{name} ({counted} articles)")));
    }
    memory.sort_by(|a, b| b.0.total_cmp(&a.0));
    slowest.sort_by_key(|(took, ..)| Reverse(*took));
    say("\nmost memory, as a multiple of the document");
    memory.iter().take(WORST).for_each(|(multiple, size, name)| say(format_args!("{multiple:>6.1}  {size:>9} bytes  {name}")));
    say("\nslowest documents");
    slowest.iter().take(WORST).for_each(|(took, size, name)| say(format_args!("{:>6.0} ms  {size:>9} bytes  {name}", milliseconds(*took))));
    Ok(())
}

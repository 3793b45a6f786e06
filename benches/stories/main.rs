//! What finding the copies of a new article costs among a million others, and what it finds against other sketches.
//!
//! `cargo bench --bench stories -- [ARTICLES] [NEW]` (1,000,000 and 20,000). The texts are made of the sentences of the labelled pairs.

mod sketches;

use std::time::Instant;

use feedmill::model::{ArticleId, SourceName};
use feedmill::pipeline::story::{Index, IndexLimits, Profile, Signature, Verdict, verdict};

/// One of so many new articles is a copy of an old one.
const ONE_COPY_IN: u64 = 10;
/// Sources that the articles are spread over.
const SOURCES: u64 = 10_000;

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error>;

/// One line of the report.
#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
pub fn say(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<64} {figure}");
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64, f64) {
    let (start, before) = (Instant::now(), cpu_seconds());
    let done = work();
    (done, start.elapsed().as_secs_f64(), cpu_seconds() - before)
}

/// User and system time of this process: its one thread.
fn cpu_seconds() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_A_SECOND
}

fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}

/// A number that looks random and is the same in every run.
fn mixed(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Sentences to make articles of.
struct Sentences {
    chinese: Vec<String>,
    english: Vec<String>,
}

impl Sentences {
    fn pick(from: &[String], number: u64) -> &str {
        let count = u64::try_from(from.len()).unwrap_or(1).max(1);
        usize::try_from(number % count).ok().and_then(|at| from.get(at)).map_or("", String::as_str)
    }

    /// Article number `number`: a title and some two thousand bytes of text, with words of its own in each sentence as real texts have.
    fn article(&self, number: u64) -> (String, String) {
        let is_chinese = number.is_multiple_of(2);
        let from = if is_chinese { &self.chinese } else { &self.english };
        let seed = mixed(number);
        let own = |at: u64| {
            let word = mixed(seed ^ at);
            if is_chinese {
                (0..6)
                    .filter_map(|part| char::from_u32(0x4e00 + u32::try_from((word >> (part * 8)) % 5_000).unwrap_or(0)))
                    .collect::<String>()
            } else {
                format!(" {:x} {:x} ", word % 65_536, (word >> 16) % 65_536)
            }
        };
        let title = format!("{} {}", own(1_000), Self::pick(from, mixed(seed ^ 1)).chars().take(30).collect::<String>());
        let sentences = 8 + seed % 16;
        let body: String = (0..sentences).map(|at| format!("<p>{}{}</p>", own(at), Self::pick(from, mixed(seed ^ (at + 7))))).collect();
        (title, body)
    }
}

fn id(number: u64) -> ArticleId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    ArticleId(bytes)
}

fn number(id: ArticleId) -> u64 {
    id.0.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn main() -> Result<(), Failure> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (articles, new) = (numbers.first().copied().unwrap_or(1_000_000), numbers.get(1).copied().unwrap_or(20_000));
    let pairs = sketches::pairs()?;
    let texts = Sentences { chinese: sketches::sentences(&pairs, "zh"), english: sketches::sentences(&pairs, "en") };
    let sources: Vec<SourceName> = (0..SOURCES).map(|number| SourceName::new(&format!("source {number}"))).collect::<Result<_, _>>()?;
    let source = |number: u64| usize::try_from(mixed(number ^ 3) % SOURCES).ok().and_then(|at| sources.get(at)).unwrap_or(&sources[0]);
    let at = |number: u64| chrono::DateTime::from_timestamp(1_700_000_000 + i64::try_from(number / 2).unwrap_or(0), 0).unwrap_or_default();

    let before = resident_megabytes();
    let mut index = Index::new(IndexLimits { articles_max: usize::try_from(articles)?, ..IndexLimits::default() });
    let ((), wall, cpu) = timed(|| {
        for number in 0..articles {
            let (title, body) = texts.article(number);
            index.insert(id(number), source(number), at(number), at(number), &Signature::new(&title, &body));
        }
    });
    let many = f64::from(u32::try_from(articles)?);
    say("articles in the index", index.len());
    say("filled: s of CPU, s of wall, µs of CPU an article (texts made too)", format!("{cpu:.1}  {wall:.1}  {:.1}", cpu * 1e6 / many));
    say(
        "memory: MB by count, MB by the system",
        format!("{:.1}  {:.1}", f64::from(u32::try_from(index.bytes() / 1024)?) / 1024.0, resident_megabytes() - before),
    );

    // The same texts without the work that is measured.
    let text_of =
        |number: u64| texts.article(if number.is_multiple_of(ONE_COPY_IN) { mixed(number) % articles } else { articles + number });
    let ((), _, making) = timed(|| (0..new).for_each(|number| assert!(!text_of(number).1.is_empty())));
    let ((), _, sketching) = timed(|| {
        for number in 0..new {
            let (title, body) = text_of(number);
            let signature = Signature::of(&title, &[], Some(&Profile::new(&title, &body)));
            assert_ne!(signature.keys[0], 0);
        }
    });
    let (mut compared, mut found, mut wrong) = (Vec::new(), 0_u32, 0_u32);
    let stored = |number: u64| if number < articles { texts.article(number) } else { text_of(number - articles) };
    let ((), _, cpu) = timed(|| {
        for number_new in 0..new {
            let (title, body) = text_of(number_new);
            let profile = Profile::new(&title, &body);
            let signature = Signature::of(&title, &[], Some(&profile));
            let (own_id, own_source) = (id(articles + number_new), SourceName::new("new").unwrap_or_else(|_| sources[0].clone()));
            for candidate in index.candidates(own_id, &own_source, chrono::DateTime::default(), &signature) {
                compared.push(number(candidate.id));
                let (title, body) = stored(number(candidate.id));
                if let Verdict::Same { .. } = verdict(&profile, &Profile::new(&title, &body)) {
                    let is_copy = number_new.is_multiple_of(ONE_COPY_IN) && number(candidate.id) == mixed(number_new) % articles;
                    found += u32::from(is_copy);
                    wrong += u32::from(!is_copy && number(candidate.id) < articles);
                }
            }
            index.insert(own_id, &own_source, at(articles + number_new), at(articles + number_new), &signature);
        }
    });
    // What the program reads from its store is made here; that is not what is measured either.
    let ((), _, making_others) = timed(|| compared.iter().for_each(|number| assert!(!stored(*number).1.is_empty())));
    let each = f64::from(u32::try_from(new)?);
    say("new articles: sketched, looked up, compared, taken in", new);
    say("µs of CPU a new article (without making texts)", format!("{:.1}", (cpu - making - making_others) * 1e6 / each));
    say("  of them for reading and sketching it", format!("{:.1}", (sketching - making) * 1e6 / each));
    say("articles compared with, a new one", format!("{:.2}", f64::from(u32::try_from(compared.len())?) / each));
    say("copies found, of how many; others taken for copies", format!("{found} of {}; {wrong}", new.div_ceil(ONE_COPY_IN)));
    sketches::compare(&pairs);
    Ok(())
}

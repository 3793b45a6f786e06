//! What keywords and a summary of one article cost, by language, and which article of the corpus costs most.
//!
//! `cargo bench --bench digest`. The texts are those of the corpus; each is digested [`ROUNDS`] times and the fastest time counts, since
//! other work on the machine only ever adds to it.

use std::path::PathBuf;
use std::time::Instant;

use feedmill::pipeline::parse::{ParseLimits, parse};
use feedmill::pipeline::sanitize::{SanitizeOptions, sanitize_body};
use feedmill::pipeline::summarize::{Summarizer, TEXT_BYTES_MAX};

/// Times that each text is digested.
const ROUNDS: usize = 5;

/// Shorter texts measure the clock.
const TEXT_BYTES_MIN: usize = 1_000;

/// What the figures are about.
const UNIT_BYTES: f64 = 10_000.0;

/// A text to digest, and where it is from.
struct Sample {
    document: String,
    title: String,
    text: String,
}

/// One line of the report.
#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
fn say(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<46} {figure}");
}

/// The shortest of [`ROUNDS`] times, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn fastest(mut work: impl FnMut()) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() {
    let summarizer = Summarizer::new();
    let start = once(|| drop(summarizer.digest("标题", "第一次要读词典，所以这里先读它。")));
    say("reading the Chinese dictionary, once", format!("{start:.0} ms"));
    for folder in ["chinese", "english"] {
        let samples = samples(folder);
        let mut took: Vec<(f64, f64, &Sample)> = samples
            .iter()
            .map(|sample| {
                let bytes = sample.text.len().min(TEXT_BYTES_MAX);
                let time = fastest(|| drop(std::hint::black_box(summarizer.digest(&sample.title, &sample.text))));
                #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
                let units = bytes as f64 / UNIT_BYTES;
                (time, units, sample)
            })
            .collect();
        let (time, units) = took.iter().fold((0.0, 0.0), |(time, units), one| (time + one.0, units + one.1));
        say(&format!("{folder}: articles, ms for 10 KB"), format!("{}, {:.2}", took.len(), time / units));
        took.sort_by(|a, b| b.0.total_cmp(&a.0));
        if let Some((time, units, sample)) = took.first() {
            say(&format!("{folder}: slowest, ms and ms for 10 KB"), format!("{time:.2}, {:.2}: {}", time / units, name(sample)));
        }
        took.sort_by(|a, b| (b.0 / b.1).total_cmp(&(a.0 / a.1)));
        if let Some((time, units, sample)) = took.first() {
            say(&format!("{folder}: slowest for its size"), format!("{time:.2}, {:.2}: {}", time / units, name(sample)));
        }
    }
}

/// The time of the only call that can be the first, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn once(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

fn name(sample: &Sample) -> String {
    format!("{}, {:?}, {} bytes", sample.document, sample.title, sample.text.len())
}

/// The texts of one folder of the corpus.
fn samples(folder: &str) -> Vec<Sample> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("FEEDMILL_CORPUS").map_or(beside, PathBuf::from);
    let mut found = Vec::new();
    for file in std::fs::read_dir(corpus.join("feeds").join(folder)).into_iter().flatten().flatten() {
        let Ok(bytes) = std::fs::read(file.path()) else { continue };
        let Ok(feed) = parse(&bytes, None, "https://www.example.org/feed.xml", &ParseLimits::default()) else { continue };
        for entry in feed.entries {
            let texts = entry.bodies.iter().map(|body| sanitize_body(&body.text, &SanitizeOptions::default()).text);
            let text = texts.max_by_key(String::len).filter(|text| text.len() >= TEXT_BYTES_MIN);
            let title = entry.title.unwrap_or_default();
            found.extend(text.map(|text| Sample { document: file.file_name().to_string_lossy().into_owned(), title, text }));
        }
    }
    found
}

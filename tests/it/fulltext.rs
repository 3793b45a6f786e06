//! Full text (issue 3, point 11): the pages of the corpus against the texts that others took out of them, and `full_text = true` with the
//! daemon's own worker.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use feedmill::pipeline::fulltext::extract;
use feedmill::pipeline::sanitize::{SanitizeOptions, sanitize_body};
use url::Url;

use crate::support::corpus;

mod polling;

/// The mean that must be reached.
const F1_MEAN_MIN: f64 = 0.97;
/// What each page must reach.
const F1_MIN: f64 = 0.90;

/// Words; of Chinese and Japanese every two characters that stand beside each other.
fn words(text: &str) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let (mut word, mut before) = (String::new(), None);
    for c in text.chars().chain([' ']) {
        let dense = matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        if c.is_alphanumeric() && !dense {
            word.extend(c.to_lowercase());
        } else if !word.is_empty() {
            *found.entry(std::mem::take(&mut word)).or_default() += 1;
        }
        if let (Some(before), true) = (before, dense) {
            *found.entry(format!("{before}{c}")).or_default() += 1;
        }
        before = dense.then_some(c);
    }
    found
}

/// Precision and recall of words, as often as they stand there.
fn overlap(got: &str, expected: &str) -> (f64, f64) {
    let (got, expected) = (words(got), words(expected));
    let shared: usize = got.iter().map(|(word, count)| *count.min(expected.get(word).unwrap_or(&0))).sum();
    let share = |all: &HashMap<String, usize>| shared as f64 / all.values().sum::<usize>().max(1) as f64;
    (share(&got), share(&expected))
}

/// How many of some segments are in the text, blanks apart.
fn held(text: &str, segments: &serde_json::Value) -> f64 {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let segments: Vec<_> = segments.as_array().unwrap().iter().map(|segment| bare(segment.as_str().unwrap())).collect();
    segments.iter().filter(|segment| bare(text).contains(*segment)).count() as f64 / segments.len() as f64
}

fn text_of(html: &str) -> String {
    sanitize_body(html, &SanitizeOptions::default()).text
}

fn compare(folder: &Path) -> (f64, f64) {
    let page = std::fs::read(folder.join("source.html")).unwrap();
    let found = extract(&page, Some("text/html"), &Url::parse("https://news.example/a/b.html").unwrap(), None);
    let text = found.map(|found| text_of(&found.text.html)).unwrap_or_default();
    if let Ok(expected) = std::fs::read_to_string(folder.join("expected.html")) {
        return overlap(&text, &text_of(&expected));
    }
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    match expected["content"].as_str() {
        Some(content) => overlap(&text, content),
        None => (1.0 - held(&text, &expected["without"]), held(&text, &expected["with"])),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what a person wants to see of this test")]
fn the_pages_of_the_corpus_give_the_texts_that_are_expected_of_them() {
    let mut folders: Vec<_> = std::fs::read_dir(corpus().join("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("source.html").is_file());
    folders.sort();
    assert!(folders.len() >= 29, "only {} pages", folders.len());
    let (mut table, mut sum, mut low) = (String::new(), 0.0, Vec::new());
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy();
        let (precision, recall) = compare(folder);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        writeln!(table, "{name:44} precision {precision:.3} recall {recall:.3} F1 {f1:.3}").unwrap();
        sum += f1;
        if f1 < F1_MIN {
            low.push(name.into_owned());
        }
    }
    let mean = sum / folders.len() as f64;
    println!("{table}{:44} mean F1 {mean:.4}", folders.len());
    assert!(mean >= F1_MEAN_MIN && low.is_empty(), "mean {mean:.4}, too low: {low:?}\n{table}");
}

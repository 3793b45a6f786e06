//! The labelled pairs of tests/stories: precision and recall, for Chinese and for English, and for the half that no threshold was chosen by.

use std::path::Path;

use feedmill::model::{ArticleId, SourceName};
use feedmill::pipeline::story::{Index, IndexLimits, Profile, Signature, Verdict, verdict};
use serde_json::Value;

/// Least part of the merged pairs that are the same story.
const PRECISION_MIN: f64 = 0.995;

/// Least part of the copies and edited copies that are merged.
const RECALL_MIN: f64 = 0.95;

struct Pair {
    kind: String,
    label: String,
    language: String,
    held: bool,
    a: (String, String),
    b: (String, String),
}

fn pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let text = ["pairs.jsonl", "by_hand.jsonl"].map(|file| std::fs::read_to_string(folder.join(file)).unwrap()).concat();
    let read = |line: &str| {
        let pair: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let article = |side: &str| (text(&pair[side]["title"]), text(&pair[side]["html"]));
        Pair {
            kind: text(&pair["kind"]),
            label: text(&pair["label"]),
            language: text(&pair["language"]),
            held: pair["held"].as_bool().unwrap(),
            a: article("a"),
            b: article("b"),
        }
    };
    text.lines().map(read).collect()
}

/// As the program does it: who shares no key is never compared.
fn is_merged(pair: &Pair) -> bool {
    let signature = |(title, body): &(String, String)| Signature::new(title, body);
    let source = SourceName::new("a").unwrap();
    let mut index = Index::new(IndexLimits::default());
    let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    index.insert(ArticleId([1; 16]), &source, at, at, &signature(&pair.a));
    let found = !index.candidates(ArticleId([2; 16]), &source, chrono::DateTime::default(), &signature(&pair.b)).is_empty();
    let profile = |(title, body): &(String, String)| Profile::new(title, body);
    let judged = verdict(&profile(&pair.a), &profile(&pair.b));
    assert_eq!(judged, verdict(&profile(&pair.b), &profile(&pair.a)), "{}: the order of the two matters", pair.a.0);
    found && matches!(judged, Verdict::Same { .. })
}

fn count(pairs: &[Pair], which: impl Fn(&Pair) -> bool) -> u32 {
    u32::try_from(pairs.iter().filter(|pair| which(pair)).count()).unwrap()
}

#[test]
fn the_labelled_set_is_large_enough() {
    let pairs = pairs();
    assert!(pairs.len() >= 400);
    for language in ["zh", "en"] {
        let of = |label: &str| count(&pairs, |pair| pair.language == language && pair.label == label);
        assert!(of("same") + of("different") >= 150 && of("different") >= 75, "{language}: {} {}", of("same"), of("different"));
    }
}

#[test]
fn copies_are_merged_and_different_stories_are_not() {
    let pairs = pairs();
    let merged: Vec<bool> = pairs.iter().map(is_merged).collect();
    let wrong =
        pairs.iter().zip(&merged).filter(|(pair, merged)| (pair.label == "different" && **merged) || (pair.label == "same" && !**merged));
    let wrong: Vec<String> = wrong.map(|(pair, _)| format!("{} {} {:?} / {:?}", pair.language, pair.kind, pair.a.0, pair.b.0)).collect();
    for language in ["zh", "en"] {
        for held in [false, true] {
            let (mut hits, mut false_hits, mut misses) = (0.0, 0.0, 0.0);
            for (pair, merged) in pairs.iter().zip(&merged).filter(|(pair, _)| pair.language == language && pair.held == held) {
                match (pair.label.as_str(), merged) {
                    ("same", true) => hits += 1.0,
                    ("same", false) => misses += 1.0,
                    ("different", true) => false_hits += 1.0,
                    _ => {}
                }
            }
            let (precision, recall): (f64, f64) = (hits / (hits + false_hits), hits / (hits + misses));
            let figures =
                format!("{language}, held out {held}: precision {precision:.4}, recall {recall:.4}; wrong:\n{}", wrong.join("\n"));
            assert!(precision >= PRECISION_MIN && recall >= RECALL_MIN, "{figures}");
        }
    }
}

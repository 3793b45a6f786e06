//! What other sketches would have found among the labelled pairs: the reason for the one that is used.

use std::collections::HashSet;

use feedmill::pipeline::story::Signature;
use serde_json::Value;

use super::{Failure, mixed, say};

/// A labelled pair: its language, whether the two are copies, and their titles and texts.
pub struct Pair {
    pub language: String,
    pub same: bool,
    pub articles: [(String, String); 2],
}

/// The pairs of tests/stories.
pub fn pairs() -> Result<Vec<Pair>, Failure> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut out = Vec::new();
    for file in ["pairs.jsonl", "by_hand.jsonl"] {
        for line in std::fs::read_to_string(folder.join(file))?.lines() {
            let pair: Value = serde_json::from_str(line)?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let articles = ["a", "b"].map(|side| (text(&pair[side]["title"]), text(&pair[side]["html"])));
            if pair["label"] != "rewrite" {
                out.push(Pair { language: text(&pair["language"]), same: pair["label"] == "same", articles });
            }
        }
    }
    Ok(out)
}

fn plain(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .map(|c| {
            inside = if c == '<' { true } else { inside };
            let shown = if inside { ' ' } else { c };
            inside = inside && c != '>';
            shown
        })
        .collect()
}

/// The sentences of one language.
pub fn sentences(pairs: &[Pair], language: &str) -> Vec<String> {
    let texts = pairs.iter().filter(|pair| pair.language == language).map(|pair| plain(&pair.articles[0].1));
    texts
        .flat_map(|text| text.split_inclusive(['。', '.', '！', '!']).map(str::to_owned).collect::<Vec<_>>())
        .filter(|one| one.len() > 30)
        .collect()
}

/// Runs of five characters or three words.
fn shingles((title, body): &(String, String), language: &str) -> Vec<u64> {
    let text = format!("{title} {}", plain(body)).to_lowercase();
    let units: Vec<String> = match language {
        "zh" => text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect(),
        _ => text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
    };
    let hash = |run: &[String]| run.iter().flat_map(|unit| unit.bytes()).fold(17, |hash, byte| mixed(hash ^ u64::from(byte)));
    units.windows(if language == "zh" { 5 } else { 3 }).map(hash).collect()
}

/// 64 smallest hashes in bands of `rows`.
fn bands(shingles: &[u64], rows: usize) -> HashSet<(usize, u64)> {
    let smallest: Vec<u64> = (0..64).map(|seed| shingles.iter().map(|shingle| mixed(shingle ^ mixed(seed))).min().unwrap_or(0)).collect();
    smallest.chunks(rows).map(|band| band.iter().fold(0, |all, one| mixed(all ^ one))).enumerate().collect()
}

fn simhash(shingles: &[u64]) -> u64 {
    let bit = |at: u32| shingles.iter().filter(|shingle| **shingle >> at & 1 == 1).count() * 2 > shingles.len();
    (0..64).filter(|at| bit(*at)).fold(0, |all, at| all | 1 << at)
}

/// Tells how many of the copies each sketch brings together, and how many of the others.
pub fn compare(pairs: &[Pair]) {
    let judged = |name: &str, finds: &dyn Fn(&Pair) -> bool| {
        let part = |same: bool| {
            let all: Vec<bool> = pairs.iter().filter(|pair| pair.same == same).map(finds).collect();
            100.0 * f64::from(u32::try_from(all.iter().filter(|found| **found).count()).unwrap_or(0))
                / f64::from(u32::try_from(all.len()).unwrap_or(1))
        };
        say(name, format!("{:.1} % of the copies, {:.1} % of the others to be compared", part(true), part(false)));
    };
    let both = |pair: &Pair| [0, 1].map(|side| shingles(&pair.articles[side], &pair.language));
    judged("keys at three scales and of the title (used)", &|pair| {
        let [a, b] = [0, 1].map(|side| Signature::new(&pair.articles[side].0, &pair.articles[side].1));
        a.keys.iter().any(|key| *key != 0 && b.keys.contains(key))
    });
    for rows in [2, 4] {
        judged(&format!("MinHash of 64, bands of {rows}"), &|pair| {
            let [a, b] = both(pair).map(|shingles| bands(&shingles, rows));
            !a.is_disjoint(&b)
        });
    }
    for bits in [3, 8] {
        judged(&format!("SimHash of 64 bits, at most {bits} different"), &|pair| {
            let [a, b] = both(pair).map(|shingles| simhash(&shingles));
            (a ^ b).count_ones() <= bits
        });
    }
}

//! The sentences that tell most.

use std::collections::{HashMap, HashSet};

use super::sentences::{is_wide, split};
use super::words::Word;

/// Shorter sentences are headings, names and calls, in characters of scripts without and with blanks.
const WIDE_CHARS_MIN: usize = 10;
const NARROW_CHARS_MIN: usize = 30;

/// Most sentences of a summary.
const SENTENCES_MAX: usize = 6;

/// What a word still counts for in another sentence once it has been told.
const TOLD: f32 = 0.2;

/// Signs of lines that are about the article, the publisher or the reader, in lower case.
const BOILERPLATE: &[&str] = &[
    "点击",
    "关注我们",
    "公众号",
    "扫码",
    "二维码",
    "转载",
    "版权",
    "责任编辑",
    "责编",
    "本文来自",
    "本文经",
    "作者：",
    "作者:",
    "编辑：",
    "编辑:",
    "文 |",
    "文|",
    "文｜",
    "编辑 |",
    "编辑|",
    "编辑｜",
    "题图",
    "图源",
    "来源：",
    "来源:",
    "原文链接",
    "欢迎",
    "感谢阅读",
    "阅读原文",
    "免责声明",
    "撰文",
    "the post ",
    "appeared first on",
    "subscribe",
    "read more",
    "continue reading",
    "sign up",
    "click here",
    "follow us",
    "all rights reserved",
    "photo by",
    "photo:",
    "image credit",
    "getty images",
    "newsletter",
    "advertisement",
    "affiliate",
    "view comments",
    "read the full",
    "http://",
    "https://",
];

/// Beginnings of sentences that lean on the one before.
const LEANING: &[&str] = &[
    "但", "然而", "不过", "因此", "所以", "此外", "另外", "同时", "而且", "他", "她", "它", "这", "那", "but ", "however", "and ", "so ",
    "he ", "she ", "it ", "they ", "this ", "that ", "these ",
];

struct Candidate<'a> {
    sentence: &'a str,
    number: usize,
    chars: usize,
    /// Places in the list of words.
    words: std::ops::Range<usize>,
    factor: f32,
}

/// The different words of a text, each with a number: a text is scored word by word many times, and a number is found at once.
struct Weights {
    /// The number of each word of the text, in its order.
    numbers: Vec<usize>,
    /// What each counts for.
    worth: Vec<f32>,
}

impl Weights {
    fn of(words: &[Word], title_words: &[Word]) -> Self {
        let mut known: HashMap<&str, usize> = HashMap::with_capacity(words.len());
        let mut worth: Vec<f32> = Vec::new();
        let mut numbers = Vec::with_capacity(words.len());
        for word in words {
            let number = *known.entry(&word.key).or_insert(worth.len());
            if number == worth.len() {
                worth.push(0.0);
            }
            worth[number] += word.weight;
            numbers.push(number);
        }
        let titled: HashSet<usize> = title_words.iter().filter_map(|word| known.get(&*word.key).copied()).collect();
        for (number, worth) in worth.iter_mut().enumerate() {
            // What is said often is what it is about; the root keeps one word from deciding alone.
            *worth = worth.sqrt() * if titled.contains(&number) { 1.5 } else { 1.0 };
        }
        Self { numbers, worth }
    }
}

/// Whole sentences in their order, at most `chars_max` characters together.
pub(super) fn summary(text: &str, words: &[Word], title_words: &[Word], chars_max: usize) -> String {
    let weights = Weights::of(words, title_words);
    let mut left = candidates(text, words, chars_max);
    let (mut chosen, mut room): (Vec<Candidate>, usize) = (Vec::new(), chars_max);
    let (mut told, mut seen) = (vec![false; weights.worth.len()], vec![0; weights.worth.len()]);
    let mut looked = 0;
    while chosen.len() < SENTENCES_MAX {
        let glue = |candidate: &Candidate| usize::from(!chosen.is_empty() && !ends_wide(candidate.sentence));
        left.retain(|candidate| candidate.chars + glue(candidate) <= room);
        let mut best: Option<(f32, usize)> = None;
        for (at, candidate) in left.iter().enumerate() {
            looked += 1;
            let mut sum = 0.0;
            for number in &weights.numbers[candidate.words.clone()] {
                // Each word counts once in a sentence.
                if std::mem::replace(&mut seen[*number], looked) != looked {
                    sum += weights.worth[*number] * if told[*number] { TOLD } else { 1.0 };
                }
            }
            let length = f32::from(u16::try_from(candidate.chars).unwrap_or(u16::MAX));
            let score = sum * candidate.factor / length.powf(0.6);
            // The first of equals.
            if best.is_none_or(|(before, _)| score.total_cmp(&before).is_gt()) {
                best = Some((score, at));
            }
        }
        let Some((_, best)) = best else { break };
        let best = left.remove(best);
        room -= best.chars + usize::from(!chosen.is_empty() && !ends_wide(best.sentence));
        weights.numbers[best.words.clone()].iter().for_each(|number| told[*number] = true);
        chosen.push(best);
    }
    chosen.sort_by_key(|candidate| candidate.number);
    let mut out = String::new();
    for candidate in &chosen {
        if !out.is_empty() && !ends_wide(&out) {
            out.push(' ');
        }
        out.push_str(candidate.sentence);
    }
    // Two sentences of different scripts can need one blank more than was thought.
    if out.chars().count() > chars_max { chosen.first().map_or_else(String::new, |candidate| candidate.sentence.to_owned()) } else { out }
}

fn ends_wide(text: &str) -> bool {
    text.ends_with(|c: char| is_wide(c) || matches!(c, '。' | '！' | '？' | '…' | '”' | '」' | '）'))
}

/// The sentences that could stand in a summary.
fn candidates<'a>(text: &'a str, words: &[Word], chars_max: usize) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut strict = true;
    // A text of nothing but short lines is summarized by those.
    while found.is_empty() {
        let (mut from, mut at, mut number) = (0, 0, 0_usize);
        for sentence in split(text) {
            // Sentences are slices of the text in its order.
            let Some(start) = text[from..].find(sentence).map(|offset| from + offset) else { continue };
            from = start + sentence.len();
            let begin = at + words[at..].partition_point(|word| word.start < start);
            at = begin + words[begin..].partition_point(|word| word.start < from);
            let chars = sentence.chars().count();
            if chars > chars_max || begin == at || (strict && !is_telling(sentence, chars)) {
                continue;
            }
            number += 1;
            let early = match number {
                1..=3 => 1.35,
                4..=8 => 1.1,
                _ => 1.0,
            };
            let lower = sentence.get(..sentence.floor_char_boundary(12)).unwrap_or_default().to_lowercase();
            let leaning = if LEANING.iter().any(|begin| lower.starts_with(begin)) { 0.75 } else { 1.0 };
            let asking = if sentence.ends_with(['?', '？']) { 0.6 } else { 1.0 };
            found.push(Candidate { sentence, number, chars, words: begin..at, factor: early * leaning * asking });
        }
        if !strict {
            break;
        }
        strict = false;
    }
    found
}

/// Longest line about the making of an article, in characters.
const BOILERPLATE_CHARS_MAX: usize = 60;

/// The text without short lines about the publisher, the author or the reader.
pub(super) fn without_boilerplate(text: &str) -> String {
    let tells = |line: &&str| line.chars().nth(BOILERPLATE_CHARS_MAX).is_some() || !is_boilerplate(line);
    text.lines().filter(tells).collect::<Vec<_>>().join("\n")
}

fn is_boilerplate(text: &str) -> bool {
    let lower = text.to_lowercase();
    BOILERPLATE.iter().any(|sign| lower.contains(sign))
}

/// Whether a line is a sentence of the article: long enough, with an end, no code, not about the publisher.
fn is_telling(sentence: &str, chars: usize) -> bool {
    let wide = sentence.chars().filter(|c| is_wide(*c)).count();
    let least = if wide * 2 > chars { WIDE_CHARS_MIN } else { NARROW_CHARS_MIN };
    let code = sentence.chars().filter(|c| matches!(c, '{' | '}' | ';' | '=' | '<' | '>' | '$' | '|' | '\\' | '_')).count();
    let ends = sentence.trim_end_matches(['"', '”', '’', '\'', ')', '）', '」', '』']).ends_with(['.', '!', '?', '。', '！', '？', '…']);
    chars >= least && ends && code * 25 < chars && !is_boilerplate(sentence)
}

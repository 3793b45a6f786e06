//! Keywords and summary in the seed's block, for articles that come without one.

use std::collections::HashSet;

use feedmill::model::{Article, Body, BodyKind, Entry, EntryKey, SummaryMode};
use feedmill::pipeline::normalize::{self, NormalizeContext};
use feedmill::pipeline::parse::{ParseLimits, parse};
use feedmill::pipeline::summarize::{KEYWORDS_MAX, SUMMARY_CHARS_MAX, Summarizer, has_block, sentences};
use feedmill::publish::markdown::{self, PageOptions};

use super::golden::{now, source};
use crate::support::corpus;

fn read(path: &str) -> Vec<Entry> {
    let bytes = std::fs::read(corpus().join("articles").join(path)).unwrap();
    parse(&bytes, None, "https://feeds.example.org/feed.xml", &ParseLimits::default()).unwrap().entries
}

fn make(entry: &Entry, summarizer: &Summarizer, mode: SummaryMode) -> Article {
    let mut source = source("36krai");
    source.summary = mode;
    let context = NormalizeContext { source: &source, feed_title: None, feed_link: None, now: now(), players: &[] };
    let mut article = normalize::article(entry, &EntryKey::Guid("1".into()), &context).unwrap();
    normalize::add_digest(&mut article, &source, summarizer);
    article
}

fn page(article: &Article) -> String {
    markdown::document(article, &PageOptions { categories: &["36krai".to_owned()], default_cover: None, no_referrer: false })
}

/// Whether the summary is made of whole sentences of the text, in their order: nothing made up, nothing cut.
fn is_own(summary: &str, text: &str) -> bool {
    // What can be left of the summary after the sentences so far, each taken or not.
    let mut left = HashSet::from([summary]);
    for sentence in sentences::split(text) {
        let taken: Vec<_> = left.iter().filter_map(|left| left.strip_prefix(sentence)).map(str::trim_start).collect();
        left.extend(taken);
    }
    left.contains("")
}

fn check_summary(article: &Article, text: &str) {
    assert!((1..=SUMMARY_CHARS_MAX).contains(&article.summary.chars().count()), "{}", article.summary);
    assert!(is_own(&article.summary, text), "{}", article.summary);
}

#[test]
fn the_seed_s_article_as_its_publisher_wrote_it_gets_a_block() {
    let summarizer = Summarizer::new();
    let entry = &read("36krai/feed-plain.xml")[0];
    let article = make(entry, &summarizer, SummaryMode::Offline);
    assert_eq!(article.keywords.len(), KEYWORDS_MAX);
    assert!(article.keywords.contains(&"AI".to_owned()), "{:?}", article.keywords);
    let text = feedmill::pipeline::sanitize::sanitize_body(&entry.bodies[0].text, &Default::default()).text;
    check_summary(&article, &text);

    let made = page(&article);
    let block = format!("\n<div>\n\n<div> {}\n总结：<br/><br/>{} <div>\n<p>", article.keywords.join("、"), article.summary);
    assert!(made.contains(&block), "{made}");
    assert!(made.contains("</p>\n</div></div>\n</div>\n\n<div>\n[原文]("));
    assert_eq!(page(&make(entry, &summarizer, SummaryMode::Offline)), made, "the same twice");
    assert!(make(entry, &summarizer, SummaryMode::Off).keywords.is_empty());
}

#[test]
fn a_body_that_holds_a_block_gets_no_second_one() {
    let summarizer = Summarizer::new();
    let (mut with, mut without) = (0, 0);
    for name in ["36krai", "brettterpstra", "byte"] {
        for entry in read(&format!("{name}/feed.xml")) {
            let body = &entry.bodies[0].text;
            let holds = body.contains("总结") || body.trim_start().starts_with("<div> Summary:");
            let article = make(&entry, &summarizer, SummaryMode::Offline);
            assert_eq!(article.keywords.is_empty(), holds, "{:?}", entry.title);
            *(if holds { &mut with } else { &mut without }) += 1;
        }
    }
    assert_eq!((with, without), (22, 9));
}

#[test]
fn the_plain_text_seed_gets_a_block_too() {
    let text = std::fs::read_to_string(corpus().join("articles/plain-article.txt")).unwrap();
    assert!(!has_block(&text));
    let entry = Entry { bodies: vec![Body { kind: BodyKind::Text, text: text.clone() }], ..Entry::default() };
    let article = make(&entry, &Summarizer::new(), SummaryMode::Offline);
    assert_eq!(article.title, "A Short Summary of Chinese AI Global Expansion");
    assert_eq!(article.keywords.len(), KEYWORDS_MAX);
    check_summary(&article, &text);
    assert!(
        article
            .body
            .as_str()
            .starts_with("<p>A Short Summary of Chinese AI Global Expansion</p>\n<p>本文也提供英文版本 English。</p>\n<p>15 世纪初,")
    );
}

#[test]
fn every_article_of_the_corpus_gets_a_summary_of_its_own_sentences() {
    let summarizer = Summarizer::new();
    let mut digests = 0;
    for folder in ["chinese", "english"] {
        for file in std::fs::read_dir(corpus().join("feeds").join(folder)).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let Ok(feed) = parse(&bytes, None, "https://feeds.example.org/feed.xml", &ParseLimits::default()) else { continue };
            // Three of each show as much as all and take a debug build less time.
            for entry in feed.entries.iter().take(3) {
                let article = make(entry, &summarizer, SummaryMode::Offline);
                if article.keywords.is_empty() {
                    continue;
                }
                digests += 1;
                assert!(article.keywords.len() <= KEYWORDS_MAX);
                let bodies = entry.bodies.iter().map(|body| match body.kind {
                    BodyKind::Html => feedmill::pipeline::sanitize::sanitize_body(&body.text, &Default::default()).text,
                    BodyKind::Text => body.text.clone(),
                });
                let fits = bodies.into_iter().any(|text| is_own(&article.summary, &text));
                assert!(fits && article.summary.chars().count() <= SUMMARY_CHARS_MAX, "{}: {}", article.title, article.summary);
            }
        }
    }
    assert!(digests > 150, "{digests}");
}

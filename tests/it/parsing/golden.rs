//! A summary of every document of the corpus, kept beside this file and looked through by eye. `FEEDMILL_GOLDEN=write` writes them anew,
//! `FEEDMILL_GOLDEN=FOLDER` into another folder (with `FEEDMILL_CORPUS`, for a corpus of one's own); `tests/compare_feedparser.py` compares
//! them with what feedparser reads.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use feedmill::model::Feed;
use feedmill::pipeline::{identify, parse};

use crate::support;

/// Where the documents are said to come from.
const URL: &str = "https://corpus.example/feed";

pub fn documents() -> Vec<(String, Vec<u8>)> {
    let feeds = support::corpus().join("feeds");
    let manifest = std::fs::read_to_string(feeds.join("MANIFEST.tsv")).unwrap();
    let names = manifest.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned());
    names.map(|name| (name.clone(), std::fs::read(feeds.join(name)).unwrap())).collect()
}

fn line(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        writeln!(out, "{key}: {}", value.replace('\n', "⏎")).unwrap();
    }
}

pub fn summary(result: &Result<Feed, parse::ParseError>) -> String {
    let mut out = String::new();
    let feed = match result {
        Ok(feed) => feed,
        Err(error) => return format!("error: {error}\n"),
    };
    line(&mut out, "format", Some(feed.format.word()));
    line(&mut out, "title", feed.title.as_deref());
    line(&mut out, "link", feed.link.as_deref());
    line(&mut out, "self", feed.self_link.as_deref());
    feed.hubs.iter().for_each(|hub| line(&mut out, "hub", Some(hub)));
    line(&mut out, "language", feed.language.as_deref());
    feed.repairs.iter().for_each(|repair| line(&mut out, "repair", Some(repair)));
    feed.rejects.iter().for_each(|reject| line(&mut out, "reject", Some(&format!("{}: {}", reject.what, reject.why))));
    line(&mut out, "entries", Some(&feed.entries.len().to_string()));
    for (entry, key) in feed.entries.iter().zip(identify::keys(feed)) {
        out.push('\n');
        line(&mut out, "title", entry.title.as_deref());
        line(&mut out, "link", entry.link.as_deref());
        line(&mut out, "key", Some(&format!("{} {}", key.kind(), key.value())));
        line(&mut out, "date", entry.date_text.as_deref());
        line(&mut out, "published", entry.published.map(|date| date.to_rfc3339()).as_deref());
        let authors = entry.authors.iter().map(|person| {
            let email = person.email.as_ref().map(|email| format!(" <{email}>")).unwrap_or_default();
            format!("{}{email}", person.name)
        });
        line(&mut out, "authors", Some(authors.collect::<Vec<_>>().join("; ").as_str()).filter(|authors| !authors.is_empty()));
        let bodies = entry.bodies.iter().map(|body| format!("{:?} {}", body.kind, body.text.chars().count()));
        line(&mut out, "bodies", Some(bodies.collect::<Vec<_>>().join(", ").as_str()).filter(|bodies| !bodies.is_empty()));
        line(&mut out, "files", Some(entry.enclosures.len().to_string().as_str()).filter(|_| !entry.enclosures.is_empty()));
    }
    out
}

fn place(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.txt", name.replace('/', "--")))
}

#[test]
fn every_document_of_the_corpus_reads_as_its_summary_says() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/parsing/golden");
    let asked = std::env::var_os("FEEDMILL_GOLDEN");
    let write = asked.is_some();
    let folder = asked.filter(|folder| folder != "write").map_or(here, PathBuf::from);
    let mut wrong = Vec::new();
    for (name, bytes) in documents() {
        let got = summary(&parse::parse(&bytes, None, URL, &parse::ParseLimits::default()));
        let place = place(&folder, &name);
        if write {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&place, &got).unwrap();
        } else if std::fs::read_to_string(&place).unwrap_or_default() != got {
            wrong.push(format!("{name}: differs from {}; look at it, then run with FEEDMILL_GOLDEN=write", place.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

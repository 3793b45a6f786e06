//! The store under the built program: kill, second instance, unusable folders.

mod leasing;
mod migrating;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use feedmill::model::Article;
use feedmill::store::{SledOptions, SledStore, Store};

use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

/// New sources in each round, and articles in each source.
const SOURCES: usize = 3;
const ARTICLES: usize = 5;
/// Articles in the merged feed.
const LIMIT: usize = 10_000;
/// Rounds whose sources are in feeds.toml: no more than are polled at once when they are new (F29).
const ROUNDS_MAX: usize = 100 / SOURCES - 1;

fn feed(round: usize, source: usize) -> String {
    let mut items = String::new();
    for number in 0..ARTICLES {
        let name = format!("{round}-{source}-{number}");
        // Some long enough for several chunks.
        let text = format!("text of {name}. ").repeat(if number == 0 { 2_000 } else { 3 });
        write!(items, "<item><title>article {name}</title><link>https://example.org/{name}</link><guid>{name}</guid><description>{text}</description></item>").unwrap();
    }
    format!(
        "<rss version=\"2.0\"><channel><title>T</title><link>https://example.org/</link><description>d</description>{items}</channel></rss>"
    )
}

/// A feeds.toml with the sources of these rounds.
fn feeds_toml(publisher: &Publisher, rounds: std::ops::Range<usize>) -> String {
    let mut text = format!(
        "[site]\nlimit = {LIMIT}\n[server]\nlisten = \"127.0.0.1:0\"\n[article]\nsummary = \"off\"\n\
         [fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\nper_host_connections = 16\n",
    );
    for round in rounds {
        for source in 0..SOURCES {
            let path = format!("/{round}/{source}.xml");
            publisher.set(&path, Reply::feed(feed(round, source)).header("ETag", "\"1\"").conditional());
            write!(text, "[[source]]\nname = \"{round}-{source}\"\nurl = \"{}\"\n", publisher.url(&path)).unwrap();
        }
    }
    text
}

fn store_folder(home: &Home) -> PathBuf {
    home.data().join("store")
}

/// Everything in the store, after reading all of it.
fn stored(home: &Home) -> BTreeMap<String, Article> {
    let store = SledStore::open(&store_folder(home), SledOptions::default()).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    let articles = store.newest(None, None, 100_000).unwrap();
    let count = articles.len();
    let found: BTreeMap<_, _> = articles.into_iter().map(|article| (article.title.clone(), article)).collect();
    assert_eq!(found.len(), count, "an article is there twice");
    found
}

/// The titles in a feed that was served.
fn titles(body: &str) -> BTreeSet<String> {
    let pieces = body.split("<title>article ").skip(1);
    pieces.filter_map(|piece| piece.split_once("</title>")).map(|(name, _)| format!("article {name}")).collect()
}

/// 50 rounds; `FEEDMILL_KILLS` asks for more, as every night.
#[test]
fn r1_kill_at_any_moment_loses_nothing_that_was_served_and_tears_nothing() {
    let rounds = std::env::var("FEEDMILL_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50usize);
    let publisher = Publisher::start();
    let home = Home::new(&feeds_toml(&publisher, 0..0));
    let mut before: BTreeMap<String, Article> = BTreeMap::new();
    for round in 0..rounds {
        home.write(&feeds_toml(&publisher, round.saturating_sub(ROUNDS_MAX)..round + 1));
        let daemon = home.start();
        // Spread over the time in which the polls of a round run and are stored.
        std::thread::sleep(Duration::from_millis(round as u64 * 37 % 150));
        let served = titles(&daemon.get("/feed.xml").unwrap_or_default());
        daemon.signal("KILL");
        drop(daemon);
        let after = stored(&home);
        assert!(served.iter().all(|title| after.contains_key(title)), "round {round}: what was served is gone");
        assert!(before.is_empty() || !served.is_empty(), "round {round}: the merged feed was empty");
        for (title, article) in &before {
            assert!(after.get(title) == Some(article), "round {round}: {title} is gone or changed");
        }
        before = after;
    }
    home.write(&feeds_toml(&publisher, 0..rounds));
    let polled = home.run(&["poll", "--all"]);
    assert!(polled.status.success(), "{}", printed(&polled));
    let daemon = home.start();
    daemon.wait_until("/feed.xml", |body| titles(body).len() == (rounds * SOURCES * ARTICLES).min(LIMIT));
    drop(daemon);
    assert_eq!(stored(&home).len(), rounds * SOURCES * ARTICLES);
}

#[test]
fn r10_a_second_program_on_the_same_data_ends_with_one_clear_line() {
    let publisher = Publisher::start();
    let home = Home::new(&feeds_toml(&publisher, 0..1));
    let daemon = home.start();
    let second = home.run(&["run"]);
    assert!(!second.status.success());
    let said = printed(&second);
    let line = said.lines().find(|line| line.contains("is using the store")).unwrap_or_else(|| panic!("it said:\n{said}"));
    assert!(line.contains(&daemon.id().to_string()) && line.contains("--data"), "{line}");
}

#[test]
fn r11_a_newer_layout_ends_the_program_and_stays_as_it_is() {
    let publisher = Publisher::start();
    let home = Home::new(&feeds_toml(&publisher, 0..1));
    std::fs::create_dir_all(store_folder(&home)).unwrap();
    let layout = store_folder(&home).join("layout");
    std::fs::write(&layout, "feedmill store layout 99\n").unwrap();
    let ended = home.run(&["run"]);
    assert!(!ended.status.success());
    assert!(printed(&ended).contains("update feedmill"), "{}", printed(&ended));
    assert_eq!(std::fs::read_to_string(layout).unwrap(), "feedmill store layout 99\n");
    assert_eq!(std::fs::read_dir(store_folder(&home)).unwrap().count(), 1);
}

#[test]
fn r4_a_data_folder_that_cannot_be_ends_the_program_with_advice() {
    let publisher = Publisher::start();
    let home = Home::new(&feeds_toml(&publisher, 0..1));
    std::fs::write(home.data(), "a file where the folder should be").unwrap();
    let ended = home.run(&["run"]);
    assert!(!ended.status.success());
    let said = printed(&ended);
    assert!(said.contains("cannot make") && said.contains("--data"), "{said}");
}

//! A feed that suddenly shows dozens of old entries is held back, and let in by command.

use super::kit::{Item, done, feed, feeds_toml, item, rss, titles};
use crate::support::program::Home;
use crate::support::publisher::{Publisher, Reply};

fn entries(prefix: &str) -> Vec<Item> {
    (1..=28).map(|day| item("a", &format!("{prefix}{day}"), day, &format!("{prefix} {day}"), "<p>words</p>")).collect()
}

fn publish(publisher: &Publisher, items: &[Item]) {
    publisher.set("/a.xml", Reply::feed(rss("Feed a", items)));
}

#[test]
fn a_moved_website_with_new_guids_is_held_back_told_and_let_in_by_command() {
    let publisher = Publisher::start();
    let home = Home::new(&feeds_toml(&publisher, &["a"], ""));
    // The first poll of a new source is no burst.
    publish(&publisher, &entries("First"));
    done(&home, &["poll"]);
    assert_eq!(feed(&home, "atom.xml").entries.len(), 28);
    publish(&publisher, &entries("Moved"));
    done(&home, &["poll", "a"]);
    assert!(titles(&feed(&home, "atom.xml")).iter().all(|title| title.starts_with("First")));
    let said = done(&home, &["status"]);
    assert!(said.contains("holds 28 entries back") && said.contains("feedmill release a"), "{said}");
    assert!(done(&home, &["list"]).contains("holds 28 entries back"));
    let said = done(&home, &["explain", "https://a.example.org/p/Moved3"]);
    assert!(said.contains("held back") && said.contains("feedmill release a"), "{said}");
    // While it is held, what is new comes in.
    let today = Item { date: String::new(), ..item("a", "today", 1, "Of today", "<p>new</p>") };
    publish(&publisher, &[entries("Moved"), entries("First"), vec![today]].concat());
    done(&home, &["poll", "a"]);
    let shown = titles(&feed(&home, "atom.xml"));
    assert!(shown.contains(&"Of today".to_owned()) && !shown.iter().any(|title| title.starts_with("Moved")), "{shown:?}");
    let said = done(&home, &["release", "a"]);
    assert!(said.contains("no longer held back") && said.contains("28 new"), "{said}");
    assert_eq!(feed(&home, "atom.xml").entries.len(), 57);
    assert!(!done(&home, &["status"]).contains("entries back"));
    assert_eq!(home.run(&["release", "a"]).status.code(), Some(1));
}

#[test]
fn the_daemon_holds_back_and_lets_in_and_a_source_can_do_without_the_guard() {
    let publisher = Publisher::start();
    publish(&publisher, &entries("First"));
    let home = Home::new(&feeds_toml(&publisher, &["a"], ""));
    let mut daemon = home.start();
    daemon.wait_until("/feed.xml", |body| body.contains("First 28"));
    publish(&publisher, &entries("Moved"));
    done(&home, &["poll", "a"]);
    daemon.wait_for("held back");
    assert!(daemon.wait_until("/status", |body| body.contains("暂扣 28 篇")).contains("a"));
    done(&home, &["release", "a"]);
    daemon.wait_until("/feed.xml", |body| body.contains("Moved 28"));
    drop(daemon);
    home.write(&feeds_toml(&publisher, &["a"], "burst = 0\n"));
    publish(&publisher, &entries("Again"));
    done(&home, &["poll", "a"]);
    assert!(titles(&feed(&home, "atom.xml")).contains(&"Again 28".to_owned()));
}

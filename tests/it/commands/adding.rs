//! `add` and `remove`.

use super::{home_with_one, rss, settings, written};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

#[test]
fn a_feed_is_added_with_its_newest_entries_shown_and_every_comment_kept() {
    let publisher = Publisher::start();
    publisher.set("/feed", Reply::feed(rss("少数派 - 数字生活", &["一", "二", "三", "四"])));
    let before = settings("# the end\n");
    let home = Home::new(&before);
    let output = home.run(&["add", publisher.url("/feed").as_str(), "--category", "tech"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("· 四") && said.contains("· 二") && !said.contains("· 一"), "the newest three: {said}");
    let added = format!("[[source]]\nname = \"少数派\"\nurl = \"{}\"\ncategory = \"tech\"\n", publisher.url("/feed"));
    assert!(written(&home).contains(&added), "{}", written(&home));
    assert!(written(&home).starts_with("# mine\n") && written(&home).ends_with("# the end\n"), "{}", written(&home));
    let again = home.run(&["add", publisher.url("/feed").as_str()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(printed(&again).contains("is in feeds.toml already, as \"少数派\""), "{}", printed(&again));
}

#[test]
fn the_feed_of_a_page_is_found_and_the_best_of_several_on_yes() {
    let publisher = Publisher::start();
    let page = "<html><head><link rel=alternate type=application/rss+xml title=All href=/all><link rel=alternate type=application/atom+xml title=Comments href=/comments></head>";
    publisher.set("/", Reply::status(200).header("Content-Type", "text/html").body(page));
    publisher.set("/all", Reply::feed(rss("All", &["x"])));
    publisher.set("/comments", Reply::feed(rss("Comments", &["y"])));
    let home = Home::new(&settings(""));
    let output = home.run(&["add", publisher.url("/").as_str()]);
    assert_eq!(output.status.code(), Some(2), "nobody can be asked: {}", printed(&output));
    assert!(printed(&output).contains("1  ") && printed(&output).contains("/comments  Comments"), "{}", printed(&output));
    assert!(!written(&home).contains("[[source]]"));
    let output = home.run(&["add", publisher.url("/").as_str(), "--yes", "--name", "mine"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(written(&home).contains(&format!("name = \"mine\"\nurl = \"{}\"", publisher.url("/all"))), "{}", written(&home));
}

#[test]
fn a_feed_that_the_page_does_not_name_is_found_where_feeds_often_lie() {
    let publisher = Publisher::start();
    publisher.set("/blog/", Reply::status(200).header("Content-Type", "text/html").body("<html><p>no feed here"));
    publisher.set("/blog/atom.xml", Reply::feed(rss("Blog", &["x"])));
    let home = Home::new(&settings(""));
    let output = home.run(&["add", publisher.url("/blog/").as_str()]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(written(&home).contains("/blog/atom.xml"), "{}", written(&home));
}

#[test]
fn an_address_without_a_scheme_falls_back_to_http() {
    let publisher = Publisher::start();
    publisher.set("/feed", Reply::feed(rss("Old", &["x"])));
    let home = Home::new(&settings(""));
    let output = home.run(&["add", &format!("{}/feed", publisher.address())]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(written(&home).contains(publisher.url("/feed").as_str()));
}

#[test]
fn known_sites_are_asked_at_their_own_addresses() {
    let publisher = Publisher::start();
    let proxy = format!("[fetch]\nallow_private = [\"127.0.0.1\"]\nper_host_delay = \"0s\"\nproxy = \"{}\"\n", publisher.proxy());
    let home = Home::new(&proxy);
    // Nothing answers there, so the message tells which feed was looked for.
    for (address, looked_for) in [
        ("http://github.com/rust-lang/rust", "github.com/rust-lang/rust"),
        ("http://www.reddit.com/r/rust", "reddit.com/r/rust"),
        ("rsshub://36kr/newsflashes", "/36kr/newsflashes"),
    ] {
        let output = home.run(&["add", address, "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
        assert!(printed(&output).contains(looked_for), "{address}: {}", printed(&output));
    }
    assert!(!written(&home).contains("[[source]]"));
}

#[test]
fn what_cannot_be_added_is_told_with_advice_and_changes_nothing() {
    let (home, publisher) = home_with_one();
    let before = written(&home);
    publisher.set("/page", Reply::status(200).header("Content-Type", "text/html").body("<html><p>nothing"));
    let feed = publisher.url("/new").to_string();
    publisher.set("/new", Reply::feed(rss("New", &["x"])));
    for (arguments, code, says) in [
        (vec!["add", "nonsense"], 2, "is not an address"),
        (vec!["add", "ftp://x.example/"], 2, "only http and https"),
        (vec!["add", "https://anna:pw@x.example/"], 2, "auth_env"),
        (vec!["add", &feed, "--name", "a"], 2, "a source named \"a\" already"),
        (vec!["add", &feed, "--name", "x/y"], 2, "cannot be a name"),
        (vec!["add", &feed, "--category", "x/y"], 2, "cannot be a category"),
    ] {
        let output = home.run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", printed(&output));
        assert!(printed(&output).contains(says), "{arguments:?}: {}", printed(&output));
    }
    let page = home.run(&["add", publisher.url("/page").as_str()]);
    assert_eq!(page.status.code(), Some(1));
    assert!(printed(&page).contains("no feed was found at"), "{}", printed(&page));
    let missing = home.run(&["add", publisher.url("/none").as_str()]);
    assert!(printed(&missing).contains("answers 404") && printed(&missing).contains("--offline"), "{}", printed(&missing));
    assert_eq!(written(&home), before);
    let offline = home.run(&["add", publisher.url("/none").as_str(), "--offline", "--name", "later", "--tag", "x"]);
    assert_eq!(offline.status.code(), Some(0), "{}", printed(&offline));
    assert!(written(&home).contains("name = \"later\"") && written(&home).contains("tags = [\"x\"]"));
}

#[test]
fn the_first_add_makes_the_file() {
    let home = Home::new("");
    std::fs::remove_file(home.config()).unwrap();
    let output = home.run(&["add", "https://a.example/feed", "--offline", "--name", "a"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(written(&home).contains("https://a.example/feed"));
}

#[test]
fn a_source_is_removed_and_a_mistyped_name_is_suggested() {
    let (home, _publisher) = home_with_one();
    let before = written(&home);
    let output = home.run(&["remove", "A"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("did you mean \"a\"?"), "{}", printed(&output));
    assert_eq!(written(&home), before);
    assert_eq!(home.run(&["remove", "a"]).status.code(), Some(0));
    assert!(!written(&home).contains("[[source]]") && written(&home).contains("# mine"), "{}", written(&home));
}

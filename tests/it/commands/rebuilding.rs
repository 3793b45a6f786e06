//! `feedmill rebuild`: stored articles follow a change of feeds.toml, and nobody is asked.

use super::settings;
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

const TEXT: &str = "一家公司发布了新的大模型，参数有一千亿。它在多项测试中超过了旧的模型。研究者说，训练只用了三个月。";

/// A source whose entries have pictures, one of them an excerpt whose page has the whole text.
fn polled(lines: &str) -> (Home, Publisher) {
    let publisher = Publisher::start();
    let page = format!("<html><body><article>{}</article></body></html>", format!("<p>全文。{TEXT}</p>").repeat(12));
    publisher.set("/p/0", Reply::status(200).header("Content-Type", "text/html; charset=utf-8").body(page));
    let item = |number: usize| {
        let link = publisher.url(&format!("/p/{number}"));
        format!(
            "<item><title>第 {number} 篇</title><link>{link}</link><guid>{link}</guid><description><![CDATA[<p onclick=\"x()\">{TEXT}</p>\
             <p><img src=\"https://img.example/{number}.png\"></p><iframe src=\"https://v.example/{number}\"></iframe>]]></description></item>"
        )
    };
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>甲</title><link>https://site.example/</link><description/>{}{}</channel></rss>",
        item(0),
        item(1)
    );
    publisher.set("/a", Reply::feed(feed).header("ETag", "\"1\"").conditional());
    let home = Home::new(&settings(&source(&publisher, lines)));
    assert!(home.run(&["poll"]).status.success());
    (home, publisher)
}

fn source(publisher: &Publisher, lines: &str) -> String {
    format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n{lines}", publisher.url("/a"))
}

/// What `export hugo` writes: all articles, byte for byte as `/article/ID.md` gives them.
fn articles(home: &Home) -> Vec<String> {
    let tree = home.path().join("tree");
    assert!(home.run(&["export", "hugo", tree.to_str().unwrap()]).status.success());
    let mut files: Vec<_> = std::fs::read_dir(tree.join("a")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn ids(home: &Home) -> Vec<String> {
    let feed = std::fs::read_to_string(home.data().join("public/atom.xml")).unwrap();
    let mut ids: Vec<String> = feed.split("<id>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// `rebuild --json`: changed, same.
fn rebuild(home: &Home, names: &[&str]) -> (u64, u64) {
    let output = home.run(&[&["rebuild", "--json"], names].concat());
    assert!(output.status.success(), "{}", printed(&output));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for other in ["without_original", "without_source", "left"] {
        assert_eq!(said[other].as_u64(), Some(0), "{said}");
    }
    (said["changed"].as_u64().unwrap(), said["same"].as_u64().unwrap())
}

#[test]
fn articles_follow_a_change_of_feeds_toml_without_a_request_and_keep_their_ids() {
    let (home, publisher) = polled("summary = \"off\"\n");
    let (before, ids_before) = (articles(&home), ids(&home));
    let requests = publisher.requests().len();
    assert_eq!(rebuild(&home, &[]), (0, 2), "nothing has changed");
    assert_eq!(articles(&home), before);

    let players = "[article]\nhtml = { players = [\"v.example\"] }\n";
    let changed = source(&publisher, "summary = \"offline\"\nimage_proxy = \"https://proxy.example/?u={url}\"\n");
    home.write(&(settings(&changed) + players));
    assert_eq!(rebuild(&home, &["a"]), (2, 0));
    for article in articles(&home) {
        assert!(article.contains("https://proxy.example/?u=") && !article.contains("(https://img.example/"), "{article}");
        assert!(article.contains("https://v.example/"), "a player that was not allowed before: {article}");
        assert!(article.contains("大模型"), "{article}");
    }
    assert_eq!(ids(&home), ids_before);
    assert_eq!(publisher.requests().len(), requests, "nobody was asked");
    assert_eq!(rebuild(&home, &[]), (0, 2));

    // For the next poll nothing is revised: the same entries, in other bytes.
    let feed = String::from_utf8(publisher.requests().last().unwrap().head.clone()).unwrap();
    assert!(feed.starts_with("GET"), "{feed}");
    let output = home.run(&["poll", "--all", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((said[0]["new"].as_u64(), said[0]["revised"].as_u64()), (Some(0), Some(0)), "{said}");

    // And back again: every byte is as it was.
    home.write(&settings(&source(&publisher, "summary = \"off\"\n")));
    assert_eq!(rebuild(&home, &[]), (2, 0));
    assert_eq!(articles(&home), before);
    assert!(printed(&home.run(&["verify"])).contains("2 articles"));
}

#[test]
fn the_text_of_a_page_is_not_fetched_again() {
    let (home, publisher) = polled("full_text = true\n");
    assert!(articles(&home)[0].contains("全文"));
    home.write(&settings(&source(&publisher, "full_text = false\n")));
    assert_eq!(rebuild(&home, &[]), (1, 1));
    assert!(!articles(&home)[0].contains("全文"));
    home.write(&settings(&source(&publisher, "full_text = true\n")));
    assert_eq!(rebuild(&home, &[]), (1, 1));
    assert!(articles(&home)[0].contains("全文"));
    assert_eq!(publisher.requests_to("/p/0").len(), 1);
}

#[test]
fn it_works_while_the_daemon_runs_and_readers_see_it() {
    let (home, publisher) = polled("");
    let daemon = home.start();
    daemon.wait_until("/feed.xml", |feed| feed.contains("https://img.example/0.png"));
    home.write(&settings(&source(&publisher, "image_proxy = \"https://proxy.example/?u={url}\"\n")));
    // The daemon takes feeds.toml up by itself; until then it makes the same again.
    let mut changed = 0;
    while changed < 2 {
        changed += rebuild(&home, &[]).0;
    }
    daemon.wait_until("/feed.xml", |feed| feed.contains("https://proxy.example/?u=") && !feed.contains("src=\"https://img.example"));
}

#[test]
fn what_cannot_be_made_again_is_told_and_stays() {
    let (home, publisher) = polled("");
    let before = articles(&home);
    home.write(&settings(&format!("[[source]]\nname = \"b\"\nurl = \"{}\"\n", publisher.url("/a"))));
    let said = printed(&home.run(&["rebuild"]));
    assert!(said.contains("2 articles: 0 changed, 0 stay the same; 2 are of sources that feeds.toml does not have."), "{said}");
    assert_eq!(articles(&home), before);
    assert_eq!(home.run(&["rebuild", "nosuch"]).status.code(), Some(2));
}

#[test]
fn a_backup_holds_the_originals() {
    let (home, publisher) = polled("summary = \"off\"\n");
    let backup = home.path().join("b");
    assert!(home.run(&["backup", backup.to_str().unwrap()]).status.success());
    std::fs::remove_dir_all(home.data()).unwrap();
    assert!(home.run(&["restore", backup.to_str().unwrap()]).status.success());
    home.write(&settings(&source(&publisher, "summary = \"off\"\nimage_proxy = \"https://proxy.example/?u={url}\"\n")));
    assert_eq!(rebuild(&home, &[]), (2, 0));
}

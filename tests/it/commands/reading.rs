//! Commands that tell: `list`, `check --live`, `preview`, `explain`, `status`, `backup`, `restore`, `verify`.

use super::{home_with_one, rss, settings};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

#[test]
fn a_poll_reads_what_is_due_and_its_exit_code_tells_whether_all_went_well() {
    let (home, publisher) = home_with_one();
    let output = home.run(&["poll"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(printed(&output).contains("3 new"), "{}", printed(&output));
    assert_eq!(home.run(&["poll"]).status.code(), Some(0));
    assert_eq!(publisher.requests_to("/a").len(), 1, "nothing is due any more");
    assert_eq!(home.run(&["poll", "--all"]).status.code(), Some(0));
    let requests = publisher.requests_to("/a");
    assert!(requests.len() == 2 && requests[1].is_conditional(), "F12: by hand is conditional too");
    publisher.set("/a", Reply::status(500));
    let failed = home.run(&["poll", "a"]);
    assert_eq!(failed.status.code(), Some(1), "{}", printed(&failed));
    let mistyped = home.run(&["poll", "aa"]);
    assert_eq!(mistyped.status.code(), Some(2));
    assert!(printed(&mistyped).contains("did you mean \"a\"?"), "{}", printed(&mistyped));
}

#[test]
fn the_list_is_a_table_for_people_and_json_for_programs() {
    let sources = "[[source]]\nname = \"阮一峰的网络日志\"\nurl = \"https://a.example/\"\ncategory = \"dev\"\n[[source]]\nname = \"b\"\nurl = \"https://b.example/\"\nenabled = false\n";
    let home = Home::new(&settings(sources));
    let output = home.run(&["list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0].find("Category"), Some(18), "{text}");
    // Eight Chinese characters are sixteen cells wide.
    assert!(lines[1].starts_with("阮一峰的网络日志  dev "), "{text}");
    assert!(lines[2].starts_with("b                 ") && lines[2].ends_with("switched off"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["list", "--json"]).stdout).unwrap();
    assert_eq!((json[0]["name"].as_str(), json[1]["enabled"].as_bool()), (Some("阮一峰的网络日志"), Some(false)));
    assert!(!home.data().exists(), "looking makes no folders");
    let wrong = home.run(&["list", "--category", "deb"]);
    assert!(printed(&wrong).contains("did you mean \"dev\"?"), "{}", printed(&wrong));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read as _;
    use std::process::Stdio;
    let many: String =
        (0..20_000).map(|at| format!("[[source]]\nname = \"source number {at}\"\nurl = \"https://s{at}.example/\"\n")).collect();
    let home = Home::new(&settings(&many));
    let mut child = home.command(&["list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", printed(&output));
}

#[test]
fn check_live_asks_every_source_and_says_in_a_line_how_it_answers() {
    let publisher = Publisher::start();
    publisher.set("/good", Reply::feed(rss("Good", &["x", "y"])));
    publisher.set("/moved", Reply::redirect(301, publisher.url("/good").as_str()));
    publisher.set("/page", Reply::status(200).header("Content-Type", "text/html").body("<html><body>hello</body></html>"));
    publisher.set("/empty", Reply::status(200));
    let names = ["good", "moved", "page", "empty", "none"];
    let sources: String =
        names.iter().map(|name| format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\n", publisher.url(&format!("/{name}")))).collect();
    let home = Home::new(&settings(&sources));
    let output = home.run(&["check", "--live"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = |name: &str| {
        said.lines().find(|line| line.split_whitespace().nth(1) == Some(name)).unwrap_or_else(|| panic!("{name}: {said}")).to_owned()
    };
    assert!(line("good").starts_with("ok      good   rss, 2 entries, newest"), "{said}");
    assert!(line("moved").contains("moved for good to"), "{said}");
    assert!(line("page").starts_with("failed"), "{said}");
    assert!(line("empty").starts_with("failed"), "{said}");
    assert!(line("none").contains("answers 404"), "{said}");
    assert!(said.contains("2 of 5 sources"), "{said}");
    assert_eq!(home.run(&["check", "--live", "good"]).status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["check", "--live", "--json", "good"]).stdout).unwrap();
    assert_eq!((json[0]["ok"].as_bool(), json[0]["entries"].as_u64()), (Some(true), Some(2)));
}

#[test]
fn a_preview_shows_the_articles_as_they_would_be_and_stores_nothing() {
    let (home, publisher) = home_with_one();
    let output = home.run(&["preview", "a"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("OpenAI 三") && said.contains("3 of 3 articles"), "{said}");
    let filtered = printed(&home.run(&["preview", publisher.url("/a").as_str(), "--filter", "title ~ OpenAI"]));
    assert!(filtered.contains("1 of 3 articles"), "{filtered}");
    let markdown = printed(&home.run(&["preview", "a", "--markdown", "--limit", "1"]));
    assert!(markdown.starts_with("---\n") && markdown.contains("Text of OpenAI 三."), "{markdown}");
    let wrong = home.run(&["preview", "a", "--filter", "titel = x"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(printed(&wrong).contains("did you mean \"title\"?"), "{}", printed(&wrong));
    assert!(!home.data().exists());
}

#[test]
fn a_preview_of_a_filter_shows_which_stored_articles_would_pass() {
    let (home, publisher) = home_with_one();
    assert!(home.run(&["poll"]).status.success());
    let asked = publisher.requests().len();
    let said = |arguments: &[&str]| printed(&home.run(&[&["preview", "--filter"], arguments].concat()));
    let passed = said(&["category = tech and title ~ OpenAI"]);
    assert!(passed.contains("OpenAI 三") && passed.contains("1 of the 3 stored articles pass."), "{passed}");
    assert!(said(&["all", "--limit", "2"]).contains("3 of the 3 stored articles pass; --limit shows more."));
    let none = said(&["category = nothing"]);
    assert!(none.starts_with("0 of the 3 stored articles pass."), "{none}");
    let json: serde_json::Value = serde_json::from_str(&said(&["title ~ OpenAI", "--json"])).unwrap();
    assert_eq!(json[0]["title"], "OpenAI 三");
    assert!(said(&["titel = x"]).contains("did you mean \"title\"?"));
    assert_eq!(publisher.requests().len(), asked, "nobody is asked");
    let bare = home.run(&["preview"]);
    assert_eq!(bare.status.code(), Some(2), "{}", printed(&bare));
}

#[test]
fn explain_says_why_an_article_is_here_or_missing() {
    let publisher = Publisher::start();
    publisher.set("/a", Reply::feed(rss("甲", &["一", "广告 二"])));
    publisher.set("/b", Reply::feed(rss("甲", &["一"])));
    let source =
        |name: &str, more: &str| format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\n{more}", publisher.url(&format!("/{name}")));
    let home = Home::new(&settings(&format!("{}{}", source("a", "category = \"tech\"\nexclude = \"广告\"\n"), source("b", ""))));
    assert!(printed(&home.run(&["explain", "https://site.example/甲/0"])).contains("nothing is stored"));
    assert_eq!(home.run(&["poll"]).status.code(), Some(0));
    let output = home.run(&["explain", "https://site.example/甲/0"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in ["source  a in tech", "known   by its guid", "merged  with", "of b", "/category/tech/feed.xml"] {
        assert!(said.contains(part), "missing {part:?} in\n{said}");
    }
    let id = said.lines().find_map(|line| line.trim().strip_prefix("id ")).unwrap().trim().to_owned();
    assert!(printed(&home.run(&["explain", &format!("http://127.0.0.1:8080/article/{id}.md")])).contains(&id));
    let missing = printed(&home.run(&["explain", "广告 二"]));
    assert!(missing.contains("a left it out") && missing.contains("exclude"), "{missing}");
    let unknown = home.run(&["explain", "https://site.example/none"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn explain_of_a_source_says_what_it_leaves_out() {
    let publisher = Publisher::start();
    let empty =
        "<rss version=\"2.0\"><channel><title>甲</title><item><enclosure/></item><item><title>广告 二</title></item></channel></rss>";
    publisher.set("/a", Reply::feed(empty));
    publisher.set("/b", Reply::feed(rss("乙", &["一"])));
    let source = |name: &str, path: &str| format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\nexclude = \"广告\"\n", publisher.url(path));
    let home = Home::new(&settings(&format!("{}{}", source("a.example", "/a"), source("b 中", "/b"))));
    home.run(&["poll"]);
    let output = home.run(&["explain", "a.example"]);
    let said = printed(&output);
    assert!(output.status.success() && said.contains("it is empty") && said.contains("(广告 二)"), "{said}");
    // An entry that has nothing to be named by is named by an id, which can be asked for.
    let id = said.lines().find(|line| line.contains("it is empty")).and_then(|line| line.rsplit('(').next()?.strip_suffix(')')).unwrap();
    assert!(printed(&home.run(&["explain", id])).contains("it is empty"), "{id}");
    let output = home.run(&["explain", "b 中"]);
    let said = printed(&output);
    assert!(output.status.success() && said.contains("leaves nothing out") && said.contains("feedmill preview \"b 中\""), "{said}");
}

#[test]
fn status_backup_verify_and_restore_tell_what_they_did() {
    let (home, publisher) = home_with_one();
    assert_eq!(home.run(&["status"]).status.code(), Some(1), "nothing is stored yet");
    home.run(&["poll"]);
    let status = home.run(&["status"]);
    assert!(printed(&status).contains("articles  3 ") && status.status.success(), "{}", printed(&status));
    let file = home.path().join("feedmill.backup");
    assert!(printed(&home.run(&["backup", file.to_str().unwrap()])).contains("with 3 articles"));
    std::fs::remove_dir_all(home.data()).unwrap();
    let restored = home.run(&["restore", file.to_str().unwrap()]);
    assert!(printed(&restored).contains("Restored 3 articles") && !printed(&restored).contains("former"), "{}", printed(&restored));
    let beside = || std::fs::read_dir(home.data()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(beside(), 1, "there was no store to be set aside");
    let restored = home.run(&["restore", file.to_str().unwrap()]);
    assert!(printed(&restored).contains("The former store is in") && beside() == 2, "{}", printed(&restored));
    assert!(printed(&home.run(&["verify"])).contains("The store is whole: 3 articles"));
    // What was known stays known: nothing comes back as new, and the validators are still there.
    home.run(&["poll", "--all"]);
    assert!(publisher.requests_to("/a").last().unwrap().is_conditional());
    std::fs::write(&file, "no backup").unwrap();
    let broken = home.run(&["restore", file.to_str().unwrap()]);
    assert_eq!(broken.status.code(), Some(4), "{}", printed(&broken));
    assert!(printed(&home.run(&["verify"])).contains("3 articles"), "the store is as it was");
    publisher.set("/a", Reply::status(500));
    home.run(&["poll", "a"]);
    let troubled = home.run(&["status", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&troubled.stdout).unwrap();
    assert_eq!((troubled.status.code(), json["troubled"][0].as_str()), (Some(1), Some("a")));
}

/// An entry as YouTube writes it: its text and picture stand in `media:group` only.
const VIDEOS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
 <title>频道</title><id>yt:channel:1</id>
 <entry><id>yt:video:1</id><title>第一个视频</title><link rel="alternate" href="https://www.youtube.com/watch?v=1"/>
  <published>2024-02-18T02:36:17+00:00</published>
  <media:group><media:title>第一个视频</media:title>
   <media:content url="https://www.youtube.com/v/1?version=3" type="application/x-shockwave-flash"/>
   <media:thumbnail url="https://i4.ytimg.com/vi/1/hq.jpg?a=1&amp;b=2" width="480" height="360"/>
   <media:description>本期内容 &lt;3</media:description></media:group></entry>
</feed>"#;

#[test]
fn a_video_s_description_and_picture_reach_its_article_the_feeds_and_the_pages() {
    let publisher = Publisher::start();
    publisher.set("/v", Reply::feed(VIDEOS));
    publisher.set("/b", Reply::feed(rss("乙", &["一"])));
    let source =
        |name: &str, more: &str| format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\n{more}", publisher.url(&format!("/{name}")));
    let home = Home::new(&settings(&format!("{}{}", source("v", ""), source("b", ""))));
    home.run(&["poll"]);
    let markdown = printed(&home.run(&["preview", "v", "--markdown"]));
    assert!(markdown.contains("<p>本期内容 &lt;3</p>"), "{markdown}");
    assert!(markdown.contains("    image: ''"), "the front matter names pictures of the text only: {markdown}");
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["preview", "v", "--json"]).stdout).unwrap();
    assert_eq!((json[0]["image"].as_str(), json[0]["cover"].as_str()), (Some("https://i4.ytimg.com/vi/1/hq.jpg?a=1&b=2"), None));
    assert_eq!(json[0]["files"][0]["url"], "https://www.youtube.com/v/1?version=3");
    let mut daemon = home.start();
    let picture = "https://i4.ytimg.com/vi/1/hq.jpg?a=1&amp;b=2";
    for file in ["/source/v/feed.xml", "/source/v/atom.xml"] {
        let feed = daemon.wait_until(file, |feed| feed.contains("本期内容"));
        assert!(feed.contains(&format!("<media:thumbnail url=\"{picture}\"")), "{feed}");
        assert!(feed.contains("xmlns:media=\"http://search.yahoo.com/mrss/\""), "{feed}");
    }
    let plain = daemon.wait_until("/source/b/feed.xml", |feed| feed.contains("一"));
    assert!(!plain.contains("media"), "a feed without such pictures says nothing of them: {plain}");
    let feed = daemon.wait_until("/source/v/feed.json", |feed| feed.contains("本期内容"));
    let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
    assert_eq!(feed["items"][0]["image"], "https://i4.ytimg.com/vi/1/hq.jpg?a=1&b=2");
    let id = json[0]["id"].as_str().unwrap();
    for page in ["/source/v", &format!("/article/{id}")] {
        daemon.wait_until(page, |page| page.contains(&format!("src=\"{picture}\"")));
    }
    daemon.signal("TERM");
    assert!(daemon.wait().0.success());
}

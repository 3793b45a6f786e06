//! The whole corpus through the built program: polled, merged, exported.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::corpus;
use crate::support::program::{Home, printed};
use crate::support::publisher::Publisher;

/// One line of the manifest.
struct Row {
    /// The name of its source: the file without folder marks and ending.
    name: String,
    file: String,
    /// Entries that the manifest counted.
    entries: usize,
    is_feed: bool,
}

fn manifest() -> Vec<Row> {
    let text = std::fs::read_to_string(corpus().join("feeds/MANIFEST.tsv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let file = cells[0].to_owned();
        let name = file.rsplit_once('.').map_or(&*file, |(stem, _)| stem).replace('/', "-");
        Row { name, file, entries: cells[7].parse().unwrap_or(0), is_feed: cells[5] != "html" }
    };
    text.lines().skip(1).map(row).collect()
}

fn home(publisher: &Publisher, rows: &[Row]) -> Home {
    publisher.folder("/feeds", corpus().join("feeds"));
    let mut text = String::from(
        "[site]\nurl = \"https://feeds.example.org\"\nlimit = 1000\n[server]\nlisten = \"127.0.0.1:0\"\n\
         [fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\nper_host_connections = 16\n[article]\nsummary = \"off\"\n",
    );
    for row in rows {
        let url = publisher.url(&format!("/feeds/{}", row.file));
        let category = row.file.split('/').next().unwrap();
        text.push_str(&format!("[[source]]\nname = \"{}\"\nurl = \"{url}\"\ncategory = \"{category}\"\n", row.name));
    }
    Home::new(&text)
}

/// What a reader makes of a feed: id, title, link and date of each entry.
fn read_back(bytes: &[u8]) -> Vec<(String, String, String, Option<i64>)> {
    let feed = feed_rs::parser::parse(bytes).unwrap();
    let entry = |entry: feed_rs::model::Entry| {
        let title = entry.title.map(|title| title.content).unwrap_or_default();
        // feed-rs counts an enclosure of Atom as a link too.
        let page = |link: &&feed_rs::model::Link| link.rel.as_deref().is_none_or(|rel| rel == "alternate");
        let link = entry.links.iter().find(page).map(|link| link.href.clone()).unwrap_or_default();
        (entry.id, title.split_whitespace().collect::<Vec<_>>().join(" "), link, entry.published.map(|date| date.timestamp()))
    };
    feed.entries.into_iter().map(entry).collect()
}

#[test]
fn the_corpus_is_read_whole_exported_for_hugo_and_its_merged_feed_reads_back() {
    let publisher = Publisher::start();
    let rows = manifest();
    let home = home(&publisher, &rows);

    let output = home.run(&["poll", "--all", "--json"]);
    let said = printed(&output);
    assert!(!said.contains("panicked") && !said.contains("crashed"), "{said}");
    assert_eq!(output.status.code(), Some(1), "some of the corpus is no feed:\n{said}");
    let list: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let by_name: BTreeMap<&str, &serde_json::Value> = list.iter().map(|one| (one["source"].as_str().unwrap(), one)).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let state = by_name[&*row.name];
        let failed = state["result"] == "failed";
        // Some of the documents hold one entry, and that entry is empty: then it is rejected with that reason.
        let taken = state["new"].as_u64().unwrap() + state["rejected"].as_u64().unwrap();
        if row.is_feed && row.entries > 0 && (failed || taken == 0) {
            wrong.push(format!("{} has {} entries and gave {taken}: {state}", row.name, row.entries));
        }
        if failed && state["error"].as_str().is_none_or(|why| why.len() < 10) {
            wrong.push(format!("{} failed without a reason: {state}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A second round asks conditionally, and nothing is new.
    publisher.forget_requests();
    let again = printed(&home.run(&["poll", "--all"]));
    let readable: Vec<_> = rows.iter().filter(|row| by_name[&*row.name]["result"] == "changed").collect();
    for row in &readable {
        let asked = publisher.requests_to(&format!("/feeds/{}", row.file));
        assert!(asked.iter().all(crate::support::publisher::Logged::is_conditional), "{} was asked unconditionally", row.name);
    }
    assert!(again.contains(" 0 new and 0 revised articles"), "{again}");

    hugo_builds_the_tree(&home);

    let daemon = home.start();
    let rss = daemon.get("/feed.xml").unwrap();
    let (rss, atom) = (read_back(rss.as_bytes()), read_back(daemon.get("/atom.xml").unwrap().as_bytes()));
    assert_eq!(rss.len(), 1000);
    assert_eq!(rss.len(), atom.len());
    for (rss, atom) in rss.iter().zip(&atom) {
        assert_eq!(rss, atom, "two formats, the same entries");
    }
    let json: serde_json::Value = serde_json::from_str(&daemon.get("/feed.json").unwrap()).unwrap();
    for (at, (id, title, _, published)) in rss.iter().enumerate() {
        let item = &json["items"][at];
        assert_eq!(item["id"].as_str(), Some(&**id));
        assert_eq!(item["title"].as_str().map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")).as_deref(), Some(&**title));
        let date = chrono::DateTime::parse_from_rfc3339(item["date_published"].as_str().unwrap()).unwrap();
        assert_eq!(Some(date.timestamp()), *published);
    }
}

/// A real Hugo builds the exported tree without a warning.
fn hugo_builds_the_tree(home: &Home) {
    let site = tempfile::tempdir().unwrap();
    let content = site.path().join("content");
    let export = home.run(&["export", "hugo", content.to_str().unwrap()]);
    assert!(export.status.success(), "{}", printed(&export));

    let files = markdown_files(&content);
    assert!(files > 3000, "only {files} articles");
    std::fs::write(site.path().join("config.toml"), "baseURL = \"https://example.org/\"\ntitle = \"t\"\ndisableKinds = [\"taxonomy\", \"term\", \"RSS\", \"sitemap\"]\n[markup.goldmark.renderer]\nunsafe = true\n").unwrap();
    let layouts = site.path().join("layouts/_default");
    std::fs::create_dir_all(&layouts).unwrap();
    std::fs::write(layouts.join("single.html"), "<h1>{{ .Title }}</h1>{{ .Content }}").unwrap();
    std::fs::write(layouts.join("list.html"), "{{ range .Pages }}<p>{{ .Title }}</p>{{ end }}").unwrap();
    std::fs::write(site.path().join("layouts/index.html"), "{{ range site.RegularPages }}<p>{{ .Title }}</p>{{ end }}").unwrap();
    let hugo = Command::new("hugo").current_dir(site.path()).args(["--panicOnWarning", "--buildFuture"]).output();
    let hugo = hugo.expect("hugo is there (Debian package hugo)");
    let said = printed(&hugo);
    assert!(hugo.status.success() && !said.contains("WARN") && !said.contains("ERROR"), "{said}");
}

fn markdown_files(folder: &Path) -> usize {
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        if path.is_dir() { markdown_files(&path) } else { usize::from(path.extension().is_some_and(|ending| ending == "md")) }
    };
    std::fs::read_dir(folder).unwrap().map(entry).sum()
}

/// The golden articles once more, this time through everything: socket, store, export, route.
#[test]
fn the_seed_article_comes_out_of_the_whole_program_as_it_should() {
    let publisher = Publisher::start();
    publisher.folder("/articles", corpus().join("articles"));
    let url = publisher.url("/articles/36krai/feed.xml");
    let home = Home::new(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = [\"127.0.0.1/32\"]\n[article]\nsummary = \"off\"\n\
         image_proxy = \"cdn.g0f.cn/?r={{origin}}&url={{url}}\"\ndefault_cover = \"https://www.g0f.cn/img/banner.jpg\"\n\
         [[source]]\nname = \"36krai\"\nurl = \"{url}\"\n"
    ));
    let output = home.run(&["poll"]);
    assert!(output.status.success(), "{}", printed(&output));
    let expected = std::fs::read_to_string(corpus().join("articles/36krai/expected/00.md")).unwrap();
    let folder = home.path().join("out");
    assert!(home.run(&["export", "hugo", folder.to_str().unwrap()]).status.success());
    let file = folder.join("36krai/2024 AI 展望：OpenAI再打响指，我们还能期盼什么？.md");
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())), expected);

    let daemon = home.start();
    let page = daemon.get("/").unwrap();
    let id = regex::Regex::new("/article/([0-9a-f]{32})").unwrap().captures(&page).expect("the page links to its articles")[1].to_owned();
    assert_eq!(daemon.get(&format!("/article/{id}.md")).unwrap(), expected);
}

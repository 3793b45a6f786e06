//! `import` and `export opml`.

use std::collections::BTreeMap;

use super::{home_with_one, written};
use crate::support::corpus;
use crate::support::program::{Home, printed};

/// Name, category and tags of every source, as `list --json` tells them.
fn sources(home: &Home) -> Vec<serde_json::Value> {
    let output = home.run(&["list", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn by_url(list: &[serde_json::Value]) -> BTreeMap<String, (String, serde_json::Value, serde_json::Value)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    list.iter().map(|source| (text(&source["url"]), (text(&source["name"]), source["category"].clone(), source["tags"].clone()))).collect()
}

#[test]
fn every_list_of_the_corpus_is_imported_exported_and_imported_again_without_loss() {
    let manifest = std::fs::read_to_string(corpus().join("opml/MANIFEST.tsv")).unwrap();
    for line in manifest.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, feeds): (&str, usize) = (columns[0], columns[6].parse().unwrap());
        let home = Home::new("");
        let output = home.run(&["import", corpus().join("opml").join(file).to_str().unwrap()]);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(0), "{file}: {said}");
        assert!(said.contains(&format!("of {feeds} sources")), "{file} has {feeds}: {said}");
        let first = sources(&home);
        let left_out = said.lines().filter(|line| line.starts_with("left out: ") && !line.ends_with("more")).count();
        assert!(first.len() + left_out >= feeds || said.contains(" more"), "{file}: {} taken, {left_out} told\n{said}", first.len());
        assert!(first.len() * 10 >= feeds * 9, "{file}: {} of {feeds}\n{said}", first.len());

        let list = home.path().join("out.opml");
        assert_eq!(home.run(&["export", "opml", list.to_str().unwrap()]).status.code(), Some(0));
        let other = Home::new("");
        let output = other.run(&["import", list.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", printed(&output));
        assert_eq!(by_url(&sources(&other)), by_url(&first), "{file}");
    }
}

#[test]
fn tags_and_categories_of_feeds_toml_come_back_from_opml_as_they_were() {
    let source = |name: &str, rest: &str| format!("[[source]]\nname = \"{name}\"\nurl = \"https://{name}.example/feed\"\n{rest}\n");
    let toml = [
        source("a", "category = \"科技\"\ntags = [\"AI\", \"A/B testing\", \"大模型 & co\"]"),
        source("b", "tags = [\"daily\", \"Tech\"]"),
        source("c", "category = \"科技\""),
        source("d", ""),
    ];
    let home = Home::new(&toml.concat());
    let list = home.path().join("out.opml");
    assert_eq!(home.run(&["export", "opml", list.to_str().unwrap()]).status.code(), Some(0));
    let other = Home::new("");
    let output = other.run(&["import", list.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert_eq!(by_url(&sources(&other)), by_url(&sources(&home)));
}

#[test]
fn an_import_changes_nothing_that_is_there_and_a_second_one_nothing_at_all() {
    let (home, _publisher) = home_with_one();
    let before = written(&home);
    let list = home.path().join("urls");
    std::fs::write(&list, "https://b.example/feed \"科技\" \"~乙\"\nexec:x\n").unwrap();
    let dry = home.run(&["import", list.to_str().unwrap(), "--dry-run"]);
    assert!(printed(&dry).contains("Would add 1 of 1"), "{}", printed(&dry));
    assert_eq!(written(&home), before);
    let output = home.run(&["import", list.to_str().unwrap()]);
    assert!(printed(&output).contains("feedmill runs no programs"), "{}", printed(&output));
    let after = written(&home);
    assert_eq!(
        after.replace("\n[[source]]\nname = \"乙\"\nurl = \"https://b.example/feed\"\ncategory = \"科技\"\n", ""),
        before,
        "{after}"
    );
    assert_eq!(home.run(&["import", list.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(written(&home), after);
}

#[test]
fn a_list_can_come_from_standard_input() {
    use std::io::Write as _;
    use std::process::Stdio;
    let home = Home::new("");
    let mut child = home.command(&["import", "-", "--category", "planet"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("[Planet]\nname = P\n[https://a.example/atom]\nname = 张三\n".as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(written(&home).contains("name = \"张三\"\nurl = \"https://a.example/atom\"\ncategory = \"planet\""), "{}", written(&home));
}

#[test]
fn what_is_no_list_is_told_in_one_line() {
    let home = Home::new("");
    let page = home.path().join("page.html");
    std::fs::write(&page, "<html><body><p>hello</p></body></html>").unwrap();
    for (arguments, says) in
        [(["import", page.to_str().unwrap()], "not OPML"), (["import", "none.opml"], "cannot be read"), (["import", "."], "cannot be read")]
    {
        let output = home.run(&arguments);
        assert_eq!((output.status.code(), printed(&output).lines().count()), (Some(6), 1), "{}", printed(&output));
        assert!(printed(&output).contains(says), "{}", printed(&output));
    }
}

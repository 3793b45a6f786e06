//! The search of the built program: with a daemon and without, killed, harmed, and after articles expired.

use std::path::Path;

use crate::stories::kit::{Item, done, feeds_toml, item, rss};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

fn publish(publisher: &Publisher, name: &str, items: &[Item]) {
    publisher.set(&format!("/{name}.xml"), Reply::feed(rss(&format!("Feed {name}"), items)));
}

fn two_articles() -> Vec<Item> {
    vec![
        item("a", "1", 1, "国产大模型发布", "<p>今天发布的大模型有很多参数，工程师说训练花了三个月。</p>"),
        item("a", "2", 2, "A zebra crosses the road", "<p>Striped animals were seen near the school this morning.</p>"),
    ]
}

fn home(publisher: &Publisher, more: &str) -> Home {
    publish(publisher, "a", &two_articles());
    Home::new(&feeds_toml(publisher, &["a"], more))
}

#[test]
fn poll_and_search_work_without_a_daemon() {
    let publisher = Publisher::start();
    let home = home(&publisher, "");
    let nothing = home.run(&["search", "zebra"]);
    assert_eq!(nothing.status.code(), Some(1), "{}", printed(&nothing));
    done(&home, &["poll"]);
    let said = done(&home, &["search", "striped", "animal", "NOT", "大模型"]);
    assert!(said.contains("A zebra crosses the road") && said.contains("2024-02-02") && said.contains("1 article."), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["search", "大模型", "source:a", "--json"]).stdout).unwrap();
    assert_eq!((json["total"].as_u64(), json["hits"][0]["title"].as_str()), (Some(1), Some("国产大模型发布")));
    assert!(json["hits"][0]["extract"].as_str().unwrap().contains("训练"));
    let none = home.run(&["search", "giraffe"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(printed(&none).contains("Nothing was found among 2 articles"), "{}", printed(&none));
    let wrong = home.run(&["search", "zebra", "souce:a"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(printed(&wrong).contains("did you mean source:") && printed(&wrong).contains("^^^^^^"), "{}", printed(&wrong));
    home.write(&feeds_toml(&publisher, &["a"], "[search]\nenabled = false\n"));
    let off = home.run(&["search", "zebra"]);
    assert_eq!(off.status.code(), Some(3), "{}", printed(&off));
}

#[test]
fn while_the_daemon_runs_the_command_asks_it_and_the_page_finds_what_was_polled() {
    let publisher = Publisher::start();
    let home = home(&publisher, "");
    let daemon = home.start();
    daemon.wait_until("/search?lang=en&q=zebra", |page| page.contains("A <mark>zebra</mark> crosses"));
    let said = done(&home, &["search", "大模型"]);
    assert!(said.contains("国产大模型发布"), "{said}");
    let json: serde_json::Value =
        serde_json::from_slice(&home.run(&["search", "lang:zh OR zebra", "--limit", "1", "--json"]).stdout).unwrap();
    assert_eq!((json["hits"].as_array().unwrap().len(), json["complete"].as_bool()), (1, Some(true)));
    // What the publisher changes is found by its new words.
    let mut items = two_articles();
    items[1].html = "<p>A giraffe was seen near the school, and many people came to look at it this morning.</p>".into();
    publish(&publisher, "a", &items);
    done(&home, &["poll", "a"]);
    daemon.wait_until("/search?lang=en&q=giraffe", |page| page.contains("A zebra crosses"));
    assert!(daemon.get("/search?lang=en&q=striped").unwrap().contains("Nothing was found"));
}

#[test]
fn what_expires_is_no_longer_found() {
    let publisher = Publisher::start();
    let home = home(&publisher, "");
    done(&home, &["poll"]);
    assert!(done(&home, &["search", "zebra"]).contains("1 article"));
    let snapshot = home.path().join("one.snapshot");
    // A store that holds less: restored from before the second article came.
    publish(&publisher, "a", &two_articles()[..1]);
    let other = Home::new(&feeds_toml(&publisher, &["a"], ""));
    done(&other, &["poll"]);
    done(&other, &["backup", snapshot.to_str().unwrap()]);
    done(&home, &["restore", snapshot.to_str().unwrap()]);
    let gone = home.run(&["search", "zebra"]);
    assert!(printed(&gone).contains("Nothing was found among 1 articles"), "{}", printed(&gone));
}

#[test]
fn r5_a_harmed_index_is_made_anew() {
    let publisher = Publisher::start();
    let home = home(&publisher, "");
    done(&home, &["poll"]);
    done(&home, &["search", "zebra"]);
    let folder = home.data().join("search");
    let harms: [fn(&Path); 4] = [
        |folder| std::fs::remove_dir_all(folder).unwrap(),
        |folder| std::fs::write(folder.join("meta.json"), "no index").unwrap(),
        |folder| each_file(folder, |bytes| bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55)),
        |folder| each_file(folder, Vec::clear),
    ];
    for (number, harm) in harms.into_iter().enumerate() {
        harm(&folder);
        assert!(done(&home, &["search", "zebra"]).contains("1 article"), "harm {number}");
    }
    each_file(&folder, |bytes| bytes.truncate(bytes.len() / 3));
    let daemon = home.start();
    daemon.wait_until("/search?lang=en&q=zebra", |page| page.contains("<mark>zebra</mark>"));
}

fn each_file(folder: &Path, change: impl Fn(&mut Vec<u8>)) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with('.') && path.extension().is_some_and(|ending| ending != "json") {
            let mut bytes = std::fs::read(&path).unwrap();
            change(&mut bytes);
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
    }
}

#[test]
fn r1_a_kill_in_the_middle_loses_nothing() {
    const ARTICLES: usize = 3_000;
    let publisher = Publisher::start();
    let items: Vec<Item> = (0..ARTICLES)
        .map(|number| {
            item(
                "a",
                &number.to_string(),
                1,
                &format!("Number n{number}"),
                &format!("<p>{}</p>", "人工智能的发展 of language models. ".repeat(40)),
            )
        })
        .collect();
    publish(&publisher, "a", &items);
    let home = Home::new(&feeds_toml(&publisher, &["a"], "").replace("name = \"a\"", "name = \"a\"\nsummary = \"off\"\nburst = 0"));
    done(&home, &["poll"]);
    for milliseconds in [300, 1_500, 3_000] {
        let mut daemon = home.start();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        daemon.signal("KILL");
        daemon.wait();
    }
    let daemon = home.start();
    daemon
        .wait_until("/search?lang=en&q=language", |page| page.contains(&format!("{ARTICLES} articles")) && !page.contains("is being made"));
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["search", "title:n1234", "--json"]).stdout).unwrap();
    assert_eq!((json["total"].as_u64(), json["searched"].as_u64()), (Some(1), Some(ARTICLES as u64)));
}

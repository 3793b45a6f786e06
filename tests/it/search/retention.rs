//! What expires leaves the index: the store on disk as the upkeep leaves it, and the built program that searches it.

use chrono::TimeDelta;
use feedmill::config;
use feedmill::daemon::maintenance::expire;
use feedmill::model::Instant;
use feedmill::store::{SledOptions, SledStore, Store};

use crate::stories::kit::{Item, done, feeds_toml, item, rss};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

/// Every second one is older than what is kept.
const ARTICLES: u32 = 60;

#[test]
fn what_is_older_than_keep_is_no_longer_found_by_the_program_with_a_daemon_and_without() {
    let publisher = Publisher::start();
    let items: Vec<Item> = (0..ARTICLES)
        .map(|number| {
            let (day, animal) = if number % 2 == 0 { (3, "斑马 zebra") } else { (23, "长颈鹿 giraffe") };
            item(
                "a",
                &number.to_string(),
                day,
                &format!("Number n{number} {animal}"),
                &format!("<p>Striped or tall, animal number {number}.</p>"),
            )
        })
        .collect();
    publisher.set("/a.xml", Reply::feed(rss("Feed a", &items)));
    let home = Home::new(&feeds_toml(&publisher, &["a"], "").replace("name = \"a\"", "name = \"a\"\nburst = 0"));
    done(&home, &["poll"]);
    assert!(done(&home, &["search", "zebra"]).contains("30 articles"));

    // The upkeep of a day in March.
    let kept = config::parse(&feeds_toml(&publisher, &["a"], "[store]\nkeep = \"20 days\"\n"), "feeds.toml").unwrap();
    let now: Instant = "2024-03-01T00:00:00Z".parse().unwrap();
    {
        let store = SledStore::open(&home.data().join("store"), SledOptions::default()).unwrap();
        assert_eq!(expire(&store, &kept, now - TimeDelta::days(20)), Ok(0));
        assert_eq!(expire(&store, &kept, now), Ok(30));
        assert_eq!(store.totals().unwrap().articles, 30);
    }
    for gone in ["zebra", "斑马", "斑", "title:n0", "before:2024-02-20"] {
        let said = home.run(&["search", gone]);
        assert!(printed(&said).contains("Nothing was found among 30 articles"), "{gone}: {}", printed(&said));
    }
    assert!(done(&home, &["search", "鹿"]).contains("30 articles"), "a character of what is kept");
    // What was removed does not come back with a poll that sees it again, nor with a new index.
    done(&home, &["poll", "a"]);
    std::fs::remove_dir_all(home.data().join("search")).unwrap();
    let daemon = home.start();
    daemon.wait_until("/search?lang=en&q=giraffe", |page| page.contains("30 articles") && !page.contains("is being made"));
    assert!(daemon.get("/search?lang=en&q=zebra").unwrap().contains("Nothing was found among 30 articles"));
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["search", "striped", "--json", "--limit", "3"]).stdout).unwrap();
    assert_eq!((json["total"].as_u64(), json["searched"].as_u64()), (Some(30), Some(30)));
}

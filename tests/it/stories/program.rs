//! What readers see of stories, by the built program and real sockets.

use super::kit::{Item, done, feed, feeds_toml, item, rss, titles};
use crate::support::program::Home;
use crate::support::publisher::{Publisher, Reply};

const TRAIN: &str = "<p>For years the night train was a relic. Routes were cut, carriages were scrapped, and the few that remained were kept alive \
    by enthusiasts.</p><p>Now operators across the continent are ordering new sleeper cars, and tickets for the summer are sold out months in \
    advance. What changed was not the train but the traveller.</p>";

const COFFEE: &str = "<p>三年前，老周在小区门口开了这家咖啡店。头一年，他亏掉了全部积蓄，第二年勉强打平，到了第三年，店里终于开始赚钱。</p>\
    <p>他说，秘诀只有一个：记住每个熟客的口味。如今，每天早上七点，门口就会排起队。</p>";

fn publish(publisher: &Publisher, name: &str, items: &[Item]) {
    publisher.set(&format!("/{name}.xml"), Reply::feed(rss(&format!("Feed {name}"), items)));
}

/// Two sources with copies of two stories, and something of their own.
fn two_sources() -> (Publisher, Home) {
    let publisher = Publisher::start();
    publish(
        &publisher,
        "a",
        &[
            item("a", "1", 1, "The quiet comeback of the night train", TRAIN),
            item("a", "2", 2, "一家咖啡店的三年：从亏损到盈利", COFFEE),
            item(
                "a",
                "3",
                3,
                "Weather",
                "<p>The forecast for Monday calls for sunny skies with a high near 51 and a low around 40. Winds from the west at 9 to 14 mph.</p>",
            ),
        ],
    );
    let copied = format!(
        "<div>By our staff. {}</div><p>Follow us on Twitter and Facebook.</p>",
        TRAIN.replace("<p>", "<div>").replace("</p>", "</div>")
    );
    publish(
        &publisher,
        "b",
        &[
            item("b", "x", 1, "The quiet comeback of the night train - B Daily", &copied),
            item(
                "b",
                "y",
                2,
                "為了一杯咖啡，有人從城東趕來排隊",
                &COFFEE.replace("亏损", "虧損").replace("开了", "開了").replace("终于", "終於"),
            ),
            item(
                "b",
                "z",
                3,
                "Weather",
                "<p>The forecast for Monday calls for sunny skies with a high near 77 and a low around 61. Winds from the west at 3 to 22 mph.</p>",
            ),
        ],
    );
    let home = Home::new(&feeds_toml(&publisher, &["a", "b"], ""));
    (publisher, home)
}

#[test]
fn copies_of_two_sources_are_one_entry_that_names_both_and_bulletins_stay_two() {
    let (_publisher, home) = two_sources();
    done(&home, &["poll", "a"]);
    done(&home, &["poll", "b"]);
    let merged = feed(&home, "atom.xml");
    assert_eq!(merged.entries.len(), 4, "{:?}", titles(&merged));
    assert_eq!(titles(&merged).iter().filter(|title| *title == "Weather").count(), 2);
    let train = merged.entries.iter().find(|entry| entry.title.as_ref().unwrap().content.contains("train")).unwrap();
    let body = train.content.as_ref().unwrap().body.as_ref().unwrap();
    assert!(body.contains("另见：") && (body.contains("Feed a") || body.contains("Feed b")), "{body}");
    assert!(train.links.iter().any(|link| link.rel.as_deref() == Some("related")), "{:?}", train.links);
    // A page names them too, and explain says why.
    let said = done(&home, &["explain", "https://b.example.org/p/x"]);
    assert!(said.contains("merged") && said.contains("%") && said.contains("of a"), "{said}");
    let said = done(&home, &["explain", "https://a.example.org/p/1", "https://b.example.org/p/x"]);
    assert!(said.contains("one story") && said.contains("copies of each other"), "{said}");
    let said = done(&home, &["explain", "https://a.example.org/p/3", "https://b.example.org/p/z"]);
    assert!(said.contains("two stories") && said.contains("numbers"), "{said}");
}

#[test]
fn each_source_and_category_still_contains_its_copy() {
    let (publisher, home) = two_sources();
    home.write(&feeds_toml(&publisher, &["a", "b"], "category = \"second\"\n"));
    done(&home, &["poll"]);
    assert_eq!(feed(&home, "category/second/atom.xml").entries.len(), 3);
    let daemon = home.start();
    for path in ["/source/a/feed.xml", "/source/b/feed.xml"] {
        let text = daemon.wait_until(path, |body| body.contains("night train"));
        assert_eq!(text.matches("<item>").count(), 3, "{text}");
    }
    assert!(daemon.get("/").unwrap().contains("另见"));
}

#[test]
fn the_entry_keeps_its_id_when_a_fuller_or_preferred_copy_comes_and_over_a_restart() {
    let (publisher, home) = two_sources();
    done(&home, &["poll", "a"]);
    let train = |home: &Home| {
        let merged = feed(home, "atom.xml");
        let entries: Vec<_> =
            merged.entries.into_iter().filter(|entry| entry.title.as_ref().unwrap().content.contains("night train")).collect();
        assert_eq!(entries.len(), 1, "one story once");
        let entry = entries.into_iter().next().unwrap();
        (entry.id, entry.published, entry.title.unwrap().content)
    };
    let before = train(&home);
    done(&home, &["poll", "b"]);
    let fuller = format!(
        "{TRAIN}<p>It begins with a confession about the cost of a short flight, and ends on a platform in the rain, at six in the morning.</p>"
    );
    publish(&publisher, "c", &[item("c", "1", 4, "The quiet comeback of the night train (whole text)", &fuller)]);
    home.write(&feeds_toml(&publisher, &["a", "b", "c"], ""));
    done(&home, &["poll", "c"]);
    let after = train(&home);
    assert_eq!((&after.0, after.1), (&before.0, before.1));
    assert!(after.2.contains("whole text"), "{}", after.2);
    home.write(&feeds_toml(&publisher, &["a", "c", "b"], "priority = 5\n"));
    let daemon = home.start();
    let text = daemon.wait_until("/atom.xml", |body| body.contains("B Daily"));
    assert!(text.contains(&before.0) && text.matches("<entry>").count() == 4, "{text}");
    drop(daemon);
    let daemon = home.start();
    assert!(daemon.wait_until("/atom.xml", |body| body.contains("B Daily")).contains(&before.0));
}

#[test]
fn a_merge_is_undone_for_good_by_command_and_by_rule() {
    let (publisher, home) = two_sources();
    let daemon = home.start();
    daemon.wait_until("/atom.xml", |body| body.matches("<entry>").count() == 4);
    let said = done(&home, &["explain", "https://b.example.org/p/x"]);
    let id = said.lines().find_map(|line| line.trim().strip_prefix("id ")).unwrap().trim().to_owned();
    let said = done(&home, &["unmerge", &id]);
    assert!(said.contains("stands by itself"), "{said}");
    daemon.wait_until("/atom.xml", |body| body.matches("<entry>").count() == 5);
    // It is polled again, and edited, and stays by itself.
    publish(&publisher, "b", &[item("b", "x", 1, "The quiet comeback of the night train - B Daily", &format!("{TRAIN}<p>Edited.</p>"))]);
    done(&home, &["poll", "b"]);
    daemon.wait_until("/atom.xml", |body| body.contains("Edited.") && body.matches("<entry>").count() == 5);
    assert!(done(&home, &["explain", &id]).contains("unmerge"));
    // A rule parts what was merged before it was written.
    home.write(&feeds_toml(&publisher, &["a", "b"], "[[keep_apart]]\nsources = [\"a\", \"b\"]\n"));
    daemon.wait_until("/atom.xml", |body| body.matches("<entry>").count() == 6);
    assert_eq!(home.run(&["unmerge", "zz"]).status.code(), Some(2));
    assert_eq!(home.run(&["unmerge", &"0".repeat(32)]).status.code(), Some(1));
}

#[test]
fn the_same_address_makes_one_story_and_a_shared_front_page_none() {
    let publisher = Publisher::start();
    let link = |item: Item, link: &str| Item { link: link.into(), ..item };
    publish(
        &publisher,
        "a",
        &[
            link(item("a", "1", 1, "One", "<p>short</p>"), "https://www.x.example.org/p/1/?utm_source=a&f=rss#top"),
            link(item("a", "2", 2, "Two", "<p>two</p>"), "https://x.example.org/"),
            link(item("a", "4", 4, "Release 1.0", "<p>one</p>"), "https://x.example.org/changes"),
            link(item("a", "5", 5, "Release 1.1", "<p>two</p>"), "https://x.example.org/changes"),
        ],
    );
    publish(
        &publisher,
        "b",
        &[
            link(item("b", "1", 1, "One, told again", "<p>other</p>"), "http://m.x.example.org/p/1/amp"),
            link(item("b", "2", 2, "Three", "<p>three</p>"), "https://x.example.org"),
            link(item("b", "4", 4, "Release 1.1", "<p>two</p>"), "https://x.example.org/changes"),
        ],
    );
    let home = Home::new(&feeds_toml(&publisher, &["a", "b"], "[stories]\nsimilar = false\n"));
    done(&home, &["poll"]);
    let merged = feed(&home, "atom.xml");
    assert_eq!(merged.entries.len(), 6, "{:?}", titles(&merged));
    assert!(done(&home, &["explain", "http://m.x.example.org/p/1/amp"]).contains("same address"));
}

#[test]
fn a_source_has_its_share_of_a_view() {
    let publisher = Publisher::start();
    let many: Vec<Item> = (1..=20).map(|day| item("a", &day.to_string(), day, &format!("Of a, number {day}"), "<p>a</p>")).collect();
    publish(&publisher, "a", &many);
    publish(&publisher, "b", &[item("b", "1", 1, "The one of b", "<p>b</p>")]);
    let home = Home::new(&feeds_toml(&publisher, &["a", "b"], "[[view]]\nname = \"fair\"\nfilter = \"all\"\nlimit = 10\nper_source = 3\n"));
    done(&home, &["poll"]);
    assert_eq!(titles(&feed(&home, "view/fair/atom.xml")), ["Of a, number 20", "Of a, number 19", "Of a, number 18", "The one of b"]);
}

#[test]
fn a_feed_that_writes_the_current_time_into_every_entry_causes_no_revision() {
    let publisher = Publisher::start();
    let made = |day: u32, second: u32| {
        let html = format!("{TRAIN}<p>Generated on Sun, {day:02} Feb 2024 06:48:{second:02} GMT.</p>");
        publish(&publisher, "a", &[item("a", "1", day, "The quiet comeback of the night train", &html)]);
    };
    made(4, 17);
    let home = Home::new(&feeds_toml(&publisher, &["a"], ""));
    done(&home, &["poll", "a"]);
    let before = std::fs::read(home.data().join("public/atom.xml")).unwrap();
    made(5, 59);
    done(&home, &["poll", "a"]);
    assert_eq!(std::fs::read(home.data().join("public/atom.xml")).unwrap(), before, "the same bytes, `updated` included");
    // What truly changed is a revision at the same place.
    publish(&publisher, "a", &[item("a", "1", 6, "The quiet comeback of the night train", &TRAIN.replace("enthusiasts", "amateurs"))]);
    done(&home, &["poll", "a"]);
    let entry = feed(&home, "atom.xml").entries.remove(0);
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2024-02-04T09:00:00+00:00");
    assert!(entry.updated.unwrap() > entry.published.unwrap() && entry.content.unwrap().body.unwrap().contains("amateurs"));
}

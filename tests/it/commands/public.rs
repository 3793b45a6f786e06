//! `feedmill poll` and `data/public`: written anew when something that it is made of has changed, and only then.

use super::settings;
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

fn feed(titles: &[&str]) -> Reply {
    let items: String = titles
        .iter()
        .map(|title| format!("<item><title>{title}</title><guid>https://site.example/{}</guid></item>", title.len()))
        .collect();
    Reply::feed(format!(
        "<rss version=\"2.0\"><channel><title>A</title><link>https://site.example/</link><description/>{items}</channel></rss>"
    ))
}

fn source(publisher: &Publisher) -> String {
    format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n", publisher.url("/a"))
}

/// Polls; whether the list of files was written, and the merged feed.
fn poll(home: &Home) -> (bool, String) {
    let list = home.data().join("public/.index.json");
    let marked = list.is_file().then(|| {
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        std::fs::File::options().append(true).open(&list).unwrap().set_modified(long_ago).unwrap();
        long_ago
    });
    let output = home.run(&["poll", "--all"]);
    assert!(output.status.success(), "{}", printed(&output));
    let is_written = marked != std::fs::metadata(&list).unwrap().modified().ok();
    (is_written, std::fs::read_to_string(home.data().join("public/atom.xml")).unwrap())
}

#[test]
fn a_poll_writes_the_public_feeds_when_something_in_them_changed_and_only_then() {
    let publisher = Publisher::start();
    publisher.set("/a", feed(&["One"]));
    let home = Home::new(&settings(&source(&publisher)));
    let (is_written, first) = poll(&home);
    assert!(is_written && first.contains(">One<"), "{first}");
    assert_eq!(poll(&home), (false, first.clone()), "nothing has changed");

    publisher.set("/a", feed(&["Two"]));
    let (is_written, second) = poll(&home);
    assert!(is_written && second.contains(">Two<"), "a revision: {second}");

    std::fs::write(home.data().join("public/atom.xml"), "torn").unwrap();
    assert_eq!(poll(&home), (true, second.clone()), "a file that is not what was written");
    std::fs::remove_file(home.data().join("public/feed.json")).unwrap();
    assert_eq!(poll(&home), (true, second), "a file that is gone");
    assert!(home.data().join("public/feed.json").is_file());

    home.write(&format!("[site]\ntitle = \"Another\"\n{}", settings(&source(&publisher))));
    let (is_written, renamed) = poll(&home);
    assert!(is_written && renamed.contains(">Another<"), "feeds.toml has changed: {renamed}");
    assert!(!poll(&home).0);

    let view = "[[view]]\nname = \"fresh\"\nfilter = \"age < 5 days\"\n";
    home.write(&(settings(&source(&publisher)) + view));
    assert!(poll(&home).0 && poll(&home).0, "what depends on the time is made every time");
}

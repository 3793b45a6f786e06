//! `feedmill poll` and `data/public`: written anew when something that it is made of has changed, and only then.

use std::time::SystemTime;

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
    let is_written = writes(home, || {
        let output = home.run(&["poll", "--all"]);
        assert!(output.status.success(), "{}", printed(&output));
    });
    (is_written, std::fs::read_to_string(home.data().join("public/atom.xml")).unwrap())
}

/// Whether the list of files is written meanwhile.
fn writes(home: &Home, work: impl FnOnce()) -> bool {
    let list = home.data().join("public/.index.json");
    if list.is_file() {
        std::fs::File::options().append(true).open(&list).unwrap().set_modified(LONG_AGO).unwrap();
    }
    work();
    !is_marked(home)
}

/// A time at which no test writes.
const LONG_AGO: SystemTime = SystemTime::UNIX_EPOCH;

/// Whether the list of files was not written since it was marked.
fn is_marked(home: &Home) -> bool {
    std::fs::metadata(home.data().join("public/.index.json")).unwrap().modified().unwrap() == LONG_AGO
}

#[test]
fn p20_a_daemon_renders_nothing_when_it_starts_and_nothing_has_changed() {
    let publisher = Publisher::start();
    publisher.set("/a", feed(&["One"]));
    let home = Home::new(&settings(&source(&publisher)));
    let run = |expected: &str| {
        let mut daemon = home.start();
        daemon.wait_until("/readyz", |_| true);
        let shown = daemon.wait_until("/atom.xml", |body| body.contains(expected));
        // The list is written last.
        let public = home.data().join("public");
        let written = |file: &str| std::fs::metadata(public.join(file)).and_then(|about| about.modified()).ok();
        let is_saved = || std::fs::read_to_string(public.join("atom.xml")).is_ok_and(|text| text == shown);
        daemon.wait_until("/readyz", |_| is_saved() && (written(".index.json") >= written("atom.xml") || is_marked(&home)));
        daemon.signal("TERM");
        assert!(daemon.wait().0.success());
        shown
    };
    let first = run(">One<");
    let mut second = String::new();
    assert!(!writes(&home, || second = run(">One<")));
    assert_eq!(second, first);
    // What a command stored meanwhile is shown.
    publisher.set("/a", feed(&["Three"]));
    assert!(poll(&home).0);
    assert!(!writes(&home, || second = run(">Three<")), "the command has rendered it");
    home.write(&format!("[site]\ntitle = \"Another\"\n{}", settings(&source(&publisher))));
    assert!(writes(&home, || second = run(">Another<")), "feeds.toml has changed");
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

//! The commands, by driving the built program.

mod adding;
mod bad_input;
mod importing;
mod public;
mod reading;
mod rebuilding;
mod running;
mod waiting;

use crate::support::program::Home;
use crate::support::publisher::{Publisher, Reply};

/// A feed of `count` entries with these titles.
fn rss(title: &str, titles: &[&str]) -> String {
    let entries: String = titles
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            format!("<item><title>{entry}</title><link>https://site.example/{title}/{at}</link><guid>https://site.example/{title}/{at}</guid><pubDate>Thu, 0{} Oct 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;Text of {entry}.&lt;/p&gt;</description></item>", at + 1)
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{title}</title><link>https://site.example/</link><description/>{entries}</channel></rss>"
    )
}

/// A configuration that may poll loopback, without waiting between two requests.
fn settings(sources: &str) -> String {
    format!("# mine\n[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = [\"127.0.0.1\"]\nper_host_delay = \"0s\"\n{sources}")
}

/// A home with one source, `a`, in the category `tech`, and its publisher.
fn home_with_one() -> (Home, Publisher) {
    let publisher = Publisher::start();
    publisher.set("/a", Reply::feed(rss("甲", &["一", "二", "OpenAI 三"])).header("ETag", "\"1\"").conditional());
    let source = format!(
        "[[source]]\nname = \"a\"\nurl = \"{}\"\ncategory = \"tech\"\n[[view]]\nname = \"ai\"\nfilter = 'title ~ \"OpenAI\"'\n",
        publisher.url("/a")
    );
    (Home::new(&settings(&source)), publisher)
}

/// What is in feeds.toml now.
fn written(home: &Home) -> String {
    std::fs::read_to_string(home.config()).unwrap()
}

//! Feeds of a few entries, and a feeds.toml of them.

use crate::support::program::{Home, printed};
use crate::support::publisher::Publisher;

/// One entry of a feed.
#[derive(Clone, Debug)]
pub struct Item {
    pub guid: String,
    pub title: String,
    pub link: String,
    pub date: String,
    pub html: String,
}

/// An entry of a site of its own, published on a day of February 2024.
pub fn item(site: &str, name: &str, day: u32, title: &str, html: &str) -> Item {
    Item {
        guid: format!("{site}-{name}"),
        title: title.into(),
        link: format!("https://{site}.example.org/p/{name}"),
        date: format!("{day:02} Feb 2024 09:00:00 GMT"),
        html: html.into(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An RSS document.
pub fn rss(title: &str, items: &[Item]) -> String {
    let items: String = items
        .iter()
        .map(|item| {
            format!(
                "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate><description>{}</description></item>",
                escaped(&item.title),
                escaped(&item.link),
                escaped(&item.guid),
                item.date,
                escaped(&item.html)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title><link>https://example.org/</link>\
         <description>d</description>{items}</channel></rss>",
        escaped(title)
    )
}

/// A feeds.toml of these sources, all on loopback.
pub fn feeds_toml(publisher: &Publisher, names: &[&str], more: &str) -> String {
    let mut text =
        String::from("[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\n");
    for name in names {
        let url = publisher.url(&format!("/{name}.xml"));
        text.push_str(&format!("\n[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    }
    text + more
}

/// Runs a command that must succeed, and returns what it printed.
pub fn done(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", printed(&output));
    printed(&output)
}

/// The merged Atom feed that lies in `data/public`.
pub fn feed(home: &Home, path: &str) -> feed_rs::model::Feed {
    let text = std::fs::read(home.data().join("public").join(path)).unwrap();
    feed_rs::parser::parse(text.as_slice()).unwrap()
}

/// The titles of a feed.
pub fn titles(feed: &feed_rs::model::Feed) -> Vec<String> {
    feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().content.clone()).collect()
}

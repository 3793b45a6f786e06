//! A site for tests: a store with articles, views rendered from it, a server on a port of its own.

use std::sync::Arc;

use arc_swap::ArcSwap;
use feedmill::clock::{Clock, ManualClock};
use feedmill::config::{self, Config};
use feedmill::model::poll::VerdictCounts;
use feedmill::model::{Article, Body, BodyKind, Entry, Feed, Instant, PollPlan, SourceName, SourceState};
use feedmill::pipeline::normalize::{self, NormalizeContext};
use feedmill::pipeline::{identify, parse};
use feedmill::store::{MemoryStore, Store};
use feedmill::web::{self, Rendered, WebState, render};
use tokio::sync::oneshot;

/// feeds.toml of most tests.
pub const CONFIG: &str = r#"
[site]
title = "科技合流"
url = "https://feeds.example.org"
description = "Everything, milled"
language = "zh-CN"
[[source]]
name = "36kr"
url = "https://36kr.com/feed"
category = "科技"
[[source]]
name = "36krai"
url = "https://36kr.com/feed?topic=ai"
category = "科技"
[[source]]
name = "byte"
url = "https://byte.example.org/feed?token=very-secret"
category = "english"
[[view]]
name = "ai"
title = "AI & <you>"
filter = 'title ~ "AI|大模型"'
"#;

/// The time that the server's clock shows.
pub fn now() -> Instant {
    "2024-03-01T00:00:00Z".parse().unwrap()
}

pub fn config(text: &str) -> Config {
    config::parse(text, "feeds.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

/// A bare entry: title, link, HTML, date.
pub fn entry(title: &str, link: &str, html: &str, published: &str) -> Entry {
    Entry {
        guid: Some(link.to_owned()),
        link: Some(link.to_owned()),
        title: Some(title.to_owned()),
        bodies: vec![Body { kind: BodyKind::Html, text: html.to_owned() }],
        date_text: Some(published.to_owned()),
        published: Some(published.parse().unwrap()),
        ..Entry::default()
    }
}

/// A document with these entries.
pub fn feed_of(entries: Vec<Entry>) -> Feed {
    let minimal = br#"<rss version="2.0"><channel><title>T</title><link>https://publisher.example.org/</link><description>D</description></channel></rss>"#;
    let mut feed = parse::parse(minimal, None, "https://publisher.example.org/feed", &parse::ParseLimits::default()).unwrap();
    feed.entries = entries;
    feed
}

/// What the pipeline makes of a feed, first seen at `seen`.
pub fn articles(config: &Config, source: &str, feed: &Feed, seen: Instant) -> Vec<Article> {
    let source = config.sources.iter().find(|known| known.name.as_str() == source).expect("a source of the configuration");
    let context = NormalizeContext {
        source,
        feed_title: feed.title.as_deref(),
        feed_link: feed.link.as_deref(),
        now: seen,
        players: &config.article.players,
    };
    let keys = identify::keys(feed);
    feed.entries.iter().zip(&keys).filter_map(|(entry, key)| normalize::article(entry, key, &context).ok()).collect()
}

/// The plan of a poll at `at` that left this state of its source, and nothing else.
pub fn plan_of(state: SourceState, at: Instant) -> PollPlan {
    PollPlan {
        source: state.source.clone(),
        holder: None,
        at,
        state: Box::new(state),
        articles: Vec::new(),
        originals: Vec::new(),
        sightings: Vec::new(),
        rejects: Vec::new(),
        counts: VerdictCounts::default(),
    }
}

/// A running server.
pub struct Site {
    pub url: String,
    pub state: WebState,
    pub store: Arc<MemoryStore>,
    pub clock: ManualClock,
    pub client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
}

impl Site {
    /// A server that has no store yet.
    pub async fn unready(config_text: &str) -> Self {
        Self::unready_at(config_text, "127.0.0.1:0").await
    }

    /// The same at an address that its configuration knows.
    pub async fn unready_at(config_text: &str, address: &str) -> Self {
        let clock = ManualClock::new(now());
        let state = WebState::new(Arc::new(ArcSwap::from_pointee(config(config_text))), Arc::new(clock.clone()), Arc::default());
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let serving = state.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            web::serve(listener, serving, stopped).await.unwrap();
        });
        // An error means that another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url, state, store: Arc::new(MemoryStore::new()), clock, client, stop: Some(stop) }
    }

    /// A server that is ready, with nothing in it.
    pub async fn new() -> Self {
        let site = Self::unready(CONFIG).await;
        site.open();
        site
    }

    /// Opens the store and renders.
    pub fn open(&self) {
        self.state.open(Arc::clone(&self.store) as Arc<dyn Store>);
        self.render();
    }

    /// Renders what the store holds and swaps it in.
    pub fn render(&self) {
        let previous = self.state.rendered();
        let rendered: Rendered =
            render::render(&*self.store, &self.state.config(), &self.state.converter(), &previous, self.clock.now()).unwrap();
        self.state.publish(rendered);
    }

    /// Stores what the pipeline makes of these entries, and renders.
    pub fn add(&self, source: &str, entries: Vec<Entry>, seen: &str) {
        let seen: Instant = seen.parse().unwrap();
        let articles = articles(&self.state.config(), source, &feed_of(entries), seen);
        self.add_articles(source, articles, seen);
    }

    /// Stores these articles, and renders.
    pub fn add_articles(&self, source: &str, articles: Vec<Article>, seen: Instant) {
        self.keep_articles(source, articles, seen);
        self.render();
    }

    /// Stores these articles; nobody renders them yet.
    pub fn keep_articles(&self, source: &str, articles: Vec<Article>, seen: Instant) {
        let name = SourceName::new(source).unwrap();
        let config = self.state.config();
        let url = &config.sources.iter().find(|known| known.name == name).expect("a source of the configuration").url;
        let state = SourceState::fresh(name, url.to_string(), seen);
        let plan = PollPlan { articles, ..plan_of(state, seen) };
        self.store.apply(&[plan]).unwrap();
    }

    /// A few articles of two sources, one of them in both.
    pub fn fill(&self) {
        let kr = vec![
            entry("大模型 & AI", "https://36kr.com/p/1?f=rss", "<p>第一篇，<a href='/p/0'>见前文</a>。</p>", "2024-02-18T09:00:00Z"),
            entry("Second", "https://36kr.com/p/2", "<p>Second text ]]> with <img src='/i.png' alt='x'></p>", "2024-02-19T09:00:00Z"),
        ];
        self.add("36kr", kr, "2024-02-20T00:00:00Z");
        let copy =
            vec![entry("大模型 & AI", "https://www.36kr.com/p/1", "<p>第一篇，<a href='/p/0'>见前文</a>。</p>", "2024-02-18T09:00:00Z")];
        self.add("36krai", copy, "2024-02-20T01:00:00Z");
        self.add(
            "byte",
            vec![entry("Byte", "https://byte.example.org/1", "<p>English text.</p>", "2024-02-17T09:00:00Z")],
            "2024-02-20T02:00:00Z",
        );
    }

    /// The id of the article with this title.
    pub fn store_id(&self, title: &str) -> String {
        let all = self.store.newest(None, None, 1000).unwrap();
        all.iter().find(|article| article.title == title).expect("an article with this title").id.to_string()
    }

    /// Tells the server to stop.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A header as text, empty where it is missing.
pub fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// Whether a page has the one script that is ours, and no other.
pub fn only_our_script(page: &str) -> bool {
    page.matches("<script").count() == 1 && page.contains("<script src=\"/script.js\"></script>")
}

//! Keywords and summaries by a language model: a local server speaks its protocol, well and badly.

use std::sync::Arc;
use std::time::Duration;

use feedmill::clock::{Clock, ManualClock};
use feedmill::config::{self, Config};
use feedmill::daemon::committer::Committer;
use feedmill::daemon::llm::{FAILURES_MAX, Llm, LlmLimits, REPLY_BYTES_MAX, REQUESTS_MAX};
use feedmill::daemon::parsers::parsers;
use feedmill::daemon::units;
use feedmill::daemon::worker::{self, Tools};
use feedmill::fetch::HttpFetch;
use feedmill::model::Article;
use feedmill::store::{MemoryStore, Store};
use serde_json::{Value, json};

use crate::support::program::{Home, Running};
use crate::support::publisher::{Publisher, Reply};

const CHAT: &str = "/v1/chat/completions";

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A feed whose entries have enough words for an offline digest.
fn feed(numbers: std::ops::Range<u32>, built: &str) -> String {
    let entries: String = numbers
        .map(|number| {
            format!(
                "<item><title>Harbour report {number}</title><link>https://example.org/{number}</link><guid>{number}</guid><description>\
                 The harbour of Bremen opened a new bridge in chapter {number} today. Engineers from Rotterdam built the bridge within nine \
                 months. Ships with containers wait outside the harbour until the tide turns. The mayor praised the engineers and the \
                 bridge.</description></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>https://example.org/</link><description>d</description>\
         <lastBuildDate>{built}</lastBuildDate>{entries}</channel></rss>"
    )
}

fn chat(content: &str) -> Reply {
    let body = json!({ "id": "x", "object": "chat.completion", "choices": [{ "index": 0, "message": { "role": "assistant", "content": content } }] });
    Reply::status(200).header("Content-Type", "application/json").body(body.to_string())
}

fn good() -> Reply {
    chat("```json\n{\"keywords\": [\"港口\", \"桥\", \"工程\", \"潮汐\", \"市长\"], \"summary\": \"模型写的总结。\"}\n```")
}

/// A publisher that is a model too, a store, and the daemon's own worker.
struct World {
    publisher: Publisher,
    clock: ManualClock,
    store: Arc<MemoryStore>,
    config: Config,
    tools: Arc<Tools>,
    data: tempfile::TempDir,
}

impl World {
    fn new(llm: &str, limits: LlmLimits, sources: &[&str]) -> Self {
        let publisher = Publisher::start();
        publisher.set(CHAT, good());
        let mut text = format!(
            "[fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\nstarts_per_second = 0\n[llm]\nurl = \"{}\"\nmodel = \"m\"\n{llm}\n\
             [defaults]\nsummary = \"llm\"\n",
            publisher.url("/v1")
        );
        for name in sources {
            text.push_str(&format!("[[source]]\nname = \"{name}\"\nurl = \"{}\"\n", publisher.url("/feed")));
        }
        let config = config::parse(&text, "feeds.toml").unwrap_or_else(|wrong| panic!("{wrong}"));
        let clock = ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap());
        let (store, data) = (Arc::new(MemoryStore::new()), tempfile::tempdir().unwrap());
        let tools = tools(&config, &clock, &store, &data, limits);
        Self { publisher, clock, store, config, tools, data }
    }

    /// Another process on the same folder.
    fn restart(&mut self) {
        self.tools = tools(&self.config, &self.clock, &self.store, &self.data, LlmLimits::default());
    }

    /// Polls once; the feed holds these entries.
    async fn poll(&self, numbers: std::ops::Range<u32>) {
        self.publisher.set("/feed", Reply::feed(feed(numbers, &self.clock.now().to_rfc2822())));
        let units = units::group(&self.config.sources);
        assert_eq!(units.len(), 1);
        tokio::time::timeout(PATIENCE, worker::poll_unit(&self.tools, &Arc::new(units[0].clone()))).await.unwrap().unwrap();
        self.clock.advance(Duration::from_secs(3600));
    }

    fn articles(&self) -> Vec<Article> {
        self.store.newest(None, None, 1_000).unwrap()
    }

    fn asked(&self) -> usize {
        self.publisher.requests_to(CHAT).len()
    }

    /// How many articles have the model's words; the others must have their own.
    fn written_by_the_model(&self) -> usize {
        let (by_model, own): (Vec<_>, Vec<_>) = self.articles().into_iter().partition(|article| article.summary == "模型写的总结。");
        assert!(by_model.iter().all(|article| article.keywords == ["港口", "桥", "工程", "潮汐", "市长"]));
        for article in own {
            assert!(article.keywords.len() == 5 && article.summary.contains("bridge"), "{:?} {}", article.keywords, article.summary);
        }
        by_model.len()
    }
}

fn tools(config: &Config, clock: &ManualClock, store: &Arc<MemoryStore>, data: &tempfile::TempDir, limits: LlmLimits) -> Arc<Tools> {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let store: Arc<dyn Store> = Arc::clone(store) as Arc<dyn Store>;
    let llm = Llm::new(config.llm.as_ref().unwrap(), Arc::clone(&clock), data.path(), limits).unwrap();
    let fetch = HttpFetch::with_roots(&config.fetch, Arc::clone(&clock), rustls::RootCertStore::empty()).unwrap();
    let (committer, _) = Committer::start(Arc::clone(&store));
    Arc::new(Tools {
        holder: feedmill::daemon::lease::new_holder(),
        summarizer: Arc::default(),
        store,
        fetch: Arc::new(fetch),
        clock,
        committer,
        players: Arc::default(),
        interval_max: config.fetch.interval_max,
        parsers: parsers(),
        llm: Some(Arc::new(llm)),
        metrics: Arc::default(),
    })
}

#[tokio::test]
async fn a_good_answer_is_used_and_an_unchanged_article_is_not_asked_about_again() {
    let world = World::new("prompt = \"Five words, one line.\"", LlmLimits::default(), &["a"]);
    world.poll(0..3).await;
    assert_eq!((world.asked(), world.written_by_the_model()), (3, 3));
    let request = &world.publisher.requests_to(CHAT)[0];
    assert!(request.text().starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", request.text());
    assert!(request.header("Authorization").is_none());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((body["model"].as_str(), body["messages"][0]["content"].as_str()), (Some("m"), Some("Five words, one line.")));
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(user.starts_with("Harbour report") && user.contains("Rotterdam") && !user.contains('<'), "{user}");
    assert!(world.publisher.answering_most() <= REQUESTS_MAX);

    world.poll(0..3).await;
    assert_eq!(world.asked(), 3, "nothing changed");
    world.poll(0..4).await;
    assert_eq!((world.asked(), world.written_by_the_model()), (4, 4), "one is new");
}

#[tokio::test]
async fn an_entry_in_two_sources_is_asked_about_once() {
    let world = World::new("", LlmLimits::default(), &["a", "b"]);
    world.poll(0..2).await;
    assert_eq!((world.articles().len(), world.asked(), world.written_by_the_model()), (4, 2, 4));
}

#[tokio::test]
async fn a_source_that_wants_offline_summaries_is_not_sent_anywhere() {
    let mut world = World::new("", LlmLimits::default(), &["a"]);
    Arc::make_mut(&mut world.config.sources[0]).summary = feedmill::model::SummaryMode::Offline;
    world.poll(0..2).await;
    assert_eq!((world.articles().len(), world.asked(), world.written_by_the_model()), (2, 0, 0));
}

#[tokio::test]
async fn whatever_fails_leaves_the_offline_result() {
    let elsewhere = Publisher::start();
    elsewhere.set(CHAT, good());
    let endless = Reply::status(200).body("x".repeat(REPLY_BYTES_MAX / 4)).endless();
    for (name, reply) in [
        ("a failure", Reply::status(500)),
        ("a refusal", Reply::status(401).body("{\"error\": {\"message\": \"Incorrect API key provided\"}}")),
        ("too many requests", Reply::status(429)),
        ("a closed connection", Reply::close()),
        ("a cut answer", good().cut_after(20)),
        ("no HTTP", Reply::raw("hello\r\n\r\n")),
        ("no JSON", Reply::status(200).body("<html>busy</html>")),
        ("an apology", chat("I am sorry, I cannot do that.")),
        ("an endless answer", endless),
        ("a redirect", Reply::redirect(307, elsewhere.url(CHAT).as_str())),
    ] {
        let world = World::new("", LlmLimits::default(), &["a"]);
        world.publisher.set(CHAT, reply);
        world.poll(0..2).await;
        assert_eq!((world.articles().len(), world.asked(), world.written_by_the_model()), (2, 2, 0), "{name}");
        world.publisher.set(CHAT, good());
        world.poll(0..3).await;
        assert_eq!(world.written_by_the_model(), 1, "after {name} the next article is asked about again");
    }
    assert_eq!(elsewhere.requests().len(), 0, "nothing is sent where the user did not say");
}

#[tokio::test]
async fn no_answer_in_time_leaves_the_offline_result() {
    let limits = LlmLimits { request: Duration::from_millis(100), ..LlmLimits::default() };
    let world = World::new("", limits, &["a"]);
    world.publisher.set(CHAT, Reply::hang());
    world.poll(0..2).await;
    assert_eq!((world.articles().len(), world.asked(), world.written_by_the_model()), (2, 2, 0));
}

#[tokio::test]
async fn a_poll_waits_for_all_answers_together_no_longer_than_its_bound() {
    let limits = LlmLimits { request: Duration::from_secs(3600), poll: Duration::from_millis(200) };
    let world = World::new("", limits, &["a"]);
    world.publisher.set(CHAT, Reply::hang());
    world.poll(0..20).await;
    assert_eq!((world.articles().len(), world.written_by_the_model()), (20, 0));
    assert!(world.asked() <= REQUESTS_MAX, "{}", world.asked());
}

#[tokio::test]
async fn the_time_that_pages_take_is_not_taken_from_the_models() {
    let limits = LlmLimits { poll: Duration::from_secs(2), ..LlmLimits::default() };
    let mut world = World::new("", limits, &["a"]);
    Arc::make_mut(&mut world.config.sources[0]).full_text = true;
    let text = "<p>The harbour of Bremen opened its bridge, and the engineers of Rotterdam were there to see it.</p>".repeat(12);
    let page = Reply::status(200).header("Content-Type", "text/html").body(format!("<html><body><article>{text}</article></body></html>"));
    world.publisher.set("/0", page.after(limits.poll + Duration::from_millis(100)));
    let own = world.publisher.url("/").to_string();
    world.publisher.set("/feed", Reply::feed(feed(0..1, "").replace("https://example.org/", &own)));
    let units = units::group(&world.config.sources);
    tokio::time::timeout(PATIENCE, worker::poll_unit(&world.tools, &Arc::new(units[0].clone()))).await.unwrap().unwrap();
    assert!(world.articles()[0].body.as_str().contains("were there to see it"));
    assert_eq!((world.asked(), world.written_by_the_model()), (1, 1));
}

#[tokio::test]
async fn a_model_that_fails_again_and_again_is_left_alone() {
    let world = World::new("", LlmLimits::default(), &["a"]);
    world.publisher.set(CHAT, Reply::status(503));
    world.poll(0..20).await;
    assert_eq!((world.articles().len(), world.written_by_the_model()), (20, 0));
    assert!(world.asked() < FAILURES_MAX as usize + REQUESTS_MAX, "{}", world.asked());
}

#[tokio::test]
async fn no_more_requests_than_the_budget_of_a_day_restarts_included() {
    let mut world = World::new("daily_budget = 3", LlmLimits::default(), &["a"]);
    world.poll(0..2).await;
    assert_eq!((world.asked(), world.written_by_the_model()), (2, 2));
    world.restart();
    world.poll(0..5).await;
    assert_eq!((world.articles().len(), world.asked(), world.written_by_the_model()), (5, 3, 3));
    world.restart();
    world.poll(0..6).await;
    assert_eq!((world.asked(), world.written_by_the_model()), (3, 3), "the day is not over");
    world.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
    world.poll(0..7).await;
    assert_eq!((world.asked(), world.written_by_the_model()), (4, 4));
}

/// A home of the built program whose model answers this.
fn home(publisher: &Publisher, reply: Reply) -> Home {
    publisher.set(CHAT, reply);
    publisher.set("/feed", Reply::feed(feed(0..1, "")));
    Home::new(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\n[llm]\nurl = \"{}\"\nmodel = \"m\"\n\
         key_env = \"FEEDMILL_TEST_KEY\"\n[article]\nsummary = \"llm\"\n[[source]]\nname = \"a\"\nurl = \"{}\"\n",
        publisher.url("/v1"),
        publisher.url("/feed")
    ))
}

const KEY: &str = "sk-key-of-a-test";

fn start(home: &Home) -> Running {
    let mut command = home.command(&["run"]);
    command.env("FEEDMILL_TEST_KEY", KEY).env("RUST_LOG", "trace");
    Running::start(command)
}

#[test]
fn s18_the_key_goes_to_the_model_and_into_no_log_although_the_model_repeats_it() {
    let publisher = Publisher::start();
    let home = home(&publisher, Reply::status(401).header("X-Key", KEY).body(format!("{{\"error\": \"wrong key {KEY}\"}}")));
    let mut daemon = start(&home);
    let line = daemon.wait_for("language model did not help");
    assert!(line.contains("401") && line.contains("key_env"), "{line}");
    daemon.wait_until("/feed.xml", |body| body.contains("Harbour report"));
    assert_eq!(publisher.requests_to(CHAT)[0].text_of("Authorization"), format!("Bearer {KEY}"));
    daemon.signal("TERM");
    daemon.wait_for("stopping");
    assert!(!daemon.log.contains(KEY), "{}", daemon.log);
    assert!(!std::fs::read_to_string(home.data().join("llm-budget")).unwrap().contains(KEY));
}

#[test]
fn s9_markup_in_a_reply_is_inert_wherever_it_is_shown() {
    let publisher = Publisher::start();
    let evil = json!({
        "keywords": ["<img src=x onerror=alert(1)>alpha", "{{< evil >}}", "beta\u{202e}", "gamma", "delta"],
        "summary": "MODEL &lt;script&gt;alert(2)&lt;/script&gt; <script>alert(3)</script><a href=\"javascript:alert(4)\">words</a>.",
    });
    let home = home(&publisher, chat(&evil.to_string()));
    let daemon = start(&home);
    daemon.wait_until("/feed.json", |body| body.contains("MODEL"));
    let river = daemon.wait_until("/", |body| body.contains("/article/"));
    let id = river.split("/article/").nth(1).unwrap().split(['"', '?', '#']).next().unwrap().to_owned();
    // All but the script that is ours.
    let page = daemon.get(&format!("/article/{id}")).unwrap().replacen("<script src=\"/script.js\"></script>", "", 1);
    let markdown = daemon.get(&format!("/article/{id}.md")).unwrap();
    assert!(markdown.contains("alpha") && markdown.contains("MODEL"), "{markdown}");
    for (what, text) in
        [("page", page), ("markdown", markdown), ("atom", daemon.get("/atom.xml").unwrap()), ("rss", daemon.get("/feed.xml").unwrap())]
    {
        for evil in ["<script", "<img src=x", "onerror=alert", "javascript:", "alert(3)", "{{<", "\u{202e}"] {
            assert!(!text.contains(evil), "{evil} stands in the {what}:\n{text}");
        }
    }
}

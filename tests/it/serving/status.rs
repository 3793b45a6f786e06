//! What a person who runs this sees at a glance: `/status`, and the top of each source's page.

use std::sync::Arc;
use std::time::Duration;

use feedmill::model::{Instant, SourceName, SourceState};
use feedmill::pipeline::poll::{self, Answered, Attempt};
use feedmill::store::{SledOptions, SledStore, Store};

use super::kit::{CONFIG, Site, entry, feed_of, now};

const SECRET: &str = "https://byte.example.org/feed?token=very-secret";

fn disk(folder: &std::path::Path) -> SledStore {
    SledStore::open(folder, SledOptions::default()).unwrap()
}

/// A poll of `source` at `at` that took so long, as the daemon decides and stores it.
fn poll(site: &Site, source: &str, at: Instant, took: Duration, attempt: Attempt) {
    let config = site.state.config();
    let source = config.sources.iter().find(|known| known.name.as_str() == source).unwrap();
    let state = site.store.source_state(&source.name).unwrap();
    let state = state.unwrap_or_else(|| SourceState::fresh(source.name.clone(), source.url.to_string(), at));
    let plan = poll::plan(source, Box::new(state), attempt, took, Duration::from_secs(86_400), at, 0.0);
    site.store.apply(&[plan]).unwrap();
}

fn hours_ago(hours: i64) -> Instant {
    now() - chrono::Duration::hours(hours)
}

fn unchanged() -> Attempt {
    Attempt::Unchanged(Answered { status: 304, from_own_address: true, ..Answered::default() })
}

fn refused(status: u16, why: &str) -> Attempt {
    Attempt::Refused(Answered { status, ..Answered::default() }, why.into())
}

/// Three sources through a day: one well, one failing, one failing at an address that is a secret.
pub fn live(site: &Site) {
    let millis = Duration::from_millis;
    for hour in (0..24).rev() {
        poll(site, "36krai", hours_ago(hour), millis(100), unchanged());
        poll(site, "36kr", hours_ago(hour), millis(2_500), refused(503, "https://36kr.com/feed answered 503 <b>"));
    }
    let read = Attempt::Read(Answered { status: 200, ..Answered::default() }, Arc::new(feed_of(Vec::new())), Box::default());
    poll(site, "36krai", hours_ago(0), millis(300), read);
    poll(site, "byte", hours_ago(2), millis(100), refused(404, &format!("{SECRET} answered 404")));
    poll(site, "byte", hours_ago(1), millis(100), refused(500, &format!("{SECRET} answered 500")));
}

/// The table under the chart with this title, as words of each row.
fn table(page: &str, title: &str) -> Vec<Vec<String>> {
    let page = dom_query::Document::from(page);
    let figures = page.select("figure.chart");
    let figure = figures.iter().find(|figure| figure.select("h2").text().as_ref() == title).unwrap_or_else(|| panic!("no chart {title}"));
    assert_eq!(figure.select("div[role=img][aria-label] > svg").length(), 1, "{title}");
    let rows = figure.select("tbody tr");
    rows.iter().map(|row| row.select("th, td").iter().map(|cell| cell.text().to_string()).collect()).collect()
}

#[tokio::test]
async fn the_status_page_says_how_each_source_is_and_keeps_secrets() {
    let site = Site::new().await;
    site.fill();
    live(&site);
    let page = site.text("/status?lang=en").await;
    for part in [
        "24 in a row: <span lang=\"en\">https://36kr.com/feed answered 503 &lt;b&gt;</span>",
        "2 in a row: the log says why",
        "24 failures in a row: next try in",
        "36krai",
        "<dt>articles</dt><dd>4</dd>",
        "<dt>of them failed</dt><dd>26</dd>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("very-secret") && !page.contains("style="), "{page}");
    let rows: Vec<_> = ["byte/\">", "36krai/\">"].iter().map(|name| page.find(name).unwrap()).collect();
    assert!(rows.is_sorted(), "those in trouble come first");
}

#[tokio::test]
async fn the_pictures_of_the_status_page_tell_polls_by_result_their_time_articles_and_sources_by_health() {
    let site = Site::new().await;
    site.fill();
    site.add("36kr", vec![entry("Fresh", "https://36kr.com/p/9", "<p>x</p>", "2024-02-29T22:10:00Z")], "2024-02-29T22:20:00Z");
    live(&site);
    let page = site.text("/status?lang=en").await;
    let polls = table(&page, "Polls an hour, the last day");
    assert_eq!(polls.len(), 24);
    // It is 08:00 in the pages' zone: unchanged, changed, failed.
    assert_eq!(polls[23], ["03-01 08:00", "1", "1", "1"]);
    assert_eq!(polls[22], ["03-01 07:00", "1", "0", "2"]);
    assert_eq!(polls[0], ["02-29 09:00", "1", "0", "1"]);
    let times = table(&page, "Time of a poll, the last day");
    assert_eq!(times[0], ["02-29 09:00", "100 ms", "2.5 s"]);
    assert_eq!(times[23], ["03-01 08:00", "200 ms", "2.5 s"], "a source counts with the mean of its polls");
    let articles = table(&page, "Articles an hour, the last three days");
    assert_eq!((articles.len(), articles[69].clone()), (72, vec!["03-01 06:00".to_owned(), "1".into()][..].to_vec()));
    let health: Vec<_> = table(&page, "Sources by health").into_iter().map(|row| row.concat()).collect();
    assert_eq!(health, ["well100", "waiting000", "failing002", "gone000", "off000"]);
}

#[tokio::test]
async fn what_the_pictures_show_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new().await;
    live(&site);
    let states = site.store.source_states().unwrap();
    {
        let first = disk(folder.path());
        for state in &states {
            poll_into(&first, state);
        }
    }
    let again = disk(folder.path()).source_states().unwrap();
    assert_eq!(again, states);
    assert!(again.iter().any(|state| state.history.hours.len() == 24 && state.history.failures.len() == 1));
}

fn poll_into(store: &dyn Store, state: &SourceState) {
    let plan = super::kit::plan_of(state.clone(), now());
    store.apply(&[plan]).unwrap();
}

#[tokio::test]
async fn a_source_shows_its_health_its_rhythm_its_last_errors_and_its_articles() {
    let site = Site::new().await;
    site.fill();
    live(&site);
    let page = site.text("/source/36kr/?lang=en").await;
    for part in [
        "<span class=\"health failing\">failing</span>",
        "24 failures in a row: next try in",
        "the last day: 0 changed, 0 unchanged, 24 failed",
        "Last errors",
        "24 times",
        "answered 503 &lt;b&gt;",
        ">Second</a>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let days = table(&page, "Articles a day, the last four weeks");
    assert_eq!(
        (days.len(), days[16].clone(), days[15].clone()),
        (28, vec!["02-19".to_owned(), "1".into()], vec!["02-18".to_owned(), "1".into()])
    );
    let hours = table(&page, "By the hour of the day");
    assert_eq!(hours[17], ["17:00", "2"], "09:00 UTC in the pages' zone");
    let chinese = site.text("/source/36kr/?lang=zh").await;
    assert!(chinese.contains("最近的错误") && chinese.contains("24 次") && chinese.contains("最近一天：有更新 0 次"), "{chinese}");
    // A page further, or a part of the articles, is about articles only; and so are the pages of other views.
    for path in ["/source/36kr/?language=zh&lang=en", "/category/english/?lang=en", "/?lang=en"] {
        assert!(!site.text(path).await.contains("Last errors"), "{path}");
    }
}

#[tokio::test]
async fn a_source_with_a_secret_address_tells_it_nowhere() {
    let site = Site::new().await;
    site.fill();
    live(&site);
    for path in ["/source/byte/?lang=en", "/source/byte/?lang=zh", "/status?lang=en", "/status/feed.xml"] {
        let page = site.text(path).await;
        assert!(!page.contains("secret") && !page.contains("byte.example.org/feed"), "{path}: {page}");
    }
    let page = site.text("/source/byte/?lang=en").await;
    assert!(page.contains("Last errors") && page.matches("the log says why").count() == 3, "{page}");
}

#[tokio::test]
async fn a_reason_that_speaks_of_an_address_that_is_no_longer_in_feeds_toml_is_not_told() {
    let site = Site::unready(CONFIG).await;
    site.open();
    let mut state = SourceState::fresh(SourceName::new("36kr").unwrap(), SECRET.into(), now());
    state.outcome = Some(feedmill::model::Outcome::Failed(format!("{SECRET} answered 404")));
    poll_into(&*site.store, &state);
    for path in ["/status?lang=en", "/source/36kr/?lang=en"] {
        let page = site.text(path).await;
        assert!(page.contains("the log says why") && !page.contains("very-secret"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_source_that_was_never_polled_has_a_page_too() {
    let site = Site::new().await;
    let page = site.text("/source/36kr/?lang=en").await;
    assert!(page.contains("waiting") && page.contains("No articles yet") && !page.contains("Last errors"), "{page}");
}

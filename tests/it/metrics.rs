//! `/metrics` of the built program.

use crate::support::program::{Home, Running, plain_client, printed};
use crate::support::publisher::{Publisher, Reply};

const TOKEN: &str = "a-token-of-a-test";

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>T</title><link>https://example.org/</link><description>d</description>
<item><title>文章</title><link>https://example.org/1</link><guid>1</guid><description>&lt;p&gt;text&lt;/p&gt;</description></item>
</channel></rss>"#;

fn home(publisher: &Publisher, server: &str) -> Home {
    publisher.set("/a.xml", Reply::feed(RSS).header("ETag", "\"1\"").conditional());
    Home::new(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{server}\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\n\
         [[source]]\nname = \"a\"\nurl = \"{}\"\n",
        publisher.url("/a.xml")
    ))
}

fn start(home: &Home) -> Running {
    let mut command = home.command(&["run"]);
    command.env("FEEDMILL_TEST_TOKEN", TOKEN);
    Running::start(command)
}

/// Status, `WWW-Authenticate`, media type and text.
fn ask(daemon: &Running, authorization: Option<&str>) -> (u16, String, String, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut request = plain_client().get(format!("{}/metrics", daemon.address));
        if let Some(value) = authorization {
            request = request.header("Authorization", value);
        }
        let answer = request.send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let (status, wants, media_type) = (answer.status().as_u16(), header("WWW-Authenticate"), header("Content-Type"));
        (status, wants, media_type, answer.text().await.unwrap())
    })
}

fn number(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn s18_metrics_are_off_until_a_token_is_named_and_there() {
    let publisher = Publisher::start();
    for server in ["", "token_env = \"FEEDMILL_TEST_NO_SUCH\""] {
        let home = home(&publisher, server);
        let daemon = start(&home);
        let (status, _, _, text) = ask(&daemon, Some(&format!("Bearer {TOKEN}")));
        assert_eq!(status, 404);
        assert!(!text.contains("feedmill_polls"), "{text}");
    }
}

#[test]
fn s18_only_the_token_opens_metrics_and_their_numbers_grow_with_a_poll() {
    let publisher = Publisher::start();
    let home = home(&publisher, "token_env = \"FEEDMILL_TEST_TOKEN\"");
    let daemon = start(&home);
    for wrong in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic YTpi"), Some("Bearer a-token-of-a-tes")] {
        let (status, wants, _, text) = ask(&daemon, wrong);
        assert_eq!((status, wants.as_str()), (401, "Bearer realm=\"feedmill\""), "{wrong:?}");
        assert!(!text.contains("feedmill_"), "{text}");
    }
    daemon.wait_until("/feed.xml", |body| body.contains("文章"));
    let read = || {
        let (status, _, media_type, text) = ask(&daemon, Some(&format!("Bearer {TOKEN}")));
        assert_eq!((status, media_type.as_str()), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
        text
    };
    let first = read();
    assert_eq!(number(&first, "feedmill_polls_total{result=\"changed\"}"), 1.0);
    assert_eq!(number(&first, "feedmill_polls_total{result=\"unchanged\"}"), 0.0);
    assert_eq!(number(&first, "feedmill_entries_total{verdict=\"new\"}"), 1.0);
    assert_eq!(number(&first, "feedmill_fetch_duration_seconds_count"), 1.0);
    assert_eq!(number(&first, "feedmill_fetch_wire_bytes_total"), RSS.len() as f64);
    assert_eq!((number(&first, "feedmill_articles"), number(&first, "feedmill_sightings")), (1.0, 1.0));
    assert_eq!(number(&first, "feedmill_http_requests_total{class=\"metrics\",status=\"401\"}"), 5.0);
    assert!(number(&first, "feedmill_store_bytes") > 0.0);

    let polled = home.run(&["poll", "a"]);
    assert!(polled.status.success(), "{}", printed(&polled));
    let second = read();
    assert_eq!(number(&second, "feedmill_polls_total{result=\"unchanged\"}"), 1.0);
    assert_eq!(number(&second, "feedmill_fetch_duration_seconds_count"), 2.0);
    assert_eq!(number(&second, "feedmill_http_requests_total{class=\"metrics\",status=\"200\"}"), 1.0);
    assert!(!daemon.log.contains(TOKEN));
}

#[test]
fn the_names_follow_the_conventions_of_prometheus() {
    let publisher = Publisher::start();
    let home = home(&publisher, "token_env = \"FEEDMILL_TEST_TOKEN\"");
    let daemon = start(&home);
    let text = ask(&daemon, Some(&format!("Bearer {TOKEN}"))).3;
    let mut types = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        types += 1;
        assert!(name.starts_with("feedmill_") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is not explained");
        let ending = match kind {
            "counter" => "_total",
            "histogram" => "_bucket",
            "info" => "_info",
            _ => "",
        };
        let sample = format!("{name}{ending}");
        let is_sample = |line: &str| line.strip_prefix(&sample).is_some_and(|rest| rest.starts_with([' ', '{']));
        assert!(text.lines().any(is_sample), "no {sample} in\n{text}");
        assert!(kind != "histogram" || name.ends_with("_seconds"), "{name}");
    }
    assert!(types >= 12, "{text}");
}

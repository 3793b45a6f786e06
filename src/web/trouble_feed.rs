//! `/status/feed.xml` and its two siblings: the journal of troubles as a feed. It stands by itself: its entries are in no other feed.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};

use super::answer::{self, Kind as FileKind};
use super::feeds;
use super::language::Language;
use super::pages::reasons;
use super::render::{self, Format};
use super::state::WebState;
use super::troubles::{Event, Kind};
use crate::config::Config;
use crate::model::{Instant, View};
use crate::publish::document::{self, Addresses, Attribution, FeedDocument, FeedEntry};
use crate::publish::paging::Paging;
use crate::publish::{ids, text};

/// Answers `/status/FILE`.
pub async fn answer(State(state): State<WebState>, file: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response<Body> {
    let config = state.config();
    let Some(format) = file.ok().and_then(|Path(file)| Format::of_file(&file)) else { return answer::not_found() };
    let (version, events) = state.troubles();
    let key = format!("troubles {} {version}", format.file());
    let now = state.clock().now();
    let made = feeds::made(&state, state.rendered().generation, key, move |_| Ok(Some(render::file(&document(&config, &events), format)?)));
    match made.await {
        Ok(Some(file)) => answer::with_file(&headers, file, FileKind::Feed, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

fn document(config: &Config, events: &[Event]) -> FeedDocument {
    let site = &config.site;
    let language = if site.language.to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English };
    let path = document::path(&View::Status);
    let address = |file: &str| format!("{}{path}/{file}", site.url);
    let entries: Vec<FeedEntry> = events.iter().map(|event| entry(config, language, event)).collect();
    FeedDocument {
        id: ids::feed(&site.url, &View::Status, ""),
        title: text::line(&format!("{} · {}", site.title, language.pick("运行状态", "Status"))),
        description: language
            .pick("来源和存储出了什么问题，什么时候好了", "What goes wrong with sources and the store, and when it is over")
            .into(),
        home_url: format!("{}{path}", site.url),
        addresses: Addresses { rss: address("feed.xml"), atom: address("atom.xml"), json: address("feed.json") },
        language: text::language_tag(language.tag()),
        author: None,
        icon: site.icon.as_deref().and_then(text::uri),
        updated: entries.iter().map(|entry| entry.updated).max(),
        ttl_minutes: render::FEED_TTL_MINUTES,
        hubs: Vec::new(),
        paging: Paging::default(),
        stylesheet: format!("{}{}", document::path_of(&site.url), crate::publish::FEED_STYLESHEET),
        entries,
    }
}

fn entry(config: &Config, language: Language, event: &Event) -> FeedEntry {
    let at = Instant::from_timestamp(event.over.unwrap_or(event.since), 0).unwrap_or_default();
    let (title, advice) = words(language, event);
    let reason = reasons::say(&event.reason, language).0;
    let summary = if event.reason.is_empty() || event.kind == Kind::HeldBack { advice.clone() } else { format!("{reason} {advice}") };
    let summary = text::xml_clean(summary.trim());
    let summary = if summary.is_empty() { title.clone() } else { summary };
    let home = format!("{}{}", config.site.url, document::path(&View::Status));
    FeedEntry {
        id: ids::trouble(&[kind_word(event.kind), &event.source, &event.since.to_string(), if event.over.is_some() { "over" } else { "" }]),
        title: text::line(&title),
        link: Some(home.clone()),
        published: at,
        updated: at,
        authors: Vec::new(),
        categories: vec![kind_word(event.kind).to_owned()],
        content: format!("<p>{}</p>", text::escape(&summary)),
        summary,
        image: None,
        is_image_beside: false,
        enclosures: Vec::new(),
        language: text::language_tag(language.tag()),
        source: Attribution {
            id: ids::feed(&config.site.url, &View::Status, ""),
            title: text::line(&config.site.title),
            feed_url: format!("{home}/feed.xml"),
            site_url: text::uri(&home),
        },
        also: Vec::new(),
    }
}

/// Part of ids: never another one.
fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Failing => "failing",
        Kind::Gone => "gone",
        Kind::HeldBack => "held-back",
        Kind::Store => "store",
    }
}

/// What happened, and what can be done.
fn words(language: Language, event: &Event) -> (String, String) {
    let (name, is_over) = (&event.source, event.over.is_some());
    let (chinese, english) = match (event.kind, is_over) {
        (Kind::Failing, false) => (
            (format!("{name} 连续抓取失败"), "在状态页可以看到下次抓取的时间。".to_owned()),
            (format!("{name} keeps failing"), "The status page says when it is polled next.".to_owned()),
        ),
        (Kind::Failing, true) => ((format!("{name} 已恢复"), String::new()), (format!("{name} is well again"), String::new())),
        (Kind::Gone, false) => (
            (format!("{name} 已停更"), format!("对方表示这个订阅源已永久停用，不再抓取。可用 feedmill remove {name} 删去，或换一个地址。")),
            (
                format!("{name} is gone"),
                format!(
                    "The publisher says that this feed is gone for good, and it is not polled any more. `feedmill remove {name}` takes it out, or give it another address."
                ),
            ),
        ),
        (Kind::Gone, true) => ((format!("{name} 又在更新"), String::new()), (format!("{name} is there again"), String::new())),
        (Kind::HeldBack, false) => {
            let count = &event.reason;
            (
                (
                    format!("{name} 暂扣了 {count} 篇"),
                    format!("一次涌入许多不像新的文章。feedmill release {name} 会放行；三天后自动放行。"),
                ),
                (
                    format!("{name} holds {count} entries back"),
                    format!(
                        "Many came at once that cannot be new. `feedmill release {name}` lets them in; after three days they come by themselves."
                    ),
                ),
            )
        }
        (Kind::HeldBack, true) => {
            ((format!("{name} 暂扣的文章已放行"), String::new()), (format!("{name} holds nothing back any more"), String::new()))
        }
        (Kind::Store, false) => (
            ("存储出了问题".to_owned(), "请查看日志；重新启动 feedmill 会从快照恢复。".to_owned()),
            ("The store is in trouble".to_owned(), "Look at the log; a restart of feedmill restores it from a snapshot.".to_owned()),
        ),
        (Kind::Store, true) => (("存储已恢复".to_owned(), String::new()), ("The store is well again".to_owned(), String::new())),
    };
    language.pick(chinese, english)
}

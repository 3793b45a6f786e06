//! Articles, states and plans for the tests of the store. Here because only rows and the sanitizer may make a body.

use crate::model::poll::Burst;
use crate::model::{
    Article, ArticleId, Body, BodyKind, Enclosure, Entry, EntryKey, FailureRun, Fingerprint, History, HourOfPolls, Instant, Original,
    Outcome, PageDue, PageText, Person, PollPlan, PublisherHints, Reject, SafeHtml, Sighting, SourceName, SourceState, Validators,
};

/// The name of a source.
pub fn name(text: &str) -> SourceName {
    SourceName::new(text).unwrap()
}

/// A time on the day that the first article of the golden cases was published.
pub fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(1_708_247_519 + seconds, 0).unwrap()
}

/// The article number `number` of a source, published `number` seconds into the day.
pub fn article(source: &str, number: u32) -> Article {
    let key = EntryKey::Guid(format!("https://{source}.example/p/{number}"));
    let published = at(number.into());
    Article {
        id: ArticleId::of(&name(source), &key),
        source: name(source),
        title: format!("第 {number} 篇 of {source}"),
        link: Some(format!("https://{source}.example/p/{number}")),
        key,
        date_text: published.to_rfc2822(),
        published,
        updated: published,
        first_seen: published,
        body: SafeHtml::from_sanitizer(format!("<p>Text {number}.</p>")),
        cover: None,
        image: None,
        summary: String::new(),
        keywords: Vec::new(),
        authors: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        language: None,
        feed_title: None,
        feed_link: None,
        fingerprint: Fingerprint::of(&[source, &number.to_string()]),
        revision: 0,
        canonical: None,
        story: None,
    }
}

/// An article that has everything.
pub fn full_article() -> Article {
    let person = Person { name: "张三".into(), email: Some("a@b.example".into()), url: Some("https://b.example/".into()) };
    let enclosure = Enclosure {
        url: "https://b.example/a.mp3".into(),
        media_type: Some("audio/mpeg".into()),
        length_bytes: Some(u64::MAX),
        duration_seconds: Some(61),
        title: Some("Folge 1".into()),
    };
    Article {
        updated: Instant::from_timestamp(1_708_300_000, 123_456_789).unwrap(),
        cover: Some("https://b.example/a.jpg".into()),
        image: Some("https://b.example/b.jpg".into()),
        summary: "Two \"lines\"\nof text.".into(),
        keywords: vec!["大模型".into(), "LLM".into()],
        authors: vec![person, Person { name: "B".into(), ..Person::default() }],
        categories: vec!["tech".into()],
        enclosures: vec![enclosure],
        language: Some("zh-CN".into()),
        feed_title: Some("36氪".into()),
        feed_link: Some("https://36kr.com".into()),
        revision: 3,
        canonical: Some("https://a.example/p/1".into()),
        ..article("36kr", 1)
    }
}

/// What the full article was made of.
pub fn full_original() -> Original {
    let article = full_article();
    let body = |kind, text: &str| Body { kind, text: text.into() };
    let entry = Entry {
        guid: Some("https://36kr.example/p/1".into()),
        link: article.link.clone(),
        title: Some(article.title.clone()),
        bodies: vec![body(BodyKind::Html, "<p onclick=x>Text 1.</p>\n"), body(BodyKind::Text, "Text \"1\".")],
        base: Some("https://36kr.example/".into()),
        date_text: Some("2024-02-18 17:11:59  +0800".into()),
        published: Some(article.published),
        updated: Some(article.updated),
        authors: article.authors.clone(),
        categories: article.categories.clone(),
        enclosures: article.enclosures.clone(),
        image: article.cover.clone(),
        language: article.language.clone(),
        origin: Some(("36氪".into(), Some("https://36kr.com".into()))),
        comments: Some("https://36kr.example/p/1#comments".into()),
    };
    let page = PageText { html: "<p>Text 1, whole.</p>".into(), base: "https://36kr.example/p/".into() };
    Original { id: article.id, entry, feed_title: Some("36氪".into()), feed_link: Some("https://36kr.com".into()), page: Some(page) }
}

/// The same article with other content.
pub fn revised(article: &Article, body: &str) -> Article {
    Article {
        body: SafeHtml::from_sanitizer(body.to_owned()),
        fingerprint: Fingerprint::of(&[body]),
        revision: article.revision + 1,
        updated: article.updated + std::time::Duration::from_secs(60),
        ..article.clone()
    }
}

/// An article whose text does not compress, of about this length.
pub fn long_article(source: &str, number: u32, length: usize) -> Article {
    let mut noise = vec![0; length / 2];
    blake3::Hasher::new().update(&number.to_be_bytes()).finalize_xof().fill(&mut noise);
    let body: String = noise.iter().map(|byte| format!("{byte:02x}")).collect();
    Article { body: SafeHtml::from_sanitizer(body), ..article(source, number) }
}

/// The sighting that belongs to an article.
pub fn sighting(article: &Article) -> Sighting {
    Sighting {
        id: article.id,
        first_seen: article.first_seen,
        last_seen: article.updated,
        fingerprint: article.fingerprint,
        published: article.published,
        revision: article.revision,
    }
}

/// A state that has everything.
pub fn full_state(source: &str) -> SourceState {
    SourceState {
        adopted_url: Some("https://new.example/feed".into()),
        moving: Some(("https://newer.example/feed".into(), at(5), 2)),
        validators: Validators { etag: Some(b"\"x\"".to_vec()), last_modified: Some(b"gestern".to_vec()) },
        body_hash: Some([5; 16]),
        filters: Some([6; 16]),
        next_why: "in an hour, its interval".into(),
        held_until: Some(at(7)),
        last_attempt: Some(at(1)),
        last_success: Some(at(2)),
        last_new: Some(at(3)),
        outcome: Some(Outcome::Failed("the server answered 500; trying again in an hour".into())),
        failures: 1,
        crashes: 2,
        gone_since: Some(at(4)),
        feed_title: Some("36氪".into()),
        feed_link: Some("https://36kr.com".into()),
        feed_self: Some("https://36kr.com/feed".into()),
        hubs: vec!["https://hub.example/".into()],
        format: Some("rss".into()),
        hints: PublisherHints { ttl_minutes: Some(60), skip_hours: vec![1, 2], skip_days: vec![6], update_period_seconds: Some(3600) },
        rhythm_seconds: Some(900),
        polls: 10,
        polls_failed: 3,
        articles_new: 40,
        burst: Some(Burst { since: at(9), entries: 44 }),
        pages_due: vec![PageDue { id: article("36kr", 1).id, tries: 2, own_worth: 140 }],
        history: History {
            hours: vec![HourOfPolls { hour: 474_000, changed: 1, unchanged: 2, failed: 3, timed: 5, millis: 1_234 }],
            failures: vec![FailureRun { first: at(1), last: at(8), times: 7, why: "the server answered 500".into() }],
        },
        ..SourceState::fresh(name(source), "https://36kr.com/feed".into(), at(6))
    }
}

/// The plan of a poll at `when` that found these articles.
pub fn plan(source: &str, when: i64, articles: Vec<Article>) -> PollPlan {
    let mut state = SourceState::fresh(name(source), format!("https://{source}.example/feed"), at(when + 3600));
    state.last_attempt = Some(at(when));
    PollPlan {
        holder: None,
        source: name(source),
        at: at(when),
        state: Box::new(state),
        sightings: articles.iter().map(sighting).collect(),
        articles,
        originals: Vec::new(),
        rejects: Vec::new(),
        counts: crate::model::poll::VerdictCounts::default(),
    }
}

/// The plan of a poll that rejected entries with these numbers.
pub fn rejecting_plan(source: &str, when: i64, numbers: std::ops::Range<u32>) -> PollPlan {
    let reject = |number| Reject { what: format!("entry {number}"), why: "it has neither title nor text".into() };
    PollPlan { rejects: numbers.map(reject).collect(), ..plan(source, when, Vec::new()) }
}

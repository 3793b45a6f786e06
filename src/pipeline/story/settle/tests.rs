use super::*;
use crate::model::{ArticleId, EntryKey, Fingerprint, SafeHtml, SourceName};

const TEXT: &str = "<p>The night train was a relic for years. Routes were cut, carriages were scrapped, and the few that remained were kept \
    alive by enthusiasts. Now operators across the continent are ordering new sleeper cars.</p>";

fn article(source: &str, guid: &str, link: &str, title: &str, body: &str, minute: i64) -> Article {
    let source = SourceName::new(source).unwrap();
    let key = EntryKey::Guid(guid.into());
    let at = chrono::DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap();
    Article {
        id: ArticleId::of(&source, &key),
        source,
        key,
        title: title.into(),
        link: Some(link.into()),
        date_text: String::new(),
        published: at,
        updated: at,
        first_seen: at,
        body: SafeHtml::for_tests(body),
        cover: None,
        image: None,
        summary: String::new(),
        keywords: vec![],
        authors: vec![],
        categories: vec![],
        enclosures: vec![],
        language: None,
        feed_title: None,
        feed_link: None,
        fingerprint: Fingerprint::of(&[guid]),
        revision: 0,
        canonical: None,
        story: None,
    }
}

fn settings() -> Settings {
    Settings { similar: true, window: Duration::from_secs(7 * 86_400), keep_apart: Vec::new() }
}

fn story(article: &Article, others: &[Article], settings: &Settings) -> Story {
    settle(article, &Profile::of(article), others, &[], settings)
}

fn rule(article: &Article, others: &[Article]) -> Option<Rule> {
    story(article, others, &settings()).merge.map(|merge| merge.rule)
}

#[test]
fn an_address_a_guid_and_a_text_make_two_articles_one() {
    let a = article("a", "1", "https://x.org/1", "The comeback of the night train", TEXT, 0);
    assert_eq!(rule(&article("b", "2", "https://m.x.org/1?utm_source=b", "Trains", "", 5), std::slice::from_ref(&a)), Some(Rule::Address));
    assert_eq!(rule(&article("b", "2", "https://y.org/1", &a.title, TEXT, 5), std::slice::from_ref(&a)), Some(Rule::Copy));
    assert_eq!(rule(&article("b", "2", "https://y.org/1", "Other", "<p>other</p>", 5), std::slice::from_ref(&a)), None);
    let tagged = article("a", "tag:x.org,2024:1", "https://x.org/1", "T", "", 0);
    assert_eq!(rule(&article("b", "tag:x.org,2024:1", "https://y.org/1", "T", "", 5), &[tagged]), Some(Rule::Guid));
}

#[test]
fn what_a_page_calls_its_own_address_counts() {
    let original = article("a", "1", "https://x.org/1", "Trains", "", 0);
    let mut copy = article("b", "2", "https://copies.example/77", "Trains, as told elsewhere", "", 5);
    assert_eq!(rule(&copy, std::slice::from_ref(&original)), None);
    copy.canonical = Some("https://www.x.org/1/?utm_source=copies".into());
    assert_eq!(rule(&copy, &[original]), Some(Rule::Address));
}

#[test]
fn the_story_keeps_the_id_and_the_place_of_the_copy_seen_first() {
    let mut a = article("a", "1", "https://x.org/1", "The comeback of the night train", TEXT, 0);
    a.story = Some(alone(&a));
    let mut b = article("b", "2", "https://y.org/1", &a.title, TEXT, 5);
    b.story = Some(story(&b, std::slice::from_ref(&a), &settings()));
    let c = article("c", "3", "https://y.org/1", "Night trains", "", 9);
    let third = story(&c, std::slice::from_ref(&b), &settings());
    assert_eq!((third.id, third.published), (a.id, a.published));
    assert_eq!(third.merge.unwrap().with, b.id);
}

#[test]
fn texts_of_one_source_or_far_apart_are_not_compared() {
    let a = article("a", "1", "https://x.org/1", "The comeback of the night train", TEXT, 0);
    assert_eq!(rule(&article("a", "2", "https://x.org/2", &a.title, TEXT, 5), std::slice::from_ref(&a)), None);
    assert_eq!(rule(&article("b", "2", "https://y.org/2", &a.title, TEXT, 8 * 1440), std::slice::from_ref(&a)), None);
    let off = Settings { similar: false, ..settings() };
    let b = article("b", "2", "https://y.org/2", &a.title, TEXT, 5);
    assert!(story(&b, std::slice::from_ref(&a), &off).merge.is_none());
    // Nor by way of a copy: the story has an article of this source already.
    let mut a = a;
    a.story = Some(alone(&a));
    let mut b = b;
    b.story = Some(story(&b, std::slice::from_ref(&a), &settings()));
    assert!(b.story.as_ref().unwrap().merge.is_some());
    assert_eq!(rule(&article("a", "3", "https://x.org/3", &a.title, TEXT, 9), &[a, b]), None);
}

#[test]
fn a_link_that_many_titles_share_proves_nothing() {
    // changelog feeds link every entry to one page.
    let log = [article("log", "1", "https://x.org/changes", "1.0", "", 1), article("log", "2", "https://x.org/changes", "1.1", "", 2)];
    assert_eq!(rule(&article("b", "3", "https://x.org/changes", "1.1", "", 3), &log), None);
    assert_eq!(rule(&article("log", "3", "https://x.org/changes", "1.2", "", 3), &log[..1]), None);
    let titles = ["Trains", "Planes", "Boats", "Cars", "Bikes"];
    let many: Vec<Article> = (0..5).zip(titles).map(|(n, title)| article(&format!("s{n}"), "g", "https://x.org/p", title, "", n)).collect();
    assert_eq!(rule(&article("z", "3", "https://x.org/p", "Horses", "", 9), &many), None);
    assert_eq!(rule(&article("z", "3", "https://x.org/p", "Horses", "", 9), &many[..2]), Some(Rule::Address));
    // One source's two entries that come together, and the other source was first.
    let b = article("b", "3", "https://x.org/changes", "What is new", "", 0);
    let alone = settle(&log[0], &Profile::of(&log[0]), std::slice::from_ref(&b), &[], &settings());
    let together = settle(&log[0], &Profile::of(&log[0]), std::slice::from_ref(&b), &[&log[1]], &settings());
    assert!(alone.merge.is_some() && together.merge.is_none());
    assert_eq!(rule(&log[0], &[article("b", "3", "https://x.org/changes", "1.1", "", 0)]), None);
    let front = article("a", "1", "https://x.org/", "T", "", 1);
    assert_eq!(rule(&article("b", "2", "https://x.org", "T", "", 2), &[front]), None);
    // A long comment that links to what it comments on.
    let comment = "I have taken that very train more often than anybody I know. ".repeat(9);
    let told = article("a", "1", "https://x.org/1", "The comeback of the night train", &TEXT.repeat(3), 1);
    assert_eq!(rule(&article("blog", "2", "https://x.org/1", "Sleeping on rails, a love story", &comment, 2), &[told]), None);
}

#[test]
fn what_is_to_be_kept_apart_is() {
    let a = article("a", "1", "https://x.org/1", "The comeback of the night train", TEXT, 0);
    let b = article("b", "2", "https://x.org/1", &a.title, TEXT, 5);
    let name = |text: &str| SourceName::new(text).unwrap();
    let with = |sources: &[&str], title: Option<&str>| {
        let rule = KeepApart { sources: sources.iter().map(|text| name(text)).collect(), title: title.map(|text| text.parse().unwrap()) };
        story(&b, std::slice::from_ref(&a), &Settings { keep_apart: vec![rule], ..settings() }).merge.is_some()
    };
    assert!(!with(&["a", "b"], None) && !with(&["b"], None) && !with(&[], Some("night")) && !with(&["a", "b"], Some("night")));
    assert!(with(&["a", "c"], None) && with(&[], Some("day")) && with(&["a", "b"], Some("day")));
    let mut undone = a;
    undone.story = Some(Story { kept_apart: true, ..alone(&undone) });
    assert_eq!(rule(&b, &[undone]), None);
}

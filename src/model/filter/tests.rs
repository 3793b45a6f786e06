use super::*;
use crate::model::feed::{Enclosure, Person};
use crate::model::{Article, ArticleId, EntryKey, Fingerprint, SafeHtml, SourceName};

fn at(text: &str) -> Instant {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn article() -> Article {
    let source = SourceName::new("36kr").unwrap();
    let key = EntryKey::Guid("1".into());
    Article {
        id: ArticleId::of(&source, &key),
        source,
        key,
        title: "ChatGPT 来了".into(),
        link: Some("https://36kr.com/p/1".into()),
        date_text: String::new(),
        published: at("2024-02-01T12:00:00Z"),
        updated: at("2024-02-03T12:00:00Z"),
        first_seen: at("2024-02-02T12:00:00Z"),
        body: SafeHtml::for_tests("<p>国产<b>大模型</b>进展</p>"),
        cover: None,
        image: None,
        summary: "一句话".into(),
        keywords: vec!["模型".into()],
        authors: vec![Person { name: "张三".into(), ..Person::default() }],
        categories: vec!["AI".into()],
        enclosures: vec![Enclosure {
            url: "https://x/1.mp3".into(),
            media_type: None,
            length_bytes: None,
            duration_seconds: None,
            title: None,
        }],
        language: Some("zh-CN".into()),
        feed_title: None,
        feed_link: None,
        fingerprint: Fingerprint::of(&[]),
        revision: 2,
        canonical: None,
        story: None,
    }
}

fn passes(filter: &str) -> bool {
    let article = article();
    let tags = ["china".to_owned(), "startups".to_owned()];
    let subject = FilterSubject::new(&article, Some("tech"), &tags);
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error} at {:?}", error.at));
    filter.matches(&subject, at("2024-02-04T12:00:00Z"))
}

#[test]
fn the_example_of_the_design_passes() {
    assert!(passes("category = \"tech\" and text ~ \"大模型|LLM\""));
    assert!(!passes("category = \"news\" and text ~ \"大模型|LLM\""));
}

#[test]
fn conditions_that_hold() {
    for filter in [
        "all",
        "title ~ \"ChatGPT\"",
        "title ~ '(?i)chatgpt'",
        "title !~ 广告",
        "title = \"ChatGPT 来了\"",
        "text ~ \"国产大模型进展\"",
        "text ~ ChatGPT",
        "source in (sspai, \"36kr\")",
        "source not in (sspai, ifanr)",
        "source = 36kr",
        "category != news",
        "tags = china and tag = startups",
        "tags != russia",
        "keywords = AI AND keyword = 模型",
        "author = 张三",
        "language ~ '^zh'",
        "link ~ '36kr\\.com/p/\\d+'",
        "length = 7",
        "length > 5 and length <= 7 and length != 3",
        "revision >= 2",
        "date = 2024-02-01 and date = 2024-02 and date = 2024",
        "date > 2024-01-31 and date >= 2024-02-01 and date < 2024-02-02 and date <= 2024-02-01",
        "date != 2024-02-02",
        "date < 2024-02-01T20:00:01+08:00",
        "seen = 2024-02-02 and updated = \"2024-02-03\"",
        "age < 4 days and age = 3 days and age > 71h 59m and age >= \"3 days\"",
        "has enclosure and has author and not has image",
        "not (category = news or category = sport)",
        "category = news or category = tech and source = 36kr",
        "!(category = news) && (category = tech || category = x)",
        "category == tech and title =~ GPT",
        "title = \"say \\\"hi\\\"\" or all",
    ] {
        assert!(passes(filter), "{filter}");
        assert!(!passes(&format!("not ({filter})")), "not ({filter})");
    }
}

#[test]
fn and_binds_closer_than_or() {
    assert!(passes("all or all and not all"));
    assert!(!passes("(all or all) and not all"));
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (filter, place, says) in [
        ("", 0..0, "empty"),
        ("categroy = tech", 0..8, "did you mean \"category\"?"),
        ("wind = tech", 0..4, "known are title"),
        ("category tech", 9..13, "after category comes one of"),
        ("category = ", 11..11, "a text is missing"),
        ("category = and x", 11..14, "a text is missing before \"and\""),
        ("category = tech source = x", 16..22, "join conditions"),
        ("category < tech", 9..10, "category is compared by"),
        ("length ~ 3", 7..8, "length is compared by"),
        ("length > many", 9..13, "is not a whole number"),
        ("age < 3 fortnights", 6..18, "unit of time"),
        ("age < 3", 6..7, "no unit"),
        ("date > yesterday", 7..16, "is not a date"),
        ("date > 2024-13", 7..14, "is not a date"),
        ("date in (2024)", 5..7, "compares texts"),
        ("title ~ \"(\"", 8..11, "unclosed group"),
        ("title ~ \"a", 8..10, "no closing \""),
        ("(title = a", 0..1, "not closed"),
        ("title = a)", 9..10, "closes nothing"),
        ("source in x", 10..11, "comes a list"),
        ("source in (a b)", 13..14, "comma"),
        ("has enclosures", 4..14, "did you mean \"enclosure\"?"),
        ("has", 3..3, "comes one of"),
        ("title = “a”", 8..11, "plain quotes"),
        ("title ~ \"a{999}{999}{999}\"", 8..26, "too large"),
        ("title and", 6..9, "after title comes one of"),
        ("= 3", 0..1, "begins with a field"),
    ] {
        let error = Filter::parse(filter).map(|_| ()).unwrap_err();
        assert!(error.message.contains(says), "{filter}: {error}");
        assert_eq!(error.at, place, "{filter}: {error}");
    }
}

#[test]
fn filters_are_bounded() {
    assert!(Filter::parse(&format!("{}all{}", "(".repeat(40), ")".repeat(40))).is_err());
    assert!(Filter::parse(&"not ".repeat(2_000)).is_err());
    assert!(Filter::parse(&format!("all{}", " or title ~ a".repeat(60))).is_err());
    assert!(Filter::parse(&"x".repeat(FILTER_BYTES_MAX + 1)).is_err());
}

#[test]
fn only_age_depends_on_time() {
    assert!(Filter::parse("all and not (age < 1d)").unwrap().depends_on_time());
    assert!(!Filter::parse("date > 2024 or all").unwrap().depends_on_time());
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "([a-z]{2,8}|[<>=!~(),]|\"\\PC{0,4}\"?|[0-9-]{1,6}|\\PC| and | or | has ){0,20}") {
        if let Err(error) = Filter::parse(&text) {
            proptest::prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error.at);
        }
    }
}

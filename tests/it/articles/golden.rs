//! The golden cases: what each entry of three real feeds must become, byte for byte.

use feedmill::model::{EntryKey, ImageTemplate, Instant, Schedule, Source, SourceName, SummaryMode};
use feedmill::pipeline::normalize::{self, NormalizeContext};
use feedmill::pipeline::parse::{ParseLimits, parse};
use feedmill::publish::markdown::{self, PageOptions};

use crate::support::corpus;

/// The cases in which we depart from the seed, with the number of the departure in ARTICLE_FORMAT and the lines that may differ.
const DEPARTURES: &[(&str, u8, &[&str])] = &[
    ("byte/00", 1, &["    alt: "]),
    ("byte/08", 1, &["    alt: "]),
    ("byte/06", 2, &["date: ", "lastmod: "]),
    ("byte/07", 2, &["date: ", "lastmod: "]),
    ("byte/08", 2, &["date: ", "lastmod: "]),
    ("byte/09", 2, &["date: ", "lastmod: "]),
    ("byte/10", 2, &["date: ", "lastmod: "]),
    ("byte/11", 2, &["date: ", "lastmod: "]),
    ("byte/12", 2, &["date: ", "lastmod: "]),
    ("byte/13", 2, &["date: ", "lastmod: "]),
    ("byte/14", 2, &["date: ", "lastmod: "]),
];

/// 2024-02-20 00:00:00 UTC: the time of first sight.
pub fn now() -> Instant {
    Instant::from_timestamp(1_708_387_200, 0).unwrap()
}

pub fn source(name: &str) -> Source {
    Source {
        name: SourceName::new(name).unwrap(),
        url: "https://feeds.example.org/feed.xml".parse().unwrap(),
        mirrors: Vec::new(),
        category: None,
        tags: Vec::new(),
        schedule: Schedule::Interval(std::time::Duration::from_secs(3600)),
        interval_is_own: false,
        include: None,
        exclude: None,
        full_text: false,
        selector: None,
        archives: false,
        image_template: Some(ImageTemplate("cdn.g0f.cn/?r={origin}&url={url}".into())),
        default_cover: Some("https://www.g0f.cn/img/banner.jpg".into()),
        no_referrer: false,
        chinese: None,
        summary: SummaryMode::Off,
        headers: Vec::new(),
        auth_env: None,
        proxy: None,
        keep: None,
        enabled: true,
        priority: 0,
        burst: 0,
        time_zone: None,
    }
}

#[test]
fn the_golden_articles_match_to_the_byte() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for name in ["36krai", "brettterpstra", "byte"] {
        let folder = corpus().join("articles").join(name);
        let source = source(name);
        let bytes = std::fs::read(folder.join("feed.xml")).unwrap();
        let feed = parse(&bytes, None, source.url.as_str(), &ParseLimits::default()).unwrap();
        let context = NormalizeContext {
            source: &source,
            feed_title: feed.title.as_deref(),
            feed_link: feed.link.as_deref(),
            now: now(),
            players: &[],
        };
        for (number, entry) in feed.entries.iter().enumerate() {
            let case = format!("{name}/{number:02}");
            let expected = std::fs::read_to_string(folder.join(format!("expected/{number:02}.md"))).unwrap();
            let article = normalize::article(entry, &EntryKey::Guid(case.clone()), &context).unwrap();
            let page = PageOptions { categories: &[name.to_owned()], default_cover: source.default_cover.as_deref(), no_referrer: false };
            let made = markdown::document(&article, &page);
            cases += 1;
            if let Some(problem) = difference(&case, &expected, &made) {
                wrong.push(problem);
            }
        }
    }
    assert_eq!(cases, 31);
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The first line in which the two differ, unless a departure that is listed for this case covers it and reads as it says.
fn difference(case: &str, expected: &str, made: &str) -> Option<String> {
    let (expected, made): (Vec<_>, Vec<_>) = (expected.split('\n').collect(), made.split('\n').collect());
    if expected.len() != made.len() {
        let at = expected.iter().zip(&made).position(|(a, b)| a != b).unwrap_or_default();
        return Some(format!("{case}: {} lines, not {}; line {}:\n- {}\n+ {}", made.len(), expected.len(), at + 1, expected[at], made[at]));
    }
    let differ: Vec<_> = expected.iter().zip(&made).filter(|(a, b)| a != b).collect();
    for (seed, ours) in &differ {
        let allowed = DEPARTURES.iter().find(|(name, _, lines)| *name == case && lines.iter().any(|line| seed.starts_with(line)));
        let right = allowed.is_some_and(|(_, number, _)| match number {
            // The seed wrote `""…""`, which is not YAML: the inner quotes are escaped.
            1 => {
                let inner = seed.strip_prefix("    alt: \"\"").and_then(|rest| rest.strip_suffix("\"\""));
                inner.is_some_and(|inner| **ours == format!("    alt: \"\\\"{inner}\\\"\""))
            }
            // The seed wrote `None`: the time of first sight stands there.
            _ => seed.ends_with(": None") && ours.ends_with(": Tue, 20 Feb 2024 00:00:00 GMT"),
        });
        if !right {
            return Some(format!("{case}:\n- {seed}\n+ {ours}"));
        }
    }
    let listed = DEPARTURES.iter().filter(|(name, _, _)| *name == case).map(|(_, _, lines)| lines.len()).sum::<usize>();
    (differ.len() != listed).then(|| format!("{case}: {} lines differ, {listed} are listed", differ.len()))
}

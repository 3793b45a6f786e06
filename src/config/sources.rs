//! `[defaults]` and `[[source]]`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use regex::Regex;

use super::parse::unset;
use super::section::Section;
use super::{ArticleConfig, StoreConfig, values};
use crate::model::{Chinese, ImageTemplate, Schedule, Source, SourceName, SummaryMode, words};

/// Shortest interval that is taken at all.
pub const INTERVAL_SECONDS_MIN: u64 = 1;
/// Longest interval: a source that is asked less often is better switched off.
pub const INTERVAL_SECONDS_MAX: u64 = 366 * 86_400;
/// Below this, publishers block who asks so often.
pub const INTERVAL_POLITE_SECONDS_MIN: u64 = 60;
/// The interval of a source that names none (F14).
pub const INTERVAL_DEFAULT_SECONDS: u64 = 3_600;

/// New entries at once that cannot be new, above which they are held back.
pub const BURST_DEFAULT_ENTRIES: u32 = 20;

/// What may stand in `[defaults]` and in a source, as written there. `Some(None)` switches off what the level above switched on.
struct Settings {
    category: Option<Option<String>>,
    tags: Option<Vec<String>>,
    when: Option<When>,
    time_zone: Option<Tz>,
    include: Option<Option<Regex>>,
    exclude: Option<Option<Regex>>,
    full_text: Option<bool>,
    selector: Option<Option<String>>,
    archives: Option<bool>,
    image_template: Option<Option<ImageTemplate>>,
    default_cover: Option<Option<String>>,
    no_referrer: Option<bool>,
    chinese: Option<Option<Chinese>>,
    summary: Option<SummaryMode>,
    headers: Option<Vec<(String, String)>>,
    auth_env: Option<String>,
    proxy: Option<url::Url>,
    keep: Option<Option<Duration>>,
    enabled: Option<bool>,
    priority: Option<u64>,
    burst: Option<u64>,
}

/// `interval` or `schedule`.
#[derive(Clone)]
enum When {
    Interval(Duration),
    Cron(String),
}

/// Reads all sources, with everything filled in that they leave open.
pub fn read(
    defaults: &Section<'_>,
    sections: &[Section<'_>],
    article: &ArticleConfig,
    store: &StoreConfig,
    has_llm: bool,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<Arc<Source>> {
    let common = settings(defaults, has_llm, is_set);
    if defaults.has("auth_env") {
        defaults.warn("auth_env", "this secret is sent to the host of every source; name it in the one source that needs it");
    }
    let mut sources = Vec::with_capacity(sections.len());
    let mut seen = Seen::default();
    for section in sections {
        section.need("name");
        section.need("url");
        let own = settings(section, has_llm, is_set);
        let (name, url) = (section.parse("name", values::name), section.parse("url", values::feed_url));
        let mirrors = section.list("mirrors", values::feed_url).unwrap_or_default();
        if let Some(name) = &name {
            seen.check_name(section, name);
        }
        let (Some(name), Some(url)) = (name, url) else { continue };
        let source = fill(name, url, mirrors, own, &common, article, store);
        seen.check_url(section, &source);
        sources.push(Arc::new(source));
    }
    sources
}

fn fill(
    name: SourceName,
    url: url::Url,
    mirrors: Vec<url::Url>,
    own: Settings,
    common: &Settings,
    article: &ArticleConfig,
    store: &StoreConfig,
) -> Source {
    let interval_is_own = matches!(own.when, Some(When::Interval(_)));
    let time_zone = own.time_zone.or(common.time_zone);
    let schedule = match own.when.or_else(|| common.when.clone()) {
        Some(When::Cron(expression)) => Schedule::Cron { expression, time_zone: time_zone.unwrap_or(Tz::UTC) },
        Some(When::Interval(interval)) => Schedule::Interval(interval),
        None => Schedule::Interval(Duration::from_secs(INTERVAL_DEFAULT_SECONDS)),
    };
    let mut headers = own.headers.unwrap_or_default();
    for (name, value) in common.headers.iter().flatten() {
        if !headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            headers.push((name.clone(), value.clone()));
        }
    }
    Source {
        name,
        url,
        mirrors,
        category: own.category.or_else(|| common.category.clone()).flatten(),
        tags: own.tags.or_else(|| common.tags.clone()).unwrap_or_default(),
        schedule,
        interval_is_own,
        include: own.include.or_else(|| common.include.clone()).flatten().map(Box::new),
        exclude: own.exclude.or_else(|| common.exclude.clone()).flatten().map(Box::new),
        full_text: own.full_text.or(common.full_text).unwrap_or(false),
        selector: own.selector.or_else(|| common.selector.clone()).flatten(),
        archives: own.archives.or(common.archives).unwrap_or(false),
        image_template: own.image_template.or_else(|| common.image_template.clone()).unwrap_or_else(|| article.image_template.clone()),
        default_cover: own.default_cover.or_else(|| common.default_cover.clone()).unwrap_or_else(|| article.default_cover.clone()),
        no_referrer: own.no_referrer.or(common.no_referrer).unwrap_or(false),
        chinese: own.chinese.or(common.chinese).flatten(),
        summary: own.summary.or(common.summary).unwrap_or(article.summary),
        headers,
        auth_env: own.auth_env.or_else(|| common.auth_env.clone()),
        proxy: own.proxy.or_else(|| common.proxy.clone()).map(Box::new),
        keep: own.keep.or(common.keep).unwrap_or(store.keep),
        enabled: own.enabled.or(common.enabled).unwrap_or(true),
        priority: own.priority.or(common.priority).unwrap_or(0),
        burst: own.burst.or(common.burst).and_then(|burst| u32::try_from(burst).ok()).unwrap_or(BURST_DEFAULT_ENTRIES),
        time_zone,
    }
}

fn settings(section: &Section<'_>, has_llm: bool, is_set: &dyn Fn(&str) -> bool) -> Settings {
    let summary = section.parse("summary", values::summary);
    if summary == Some(SummaryMode::Llm) && !has_llm {
        section.error("summary", "summary = \"llm\" needs an [llm] table with url and model");
    }
    let auth_env = section.parse("auth_env", values::variable);
    if let Some(variable) = auth_env.as_deref().filter(|variable| !is_set(variable)) {
        section.warn("auth_env", unset(variable));
    }
    Settings {
        category: section.parse("category", values::category),
        tags: section.list("tags", values::line),
        when: when(section),
        time_zone: section.parse("time_zone", values::time_zone),
        include: section.parse("include", values::regex),
        exclude: section.parse("exclude", values::regex),
        full_text: section.flag("full_text"),
        selector: section.parse("selector", values::selector),
        archives: section.flag("archives"),
        image_template: section.parse("image_proxy", values::image_template),
        default_cover: section.parse("default_cover", values::cover),
        no_referrer: section.parse("image_referrer", values::image_referrer),
        chinese: section.parse("chinese", values::chinese),
        summary,
        headers: section.pairs("headers", values::header),
        auth_env,
        proxy: section.parse("proxy", values::proxy),
        keep: section.parse("keep", values::age),
        enabled: section.flag("enabled"),
        priority: section.count("priority", 0..=1_000_000),
        burst: section.count("burst", 0..=1_000_000),
    }
}

fn when(section: &Section<'_>) -> Option<When> {
    let polite = |key: &str, least: Duration| {
        if least < Duration::from_secs(INTERVAL_POLITE_SECONDS_MIN) {
            let said = words::say_duration(least);
            section.warn(key, format!("this asks the publisher every {said}, and most block who asks more than once in a minute"));
        }
    };
    let (least, most) = (Duration::from_secs(INTERVAL_SECONDS_MIN), Duration::from_secs(INTERVAL_SECONDS_MAX));
    let interval = section.parse("interval", |text| values::duration_between(text, least, most));
    let schedule = section.parse("schedule", values::schedule);
    if section.has("interval") && section.has("schedule") {
        section.error("schedule", "interval and schedule exclude each other; leave one of them out");
    }
    if let Some(interval) = interval {
        polite("interval", interval);
    }
    match (schedule, interval) {
        (Some((expression, least)), _) => {
            polite("schedule", least);
            Some(When::Cron(expression))
        }
        (None, interval) => interval.map(When::Interval),
    }
}

/// What must not stand twice.
#[derive(Default)]
struct Seen {
    names: HashMap<String, String>,
    urls: HashMap<String, Vec<(SourceName, bool)>>,
}

impl Seen {
    fn check_name(&mut self, section: &Section<'_>, name: &SourceName) {
        let folded = name.as_str().to_lowercase();
        match self.names.get(&folded) {
            Some(first) if first == name.as_str() => {
                section.error(
                    "name",
                    format!("another source is named {first:?} already; a name is a source's identity, so each needs its own"),
                );
            }
            Some(first) => {
                section.error(
                    "name",
                    format!("{:?} and {first:?} differ only in case, and some systems cannot tell their folders apart", name.as_str()),
                );
            }
            None => {
                self.names.insert(folded, name.as_str().to_owned());
            }
        }
    }

    /// The same feed under two names is a pattern of its own, each with an `include` (it is fetched once); without, it is a slip.
    fn check_url(&mut self, section: &Section<'_>, source: &Source) {
        let picks = source.include.is_some() || source.exclude.is_some();
        let others = self.urls.entry(source.url.to_string()).or_default();
        if let Some((other, _)) = others.iter().find(|(_, other_picks)| !picks && !other_picks) {
            section.warn(
                "url",
                format!(
                    "the source {:?} has this url already, so every article comes twice; remove one, or give them include or exclude",
                    other.as_str()
                ),
            );
        }
        others.push((source.name.clone(), picks));
    }
}

//! From the text of feeds.toml to a [`Config`], or to everything that is wrong with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Problems};
use super::schema::{self, OTHER_WORDS, TABLES};
use super::section::{Report, Section};
use super::sources::INTERVAL_SECONDS_MAX;
use super::{
    ArticleConfig, Config, FetchConfig, LlmConfig, SearchConfig, ServerConfig, SiteConfig, StoreConfig, StoriesConfig, sources, values,
    views,
};
use crate::model::story::KeepApart;
use crate::model::words::{self, nearest};
use crate::model::{PLAYERS_DEFAULT, Source, SummaryMode};

/// Longest file that is read: ten thousand sources need two.
pub const FILE_BYTES_MAX: usize = 16_000_000;
/// Syntax errors that are told; one slip can bring a chain of others.
const SYNTAX_ERRORS_MAX: usize = 10;
/// Most entries of an output feed.
pub(super) const LIMIT_MAX: u64 = 10_000;

/// Reads feeds.toml. `file_name` is for messages.
///
/// # Errors
/// All problems at once.
pub fn parse(text: &str, file_name: &str) -> Result<Config, Problems> {
    parse_with(text, file_name, &|_| true)
}

/// The same, and warns about every variable or credential that the file names and `is_set` does not know.
///
/// # Errors
/// All problems at once.
pub fn parse_with(text: &str, file_name: &str, is_set: &dyn Fn(&str) -> bool) -> Result<Config, Problems> {
    if text.len() > FILE_BYTES_MAX {
        return Err(Problem::of_file(file_name, format!("the file has {} bytes, and {FILE_BYTES_MAX} is the most", text.len())).into());
    }
    let report = Report::new(file_name, text);
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in syntax.iter().take(SYNTAX_ERRORS_MAX) {
        report.error(error.span().unwrap_or(0..0), say_syntax_error(error.message()));
    }
    let config = read(document.get_ref(), &report, is_set);
    let (mut errors, mut more, mut warnings) = report.into_parts();
    if !syntax.is_empty() {
        // What follows a syntax error is a guess: a table that was not closed takes in the keys of the next.
        let (told, others) = errors.split_at(syntax.len().min(SYNTAX_ERRORS_MAX));
        let first_line = told.iter().map(|error| error.line).min().unwrap_or(0);
        more = 0;
        errors = told.iter().chain(others.iter().filter(|error| error.line < first_line)).cloned().collect();
    }
    if !errors.is_empty() {
        return Err(Problems::new(errors, more));
    }
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    Ok(Config { warnings, hash: blake3::hash(text.as_bytes()), ..config })
}

/// The parser's words for people who do not know its terms.
fn say_syntax_error(message: &str) -> String {
    let advice = if message.contains("string values must be quoted") {
        "; put the text into quotes"
    } else if message.contains("duplicate key") {
        "; a key stands once in a table (a second source needs a [[source]] line of its own)"
    } else if message.contains("unclosed") || message.contains("invalid basic string") || message.contains("invalid literal string") {
        "; look for a missing quote or bracket in this line"
    } else {
        ""
    };
    format!("not TOML: {message}{advice}")
}

fn read(document: &DeTable<'_>, report: &Report<'_>, is_set: &dyn Fn(&str) -> bool) -> Config {
    for (key, value) in document.iter() {
        if !TABLES.iter().any(|table| table.name == key.get_ref()) {
            report.error(key.span(), unknown_table(key.get_ref(), value.get_ref()));
        }
    }
    let open = |schema: &'static schema::Table| match find(document, schema.name) {
        Some(value) => Section::open(value, schema, report),
        None => Section::absent(schema, report),
    };
    let many = |schema: &'static schema::Table| -> Vec<Section<'_>> {
        let Some(value) = find(document, schema.name) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            report.error(value.span(), format!("write {} with double brackets: it may stand many times", schema.header()));
            return match value.get_ref() {
                DeValue::Table(_) => vec![Section::open(value, schema, report)],
                _ => Vec::new(),
            };
        };
        array.iter().map(|value| Section::open(value, schema, report)).collect()
    };

    let server = server(&open(&schema::SERVER));
    let site_section = open(&schema::SITE);
    let site = site(&site_section, server.listen);
    warn_of_local_site(&site_section, &server, &site, report);
    let article = article(&open(&schema::ARTICLE));
    let llm = llm(&open(&schema::LLM));
    let store = store(&open(&schema::STORE));
    let fetch = fetch(&open(&schema::FETCH), &site.url);
    let sources = sources::read(&open(&schema::DEFAULTS), &many(&schema::SOURCE), &article, &store, llm.is_some(), is_set);
    let views = views::read(&many(&schema::VIEW), site.limit);
    let stories = stories(&open(&schema::STORIES));
    let search = SearchConfig { enabled: open(&schema::SEARCH).flag("enabled").unwrap_or(true) };
    let keep_apart = many(&schema::KEEP_APART).iter().filter_map(|section| keep_apart(section, &sources)).collect();
    if sources.is_empty() {
        report.warn_of_file("there is no [[source]], so nothing is polled; add one with `feedmill add URL`");
    }
    let named = [
        ("token_env", server.token_env.as_deref(), &schema::SERVER),
        ("key_env", llm.as_ref().and_then(|llm| llm.key_env.as_deref()), &schema::LLM),
    ];
    for (key, variable, schema) in named {
        if let Some(variable) = variable.filter(|variable| !is_set(variable)) {
            open_quietly(document, schema, report).warn(key, unset(variable));
        }
    }
    Config {
        site,
        server,
        fetch,
        article,
        llm,
        store,
        stories,
        search,
        sources: sources.into(),
        views,
        keep_apart,
        warnings: Vec::new(),
        hash: blake3::hash(b""),
    }
}

/// A section whose unknown keys have been reported already.
fn open_quietly<'t>(document: &'t DeTable<'t>, schema: &'static schema::Table, report: &'t Report<'t>) -> Section<'t> {
    match find(document, schema.name) {
        Some(value) => Section::reopen(value, schema, report),
        None => Section::absent(schema, report),
    }
}

/// The warning about a variable that is not there.
pub(super) fn unset(variable: &str) -> String {
    format!("there is no variable and no systemd credential named {variable}; set it before feedmill starts")
}

fn find<'t>(document: &'t DeTable<'t>, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
    document.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn unknown_table(typed: &str, value: &DeValue<'_>) -> String {
    let shown = typed.escape_debug();
    let lower = typed.to_lowercase();
    let other =
        OTHER_WORDS.iter().filter(|(theirs, _)| *theirs == lower).find_map(|(_, ours)| TABLES.iter().find(|table| table.name == *ours));
    let near = nearest(typed, TABLES.iter().map(|table| table.name)).and_then(|near| TABLES.iter().find(|table| table.name == near));
    if let Some(table) = other.or(near).filter(|_| matches!(value, DeValue::Table(_) | DeValue::Array(_))) {
        return format!("unknown table \"{shown}\"; did you mean {}?", table.header());
    }
    if let Some(table) = TABLES.iter().find(|table| table.key(typed).is_some()) {
        return format!("the key \"{shown}\" stands before the first table; it belongs in {}", table.header());
    }
    let all = TABLES.iter().map(|table| table.header()).collect::<Vec<_>>().join(" ");
    format!("unknown table or key \"{shown}\"; known are {all}")
}

fn server(section: &Section<'_>) -> ServerConfig {
    ServerConfig {
        listen: section.parse("listen", values::listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        token_env: section.parse("token_env", values::variable),
    }
}

fn site(section: &Section<'_>, listen: SocketAddr) -> SiteConfig {
    let own = section.parse("url", values::site_url);
    let filled = |key| section.parse(key, values::line).filter(|text| !text.is_empty());
    let title = filled("title").unwrap_or_else(|| "feedmill".to_owned());
    SiteConfig {
        url: own.unwrap_or_else(|| local_url(listen)),
        description: filled("description").unwrap_or_else(|| title.clone()),
        title,
        language: section.parse("language", values::language).unwrap_or_else(|| "zh-CN".to_owned()),
        author: filled("author"),
        icon: section.parse("icon", |text| values::http_url(text).map(|url| url.to_string())),
        limit: section.count("limit", 1..=LIMIT_MAX).map_or(100, whole),
        images: section.flag("images").unwrap_or(true),
    }
}

/// The address under which this machine reaches what listens there.
fn local_url(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() { format!("http://localhost:{}", listen.port()) } else { format!("http://{listen}") }
}

/// Readers elsewhere cannot follow links to this machine; ids built on it would change with the first real address.
fn warn_of_local_site(section: &Section<'_>, server: &ServerConfig, site: &SiteConfig, report: &Report<'_>) {
    let host = url::Url::parse(&site.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    if server.listen.ip().is_loopback() || !local {
        return;
    }
    let message =
        format!("readers elsewhere cannot follow {}; set url in [site] to the address by which they reach this machine", site.url);
    if section.has("url") { section.warn("url", message) } else { report.warn_of_file(message) }
}

fn fetch(section: &Section<'_>, site_url: &str) -> FetchConfig {
    let default = FetchConfig::default();
    let between = |key, least, most, default| {
        let read = |text: &str| values::duration_between(text, Duration::from_millis(least), Duration::from_secs(most));
        section.parse(key, read).unwrap_or(default)
    };
    let max_body = |text: &str| match words::size(text)? {
        bytes @ 1_024..=1_000_000_000 => Ok(bytes),
        _ => Err(format!("{text:?} must lie between 1KiB and 1GB").into()),
    };
    let starts = section.count("starts_per_second", 0..=100_000).and_then(|most| u32::try_from(most).ok());
    FetchConfig {
        max_in_flight: section.count("max_in_flight", 1..=4_096).map_or(default.max_in_flight, whole),
        per_host_delay: between("per_host_delay", 0, 3_600, default.per_host_delay),
        per_host_connections: section.count("per_host_connections", 1..=1_024).map_or(default.per_host_connections, whole),
        timeout: between("timeout", 1_000, 3_600, default.timeout),
        max_body_bytes: section.parse("max_body", max_body).unwrap_or(default.max_body_bytes),
        user_agent: section.parse("user_agent", values::user_agent).unwrap_or_else(|| user_agent(site_url)),
        proxy: section.parse("proxy", values::proxy),
        allow_private: section.list("allow_private", values::network).unwrap_or_default(),
        allow_downgrade: section.flag("allow_downgrade").unwrap_or(default.allow_downgrade),
        hold_host: section.flag("hold_host").unwrap_or(default.hold_host),
        starts_per_second: starts.unwrap_or(default.starts_per_second),
        interval_max: between("interval_max", 60_000, INTERVAL_SECONDS_MAX, default.interval_max),
    }
}

/// F30: name, version and an address where a publisher learns who is asking.
fn user_agent(site_url: &str) -> String {
    let ascii = site_url.is_ascii() && !site_url.starts_with("http://localhost") && !site_url.starts_with("http://127.");
    let repository = env!("CARGO_PKG_REPOSITORY");
    let address = if ascii || repository.is_empty() { site_url } else { repository };
    format!("feedmill/{} (+{address})", env!("CARGO_PKG_VERSION"))
}

fn article(section: &Section<'_>) -> ArticleConfig {
    let html = section.table("html", &schema::HTML);
    ArticleConfig {
        image_template: section.parse("image_proxy", values::image_template).flatten(),
        default_cover: section.parse("default_cover", values::cover).flatten(),
        summary: section.parse("summary", values::summary).unwrap_or(SummaryMode::Offline),
        players: html.list("players", values::host).unwrap_or_else(|| PLAYERS_DEFAULT.iter().map(|host| (*host).to_owned()).collect()),
    }
}

fn llm(section: &Section<'_>) -> Option<LlmConfig> {
    section.need("url");
    section.need("model");
    let key_env = section.parse("key_env", values::variable);
    let daily_budget = section.count("daily_budget", 0..=1_000_000).and_then(|count| u32::try_from(count).ok()).unwrap_or(500);
    let (url, model) = (section.parse("url", values::http_url), section.parse("model", values::line));
    Some(LlmConfig { url: url?, model: model?, key_env, prompt: section.text("prompt"), daily_budget })
}

fn store(section: &Section<'_>) -> StoreConfig {
    StoreConfig {
        keep: section.parse("keep", values::age).flatten(),
        keep_articles: section.count("keep_articles", 1..=1_000_000_000),
        snapshots: section.count("snapshots", 0..=1_000).and_then(|count| u32::try_from(count).ok()).unwrap_or(7),
    }
}

fn stories(section: &Section<'_>) -> StoriesConfig {
    let window = |text: &str| values::duration_between(text, Duration::from_secs(3_600), Duration::from_secs(366 * 86_400));
    StoriesConfig {
        similar: section.flag("similar").unwrap_or(true),
        window: section.parse("window", window).unwrap_or(Duration::from_secs(7 * 86_400)),
        articles_max: section.count("articles_max", 1_000..=10_000_000).map_or(100_000, whole),
    }
}

fn keep_apart(section: &Section<'_>, known: &[Arc<Source>]) -> Option<KeepApart> {
    let named = section.list("sources", values::name).unwrap_or_default();
    if let Some(name) = named.iter().find(|name| !known.iter().any(|source| source.name == **name)) {
        section.warn("sources", format!("there is no source {:?}; its articles are those that are stored already", name.as_str()));
    }
    let title = section.parse("title", values::regex).flatten();
    if !section.has("sources") && !section.has("title") {
        section.error("sources", "a [[keep_apart]] needs sources or title: without, nothing would ever be merged");
    }
    (!named.is_empty() || title.is_some()).then_some(KeepApart { sources: named, title })
}

/// A checked count as a length.
pub(super) fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

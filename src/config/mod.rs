//! feeds.toml: text to a checked [`Config`], with all problems at once, and edits that keep comments and order.

mod changes;
pub mod edit;
mod listed;
mod load;
mod parse;
mod problem;
mod schema;
mod section;
mod sources;
mod values;
mod views;
mod watch;

use std::net::SocketAddr;
use std::time::Duration;

pub use changes::Changes;
pub use listed::{NoSource, Sources};
pub use load::{LoadError, load, read_text, secret};
pub use parse::{FILE_BYTES_MAX, parse, parse_with};
pub use problem::{Problem, Problems, hide_passwords};
pub use schema::{Key, Kind, TABLES, Table};
pub use values::URL_BYTES_MAX;
pub use watch::watch;

use crate::model::story::KeepApart;
use crate::model::{Chinese, Filter, ImageTemplate, SourceName, SummaryMode};

/// Whether a text can be the name of a source, a view or a category.
#[must_use]
pub fn is_name(text: &str) -> bool {
    values::name(text).is_ok()
}

/// feeds.toml, checked, with every default filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// What readers see.
    pub site: SiteConfig,
    /// The server.
    pub server: ServerConfig,
    /// The HTTP client.
    pub fetch: FetchConfig,
    /// How articles are made.
    pub article: ArticleConfig,
    /// The language model, where one is configured.
    pub llm: Option<LlmConfig>,
    /// What is kept.
    pub store: StoreConfig,
    /// How articles of several sources that tell the same are found.
    pub stories: StoriesConfig,
    /// The search.
    pub search: SearchConfig,
    /// The sources in file order, disabled ones included.
    pub sources: Sources,
    /// The named views in file order.
    pub views: Vec<ViewConfig>,
    /// What is never merged.
    pub keep_apart: Vec<KeepApart>,
    /// What can be used but should be known: printed by `check`, logged when the file is taken up.
    pub warnings: Vec<Problem>,
    /// Hash of the text that it was read from: as long as it is the same, so is all of this.
    pub hash: blake3::Hash,
}

/// `[site]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    /// Title of the merged feed.
    pub title: String,
    /// Public address without a trailing slash; ids and self links are built on it.
    pub url: String,
    /// One line about the site.
    pub description: String,
    /// BCP 47 tag.
    pub language: String,
    /// Who publishes it.
    pub author: Option<String>,
    /// Address of a picture.
    pub icon: Option<String>,
    /// Entries in an output feed.
    pub limit: usize,
    /// Whether our pages show the pictures of articles. Feeds keep them: what to load is the reader's choice there.
    pub images: bool,
}

impl SiteConfig {
    /// Pages have no script and cannot know the reader's zone, so days and times are in the zone of most readers of the site's language.
    #[must_use]
    pub fn zone(&self) -> chrono::FixedOffset {
        let east8 = chrono::FixedOffset::east_opt(8 * 3600).filter(|_| self.language.to_ascii_lowercase().starts_with("zh"));
        east8.unwrap_or_else(|| chrono::Offset::fix(&chrono::Utc))
    }
}

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Name of the variable or credential that holds the token for metrics and changes.
    pub token_env: Option<String>,
}

/// `[fetch]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchConfig {
    /// Fetches at once, over all hosts.
    pub max_in_flight: usize,
    /// Least time between two starts at one host.
    pub per_host_delay: Duration,
    /// Connections at once to one host.
    pub per_host_connections: usize,
    /// Total time of one fetch.
    pub timeout: Duration,
    /// Decoded bytes of one body.
    pub max_body_bytes: u64,
    /// `User-Agent`.
    pub user_agent: String,
    /// Proxy for all sources.
    pub proxy: Option<url::Url>,
    /// Networks that may be polled although they are private.
    pub allow_private: Vec<Network>,
    /// Follow a redirect from https to http (`allow_downgrade`, false).
    pub allow_downgrade: bool,
    /// A `Retry-After` silences the whole host, not only the feed that got it (`hold_host`, true; F19).
    pub hold_host: bool,
    /// Requests started in one second, over all hosts; 0 is no limit (`starts_per_second`, 200; F29).
    pub starts_per_second: u32,
    /// The slowest that a source's learned rhythm may make it; its interval is the fastest (`interval_max`, a day).
    pub interval_max: Duration,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            max_in_flight: 256,
            per_host_delay: Duration::from_secs(2),
            per_host_connections: 1,
            timeout: Duration::from_secs(60),
            max_body_bytes: 20_000_000,
            user_agent: concat!("feedmill/", env!("CARGO_PKG_VERSION"), " (+https://github.com/feedmill/feedmill)").into(),
            proxy: None,
            allow_private: Vec::new(),
            allow_downgrade: false,
            hold_host: true,
            starts_per_second: 200,
            interval_max: Duration::from_secs(24 * 3600),
        }
    }
}

/// An IP network such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its address.
    pub address: std::net::IpAddr,
    /// Bits that count.
    pub prefix_bits: u8,
}

/// `[article]`; sources have their own copy of what can be set there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleConfig {
    /// Image template for all sources.
    pub image_template: Option<ImageTemplate>,
    /// Cover of an article without a picture.
    pub default_cover: Option<String>,
    /// How keywords and summary are made.
    pub summary: SummaryMode,
    /// Hosts whose players may be framed.
    pub players: Vec<String>,
}

/// `[llm]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmConfig {
    /// Base address of an OpenAI-compatible endpoint.
    pub url: url::Url,
    /// Model name.
    pub model: String,
    /// Name of the variable or credential that holds the key.
    pub key_env: Option<String>,
    /// Prompt of the user's own.
    pub prompt: Option<String>,
    /// Requests a day.
    pub daily_budget: u32,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// Age after which articles are removed.
    pub keep: Option<Duration>,
    /// Number of articles above which the oldest are removed.
    pub keep_articles: Option<u64>,
    /// Snapshots kept.
    pub snapshots: u32,
}

/// `[stories]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoriesConfig {
    /// Compare texts.
    pub similar: bool,
    /// Texts published further apart are not compared.
    pub window: Duration,
    /// Articles that are compared with.
    pub articles_max: usize,
}

/// `[search]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchConfig {
    /// Keep an index of all articles.
    pub enabled: bool,
}

/// `[[view]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewConfig {
    /// Path segment.
    pub name: SourceName,
    /// Title of its feed.
    pub title: String,
    /// What passes.
    pub filter: Filter,
    /// Entries in its feed.
    pub limit: usize,
    /// Entries of one source in it.
    pub per_source: Option<usize>,
    /// The order.
    pub sort: Sort,
    /// How Chinese is shown in it: `Some(None)` is as the publishers write it, none is as each source says.
    pub chinese: Option<Option<Chinese>>,
}

/// Order of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By date of publication, newest first.
    Published,
    /// By first sight, newest first.
    Seen,
}

#[cfg(test)]
mod tests;

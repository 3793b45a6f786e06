//! A Source: one entry of feeds.toml with the defaults filled in.

use std::time::Duration;

use regex::Regex;

use super::{Chinese, SourceName};

/// One entry of feeds.toml, checked, with `[defaults]` and `[article]` filled in.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its identity.
    pub name: SourceName,
    /// Where it is polled: absolute http or https.
    pub url: url::Url,
    /// Other addresses of the same feed, tried in turn when the first fails.
    pub mirrors: Vec<url::Url>,
    /// The category whose feed it belongs to.
    pub category: Option<String>,
    /// Words of the user's own.
    pub tags: Vec<String>,
    /// When it is polled.
    pub schedule: Schedule,
    /// The user asked for this interval in the source itself (F15: a publisher without validators is polled at most daily unless so).
    pub interval_is_own: bool,
    /// Only entries whose title matches become articles. Boxed like all that few sources have and that is large: some have ten thousand sources.
    pub include: Option<Box<Regex>>,
    /// Entries whose title matches do not.
    pub exclude: Option<Box<Regex>>,
    /// Fetch the page of each entry for its whole text.
    pub full_text: bool,
    /// The part of that page that is the article, as a CSS selector; without one it is found by looking at the page.
    pub selector: Option<String>,
    /// When it is new, fetch the archives that its publisher names as well (F42).
    pub archives: bool,
    /// How image addresses are rewritten.
    pub image_template: Option<ImageTemplate>,
    /// The cover of an article without a picture.
    pub default_cover: Option<String>,
    /// Its pictures are asked for without a word about the page that they stand in: some hosts refuse them to other websites.
    pub no_referrer: bool,
    /// How its Chinese is shown; none is as the publisher writes it.
    pub chinese: Option<Chinese>,
    /// How keywords and summary are made.
    pub summary: SummaryMode,
    /// Request headers of the user's own.
    pub headers: Vec<(String, String)>,
    /// Name of the environment variable or credential that holds the value of the Authorization header.
    pub auth_env: Option<String>,
    /// `http://`, `https://`, `socks5://` or `socks5h://` proxy for this source.
    pub proxy: Option<Box<url::Url>>,
    /// How long its articles are kept.
    pub keep: Option<Duration>,
    /// Whether it is polled at all.
    pub enabled: bool,
    /// Where several sources tell one story, the copy of the highest priority leads.
    pub priority: u64,
    /// So many new entries at once that cannot be new are held back; 0: none are.
    pub burst: u32,
    /// The zone of dates without one.
    pub time_zone: Option<chrono_tz::Tz>,
}

/// When a source is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At most once in this time.
    Interval(Duration),
    /// At the times of a cron expression of six fields (seconds first), in a zone.
    Cron {
        /// The six fields.
        expression: String,
        /// Where its hours are meant.
        time_zone: chrono_tz::Tz,
    },
}

/// How keywords and summary are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryMode {
    /// From the article's own words.
    Offline,
    /// By a language model, the offline result whenever it fails.
    Llm,
    /// Not at all.
    Off,
}

/// A template such as `cdn.g0f.cn/?r={origin}&url={url}`: places `{origin}`, `{url}` and `{url_encoded}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageTemplate(pub String);

/// Hosts whose players may be framed when feeds.toml says nothing else. Hosts below them count too.
pub const PLAYERS_DEFAULT: &[&str] = &[
    "youtube.com",
    "youtube-nocookie.com",
    "player.vimeo.com",
    "player.bilibili.com",
    "v.qq.com",
    "player.youku.com",
    "tv.sohu.com",
    "open.iqiyi.com",
    "music.163.com",
    "open.spotify.com",
    "w.soundcloud.com",
    "embed.podcasts.apple.com",
    "embed.music.apple.com",
    "bandcamp.com",
    "player.twitch.tv",
    "clips.twitch.tv",
    "dailymotion.com",
    "geo.dailymotion.com",
    "embed.ted.com",
    "player.simplecast.com",
    "share.transistor.fm",
    "player.megaphone.fm",
    "embed.acast.com",
    "html5-player.libsyn.com",
    "archive.org",
    "player.fireside.fm",
    "xiaoyuzhoufm.com",
    "ximalaya.com",
];

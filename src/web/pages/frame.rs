//! What all pages have around them: head, site name, switch of language, foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::weight;
use crate::config::Config;
use crate::model::{Article, Instant, View};
use crate::publish::document;
use crate::web::language::Language;
use crate::web::render::Format;

/// Longest query of a feed whose address is named in all formats, in bytes.
const QUERY_BYTES_MAX: usize = 600;

/// `Content-Type` of pages.
pub const HTML: &str = "text/html; charset=utf-8";

/// What a page needs to know to be put into its frame.
pub struct Frame<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The reader's language.
    pub language: Language,
    /// What stands in the window's title, before the site's.
    pub title: &'a str,
    /// The view whose feeds are announced to the browser besides the merged one (P17).
    pub view: Option<&'a View>,
    /// What follows the addresses of these feeds, `?lang=zh`.
    pub feed_query: &'a str,
    /// Path of this page below the site's address, for the switch of language; without query.
    pub path: &'a str,
    /// The rest of its query, `&before=…`, kept by the switch.
    pub query: &'a str,
}

impl Frame<'_> {
    /// The path below which the site stands, for links.
    #[must_use]
    pub fn base(&self) -> &str {
        document::path_of(&self.config.site.url)
    }

    /// The address of the picture of an article, where pages show pictures.
    #[must_use]
    pub fn picture(&self, article: &Article) -> Option<String> {
        if self.config.site.images { weight::address(document::picture(article).as_deref()) } else { None }
    }

    /// The address of the picture beside an article's text, where the text has none and pages show pictures.
    #[must_use]
    pub fn thumbnail(&self, article: &Article) -> Option<String> {
        if self.config.site.images { weight::address(document::thumbnail(article).as_deref()) } else { None }
    }

    /// The whole page.
    #[must_use]
    pub fn page(&self, main: &Markup) -> String {
        let (site, base) = (&self.config.site, self.base());
        let window = if self.title.is_empty() { site.title.clone() } else { format!("{} · {}", self.title, site.title) };
        let other = self.language.pick(Language::English, Language::Chinese);
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    title { (window) }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(crate::publish::GENERATOR);
                    @if !site.description.is_empty() { meta name="description" content=(site.description); }
                    link rel="stylesheet" href=(format!("{base}/style.css"));
                    script src=(format!("{base}/script.js")) {}
                    (self.discovery())
                    @if let Some(icon) = &site.icon { link rel="icon" href=(icon); }
                }
                body {
                    a.skip href="#main" { (self.language.pick("跳到正文", "Skip to content")) }
                    header.site {
                        p.name { a href=(format!("{base}/")) { (site.title) } }
                        nav aria-label=(self.language.pick("站点", "Site")) {
                            @if self.config.search.enabled {
                                a href=(format!("{base}/search")) { (self.language.pick("搜索", "Search")) }
                                " "
                            }
                            a href=(format!("{base}/status")) { (self.language.pick("状态", "Status")) }
                            " "
                            a href=(format!("{base}{}?lang={}{}", self.path, other.code(), self.query)) lang=(other.tag()) hreflang=(other.tag()) {
                                (other.pick("中文", "English"))
                            }
                            " "
                            button.theme type="button" hidden data-dark=(self.language.pick("深色", "Dark")) data-light=(self.language.pick("浅色", "Light")) {}
                        }
                    }
                    main id="main" { (main) }
                    footer.site {
                        p {
                            (self.language.pick("时间为 ", "Times are "))
                            (zone_name(self.config))
                            " · "
                            a href=(format!("{base}/opml.xml")) { "OPML" }
                            " · "
                            (crate::publish::GENERATOR)
                        }
                    }
                }
            }
        };
        page.into_string()
    }

    /// The feeds that a browser or reader finds by itself: those of this view first, then the merged ones.
    fn discovery(&self) -> Markup {
        let merged = (&View::Merged, self.config.site.title.as_str(), "");
        let own = self.view.filter(|view| **view != View::Merged || !self.feed_query.is_empty());
        let own = own.map(|view| (view, if self.title.is_empty() { self.config.site.title.as_str() } else { self.title }, self.feed_query));
        html! {
            @for (view, title, query) in own.into_iter().chain([merged]) {
                @for format in formats(query).iter().copied() {
                    link rel="alternate" type=(media_type(format)) title=(format!("{title} ({})", format_name(format)))
                        href=(format!("{}{}/{}{query}", self.base(), document::path(view), format.file()));
                }
            }
        }
    }
}

/// The formats whose addresses a page names: where a query makes them long, one of them will do.
#[must_use]
pub fn formats(query: &str) -> &'static [Format] {
    if query.len() <= QUERY_BYTES_MAX { &Format::ALL } else { &[Format::Rss] }
}

/// The media type without charset, as autodiscovery wants it.
#[must_use]
pub fn media_type(format: Format) -> &'static str {
    format.content_type().split(';').next().unwrap_or_default()
}

/// The name of a format for people.
#[must_use]
pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::Rss => "RSS",
        Format::Atom => "Atom",
        Format::Json => "JSON Feed",
    }
}

/// Markup that is safe already: bodies from [`crate::publish::html::for_output`].
#[must_use]
pub fn safe(markup: String) -> Markup {
    PreEscaped(markup)
}

fn zone_name(config: &Config) -> &'static str {
    if config.site.zone().local_minus_utc() == 0 { "UTC" } else { "UTC+8" }
}

/// The hour and minute of an instant in the pages' zone, with the whole of it for programs.
#[must_use]
pub fn time(config: &Config, at: Instant) -> Markup {
    let local = at.with_timezone(&config.site.zone());
    html! { time datetime=(local.format("%Y-%m-%dT%H:%M:%S%:z")) { (local.format("%H:%M")) } }
}

/// The day and hour of an instant in the pages' zone.
#[must_use]
pub fn hour(config: &Config, at: Instant) -> String {
    at.with_timezone(&config.site.zone()).format("%m-%d %H:00").to_string()
}

/// The same with the date before it.
#[must_use]
pub fn date_and_time(config: &Config, at: Instant) -> Markup {
    let local = at.with_timezone(&config.site.zone());
    html! { time datetime=(local.format("%Y-%m-%dT%H:%M:%S%:z")) { (local.format("%Y-%m-%d %H:%M")) } }
}

/// The day of an instant in the pages' zone, in words.
#[must_use]
pub fn day(config: &Config, language: Language, at: Instant) -> String {
    use chrono::Datelike;
    let local = at.with_timezone(&config.site.zone());
    match language {
        Language::English => local.format("%A, %-d %B %Y").to_string(),
        Language::Chinese => {
            let weekday = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"];
            let weekday = weekday.get(local.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
            format!("{}年{}月{}日 {weekday}", local.year(), local.month(), local.day())
        }
    }
}

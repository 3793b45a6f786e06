//! The two languages of the pages, and their words.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};

use crate::config::Config;
use crate::publish::document;

/// The cookie that the switch sets: a language, and nothing about who reads.
const COOKIE: &str = "lang";

/// How long the switch is remembered: a year, in seconds.
const COOKIE_SECONDS: u32 = 31_536_000;

/// Cookies that are looked at.
const COOKIES_MAX: usize = 50;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 简体中文
    Chinese,
    /// English.
    English,
}

impl Language {
    /// `?lang=` decides; else what the switch was last set to; else what the browser asks for; else the site's own.
    #[must_use]
    pub fn choose(query: Option<&str>, request: &HeaderMap, site: &str) -> Self {
        let accept = request.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self::switched(query).or_else(|| Self::kept(request)).or_else(|| Self::accepted(accept?)).unwrap_or_else(|| {
            // A site in a third language is read by people of whom most know some English.
            Self::of_tag(site).unwrap_or(Self::English)
        })
    }

    /// What `?lang=` says.
    fn switched(query: Option<&str>) -> Option<Self> {
        let asked = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "lang");
        asked.and_then(|(_, value)| Self::of_tag(&value))
    }

    /// What the switch was set to.
    fn kept(request: &HeaderMap) -> Option<Self> {
        let lines = request.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = lines.flat_map(|line| line.split(';')).take(COOKIES_MAX).filter_map(|cookie| cookie.trim().split_once('='));
        cookies.filter(|(name, _)| *name == COOKIE).find_map(|(_, value)| Self::of_tag(value))
    }

    fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The first with the greatest weight among those we have.
    fn accepted(accept: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for part in accept.split(',').take(20) {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            if let Some(language) = Self::of_tag(tag)
                && best.is_none_or(|(_, most)| weight > most)
                && weight > 0.0
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }

    /// For `lang=`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// For `?lang=`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// Picks the words of this language.
    #[must_use]
    pub fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// Remembers the switch: a page that was asked for with `?lang=` sets the cookie, so that the pages behind its links come in that language too.
pub fn keep(config: &Config, query: Option<&str>, response: &mut Response<Body>) {
    let Some(language) = Language::switched(query) else { return };
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return;
    }
    let path = document::path_of(&config.site.url);
    let cookie = format!("{COOKIE}={}; Path={path}/; Max-Age={COOKIE_SECONDS}; SameSite=Lax; HttpOnly", language.code());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(query: Option<&str>, accept: Option<&str>, site: &str) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        }
        Language::choose(query, &headers, site)
    }

    #[test]
    fn the_switch_comes_before_the_browser_and_the_browser_before_the_site() {
        assert_eq!(choose(Some("lang=en"), Some("zh-CN"), "zh"), Language::English);
        assert_eq!(choose(None, Some("en-GB,en;q=0.9,zh;q=0.8"), "zh"), Language::English);
        assert_eq!(choose(None, Some("fr, zh-TW;q=0.7, en;q=0.3"), "en"), Language::Chinese);
        assert_eq!(choose(Some("lang=xx"), Some("fr"), "zh-CN"), Language::Chinese);
        assert_eq!(choose(None, None, "ja"), Language::English);
    }

    #[test]
    fn the_switch_is_remembered_by_a_cookie() {
        let with = |cookie: &str, query: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, "zh-CN".parse().unwrap());
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            Language::choose(query, &headers, "zh")
        };
        assert_eq!(with("a=b; lang=en", None), Language::English);
        assert_eq!(with("lang=en", Some("lang=zh")), Language::Chinese, "the address comes first");
        assert_eq!(with("xlang=en; lang=fr; lang", None), Language::Chinese);
    }
}

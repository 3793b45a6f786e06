//! Conditional requests, encodings and headers: what every answer has in common (P8 to P15).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::encoding::{COMPRESSED_BYTES_MIN, Encoding};
use super::rendered::RenderedFile;
use crate::model::Instant;

/// Longest `If-None-Match` that is read.
const TAGS_BYTES_MAX: usize = 4096;

/// How long an archive is kept by those who fetch it: a week. No entry joins it; a text in it that was revised, or one whose time was over,
/// comes to everybody within that.
const ARCHIVE_CACHE: &str = "public, max-age=604800, immutable";

/// A feed is kept as long as its own `ttl` says.
const FEED_CACHE: &str = "public, max-age=900";
const _: () = assert!(super::render::FEED_TTL_MINUTES * 60 == 900, "the feed and its header say the same");

/// What kind of thing is answered: it decides who may read it and for how long it may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A feed: any page of the web may read it (P13), kept as long as its `ttl` says.
    Feed,
    /// An archive of a feed (RFC 5005): as a feed, and nothing is added to it any more (P16).
    Archive,
    /// A page that depends on the reader's language, which the browser or the switch (a cookie) says.
    Page,
    /// A file that is the same for everybody: a stylesheet, an article's Markdown.
    File,
}

impl Kind {
    fn cache_control(self) -> &'static str {
        match self {
            Self::Feed => FEED_CACHE,
            Self::Archive => ARCHIVE_CACHE,
            Self::Page => "public, max-age=60",
            Self::File => "public, max-age=3600",
        }
    }

    fn is_feed(self) -> bool {
        matches!(self, Self::Feed | Self::Archive)
    }

    fn vary(self) -> &'static str {
        match self {
            Self::Page => "Accept-Encoding, Accept-Language, Cookie",
            Self::Feed | Self::Archive => "Accept, Accept-Encoding",
            Self::File => "Accept-Encoding",
        }
    }
}

/// The media type for a browser that opens a feed: under its own type Chromium shows the source, and Firefox saves it; as `text/xml` they show it
/// with its stylesheet, as a page (P15).
const XML_FOR_BROWSERS: &str = "text/xml; charset=utf-8";

/// Whether somebody reads with their own eyes: browsers ask for `text/html` when they open an address, readers of feeds do not, or with their
/// feed types as well.
pub(super) fn is_browser(request: &HeaderMap) -> bool {
    let accept = request.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !accept.contains("rss+xml") && !accept.contains("atom+xml")
}

/// Answers at once where nothing has to be made first: 304, or a form of the file that is ready.
#[must_use]
pub fn at_once(request: &HeaderMap, file: &Arc<RenderedFile>, kind: Kind, now: Instant) -> Option<Response<Body>> {
    prepared(request, &shown(request, file, kind), kind, now)
}

/// The same of what [`shown`] gave.
fn prepared(request: &HeaderMap, file: &RenderedFile, kind: Kind, now: Instant) -> Option<Response<Body>> {
    let wanted = wanted(request, file);
    let last_modified = last_modified(file, now);
    match unchanged(request, file, wanted, last_modified, now) {
        Some(encoding) => Some(head(StatusCode::NOT_MODIFIED, file, encoding, kind, last_modified, Body::empty())),
        None => file.ready(wanted).map(|bytes| head(StatusCode::OK, file, wanted, kind, last_modified, Body::from(bytes))),
    }
}

/// The file as this reader is shown it: XML that a browser shows as a page is another representation, with an ETag of its own.
fn shown(request: &HeaderMap, file: &Arc<RenderedFile>, kind: Kind) -> Arc<RenderedFile> {
    let as_page = kind.is_feed() && file.content_type.contains("+xml") && is_browser(request);
    if as_page { file.as_type(XML_FOR_BROWSERS) } else { Arc::clone(file) }
}

/// A file from the future would make readers wait for the clock to come after it (P12).
fn last_modified(file: &RenderedFile, now: Instant) -> Option<Instant> {
    file.last_modified.filter(|at| *at <= now)
}

/// The coding that the reader likes best.
fn wanted(request: &HeaderMap, file: &RenderedFile) -> Encoding {
    let accept = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    if file.len() < COMPRESSED_BYTES_MIN { Encoding::Identity } else { Encoding::choose(accept) }
}

/// Answers with a file: 304 where the reader has it already, otherwise in the coding the reader likes best.
pub async fn with_file(request: &HeaderMap, file: Arc<RenderedFile>, kind: Kind, now: Instant) -> Response<Body> {
    let file = shown(request, &file, kind);
    if let Some(response) = prepared(request, &file, kind, now) {
        return response;
    }
    let wanted = wanted(request, &file);
    let made = Arc::clone(&file);
    match tokio::task::spawn_blocking(move || made.form(wanted)).await {
        Ok(bytes) => head(StatusCode::OK, &file, wanted, kind, last_modified(&file, now), Body::from(bytes)),
        // The task is lost only while the program stops.
        Err(_) => stopping(),
    }
}

/// Headers of an answer, so that their table is made once.
const HEADERS: usize = 12;

fn head(
    status: StatusCode,
    file: &RenderedFile,
    encoding: Encoding,
    kind: Kind,
    last_modified: Option<Instant>,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::ETAG, file.etag(encoding).clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kind.cache_control()));
    headers.insert(header::VARY, HeaderValue::from_static(kind.vary()));
    if let Some(text) = last_modified.and_then(|_| file.last_modified_header()) {
        headers.insert(header::LAST_MODIFIED, text);
    }
    if kind.is_feed() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if status == StatusCode::OK {
        set(headers, header::CONTENT_TYPE, file.content_type);
        if encoding != Encoding::Identity {
            set(headers, header::CONTENT_ENCODING, encoding.name());
        }
    }
    response
}

/// Header values here are made of our own words, hashes and dates, never of a publisher's text (S14); should one not be a header value
/// all the same, the header is left out.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The form that the reader has already and that is still current.
fn unchanged(request: &HeaderMap, file: &RenderedFile, wanted: Encoding, last_modified: Option<Instant>, now: Instant) -> Option<Encoding> {
    let mut tags = request.get_all(header::IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        // If-Modified-Since is not looked at beside If-None-Match (P9; RFC 9110, 13.1.3).
        return tags.filter_map(|value| value.to_str().ok()).find_map(|value| matching(value, file, wanted));
    }
    let since = request.get(header::IF_MODIFIED_SINCE)?.to_str().ok().and_then(http_date)?;
    // A date of the future says nothing about what the reader has.
    (since <= now && last_modified?.timestamp() <= since.timestamp()).then_some(wanted)
}

/// Compares weakly, as RFC 9110, 13.1.2 wants it: `W/` does not matter. A reader that has another coding of the same bytes has them too;
/// the answer then names the coding it has.
fn matching(value: &str, file: &RenderedFile, wanted: Encoding) -> Option<Encoding> {
    if value.len() > TAGS_BYTES_MAX {
        return None;
    }
    let tags = value.split(',').map(str::trim);
    if value.trim() == "*" {
        return Some(wanted);
    }
    let mut found = None;
    for tag in tags {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        match Encoding::ALL.into_iter().find(|encoding| *file.etag(*encoding) == *tag) {
            Some(encoding) if encoding == wanted => return Some(wanted),
            other => found = found.or(other),
        }
    }
    found
}

/// An HTTP date in any of its three forms (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<Instant> {
    let text = text.trim();
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    forms.iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok()).map(|at| at.and_utc())
}

/// A short answer in words.
#[must_use]
pub fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    set(response.headers_mut(), header::CONTENT_TYPE, "text/plain; charset=utf-8");
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// What went wrong, in both languages of the pages. An answer carries it, so that who reads it with a browser gets it as a page
/// (`pages::error`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// 简体中文
    pub chinese: String,
    /// English, which programs get as plain text.
    pub english: String,
}

/// An answer that says what is wrong and what to do.
#[must_use]
pub fn problem(status: StatusCode, chinese: impl Into<String>, english: impl Into<String>) -> Response<Body> {
    let problem = Problem { chinese: chinese.into(), english: english.into() };
    let mut response = plain(status, &problem.english);
    response.extensions_mut().insert(problem);
    response
}

/// There is nothing at this address.
#[must_use]
pub fn not_found() -> Response<Body> {
    problem(StatusCode::NOT_FOUND, "它可能已过期，或者地址有误。", "It may have expired, or the address is not quite right.")
}

/// The program is about to end.
#[must_use]
pub fn stopping() -> Response<Body> {
    problem(StatusCode::SERVICE_UNAVAILABLE, "服务正在停止。", "The server is stopping.")
}

/// For now, what was asked for is at this path.
#[must_use]
pub fn elsewhere(path: &str) -> Response<Body> {
    let mut response = plain(StatusCode::TEMPORARY_REDIRECT, "This archive is not full yet: what will be in it is in the feed itself.");
    set(response.headers_mut(), header::LOCATION, path);
    set(response.headers_mut(), header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    response
}

/// What to say while there is nothing to serve yet: come again soon (P20), never an empty feed.
#[must_use]
pub fn not_ready() -> Response<Body> {
    let mut response = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "文章正在载入，请过几秒钟再试。",
        "The articles are being loaded. Try again in a few seconds.",
    );
    set(response.headers_mut(), header::RETRY_AFTER, "10");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn status(pairs: &[(HeaderName, &str)]) -> u16 {
        let file = Arc::new(RenderedFile::new("a".repeat(2000), "text/plain", Some(at("2024-02-18T09:00:00.5Z"))));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(with_file(&request(pairs), file, Kind::Feed, at("2024-03-01T00:00:00Z"))).status().as_u16()
    }

    #[test]
    fn p8_a_match_a_list_a_star_and_a_weak_tag_are_304() {
        let file = RenderedFile::new("a".repeat(2000), "text/plain", None);
        let tag = file.etag(Encoding::Identity).to_str().unwrap().to_owned();
        let none_match = header::IF_NONE_MATCH;
        for value in [tag.clone(), format!("\"x\", {tag}"), "*".into(), format!("W/{tag}"), format!("\"x\",W/{tag} ,\"y\"")] {
            assert_eq!(status(&[(none_match.clone(), &value)]), 304, "{value}");
        }
        assert_eq!(status(&[(none_match.clone(), "\"x\""), (none_match.clone(), &tag)]), 304, "several header lines are one list");
        for value in ["\"x\"", "", "W/\"x\"", "x*"] {
            assert_eq!(status(&[(none_match.clone(), value)]), 200, "{value}");
        }
    }

    #[test]
    fn p9_a_date_counts_only_alone_only_when_it_is_one_and_not_from_the_future() {
        let since = header::IF_MODIFIED_SINCE;
        assert_eq!(status(&[(since.clone(), "Sun, 18 Feb 2024 09:00:00 GMT")]), 304);
        assert_eq!(status(&[(since.clone(), "Sunday, 18-Feb-24 09:00:00 GMT")]), 304);
        assert_eq!(status(&[(since.clone(), "Sun Feb 18 09:00:00 2024")]), 304);
        assert_eq!(status(&[(since.clone(), "Sun, 18 Feb 2024 08:59:59 GMT")]), 200);
        assert_eq!(status(&[(since.clone(), "yesterday")]), 200);
        assert_eq!(status(&[(since.clone(), "Sun, 18 Feb 2034 09:00:00 GMT")]), 200);
        let with_tag = [(since.clone(), "Sun, 18 Feb 2024 09:00:00 GMT"), (header::IF_NONE_MATCH, "\"x\"")];
        assert_eq!(status(&with_tag), 200);
    }

    #[tokio::test]
    async fn p11_the_coding_that_a_reader_has_is_the_one_that_304_names() {
        let file = Arc::new(RenderedFile::new("a".repeat(2000), "text/plain", None));
        let headers =
            request(&[(header::IF_NONE_MATCH, file.etag(Encoding::Gzip).to_str().unwrap()), (header::ACCEPT_ENCODING, "br, gzip")]);
        let answer = with_file(&headers, Arc::clone(&file), Kind::Feed, at("2024-03-01T00:00:00Z")).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()[header::ETAG]), (304, file.etag(Encoding::Gzip)));
        assert!(answer.headers().contains_key(header::VARY) && answer.headers().contains_key(header::CACHE_CONTROL));
    }

    #[tokio::test]
    async fn p12_last_modified_is_never_in_the_future() {
        let file = Arc::new(RenderedFile::new("a", "text/plain", Some(at("2034-01-01T00:00:00Z"))));
        let answer = with_file(&HeaderMap::new(), file, Kind::Feed, at("2024-03-01T00:00:00Z")).await;
        assert!(!answer.headers().contains_key(header::LAST_MODIFIED));
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=900");
    }
}

//! The feeds that a web page names.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use url::Url;

use super::{FOUND_MAX, FoundFeed, FoundKind};

/// As much of a page is looked at: heads have been seen at 300 KB, and the links of a foot at 1 MB.
const PAGE_BYTES_MAX: usize = 2 << 20;
/// A longer text of a link is cut.
const TITLE_CHARS_MAX: usize = 200;

/// The feeds that the page `html` at the address `base` names: `<link rel=alternate>` first, in the page's order, then links that look like
/// feeds. At most [`FOUND_MAX`].
#[must_use]
pub fn feeds(html: &[u8], base: &str) -> Vec<FoundFeed> {
    let text = String::from_utf8_lossy(&html[..html.len().min(PAGE_BYTES_MAX)]);
    let sink = Links { base: RefCell::new(Url::parse(base).ok()), ..Links::default() };
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(&text));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let links = tokenizer.sink;
    links.finish_anchor();
    let mut found = links.named.into_inner();
    for anchor in links.anchors.into_inner() {
        if !found.iter().any(|known| known.url == anchor.url) {
            found.push(anchor);
        }
    }
    found.truncate(FOUND_MAX);
    found
}

#[derive(Default)]
struct Links {
    base: RefCell<Option<Url>>,
    base_given: Cell<bool>,
    named: RefCell<Vec<FoundFeed>>,
    anchors: RefCell<Vec<FoundFeed>>,
    /// The `<a>` that is open: where it leads, and its text so far.
    open: RefCell<Option<(String, String)>>,
}

impl TokenSink for Links {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) => {
                if let Some((_, title)) = self.open.borrow_mut().as_mut()
                    && title.len() < TITLE_CHARS_MAX * 4
                {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Links {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let start = tag.kind == TagKind::StartTag;
        match &*tag.name {
            "script" if start => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" if start => return TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" if start => return TokenSinkResult::RawData(RawKind::Rcdata),
            // The first one counts, as in browsers.
            "base" if start && !self.base_given.get() => {
                if let Some(url) = attribute(tag, "href").and_then(|href| self.resolve(&href)) {
                    *self.base.borrow_mut() = Some(url);
                    self.base_given.set(true);
                }
            }
            "link" if start => self.link(tag),
            "a" => {
                self.finish_anchor();
                if start && let Some(href) = attribute(tag, "href") {
                    *self.open.borrow_mut() = Some((href, attribute(tag, "title").unwrap_or_default()));
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn link(&self, tag: &Tag) {
        let rel = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let words: Vec<&str> = rel.split_ascii_whitespace().collect();
        let media_type = attribute(tag, "type").unwrap_or_default();
        let feed = words.contains(&"feed") || (words.contains(&"alternate") && !words.contains(&"stylesheet") && is_feed_type(&media_type));
        let Some(url) = attribute(tag, "href").filter(|_| feed).and_then(|href| self.resolve(&href)) else { return };
        let mut named = self.named.borrow_mut();
        if named.len() < FOUND_MAX && !named.iter().any(|known| known.url == url.as_str()) {
            let title = attribute(tag, "title").and_then(|title| tidy(&title));
            named.push(FoundFeed { url: url.into(), title, kind: FoundKind::Link });
        }
    }

    fn finish_anchor(&self) {
        let Some((href, text)) = self.open.borrow_mut().take() else { return };
        let Some(url) = self.resolve(&href) else { return };
        let mut anchors = self.anchors.borrow_mut();
        if anchors.len() < FOUND_MAX && looks_like_feed(&url, &text) && !anchors.iter().any(|known| known.url == url.as_str()) {
            anchors.push(FoundFeed { url: url.into(), title: tidy(&text), kind: FoundKind::Anchor });
        }
    }

    fn resolve(&self, href: &str) -> Option<Url> {
        let href = href.trim();
        // `feed:https://…` and `feed://…` are the same address for old readers.
        let href = match href.strip_prefix("feed:") {
            Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
            Some(rest) => rest.to_owned(),
            None => href.to_owned(),
        };
        let base = self.base.borrow();
        let url = match base.as_ref() {
            Some(base) => base.join(&href).ok(),
            None => Url::parse(&href).ok(),
        };
        url.filter(|url| matches!(url.scheme(), "http" | "https")).map(|mut url| {
            url.set_fragment(None);
            url
        })
    }
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| attribute.value.to_string())
}

fn tidy(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = words.chars().take(TITLE_CHARS_MAX).collect();
    if cut.is_empty() { None } else { Some(cut) }
}

fn is_feed_type(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // `application/json` is what WordPress names its API with: no feed.
    matches!(
        essence.as_str(),
        "application/rss+xml"
            | "application/atom+xml"
            | "application/rdf+xml"
            | "application/feed+json"
            | "application/rss"
            | "application/atom"
            | "application/x.atom+xml"
            | "application/x-atom+xml"
            | "text/rss+xml"
            | "text/rss"
            | "text/atom+xml"
            | "text/atom"
            | "text/rdf"
            | "text/xml"
            | "application/xml"
    )
}

fn looks_like_feed(url: &Url, text: &str) -> bool {
    let path = url.path().to_ascii_lowercase();
    let query = url.query().unwrap_or_default().to_ascii_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let by_name = matches!(
        last,
        "feed" | "feeds" | "rss" | "atom" | "rdf" | "rss2" | "rss.php" | "feed.php" | "feed.json" | "index.rdf" | "rss.ashx" | "rss.aspx"
    );
    let by_end = [".rss", ".atom", ".rdf"].iter().any(|end| last.ends_with(end))
        || (last.ends_with(".xml") && !last.contains("sitemap") && !last.contains("opensearch"));
    let by_query = query.split('&').any(
        |pair| matches!(pair.split_once('='), Some(("feed" | "format" | "type", value)) if value.contains("rss") || value.contains("atom")),
    );
    let host = url.host_str().unwrap_or_default();
    let by_host = host.starts_with("feeds.") || host == "feedpress.me" || host.starts_with("rss.");
    let by_text = matches!(
        text.trim().to_lowercase().as_str(),
        "rss" | "rss feed" | "atom" | "atom feed" | "feed" | "rss 2.0" | "rss订阅" | "rss 订阅" | "订阅" | "訂閱"
    );
    by_name || by_end || by_query || (by_host && path.len() > 1) || (by_text && path.len() > 1)
}

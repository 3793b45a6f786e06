//! The feed itself: title, website, hubs, and what it asks of those who poll.

use chrono_tz::Tz;
use url::Url;

use super::{Context, entry, people};
use crate::model::{Feed, FeedFormat, PublisherHints};
use crate::pipeline::parse::raw::{self, Node, RawFeed, Space};

/// So many entries are looked at to find out whether a feed is Chinese.
const LANGUAGE_ENTRIES_MAX: usize = 20;
/// Most hubs taken.
const HUBS_MAX: usize = 10;

/// The dialect of the document, if it is a feed at all.
pub(in super::super) fn format(raw: &RawFeed) -> Option<FeedFormat> {
    match raw.root.as_str() {
        "rss" => Some(FeedFormat::Rss),
        "rdf" => Some(FeedFormat::Rdf),
        "feed" | "entry" => Some(FeedFormat::Atom),
        "channel" if raw::attr(raw.root_attrs, "href").is_some() || raw::attr(raw.root_attrs, "lastmod").is_some() => Some(FeedFormat::Cdf),
        "channel" | "item" => Some(FeedFormat::Rss),
        _ if !raw.entries.is_empty() => Some(FeedFormat::Rss),
        _ => None,
    }
}

/// Whether the feed is in Chinese: by its own word, otherwise by its titles.
pub(in super::super) fn chinese(raw: &RawFeed) -> bool {
    if let Some(language) = language(raw) {
        let language = language.to_ascii_lowercase();
        return language.starts_with("zh") || language.starts_with("cn") || language.starts_with("chinese");
    }
    let titles =
        raw.entries.iter().take(LANGUAGE_ENTRIES_MAX).flat_map(|entry| &entry.nodes).chain(&raw.nodes).filter(|node| node.local == "title");
    let (mut han, mut other, mut kana) = (0_usize, 0_usize, 0_usize);
    for title in titles {
        for c in title.text().chars() {
            match c {
                '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
                '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}' => kana += 1,
                _ if c.is_alphabetic() => other += 1,
                _ => {}
            }
        }
    }
    kana * 20 < han && han * 4 > other && han > 0
}

fn language(raw: &RawFeed) -> Option<String> {
    let own =
        raw.nodes.iter().find(|node| node.local == "language" && matches!(node.space, Space::Core | Space::Dc)).and_then(Node::some_text);
    let tag = own
        .map(std::borrow::Cow::into_owned)
        .or_else(|| raw::attr(raw.channel_attrs, "xml:lang"))
        .or_else(|| raw::attr(raw.root_attrs, "xml:lang"))
        .or_else(|| raw::attr(raw.root_attrs, "lang"))?;
    // `en_US` is meant as a tag too.
    let tag = tag.trim().replace('_', "-");
    (!tag.is_empty() && tag.len() <= 35 && !tag.contains(char::is_whitespace)).then_some(tag)
}

/// The feed with its entries.
pub(in super::super) fn feed(raw: &RawFeed, format: FeedFormat, context: &mut Context) -> Feed {
    let outer = context.base.take();
    let base = context.base_of(raw.root_attrs, outer.as_ref());
    let base = context.base_of(raw.channel_attrs, base.as_ref());
    context.set_base = base.clone().filter(|_| raw.root_attrs.contains("xml:base") || raw.channel_attrs.contains("xml:base"));
    context.base.clone_from(&base);
    let language = language(raw);
    let link = website(raw, context, base.as_ref());
    let authors = people::authors(&raw.nodes, context);
    let link_base = link.as_deref().and_then(|link| Url::parse(link).ok());
    let mut entries = Vec::with_capacity(raw.entries.len());
    for one in &raw.entries {
        let mut entry = entry::entry(one, base.as_ref(), context);
        if entry.base.is_none() {
            entry.base =
                entry.link.clone().filter(|link| super::is_http(link)).or_else(|| link_base.as_ref().map(|url| url.as_str().to_owned()));
        }
        if entry.language.is_none() {
            entry.language.clone_from(&language);
        }
        // RFC 4287, 4.2.1: the authors of the feed are those of an entry without any.
        if entry.authors.is_empty() && context.atom && entry.origin.is_none() {
            entry.authors.clone_from(&authors);
        }
        entries.push(entry);
    }
    Feed {
        format,
        title: last(raw, &[Space::Core, Space::Dc], &["title"]).and_then(|node| context.plain(node)),
        link,
        self_link: by_rel(raw, "self").find_map(|href| context.http(&href, base.as_ref())),
        older: ["prev-archive", "next"].iter().find_map(|rel| by_rel(raw, rel).find_map(|href| context.http(&href, base.as_ref()))),
        hubs: by_rel(raw, "hub").filter_map(|href| context.http(&href, base.as_ref())).take(HUBS_MAX).collect(),
        language,
        description: last(raw, &[Space::Core, Space::Dc, Space::Itunes], &["description", "subtitle", "tagline", "abstract", "summary"])
            .and_then(|node| context.plain(node)),
        hints: hints(raw),
        entries,
        rejects: Vec::new(),
        repairs: Vec::new(),
    }
}

fn last<'r, 'a>(raw: &'r RawFeed<'a>, spaces: &[Space], names: &[&str]) -> Option<&'r Node<'a>> {
    let fits = |space: Space| {
        raw.nodes.iter().rev().find(|node| node.space == space && names.contains(&&*node.local) && !node.inner.trim().is_empty())
    };
    spaces.iter().find_map(|space| fits(*space))
}

fn by_rel<'r>(raw: &'r RawFeed, rel: &'r str) -> impl Iterator<Item = String> + 'r {
    let links = raw.nodes.iter().filter(|node| node.local == "link");
    links.filter(move |node| node.attr("rel").is_some_and(|own| own.eq_ignore_ascii_case(rel))).filter_map(|node| node.attr("href"))
}

/// The website: the text of `link`, or an alternate link; CDF has an attribute of the channel.
fn website(raw: &RawFeed, context: &Context, base: Option<&Url>) -> Option<String> {
    let mut found = None;
    for node in raw.nodes.iter().filter(|node| node.is(Space::Core, "link")) {
        let candidate = match node.attr("href") {
            Some(href) => {
                let alternate = node.attr("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"));
                let page = node.attr("type").is_none_or(|media_type| media_type.contains("html"));
                (alternate && page).then_some(href)
            }
            None => node.some_text().map(std::borrow::Cow::into_owned),
        };
        if let Some(link) = candidate {
            found = context.absolute(&link, context.base_of(node.attrs, base).as_ref());
        }
    }
    found.or_else(|| raw::attr(raw.root_attrs, "href").and_then(|href| context.absolute(&href, base)))
}

fn hints(raw: &RawFeed) -> PublisherHints {
    let mut hints = PublisherHints::default();
    let (mut period, mut frequency) = (None, 1_u64);
    for node in &raw.nodes {
        match (node.space, &*node.local) {
            (Space::Core, "ttl") => hints.ttl_minutes = node.text().parse().ok().filter(|minutes| *minutes > 0).or(hints.ttl_minutes),
            (Space::Core, "skiphours") => {
                let hours = numbers(node.inner).filter_map(|hour| u8::try_from(hour).ok()).filter(|hour| *hour <= 24).map(|hour| hour % 24);
                hints.skip_hours.extend(hours);
                hints.skip_hours.sort_unstable();
                hints.skip_hours.dedup();
            }
            (Space::Core, "skipdays") => {
                const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
                let text = node.inner.to_ascii_lowercase();
                hints.skip_days.extend((0_u8..7).filter(|day| text.contains(DAYS[usize::from(*day)])));
                hints.skip_days.sort_unstable();
                hints.skip_days.dedup();
            }
            (Space::Sy, "updateperiod") => {
                period = match node.text().to_ascii_lowercase().as_str() {
                    "hourly" => Some(3_600),
                    "daily" => Some(86_400),
                    "weekly" => Some(7 * 86_400),
                    "monthly" => Some(30 * 86_400),
                    "yearly" => Some(365 * 86_400),
                    _ => period,
                }
            }
            (Space::Sy, "updatefrequency") => frequency = node.text().parse().ok().filter(|frequency| *frequency > 0).unwrap_or(frequency),
            _ => {}
        }
    }
    hints.update_period_seconds = period.map(|seconds: u64| (seconds / frequency).max(1));
    hints
}

/// The numbers in a text, whatever stands between them.
fn numbers(text: &str) -> impl Iterator<Item = u32> + '_ {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).filter_map(|digits| digits.parse().ok())
}

/// The zone for dates without one: the source's, else China's for a Chinese feed.
pub(in super::super) fn zone(given: Option<Tz>, chinese: bool) -> Option<Tz> {
    given.or(if chinese { Some(Tz::Asia__Shanghai) } else { None })
}

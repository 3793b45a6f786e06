//! Where well-known sites keep their feeds: rules that need no request.

use url::Url;

use super::{FoundFeed, FoundKind};

/// An instance of RSSHub that anybody may ask.
const RSSHUB: &str = "https://rsshub.app";

/// The feeds that the site's own rules give for the page `url`; empty where no rule fits. Also takes `rsshub://…` addresses.
#[must_use]
pub fn known_site(url: &str) -> Vec<FoundFeed> {
    let url = url.trim();
    if let Some(route) = url.strip_prefix("rsshub://") {
        return vec![found(format!("{RSSHUB}/{}", route.trim_start_matches('/')), "RSSHub")];
    }
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    if !matches!(url.scheme(), "http" | "https") {
        return Vec::new();
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").trim_start_matches("m.").to_owned();
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    match host.as_str() {
        "youtube.com" | "music.youtube.com" => youtube(&url, &path),
        "github.com" => github(&path),
        "gitlab.com" => gitlab(&path),
        "reddit.com" | "old.reddit.com" | "new.reddit.com" => reddit(&url, &path),
        "medium.com" => medium(&path),
        "bilibili.com" | "space.bilibili.com" => bilibili(&host, &path),
        "zhihu.com" | "zhuanlan.zhihu.com" => zhihu(&host, &path),
        "weibo.com" => hub(matches!(path.as_slice(), ["u", _]).then(|| format!("weibo/user/{}", path[1])), "Weibo"),
        "twitter.com" | "x.com" => hub(
            path.first().filter(|name| !matches!(**name, "i" | "home" | "search" | "explore")).map(|name| format!("twitter/user/{name}")),
            "X",
        ),
        "t.me" => hub(path.iter().find(|part| **part != "s").map(|name| format!("telegram/channel/{name}")), "Telegram"),
        "v2ex.com" => vec![found("https://www.v2ex.com/index.xml".to_owned(), "V2EX")],
        "news.ycombinator.com" => vec![found("https://news.ycombinator.com/rss".to_owned(), "Hacker News")],
        "36kr.com" => vec![found("https://36kr.com/feed".to_owned(), "36氪")],
        "sspai.com" => vec![found("https://sspai.com/feed".to_owned(), "少数派")],
        "stackoverflow.com" | "superuser.com" | "serverfault.com" => stack(&host, &path),
        _ => by_shape(&url, &host, &path),
    }
}

fn found(url: String, title: &str) -> FoundFeed {
    FoundFeed { url, title: Some(title.to_owned()), kind: FoundKind::Site }
}

fn hub(route: Option<String>, title: &str) -> Vec<FoundFeed> {
    route.map(|route| found(format!("{RSSHUB}/{route}"), title)).into_iter().collect()
}

fn youtube(url: &Url, path: &[&str]) -> Vec<FoundFeed> {
    const FEED: &str = "https://www.youtube.com/feeds/videos.xml";
    let list = url.query_pairs().find(|(name, _)| name == "list").map(|(_, value)| value.into_owned());
    match (path, list) {
        (["feeds", ..], _) => Vec::new(),
        // Lists that begin with RD are made for each viewer and have no feed.
        (_, Some(list)) if !list.starts_with("RD") => vec![found(format!("{FEED}?playlist_id={list}"), "YouTube")],
        (["channel", id, ..], _) => vec![found(format!("{FEED}?channel_id={id}"), "YouTube")],
        (["user", name, ..], _) => vec![found(format!("{FEED}?user={name}"), "YouTube")],
        _ => Vec::new(),
    }
}

fn github(path: &[&str]) -> Vec<FoundFeed> {
    match path {
        [user] if !matches!(*user, "features" | "login" | "about" | "pricing" | "explore" | "topics" | "trending") => {
            vec![found(format!("https://github.com/{user}.atom"), "GitHub activity")]
        }
        [user, repository, "commits" | "tree", branch, ..] => {
            vec![found(format!("https://github.com/{user}/{repository}/commits/{branch}.atom"), "GitHub commits")]
        }
        [user, repository, "tags", ..] => vec![found(format!("https://github.com/{user}/{repository}/tags.atom"), "GitHub tags")],
        [user, repository, rest @ ..]
            if rest.first().is_none_or(|part| matches!(*part, "releases" | "commits" | "issues" | "pulls" | "wiki" | "blob")) =>
        {
            let repository = repository.trim_end_matches(".git");
            let root = format!("https://github.com/{user}/{repository}");
            let mut feeds = vec![
                found(format!("{root}/releases.atom"), "GitHub releases"),
                found(format!("{root}/commits.atom"), "GitHub commits"),
                found(format!("{root}/tags.atom"), "GitHub tags"),
            ];
            if rest.first() == Some(&"commits") {
                feeds.swap(0, 1);
            }
            feeds
        }
        _ => Vec::new(),
    }
}

fn gitlab(path: &[&str]) -> Vec<FoundFeed> {
    match path {
        [group, project, ..] => {
            let root = format!("https://gitlab.com/{group}/{project}");
            vec![found(format!("{root}/-/tags?format=atom"), "GitLab tags"), found(format!("{root}.atom"), "GitLab activity")]
        }
        _ => Vec::new(),
    }
}

fn reddit(url: &Url, path: &[&str]) -> Vec<FoundFeed> {
    if path.last().is_some_and(|last| last.ends_with(".rss")) {
        return Vec::new();
    }
    match path {
        ["r" | "user" | "u", ..] => {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            vec![found(format!("https://www.reddit.com/{}/.rss{query}", path.join("/")), "Reddit")]
        }
        [] => vec![found("https://www.reddit.com/.rss".to_owned(), "Reddit")],
        _ => Vec::new(),
    }
}

fn medium(path: &[&str]) -> Vec<FoundFeed> {
    match path {
        ["feed", ..] => Vec::new(),
        ["tag", tag, ..] => vec![found(format!("https://medium.com/feed/tag/{tag}"), "Medium")],
        [name, ..] => vec![found(format!("https://medium.com/feed/{name}"), "Medium")],
        [] => Vec::new(),
    }
}

fn bilibili(host: &str, path: &[&str]) -> Vec<FoundFeed> {
    let route = match (host, path) {
        ("space.bilibili.com", [id, "dynamic", ..]) => Some(format!("bilibili/user/dynamic/{id}")),
        ("space.bilibili.com", [id, ..]) if id.bytes().all(|byte| byte.is_ascii_digit()) => Some(format!("bilibili/user/video/{id}")),
        ("bilibili.com", ["bangumi", "media", id, ..]) => Some(format!("bilibili/bangumi/media/{}", id.trim_start_matches("md"))),
        _ => None,
    };
    hub(route, "哔哩哔哩")
}

fn zhihu(host: &str, path: &[&str]) -> Vec<FoundFeed> {
    let route = match (host, path) {
        ("zhuanlan.zhihu.com", [column]) => Some(format!("zhihu/zhuanlan/{column}")),
        ("zhihu.com", ["column", column, ..]) => Some(format!("zhihu/zhuanlan/{column}")),
        ("zhihu.com", ["people", name, "answers", ..]) => Some(format!("zhihu/people/answers/{name}")),
        ("zhihu.com", ["people", name, "posts", ..]) => Some(format!("zhihu/posts/people/{name}")),
        ("zhihu.com", ["people", name, ..]) => Some(format!("zhihu/people/activities/{name}")),
        ("zhihu.com", ["question", id, ..]) => Some(format!("zhihu/question/{id}")),
        ("zhihu.com", ["topic", id, ..]) => Some(format!("zhihu/topic/{id}")),
        ("zhihu.com", ["collection", id, ..]) => Some(format!("zhihu/collection/{id}")),
        ("zhihu.com", ["hot"]) => Some("zhihu/hot".to_owned()),
        _ => None,
    };
    hub(route, "知乎")
}

fn stack(host: &str, path: &[&str]) -> Vec<FoundFeed> {
    match path {
        ["questions", "tagged", tag, ..] => vec![found(format!("https://{host}/feeds/tag/{tag}"), "Stack Exchange")],
        ["questions", id, ..] if id.bytes().all(|byte| byte.is_ascii_digit()) => {
            vec![found(format!("https://{host}/feeds/question/{id}"), "Stack Exchange")]
        }
        ["users", id, ..] => vec![found(format!("https://{host}/feeds/user/{id}"), "Stack Exchange")],
        _ => Vec::new(),
    }
}

/// Systems that run under many names.
fn by_shape(url: &Url, host: &str, path: &[&str]) -> Vec<FoundFeed> {
    let origin = url.origin().ascii_serialization();
    if let Some(name) = host.strip_suffix(".medium.com") {
        return vec![found(format!("https://medium.com/feed/@{name}"), "Medium")];
    }
    if host.ends_with(".substack.com") {
        return vec![found(format!("{origin}/feed"), "Substack")];
    }
    if host.ends_with(".blogspot.com") {
        return vec![found(format!("{origin}/feeds/posts/default"), "Blogger")];
    }
    if host.ends_with(".wordpress.com") || (host.ends_with(".tumblr.com") && host != "tumblr.com") {
        let place = if host.ends_with(".tumblr.com") { "rss" } else { "feed/" };
        return vec![found(format!("{origin}/{place}"), host)];
    }
    // Mastodon and its kin: `/@name` and `/users/name`.
    match path {
        [name] if name.len() > 1 && name.starts_with('@') && !name[1..].contains('@') => {
            vec![found(format!("{origin}/{name}.rss"), "Mastodon")]
        }
        ["users", name] => vec![found(format!("{origin}/@{name}.rss"), "Mastodon")],
        _ => Vec::new(),
    }
}

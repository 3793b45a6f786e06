//! The tables and keys of feeds.toml: what is known, and what it means. Unknown keys are measured against this list, `feedmill check --keys` prints it.

/// A table of feeds.toml.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whether it is written with double brackets and may stand many times.
    pub many: bool,
    /// What it is for.
    pub doc: &'static str,
    /// What may stand in it.
    pub keys: &'static [Key],
}

impl Table {
    /// The header as it is written: `[site]`, `[[source]]`.
    #[must_use]
    pub fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
    /// A value as it would be written, for messages and for the list of keys.
    pub example: &'static str,
    /// What it means, and the default.
    pub doc: &'static str,
}

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in quotes.
    Text,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// A duration in words, in quotes.
    Duration,
    /// A size in words, in quotes.
    Size,
    /// A table of texts.
    Pairs,
}

impl Kind {
    /// The kind in words: what a person is asked to write.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "text in quotes",
            Self::Texts => "a list of texts",
            Self::Flag => "true or false, without quotes",
            Self::Count => "a whole number, without quotes",
            Self::Duration => "a duration in quotes",
            Self::Size => "a size in quotes",
            Self::Pairs => "a table of texts",
        }
    }
}

const fn key(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, example, doc }
}

/// What readers see.
pub static SITE: Table = Table {
    name: "site",
    many: false,
    doc: "What readers see.",
    keys: &[
        key("title", Kind::Text, "\"科技合流\"", "Title of the merged feed. Default: \"feedmill\"."),
        key(
            "url",
            Kind::Text,
            "\"https://feeds.example.org\"",
            "Public address; ids and self links are built on it. Default: made from listen.",
        ),
        key("description", Kind::Text, "\"Everything worth reading\"", "One line about the site."),
        key("language", Kind::Text, "\"zh-CN\"", "Language of the merged feed. Default: \"zh-CN\"."),
        key("author", Kind::Text, "\"Anna\"", "Who publishes it."),
        key("icon", Kind::Text, "\"https://feeds.example.org/icon.png\"", "Address of a picture."),
        key("limit", Kind::Count, "100", "Entries in an output feed. Default: 100."),
        key(
            "images",
            Kind::Flag,
            "false",
            "Whether our pages show the pictures of articles; without them a page asks no other host for anything. Default: true.",
        ),
    ],
};

/// The server.
pub static SERVER: Table = Table {
    name: "server",
    many: false,
    doc: "The server that readers talk to.",
    keys: &[
        key("listen", Kind::Text, "\"127.0.0.1:8080\"", "Address and port. Default: \"127.0.0.1:8080\"."),
        key(
            "token_env",
            Kind::Text,
            "\"FEEDMILL_TOKEN\"",
            "Name of the variable or credential that holds the token for metrics and changes.",
        ),
    ],
};

/// The HTTP client.
pub static FETCH: Table = Table {
    name: "fetch",
    many: false,
    doc: "How publishers are asked.",
    keys: &[
        key("max_in_flight", Kind::Count, "256", "Fetches at once over all hosts. Default: 256."),
        key("per_host_delay", Kind::Duration, "\"2s\"", "Least time between two starts at one host. Default: \"2s\"."),
        key("per_host_connections", Kind::Count, "1", "Connections at once to one host. Default: 1."),
        key("timeout", Kind::Duration, "\"60s\"", "Total time of one fetch. Default: \"60s\"."),
        key("max_body", Kind::Size, "\"20MB\"", "Decoded size of one body. Default: \"20MB\"."),
        key(
            "user_agent",
            Kind::Text,
            "\"feedmill/1.0 (+https://feeds.example.org)\"",
            "Sent with every request. Default: feedmill/VERSION (+address).",
        ),
        key("proxy", Kind::Text, "\"socks5h://127.0.0.1:1080\"", "Proxy for all sources. Default: none."),
        key("allow_private", Kind::Texts, "[\"192.168.1.0/24\"]", "Networks that may be polled although they are private. Default: none."),
        key("allow_downgrade", Kind::Flag, "false", "Follow a redirect from https to http. Default: false."),
        key("hold_host", Kind::Flag, "true", "A Retry-After silences the whole host, not only its feed. Default: true."),
        key("starts_per_second", Kind::Count, "200", "Polls started in one second over all hosts; 0 is no limit. Default: 200."),
        key("interval_max", Kind::Duration, "\"1 day\"", "The slowest that a quiet source is polled. Default: \"1 day\"."),
    ],
};

/// How articles are made.
pub static ARTICLE: Table = Table {
    name: "article",
    many: false,
    doc: "How articles are made.",
    keys: &[
        key(
            "image_proxy",
            Kind::Text,
            "\"https://images.example.org/?r={origin}&url={url_encoded}\"",
            "Template for image addresses. Default: none.",
        ),
        key("default_cover", Kind::Text, "\"https://feeds.example.org/cover.png\"", "Cover of an article without a picture."),
        key("summary", Kind::Text, "\"offline\"", "Keywords and summary: \"offline\", \"llm\" or \"off\". Default: \"offline\"."),
        key("html", Kind::Pairs, "{ players = [\"player.bilibili.com\"] }", "Limits of the HTML in an article; see [article.html]."),
    ],
};

/// Limits of the HTML in an article.
pub static HTML: Table = Table {
    name: "article.html",
    many: false,
    doc: "Limits of the HTML in an article.",
    keys: &[key(
        "players",
        Kind::Texts,
        "[\"player.bilibili.com\"]",
        "Hosts whose players may be framed. Default: the well-known ones; [] is none.",
    )],
};

/// The language model.
pub static LLM: Table = Table {
    name: "llm",
    many: false,
    doc: "A language model for keywords and summaries (summary = \"llm\").",
    keys: &[
        key(
            "url",
            Kind::Text,
            "\"http://127.0.0.1:11434/v1\"",
            "Base address of an OpenAI-compatible endpoint; `/chat/completions` is added. It may be a private one.",
        ),
        key("model", Kind::Text, "\"qwen3:8b\"", "Name of the model."),
        key("key_env", Kind::Text, "\"LLM_KEY\"", "Name of the variable or credential that holds the key."),
        key(
            "prompt",
            Kind::Text,
            "\"…\"",
            "Instructions of your own; the article follows them. The reply is to be JSON with `keywords` and `summary`. Default: five keywords and 200 characters, in the article's language.",
        ),
        key(
            "daily_budget",
            Kind::Count,
            "500",
            "Requests a UTC day; beyond them, and whenever the model fails, summaries are made offline. Default: 500.",
        ),
    ],
};

/// What is kept.
pub static STORE: Table = Table {
    name: "store",
    many: false,
    doc: "What is kept.",
    keys: &[
        key("keep", Kind::Duration, "\"1 year\"", "Age after which articles are removed. Default: \"forever\"."),
        key("keep_articles", Kind::Count, "100000", "Number of articles above which the oldest are removed. Default: no limit."),
        key("snapshots", Kind::Count, "7", "Snapshots kept. Default: 7."),
    ],
};

/// What holds for every source that does not say otherwise.
pub static DEFAULTS: Table = Table {
    name: "defaults",
    many: false,
    doc: "What holds for every source that does not say otherwise.",
    keys: SOURCE_KEYS.split_at(3).1,
};

/// A feed that is polled.
pub static SOURCE: Table = Table { name: "source", many: true, doc: "A feed that is polled.", keys: SOURCE_KEYS };

/// The first three belong to one source only; the others may stand in `[defaults]` too.
static SOURCE_KEYS: &[Key] = &[
    key("name", Kind::Text, "\"36kr\"", "Its name: letters of any script. It is its identity and survives a change of url."),
    key("url", Kind::Text, "\"https://36kr.com/feed\"", "Where the feed is."),
    key(
        "mirrors",
        Kind::Texts,
        "[\"https://rsshub.example.org/36kr/newsflashes\"]",
        "Other addresses of the same feed, tried when the first fails.",
    ),
    key("category", Kind::Text, "\"tech\"", "The category whose feed it belongs to."),
    key("tags", Kind::Texts, "[\"ai\", \"china\"]", "Words of your own."),
    key("interval", Kind::Duration, "\"1h\"", "Polled at most once in this time. Default: \"1h\"."),
    key(
        "schedule",
        Kind::Text,
        "\"0 30 8,20 * * *\"",
        "Polled at these times instead: cron with second, minute, hour, day, month, weekday.",
    ),
    key("time_zone", Kind::Text, "\"Asia/Shanghai\"", "Zone of the schedule, and of dates that name none. Default: UTC."),
    key("include", Kind::Text, "\"OpenAI|ChatGPT\"", "Regular expression: only entries whose title matches."),
    key("exclude", Kind::Text, "\"广告|推广\"", "Regular expression: no entries whose title matches."),
    key("full_text", Kind::Flag, "false", "Fetch the page of each entry for its whole text. Default: false."),
    key("selector", Kind::Text, "\"article .content\"", "With full_text: the part of the page that is the article, as a CSS selector."),
    key("archives", Kind::Flag, "false", "When it is new, fetch the archives that the publisher names (RFC 5005) as well. Default: false."),
    key("image_proxy", Kind::Text, "\"https://images.example.org/?url={url_encoded}\"", "Template for image addresses; \"\" for none."),
    key("default_cover", Kind::Text, "\"https://feeds.example.org/cover.png\"", "Cover of an article without a picture; \"\" for none."),
    key(
        "image_referrer",
        Kind::Text,
        "\"none\"",
        "\"none\": pictures are asked for without a word about the page that they stand in, for hosts that refuse them to other websites; \"\" for the reader's own way. Default: \"\".",
    ),
    key(
        "chinese",
        Kind::Text,
        "\"simplified\"",
        "Chinese shown as \"simplified\", \"traditional\", \"mainland\", \"taiwan\" or \"hongkong\"; \"\" as the publisher writes it. Default: \"\".",
    ),
    key("summary", Kind::Text, "\"offline\"", "\"offline\", \"llm\" or \"off\"."),
    key("headers", Kind::Pairs, "{ Accept-Language = \"zh-CN\" }", "Request headers of your own."),
    key("auth_env", Kind::Text, "\"FEED_TOKEN\"", "Name of the variable or credential that holds the value of the Authorization header."),
    key("proxy", Kind::Text, "\"http://127.0.0.1:3128\"", "Proxy for this source."),
    key("keep", Kind::Duration, "\"30 days\"", "How long its articles are kept, or \"forever\"."),
    key("enabled", Kind::Flag, "true", "Whether it is polled. Default: true."),
    key("priority", Kind::Count, "10", "Where several sources tell one story, the copy of the highest priority leads. Default: 0."),
    key(
        "burst",
        Kind::Count,
        "20",
        "So many new entries at once that cannot be new (a moved website, new guids) are held back; 0 lets everything in. Default: 20.",
    ),
];

/// A named output feed.
pub static VIEW: Table = Table {
    name: "view",
    many: true,
    doc: "A named output feed.",
    keys: &[
        key("name", Kind::Text, "\"ai\"", "Its name, and its address: /view/NAME/feed.xml."),
        key("title", Kind::Text, "\"AI\"", "Title of its feed. Default: its name."),
        key("filter", Kind::Text, "'category = \"tech\" and text ~ \"大模型|LLM\"'", "Which articles it holds."),
        key("limit", Kind::Count, "100", "Entries in its feed. Default: the limit of [site]."),
        key("per_source", Kind::Count, "10", "Entries of one source in its feed. Default: no limit."),
        key(
            "chinese",
            Kind::Text,
            "\"taiwan\"",
            "Chinese shown as \"simplified\", \"traditional\", \"mainland\", \"taiwan\" or \"hongkong\"; \"\" as the publishers write it. Default: as each source says.",
        ),
        key("sort", Kind::Text, "\"published\"", "\"published\" or \"seen\" (when feedmill first saw it). Default: \"published\"."),
    ],
};

/// One story once.
pub static STORIES: Table = Table {
    name: "stories",
    many: false,
    doc: "How articles of several sources that tell the same are found. Shown once, they are named under each other.",
    keys: &[
        key("similar", Kind::Flag, "true", "Compare texts; the same address or guid counts always. Default: true."),
        key("window", Kind::Duration, "\"7 days\"", "Texts published further apart are not compared. Default: \"7 days\"."),
        key(
            "articles_max",
            Kind::Count,
            "100000",
            "The newest so many articles are compared with; each takes about 170 bytes of memory, and after a start all are read once. Default: 100000.",
        ),
    ],
};

/// Full text over all articles.
pub static SEARCH: Table = Table {
    name: "search",
    many: false,
    doc: "Full text over all articles: /search, its feeds, and `feedmill search`.",
    keys: &[key(
        "enabled",
        Kind::Flag,
        "true",
        "Keep an index in data/search; it takes less than half of the disk that the articles take as Markdown. Switched off, the folder may be removed. Default: true.",
    )],
};

/// What is never merged.
pub static KEEP_APART: Table = Table {
    name: "keep_apart",
    many: true,
    doc: "Articles that are never merged, whatever they have in common. With both keys, both must hold.",
    keys: &[
        key("sources", Kind::Texts, "[\"36kr\", \"36krai\"]", "Articles of these sources; a single one is kept apart from all others."),
        key("title", Kind::Text, "\"^早报\"", "Regular expression: articles whose title matches."),
    ],
};

/// All tables, in the order in which they are explained.
pub static TABLES: &[&Table] =
    &[&SITE, &SERVER, &FETCH, &ARTICLE, &HTML, &LLM, &STORE, &STORIES, &SEARCH, &DEFAULTS, &SOURCE, &VIEW, &KEEP_APART];

/// What other programs call our keys.
pub static OTHER_WORDS: &[(&str, &str)] = &[
    ("address", "url"),
    ("feed", "url"),
    ("feed_url", "url"),
    ("link", "url"),
    ("xmlurl", "url"),
    ("xml_url", "url"),
    ("id", "name"),
    ("folder", "category"),
    ("group", "category"),
    ("refresh", "interval"),
    ("ttl", "interval"),
    ("every", "interval"),
    ("cron", "schedule"),
    ("timezone", "time_zone"),
    ("tz", "time_zone"),
    ("disabled", "enabled"),
    ("fulltext", "full_text"),
    ("port", "listen"),
    ("bind", "listen"),
    ("retention", "keep"),
    ("useragent", "user_agent"),
    ("feeds", "source"),
    ("feed", "source"),
    ("sources", "source"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold_every_key_of_a_source_but_name_url_and_mirrors() {
        assert!(["name", "url", "mirrors"].iter().all(|name| DEFAULTS.key(name).is_none()));
        assert_eq!(DEFAULTS.keys.len() + 3, SOURCE.keys.len());
    }
}

//! Documents to measure with: the corpus, and generated feeds as the world has them.

use std::fmt::Write;
use std::path::PathBuf;

use crate::Failure;

/// What most of a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Chinese,
    /// English, mostly.
    Other,
}

/// A document.
pub struct Document {
    /// What the report calls it.
    pub name: String,
    /// As a publisher sends it.
    pub bytes: Vec<u8>,
    /// What it is written in.
    pub language: Language,
}

/// Every document of the corpus that its manifest names.
pub fn corpus() -> Result<Vec<Document>, Failure> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let feeds = std::env::var_os("FEEDMILL_CORPUS").map_or(beside, PathBuf::from).join("feeds");
    let manifest = std::fs::read_to_string(feeds.join("MANIFEST.tsv"))?;
    let names = manifest.lines().skip(1).filter_map(|line| line.split('\t').next());
    let one = |name: &str| -> Result<Document, Failure> {
        let language = if name.starts_with("chinese/") { Language::Chinese } else { Language::Other };
        Ok(Document { name: name.to_owned(), bytes: std::fs::read(feeds.join(name))?, language })
    };
    names.map(one).collect()
}

/// Feeds of each language and dialect.
const FEEDS: usize = 60;
/// Entries of a feed.
const ENTRIES: usize = 35;

const CHINESE: &[&str] = &[
    "人工智能",
    "公司",
    "发布",
    "了",
    "新",
    "的",
    "模型",
    "，",
    "用户",
    "可以",
    "在",
    "手机",
    "上",
    "使用",
    "。",
    "据",
    "报道",
    "市场",
    "增长",
    "超过",
    "百分之",
    "三十",
    "、",
    "投资者",
    "认为",
    "这",
    "是",
    "一个",
    "重要",
    "信号",
    "；",
    "科技",
    "36氪",
    "获悉",
    "完成",
    "融资",
    "GPU",
    "芯片",
    "数据中心",
    "“",
    "未来",
    "”",
    "我们",
    "没有",
];
const ENGLISH: &[&str] = &[
    "the ",
    "company ",
    "released ",
    "a ",
    "new ",
    "model ",
    "that ",
    "users ",
    "can ",
    "run ",
    "on ",
    "their ",
    "phones. ",
    "According ",
    "to ",
    "reports, ",
    "growth ",
    "exceeded ",
    "thirty ",
    "percent ",
    "and ",
    "investors ",
    "don’t ",
    "think ",
    "it ",
    "matters; ",
    "in ",
    "2024 ",
    "Rust ",
    "compiler ",
    "maintainers ",
    "(mostly) ",
    "agreed. ",
    "However, ",
    "nobody ",
    "knows ",
    "why ",
    "this ",
    "works. ",
];

/// A xorshift generator: the same documents in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap_or(0)
    }

    fn text(&mut self, words: &[&str], count: usize) -> String {
        (0..count).map(|_| words[self.below(words.len())]).collect::<String>().trim_end().to_owned()
    }
}

/// One entry, not yet in any dialect.
struct Entry {
    title: String,
    link: String,
    guid: String,
    author: String,
    category: String,
    second: usize,
    summary: String,
    body: String,
}

fn entry(random: &mut Random, words: &[&str], number: usize) -> Entry {
    let link = format!("https://www.example.org/{}/p/{number}.html?from=rss&id={}", random.below(1000), random.below(1 << 30));
    let mut body = String::new();
    for paragraph in 0..1 + random.below(8) {
        if random.below(4) == 0 {
            let _ = writeln!(
                body,
                "<p><img src=\"https://img.example.org/{}/{number}-{paragraph}.jpg\" alt=\"{}\" width=\"640\"></p>",
                random.below(99),
                random.text(words, 3)
            );
        }
        let count = 10 + random.below(90);
        let (text, linked) = (random.text(words, count), random.text(words, 3));
        let _ = writeln!(
            body,
            "<p>{text}<a href=\"https://www.example.org/a/{paragraph}?b=1&amp;c=2\" target=\"_blank\">{linked}</a>&nbsp;<strong>{linked}</strong><br></p>"
        );
    }
    Entry {
        title: random.text(words, 12),
        guid: format!("tag:example.org,2024:{}", random.below(1 << 40)),
        author: random.text(words, 2).replace(['<', '&'], ""),
        category: random.text(words, 1),
        second: 1_700_000_000 + number * 3600,
        summary: random.text(words, 30),
        link,
        body,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn date(second: usize, form: &str) -> String {
    let at = feedmill::model::Instant::from_timestamp(i64::try_from(second).unwrap_or(0), 0).unwrap_or_default();
    at.format(form).to_string()
}

fn rss(entries: &[Entry], cdata: bool) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n<title>Generated</title>\n<link>https://www.example.org/</link>\n<atom:link href=\"https://www.example.org/feed.xml\" rel=\"self\" type=\"application/rss+xml\"/>\n<description>Generated</description>\n",
    );
    for entry in entries {
        let (title, body) = if cdata {
            (format!("<![CDATA[{}]]>", entry.title), format!("<description><![CDATA[{}]]></description>", entry.body))
        } else {
            let (summary, body) = (escaped(&entry.summary), escaped(&entry.body));
            (escaped(&entry.title), format!("<description>{summary}</description>\n<content:encoded>{body}</content:encoded>"))
        };
        let _ = write!(
            out,
            "<item>\n<title>{title}</title>\n<link>{}</link>\n<guid isPermaLink=\"false\">{}</guid>\n<dc:creator>{}</dc:creator>\n<category>{}</category>\n<pubDate>{}</pubDate>\n{body}\n</item>\n",
            escaped(&entry.link),
            entry.guid,
            entry.author,
            entry.category,
            date(entry.second, "%a, %d %b %Y %H:%M:%S +0800"),
        );
    }
    out + "</channel>\n</rss>\n"
}

fn atom(entries: &[Entry]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>Generated</title>\n<link href=\"https://www.example.org/\"/>\n<link rel=\"self\" href=\"https://www.example.org/atom.xml\"/>\n<id>https://www.example.org/</id>\n<updated>2024-02-18T09:11:59Z</updated>\n",
    );
    for entry in entries {
        let when = date(entry.second, "%Y-%m-%dT%H:%M:%SZ");
        let _ = write!(
            out,
            "<entry>\n<title type=\"html\">{}</title>\n<link href=\"{}\" rel=\"alternate\" type=\"text/html\"/>\n<id>{}</id>\n<published>{when}</published>\n<updated>{when}</updated>\n<author><name>{}</name></author>\n<category term=\"{}\"/>\n<content type=\"html\">{}</content>\n</entry>\n",
            escaped(&entry.title),
            escaped(&entry.link),
            entry.guid,
            entry.author,
            entry.category,
            escaped(&entry.body),
        );
    }
    out + "</feed>\n"
}

fn json(entries: &[Entry]) -> String {
    let items: Vec<_> = entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "id": entry.guid, "url": entry.link, "title": entry.title, "content_html": entry.body, "summary": entry.summary,
                "date_published": date(entry.second, "%Y-%m-%dT%H:%M:%SZ"), "authors": [{"name": entry.author}], "tags": [entry.category],
            })
        })
        .collect();
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Generated", "home_page_url": "https://www.example.org/",
        "feed_url": "https://www.example.org/feed.json", "items": items,
    });
    feed.to_string()
}

/// Seeded feeds in Chinese and English: RSS in CDATA and escaped, Atom, JSON Feed.
pub fn generated() -> Vec<Document> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut made = Vec::new();
    for number in 0..FEEDS {
        for (language, words) in [(Language::Chinese, CHINESE), (Language::Other, ENGLISH)] {
            let entries: Vec<_> = (0..ENTRIES).map(|at| entry(&mut random, words, number * ENTRIES + at)).collect();
            let (dialect, text) = match number % 4 {
                0 => ("rss in cdata", rss(&entries, true)),
                1 => ("rss escaped", rss(&entries, false)),
                2 => ("atom", atom(&entries)),
                _ => ("json", json(&entries)),
            };
            made.push(Document { name: format!("generated {dialect} {number} {language:?}"), bytes: text.into_bytes(), language });
        }
    }
    made
}

//! The generated feeds: number and seed give the same bytes in every process.

use std::fmt::Write as _;

use fastrand::Rng;

/// Entries of a feed.
const ENTRIES: std::ops::RangeInclusive<u32> = 20..=50;
/// 2024-02-18 00:00:00 UTC, the day that the feeds begin.
const EPOCH_SECONDS: i64 = 1_708_214_400;

const CHINESE: &str = "人工智能大模型正在改变世界科技公司发布新产品研究人员认为市场增长投资者关注数据安全芯片供应链开放源代码社区讨论性能提升用户\
体验设计北京上海深圳创业融资轮次亿元估值平台业务团队负责记者获悉表示未来三年计划推出服务支持全球客户";
const ENGLISH: &str = "the of and to in a model company research data market growth open source community design performance user product \
security chip network system release version has been said that its new plan for next year with more than million people using it while \
others remain cautious about price supply energy policy";

/// The ETag of a feed.
pub fn etag(seed: u64, number: u32) -> String {
    format!("\"{seed:x}-{number:x}\"")
}

/// The media type and the document of a feed: of six, three are RSS 2.0, two Atom and one JSON Feed; every other one is Chinese. `length` is how
/// many times as long as a teaser (about 1.5 KB of document an entry) the entries are.
pub fn document(seed: u64, number: u32, length: u32) -> (&'static str, String) {
    let mut random = Rng::with_seed(seed ^ (u64::from(number) << 20));
    let entries: Vec<Entry> = (0..random.u32(ENTRIES)).map(|at| Entry::of(&mut random, number, at, length)).collect();
    match number % 6 {
        0..=2 => ("application/rss+xml", rss(number, &entries)),
        3 | 4 => ("application/atom+xml", atom(number, &entries)),
        _ => ("application/feed+json", json(number, &entries)),
    }
}

struct Entry {
    title: String,
    link: String,
    time: chrono::DateTime<chrono::Utc>,
    body: String,
}

impl Entry {
    fn of(random: &mut Rng, number: u32, at: u32, length: u32) -> Self {
        let is_chinese = number.is_multiple_of(2);
        let link = format!("https://site{number}.example/2024/02/{at}");
        let seconds = EPOCH_SECONDS - i64::from(at) * 7_200 - i64::from(number % 3_600);
        let mut body = String::new();
        for paragraph in 0..random.u32(2..=5) * length {
            let text = sentences(random, is_chinese);
            let _ = write!(body, "<p>{text} <a href=\"{link}?ref={paragraph}\">{}</a></p>", words(random, is_chinese, 3));
        }
        let _ = write!(body, "<p><img src=\"https://img.site{number}.example/{at}.jpg\" alt=\"\"></p>");
        Self { title: words(random, is_chinese, 9), link, time: chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default(), body }
    }
}

/// About `count` words, without a full stop.
fn words(random: &mut Rng, is_chinese: bool, count: usize) -> String {
    if is_chinese {
        let letters: Vec<char> = CHINESE.chars().collect();
        (0..count * 2).map(|_| letters[random.usize(..letters.len())]).collect()
    } else {
        let known: Vec<&str> = ENGLISH.split(' ').collect();
        let chosen: Vec<&str> = (0..count).map(|_| known[random.usize(..known.len())]).collect();
        chosen.join(" ")
    }
}

fn sentences(random: &mut Rng, is_chinese: bool) -> String {
    let stop = if is_chinese { "。" } else { ". " };
    (0..random.usize(1..=4)).map(|_| words(random, is_chinese, 16) + stop).collect()
}

fn language(number: u32) -> &'static str {
    if number.is_multiple_of(2) { "zh-CN" } else { "en" }
}

fn rss(number: u32, entries: &[Entry]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Site {number}</title><link>https://site{number}.example/</link>\
         <description>Generated</description><language>{}</language>",
        language(number)
    );
    for Entry { title, link, time, body } in entries {
        let date = time.to_rfc2822();
        let _ = writeln!(
            text,
            "<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{date}</pubDate><description><![CDATA[{body}]]></description></item>"
        );
    }
    text + "</channel></rss>"
}

fn atom(number: u32, entries: &[Entry]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\"><title>Site {number}</title>\
         <id>https://site{number}.example/</id><link href=\"https://site{number}.example/\"/><updated>2024-02-18T00:00:00Z</updated>",
        language(number)
    );
    for Entry { title, link, time, body } in entries {
        let body = body.replace('&', "&amp;").replace('<', "&lt;");
        let date = time.to_rfc3339();
        let _ = writeln!(
            text,
            "<entry><title>{title}</title><id>{link}</id><link href=\"{link}\"/><updated>{date}</updated><author><name>Site {number}</name></author>\
             <content type=\"html\">{body}</content></entry>"
        );
    }
    text + "</feed>"
}

fn json(number: u32, entries: &[Entry]) -> String {
    let items = entries.iter().map(|Entry { title, link, time, body }| {
        serde_json::json!({ "id": link, "url": link, "title": title, "content_html": body, "date_published": time.to_rfc3339() })
    });
    let items: Vec<_> = items.collect();
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": format!("Site {number}"), "language": language(number),
        "home_page_url": format!("https://site{number}.example/"), "items": items
    });
    feed.to_string()
}

//! Texts of feeds.toml that mean something: addresses, networks, expressions, zones, schedules. Each function takes the text and
//! gives the meaning, or a sentence on what is wrong and what to write instead.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::DateTime;
use chrono_tz::{TZ_VARIANTS, Tz};
use regex::{Regex, RegexBuilder};
use url::Url;

use super::section::Wrong;
use super::{Network, Sort};
use crate::model::words::{self, nearest};
use crate::model::{ImageTemplate, SourceName, SummaryMode};

/// Longest address.
pub const URL_BYTES_MAX: usize = 8 * 1024;
/// Largest compiled regular expression, and largest cache of one.
const REGEX_BYTES_MAX: usize = 1_000_000;
/// Longest regular expression as written.
const REGEX_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Times of a schedule that are looked at to see how often it fires.
const SCHEDULE_TIMES_CHECKED: usize = 100;
/// Names that some file systems keep for devices (S12); a source's name is a folder of the Hugo tree.
const DEVICE_NAMES: &[&str] = &["con", "prn", "aux", "nul"];

/// The name of a source, a view or a category: a path segment of the routes and a folder of the Hugo tree.
pub fn name(text: &str) -> Result<SourceName, Wrong> {
    let name = SourceName::new(text).map_err(|error| {
        let better: String =
            text.chars().map(|c| if SourceName::new(&c.to_string()).is_ok() || c == ' ' || c == '.' { c } else { '-' }).collect();
        let better = better.trim_matches([' ', '.', '-']);
        if better.is_empty() { error.to_string() } else { format!("{error}; write for example \"{better}\"") }
    })?;
    let stem = text.split('.').next().unwrap_or_default().to_lowercase();
    let numbered =
        stem.strip_prefix("com").or(stem.strip_prefix("lpt")).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    if DEVICE_NAMES.contains(&stem.as_str()) || numbered {
        return Err(format!(
            "{text:?} is reserved for a device on some systems, where no folder can have this name; write for example \"{text}-feed\""
        )
        .into());
    }
    if text.ends_with('.') {
        return Err("a name cannot end with a dot: some systems drop it from folders".into());
    }
    Ok(name)
}

/// A category: what holds for names holds for it.
pub fn category(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() { Ok(None) } else { name(text).map(|name| Some(name.as_str().to_owned())) }
}

/// One line of text.
pub fn line(text: &str) -> Result<String, Wrong> {
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, c)) => Err(Wrong { message: format!("this text cannot hold the character {c:?}; it is one line"), at: Some(at..at + 1) }),
        None => Ok(text.trim().to_owned()),
    }
}

/// The address of a feed.
pub fn feed_url(text: &str) -> Result<Url, Wrong> {
    let url = http_url(text)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address in this file cannot hold a password; put the value of the Authorization header (\"Basic …\") into a variable and name it in auth_env".into());
    }
    Ok(url)
}

/// An absolute http or https address.
pub fn http_url(text: &str) -> Result<Url, Wrong> {
    let wrong = |why: &str| Wrong::from(format!("{text:?} {why}; write for example \"https://36kr.com/feed\""));
    if text.len() > URL_BYTES_MAX {
        return Err(format!("this address has {} bytes, and {URL_BYTES_MAX} is the most", text.len()).into());
    }
    if text.is_empty() {
        return Err("an address is missing; write for example \"https://36kr.com/feed\"".into());
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err(format!(
            "{text:?} has blanks around it or control characters in it; write {:?}",
            text.trim().replace(char::is_control, "")
        )
        .into());
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        Ok(url) if url.scheme() == "feed" => {
            let rest = text[5..].trim_start_matches('/');
            let rest = if rest.starts_with("http") { rest.to_owned() } else { format!("https://{rest}") };
            Err(format!("feed: is not a scheme that can be fetched; write {rest:?}").into())
        }
        // `example.org:8080/feed` parses as an address of the scheme `example.org`.
        Ok(url) if !text.contains("://") && url.scheme().contains('.') => {
            Err(format!("{text:?} has no scheme; write \"https://{text}\"").into())
        }
        Ok(url) => Err(format!("only http and https can be fetched, not {}:", url.scheme()).into()),
        Err(url::ParseError::RelativeUrlWithoutBase) if text.contains('.') && !text.starts_with(['/', '.']) => {
            Err(format!("{text:?} has no scheme; write \"https://{text}\"").into())
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(wrong("is not an absolute address")),
        Err(error) => Err(wrong(&format!("is not an address ({error})"))),
    }
}

/// The public address of the site: no query, no fragment, no slash at the end.
pub fn site_url(text: &str) -> Result<String, Wrong> {
    let url = http_url(text)?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("the public address has no query, fragment or password: paths are put behind it".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A proxy.
pub fn proxy(text: &str) -> Result<Url, Wrong> {
    let advice = "write for example \"http://127.0.0.1:3128\" or \"socks5h://127.0.0.1:1080\"";
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not an address ({error}); {advice}"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("a proxy is reached by http, https, socks5 or socks5h; {advice}").into());
    }
    Ok(url)
}

/// Where the server listens. `localhost` is the loopback address.
pub fn listen(text: &str) -> Result<SocketAddr, Wrong> {
    let plain = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    plain.parse().map_err(|_| {
        let advice = if let Some(port) = text.strip_prefix(':').or(Some(text)).filter(|port| port.parse::<u16>().is_ok()) {
            format!("write \"127.0.0.1:{port}\" for this machine only, or \"0.0.0.0:{port}\" for everyone")
        } else if text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) {
            format!("write \"{text}:8080\"")
        } else if text.parse::<IpAddr>().is_ok() {
            format!("write \"[{text}]:8080\"")
        } else {
            "write an IP address and a port, such as \"127.0.0.1:8080\"".to_owned()
        };
        Wrong::from(format!("{text:?} is not an address and port; {advice}"))
    })
}

/// A network such as `10.0.0.0/8`, or one address.
pub fn network(text: &str) -> Result<Network, Wrong> {
    let wrong = || Wrong::from(format!("{text:?} is not a network; write for example \"192.168.1.0/24\", \"127.0.0.1\" or \"fd00::/8\""));
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits_max: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix_bits = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= bits_max).ok_or_else(wrong)?,
        None => bits_max,
    };
    let begin = masked(address, prefix_bits);
    if begin != address {
        return Err(format!(
            "{text:?} has bits behind its prefix; write \"{begin}/{prefix_bits}\" for the network or \"{address}\" for the one address"
        )
        .into());
    }
    Ok(Network { address, prefix_bits })
}

fn masked(address: IpAddr, prefix_bits: u8) -> IpAddr {
    let prefix_bits = u32::from(prefix_bits);
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from(v4.to_bits() & u32::MAX.checked_shl(32 - prefix_bits).unwrap_or(0)).into(),
        IpAddr::V6(v6) => std::net::Ipv6Addr::from(v6.to_bits() & u128::MAX.checked_shl(128 - prefix_bits).unwrap_or(0)).into(),
    }
}

/// The name of a variable or credential that holds a secret.
pub fn variable(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err("the name of a variable is missing".into());
    }
    // What is pasted here by mistake is the secret itself, so it is not repeated in the message.
    let fits = text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && !text.starts_with('.');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("this is not the name of a variable (letters, digits, _ - .); write the name here and put the secret into the variable of that name, or into a systemd credential".into())
    }
}

/// A regular expression; an empty one is none.
pub fn regex(text: &str) -> Result<Option<Regex>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > REGEX_TEXT_BYTES_MAX {
        return Err(format!("this expression has {} bytes, and {REGEX_TEXT_BYTES_MAX} is the most", text.len()).into());
    }
    let built = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
    built.map(Some).map_err(|error| Wrong::from(say_regex_error(&error)))
}

/// The one sentence of a regex error that helps.
fn say_regex_error(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large; make its repetitions smaller".to_owned(),
        error => {
            let text = error.to_string();
            let why = text.rsplit("error: ").next().unwrap_or(&text).trim();
            format!("not a regular expression: {why}; put a backslash before a character that is meant as it stands")
        }
    }
}

/// A template for image addresses; an empty one is none.
pub fn image_template(text: &str) -> Result<Option<ImageTemplate>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = ["origin", "url", "url_encoded"];
    let mut names = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find(['{', '}']).map(|at| from + at) {
        let close = text[open..].find('}').map(|at| open + at).filter(|_| text[open..].starts_with('{'));
        let Some(close) = close else {
            return Err(Wrong {
                message: "a brace stands alone; places are {origin}, {url} and {url_encoded}".into(),
                at: Some(open..open + 1),
            });
        };
        let name = &text[open + 1..close];
        if !known.contains(&name) {
            let near = nearest(name, known)
                .map_or_else(|| "known are {origin}, {url} and {url_encoded}".to_owned(), |near| format!("did you mean {{{near}}}?"));
            return Err(Wrong { message: format!("unknown place {{{name}}}; {near}"), at: Some(open..close + 1) });
        }
        names.push(name);
        from = close + 1;
    }
    if !names.contains(&"url") && !names.contains(&"url_encoded") {
        return Err("the template has no place for the image; put {url} or {url_encoded} into it".into());
    }
    if let Some((at, c)) =
        text.char_indices().find(|(_, c)| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\'))
    {
        return Err(Wrong { message: format!("an address cannot hold the character {c:?}"), at: Some(at..at + c.len_utf8()) });
    }
    Ok(Some(ImageTemplate(text.to_owned())))
}

/// The address of a cover; an empty one is none.
pub fn cover(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    // A path on the site of the reader, such as the seed's `/img/cover.png`, is as good as an address.
    if text.starts_with('/') && !text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Ok(Some(text.to_owned()));
    }
    http_url(text).map(|_| Some(text.to_owned()))
}

/// How keywords and summary are made.
pub fn summary(text: &str) -> Result<SummaryMode, Wrong> {
    one_of(text, &[("offline", SummaryMode::Offline), ("llm", SummaryMode::Llm), ("off", SummaryMode::Off)])
}

/// The order of a view.
pub fn sort(text: &str) -> Result<Sort, Wrong> {
    one_of(text, &[("published", Sort::Published), ("seen", Sort::Seen)])
}

fn one_of<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, Wrong> {
    if let Some((_, value)) = known.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let all = known.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let near = nearest(text, known.iter().map(|(word, _)| *word)).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
    Err(format!("{text:?} is not one of {all}{near}").into())
}

/// A time zone by its name.
pub fn time_zone(text: &str) -> Result<Tz, Wrong> {
    text.parse().map_err(|_| {
        let all = || TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |zone: &&str| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&text.replace(' ', "_")));
        let near = match text {
            "CST" | "+0800" | "+08:00" | "UTC+8" | "GMT+8" | "Beijing" | "Asia/Beijing" | "北京" => Some("Asia/Shanghai"),
            _ => all().find(city).or_else(|| nearest(text, all())),
        };
        let advice = near.map_or_else(|| "write for example \"Asia/Shanghai\"".to_owned(), |near| format!("did you mean \"{near}\"?"));
        Wrong::from(format!("{text:?} is not the name of a time zone; {advice}"))
    })
}

/// A cron expression: six fields as they are run, and the least time between two of its times. Five fields get second 0.
pub fn schedule(text: &str) -> Result<(String, Duration), Wrong> {
    let advice = "write second, minute, hour, day, month and weekday, such as \"0 30 8 * * *\" for 8:30 every day";
    let fields: Vec<&str> = text.split_whitespace().collect();
    let expression = match fields.len() {
        5 => format!("0 {}", fields.join(" ")),
        6 => fields.join(" "),
        count => return Err(format!("a schedule has six fields, and this has {count}; {advice}").into()),
    };
    // As tokio-cron-scheduler reads it.
    let parser = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Required).dom_and_dow(true).build();
    let cron = parser.parse(&expression).map_err(|error| format!("{text:?} is not a schedule ({error}); {advice}"))?;
    let mut least = Duration::MAX;
    let mut last = DateTime::UNIX_EPOCH;
    for at in 0..SCHEDULE_TIMES_CHECKED {
        let Ok(next) = cron.find_next_occurrence(&last, false) else {
            return if at == 0 { Err(format!("{text:?} names a time that never comes; {advice}").into()) } else { Ok((expression, least)) };
        };
        if at > 0 {
            least = least.min((next - last).to_std().unwrap_or_default());
        }
        last = next;
    }
    Ok((expression, least))
}

/// A duration within bounds.
pub fn duration_between(text: &str, least: Duration, most: Duration) -> Result<Duration, Wrong> {
    let duration = words::duration(text)?;
    if duration < least || duration > most {
        return Err(format!("{text:?} must lie between {} and {}", words::say_duration(least), words::say_duration(most)).into());
    }
    Ok(duration)
}

/// An age, or `"forever"`.
pub fn age(text: &str) -> Result<Option<Duration>, Wrong> {
    if matches!(text, "forever" | "") {
        return Ok(None);
    }
    duration_between(text, Duration::from_secs(3_600), Duration::from_secs(words::DURATION_SECONDS_MAX)).map(Some)
}

/// A request header of the user's own.
pub fn header(name: &str, value: &str) -> Result<(), Wrong> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("{name:?} is not the name of a header").into());
    }
    const OURS: &[&str] = &[
        "host",
        "content-length",
        "connection",
        "transfer-encoding",
        "upgrade",
        "te",
        "trailer",
        "accept-encoding",
        "if-none-match",
        "if-modified-since",
        "user-agent",
        "range",
    ];
    if let Some(ours) = OURS.iter().find(|ours| name.eq_ignore_ascii_case(ours)) {
        let advice = if *ours == "user-agent" { "; set user_agent in [fetch]" } else { "" };
        return Err(format!("{name} is set by feedmill itself{advice}").into());
    }
    if name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("proxy-authorization") {
        return Err("a secret cannot stand in this file; put it into a variable and name that in auth_env".into());
    }
    match value.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, c)) => {
            Err(Wrong { message: format!("the value of a header cannot hold the character {c:?}"), at: Some(at..at + c.len_utf8()) })
        }
        None => Ok(()),
    }
}

/// A host name whose players may be framed.
pub fn host(text: &str) -> Result<String, Wrong> {
    match url::Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(format!("{text:?} is not a host name; write for example \"player.bilibili.com\"").into()),
    }
}

/// A language tag (BCP 47).
pub fn language(text: &str) -> Result<String, Wrong> {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.len() <= 35 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(part) {
        return Ok(text.to_owned());
    }
    let advice =
        if text.contains('_') { format!("write {:?}", text.replace('_', "-")) } else { "write for example \"zh-CN\" or \"en\"".to_owned() };
    Err(format!("{text:?} is not a language tag; {advice}").into())
}

/// The `User-Agent`.
pub fn user_agent(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err("a User-Agent is plain ASCII; write for example \"feedmill/1.0 (+https://feeds.example.org)\"".into());
    }
    Ok(text.to_owned())
}

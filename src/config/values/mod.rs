//! Texts of feeds.toml that mean something: names, addresses, networks, expressions, zones, schedules. Each function takes the text and
//! gives the meaning, or a sentence on what is wrong and what to write instead.

mod address;
mod time;

use regex::{Regex, RegexBuilder};

use super::Sort;
use super::section::Wrong;
use crate::model::words::nearest;
use crate::model::{Chinese, ImageTemplate, SourceName, SummaryMode};

pub use address::{URL_BYTES_MAX, cover, feed_url, host, http_url, listen, network, proxy, site_url};
pub use time::{age, duration_between, schedule, time_zone};

/// Largest compiled regular expression, and largest cache of one.
const REGEX_BYTES_MAX: usize = 1_000_000;

/// Longest regular expression as written.
const REGEX_TEXT_BYTES_MAX: usize = 16 * 1024;

/// Longest CSS selector.
const SELECTOR_BYTES_MAX: usize = 1_000;

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

/// A CSS selector; empty for none.
pub fn selector(text: &str) -> Result<Option<String>, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > SELECTOR_BYTES_MAX {
        return Err(format!("this selector has {} bytes, and {SELECTOR_BYTES_MAX} is the most", text.len()).into());
    }
    match dom_query::Matcher::new(text) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(_) => Err("not a CSS selector; write it as in a style sheet, for example \"article .content\" or \"#main > p\"".into()),
    }
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

/// How keywords and summary are made.
pub fn summary(text: &str) -> Result<SummaryMode, Wrong> {
    one_of(text, &[("offline", SummaryMode::Offline), ("llm", SummaryMode::Llm), ("off", SummaryMode::Off)])
}

/// How Chinese is shown; empty is as the publisher wrote it.
pub fn chinese(text: &str) -> Result<Option<Chinese>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    one_of(text, &Chinese::ALL.map(|chinese| (chinese.word(), chinese))).map(Some)
}

/// What is said of the page that a picture stands in: nothing (`true`), or what the reader's program says by itself.
pub fn image_referrer(text: &str) -> Result<bool, Wrong> {
    one_of(text, &[("none", true), ("", false)])
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

//! Names for sources that come without a proper one: of a feed's title, of an imported list.

use std::collections::{HashMap, HashSet};

use crate::model::SourceName;
use crate::model::ids::NAME_CHARS_MAX;

/// Longest name made of a title: it is read in tables and addresses.
const NAME_CHARS_WANTED: usize = 40;

/// The names that are taken, so that new ones differ.
#[derive(Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The number to try next for a name, so that a list of many equal names takes no square of the time.
    next: HashMap<String, usize>,
}

impl Names {
    /// The names in use.
    pub fn of<'n>(taken: impl IntoIterator<Item = &'n SourceName>) -> Self {
        Self { taken: taken.into_iter().map(|name| name.as_str().to_lowercase()).collect(), next: HashMap::new() }
    }

    /// A valid name as near to `wanted` as can be, or made of the address; taken from now on.
    pub fn take(&mut self, wanted: &str, url: &url::Url) -> Option<SourceName> {
        let base = cleaned(wanted).or_else(|| cleaned(&host_word(url))).unwrap_or_else(|| "feed".to_owned());
        let start = self.next.get(&base.to_lowercase()).copied().unwrap_or(1);
        // One of these is free: there are no more names taken than numbers tried.
        let tried = (start..=start + self.taken.len() + 1).map(|number| (number, numbered(&base, number)));
        let (number, free) = tried.into_iter().find(|(_, name)| !self.taken.contains(&name.to_lowercase()))?;
        let name = SourceName::new(&free).ok()?;
        self.next.insert(base.to_lowercase(), number + 1);
        self.taken.insert(free.to_lowercase());
        Some(name)
    }
}

/// The first is the name itself, the others carry their number.
fn numbered(base: &str, number: usize) -> String {
    if number < 2 {
        return base.to_owned();
    }
    let tail = format!(" {number}");
    let kept: String = base.chars().take(NAME_CHARS_MAX - tail.chars().count()).collect();
    format!("{}{tail}", kept.trim_end())
}

/// A name of a feed's title: what stands before the slogan, shortened.
#[must_use]
pub fn of_title(title: &str) -> String {
    let title = title.trim();
    let first =
        [" - ", " | ", " – ", " — ", " · ", "|", "｜", "_", " – "].iter().filter_map(|mark| title.find(mark)).filter(|at| *at > 0).min();
    let name = first.map_or(title, |at| &title[..at]).trim();
    name.chars().take(NAME_CHARS_WANTED).collect::<String>().trim().to_owned()
}

/// A valid name with the same letters, if any is left.
#[must_use]
pub fn cleaned(text: &str) -> Option<String> {
    let fits = |c: char| c == ' ' || c == '.' || SourceName::new(&c.to_string()).is_ok();
    let spaced: String = text.chars().map(|c| if fits(c) { c } else { ' ' }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = joined.trim_matches(['.', ' ']).chars().take(NAME_CHARS_MAX).collect();
    let short = short.trim_end_matches(['.', ' ']).to_owned();
    if short.is_empty() {
        return None;
    }
    // Names that some systems keep for devices are refused by the configuration.
    Some(if crate::config::is_name(&short) { short } else { format!("{short} feed") }).filter(|name| crate::config::is_name(name))
}

/// `https://www.36kr.com/feed` -> `36kr`.
fn host_word(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").trim_start_matches("feeds.").trim_start_matches("blog.");
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [.., word, second, _] if second.len() <= 3 && matches!(*second, "com" | "co" | "org" | "net" | "ac" | "gov" | "edu") => {
            (*word).to_owned()
        }
        [.., word, _] if word.parse::<u8>().is_err() => (*word).to_owned(),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> url::Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_title_becomes_a_short_name() {
        for (title, name) in [
            ("Solidot: 奇客的资讯，重要的东西", "Solidot: 奇客的资讯，重要的东西"),
            ("少数派 -- 数字生活", "少数派 -- 数字生活"),
            ("The GitHub Blog - Updates, ideas", "The GitHub Blog"),
            ("爱范儿 | 让未来触手可及", "爱范儿"),
            (" - x", "- x"),
        ] {
            assert_eq!(of_title(title), name);
        }
    }

    #[test]
    fn names_are_valid_and_differ() {
        let mut names = Names::of(&[SourceName::new("AI").unwrap()]);
        let at = url("https://www.36kr.com/feed");
        for (wanted, name) in [
            ("ai", "ai 2"),
            ("ai", "ai 3"),
            ("NYT > Top \"Stories\"", "NYT Top Stories"),
            ("../..", "36kr"),
            ("", "36kr 2"),
            ("CON", "CON feed"),
            (".hidden.", "hidden"),
            ("what's up", "what s up"),
        ] {
            assert_eq!(names.take(wanted, &at).unwrap().as_str(), name, "{wanted}");
        }
        let long = "科".repeat(200);
        assert_eq!(names.take(&long, &at).unwrap().as_str().chars().count(), 100);
        assert!(names.take(&long, &at).unwrap().as_str().ends_with(" 2"));
    }

    #[test]
    fn the_word_of_a_host_is_its_owner() {
        for (address, word) in [
            ("https://www.ruanyifeng.com/x", "ruanyifeng"),
            ("https://a.b.co.uk/", "b"),
            ("http://127.0.0.1:80/", "127.0.0.1"),
            ("https://localhost/", "localhost"),
        ] {
            assert_eq!(host_word(&url(address)), word);
        }
    }
}

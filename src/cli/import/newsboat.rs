//! newsboat's `urls`: a line a feed, its address first, then tags; `"~Name"` is a name, `!` hides.

use super::{Listed, Listing};

/// Most words of a line.
const WORDS_MAX: usize = 100;

/// Reads the lines.
pub fn read(text: &str) -> Listing {
    let mut listing = Listing::default();
    for line in
        text.lines().map(|line| line.trim_start_matches('\u{feff}').trim()).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut words = words(line).into_iter();
        let Some(url) = words.next() else { continue };
        if !url.contains("://") {
            let why = match url.split(':').next() {
                Some("query") => "a query of newsboat; a [[view]] of feeds.toml does this",
                Some("exec" | "filter") => "a program whose output newsboat reads; feedmill runs no programs",
                _ => "not an address",
            };
            listing.skipped.push(format!("{url}: {why}"));
            continue;
        }
        let mut listed = Listed { url, ..Listed::default() };
        for word in words {
            match word.strip_prefix('~') {
                Some(name) => listed.name = name.to_owned(),
                None if word.is_empty() || word == "!" => {}
                // A tag that hides the feed in newsboat's own list is no name for a category.
                None if listed.folders.is_empty() && !word.starts_with('!') => listed.folders.push(word),
                None => listed.tags.push(word),
            }
        }
        listing.push(listed);
    }
    listing
}

/// Words apart by blanks; quotes hold blanks in, a backslash takes the next character as it is.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().extend(chars.next()),
            '#' if !quoted && word.is_none() => break,
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
        if words.len() > WORDS_MAX {
            break;
        }
    }
    words.extend(word);
    words
}

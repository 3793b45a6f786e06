//! What a page may weigh: below 50 KB whatever publishers write, complete at the first response.
//!
//! A page has as many rows as its kind has; where they would weigh too much, some of them are shown short. So paging does not depend on what is in
//! the rows, and each article is on one page.

use maud::Markup;

use crate::publish::text::uri;

/// A page without its pictures, in bytes before compression.
pub const PAGE_BYTES_MAX: usize = 50_000;

/// Longest address that a row holds, in bytes: an article's own page has all of them.
const ADDRESS_BYTES_MAX: usize = 1_000;

/// The rows of a page whose other parts weigh `others` bytes: whole where there is room, short where the rest would find none.
fn fitting(others: usize, wholes: Vec<Markup>, shorts: Vec<Markup>) -> Vec<Markup> {
    let mut room = PAGE_BYTES_MAX.saturating_sub(others);
    // What the rows behind this one need at least.
    let mut needed: usize = shorts.iter().map(weight).sum();
    let choose = |(whole, short): (Markup, Markup)| {
        needed -= weight(&short);
        let row = if weight(&whole) + needed <= room { whole } else { short };
        room = room.saturating_sub(weight(&row));
        row
    };
    wholes.into_iter().zip(shorts).map(choose).collect()
}

fn weight(row: &Markup) -> usize {
    row.0.len()
}

/// A page made of its rows and of what is around them, which `page` puts together.
pub(super) fn page<T>(
    rows: &[T],
    whole: impl Fn(&T) -> Markup,
    short: impl Fn(&T) -> Markup,
    page: impl Fn(&[Markup]) -> String,
) -> String {
    let wholes: Vec<Markup> = rows.iter().map(whole).collect();
    let text = page(&wholes);
    if text.len() <= PAGE_BYTES_MAX {
        return text;
    }
    let others = text.len() - wholes.iter().map(weight).sum::<usize>();
    page(&fitting(others, wholes, rows.iter().map(short).collect()))
}

/// The beginning of a text of at most so many characters; where it was longer, a sign says so.
pub(super) fn cut(text: &str, chars: usize) -> String {
    let text = text.trim();
    let shown = beginning(text, chars);
    if shown.len() < text.len() { format!("{}…", shown.trim_end()) } else { text.to_owned() }
}

/// The first characters of a text, at most so many.
pub(super) fn beginning(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

/// An address for a row: what is longer than anybody would write is left to the article's page.
pub(super) fn address(link: Option<&str>) -> Option<String> {
    link.filter(|link| link.len() <= ADDRESS_BYTES_MAX).and_then(uri).filter(|link| link.len() <= ADDRESS_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(others: usize, rows: &[usize]) -> Vec<usize> {
        let of = |size: usize| maud::PreEscaped("x".repeat(size));
        let (wholes, shorts) = (rows.iter().map(|size| of(*size)).collect(), rows.iter().map(|_| of(100)).collect());
        fitting(others, wholes, shorts).iter().map(weight).collect()
    }

    #[test]
    fn rows_are_whole_where_there_is_room_and_short_where_not() {
        assert_eq!(sizes(10_000, &[20_000, 20_000]), [20_000, 20_000]);
        assert_eq!(sizes(10_000, &[20_000, 30_000, 10_000]), [20_000, 100, 10_000], "what comes later and fits is whole");
        assert_eq!(sizes(10_000, &[40_000, 150, 90_000]), [100, 150, 100]);
        assert_eq!(sizes(60_000, &[500, 500]), [100, 100], "nothing is left out");
        assert_eq!(sizes(0, &[]), [0; 0]);
    }

    #[test]
    fn texts_and_addresses_are_cut_between_characters() {
        assert_eq!(cut(" 国产大模型 ", 5), "国产大模型");
        assert_eq!(cut("国产 大模型", 3), "国产…");
        assert_eq!(address(Some("https://a.org/x")).as_deref(), Some("https://a.org/x"));
        assert_eq!(address(Some(&format!("https://a.org/{}", "x".repeat(1_000)))), None);
        assert_eq!(address(Some(&format!("https://a.org/{}", "模".repeat(200)))), None, "each character is nine in an address");
    }
}

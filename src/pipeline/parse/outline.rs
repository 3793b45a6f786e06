//! What feed-rs is given to read: the document without what our reading has already, of which nothing would be taken. Entries with a title
//! and a text shrink to a title, and so do those with a title in which there is no place for a text; texts of others that were found are left
//! out. Of an entry that has something that could be a text, and in which our reading found none, nothing is left out.

use std::borrow::Cow;

/// What stands for an entry that was read: it still counts.
pub(super) const ENTRY: &str = "<title>-</title>";

/// The same in RDF, where feed-rs passes over entries without a link.
pub(super) const RDF_ENTRY: &str = "<title>-</title><link>https://feed.invalid/</link>";

/// Shorter texts stay: leaving them out would cost more than reading them.
pub(super) const TEXT_BYTES_MIN: usize = 256;

/// The same for entries: of a shorter one feed-rs has hardly more to read than of what stands for it.
pub(super) const ENTRY_BYTES_MIN: usize = 96;

/// The document with what stands beside it in place of each of `texts`, which are parts of it.
pub(super) fn outline<'a>(document: &'a str, mut texts: Vec<(&'a str, &str)>) -> Cow<'a, str> {
    texts.sort_by_key(|(text, _)| place(document, text));
    let mut out: Option<String> = None;
    let mut copied = 0;
    for (text, filler) in &texts {
        let from = place(document, text);
        let to = from.saturating_add(text.len());
        if from < copied || to > document.len() {
            continue;
        }
        let left = || {
            let (taken, put): (usize, usize) =
                texts.iter().fold((0, 0), |(taken, put), (text, filler)| (taken + text.len(), put + filler.len()));
            document.len().saturating_sub(taken) + put
        };
        let out = out.get_or_insert_with(|| String::with_capacity(left()));
        out.push_str(&document[copied..from]);
        out.push_str(filler);
        copied = to;
    }
    match out {
        Some(mut out) => {
            out.push_str(&document[copied..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(document),
    }
}

/// Where a part of the document begins in it.
fn place(document: &str, part: &str) -> usize {
    (part.as_ptr() as usize).wrapping_sub(document.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_left_out_and_everything_else_stays() {
        let long = "x".repeat(TEXT_BYTES_MIN);
        let document = format!("<a>{long}</a><b>short</b><c>{long}</c>");
        let (first, last) = (&document[3..3 + TEXT_BYTES_MIN], &document[document.len() - 4 - TEXT_BYTES_MIN..document.len() - 4]);
        assert_eq!(outline(&document, vec![(last, "-"), (first, "-")]), "<a>-</a><b>short</b><c>-</c>");
        assert_eq!(outline(&document, vec![]), document);
        assert_eq!(outline(&document, vec![(first, "-"), (first, "-"), ("elsewhere", "-")]).len(), document.len() - TEXT_BYTES_MIN + 1);
    }
}

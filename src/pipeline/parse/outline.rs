//! What feed-rs is given to read: the document without what our reading has already, of which nothing would be taken: entries with a title and a text
//! shrink to a title, and texts of others that were found are left out. Of an entry in which our reading found no text, nothing is left out.

use std::borrow::Cow;

/// What stands for an entry that was read: it still counts.
pub(super) const ENTRY: &str = "<title>-</title>";

/// Shorter texts stay: leaving them out would cost more than reading them.
pub(super) const TEXT_BYTES_MIN: usize = 256;

/// The document with what stands beside it in place of each of `texts`, which are parts of it.
pub(super) fn outline<'a>(document: &'a str, mut texts: Vec<(&'a str, &str)>) -> Cow<'a, str> {
    texts.retain(|(text, _)| text.len() >= TEXT_BYTES_MIN);
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
    fn long_texts_are_left_out_and_everything_else_stays() {
        let long = "x".repeat(TEXT_BYTES_MIN);
        let document = format!("<a>{long}</a><b>short</b><c>{long}</c>");
        let (first, last) = (&document[3..3 + TEXT_BYTES_MIN], &document[document.len() - 4 - TEXT_BYTES_MIN..document.len() - 4]);
        let short = &document[document.len() - 4 - TEXT_BYTES_MIN - 12..][..5];
        assert_eq!(outline(&document, vec![(last, "-"), (short, "-"), (first, "-")]), "<a>-</a><b>short</b><c>-</c>");
        assert_eq!(outline(&document, vec![]), document);
        assert_eq!(outline(&document, vec![(first, "-"), (first, "-"), ("elsewhere", "-")]).len(), document.len() - TEXT_BYTES_MIN + 1);
    }
}

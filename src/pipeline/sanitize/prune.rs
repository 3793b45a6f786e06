//! Takes tags with absurdly many attributes out of a text before the tokenizer sees it: looking for repeated names, it compares every
//! attribute of a tag with every other, and a million of them (S4) would keep it busy for hours.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// Most attributes of one tag; real ones have a few dozen at most.
pub(super) const ATTRIBUTES_MAX: usize = 512;

/// The text without tags that have more than [`ATTRIBUTES_MAX`] attributes. It walks as the tokenizer does; where the two should ever
/// disagree, a tag too many is cut, nothing unsafe is let through: the tokenizer and the allow-list come after it.
pub(in crate::pipeline) fn prune(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut kept: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(open) = memchr(b'<', &bytes[at..]).map(|offset| at + offset) {
        match bytes.get(open + 1) {
            Some(b'!') => at = after_declaration(bytes, open),
            Some(b'?') => at = find(bytes, open, b">"),
            Some(b'/') if !bytes.get(open + 2).is_some_and(u8::is_ascii_alphabetic) => at = find(bytes, open, b">"),
            Some(next) if *next == b'/' || next.is_ascii_alphabetic() => {
                let (end, attributes) = walk_tag(bytes, open + 1);
                if attributes > ATTRIBUTES_MAX {
                    kept.get_or_insert_default().push_str(&html[copied..open]);
                    copied = end;
                }
                at = after_raw_text(bytes, open + 1, end);
            }
            _ => at = open + 1,
        }
    }
    match kept {
        Some(mut kept) => {
            kept.push_str(&html[copied..]);
            Cow::Owned(kept)
        }
        None => Cow::Borrowed(html),
    }
}

/// The place after the next `what`, or the end.
fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    memmem::find(&bytes[from..], what).map_or(bytes.len(), |offset| from + offset + what.len())
}

/// The place after a comment or another `<!…>`.
fn after_declaration(bytes: &[u8], open: usize) -> usize {
    if !bytes[open..].starts_with(b"<!--") {
        return find(bytes, open, b">");
    }
    if bytes[open + 4..].starts_with(b">") || bytes[open + 4..].starts_with(b"->") {
        return find(bytes, open, b">");
    }
    // `<!--` itself may lend its dashes to the end: `<!--->`.
    let mut at = open + 4;
    while let Some(offset) = bytes[at..].windows(2).position(|window| window == b"--") {
        let rest = &bytes[at + offset + 2..];
        if rest.starts_with(b">") || rest.starts_with(b"!>") {
            return at + offset + if rest.starts_with(b">") { 3 } else { 4 };
        }
        at += offset + 1;
    }
    bytes.len()
}

/// The place after the tag whose name begins at `at`, and how many attributes it has.
fn walk_tag(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut attributes = 0;
    while at < bytes.len() && !matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/' | b'>') {
        at += 1;
    }
    loop {
        while at < bytes.len() && matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/') {
            at += 1;
        }
        match bytes.get(at) {
            None => return (at, attributes),
            Some(b'>') => return (at + 1, attributes),
            Some(_) => attributes += 1,
        }
        // A name may begin with `=`.
        at += 1;
        while at < bytes.len() && !matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/' | b'>' | b'=') {
            at += 1;
        }
        let mut value = at;
        while value < bytes.len() && matches!(bytes[value], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r') {
            value += 1;
        }
        if bytes.get(value) != Some(&b'=') {
            continue;
        }
        at = value + 1;
        while at < bytes.len() && matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r') {
            at += 1;
        }
        match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => at = find(bytes, at + 1, &[*quote]),
            _ => {
                while at < bytes.len() && !matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'>') {
                    at += 1;
                }
            }
        }
    }
}

/// Where markup goes on after the tag that ends at `end`: behind the raw text of those elements that the sanitizer reads as such.
fn after_raw_text(bytes: &[u8], name: usize, end: usize) -> usize {
    for raw in [&b"script"[..], b"style", b"xmp", b"textarea"] {
        let here = bytes.get(name..name + raw.len()).is_some_and(|text| text.eq_ignore_ascii_case(raw));
        let whole = !bytes.get(name + raw.len()).is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/' | b'>'));
        if here && whole && !bytes[..end].ends_with(b"/>") {
            let found =
                bytes[end..].windows(raw.len() + 2).position(|window| window.starts_with(b"</") && window[2..].eq_ignore_ascii_case(raw));
            return found.map_or(bytes.len(), |offset| end + offset);
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> String {
        (0..ATTRIBUTES_MAX + 1).map(|n| format!(" a{n}=1")).collect()
    }

    #[test]
    fn an_ordinary_text_is_not_touched() {
        for same in ["", "a < b", "<p class=x>y</p>", "<a href='>'>", "<!-- <", "<script>if (a<b) {}</script>", "</p"] {
            assert!(matches!(prune(same), Cow::Borrowed(text) if text == same));
        }
    }

    #[test]
    fn s4_a_tag_with_too_many_attributes_is_cut_wherever_it_hides() {
        let tag = format!("<b{}>", many());
        for (before, after) in [
            ("", "x"),
            ("<!-- <a x=\" -->", ""),
            ("<script>\"<a x='\"</script>", "</b>"),
            ("<?a x=\">", ""),
            ("</ x=\">", ""),
            ("<!--->", ""),
            ("<a x='>'>", ""),
        ] {
            assert_eq!(prune(&format!("{before}{tag}{after}")), format!("{before}{after}"));
        }
        assert_eq!(prune(&format!("</p{}>x", many())), "x");
    }
}

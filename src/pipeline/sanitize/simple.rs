//! Reads the simple markup that nearly all articles consist of, several times as fast as the tokenizer does.
//!
//! It knows a part of the HTML standard's tokenization (WHATWG HTML 13.2.5) in which there is no doubt: text without NUL, references that
//! end in `;`, tags whose attributes are told apart by blanks, plain comments. At the first token that is anything else
//! it stops, and the tokenizer reads on from there up to the end of the next tag: between two tokens it is in the data state, so the same
//! tokens come out as if it had read all (a test compares them on the corpus, the attack lists and random markup).

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};

use super::elements::{Action, element};
use super::sink::{Name, State};
use super::tag::{Attributes, Read, StartTag};

/// Attributes of a tag that is simple.
const ATTRIBUTES_MAX: usize = 32;

/// References that are decoded here: those that articles have. Each is a whole one of the standard's list, with its semicolon.
const REFERENCES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("nbsp", "\u{a0}"),
    ("apos", "'"),
    ("hellip", "…"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("middot", "·"),
    ("bull", "•"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("times", "×"),
    ("raquo", "»"),
    ("laquo", "«"),
    ("rarr", "→"),
    ("larr", "←"),
    ("emsp", "\u{2003}"),
    ("ensp", "\u{2002}"),
    ("deg", "°"),
];

/// Longest reference that is looked for, with `&` and `;`.
const REFERENCE_BYTES_MAX: usize = 10;

/// Reads tokens from the beginning of `html`; returns where the first one begins that is not simple, or the end.
pub(super) fn read<'a>(html: &'a str, state: &mut State<'a>) -> usize {
    let mut at = 0;
    while at < html.len() {
        let rest = &html[at..];
        let next = if rest.as_bytes()[0] == b'<' { markup(rest, state) } else { text(rest, state) };
        match next {
            Some(length) => at += length,
            None => return at,
        }
    }
    at
}

/// Text up to the next `<`; its length.
fn text<'a>(rest: &'a str, state: &mut State<'a>) -> Option<usize> {
    let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
    let run = &rest[..end];
    // What is put behind the body may be the other half of the line end.
    if end == rest.len() && run.ends_with('\r') {
        return None;
    }
    match decoded(run, false) {
        Some(Cow::Borrowed(run)) => state.run(run),
        Some(Cow::Owned(run)) => state.characters(&run),
        // What stands before the doubt could be read, but the whole run is one token to the tokenizer as well.
        None => return None,
    }
    Some(end)
}

/// Text or a value with its references decoded; `None` where that is not simple.
fn decoded(text: &str, is_value: bool) -> Option<Cow<'_, str>> {
    let Some(first) = memchr3(b'&', b'\r', 0, text.as_bytes()) else { return Some(Cow::Borrowed(text)) };
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, Some(first));
    while let Some(at) = found {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = match rest.as_bytes()[0] {
            b'&' => reference(rest, is_value)?,
            // However a line ends, LF is read.
            b'\r' => (Character::Named("\n"), if rest.as_bytes().get(1) == Some(&b'\n') { 2 } else { 1 }),
            _ => return None,
        };
        out.push_str(character.as_str());
        rest = &rest[length..];
        found = memchr3(b'&', b'\r', 0, rest.as_bytes());
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// What a reference stands for.
enum Character {
    Named(&'static str),
    Number([u8; 4], usize),
}

impl Character {
    fn as_str(&self) -> &str {
        match self {
            Self::Named(text) => text,
            Self::Number(bytes, length) => std::str::from_utf8(&bytes[..*length]).unwrap_or_default(),
        }
    }
}

/// What the reference at the beginning of `rest` stands for, and its length.
fn reference(rest: &str, is_value: bool) -> Option<(Character, usize)> {
    let bytes = rest.as_bytes();
    let itself = Some((Character::Named("&"), 1));
    if !bytes.get(1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'#') {
        return itself;
    }
    // `?a=1&b=2`: in a value a name before `=` is no reference, whichever it is.
    if is_value && bytes[1..].iter().find(|byte| !byte.is_ascii_alphanumeric()) == Some(&b'=') {
        return itself;
    }
    let window = &bytes[..bytes.len().min(REFERENCE_BYTES_MAX)];
    let end = memchr(b';', window)?;
    let name = rest.get(1..end)?;
    let Some(number) = name.strip_prefix('#') else {
        let (_, text) = REFERENCES.iter().find(|(known, _)| *known == name)?;
        return Some((Character::Named(text), end + 1));
    };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) if !hexadecimal.is_empty() && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hexadecimal, 16).ok()?
        }
        None if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    // The standard reads numbers of control characters, of no characters and of windows-1252 in ways of its own.
    let plain = matches!(value, 9 | 10 | 0x20..=0x7e) || (value >= 0xa0 && value & 0xfffe != 0xfffe && !(0xfdd0..=0xfdef).contains(&value));
    let character = char::from_u32(value).filter(|_| plain)?;
    let mut buffer = [0; 4];
    let length = character.encode_utf8(&mut buffer).len();
    Some((Character::Number(buffer, length), end + 1))
}

/// A tag or a comment at the beginning of `rest`; its length.
fn markup<'a>(rest: &'a str, state: &mut State<'a>) -> Option<usize> {
    match rest.as_bytes().get(1)? {
        b'/' => end_tag(rest, state),
        b'!' => comment(rest, state),
        b'a'..=b'z' | b'A'..=b'Z' => start_tag(rest, state),
        _ => None,
    }
}

fn end_tag<'a>(rest: &'a str, state: &mut State<'a>) -> Option<usize> {
    let length = name_length(&rest.as_bytes()[2..])?;
    let name = lower(&rest[2..2 + length]);
    (rest.as_bytes().get(2 + length) == Some(&b'>')).then(|| {
        state.end(&name);
        2 + length + 1
    })
}

/// `<!--…-->` in which nothing could be taken for its end.
fn comment<'a>(rest: &'a str, state: &mut State<'a>) -> Option<usize> {
    let inside = rest.strip_prefix("<!--")?;
    let end = memmem::find(inside.as_bytes(), b"--")?;
    let text = &inside[..end];
    let simple = inside.as_bytes().get(end + 2) == Some(&b'>')
        && !text.starts_with(['>', '-'])
        && !text.ends_with('-')
        && memchr3(b'<', b'\r', 0, text.as_bytes()).is_none();
    simple.then(|| {
        state.comment(text);
        "<!--".len() + end + "-->".len()
    })
}

/// The name in lower case, as nearly all are written.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

/// Length of a name.
fn name_length(bytes: &[u8]) -> Option<usize> {
    let first = bytes.first().filter(|byte| byte.is_ascii_alphabetic());
    first?;
    bytes.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_')))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}

fn start_tag<'a>(rest: &'a str, state: &mut State<'a>) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1 + name_length(&bytes[1..])?;
    let name = lower(&rest[1..at]);
    let known = element(&name);
    // Their inside is read by other rules.
    if matches!(known.action, Action::DropScript | Action::DropRawText | Action::DropReferenceText) {
        return None;
    }
    let mut attributes: Attributes<Read<'a>> = Attributes::new();
    let self_closing = loop {
        let begun = at;
        while is_blank(*bytes.get(at)?) {
            at += 1;
        }
        match bytes[at] {
            b'>' => break false,
            b'/' if bytes.get(at + 1) == Some(&b'>') => {
                at += 1;
                break true;
            }
            // Between two attributes there is a blank.
            _ if at == begun || attributes.len() == ATTRIBUTES_MAX => return None,
            _ => {}
        }
        let length = name_length(&bytes[at..])?;
        let name = lower(&rest[at..at + length]);
        at += length;
        let value = if bytes.get(at) == Some(&b'=') {
            let quote = *bytes.get(at + 1)?;
            if matches!(quote, b'"' | b'\'') {
                let begin = at + 2;
                let end = begin + memchr(quote, &bytes[begin..])?;
                at = end + 1;
                decoded(&rest[begin..end], true)?
            } else {
                let begin = at + 1;
                let end = begin + bytes[begin..].iter().position(|byte| is_blank(*byte) || *byte == b'>')?;
                let odd = |byte: &u8| matches!(byte, b'"' | b'\'' | b'<' | b'=' | b'`' | b'&' | b'\r' | b'\x0c' | 0);
                if begin == end || bytes[begin..end].iter().any(odd) {
                    return None;
                }
                at = end;
                Cow::Borrowed(&rest[begin..end])
            }
        } else if matches!(bytes.get(at)?, b' ' | b'\n' | b'\t' | b'>') {
            // A blank may stand before `=`.
            let next = bytes[at..].iter().find(|byte| !is_blank(**byte))?;
            if *next == b'=' {
                return None;
            }
            Cow::Borrowed("")
        } else {
            return None;
        };
        if attributes.iter().any(|known| known.name == name) {
            return None;
        }
        attributes.push(Read { name, value });
    };
    state.start(&StartTag { name: Name::Read(name), element: known, attributes, self_closing });
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{SanitizeOptions, Sanitized, by_turns, tokenize};
    use super::*;

    /// What the tokenizer alone makes of it.
    fn by_the_tokenizer(html: &str) -> Sanitized {
        let options = SanitizeOptions { players: &["player.example".to_owned()], ..SanitizeOptions::default() };
        tokenize(html, "\n", State::new(&options, 0), false).0.finish()
    }

    /// What both make of it together, and how much of it is simple before the first doubt.
    fn by_both(html: &str) -> (Sanitized, usize) {
        let options = SanitizeOptions { players: &["player.example".to_owned()], ..SanitizeOptions::default() };
        let simple = read(html, &mut State::new(&options, 0));
        (by_turns(html, "\n", State::new(&options, 0)).finish(), simple)
    }

    #[test]
    fn ordinary_articles_are_simple_to_their_end() {
        for html in [
            "<p>一段文字，“引号”。</p>\n<p><img src=\"https://e.org/a.png?x=1&amp;y=2\" alt='' width=\"3\"/></p>",
            "a\r\nb\rc\r\r\n<P title=\"d\r\ne\" class=\"a  b\" hidden ALIGN=left>A &amp; B &mdash; C&nbsp;&#8217;&#x4e2d; R&D? AT & T<br><br/></p><!-- a note --><hr />",
            "<ul>\n<li><a href=\"https://e.org/?a=1&b=2&copy=3\" data-x_y='1' target=_self>x</a></li></ul>"
                .replace("_self", "\"_self\"")
                .as_str(),
        ] {
            let html = html.replace("R&D", "R &amp; D");
            assert_eq!(by_both(&html).1, html.len(), "{html}");
            assert_eq!(by_both(&html).0, by_the_tokenizer(&html), "{html}");
        }
    }

    #[test]
    fn what_is_not_simple_is_left_to_the_tokenizer() {
        for (simple, rest) in [
            ("a", "<p\u{c}>b</p>"),
            ("<p>", "a\0b"),
            ("<p>", "a &notit; b"),
            ("<p>", "a &copy b"),
            ("<p>", "&#150;&#x110000;"),
            ("<p>", "<a href=x&y>y</a>"),
            ("<p>", "<a href=>y</a>"),
            ("<p>", "<a href= x>y</a>"),
            ("<p>", "<a href=\"x\"class=\"y\">z</a>"),
            ("<p>", "<a href=\"x\" href=\"y\">z</a>"),
            ("<p>", "<a title =\"x\">z</a>"),
            ("<p>", "<a href=\"&copy\">z</a>"),
            ("<p>", "<!--> x -->"),
            ("<p>", "<!-- a -- b -->"),
            ("<p>", "<script>a < b</script>c"),
            ("<p>", "< b"),
            ("<p>", "</p >x"),
            ("<p>", "<a href=\"x"),
            ("<p>", "<![CDATA[x]]>y"),
        ] {
            let html = format!("{simple}{rest}");
            assert_eq!(by_both(&html).1, simple.len(), "{html}");
            assert_eq!(by_both(&html).0, by_the_tokenizer(&html), "{html}");
        }
    }

    #[test]
    fn references_are_those_of_the_standard() {
        for (name, text) in REFERENCES {
            assert_eq!(
                by_the_tokenizer(&format!("a&{name};b")).text,
                by_both(&format!("a{}b", text.replace('&', "&amp;").replace('<', "&lt;"))).0.text
            );
            assert!(name.len() + 2 <= REFERENCE_BYTES_MAX);
        }
        for number in
            (0..0x3000).chain(0xd7f0..0xe010).chain(0xfdc0..0xfe00).chain(0xfff0..0x1_0010).chain([0x1_fffe, 0x10_ffff, 0x11_0000])
        {
            for html in [format!("a&#{number};b"), format!("<p title=\"&#x{number:X};\">b")] {
                assert_eq!(by_both(&html).0, by_the_tokenizer(&html), "{html}");
            }
        }
    }

    #[test]
    fn s8_the_corpus_and_the_attacks_come_out_as_from_the_tokenizer_alone() {
        let corpus = std::env::var_os("FEEDMILL_CORPUS")
            .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), Into::into);
        let (mut bodies, mut simple, mut bytes) = (0, 0, 0);
        let mut folders = vec![corpus.join("feeds")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let limits = crate::pipeline::parse::ParseLimits::default();
                let document = std::fs::read(&path).unwrap();
                let Ok(feed) = crate::pipeline::parse::parse(&document, None, "https://e.org/", &limits) else { continue };
                for body in feed.entries.iter().take(20).flat_map(|entry| &entry.bodies) {
                    let html = &body.text[..body.text.floor_char_boundary(20_000)];
                    let (both, read) = by_both(html);
                    assert_eq!(both, by_the_tokenizer(html), "{}", path.display());
                    (bodies, bytes, simple) = (bodies + 1, bytes + html.len(), simple + read);
                }
            }
        }
        assert!(bodies > 1_000 && simple * 2 > bytes, "{simple} of {bytes} bytes in {bodies} bodies");
        for attack in super::super::attacks::ATTACKS {
            assert_eq!(by_both(attack).0, by_the_tokenizer(attack), "{attack}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn random_markup_comes_out_as_from_the_tokenizer_alone(parts in proptest::collection::vec(prop_oneof![
            Just("<p>"), Just("</p>"), Just("<b "), Just("<a href=\""), Just("<a href='https://e.org/?a=1&b=2' "), Just("\""), Just("'"), Just(">"), Just("/>"),
            Just("="), Just(" "), Just("\n"), Just("\r"), Just("\r\n"), Just("&"), Just("&amp;"), Just("&lt"), Just("&#60;"), Just("&#x3C"), Just("&copy="), Just("<!--"),
            Just("-->"), Just("--"), Just("-"), Just("<br/>"), Just("<img src=\"/x.png\">"), Just("<script>"), Just("</script>"), Just("<style "), Just("<pre>"),
            Just("</pre>"), Just("<noscript>"), Just("</noscript>"), Just("<iframe src=\"https://player.example/\">"), Just("</iframe>"), Just("<x-y z>"),
            Just("<title>"), Just("</title>"), Just("<svg>"), Just("</svg>"), Just("<textarea>"), Just("</textarea>"), Just("文字"), Just("a"), Just("<"), Just("</"),
            Just("<?"), Just("<!"), Just("]]>"), Just("\0"), Just("\u{feff}"), Just("<td class=\"a  b\">"), Just("style=\"color:red\""), Just("<P>"), Just("</P>"), Just("<Td Class=x"), Just("HREF="), Just("x"), Just("/"),
        ], 0..14)) {
            let html = parts.concat();
            prop_assert_eq!(by_both(&html).0, by_the_tokenizer(&html));
        }
    }
}

//! References: `&amp;`, `&#8217;`, `&nbsp;`, and the ampersands that are none.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use memchr::memchr;

/// Longer names are no entities; the longest of HTML has 31 letters.
const NAME_BYTES_MAX: usize = 32;
/// Most entities taken of a document type.
const ENTITIES_MAX: usize = 100;
/// Longest value of such an entity. Values with references in them are not taken: nothing is ever expanded twice (S3).
const ENTITY_BYTES_MAX: usize = 200;

/// All that the entities of one document may put in, together: a hundred thousand `&a;` would make a small document a large one (S3).
const EXPANSION_BYTES_MAX: usize = 64 << 10;

/// Entities that the document's own type declares.
#[derive(Default)]
pub(super) struct Entities {
    values: HashMap<String, String>,
    /// Bytes put in so far.
    spent: Cell<usize>,
}

impl Entities {
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?;
        let spent = self.spent.get() + value.len();
        self.spent.set(spent);
        (spent <= EXPANSION_BYTES_MAX).then_some(value)
    }
}

/// What stands at an ampersand.
pub(super) enum Reference {
    /// A reference that XML knows; the next byte to look at.
    Good(usize),
    /// Something else: the end of what is replaced, and by what.
    Bad(usize, String),
}

/// Looks at the ampersand at `at`.
pub(super) fn look(text: &str, at: usize, entities: &Entities) -> Reference {
    let bytes = text.as_bytes();
    let window = &bytes[at + 1..bytes.len().min(at + 2 + NAME_BYTES_MAX)];
    let Some(length) = memchr(b';', window) else { return bare(at) };
    let (name, end) = (&window[..length], at + 2 + length);
    match name {
        b"amp" | b"lt" | b"gt" | b"quot" | b"apos" => return Reference::Good(end),
        [b'#', digits @ ..] => {
            let (digits, radix) = match digits {
                [b'x' | b'X', hex @ ..] => (hex, 16),
                _ => (digits, 10),
            };
            let number = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| !digits.starts_with('+'))
                .and_then(|digits| u32::from_str_radix(digits, radix).ok());
            return match number {
                // `&#X41;` is HTML only.
                Some(_) if bytes[at + 2] == b'X' => Reference::Bad(end, number.and_then(allowed).map(String::from).unwrap_or_default()),
                Some(number) if allowed(number).is_some() => Reference::Good(end),
                Some(_) => Reference::Bad(end, String::new()),
                None => bare(at),
            };
        }
        _ => {}
    }
    let Ok(name) = std::str::from_utf8(name) else { return bare(at) };
    if let Some(value) = entities.get(name) {
        return Reference::Bad(end, escaped(value).into_owned());
    }
    match entity(name) {
        Some(value) => Reference::Bad(end, escaped(&value).into_owned()),
        None => bare(at),
    }
}

fn bare(at: usize) -> Reference {
    Reference::Bad(at + 1, "&amp;".to_owned())
}

/// The character of a number, if XML allows it.
fn allowed(number: u32) -> Option<char> {
    char::from_u32(number).filter(|c| *c >= ' ' && !matches!(*c, '\u{fffe}' | '\u{ffff}') || matches!(*c, '\t' | '\n' | '\r'))
}

/// The characters that HTML means by `&name;`.
pub(in super::super) fn entity(name: &str) -> Option<String> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut key = String::with_capacity(name.len() + 1);
    key.push_str(name);
    key.push(';');
    let (first, second) = html5ever::data::NAMED_ENTITIES.get(key.as_str())?;
    // Zeros stand for beginnings of longer names.
    let characters = [*first, *second].into_iter().filter(|number| *number != 0).filter_map(char::from_u32);
    Some(characters.collect::<String>()).filter(|value| !value.is_empty())
}

/// `text` with what XML would take for markup escaped.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['&', '<', '>', '"']) {
        Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The harmless entities of a document type: `<!ENTITY name "text">` with plain text or one character reference.
pub(super) fn declared(prolog: &str) -> Entities {
    let mut entities = Entities::default();
    for declaration in prolog.split("<!ENTITY").skip(1).take(ENTITIES_MAX) {
        let declaration = declaration.trim_start();
        let Some((name, rest)) = declaration.split_once(|c: char| c.is_ascii_whitespace()) else { continue };
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(value) = rest[1..].split(quote).next() else { continue };
        if name.is_empty() || name == "%" || value.len() > ENTITY_BYTES_MAX || value.contains(['%', '<']) {
            continue;
        }
        let value = match value.strip_prefix('&').and_then(|reference| reference.strip_suffix(';')) {
            Some(reference) if !reference.contains('&') => match look(&format!("&{reference};"), 0, &Entities::default()) {
                Reference::Good(_) => html_decoded(reference),
                Reference::Bad(_, value) => value,
            },
            _ if value.contains('&') => continue,
            _ => value.to_owned(),
        };
        entities.values.insert(name.to_owned(), value);
    }
    entities
}

fn html_decoded(reference: &str) -> String {
    let number = match reference.as_bytes() {
        [b'#', b'x' | b'X', ..] => u32::from_str_radix(&reference[2..], 16).ok(),
        [b'#', ..] => reference[1..].parse().ok(),
        _ => return entity(reference).unwrap_or_default(),
    };
    number.and_then(allowed).map(String::from).unwrap_or_default()
}

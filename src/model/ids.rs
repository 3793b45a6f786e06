//! Identity: the names and hashes by which things are known for ever.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

/// Longest source or view name, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// The name of a Source: its identity. It survives a change of URL, and is a path segment of the routes and of the Hugo tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(Arc<str>);

/// Why a name cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("a name cannot be empty")]
    Empty,
    /// Over [`NAME_CHARS_MAX`].
    #[error("a name has at most {NAME_CHARS_MAX} characters")]
    TooLong,
    /// A character that could not stand in a path or a front matter list.
    #[error("a name cannot hold the character {0:?}")]
    Forbidden(char),
    /// `.` and `..` are folders, and a name is a folder's name in the Hugo tree.
    #[error("a name cannot be `.` or `..`, begin or end with a blank, or begin with a dot")]
    Shape,
}

impl SourceName {
    /// Checks and takes a name. Letters of any script, digits, blanks inside, and most punctuation are fine.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > NAME_CHARS_MAX {
            return Err(NameError::TooLong);
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() || matches!(c, '/' | '\\' | '\'' | '"' | '[' | ']' | '{' | '}' | '<' | '>'))
        {
            return Err(NameError::Forbidden(bad));
        }
        if text.starts_with('.') || text.trim() != text {
            return Err(NameError::Shape);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So that a map from names is asked with text. Both are ordered and hashed alike.
impl Borrow<str> for SourceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who polls: a random number that a process gives itself when it starts. Leases in the store name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder(pub [u8; 16]);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How the identity of an entry was found, best first: the publisher's guid, else the link, else the content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKey {
    /// The publisher's `guid`, Atom `id`, RDF `about` or JSON `id`, normalized so that it does not wobble between fetches.
    Guid(String),
    /// The entry's link, canonical.
    Link(String),
    /// A hash of title and text, in hexadecimal: all there is.
    Content(String),
}

impl EntryKey {
    /// The kind as a word that people can read: `guid`, `link`, `content`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Guid(_) => "guid",
            Self::Link(_) => "link",
            Self::Content(_) => "content",
        }
    }

    /// The value without its kind.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Guid(text) | Self::Link(text) | Self::Content(text) => text,
        }
    }
}

/// The id of an Article: the hash of its source's name and its [`EntryKey`]. Stable for ever; 32 hexadecimal digits in addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(pub [u8; 16]);

impl ArticleId {
    /// The id of the entry `key` of the source `source`.
    #[must_use]
    pub fn of(source: &SourceName, key: &EntryKey) -> Self {
        static PURPOSE: Purpose = Purpose::new("feedmill article v1");
        Self(PURPOSE.hash16(&[source.as_str(), key.kind(), key.value()]))
    }
}

/// The hash of an article's content without dates and noise. Two revisions with the same fingerprint are the same text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// The fingerprint of these parts, in order.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        static PURPOSE: Purpose = Purpose::new("feedmill fingerprint v1");
        Self(PURPOSE.hash16(parts))
    }
}

/// What a hash is for: hashes of the same text for two purposes have nothing in common.
pub struct Purpose {
    words: &'static str,
    /// Derived from the words once.
    key: OnceLock<ContextKey>,
}

impl Purpose {
    /// In words that no other purpose has.
    #[must_use]
    pub const fn new(words: &'static str) -> Self {
        Self { words, key: OnceLock::new() }
    }

    /// The hash of these parts in order, with every part's length in it, so that no two lists of parts meet by accident.
    #[must_use]
    pub fn hash16(&self, parts: &[&str]) -> [u8; 16] {
        let key = self.key.get_or_init(|| hash_derive_key_context(self.words));
        let mut hasher = blake3::Hasher::new_from_context_key(key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut out = [0; 16];
        out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        out
    }
}

fn write_hex(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // By the hasher's own digits: formatting byte by byte took a twentieth of storing an article.
    let mut hash = [0; blake3::OUT_LEN];
    hash[..bytes.len()].copy_from_slice(bytes);
    f.write_str(&blake3::Hash::from_bytes(hash).to_hex()[..2 * bytes.len()])
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArticleId({self})")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an article id is 32 hexadecimal digits")]
pub struct IdError;

impl FromStr for ArticleId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(IdError);
        }
        let mut out = [0; 16];
        for (at, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| IdError)?;
        }
        Ok(Self(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let source = SourceName::new("36kr").unwrap();
        let id = ArticleId::of(&source, &EntryKey::Guid("x".into()));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("zz".parse::<ArticleId>(), Err(IdError));
        assert_eq!("é".repeat(16).parse::<ArticleId>(), Err(IdError));
    }

    #[test]
    fn the_kind_of_key_and_the_source_are_part_of_the_identity() {
        let (a, b) = (SourceName::new("a").unwrap(), SourceName::new("b").unwrap());
        let guid = EntryKey::Guid("x".into());
        assert_ne!(ArticleId::of(&a, &guid), ArticleId::of(&a, &EntryKey::Link("x".into())));
        assert_ne!(ArticleId::of(&a, &guid), ArticleId::of(&b, &guid));
    }

    #[test]
    fn an_id_never_changes_between_versions_of_the_program() {
        let id = ArticleId::of(&SourceName::new("36kr").unwrap(), &EntryKey::Guid("https://www.36kr.com/p/1".into()));
        assert_eq!(id.to_string(), "862008689177434d07e541ddbaabc4cf");
    }

    #[test]
    fn names_that_could_not_be_a_folder_are_refused() {
        for bad in ["", ".", "..", ".x", " a", "a/b", "a\nb", "a'b", "a\\b"] {
            assert!(SourceName::new(bad).is_err(), "{bad:?}");
        }
        assert!(SourceName::new("少数派 2024").is_ok());
    }
}

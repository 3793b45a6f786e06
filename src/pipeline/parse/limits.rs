//! What a document may cost, and why one is not taken.

use chrono_tz::Tz;

/// Bounds of reading one document (S3, S4, S7), and what the source knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// Largest document after decoding, in bytes.
    pub document_bytes_max: usize,
    /// Most entries taken of a document; the rest is cut, with a note.
    pub entries_max: usize,
    /// Longest body of an entry, in bytes; the rest is cut, with a note.
    pub body_bytes_max: usize,
    /// Longest title, name, category or address, in bytes.
    pub text_bytes_max: usize,
    /// The zone of dates without one. With none here it is Asia/Shanghai for a feed in Chinese, and UTC for others.
    pub time_zone: Option<Tz>,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { document_bytes_max: 20 << 20, entries_max: 5_000, body_bytes_max: 4 << 20, text_bytes_max: 16 << 10, time_zone: None }
    }
}

/// Why there is no feed. Each variant changes what a person does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing, or blanks only.
    #[error("the document is empty; if it stays so, ask the publisher or remove the source")]
    Empty,
    /// A web page. `feeds` are the feeds that it names, best first.
    #[error("{}", html_sentence(.feeds))]
    Html {
        /// Absolute addresses, best first; may be empty.
        feeds: Vec<String>,
    },
    /// Something else. The text says what.
    #[error("this is no feed but {0}; look at the address in a browser and correct it")]
    NotAFeed(String),
    /// Over a limit.
    #[error(
        "the document is larger than {limit_bytes} bytes after decoding; raise `max_body` under [fetch] if this feed is really that large"
    )]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// It was compressed, and the compression is broken.
    #[error("the document is compressed and cannot be decoded: {0}")]
    Compression(String),
}

fn html_sentence(feeds: &[String]) -> String {
    match feeds {
        [] => "this is a web page, and it names no feed; look for the feed's address on the website".to_owned(),
        [one] => format!("this is a web page; its feed is at {one}"),
        [first, rest @ ..] => format!("this is a web page; its feed is at {first} (others: {})", rest.join(", ")),
    }
}

//! The ways in which Chinese is written.

/// How Chinese is shown (`chinese` in feeds.toml), whatever way its publisher wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chinese {
    /// Simplified characters, the publisher's words.
    Simplified,
    /// Simplified characters and the words of the mainland: 軟體 becomes 软件.
    Mainland,
    /// Traditional characters as OpenCC's standard has them, the publisher's words.
    Traditional,
    /// Traditional characters and words of Taiwan: 软件 becomes 軟體.
    Taiwan,
    /// Traditional characters of Hong Kong, the publisher's words.
    HongKong,
}

impl Chinese {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 5] = [Self::Simplified, Self::Traditional, Self::Mainland, Self::Taiwan, Self::HongKong];

    /// The word in feeds.toml.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Simplified => "simplified",
            Self::Traditional => "traditional",
            Self::Mainland => "mainland",
            Self::Taiwan => "taiwan",
            Self::HongKong => "hongkong",
        }
    }

    /// The BCP 47 tag of what is written so.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Simplified => "zh-Hans",
            Self::Traditional => "zh-Hant",
            Self::Mainland => "zh-CN",
            Self::Taiwan => "zh-TW",
            Self::HongKong => "zh-HK",
        }
    }

    /// Whether its characters are the simplified ones.
    #[must_use]
    pub fn is_simplified(self) -> bool {
        matches!(self, Self::Simplified | Self::Mainland)
    }
}

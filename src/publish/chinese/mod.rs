//! Chinese as a reader wants to see it: simplified or traditional characters, by OpenCC's dictionaries.
//!
//! | step | module |
//! | --- | --- |
//! | is it Chinese, and which characters are it written in | `script` |
//! | which of OpenCC's chains leads from there to what is wanted | [`Converter`] |
//! | the text of a body, and nothing else of it | `markup` |
//! | what was converted already | `kept` |
//!
//! What is stored stays as the publisher wrote it: an article is converted when it is shown. Its id, its dates, its addresses, its link, the
//! names of people and of feeds stay as they are. An article is converted whole or not at all: what is written in the wanted characters
//! already is left alone, since some characters (后, 里, 著) are right in both and a dictionary cannot tell.

mod kept;
mod markup;
mod script;

use std::borrow::Cow;
use std::sync::{Mutex, OnceLock, PoisonError};

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use crate::model::{Article, Chinese};
use kept::{Kept, Texts};
use script::{Characters, Script};

pub use kept::KEPT_BYTES_MAX;

/// Ways from one kind of characters to another: OpenCC's names.
const CHAINS: usize = 8;

/// Converts articles. It holds the dictionaries, each of which is read when it is first needed (a few milliseconds, 2 to 4 MB each), and
/// what was converted last ([`KEPT_BYTES_MAX`]): make one and share it.
#[derive(Default)]
pub struct Converter {
    characters: OnceLock<Characters>,
    chains: [OnceLock<Option<OpenCC>>; CHAINS],
    kept: Mutex<Kept>,
}

impl Converter {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The article in the way that is wanted; as it is where it is no Chinese, or is written so already.
    #[must_use]
    pub fn article<'a>(&self, article: &'a Article, to: Chinese) -> Cow<'a, Article> {
        // Nothing to read is looked up for what has no Chinese in it.
        if !script::may_be_chinese(article) {
            return Cow::Borrowed(article);
        }
        let key = kept::key(article, to);
        let known = self.kept().get(&key);
        let texts = known.unwrap_or_else(|| {
            let made = self.convert(article, to).map(std::sync::Arc::new);
            self.kept().put(key, made.clone());
            made
        });
        texts.map_or(Cow::Borrowed(article), |texts| Cow::Owned(texts.put_into(article.clone(), to)))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn convert(&self, article: &Article, to: Chinese) -> Option<Texts> {
        let characters = self.characters.get_or_init(Characters::read);
        let script = script::of(article, characters)?;
        let chain = self.chain(way(script, article.language.as_deref(), to)?)?;
        let line = |text: &str| markup::plain(text, chain);
        Some(Texts {
            title: line(&article.title),
            summary: line(&article.summary),
            keywords: article.keywords.iter().map(|word| line(word)).collect(),
            categories: article.categories.iter().map(|name| line(name)).collect(),
            files: article.enclosures.iter().map(|file| file.title.as_deref().map(line)).collect(),
            body: article.body.rewritten(markup::body(article.body.as_str(), chain)).unwrap_or_else(|| article.body.clone()),
        })
    }

    /// The chain, read when it is first asked for. The dictionaries are part of the program; without them nothing is converted.
    fn chain(&self, way: BuiltinConfig) -> Option<&OpenCC> {
        let slot = match way {
            BuiltinConfig::Tw2s => 0,
            BuiltinConfig::Tw2sp => 1,
            BuiltinConfig::Hk2s => 2,
            BuiltinConfig::S2t => 3,
            BuiltinConfig::S2twp => 4,
            BuiltinConfig::S2hk => 5,
            BuiltinConfig::T2tw => 6,
            _ => 7,
        };
        self.chains[slot].get_or_init(|| OpenCC::from_config(way).ok()).as_ref()
    }
}

/// The way from what is written to what is wanted, where one is needed.
fn way(from: Script, language: Option<&str>, to: Chinese) -> Option<BuiltinConfig> {
    let from_hong_kong = language.is_some_and(|tag| {
        let tag = tag.to_ascii_lowercase();
        tag.starts_with("zh-") && (tag.ends_with("-hk") || tag.ends_with("-mo"))
    });
    match (from, to) {
        (Script::Simplified, Chinese::Simplified | Chinese::Mainland) | (Script::Traditional, Chinese::Traditional) => None,
        (Script::Traditional, Chinese::Simplified | Chinese::Mainland) if from_hong_kong => Some(BuiltinConfig::Hk2s),
        // Most of what is written in traditional characters is written in Taiwan: 看著 there is 看着.
        (Script::Traditional, Chinese::Simplified) => Some(BuiltinConfig::Tw2s),
        (Script::Traditional, Chinese::Mainland) => Some(BuiltinConfig::Tw2sp),
        (Script::Simplified, Chinese::Traditional) => Some(BuiltinConfig::S2t),
        (Script::Simplified, Chinese::Taiwan) => Some(BuiltinConfig::S2twp),
        (Script::Simplified, Chinese::HongKong) => Some(BuiltinConfig::S2hk),
        (Script::Traditional, Chinese::Taiwan) => Some(BuiltinConfig::T2tw),
        (Script::Traditional, Chinese::HongKong) => Some(BuiltinConfig::T2hk),
    }
}

#[cfg(test)]
mod tests;

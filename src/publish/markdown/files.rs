//! File names out of titles: inside their folder, readable, unique on every file system.

use std::collections::HashMap;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::model::ArticleId;

/// Longest stem, in bytes: with `.md` and a suffix of nine bytes it stays within the 255 of common file systems.
pub const STEM_BYTES_MAX: usize = 255 - ".md".len() - SUFFIX_BYTES;

/// `-` and eight digits of the id.
const SUFFIX_BYTES: usize = 9;

/// Devices of Windows, which are no files in any folder.
const RESERVED: &[&str] = &[
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$", "conout$",
];

/// The name of a file without its `.md`: the title with each of `: / \ ? * “ ” ' " < > . | [ ]` and control characters replaced by `_` and
/// `#` removed, shortened to [`STEM_BYTES_MAX`]. Never empty, never a folder, never a device.
#[must_use]
pub fn file_stem(title: &str) -> String {
    let mut stem = String::with_capacity(title.len().min(STEM_BYTES_MAX));
    for c in title.chars() {
        let c = match c {
            '#' => continue,
            ':' | '/' | '\\' | '?' | '*' | '“' | '”' | '\'' | '"' | '<' | '>' | '.' | '|' | '[' | ']' | '\u{2028}' | '\u{2029}' => '_',
            c if c.is_control() => '_',
            c => c,
        };
        if stem.len() + c.len_utf8() > STEM_BYTES_MAX {
            break;
        }
        stem.push(c);
    }
    // Some systems drop blanks at the end of a name, so two names would be one.
    stem.truncate(stem.trim_end().len());
    if stem.is_empty() || RESERVED.contains(&stem.to_lowercase().as_str()) {
        stem.push('_');
    }
    stem
}

/// Hands out the names of one folder. The first to ask for a name gets it; a later one gets the beginning of its article's id behind it. Ask
/// in the order of first sight, and a name once given stays: what comes later never changes it.
#[derive(Clone, Debug, Default)]
pub struct FileNames {
    taken: HashMap<String, ArticleId>,
}

impl FileNames {
    /// The name of the file (without `.md`) of this article; the same again for the same article and title.
    pub fn stem(&mut self, title: &str, id: ArticleId) -> String {
        let plain = file_stem(title);
        let id_text = id.to_string();
        let shorter = plain[..plain.floor_char_boundary(STEM_BYTES_MAX - id_text.len())].to_owned();
        // The last one is unique: the whole id is in it.
        let candidates = [plain.clone(), format!("{plain}-{}", &id_text[..SUFFIX_BYTES - 1]), format!("{shorter}-{id_text}")];
        for name in &candidates[..2] {
            if *self.taken.entry(folded(name)).or_insert(id) == id {
                return name.clone();
            }
        }
        let [_, _, last] = candidates;
        self.taken.insert(folded(&last), id);
        last
    }
}

/// What two names have in common when a file system takes them for one: composed, without case.
fn folded(name: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc();
    composed.normalize(&composed.normalize(name).to_lowercase()).into_owned()
}

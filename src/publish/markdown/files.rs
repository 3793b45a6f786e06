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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{EntryKey, SourceName};

    fn id(number: usize) -> ArticleId {
        ArticleId::of(&SourceName::new("s").unwrap(), &EntryKey::Guid(number.to_string()))
    }

    #[test]
    fn the_name_is_the_title_with_its_marks_replaced() {
        assert_eq!(file_stem("2024 AI 展望：OpenAI再打响指，我们还能期盼什么？"), "2024 AI 展望：OpenAI再打响指，我们还能期盼什么？");
        assert_eq!(file_stem("a: b/c\\d?e*f“g”h'i\"j<k>l.m|n[o]p#q\nr"), "a_ b_c_d_e_f_g_h_i_j_k_l_m_n_o_pq_r");
    }

    #[test]
    fn s12_no_title_leaves_the_folder_or_the_bounds_of_a_name() {
        for (title, expected) in [
            ("../../etc/passwd", "______etc_passwd"),
            ("..", "__"),
            ("", "_"),
            ("#", "_"),
            ("   ", "_"),
            ("a\0b", "a_b"),
            ("CON", "CON_"),
            ("con", "con_"),
            ("lpt1", "lpt1_"),
            ("console", "console"),
            ("a ", "a"),
            ("C:\\x", "C__x"),
        ] {
            assert_eq!(file_stem(title), expected);
        }
        assert_eq!(file_stem(&"文".repeat(300)).len(), STEM_BYTES_MAX / 3 * 3);
        assert!(file_stem(&"a".repeat(300)).len() + SUFFIX_BYTES + ".md".len() <= 255);
    }

    #[test]
    fn s12_names_that_one_file_system_or_another_takes_for_one_get_a_suffix() {
        let mut names = FileNames::default();
        assert_eq!(names.stem("Café", id(1)), "Café");
        for (number, title) in [(2, "café"), (3, "CAFE\u{301}"), (4, "Café")] {
            assert_eq!(names.stem(title, id(number)), format!("{title}-{}", &id(number).to_string()[..8]));
        }
        assert_eq!(names.stem("Café", id(1)), "Café", "the first keeps its name");
        assert_eq!(names.stem("café", id(2)), format!("café-{}", &id(2).to_string()[..8]), "and the later one too");
        let mut taken = FileNames::default();
        let suffixed = format!("x-{}", &id(7).to_string()[..8]);
        assert_eq!(
            [taken.stem("x", id(5)), taken.stem(&suffixed, id(6)), taken.stem("x", id(7))],
            ["x".into(), suffixed, format!("x-{}", id(7))]
        );
    }

    proptest! {
        #[test]
        fn s12_any_titles_give_names_that_are_safe_and_unique(titles in proptest::collection::vec("[aAéÉ./\\\\ \0#文]{0,3}|.{0,300}", 1..20)) {
            let mut names = FileNames::default();
            let mut seen = std::collections::HashSet::new();
            for (number, title) in titles.iter().enumerate() {
                let name = names.stem(title, id(number));
                prop_assert!(!name.is_empty() && name.len() + 3 <= 255 && !name.starts_with('.'));
                prop_assert!(!name.contains(['/', '\\', '\0', '\n']));
                prop_assert!(seen.insert(folded(&name)), "{} twice", name);
            }
        }
    }
}

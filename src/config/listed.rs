//! The sources of a configuration: in the order of the file, and found by their names without going through all of them. A page, a feed and
//! an exported article ask for the source of each article they show, and there can be ten thousand.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use crate::model::{Source, SourceName};

/// Sources in file order. Reads as a slice.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Arc<Source>>,
    /// Places in `all`, by name: made when first asked for, since a poll never asks.
    by_name: OnceLock<Box<[usize]>>,
}

impl Sources {
    /// The one of this name. Of two with one name, which a checked file cannot have, the first.
    #[must_use]
    pub fn named(&self, name: &SourceName) -> Option<&Arc<Source>> {
        let by_name = self.by_name.get_or_init(|| {
            let mut places: Box<[usize]> = (0..self.all.len()).collect();
            places.sort_by_key(|at| &self.all[*at].name);
            places
        });
        let at = by_name.partition_point(|at| self.all[*at].name < *name);
        by_name.get(at).map(|at| &self.all[*at]).filter(|source| source.name == *name)
    }
}

impl From<Vec<Arc<Source>>> for Sources {
    fn from(all: Vec<Arc<Source>>) -> Self {
        Self { all, by_name: OnceLock::new() }
    }
}

impl Deref for Sources {
    type Target = [Arc<Source>];

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl DerefMut for Sources {
    fn deref_mut(&mut self) -> &mut Self::Target {
        // Whoever changes one may change its name.
        self.by_name.take();
        &mut self.all
    }
}

impl<'a> IntoIterator for &'a Sources {
    type Item = &'a Arc<Source>;
    type IntoIter = std::slice::Iter<'a, Arc<Source>>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn name(text: &str) -> SourceName {
        SourceName::new(text).unwrap()
    }

    #[test]
    fn a_source_is_found_by_its_name_wherever_it_stands_and_when_one_is_renamed() {
        let names = ["虎嗅", "b", "36krai", "a", "C"];
        let text: String = names.iter().map(|name| format!("[[source]]\nname = \"{name}\"\nurl = \"https://{name}.example/\"\n")).collect();
        let mut sources = parse(&text, "feeds.toml").unwrap().sources;
        assert!(sources.iter().map(|source| source.name.as_str()).eq(names), "in file order");
        let found = |sources: &Sources, text: &str| sources.named(&name(text)).map(|source| source.name.to_string());
        for text in names {
            assert_eq!(found(&sources, text).as_deref(), Some(text));
        }
        assert!(["A", "", "zz", "36"].iter().filter_map(|text| SourceName::new(text).ok()).all(|name| sources.named(&name).is_none()));
        Arc::make_mut(&mut sources[0]).name = name("z");
        assert_eq!((found(&sources, "虎嗅"), found(&sources, "z").as_deref()), (None, Some("z")));
        assert!(Sources::default().named(&name("a")).is_none());
    }
}

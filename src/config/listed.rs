//! The sources of a configuration: in the order of the file, and found by their names without going through all of them. A page, a feed and
//! an exported article ask for the source of each article they show, and there can be ten thousand.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use crate::model::Source;
use crate::model::words::nearest;

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
    pub fn named(&self, name: &str) -> Option<&Arc<Source>> {
        self.place(name).map(|at| &self.all[at])
    }

    /// Where the one of this name stands in the file, counted from 0.
    ///
    /// # Errors
    /// There is none; the nearest name is told.
    pub fn place_of(&self, name: &str) -> Result<usize, NoSource> {
        self.place(name).ok_or_else(|| NoSource {
            name: name.to_owned(),
            near: nearest(name, self.all.iter().map(|source| source.name.as_str())).map(str::to_owned),
        })
    }

    fn place(&self, name: &str) -> Option<usize> {
        let name_of = |at: &usize| self.all[*at].name.as_str();
        let by_name = self.by_name.get_or_init(|| {
            let mut places: Box<[usize]> = (0..self.all.len()).collect();
            places.sort_by(|a, b| name_of(a).cmp(name_of(b)));
            places
        });
        let at = by_name.partition_point(|at| name_of(at) < name);
        by_name.get(at).copied().filter(|at| name_of(at) == name)
    }
}

/// A name that no source has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no source named {name:?}; {}", near.as_ref().map_or_else(|| "`feedmill list` shows all".to_owned(), |near| format!("did you mean {near:?}?")))]
pub struct NoSource {
    name: String,
    /// What was meant, perhaps.
    near: Option<String>,
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
    use crate::model::SourceName;

    #[test]
    fn a_source_is_found_by_its_name_wherever_it_stands_and_when_one_is_renamed() {
        let names = ["虎嗅", "b", "36krai", "a", "C"];
        let text: String = names.iter().map(|name| format!("[[source]]\nname = \"{name}\"\nurl = \"https://{name}.example/\"\n")).collect();
        let mut sources = parse(&text, "feeds.toml").unwrap().sources;
        assert!(sources.iter().map(|source| source.name.as_str()).eq(names), "in file order");
        let found = |sources: &Sources, text: &str| sources.named(text).map(|source| source.name.to_string());
        for text in names {
            assert_eq!(found(&sources, text).as_deref(), Some(text));
        }
        assert!(["A", "", "zz", "36"].iter().all(|text| sources.named(text).is_none()));
        assert_eq!(sources.place_of("36krai"), Ok(2));
        assert_eq!(sources.place_of("36kra").unwrap_err().to_string(), "there is no source named \"36kra\"; did you mean \"36krai\"?");
        Arc::make_mut(&mut sources[0]).name = SourceName::new("z").unwrap();
        assert_eq!((found(&sources, "虎嗅"), found(&sources, "z").as_deref()), (None, Some("z")));
        assert!(Sources::default().named("a").is_none());
    }
}

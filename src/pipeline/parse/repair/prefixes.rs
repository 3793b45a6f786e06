//! Prefixes of names: those that are used and those that are declared.

use super::tags::Tag;
use super::walk::Walk;
use super::{ATTRIBUTES_MAX, root};

impl<'a> Walk<'a> {
    /// Notes what a tag declares, and which prefix it has itself.
    pub(super) fn watch_prefixes(&mut self, tag: &Tag<'a>) {
        for attribute in &tag.attributes {
            if let Some(prefix) = attribute.name.strip_prefix("xmlns:")
                && self.prefixes_declared.len() < ATTRIBUTES_MAX
                && !self.prefixes_declared.contains(&prefix)
            {
                self.prefixes_declared.push(prefix);
            }
        }
        if let Some((prefix, _)) = tag.name.split_once(':')
            && !self.prefixes_used.contains(&prefix)
            && self.prefixes_used.len() < ATTRIBUTES_MAX
        {
            self.prefixes_used.push(prefix);
        }
    }

    /// Declares the prefixes that are used and that nobody declared.
    pub(super) fn declare_prefixes(&mut self) {
        let declared = &self.prefixes_declared;
        let missing: Vec<&str> = self.prefixes_used.iter().copied().filter(|prefix| !declared.contains(prefix)).collect();
        if missing.is_empty() || self.root_name_end == 0 {
            return;
        }
        self.note("prefixes that nobody declared");
        self.replace(
            self.copied.max(self.root_name_end.min(self.text.len())),
            self.copied.max(self.root_name_end.min(self.text.len())),
            "",
        );
        self.out.insert_str(self.root_name_end, &root::declarations(&missing));
    }
}

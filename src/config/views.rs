//! `[[view]]`.

use std::collections::HashMap;

use super::parse::{LIMIT_MAX, whole};
use super::section::{Section, Wrong};
use super::{Sort, ViewConfig, values};
use crate::model::Filter;

/// Reads all views.
pub fn read(sections: &[Section<'_>], site_limit: usize) -> Vec<ViewConfig> {
    let mut names: HashMap<String, ()> = HashMap::new();
    let mut views = Vec::with_capacity(sections.len());
    for section in sections {
        section.need("name");
        section.need("filter");
        let name = section.parse("name", values::name);
        if let Some(name) = &name
            && names.insert(name.as_str().to_lowercase(), ()).is_some()
        {
            section.error("name", format!("another view is named {:?} already (large and small letters count as the same)", name.as_str()));
        }
        let filter = section.parse("filter", filter);
        let title = section.parse("title", values::line).filter(|title| !title.is_empty());
        let limit = section.count("limit", 1..=LIMIT_MAX).map_or(site_limit, whole);
        let per_source = section.count("per_source", 1..=LIMIT_MAX).map(whole);
        let sort = section.parse("sort", values::sort).unwrap_or(Sort::Published);
        let chinese = section.parse("chinese", values::chinese);
        let (Some(name), Some(filter)) = (name, filter) else { continue };
        let title = title.unwrap_or_else(|| name.as_str().to_owned());
        views.push(ViewConfig { title, name, filter, limit, per_source, sort, chinese });
    }
    views
}

fn filter(text: &str) -> Result<Filter, Wrong> {
    Filter::parse(text).map_err(|error| Wrong { message: error.message, at: Some(error.at) })
}

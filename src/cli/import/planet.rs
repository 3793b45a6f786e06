//! The ini file of Planet Venus: a section a feed, named by its address.

use super::{Listed, Listing};

/// Reads the sections. `[Planet]`, `[DEFAULT]` and the sections of templates and filters hold settings, not feeds.
pub fn read(text: &str) -> Listing {
    let mut listing = Listing::default();
    let mut current: Option<Listed> = None;
    for line in text.lines().map(|line| line.trim_start_matches('\u{feff}')) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            listing_push(&mut listing, current.take());
            let section = section.trim();
            current = section.contains("://").then(|| Listed { url: section.to_owned(), ..Listed::default() });
        } else if let (Some(listed), Some((key, value))) = (&mut current, trimmed.split_once(['=', ':'])) {
            // A line that begins with a blank goes on with the value above; none of ours has several lines.
            match (key.trim().to_ascii_lowercase().as_str(), line.starts_with([' ', '\t'])) {
                ("name" | "title", false) if listed.name.is_empty() => listed.name = value.trim().to_owned(),
                ("category" | "group", false) if listed.folders.is_empty() => listed.folders.push(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    listing_push(&mut listing, current);
    listing
}

fn listing_push(listing: &mut Listing, listed: Option<Listed>) {
    if let Some(listed) = listed {
        listing.push(listed);
    }
}

//! `feedmill import FILE`: the sources of another reader.

mod newsboat;
mod opml;
mod planet;

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use url::Url;

use super::exit::{Exit, Failure};
use super::naming::{Names, cleaned};
use super::terminal::safe;
use super::{Context, Outcome};
use crate::config::edit::{self, NewSource};
use crate::config::{Config, hide_passwords, is_name};

/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 32_000_000;
/// Most sources taken of one file.
pub const SOURCES_MAX: usize = 20_000;
/// Lines about sources that were not taken; the rest is counted.
const TOLD_MAX: usize = 20;

/// Adds the sources of another reader's file to feeds.toml: OPML (Miniflux, FreshRSS, Inoreader, NetNewsWire …), newsboat's urls, or the
/// ini file of Planet Venus. Folders become categories; what is there already is left alone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill import subscriptions.opml\n  feedmill import ~/.newsboat/urls --category news\n  feedmill import planet.ini --dry-run\n  curl -s https://example.org/blogroll.opml | feedmill import -"
)]
pub struct ImportArgs {
    /// The file; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Category of the sources that stand in no folder.
    #[arg(long)]
    category: Option<String>,
    /// Show what would be added, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A source as another program lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// What it is called there.
    pub name: String,
    /// Its address as written.
    pub url: String,
    /// Its folders, the outermost first.
    pub folders: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The sources in order.
    pub sources: Vec<Listed>,
    /// What was understood but cannot be a source, and why.
    pub skipped: Vec<String>,
}

impl Listing {
    /// Adds a source, up to [`SOURCES_MAX`].
    fn push(&mut self, listed: Listed) {
        if self.sources.len() < SOURCES_MAX {
            self.sources.push(listed);
        } else if self.sources.len() == SOURCES_MAX && !self.skipped.iter().any(|line| line.starts_with("everything after")) {
            self.skipped.push(format!("everything after the first {SOURCES_MAX} sources"));
        }
    }
}

/// Does it.
pub fn run(context: &mut Context, args: &ImportArgs) -> Outcome {
    if let Some(category) = args.category.as_deref().filter(|category| !is_name(category)) {
        return Err(Failure::new(Exit::Usage, format!("{category:?} cannot be a category: it is part of an address")));
    }
    let bytes = read(&args.file)?;
    let listing = recognize(&bytes).map_err(|why| Failure::new(Exit::File, format!("{}: {why}", args.file.display())))?;
    let config = context.config_or_empty()?;
    let found = listing.sources.len();
    let mut skipped = listing.skipped;
    let new = fit(&config, listing.sources, args.category.as_deref(), &mut skipped);
    if args.dry_run {
        let row = |source: &NewSource| {
            let cells =
                [source.name.to_string(), source.category.clone().unwrap_or_default(), source.tags.join(", "), source.url.to_string()];
            cells.into_iter().map(|text| (text, None)).collect()
        };
        context.terminal.table(&["Name", "Category", "Tags", "URL"], new.iter().map(row).collect());
    } else if !new.is_empty() {
        if !context.config_path.exists() {
            let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&context.config_path);
            made.map_err(|error| Failure::new(Exit::File, format!("{} cannot be made: {error}", context.config_path.display())))?;
        }
        edit::edit_file(&context.config_path, |text, _| edit::add(text, &new))?;
    }
    for line in skipped.iter().take(TOLD_MAX) {
        context.terminal.note(format!("left out: {}", safe(&hide_passwords(line))));
    }
    if skipped.len() > TOLD_MAX {
        context.terminal.note(format!("left out: {} more", skipped.len() - TOLD_MAX));
    }
    let (did, path) = (if args.dry_run { "Would add" } else { "Added" }, context.config_path.display().to_string());
    context.terminal.line(format!("{did} {} of {found} sources of {} to {path}.", new.len(), args.file.display()));
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::File, format!("{} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(failed)?;
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::new(Exit::File, format!("{} has more than {FILE_BYTES_MAX} bytes", path.display())));
    }
    Ok(bytes)
}

/// Finds out which program a file is from by looking at it.
fn recognize(bytes: &[u8]) -> Result<Listing, String> {
    let text = opml::decoded(bytes);
    let begin = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let listing = if begin.starts_with('<') {
        opml::read(&text)?
    } else if text.lines().any(|line| line.trim_start().starts_with('[')) {
        planet::read(&text)
    } else {
        newsboat::read(&text)
    };
    if listing.sources.is_empty() && listing.skipped.is_empty() {
        return Err("there are no sources in it; OPML, newsboat's urls and the ini file of Planet Venus are understood".into());
    }
    Ok(listing)
}

/// Makes sources of what another program lists: valid addresses and names, no feed twice.
fn fit(config: &Config, listed: Vec<Listed>, category: Option<&str>, skipped: &mut Vec<String>) -> Vec<NewSource> {
    let mut names = Names::of(config.sources.iter().map(|source| &source.name));
    let mut urls: HashMap<String, String> = config.sources.iter().map(|source| (same_feed(&source.url), source.name.to_string())).collect();
    let mut new = Vec::new();
    for source in listed {
        let url = match http(&source.url) {
            Ok(url) => url,
            Err(why) => {
                skipped.push(format!("{} {}: {why}", source.name, source.url));
                continue;
            }
        };
        if let Some(known) = urls.get(&same_feed(&url)) {
            skipped.push(format!("{url} is there already, as {known:?}"));
            // The same feed in two folders of the list: the second folder becomes a tag of the first source.
            if let Some(first) = new.iter_mut().find(|new: &&mut NewSource| new.name.as_str() == known) {
                let more = source.folders.iter().filter_map(|folder| cleaned(folder)).filter(|tag| Some(tag) != first.category.as_ref());
                let more: Vec<String> = more.filter(|tag| !first.tags.contains(tag)).collect();
                first.tags.extend(more);
            }
            continue;
        }
        let Some(name) = names.take(&source.name, &url) else {
            skipped.push(format!("{url}: no name can be made for it"));
            continue;
        };
        let mut folders = source.folders.iter().filter_map(|folder| cleaned(folder));
        let folder = folders.next();
        // Folders within folders become tags, so that nothing is lost.
        let mut tags: Vec<String> = Vec::new();
        for tag in folders.chain(source.tags.iter().map(|tag| safe(tag))) {
            if !tag.is_empty() && !tags.contains(&tag) && Some(&tag) != folder.as_ref() {
                tags.push(tag);
            }
        }
        urls.insert(same_feed(&url), name.to_string());
        new.push(NewSource { name, url, category: folder.or_else(|| category.map(str::to_owned)), tags });
    }
    new
}

/// Addresses that differ in scheme, fragment or a slash at the end are one feed.
fn same_feed(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    let text = url.as_str().trim_end_matches('/');
    text.split_once("://").map_or(text, |(_, rest)| rest).to_owned()
}

fn http(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let text =
        text.strip_prefix("feed://").map_or_else(|| text.strip_prefix("feed:").unwrap_or(text).to_owned(), |rest| format!("http://{rest}"));
    let url = Url::parse(&text).map_err(|error| format!("not an address ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("only http and https can be fetched, not {}:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a password cannot stand in feeds.toml; add it by hand with auth_env".into());
    }
    if url.as_str().len() > crate::config::URL_BYTES_MAX {
        return Err("the address is too long".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests;

//! `feedmill add URL`: finds the feed of an address and writes it into feeds.toml.

use url::Url;

use super::exit::{Exit, Failure};
use super::naming::{Names, of_title};
use super::probe::Probe;
use super::terminal::{cut, roughly, safe};
use super::{Context, Outcome};
use crate::config::edit::{self, NewSource};
use crate::config::{Config, is_name};
use crate::model::{Feed, SourceName};
use crate::pipeline::discover::{self, FoundFeed};

/// Places that are tried where a page names no feed.
const GUESSES_MAX: usize = 6;
/// Feeds of a page that are shown.
const CHOICES_MAX: usize = 15;
/// Entries that are shown.
const ENTRIES_SHOWN: usize = 3;
/// Characters of a title that are shown.
const TITLE_CHARS_MAX: usize = 76;

/// Finds the feed of a page, a channel, a repository or an account, shows its newest entries, and adds it to feeds.toml.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill add https://sspai.com\n  feedmill add 36kr.com/feed --name 36kr --category tech\n  feedmill add https://github.com/rust-lang/rust/releases --yes\n  feedmill add https://www.youtube.com/@veritasium"
)]
pub struct AddArgs {
    /// Address of a feed or of a page that has one; https:// may be left out.
    #[arg(value_name = "URL")]
    url: String,
    /// Name of the source [default: made of the feed's title].
    #[arg(long)]
    name: Option<String>,
    /// Its category.
    #[arg(long)]
    category: Option<String>,
    /// A tag; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Take the best feed where there are several, without asking.
    #[arg(short, long)]
    yes: bool,
    /// Add the address as it is, without asking the publisher.
    #[arg(long)]
    offline: bool,
}

/// A feed that was read.
struct Found {
    url: Url,
    feed: Option<Feed>,
}

/// Does it.
pub async fn run(context: &mut Context, args: &AddArgs) -> Outcome {
    let config = context.config_or_empty()?;
    check_names(&config, args)?;
    let url = address(&args.url)?;
    let found = if args.offline {
        Found { url: only_http(url)?, feed: None }
    } else {
        let probe = Probe::new(&config.fetch)?;
        match find(context, &probe, url.clone(), args.yes).await {
            // Old sites have no https; whoever typed no scheme did not ask for it.
            Err(failure) if failure.exit == Exit::Trouble && !args.url.contains("://") => {
                let mut plain = url;
                let turned = plain.set_scheme("http").is_ok();
                if turned { find(context, &probe, plain, args.yes).await.map_err(|_| failure)? } else { return Err(failure) }
            }
            found => found?,
        }
    };
    if let Some(known) = config.sources.iter().find(|source| source.url == found.url) {
        let message = format!("{} is in feeds.toml already, as {:?}", found.url, known.name.as_str());
        return Err(Failure::new(Exit::Trouble, message));
    }
    show(context, &found);
    let mut names = Names::of(config.sources.iter().map(|source| &source.name));
    let name = match &args.name {
        Some(name) => SourceName::new(name).ok(),
        None => names.take(&of_title(found.feed.as_ref().and_then(|feed| feed.title.as_deref()).unwrap_or_default()), &found.url),
    };
    let name = name.ok_or_else(|| Failure::new(Exit::Usage, "no name can be made for it; give one with --name"))?;
    let source = NewSource { name, url: found.url, category: args.category.clone(), tags: args.tags.clone() };
    write(context, &source)?;
    let category = source.category.as_deref().map_or_else(String::new, |category| format!(" in the category {category:?}"));
    context.terminal.line(format!(
        "Added {:?}{category} to {}. A running feedmill takes it up by itself.",
        source.name.as_str(),
        context.config_path.display()
    ));
    Ok(Exit::Done)
}

fn write(context: &Context, source: &NewSource) -> Result<(), Failure> {
    if !context.config_path.exists() {
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&context.config_path);
        made.map_err(|error| Failure::new(Exit::File, format!("{} cannot be made: {error}", context.config_path.display())))?;
    }
    edit::edit_file(&context.config_path, |text, _| edit::add(text, std::slice::from_ref(source)))?;
    Ok(())
}

fn check_names(config: &Config, args: &AddArgs) -> Result<(), Failure> {
    let wrong = |message: String| Err(Failure::new(Exit::Usage, message));
    if let Some(name) = &args.name {
        if !is_name(name) {
            return wrong(format!(
                "{name:?} cannot be a name: it is a folder and part of an address; leave out / \\ ' \" [ ] {{ }} < > and leading dots"
            ));
        }
        if config.sources.iter().any(|source| source.name.as_str().to_lowercase() == name.to_lowercase()) {
            return wrong(format!("there is a source named {name:?} already; choose another name"));
        }
    }
    match &args.category {
        Some(category) if !is_name(category) => {
            wrong(format!("{category:?} cannot be a category: it is part of an address; leave out / \\ ' \" [ ] {{ }} < >"))
        }
        _ => Ok(()),
    }
}

/// What a person typed, as an address.
pub fn address(text: &str) -> Result<Url, Failure> {
    let text = text.trim();
    let text = text
        .strip_prefix("feed://")
        .map_or_else(|| text.strip_prefix("feed:").unwrap_or(text).to_owned(), |rest| format!("https://{rest}"));
    let whole = if text.contains("://") { text } else { format!("https://{text}") };
    let url = Url::parse(&whole).ok().filter(|url| {
        url.scheme() == "rsshub" || url.host_str().is_some_and(|host| host.contains('.') || host == "localhost" || host.starts_with('['))
    });
    url.ok_or_else(|| Failure::new(Exit::Usage, format!("{whole:?} is not an address; give one such as https://36kr.com/feed")))
}

fn only_http(url: Url) -> Result<Url, Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::new(Exit::Usage, format!("{url} cannot be fetched; only http and https can")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "an address with a password cannot stand in feeds.toml; put the password into a variable and name it in auth_env",
        ));
    }
    Ok(url)
}

/// The address itself if it is a feed; else what a rule of ours knows for the site, what the page names, or where feeds often lie.
async fn find(context: &mut Context, probe: &Probe, url: Url, yes: bool) -> Result<Found, Failure> {
    let known = discover::known_site(url.as_str());
    if !matches!(url.scheme(), "http" | "https") {
        if known.is_empty() {
            only_http(url.clone())?;
        }
        return choose(context, probe, &url, known, yes).await;
    }
    let url = only_http(url)?;
    let page = match probe.address(url.clone()).await {
        Ok(answered) => match answered.feed {
            // A permanent redirect is followed once and for all; a temporary one is not.
            Ok(feed) => return Ok(Found { url: answered.moved.unwrap_or(url), feed: Some(feed) }),
            Err(_) => Ok(answered),
        },
        Err(why) => Err(why),
    };
    if !known.is_empty() {
        return choose(context, probe, &url, known, yes).await;
    }
    let page = page.map_err(|why| Failure::new(Exit::Trouble, format!("{why}\n`--offline` adds the address as it is")))?;
    let named = discover::feeds(&page.body, page.url.as_str());
    if !named.is_empty() {
        return choose(context, probe, &url, named, yes).await;
    }
    for guess in discover::guesses(page.url.as_str()).into_iter().take(GUESSES_MAX) {
        if let Ok(found) = read(probe, &guess).await {
            return Ok(found);
        }
    }
    Err(Failure::new(
        Exit::Trouble,
        format!("no feed was found at {url}: the page names none, and none lies where feeds often do; give the address of the feed itself"),
    ))
}

/// Takes the one that a person chooses, or the first that can be read.
async fn choose(context: &mut Context, probe: &Probe, asked: &Url, mut found: Vec<FoundFeed>, yes: bool) -> Result<Found, Failure> {
    found.truncate(CHOICES_MAX);
    let ask = !yes && found.len() > 1;
    if ask {
        context.terminal.line(format!("{asked} has {} feeds:", found.len()));
        for (at, feed) in found.iter().enumerate() {
            let title = feed.title.as_deref().map_or_else(String::new, |title| format!("  {}", cut(&safe(title), TITLE_CHARS_MAX)));
            context.terminal.line(format!("  {}  {}{title}", at + 1, safe(&feed.url)));
        }
        let Some(answer) = context.terminal.ask("Which one? [1] ") else {
            return Err(Failure::new(Exit::Usage, "several feeds: give the address of the one you want, or --yes for the first"));
        };
        let chosen = if answer.is_empty() { Some(0) } else { answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) };
        let Some(feed) = chosen.and_then(|at| found.get(at)) else {
            return Err(Failure::new(Exit::Usage, format!("{answer:?} is not a number of the list; nothing was added")));
        };
        found = vec![feed.clone()];
    }
    let mut last = format!("{asked} has no feed that can be read");
    for feed in &found {
        match read(probe, feed).await {
            Ok(found) => return Ok(found),
            Err(why) => last = why,
        }
    }
    Err(Failure::new(Exit::Trouble, last))
}

async fn read(probe: &Probe, found: &FoundFeed) -> Result<Found, String> {
    let url = Url::parse(&found.url).map_err(|error| format!("{} is not an address: {error}", found.url))?;
    let named = |why: String| if why.contains(url.as_str()) { why } else { format!("{url}: {why}") };
    let answered = probe.address(url.clone()).await.map_err(named)?;
    match answered.feed {
        Ok(feed) => Ok(Found { url: answered.moved.unwrap_or(url), feed: Some(feed) }),
        Err(error) => Err(format!("{url} is no feed: {error}")),
    }
}

/// Shows what was found, so that a person sees whether it is what they meant.
fn show(context: &mut Context, found: &Found) {
    let Some(feed) = &found.feed else { return };
    let title = feed.title.as_deref().map_or_else(|| "(without a title)".to_owned(), safe);
    context.terminal.line(format!("{title}  {} ({}, {} entries)", found.url, feed.format.word(), feed.entries.len()));
    let now = context.now();
    let mut newest: Vec<_> = feed.entries.iter().collect();
    newest.sort_by_key(|entry| std::cmp::Reverse(entry.published));
    for entry in newest.into_iter().take(ENTRIES_SHOWN) {
        let title = entry.title.as_deref().map_or_else(|| "(without a title)".to_owned(), safe);
        let age = entry.published.map_or_else(String::new, |at| format!("  {} ago", roughly((now - at).num_seconds())));
        context.terminal.line(format!("  · {}{age}", cut(&title, TITLE_CHARS_MAX)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_typed_short() {
        for (typed, meant) in [
            ("36kr.com/feed", "https://36kr.com/feed"),
            ("feed://a.example/x", "https://a.example/x"),
            ("feed:https://a.example/x", "https://a.example/x"),
            (" http://localhost:1/ ", "http://localhost:1/"),
            ("rsshub://36kr/newsflashes", "rsshub://36kr/newsflashes"),
        ] {
            assert_eq!(address(typed).unwrap().as_str(), meant);
        }
        for typed in ["", "nonsense", "https://", "no spaces.here"] {
            assert!(address(typed).is_err(), "{typed}");
        }
    }
}

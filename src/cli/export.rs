//! `feedmill export`: the list of sources as OPML, the articles as a Hugo tree.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::{Context, Outcome, hugo};
use crate::publish::opml::{self, Outline};

/// Writes what feedmill has in a form that others read.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill export opml subscriptions.opml\n  feedmill export opml > subscriptions.opml\n  feedmill export hugo content/posts"
)]
pub struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The list of sources with their categories, for any feed reader.
    Opml {
        /// The file; standard output where none is given.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// One Markdown file an article with front matter, DIR/SOURCE/FILE.md, as Hugo reads it.
    Hugo {
        /// The folder; made where it is missing.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Does it.
pub async fn run(context: &mut Context, args: &ExportArgs) -> Outcome {
    match &args.what {
        What::Opml { file } => export_opml(context, file.as_deref()).await,
        What::Hugo { folder } => hugo::run(context, folder).await,
    }
}

async fn export_opml(context: &mut Context, file: Option<&Path>) -> Outcome {
    let config = context.load_config()?;
    // Titles and websites make the list nicer; it is whole without them, so a store in use is no reason to refuse.
    let states = context.store_states().await.ok().flatten().unwrap_or_default();
    let states: HashMap<_, _> = states.into_iter().map(|state| (state.source.clone(), state)).collect();
    let outlines: Vec<Outline> = config
        .sources
        .iter()
        .map(|source| {
            let state = states.get(&source.name);
            Outline {
                name: source.name.to_string(),
                title: state.and_then(|state| state.feed_title.clone()),
                category: source.category.clone(),
                tags: source.tags.clone(),
                feed_url: source.url.to_string(),
                site_url: state.and_then(|state| state.feed_link.clone()),
                language: None,
            }
        })
        .collect();
    let text = opml::write(&config.site.title, &outlines).map_err(|error| Failure::new(Exit::File, error.to_string()))?;
    match file {
        None => context.terminal.bytes(&text),
        Some(path) => {
            std::fs::write(path, &text)
                .map_err(|error| Failure::new(Exit::File, format!("{} cannot be written: {error}", path.display())))?;
            context.terminal.note(format!("Wrote {} sources to {}.", outlines.len(), path.display()));
        }
    }
    Ok(Exit::Done)
}

//! `feedmill remove NAME…`.

use super::exit::Exit;
use super::{Context, Outcome};
use crate::config::edit;

/// Takes sources out of feeds.toml. Their articles stay in the store until they are expired.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedmill remove 36krai\n  feedmill remove \"Hacker News\" V2EX")]
pub struct RemoveArgs {
    /// Names of sources, as `feedmill list` shows them.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// Does it.
pub fn run(context: &mut Context, args: &RemoveArgs) -> Outcome {
    context.need_config()?;
    edit::edit_file(&context.config_path, |text, config| {
        let mut text = text.to_owned();
        let mut config = config.clone();
        for name in &args.names {
            text = edit::remove(&text, &config, name)?;
            config.sources.retain(|source| source.name.as_str() != name);
        }
        Ok(text)
    })?;
    for name in &args.names {
        context
            .terminal
            .line(format!("Removed {name:?} from {}; articles that are stored stay until they expire.", context.config_path.display()));
    }
    Ok(Exit::Done)
}

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
    edit::edit_file(&context.config_path, |text, config| edit::remove(text, config, &args.names))?;
    for name in args.names.iter().collect::<std::collections::BTreeSet<_>>() {
        context
            .terminal
            .line(format!("Removed {name:?} from {}; articles that are stored stay until they expire.", context.config_path.display()));
    }
    Ok(Exit::Done)
}

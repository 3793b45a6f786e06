//! `feedmill unmerge ID` and `feedmill release NAME`: undo what was decided.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::{Context, Outcome, in_background, poll};
use crate::clock::{Clock, SystemClock};
use crate::daemon::control::give_order;
use crate::daemon::orders::{Order, obey};
use crate::daemon::run::open_store;
use crate::pipeline::summarize::Summarizer;
use crate::store::{RemoteStore, StoreError};

/// Takes an article out of the story that it was merged into, for good.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedmill explain https://36kr.com/p/3040918461\n  feedmill unmerge 0123456789abcdef0123456789abcdef")]
pub struct UnmergeArgs {
    /// The id of the article, as `feedmill explain` shows it.
    #[arg(value_name = "ID")]
    id: String,
}

/// Lets in the entries that were held back, since many came at once that cannot be new; polls the source.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedmill status\n  feedmill release 36kr")]
pub struct ReleaseArgs {
    /// The name of a source, as `feedmill status` shows it.
    #[arg(value_name = "NAME")]
    name: String,
}

/// Does the first.
pub async fn unmerge(context: &mut Context, args: &UnmergeArgs) -> Outcome {
    let id = args.id.trim().rsplit('/').next().unwrap_or_default().to_owned();
    if id.parse::<crate::model::ArticleId>().is_err() {
        return Err(Failure::new(
            Exit::Usage,
            format!("{:?} is no id of an article: `feedmill explain URL` shows it, 32 hexadecimal digits", args.id),
        ));
    }
    let said = give(context, Order::Unmerge { id: id.clone() }).await?;
    let said = said.ok_or_else(|| Failure::new(Exit::Trouble, format!("there is no article {id}; `feedmill explain URL` finds its id")))?;
    context.terminal.line(said);
    Ok(Exit::Done)
}

/// Does the second.
pub async fn release(context: &mut Context, args: &ReleaseArgs) -> Outcome {
    let config = context.load_config()?;
    super::list::chosen(&config.sources, std::slice::from_ref(&args.name))?;
    let said = give(context, Order::Release { source: args.name.clone() }).await?;
    let nothing = || {
        Failure::new(
            Exit::Trouble,
            format!("nothing is held back of {}; `feedmill status` names the sources where something is", args.name),
        )
    };
    context.terminal.line(said.ok_or_else(nothing)?);
    poll::run(context, &poll::PollArgs::of(&args.name)).await
}

/// By the daemon that has the store open, or in this process.
async fn give(context: &Context, order: Order) -> Result<Option<String>, Failure> {
    let config = context.load_config()?;
    match open_store(&context.data, SystemClock.now()).await {
        Ok((store, recovered)) => {
            if let Some(text) = recovered {
                return Err(Failure::new(Exit::Store, text));
            }
            let (writer, settings) = (Arc::clone(&store), config.clone());
            let said = in_background(move || obey(&*writer, &settings, &Summarizer::new(), &order, SystemClock.now())).await?;
            poll::publish(context, &config, store, Arc::new(SystemClock)).await;
            Ok(said)
        }
        Err(StoreError::InUse(why)) => match RemoteStore::connect(&context.data) {
            Some(daemon) => Ok(in_background(move || give_order(&daemon, &order)).await?),
            None => Err(StoreError::InUse(why).into()),
        },
        Err(error) => Err(error.into()),
    }
}

//! `feedmill backup`, `restore` and `verify`: the store as one file, and whether it is whole.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::progress::watched;
use super::{Context, Outcome, in_background};
use crate::store::SledOptions;
use crate::store::snapshot::{self, Summary};

/// Findings of `verify` that are shown.
const FINDINGS_MAX: usize = 50;

/// Writes everything in the store to one compressed, checksummed file. Works while the daemon runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedmill backup\n  feedmill backup /mnt/backup/feedmill.snapshot")]
pub struct BackupArgs {
    /// The file [default: a file named by the time in DATA/snapshots].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Puts the store of a backup in the place of the present one, which is set aside.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill restore /mnt/backup/feedmill.snapshot\n  feedmill restore        # the newest of DATA/snapshots"
)]
pub struct RestoreArgs {
    /// The file [default: the newest in DATA/snapshots].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// `feedmill backup`.
pub async fn backup(context: &mut Context, args: &BackupArgs) -> Outcome {
    let store = context.need_store().await?;
    let (now, folder, file) = (context.now(), context.data.join("snapshots"), args.file.clone());
    let written = watched(context, "no backup was written", move |told| match file {
        Some(path) => snapshot::write_to(&*store, &path, now, told).map(|summary| (path, summary)),
        None => snapshot::write(&*store, &folder, now, told),
    });
    let (path, summary) = written.await?;
    context.terminal.line(format!("Wrote {} with {}.", path.display(), said(&summary)));
    Ok(Exit::Done)
}

/// `feedmill restore`.
pub async fn restore(context: &mut Context, args: &RestoreArgs) -> Outcome {
    let (folder, snapshots, now) = (context.store_folder(), context.data.join("snapshots"), context.now());
    let path = match &args.file {
        Some(path) => path.clone(),
        None => {
            let newest = in_background(move || snapshot::list(&snapshots)).await?.into_iter().map(|(_, path)| path).next();
            newest.ok_or_else(|| {
                Failure::new(Exit::Usage, format!("there is no snapshot in {}; name a file", context.data.join("snapshots").display()))
            })?
        }
    };
    if !path.is_file() {
        return Err(Failure::new(Exit::File, format!("there is no file {}", path.display())));
    }
    let from = path.clone();
    let restored = watched(context, "the store is as it was", move |told| {
        crate::store::sled::restore(&folder, &from, SledOptions::default(), now, told)
    });
    let (summary, aside) = restored.await?;
    let former =
        aside.map_or_else(String::new, |aside| format!(" The former store is in {}; remove it when all is well.", aside.display()));
    context.terminal.line(format!("Restored {} from {}.{former}", said(&summary), path.display()));
    Ok(Exit::Done)
}

/// `feedmill verify`.
pub async fn verify(context: &mut Context) -> Outcome {
    let store = context.need_store().await?;
    let verified = watched(context, "not all of the store was read", move |told| Ok((store.verify_told(told)?, store.totals()?)));
    let (findings, totals) = verified.await?;
    for finding in findings.iter().take(FINDINGS_MAX) {
        context.terminal.line(finding);
    }
    if findings.is_empty() {
        context.terminal.line(format!(
            "The store is whole: {} articles, {} sightings, {} sources read.",
            totals.articles, totals.sightings, totals.sources
        ));
        return Ok(Exit::Done);
    }
    let more = findings.len().saturating_sub(FINDINGS_MAX);
    let more = if more == 0 { String::new() } else { format!(" ({more} more than shown)") };
    Err(Failure::new(
        Exit::Store,
        format!("the store has {} mistakes{more}; `feedmill restore` puts the newest snapshot in its place", findings.len()),
    ))
}

fn said(summary: &Summary) -> String {
    format!(
        "{} articles, {} sightings and the states of {} sources of {}",
        summary.articles,
        summary.sightings,
        summary.states,
        summary.at.format("%Y-%m-%d %H:%M UTC")
    )
}

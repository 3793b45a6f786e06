//! Commands: one file a subcommand. The only place that prints and asks; everything it does is a call into the rooms below.
//!
//! [`Cli`] holds the arguments, [`run()`] does the command.

mod add;
mod backup;
mod check;
mod context;
mod exit;
mod explain;
mod export;
mod first_run;
mod hugo;
mod import;
mod list;
pub mod logging;
mod naming;
mod poll;
mod preview;
mod probe;
mod progress;
mod rebuild;
mod remove;
mod run;
mod search;
mod shell;
mod status;
pub mod terminal;
mod undo;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use context::Context;
pub use exit::{Exit, Failure};
pub use first_run::first_run;
pub use terminal::Terminal;

use context::in_background;

/// Where the configuration of a packaged feedmill lies.
const SYSTEM_CONFIG: &str = "/etc/feedmill/feeds.toml";

/// How a command ends.
pub type Outcome = Result<Exit, Failure>;

/// Polls RSS, Atom and JSON feeds and gives out one merged, deduplicated feed.
///
/// Without a command it runs the daemon with ./feeds.toml (or /etc/feedmill/feeds.toml) and ./data; with neither file it writes a
/// feeds.toml to begin with.
#[derive(Debug, Parser)]
#[command(name = "feedmill", version, after_help = AFTER_HELP, infer_subcommands = false, propagate_version = true)]
pub struct Cli {
    /// Options of all commands.
    #[command(flatten)]
    pub global: Global,
    /// The command; `run` where there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER_HELP: &str = "\
Examples:
  feedmill                              run the daemon here
  feedmill add https://sspai.com        find the feed of a page and add it
  feedmill poll                         poll once what is due, then exit
  feedmill check --live                 ask every source and say how it answers
  feedmill search 大模型 after:7d         find articles of the last week
  feedmill import subscriptions.opml    take over the sources of another reader

Exit codes:
  0  everything was done
  1  some of it was not: sources failed, or something asked for is not there
  2  the command line is wrong
  3  feeds.toml is missing or wrong
  4  the store cannot be used, or another feedmill has it open
  5  the network or the port cannot be used
  6  a file cannot be read or written";

/// Options of all commands.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml].
    #[arg(long, global = true, value_name = "FILE", env = "FEEDMILL_CONFIG")]
    pub config: Option<PathBuf>,
    /// The folder of everything that feedmill writes.
    #[arg(long, global = true, value_name = "DIR", env = "FEEDMILL_DATA", default_value = "data")]
    pub data: PathBuf,
    /// Say more; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say only what is wrong.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// How the log is written.
    #[arg(long, global = true, value_name = "FORMAT", value_enum, env = "FEEDMILL_LOG_FORMAT", default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// To the journal of systemd, each field as one of its own; to standard error where there is none.
    Journald,
}

impl Global {
    /// The file that is read, and that a first run writes.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        let here = || PathBuf::from("feeds.toml");
        let found = || [here(), PathBuf::from(SYSTEM_CONFIG)].into_iter().find(|path| path.exists());
        self.config.clone().or_else(found).unwrap_or_else(here)
    }
}

impl Cli {
    /// Whether the command polls: what takes memory.
    #[must_use]
    pub fn polls(&self) -> bool {
        self.serves() || matches!(self.command, Some(Command::Poll(_)))
    }

    /// Whether it goes on until somebody stops it: what should give memory back.
    #[must_use]
    pub fn serves(&self) -> bool {
        matches!(self.command, None | Some(Command::Run))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: poll, store, serve.
    #[command(after_help = "Examples:\n  feedmill run\n  feedmill --config /etc/feedmill/feeds.toml --data /var/lib/feedmill run")]
    Run,
    /// Poll once and exit: what is due, everything, or the named sources.
    Poll(poll::PollArgs),
    /// Find the feed of an address and add it to feeds.toml.
    Add(add::AddArgs),
    /// Take sources out of feeds.toml.
    Remove(remove::RemoveArgs),
    /// Show the sources and how they are.
    List(list::ListArgs),
    /// Check feeds.toml, and with --live every source.
    Check(check::CheckArgs),
    /// Show the articles of a feed as they would be.
    Preview(preview::PreviewArgs),
    /// Say why an article is here, merged, or missing.
    Explain(explain::ExplainArgs),
    /// Find articles by their words.
    Search(search::SearchArgs),
    /// Take an article out of the story that it was merged into.
    Unmerge(undo::UnmergeArgs),
    /// Let in entries that were held back as a burst.
    Release(undo::ReleaseArgs),
    /// Make stored articles again, after a change of feeds.toml or of the program.
    Rebuild(rebuild::RebuildArgs),
    /// Show how feedmill is, at a glance.
    Status(status::StatusArgs),
    /// Add the sources of another reader's file: OPML, newsboat urls, Planet ini.
    Import(import::ImportArgs),
    /// Write the sources as OPML, or the articles as a Hugo tree.
    Export(export::ExportArgs),
    /// Write everything in the store to one file.
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the store.
    Restore(backup::RestoreArgs),
    /// Read everything in the store and say what does not fit.
    #[command(after_help = "Example:\n  feedmill verify")]
    Verify,
    /// Print the completions of a shell.
    Completions(shell::CompletionsArgs),
    /// Print the manual page.
    #[command(after_help = "Example:\n  feedmill man > /usr/local/share/man/man1/feedmill.1")]
    Man,
}

/// Does the command. What goes wrong is printed here.
pub async fn run(cli: Cli, terminal: Terminal) -> Exit {
    let mut context = Context::new(cli.global, terminal);
    let outcome = match cli.command.unwrap_or(Command::Run) {
        Command::Run => run::run(&mut context).await,
        Command::Poll(args) => poll::run(&mut context, &args).await,
        Command::Add(args) => add::run(&mut context, &args).await,
        Command::Remove(args) => remove::run(&mut context, &args),
        Command::List(args) => list::run(&mut context, &args).await,
        Command::Check(args) => check::run(&mut context, &args).await,
        Command::Import(args) => import::run(&mut context, &args),
        Command::Export(args) => export::run(&mut context, &args).await,
        Command::Preview(args) => preview::run(&mut context, &args).await,
        Command::Explain(args) => explain::run(&mut context, &args).await,
        Command::Search(args) => search::run(&mut context, &args).await,
        Command::Unmerge(args) => undo::unmerge(&mut context, &args).await,
        Command::Release(args) => undo::release(&mut context, &args).await,
        Command::Rebuild(args) => rebuild::run(&mut context, &args).await,
        Command::Status(args) => status::run(&mut context, &args).await,
        Command::Backup(args) => backup::backup(&mut context, &args).await,
        Command::Restore(args) => backup::restore(&mut context, &args).await,
        Command::Verify => backup::verify(&mut context).await,
        Command::Completions(args) => shell::completions(&mut context, &args),
        Command::Man => shell::man(&mut context),
    };
    context.end(outcome)
}

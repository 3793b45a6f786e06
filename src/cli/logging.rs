//! Where the log goes: standard error, in lines or JSON, or the journal.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Cli, Command, LogFormat};

/// Variable that sets the log in tracing's own words, such as `feedmill::fetch=debug`.
const LOG_VARIABLE: &str = "FEEDMILL_LOG";

/// The name of the program in the journal: `journalctl -t feedmill`.
const JOURNAL_NAME: &str = "feedmill";

/// Starts the log. A daemon tells what it does; a command on a terminal tells what is wrong, unless asked for more.
pub fn start(cli: &Cli) {
    let daemon = matches!(cli.command, None | Some(Command::Run));
    let level = match (cli.global.quiet, cli.global.verbose, daemon) {
        (true, _, true) => "warn",
        (true, _, false) => "error",
        (false, 0, true) => "info",
        (false, 0, false) => "error",
        (false, 1, _) => "info,feedmill=debug",
        (false, ..) => "debug,feedmill=trace",
    };
    // sled and notify tell of things that nobody can do anything about.
    let filter = std::env::var(LOG_VARIABLE).ok().and_then(|text| text.parse::<EnvFilter>().ok());
    let filter =
        filter.unwrap_or_else(|| EnvFilter::new(if level.contains(',') { level.to_owned() } else { format!("warn,feedmill={level}") }));
    let no_journal = match cli.global.log_format {
        LogFormat::Journald => match tracing_journald::layer() {
            Ok(layer) => {
                // A second start would fail; the first one stays.
                let _ = tracing_subscriber::registry().with(filter).with(layer.with_syslog_identifier(JOURNAL_NAME.into())).try_init();
                return;
            }
            Err(error) => Some(error),
        },
        LogFormat::Text | LogFormat::Json => None,
    };
    let writer = BoxMakeWriter::new(std::io::stderr);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(cli.global.verbose > 0);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal();
    let _ = match (cli.global.log_format, journal) {
        (LogFormat::Json, _) => log.json().try_init(),
        // The journal writes the time itself.
        (_, true) => log.without_time().with_ansi(false).try_init(),
        (_, false) => log.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()).try_init(),
    };
    if let Some(error) = no_journal {
        // An error, so that it is told whatever the level is.
        tracing::error!(%error, "there is no journal to write to (--log-format journald); the log goes to standard error instead");
    }
}

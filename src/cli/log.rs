//! The log: lines with fields on the error output, for people or as JSON.

use tracing_subscriber::EnvFilter;

use super::{Command, Global, LogFormat};

/// Starts the log of this process. `RUST_LOG` overrides the options, for those who look for a fault.
///
/// The daemon tells what it does; a command tells it in its own words, so its log holds what is wrong only.
pub fn start(global: &Global, command: Option<&Command>) {
    let daemon = matches!(command, None | Some(Command::Run));
    let level = if daemon || global.verbose > 0 { global.log_level() } else { "error" };
    // The timer's library tells of its own beginnings, every time.
    let quiet = if global.verbose > 1 { "" } else { ",tokio_cron_scheduler=warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{level}{quiet}")));
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    let colours = !under_systemd && std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).with_target(false);
    let started = match (global.log_format, under_systemd) {
        (LogFormat::Json, _) => log.json().flatten_event(true).try_init(),
        // The journal stamps the time itself.
        (LogFormat::Text, true) => log.without_time().try_init(),
        (LogFormat::Text, false) => log.try_init(),
    };
    // A second start finds the first one's log, which is as good.
    drop(started);
}

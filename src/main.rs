//! Arguments, wiring, exit code.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use feedmill::cli::{self, Cli, Terminal};

/// How long threads that still block may hold up the end.
const END: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli::log::start(&cli.global, cli.command.as_ref());
    let mut terminal = Terminal::of_process();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.note(format!("feedmill: the system gives no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let exit = runtime.block_on(cli::dispatch(cli, terminal));
    runtime.shutdown_timeout(END);
    exit.into()
}

//! Arguments, wiring, exit code.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use feedmill::cli::{self, Cli, Exit, Terminal};

/// How long work that is still under way may take to end after the command is done.
const END: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where nobody reads it there is nothing to print: `--help` into a closed pipe.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    cli::logging::start(&cli);
    let mut terminal = Terminal::of_process();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.note(format!("feedmill: the system gives no threads: {error}"));
            return Exit::Trouble.into();
        }
    };
    let exit = runtime.block_on(cli::run(cli, terminal));
    runtime.shutdown_timeout(END);
    exit.into()
}

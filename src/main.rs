//! Arguments, wiring, exit code.

use std::process::ExitCode;
use std::time::Duration;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::{os::unix::process::CommandExt as _, process::Command};

use clap::Parser as _;
use feedmill::cli::{self, Cli, Exit, Terminal};

/// How long work that is still under way may take to end after the command is done.
const END: Duration = Duration::from_millis(500);

/// glibc's own costs a quarter more of the processor's time in a cold cycle of 3,000 sources, and gives little back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The allocator's own variable.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS_VARIABLE: &str = "_RJEM_MALLOC_CONF";

/// The allocator's settings: one heap. Pieces of a size share few pages, mostly one: at rest after a cold cycle of 10,000 sources a few pieces that stay
/// held 20 MB of pages of up to 28 KB, for which there was no other use. A daemon gives back after half a second what is free; who polls once ends soon,
/// and gives it back after the allocator's 10 s: a twentieth less CPU in a cold cycle and in one of 304s, for 10 MB more at its peak.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn heaps(serves: bool) -> String {
    let gives_back = if serves { "dirty_decay_ms:500," } else { "" };
    let slabs = "slab_sizes:1-1280:1|1537-1792:1|2049-2560:2|3073-3584:1|4097-5120:4|6145-7168:2";
    format!("narenas:1,{gives_back}muzzy_decay_ms:0,lg_tcache_max:13,{slabs}")
}

/// Left alone, the allocator makes four heaps a core and keeps what is free for ten seconds in each. The number can only be said in the
/// environment before the program begins, so it begins once more, in the same process, unless whoever started it has said one (as the
/// systemd unit does).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn take_few_heaps(serves: bool) {
    if std::env::var_os(HEAPS_VARIABLE).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    if let Ok(program) = std::env::current_exe() {
        // It returns only where it could not be done; then the program goes on as it is, with more memory.
        let _ = Command::new(program).arg0(name).args(arguments).env(HEAPS_VARIABLE, heaps(serves)).exec();
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn take_few_heaps(_: bool) {}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where nobody reads it there is nothing to print: `--help` into a closed pipe.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    if cli.polls() {
        take_few_heaps(cli.serves());
    }
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

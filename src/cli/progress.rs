//! Bars for works that take long: how far it is and how much time is left, on a terminal only, and how such a work is interrupted.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::Context;
use super::exit::{Exit, Failure};
use crate::store::{Progress, StoreError, Told, Work};

/// How often a bar moves by itself, so that the time left is true where a step takes long.
const TICK: Duration = Duration::from_millis(200);

/// A bar on the terminal in this form of the library's; none where nobody looks.
pub fn bar(interactive: bool, form: &str, length: u64) -> ProgressBar {
    if !interactive {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar that counts up to `length`.
pub fn counting(context: &Context, length: u64) -> ProgressBar {
    bar(context.terminal.interactive, "{bar:30} {pos}/{len}, {eta} left", length)
}

/// Does a work on the store that tells how far it is, with a bar where somebody looks. After Ctrl-C it ends at its next telling; then
/// `interrupted` says what that means.
pub async fn watched<T: Send + 'static>(
    context: &Context,
    interrupted: &str,
    work: impl FnOnce(Told<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Failure> {
    let (interactive, stop) = (context.terminal.interactive, CancellationToken::new());
    let stopping = stop.clone();
    let mut working = tokio::task::spawn_blocking(move || {
        let mut shown: Option<(Work, ProgressBar)> = None;
        let done = work(&mut |Progress { work, done, of }| {
            if shown.as_ref().is_none_or(|(before, _)| *before != work) {
                // Another work has another pace, so that it gets a bar of its own.
                let bar = bar(interactive, &format!("{} {{bar:30}} {{percent}}%, {{eta}} left", word(work)), of);
                if let Some((_, before)) = shown.replace((work, bar)) {
                    before.finish_and_clear();
                }
            }
            if let Some((_, bar)) = &shown {
                bar.set_position(done);
            }
            if stopping.is_cancelled() { Err(StoreError::Stopped) } else { Ok(()) }
        });
        if let Some((_, bar)) = shown {
            bar.finish_and_clear();
        }
        done
    });
    let done = tokio::select! {
        done = &mut working => done,
        _ = tokio::signal::ctrl_c() => {
            stop.cancel();
            working.await
        }
    };
    match done {
        Ok(Err(StoreError::Stopped)) => Err(Failure::new(Exit::Trouble, format!("interrupted; {interrupted}"))),
        Ok(done) => Ok(done?),
        Err(_) => Err(Failure::new(Exit::Trouble, "the work failed inside feedmill; please report it")),
    }
}

const fn word(work: Work) -> &'static str {
    match work {
        Work::Verifying => "reading the store",
        Work::Writing => "writing the snapshot",
        Work::Checking => "checking the snapshot",
        Work::Restoring => "filling the store",
    }
}

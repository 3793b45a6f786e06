//! `feedmill run`, which is also `feedmill` alone.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::{Context, Outcome, first_run};
use crate::clock::SystemClock;
use crate::daemon::run::{Places, RunError, run as run_daemon};

/// Runs the daemon until it is told to stop. With no configuration anywhere, writes one and says what to do next.
pub async fn run(context: &mut Context) -> Outcome {
    // A file that somebody named and that is not there is a mistake, not a first run.
    if context.global.config.is_none() && !context.config_path.exists() {
        first_run(&context.config_path, &mut context.terminal)?;
        return Ok(Exit::Done);
    }
    context.load_config()?;
    let places = Places { config: context.config_path.clone(), data: context.data.clone() };
    run_daemon(places, Arc::new(SystemClock)).await?;
    Ok(Exit::Done)
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::Config(_) => Exit::Config,
            RunError::Store(_) => Exit::Store,
            RunError::Listen { .. } | RunError::Fetch(_) => Exit::Network,
            RunError::System { .. } => Exit::Trouble,
        };
        Self::new(exit, error.to_string())
    }
}

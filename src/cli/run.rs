//! `feedmill run`, and `feedmill` alone: the daemon.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::{Context, Outcome, first_run};
use crate::clock::SystemClock;
use crate::daemon::run::{Places, RunError, run};

/// Runs the daemon until it is stopped. On a first run without a configuration it writes one, says what is next, and ends.
pub async fn daemon(context: &mut Context) -> Outcome {
    if !context.config_path.exists() && context.global.config.is_none() {
        first_run(&context.config_path, &mut context.terminal)?;
        return Ok(Exit::Done);
    }
    context.need_config()?;
    let places = Places { config: context.config_path.clone(), data: context.data.clone() };
    run(places, Arc::new(SystemClock)).await?;
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

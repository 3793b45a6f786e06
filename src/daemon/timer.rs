//! The few timed jobs, driven by tokio-cron-scheduler: the tick that asks for due sources, maintenance, giving memory back, and the cron
//! schedules of sources that have one.
//!
//! Not one job a source: 10,000 jobs due together lost 47 % of their runs when measured. A repeated job dies after a stall of nine
//! seconds, a cron job recovers, so the tick is a cron job of every second. The scheduler's own zones are fixed offsets, wrong after
//! a change to summer time; so a cron job of a source only wakes the scheduler, and whether the source is due is decided from its
//! zone's own rules. Overlap cannot happen: a job only leaves a mark in a channel.

use std::collections::HashSet;

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// What a job says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// A second has passed, or a cron schedule has come up.
    Tick,
    /// The hourly upkeep of the store.
    Maintenance,
    /// A minute has passed: what nobody has needed since the last of these can be given back.
    Rest,
}

/// Distinct cron schedules that get a job of their own; the tick finds the others at most a second later.
pub const CRON_JOBS_MAX: usize = 100;

/// Beats that may wait: a beat that finds the channel full is not needed, one is waiting already.
const BEATS_WAITING_MAX: usize = 4;

/// The running jobs. They end with [`Timer::stop`].
pub struct Timer {
    scheduler: JobScheduler,
    cron_jobs: Vec<Job>,
    sender: mpsc::Sender<Beat>,
}

impl Timer {
    /// Starts the tick and the other jobs that are always there.
    ///
    /// # Errors
    /// Those of the scheduler, which has no reason for any here.
    pub async fn start() -> Result<(Self, mpsc::Receiver<Beat>), JobSchedulerError> {
        let (sender, receiver) = mpsc::channel(BEATS_WAITING_MAX);
        let scheduler = JobScheduler::new().await?;
        scheduler.add(job("* * * * * *", chrono_tz::UTC, &sender, Beat::Tick)?).await?;
        scheduler.add(job("0 17 * * * *", chrono_tz::UTC, &sender, Beat::Maintenance)?).await?;
        scheduler.add(job("30 * * * * *", chrono_tz::UTC, &sender, Beat::Rest)?).await?;
        scheduler.start().await?;
        Ok((Self { scheduler, cron_jobs: Vec::new(), sender }, receiver))
    }

    /// Replaces the jobs of the sources' cron schedules: (six fields, zone), each once.
    ///
    /// # Errors
    /// Those of the scheduler; the expressions were checked with the configuration.
    pub async fn set_schedules(&mut self, schedules: &HashSet<(String, chrono_tz::Tz)>) -> Result<(), JobSchedulerError> {
        for old in self.cron_jobs.drain(..) {
            self.scheduler.remove(&old.guid()).await?;
        }
        for (expression, zone) in schedules.iter().take(CRON_JOBS_MAX) {
            let job = job(expression, *zone, &self.sender, Beat::Tick)?;
            self.scheduler.add(job.clone()).await?;
            self.cron_jobs.push(job);
        }
        Ok(())
    }

    /// Ends all jobs. The library's own shutdown returns while jobs still run; ours only leave marks, and nobody reads them any more.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::debug!(%error, "the timer did not stop cleanly");
        }
    }
}

fn job(expression: &str, zone: chrono_tz::Tz, sender: &mpsc::Sender<Beat>, beat: Beat) -> Result<Job, JobSchedulerError> {
    let sender = sender.clone();
    Job::new_async_tz(expression, zone, move |_, _| {
        let sender = sender.clone();
        Box::pin(async move {
            let _ = sender.try_send(beat);
        })
    })
}

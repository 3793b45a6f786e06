//! How many requests may be made in a day.

use std::path::{Path, PathBuf};

use super::LlmError;
use crate::clock::Clock;

/// The file in the data folder that counts the requests of the day.
const FILE: &str = "llm-budget";

/// Requests of a UTC day, as the file says it: `2026-11-22 37`.
pub(super) struct Budget {
    file: PathBuf,
    day: String,
    spent: u32,
}

impl Budget {
    /// What was spent before this process; nothing, where there is no file that says so.
    pub(super) fn read(data: &Path) -> Self {
        let file = data.join(FILE);
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let (day, spent) = text.trim().split_once(' ').unwrap_or_default();
        Self { day: day.to_owned(), spent: spent.parse().unwrap_or(0), file }
    }

    /// Counts a request before it is made, and writes that down: a crash, or a poll that cron starts, must not begin the day anew.
    ///
    /// # Errors
    /// Where `most` were made already.
    pub(super) async fn spend(&mut self, clock: &dyn Clock, most: u32) -> Result<(), LlmError> {
        let today = clock.now().format("%Y-%m-%d").to_string();
        if self.day != today {
            (self.day, self.spent) = (today, 0);
        }
        if self.spent >= most {
            return Err(LlmError::Budget(most));
        }
        self.spent += 1;
        if let Err(error) = tokio::fs::write(&self.file, format!("{} {}\n", self.day, self.spent)).await {
            let file = self.file.display();
            tracing::warn!(%error, "{file} cannot be written; after a restart the requests to the language model are counted anew");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::pipeline::testing::NOON;

    #[tokio::test]
    async fn a_file_that_is_no_count_counts_from_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(NOON);
        for (text, left) in [("", 2), ("x", 2), ("2024-02-18 x", 2), ("2024-02-17 9", 2), ("2024-02-18 1", 1), ("2024-02-18 9\n", 0)] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let mut budget = Budget::read(folder.path());
            let mut granted = 0;
            while budget.spend(&clock, 2).await.is_ok() {
                granted += 1;
            }
            assert_eq!(granted, left, "{text:?}");
        }
    }
}

//! What is written: polls of 20 articles each, in groups of nine as the committer makes them when many end at once, then one alone.

use feedmill::model::{Article, PollPlan};
use feedmill::store::rows::article::encode;

use crate::texts::{SEED, Texts, plan};
use crate::{Failure, cpu_seconds, median, say, timed};

/// Articles that one poll finds.
pub const POLL_ARTICLES: u32 = 20;
/// Plans that the committer writes together when many polls end at once, and the one alone behind them.
const GROUP_PLANS: usize = 10;
const SOURCES: u32 = 500;
/// Polls added to a store that is there.
const ADDED_POLLS: usize = 500;

/// The same polls for everyone who is measured.
pub struct Load {
    pub texts: Texts,
    pub count: usize,
    pub bytes: usize,
}

/// What writing took.
pub struct Written {
    pub plain_bytes: usize,
    grouped: usize,
    seconds: f64,
    cpu: f64,
    one_poll: Vec<f64>,
}

impl Load {
    /// Hands every group to `write`, the same ones each time.
    pub fn write(&mut self, mut write: impl FnMut(&[PollPlan]) -> Result<(), Failure>) -> Result<Written, Failure> {
        self.texts.state = SEED;
        let (mut polls, mut plain_bytes, mut seconds, mut cpu, mut one_poll) = (0u32, 0, 0.0, 0.0, Vec::new());
        while ((polls * POLL_ARTICLES) as usize) < self.count {
            let mut group = Vec::new();
            while group.len() < GROUP_PLANS {
                let first = polls * POLL_ARTICLES;
                let articles: Vec<Article> =
                    (first..first + POLL_ARTICLES).map(|number| self.texts.article(number, self.bytes, polls % SOURCES)).collect();
                polls += 1;
                for article in &articles {
                    plain_bytes += encode(article)?.len();
                }
                group.extend(plan(articles));
            }
            // Now and then one poll alone, as on a quiet server.
            let alone = group.pop();
            let before = cpu_seconds();
            let (written, took) = timed(|| write(&group));
            written?;
            seconds += took;
            cpu += cpu_seconds() - before;
            let (written, took) = timed(|| write(alone.as_slice()));
            written?;
            one_poll.push(took);
        }
        Ok(Written { plain_bytes, grouped: one_poll.len() * (GROUP_PLANS - 1) * POLL_ARTICLES as usize, seconds, cpu, one_poll })
    }
}

fn milliseconds(seconds: &[f64]) -> String {
    let mean = seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
    format!("{:.2} ms, mean {:.2} ms", median(seconds) * 1e3, mean * 1e3)
}

impl Load {
    /// Hands single polls to `write`, behind so many articles that are there.
    pub fn add(&mut self, there: u64, mut write: impl FnMut(&[PollPlan]) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut took = Vec::new();
        for poll in (u32::try_from(there)? / POLL_ARTICLES + 1..).take(ADDED_POLLS) {
            let first = poll * POLL_ARTICLES;
            let articles = (first..first + POLL_ARTICLES).map(|number| self.texts.article(number, self.bytes, poll % SOURCES)).collect();
            let plans = plan(articles);
            let (written, seconds) = timed(|| write(plans.as_slice()));
            written?;
            took.push(seconds);
        }
        say(&format!("one poll of 20, beside {there}"), milliseconds(&took));
        Ok(())
    }
}

impl Written {
    /// Says it; gives durable articles a second.
    pub fn say(&self, whose: &str) -> f64 {
        let speed = self.grouped as f64 / self.seconds;
        say(&format!("{whose}: durable articles a second, 9 polls a group"), format!("{speed:.0}"));
        say(&format!("{whose}: CPU an article"), format!("{:.0} µs", self.cpu / self.grouped as f64 * 1e6));
        let at = |articles: usize| articles / (GROUP_PLANS * POLL_ARTICLES as usize);
        let small = self.one_poll.get(at(5_000)..at(15_000)).unwrap_or(&self.one_poll);
        say(&format!("{whose}: one poll of 20, beside 5,000 to 15,000"), milliseconds(small));
        say(&format!("{whose}: one poll of 20, last quarter"), milliseconds(&self.one_poll[self.one_poll.len() / 4 * 3..]));
        speed
    }
}

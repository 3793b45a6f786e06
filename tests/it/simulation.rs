//! R13: a virtual year, played from a seed. Clock, network and disk are in the test's hand; the scheduler, the workers, the committer, the
//! store and the rendering are the program's own.
//!
//! `FEEDMILL_SEEDS=100` plays so many seeds, as every night, `FEEDMILL_SEED=7` begins with that one. A seed that fails is named.

mod disk;
mod laws;
mod network;
mod year;

use year::Year;

const DAYS: i64 = 365;
/// Seeds of a usual run.
const SEEDS: u64 = 1;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn r13_a_virtual_year_loses_nothing_repeats_nothing_and_asks_nobody_too_often() {
    let first = asked("FEEDMILL_SEED").unwrap_or(1);
    for seed in first..first + asked("FEEDMILL_SEEDS").unwrap_or(SEEDS) {
        let told = Year::play(seed, DAYS).await;
        assert!(told.requests > 1_000 && told.articles > 200 && told.restarts > 5, "seed {seed}: hardly anything happened: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn r13_the_same_seed_plays_the_same_days_and_another_one_others() {
    let (one, again, other) = (Year::play(11, 20).await, Year::play(11, 20).await, Year::play(12, 10).await);
    assert_eq!(one, again);
    assert_ne!(one.trace, other.trace);
}

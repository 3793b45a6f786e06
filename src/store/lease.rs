//! Who may poll a source: leases, so that several pollers over one store never ask for the same source at the same time.
//!
//! A lease names its holder and the instant at which it ends. Nobody else gets the source until it is given back, with the plan of its poll or
//! without one, or has run out. The plan of a holder whose source went to another one meanwhile is left out.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{Holder, Instant, PollPlan, SourceName};

/// Longest lease, in seconds. One that ends later than so long from now was given by a clock that was ahead, and counts for nothing.
pub const LEASE_SECONDS_MAX: u64 = 600;

/// Leases in a table before those that have run out are looked for: more than one process polls at once.
const LEASES_SWEPT_AT: usize = 16 * 1024;

/// The answer to whoever wants to poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leased {
    /// All of the sources are the asker's.
    Granted,
    /// None of them is: another holder has one of them, until then unless it gives it back earlier.
    Held(Holder, Instant),
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    holder: Holder,
    until: Instant,
    /// A plan of its holder is being written: it does not run out meanwhile.
    is_writing: bool,
}

impl Lease {
    fn stands(&self, now: Instant) -> bool {
        self.is_writing || (self.until > now && self.until <= now + Duration::from_secs(LEASE_SECONDS_MAX))
    }
}

/// Leases in memory: for stores that one process has to itself, whose leases end with it.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: HashMap<SourceName, Lease>,
}

impl Leases {
    /// Leases all of the sources, anew or for longer, or none of them.
    pub(super) fn lease(&mut self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Leased {
        let others = sources.iter().filter_map(|source| self.held.get(source)).find(|lease| lease.holder != holder && lease.stands(now));
        if let Some(lease) = others {
            return Leased::Held(lease.holder, lease.until);
        }
        if self.held.len() >= LEASES_SWEPT_AT {
            self.held.retain(|_, lease| lease.stands(now));
        }
        for source in sources {
            let is_writing = self.held.get(source).is_some_and(|lease| lease.is_writing);
            self.held.insert(source.clone(), Lease { holder, until, is_writing });
        }
        Leased::Granted
    }

    /// Ends the leases of these sources that are this holder's.
    pub(super) fn give_back(&mut self, sources: &[SourceName], holder: Holder) {
        for source in sources {
            if self.held.get(source).is_some_and(|lease| lease.holder == holder) {
                self.held.remove(source);
            }
        }
    }

    /// The plans that may be written: those without a holder, and those whose holder has the lease, be it one that has run out and that nobody
    /// took. It keeps it until [`Self::written`].
    pub(super) fn admitted<'a>(&mut self, plans: &'a [PollPlan]) -> Vec<&'a PollPlan> {
        let mut admitted = Vec::with_capacity(plans.len());
        for plan in plans {
            let lease = plan.holder.map(|holder| self.held.get_mut(&plan.source).filter(|lease| lease.holder == holder));
            match lease {
                None => admitted.push(plan),
                Some(Some(lease)) => {
                    lease.is_writing = true;
                    admitted.push(plan);
                }
                Some(None) => {
                    tracing::info!(source = %plan.source, "a poll came too late or again: the source is no longer leased to it, and nothing of it is stored");
                }
            }
        }
        admitted
    }

    /// The plans that were admitted are written, or could not be: where they are, their leases end.
    pub(super) fn written(&mut self, plans: &[&PollPlan], is_stored: bool) {
        for plan in plans {
            let Some(lease) = self.held.get_mut(&plan.source).filter(|lease| Some(lease.holder) == plan.holder) else { continue };
            lease.is_writing = false;
            if is_stored {
                self.held.remove(&plan.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample::{at, name, plan};

    const ONE: Holder = Holder([1; 16]);
    const OTHER: Holder = Holder([2; 16]);

    #[test]
    fn what_is_being_written_does_not_run_out() {
        let (mut leases, sources) = (Leases::default(), [name("a")]);
        assert_eq!(leases.lease(&sources, ONE, at(0), at(60)), Leased::Granted);
        let plans = [PollPlan { holder: Some(ONE), ..plan("a", 10, Vec::new()) }];
        let admitted = leases.admitted(&plans);
        assert_eq!(leases.lease(&sources, OTHER, at(100), at(160)), Leased::Held(ONE, at(60)));
        leases.written(&admitted, false);
        assert_eq!(leases.lease(&sources, OTHER, at(100), at(160)), Leased::Granted);
        assert!(leases.admitted(&plans).is_empty());
    }

    #[test]
    fn leases_that_ran_out_do_not_pile_up() {
        let mut leases = Leases::default();
        for number in 0..LEASES_SWEPT_AT + 10 {
            let now = at(i64::try_from(number).unwrap());
            leases.lease(&[name(&format!("s{number}"))], ONE, now, now + Duration::from_secs(60));
        }
        assert!(leases.held.len() < 100, "{}", leases.held.len());
    }
}

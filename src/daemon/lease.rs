//! Leases of polls: before a publisher is asked, the sources of the unit are leased in the store, so that of several pollers over one store one
//! asks. The lease is short and made longer while its poll goes on: when a poller dies, another one takes over soon.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::parsers::blocking;
use super::scheduler::due_of;
use super::units::Unit;
use super::worker::Tools;
use crate::model::{Holder, Instant, SourceName, SourceState};
use crate::store::{Leased, StoreError};

/// How long a lease lasts: so long after a poller has died nobody polls its sources.
pub const LEASE: Duration = Duration::from_secs(120);

/// A poll that lasts so long makes its lease longer; two tries may fail before it runs out.
pub const RENEWAL: Duration = Duration::from_secs(40);

/// A new holder: random, as the keys of the standard library's hash maps are.
#[must_use]
pub fn new_holder() -> Holder {
    let mut bytes = [0; 16];
    for (part, to) in bytes.chunks_exact_mut(8).enumerate() {
        to.copy_from_slice(&RandomState::new().hash_one(part).to_be_bytes());
    }
    Holder(bytes)
}

/// How often the sources of a unit were polled, and when last: where the store says otherwise than we remember, another poller was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    polls: u64,
    last: Option<Instant>,
}

impl Seen {
    /// What these states say together.
    pub fn of<'a>(states: impl IntoIterator<Item = &'a SourceState>) -> Self {
        states.into_iter().map(|state| Self { polls: state.polls, last: state.last_attempt }).sum()
    }
}

impl std::iter::Sum for Seen {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { polls: sum.polls + one.polls, last: sum.last.max(one.last) })
    }
}

/// What became of the wish to poll a unit.
#[derive(Debug)]
pub enum Begun {
    /// It is leased to us; the states of its sources, in their order, as they are since.
    Ours(Vec<Option<Box<SourceState>>>),
    /// Another poller has it until then at the latest.
    Theirs(Instant),
    /// Another poller has polled it since we looked last: it is due then, and this is what the store says now.
    NotDue(Instant, Seen),
}

/// Leases a unit. `seen`: the polls that we know of, where it is not to be polled when another poller has polled it meanwhile.
///
/// # Errors
/// Those of the store.
pub async fn begin(tools: &Arc<Tools>, unit: &Arc<Unit>, seen: Option<Seen>) -> Result<Begun, StoreError> {
    let (with, unit) = (Arc::clone(tools), Arc::clone(unit));
    blocking(tools, move || {
        let now = with.clock.now();
        let names: Vec<SourceName> = unit.sources.iter().map(|source| source.name.clone()).collect();
        if let Leased::Held(_, until) = with.store.lease(&names, with.holder, now, now + LEASE)? {
            return Ok(Begun::Theirs(until));
        }
        let states: Vec<_> =
            names.iter().map(|name| Ok(with.store.source_state(name)?.map(Box::new))).collect::<Result<_, StoreError>>()?;
        let stored = Seen::of(states.iter().flatten().map(|state| &**state));
        if seen.is_some_and(|known| known != stored) {
            let due = unit.sources.iter().zip(&states).map(|(source, state)| due_of(source, state.as_deref(), now, false)).min();
            if let Some(due) = due.filter(|due| *due > now) {
                with.store.give_back(&names, with.holder)?;
                return Ok(Begun::NotDue(due, stored));
            }
        }
        Ok(Begun::Ours(states))
    })
    .await
}

/// Leases again what a plan has just given back, or what is ours still; `false`: another poller has it.
pub async fn again(tools: &Arc<Tools>, names: Vec<SourceName>) -> Result<bool, StoreError> {
    let with = Arc::clone(tools);
    blocking(tools, move || {
        let now = with.clock.now();
        Ok(with.store.lease(&names, with.holder, now, now + LEASE)? == Leased::Granted)
    })
    .await
}

/// Works for a unit that is leased to us and keeps it so meanwhile. `None`: another poller has it now, and the work was given up.
///
/// The work goes on while the lease is made longer. It may have been given the room that doing so waits for ([`blocking`]); work that stood
/// still with it would wait for ever.
pub async fn kept<T>(tools: &Arc<Tools>, unit: &Unit, work: impl Future<Output = Result<T, StoreError>>) -> Result<Option<T>, StoreError> {
    let names = || unit.sources.iter().map(|source| source.name.clone()).collect::<Vec<_>>();
    let mut work = std::pin::pin!(work);
    let mut is_renewed = false;
    let result = loop {
        tokio::select! {
            biased;
            result = &mut work => break result,
            () = tokio::time::sleep(RENEWAL) => {}
        }
        is_renewed = true;
        let mut renewal = Box::pin(again(tools, names()));
        let (renewed, result) = tokio::select! {
            biased;
            // Begun, it comes to its end: what gives the lease back must come after it.
            result = &mut work => (renewal.await, Some(result)),
            renewed = &mut renewal => (renewed, None),
        };
        if let Some(result) = result {
            break result;
        }
        match renewed {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(source = %unit.sources[0].name, "another poller has taken this source over; the poll is given up");
                return Ok(None);
            }
            Err(error) => tracing::warn!(%error, "the lease of a poll could not be made longer"),
        }
    };
    // Usually the plans have given it back.
    if is_renewed || result.is_err() {
        end(tools, names()).await;
    }
    result.map(Some)
}

/// Gives leases back that no plan has given back. Where that fails, they run out.
pub async fn end(tools: &Arc<Tools>, names: Vec<SourceName>) {
    let with = Arc::clone(tools);
    if let Err(error) = blocking(tools, move || with.store.give_back(&names, with.holder)).await {
        tracing::warn!(%error, "the lease of a poll could not be given back");
    }
}

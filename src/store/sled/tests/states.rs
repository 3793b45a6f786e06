//! States beyond the contract: of many sources and many polls, taken into packs, and of layouts that had a row for each.

use std::collections::BTreeMap;

use super::*;
use crate::store::rows::{compact, keys};
use crate::store::sled::packing::Taking;
use crate::store::sled::trees::Tree;
use crate::store::sled::write::Changes;

/// The names are of many lengths, in two scripts, and one is the beginning of another.
fn source(number: u32) -> String {
    match number % 3 {
        0 => format!("s{number}"),
        1 => format!("源 {number}"),
        _ => format!("s{}-{}", number - 2, "x".repeat((number % 50) as usize)),
    }
}

/// Polls of these sources that brought nothing; `polls` tells the states of a source apart.
fn polls(numbers: impl IntoIterator<Item = u32>, polls: u64) -> Vec<PollPlan> {
    let plan_of = |number| {
        let mut plan = plan(&source(number), 10, vec![]);
        plan.state.polls = polls;
        // Some states are long.
        plan.state.next_why = "why ".repeat(if number.is_multiple_of(97) { 3_000 } else { number as usize % 9 });
        plan
    };
    numbers.into_iter().map(plan_of).collect()
}

fn rows(store: &SledStore, tree: Tree) -> usize {
    store.read(|trees| Ok(trees.of(tree).len())).unwrap()
}

/// What a store should say of states.
#[derive(Default)]
struct Expected(BTreeMap<SourceName, SourceState>);

impl Expected {
    fn apply(&mut self, store: &SledStore, plans: &[PollPlan]) {
        store.apply(plans).unwrap();
        self.0.extend(plans.iter().map(|plan| (plan.source.clone(), (*plan.state).clone())));
    }

    fn holds(&self, store: &SledStore) {
        assert!(store.source_states().unwrap().iter().eq(self.0.values()));
        assert_eq!(store.totals().unwrap().sources, self.0.len() as u64);
        for (source, state) in self.0.iter().step_by(13) {
            assert_eq!(store.source_state(source).unwrap().as_ref(), Some(state));
        }
        for nobody in ["a", "s", "s0-", "t", "源", "源 0"] {
            assert_eq!(store.source_state(&name(nobody)).unwrap(), None, "{nobody}");
        }
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn states_of_many_polls_are_in_few_rows_and_the_newest_wins() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut expected) = (open(folder.path()), Expected::default());
    for round in 0..6_u32 {
        for start in (0..5_000_u32).step_by(250) {
            // Some of them each time, in groups that cut across the order of names.
            let numbers = (start..start + 250).map(|number| number * 7 % 5_000).filter(|number| round == 0 || number % 6 != round);
            expected.apply(&store, &polls(numbers, round.into()));
        }
        expected.holds(&store);
        let (packs, groups) = (rows(&store, Tree::States), rows(&store, Tree::Polled));
        // Some twenty states in each, and long ones alone.
        assert!(packs > 0 && packs < 300 && groups < 600, "{packs} and {groups}");
        if round % 2 == 1 {
            drop(store);
            store = open(folder.path());
            expected.holds(&store);
        }
    }
}

#[test]
fn taking_states_in_can_be_cut_off_after_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut expected) = (open(folder.path()), Expected::default());
    expected.apply(&store, &polls(0..6_000, 1));
    assert_eq!(rows(&store, Tree::Polled), 0, "more than a thousand are taken in at once");
    expected.apply(&store, &polls((0..9_000).filter(|number| number % 3 != 1), 2));
    for steps in 1..=4 {
        let mut taking = store.read(Taking::new).unwrap();
        for step in 1..=steps {
            let (changes, counts, is_more) = store
                .read(|trees| {
                    let (mut changes, mut counts) = (Changes::default(), trees.counts);
                    let is_more = taking.next(trees, &mut counts, &mut changes)?;
                    Ok((changes, counts, is_more))
                })
                .unwrap();
            store.commit(changes, counts).unwrap();
            assert_eq!(is_more, step < 4, "{step}");
        }
        expected.holds(&store);
        store.read(Trees::make_durable).unwrap();
        drop(store);
        store = open(folder.path());
        expected.holds(&store);
    }
    expected.apply(&store, &polls(0..9_000, 3));
    expected.holds(&store);
}

#[test]
fn r11_states_of_layout_5_which_had_a_row_for_each_are_read_and_packed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut expected) = (open(folder.path()), Expected::default());
    expected.apply(&store, &polls(0..5_000, 1));
    let (changes, counts) = store
        .read(|trees| {
            let mut changes = Changes::default();
            for (source, state) in &expected.0 {
                changes.put_row(trees, Tree::States, &keys::of_source(source), &compact::encode(state).unwrap())?;
            }
            for key in trees.of(Tree::Polled).iter().keys() {
                changes.remove(Tree::Polled, key.unwrap().to_vec());
            }
            let counts = Counts { stored_states: 0, ..trees.counts };
            changes.put_counts(trees, counts)?;
            Ok((changes, counts))
        })
        .unwrap();
    store.commit(changes, counts).unwrap();
    store.read(Trees::make_durable).unwrap();
    assert!(rows(&store, Tree::States) >= 5_000);
    drop(store);
    fs::write(folder.path().join("layout"), "feedmill store layout 5\n").unwrap();
    let store = open(folder.path());
    assert!(rows(&store, Tree::States) < 300);
    assert_eq!(fs::read_to_string(folder.path().join("layout")).unwrap(), "feedmill store layout 6\n");
    expected.holds(&store);
    expected.apply(&store, &polls(4_800..5_200, 2));
    expected.holds(&store);
}

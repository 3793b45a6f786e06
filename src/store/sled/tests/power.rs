//! A power cut at any moment loses nothing that was acknowledged (R2): the disk of `store/power.rs` forgets what was not synced.

use super::*;
use crate::model::Sighting;
use crate::store::contract::records;
use crate::store::power::{self, Cut};
use crate::store::rows::sample::{at, revised};
use crate::store::told::nobody;
use crate::store::{MemoryStore, Record, snapshot};

/// Lives of a store in one run: each begins on the disk that a cut of the one before it left.
const LIVES: u64 = 4;
/// Groups written in a life, at the most.
const GROUPS_MAX: usize = 12;
/// Cuts that are opened in a life, at the most.
const CUTS_CHECKED_MAX: usize = 6;
/// One sync in so many is cut off.
const CUT_ONE_IN: u32 = 4;

/// Everything in a store, in an order that does not depend on it; without the numbers of arrival, which depend on what was there before.
#[derive(PartialEq)]
struct Everything(Vec<Record>);

fn everything(store: &dyn Store) -> Everything {
    let mut records = records(store);
    for record in &mut records {
        if let Record::Article(_, arrival, _) = record {
            *arrival = None;
        }
    }
    records.sort_by_cached_key(|record| match record {
        Record::State(state) => format!("1 {}", state.source),
        Record::Rejects(source, _) => format!("2 {source}"),
        Record::Sighting(_, Sighting { id, .. }) => format!("3 {id}"),
        Record::Article(article, ..) => format!("4 {}", article.id),
    });
    Everything(records)
}

/// What is written, on the disk and in memory alike.
enum Step {
    Plans(Vec<PollPlan>),
    Expire(Instant),
    ExpireBeyond(u64),
    Compact,
    /// What happens by itself when much is in memory.
    TakeIn,
}

impl Step {
    fn random(dice: &mut fastrand::Rng, group: u32, known: &[Article]) -> Self {
        match dice.u8(..20) {
            0 => Self::Compact,
            1 => Self::Expire(at(dice.i64(0..i64::from(group) * 100 + 1))),
            2 => Self::ExpireBeyond(dice.u64(10..60)),
            3..=5 => Self::TakeIn,
            _ => Self::Plans((0..dice.u32(1..4)).map(|number| random_plan(dice, group, number, known)).collect()),
        }
    }

    fn take(&self, store: &dyn Store) {
        match self {
            Self::Plans(plans) => store.apply(plans).unwrap(),
            Self::Expire(before) => drop(store.expire(None, *before, 1_000).unwrap()),
            Self::ExpireBeyond(keep) => drop(store.expire_beyond(None, *keep, 1_000).unwrap()),
            Self::Compact | Self::TakeIn => {}
        }
    }
}

fn random_plan(dice: &mut fastrand::Rng, group: u32, number: u32, known: &[Article]) -> PollPlan {
    let source = format!("s{number}");
    let when = i64::from(group) * 100 + i64::from(number);
    let mut articles: Vec<_> = (0..dice.u32(0..6))
        .map(|entry| {
            let entry = group * 100 + number * 10 + entry;
            if dice.u8(..3) == 0 { long_article(&source, entry, dice.usize(1_000..60_000)) } else { article(&source, entry) }
        })
        .collect();
    let old: Vec<_> = known.iter().filter(|article| article.source.as_str() == source).collect();
    if let (false, Some(old)) = (dice.bool(), dice.choice(&old)) {
        articles.push(revised(old, &format!("<p>{}</p>", "again ".repeat(dice.usize(1..2_000)))));
    }
    let rejects = if dice.u8(..4) == 0 { rejecting_plan(&source, when, 0..dice.u32(1..5)).rejects } else { Vec::new() };
    PollPlan { rejects, ..plan(&source, when, articles) }
}

/// The store on this disk has what was acknowledged, and of the group that was under way all or nothing.
fn check(cut: &Cut, history: &[Everything], what: &str) {
    let store = SledStore::open(&cut.folder.join("store"), options()).unwrap_or_else(|why| panic!("{what}: {why}"));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{what}");
    let found = everything(&store);
    let allowed = &history[cut.acknowledged..history.len().min(cut.acknowledged + 2)];
    let known = history.iter().position(|state| *state == found);
    assert!(allowed.contains(&found), "{what}: {} writes were acknowledged, and what is there is {known:?}", cut.acknowledged);
}

/// One run: some lives, each a few groups long.
fn run(seed: u64) -> usize {
    let mut dice = fastrand::Rng::with_seed(seed);
    let here = tempfile::tempdir().unwrap();
    let mut data = here.path().join("data");
    fs::create_dir_all(&data).unwrap();
    let (mut group, mut checked) = (0, 0);
    for life in 0..LIVES {
        let what = format!("seed {seed}, life {life}");
        let cuts_folder = here.path().join(format!("cuts-{life}"));
        let model = MemoryStore::new();
        power::watch(&data, &cuts_folder, dice.u64(..), CUT_ONE_IN);
        let store = open(&data.join("store"));
        let records = everything(&store).0;
        model.import(&records).unwrap();
        let mut history = vec![everything(&store)];
        for _ in 0..dice.usize(1..=GROUPS_MAX) {
            group += 1;
            let step = Step::random(&mut dice, group, &model.newest(None, None, 1_000).unwrap());
            step.take(&model);
            history.push(everything(&model));
            // Before the write: a cut within it may leave it whole.
            match step {
                Step::Compact => store.compact().unwrap(),
                Step::TakeIn => store.take_in_all().unwrap(),
                step => step.take(&store),
            }
            assert!(everything(&store) == history[history.len() - 1], "{what}: it is not what was written");
            power::acknowledge(history.len() - 1);
        }
        power::cut();
        let is_closed = dice.bool();
        if is_closed {
            drop(store);
            power::cut();
        }
        let mut cuts = power::cuts();
        // The last ones always: after everything was acknowledged.
        while cuts.len() > CUTS_CHECKED_MAX {
            cuts.remove(dice.usize(..cuts.len() - 2));
        }
        for cut in &cuts {
            check(cut, &history, &format!("{what}, {}", cut.folder.display()));
        }
        checked += cuts.len();
        data = dice.choice(&cuts).unwrap().folder.clone();
    }
    checked
}

/// Some runs; `FEEDMILL_POWER_CUTS` asks for another number of them, as every night, and `FEEDMILL_SEED` for the first seed.
#[test]
fn r2_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = asked("FEEDMILL_SEED").unwrap_or(1);
    let mut checked = 0;
    for seed in first..first + asked("FEEDMILL_POWER_CUTS").unwrap_or(8) {
        checked += run(seed);
    }
    assert!(checked >= 3, "{checked} cuts");
}

#[test]
fn r2_a_snapshot_that_has_its_name_is_whole_after_a_power_cut() {
    let here = tempfile::tempdir().unwrap();
    let data = here.path().join("data");
    let store = open(&data.join("store"));
    store.apply(&[plan("a", 10, (0..40).map(|number| long_article("a", number, 20_000)).collect())]).unwrap();
    for seed in 0..12 {
        power::watch(&data, &here.path().join(format!("cuts-{seed}")), seed, 1);
        let day = i64::try_from(seed).unwrap() * 86_400;
        snapshot::write(&store, &data.join("snapshots"), at(day), &mut nobody).unwrap();
        power::acknowledge(1);
        power::cut();
        for cut in power::cuts() {
            let found = snapshot::list(&cut.folder.join("snapshots")).unwrap();
            for (_, path) in &found {
                assert_eq!(snapshot::check(path, &mut nobody).unwrap().articles, 40, "seed {seed}: {}", path.display());
            }
            let all = usize::try_from(seed).unwrap() + 1;
            assert!(found.len() + 1 - cut.acknowledged >= all, "seed {seed}: {} of {all} snapshots are there", found.len());
        }
    }
}

/// Lays down the store that feedmill 0.1.0 made (tests/it/storing/migrating.rs).
fn lay_layout_1(store: &Path) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/storing/layout-1/store");
    fs::create_dir_all(store.join("blobs")).unwrap();
    for entry in fs::read_dir(fixture).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read(&path).unwrap();
        match path.extension() {
            Some(extension) if extension == "zst" => {
                fs::write(store.join(path.file_stem().unwrap()), zstd::decode_all(&*content).unwrap()).unwrap();
            }
            _ => fs::write(store.join(path.file_name().unwrap()), content).unwrap(),
        }
    }
}

#[test]
fn r2_r11_a_power_cut_in_the_middle_of_the_migration_loses_nothing() {
    let here = tempfile::tempdir().unwrap();
    let whole = here.path().join("whole");
    lay_layout_1(&whole.join("store"));
    let expected = everything(&open(&whole.join("store")));
    for seed in 0..2 {
        let data = here.path().join(format!("data-{seed}"));
        lay_layout_1(&data.join("store"));
        power::watch(&data, &here.path().join(format!("cuts-{seed}")), seed, 2);
        open(&data.join("store"));
        power::cut();
        let cuts = power::cuts();
        assert!(cuts.len() > 3);
        for cut in cuts {
            let what = format!("seed {seed}, {}", cut.folder.display());
            let store = SledStore::open(&cut.folder.join("store"), options()).unwrap_or_else(|why| panic!("{what}: {why}"));
            assert!(everything(&store) == expected, "{what}: something is gone or changed");
            assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{what}");
        }
    }
}

//! Stores that earlier programs made themselves, read by this one. `layout-1` holds the files of one by feedmill 0.1.0, the larger one compressed,
//! and the snapshot that 0.1.0 wrote of the same store: what must be there; `layout-2` to `layout-5` what the programs of these layouts made of it.
//! It was made by polling four sources twice: articles in Chinese and English, one of 27 KB, one revised, an entry rejected, a source that failed,
//! one that began to answer 410.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use feedmill::store::told::nobody;
use feedmill::store::{MemoryStore, Record, SledOptions, SledStore, Store, StoreError, snapshot};

use crate::support::program::{Home, printed};

fn fixture(layout: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/storing/layout-{layout}"))
}

/// Lays the store of this layout into this folder of data.
fn lay(layout: u32, data: &Path) {
    let store = data.join("store");
    fs::create_dir_all(store.join("blobs")).unwrap();
    for entry in fs::read_dir(fixture(layout).join("store")).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "zst") {
            fs::write(store.join(path.file_stem().unwrap()), zstd::decode_all(&*content).unwrap()).unwrap();
        } else {
            fs::write(store.join(path.file_name().unwrap()), content).unwrap();
        }
    }
}

/// Everything in a store by what it is; without arrivals, which layout 1 did not keep.
fn everything(store: &dyn Store) -> BTreeMap<String, Record> {
    let mut found = BTreeMap::new();
    let mut keep = |record: Record| -> Result<(), StoreError> {
        let (key, record) = match record {
            Record::State(state) => (format!("state {}", state.source), Record::State(state)),
            Record::Rejects(source, kept) => (format!("rejects {source}"), Record::Rejects(source, kept)),
            Record::Sighting(_, sighting) => (format!("sighting {}", sighting.id), Record::Sighting(None, sighting)),
            Record::Article(article, _, original) => (format!("article {}", article.id), Record::Article(article, None, original)),
        };
        assert!(found.insert(key.clone(), record).is_none(), "{key} is there twice");
        Ok(())
    };
    store.export(&mut keep).unwrap();
    found
}

fn expected() -> BTreeMap<String, Record> {
    let store = MemoryStore::new();
    snapshot::restore_into(&store, &fixture(1).join("expected.snapshot.zst"), &mut nobody).unwrap();
    let expected = everything(&store);
    assert_eq!(expected.len(), 60 + 60 + 4 + 1, "articles, sightings, states and rejects of one source");
    expected
}

fn open(data: &Path) -> SledStore {
    SledStore::open(&data.join("store"), SledOptions::default()).unwrap()
}

#[test]
fn r11_what_the_program_of_layout_1_stored_is_all_there_after_a_snapshot_of_it() {
    let data = tempfile::tempdir().unwrap();
    lay(1, data.path());
    let store = open(data.path());
    let (found, expected) = (everything(&store), expected());
    for (key, record) in &expected {
        assert!(found.get(key) == Some(record), "{key} is gone or changed");
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    let arrived: Vec<_> = store.arrived(None, 0..100).unwrap().into_iter().map(|(_, article)| article.published).collect();
    assert!(arrived.len() == 60 && arrived.is_sorted());
    assert_eq!(fs::read_to_string(data.path().join("store/layout")).unwrap(), "feedmill store layout 6\n");

    let snapshots = snapshot::list(&data.path().join("snapshots")).unwrap();
    assert_eq!(snapshots.len(), 1);
    let restored = MemoryStore::new();
    snapshot::restore_into(&restored, &snapshots[0].1, &mut nobody).unwrap();
    assert!(everything(&restored) == expected, "the snapshot is what was there before");
}

#[test]
fn r11_what_the_programs_of_layouts_2_to_5_stored_is_all_there() {
    for layout in 2..=5 {
        is_taken_over(layout);
    }
}

fn is_taken_over(layout: u32) {
    let data = tempfile::tempdir().unwrap();
    lay(layout, data.path());
    for _ in 0..2 {
        let store = open(data.path());
        assert!(everything(&store) == expected());
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        assert_eq!(store.arrived(None, 0..100).unwrap().len(), 60);
        let mut of_sources = 0;
        for state in store.source_states().unwrap() {
            of_sources += store.newest(Some(&state.source), None, 100).unwrap().len();
        }
        assert_eq!(of_sources, 60);
        assert_eq!(fs::read_to_string(data.path().join("store/layout")).unwrap(), "feedmill store layout 6\n");
    }
}

/// Kills spread over the time that the migration takes, from the start of the program on.
#[test]
fn r1_r11_kill_in_the_middle_of_the_migration_loses_nothing() {
    (1..=5).for_each(kill_in_the_middle_of_migrating);
}

fn kill_in_the_middle_of_migrating(layout: u32) {
    const KILLS: u64 = 12;
    let expected = expected();
    let home = Home::new("");
    lay(layout, &home.data());
    let begun = tokio::time::Instant::now();
    let whole = home.run(&["verify"]);
    assert!(printed(&whole).contains("60 articles"), "{}", printed(&whole));
    let took = begun.elapsed();
    for kill in 0..KILLS {
        let home = Home::new("");
        lay(layout, &home.data());
        let mut child = home.command(&["verify"]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(took * u32::try_from(kill).unwrap() / u32::try_from(KILLS).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(&home.data());
        assert!(everything(&store) == expected, "kill {kill}: something is gone or changed");
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        drop(store);
        assert!(!home.data().join("store.new").exists(), "kill {kill}: half of a store stays behind");
    }
}

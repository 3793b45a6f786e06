//! The store on disk beyond the contract: folders, second instance, durability.

mod damage;
mod layout1;
mod many;
mod power;
mod states;

use std::fs;

use super::*;
use crate::store::rows::sample::{article, long_article, name, plan, rejecting_plan};

fn options() -> SledOptions {
    SledOptions { spare_bytes: 1024 * 1024, recent_articles: 16 * 1024, ..SledOptions::default() }
}

fn open(folder: &Path) -> SledStore {
    SledStore::open(folder, options()).unwrap()
}

/// A store with so many articles of the source `a`, of one poll.
fn with_articles(folder: &Path, count: u32) -> SledStore {
    let store = open(folder);
    store.apply(&[plan("a", 10, (0..count).map(|number| article("a", number)).collect())]).unwrap();
    store
}

#[test]
fn the_store_on_disk_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    crate::store::contract::holds(|| {
        number.set(number.get() + 1);
        Box::new(open(&folder.path().join(number.get().to_string())))
    });
}

#[test]
fn everything_is_there_after_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let plans = [plan("a", 10, vec![article("a", 1), long_article("a", 2, 50_000)]), rejecting_plan("b", 10, 0..2)];
    store.apply(&plans).unwrap();
    let before = (store.newest(None, None, 10).unwrap(), store.source_states().unwrap(), store.rejects(&name("b")).unwrap());
    drop(store);
    let store = open(folder.path());
    assert_eq!((store.newest(None, None, 10).unwrap(), store.source_states().unwrap(), store.rejects(&name("b")).unwrap()), before);
    let totals = store.totals().unwrap();
    assert_eq!((totals.articles, totals.sightings, totals.sources), (2, 2, 2));
    assert!(totals.disk_bytes > 0);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn r10_a_second_opening_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let first = open(&path);
    let Err(StoreError::InUse(why)) = SledStore::open(&path, options()) else { panic!("opened twice") };
    assert!(why.contains(&path.display().to_string()) && why.contains(&std::process::id().to_string()) && why.contains("--data"), "{why}");
    drop(first);
    open(&path);
}

#[test]
fn r11_a_newer_layout_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(open(&path));
    fs::write(path.join("layout"), "feedmill store layout 7\n").unwrap();
    let look = || {
        let files = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let mut files: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        files.sort();
        files
    };
    let before = look();
    let Err(StoreError::Newer(why)) = SledStore::open(&path, options()) else { panic!("opened a newer layout") };
    assert!(why.contains("layout 7") && why.contains("update feedmill"), "{why}");
    assert_eq!(look(), before);
}

#[test]
fn r3_a_full_disk_refuses_opening_and_writing_before_sled_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let full = SledOptions { spare_bytes: u64::MAX, ..options() };
    assert!(matches!(SledStore::open(folder.path(), full), Err(StoreError::Full(_))));
    let mut store = open(folder.path());
    store.apply(&[plan("a", 10, vec![article("a", 1)])]).unwrap();
    store.options = full;
    let second = plan("a", 20, vec![article("a", 2)]);
    assert!(matches!(store.apply(std::slice::from_ref(&second)), Err(StoreError::Full(_))));
    assert_eq!(store.newest(None, None, 10).unwrap().len(), 1, "reading goes on");
    store.options = options();
    store.apply(&[second]).unwrap();
    assert_eq!(store.newest(None, None, 10).unwrap().len(), 2);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn r3_after_a_failed_write_the_store_opens_itself_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.apply(&[plan("a", 10, vec![article("a", 1)])]).unwrap();
    // What a write does when sled meets a full disk: sled refuses everything from then on, so it is closed.
    store.shut(&StoreError::Full("the disk is full".into()));
    store.options.spare_bytes = u64::MAX;
    assert!(matches!(store.newest(None, None, 10), Err(StoreError::Full(_))), "not while there is no room");
    store.options = options();
    assert_eq!(store.newest(None, None, 10).unwrap().len(), 1);
    store.apply(&[plan("a", 20, vec![article("a", 2)])]).unwrap();
    assert_eq!(store.totals().unwrap().articles, 2);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn r3_a_half_written_snapshot_of_a_full_disk_does_not_keep_the_store_shut() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.apply(&[plan("a", 10, vec![article("a", 1)])]).unwrap();
    drop(store);
    fs::write(folder.path().join("snap.0000000000000FFF.generating"), b"").unwrap();
    assert_eq!(open(folder.path()).newest(None, None, 10).unwrap().len(), 1);
}

#[test]
fn r4_a_folder_that_cannot_be_is_named_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let path = file.join("store");
    let Err(StoreError::Unusable(why)) = SledStore::open(&path, options()) else { panic!("opened below a file") };
    assert!(why.contains(&path.display().to_string()) && why.contains("--data"), "{why}");
}

#[test]
fn r2_the_settings_that_sled_wrote_are_written_again_where_they_are_garbled_or_missing() {
    let folder = tempfile::tempdir().unwrap();
    drop(::sled::Config::new().path(folder.path().join("plain")).mode(::sled::Mode::LowSpace).open().unwrap());
    assert_eq!(fs::read(folder.path().join("plain/conf")).unwrap(), ground::CONF, "sled writes the same");
    let (path, conf) = (folder.path().join("store"), folder.path().join("store/conf"));
    open(&path).apply(&[plan("a", 10, vec![article("a", 1)])]).unwrap();
    for garbled in [&[0; 62][..], b"", b"segment_size: 1024\n", &ground::CONF[..50]] {
        fs::write(&conf, garbled).unwrap();
        assert_eq!(open(&path).newest(None, None, 10).unwrap().len(), 1);
    }
    fs::remove_file(&conf).unwrap();
    assert_eq!((open(&path).verify(), fs::read(&conf).unwrap().as_slice()), (Ok(Vec::new()), ground::CONF));
}

/// Blob files are what no flush makes durable.
#[test]
fn r2_long_articles_make_no_blob_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..5 {
        store.apply(&[plan("a", 10, vec![long_article("a", number, 1_000_000)])]).unwrap();
    }
    assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
}

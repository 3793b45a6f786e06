//! Damage is noticed, set aside and restored from; never silent (R5).

use super::*;
use crate::store::contract::records;
use crate::store::rows::keys;
use crate::store::rows::sample::{at, sighting};
use crate::store::sled::room::is_written;
use crate::store::sled::seal::Seal;
use crate::store::sled::trees::Tree;
use crate::store::snapshot;
use crate::store::told::nobody;
use crate::store::{Progress, Work};

/// Noise from a seed, so that a failure can be repeated.
fn places(seed: u64, count: usize, below: usize) -> Vec<usize> {
    let mut noise = blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof();
    let mut place = || {
        let mut bytes = [0; 8];
        noise.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % below as u64).unwrap()
    };
    (0..count).map(|_| place()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A store with some articles, closed; gives what must be in it.
fn filled(folder: &Path) -> Vec<Article> {
    let store = open(folder);
    for number in 0..12 {
        store.apply(&[plan("a", 10, vec![article("a", number)]), plan("b", 10, vec![long_article("b", number, 20_000)])]).unwrap();
    }
    store.newest(None, None, 100).unwrap()
}

/// Opens, reads everything, and says whether all was there. Anything missing must have been told.
fn all_there_or_told(folder: &Path, expected: &[Article], what: &str) -> bool {
    let store = match SledStore::open(folder, options()) {
        Ok(store) => store,
        Err(StoreError::Damaged(_)) => return false,
        Err(other) => panic!("{what}: {other}"),
    };
    match store.verify() {
        Ok(findings) if findings.is_empty() => {}
        Ok(_) | Err(StoreError::Damaged(_)) => return false,
        Err(other) => panic!("{what}: {other}"),
    }
    let found = store.newest(None, None, 100).unwrap();
    assert!(found == expected, "{what}: verify found nothing, and {} of {} articles are there", found.len(), expected.len());
    true
}

/// Why the store was read through when it was opened.
fn suspicion(store: &SledStore) -> Option<String> {
    store.read(|trees| Ok(trees.suspicion.clone())).unwrap()
}

#[test]
fn a_file_that_is_shorter_and_whole_is_read_through_once() {
    let folder = tempfile::tempdir().unwrap();
    let expected = filled(folder.path());
    let counts = open(folder.path()).read(|trees| Ok(trees.counts)).unwrap();
    let bytes = fs::metadata(folder.path().join("db")).unwrap().len();
    Seal::open(folder.path()).unwrap().0.write(counts, bytes + 1024 * 1024).unwrap();
    let store = open(folder.path());
    let why = suspicion(&store).unwrap();
    assert!(why.contains(&format!("has {bytes} bytes and had {}", bytes + 1024 * 1024)), "{why}");
    assert!(store.newest(None, None, 100).unwrap() == expected);
    drop(store);
    assert_eq!(suspicion(&open(folder.path())), None);
}

#[test]
fn what_sled_gives_back_after_the_last_write_is_no_reason_to_read_everything() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let store = open(folder.path());
    let file = fs::File::options().write(true).open(folder.path().join("db")).unwrap();
    let bytes = file.metadata().unwrap().len();
    // The free segments at the end, which sled cuts off from a thread of its own.
    file.set_len(bytes + (64 << 20)).unwrap();
    store.apply(&[plan("a", 20, vec![article("a", 100)])]).unwrap();
    file.set_len(bytes + (8 << 20)).unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(suspicion(&store), None);
    assert_eq!(store.newest(None, None, 100).unwrap().len(), 25);
}

#[test]
fn r5_a_truncated_file_is_noticed_at_opening() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let expected = filled(&whole);
    let length = usize::try_from(fs::metadata(whole.join("db")).unwrap().len()).unwrap();
    let mut told = 0;
    for (number, cut) in places(1, 12, length).into_iter().chain([0, length - 1]).enumerate() {
        let broken = folder.path().join(number.to_string());
        copy(&whole, &broken);
        fs::File::options().write(true).open(broken.join("db")).unwrap().set_len(cut as u64).unwrap();
        match SledStore::open(&broken, options()) {
            Err(StoreError::Damaged(_)) => told += 1,
            Err(other) => panic!("cut at {cut}: {other}"),
            Ok(store) => assert!(store.newest(None, None, 100).unwrap() == expected, "cut at {cut} of {length}: opened with articles gone"),
        }
    }
    assert!(told > 0);
}

#[test]
fn r5_a_flipped_bit_is_never_silent() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let expected = filled(&whole);
    let content = fs::read(whole.join("db")).unwrap();
    let mut told = 0;
    for (number, place) in places(2, 24, content.len()).into_iter().enumerate() {
        let broken = folder.path().join(number.to_string());
        copy(&whole, &broken);
        let mut flipped = content.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(broken.join("db"), flipped).unwrap();
        if !all_there_or_told(&broken, &expected, &format!("flipped at {place}")) {
            told += 1;
        }
    }
    assert!(told > 0);
}

#[test]
fn r5_lost_or_garbled_small_files_are_noticed_or_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let expected = filled(&whole);
    for name in ["db", "conf", "layout", "seal"] {
        for content in [None, Some(&b""[..]), Some(b"garbage")] {
            let broken = folder.path().join(format!("{name}-{}", content.map_or(99, <[u8]>::len)));
            copy(&whole, &broken);
            match content {
                Some(content) => fs::write(broken.join(name), content).unwrap(),
                None => fs::remove_file(broken.join(name)).unwrap(),
            }
            all_there_or_told(&broken, &expected, &format!("{name} {content:?}"));
        }
    }
}

#[test]
fn r5_damage_found_while_in_use_is_told_at_the_next_opening_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.apply(&[plan("a", 10, vec![article("a", 1), article("a", 2)])]).unwrap();
    {
        let trees = store.trees.read().unwrap();
        let trees = trees.as_ref().unwrap();
        let (key, value) = trees.of(Tree::Packs).iter().next().unwrap().unwrap();
        let mut flipped = value.to_vec();
        flipped[20] ^= 1;
        trees.of(Tree::Packs).insert(key, flipped).unwrap();
    }
    assert!(!store.verify().unwrap().is_empty());
    assert!(matches!(store.newest(None, None, 10), Err(StoreError::Damaged(_))));
    assert!(matches!(store.apply(&[plan("a", 20, Vec::new())]), Err(StoreError::Damaged(_))), "nothing is written any more");
    drop(store);
    assert!(matches!(SledStore::open(folder.path(), options()), Err(StoreError::Damaged(_))));
}

#[test]
fn r5_a_damaged_store_is_set_aside_and_the_last_whole_snapshot_restored() {
    let data = tempfile::tempdir().unwrap();
    let (folder, snapshots) = (data.path().join("store"), data.path().join("snapshots"));
    let expected = filled(&folder);
    let store = open(&folder);
    let older = snapshot::write(&store, &snapshots, at(100), &mut nobody).unwrap().0;
    store.apply(&[plan("a", 500, vec![article("a", 99)])]).unwrap();
    let newer = snapshot::write(&store, &snapshots, at(200), &mut nobody).unwrap().0;
    drop(store);
    fs::write(&newer, b"broken too").unwrap();
    fs::File::options().write(true).open(folder.join("db")).unwrap().set_len(1000).unwrap();

    let (store, recovered) = open_or_recover(&folder, &snapshots, options(), at(300)).unwrap();
    let recovered = recovered.unwrap();
    assert_eq!(recovered.aside, data.path().join("store.damaged-20240218T091659Z"));
    assert_eq!(recovered.snapshot.as_ref().map(|(path, summary)| (path, summary.articles)), Some((&older, 24)));
    assert!(recovered.message.contains("set aside") && recovered.message.contains("24 articles"), "{}", recovered.message);
    assert!(recovered.aside.join("db").exists());
    assert!(store.newest(None, None, 100).unwrap() == expected);
    assert_eq!(
        store.sightings(&expected[0].source, &[expected[0].id]).unwrap(),
        vec![Some(sighting(&expected[0]))],
        "it is not new to the next poll"
    );
    drop(store);
    let (_, again) = open_or_recover(&folder, &snapshots, options(), at(400)).unwrap();
    assert_eq!(again, None);
}

#[test]
fn r5_without_a_snapshot_the_store_begins_anew_and_says_so_and_old_damage_is_cleared_away() {
    let data = tempfile::tempdir().unwrap();
    let (folder, snapshots) = (data.path().join("store"), data.path().join("snapshots"));
    drop(open(&folder));
    for hour in 0..4 {
        fs::write(folder.join("layout"), "garbage").unwrap();
        let (store, recovered) = open_or_recover(&folder, &snapshots, options(), at(hour * 3_600)).unwrap();
        let recovered = recovered.unwrap();
        assert!(recovered.snapshot.is_none() && recovered.message.contains("begins anew"), "{}", recovered.message);
        assert!(store.newest(None, None, 1).unwrap().is_empty());
    }
    let kept = fs::read_dir(data.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("damaged"));
    assert_eq!(kept.count(), 2);
}

#[test]
fn restoring_replaces_the_store_and_keeps_the_former_one_and_a_broken_snapshot_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let file = data.path().join("a.snapshot.zst");
    let expected = filled(&folder);
    let store = open(&folder);
    snapshot::write_to(&store, &file, at(100), &mut nobody).unwrap();
    store.expire(None, at(1_000), 100).unwrap();
    assert!(matches!(restore(&folder, &file, options(), at(200), &mut nobody), Err(StoreError::InUse(_))));
    drop(store);
    // Whoever stops it finds all as it was, whatever it was at.
    for work in [Work::Checking, Work::Restoring, Work::Verifying] {
        let mut stop = |one: Progress| if one.work == work { Err(StoreError::Stopped) } else { Ok(()) };
        assert_eq!(restore(&folder, &file, options(), at(150), &mut stop), Err(StoreError::Stopped), "{work:?}");
        assert!(!data.path().join("store.new").exists(), "{work:?}");
    }
    let (summary, aside) = restore(&folder, &file, options(), at(200), &mut nobody).unwrap();
    assert_eq!(summary.articles, 24);
    assert!(open(&folder).newest(None, None, 100).unwrap() == expected);
    assert!(open(&aside.unwrap()).newest(None, None, 100).unwrap().is_empty());

    let mut broken = fs::read(&file).unwrap();
    broken.truncate(broken.len() / 2);
    fs::write(&file, broken).unwrap();
    assert!(matches!(restore(&folder, &file, options(), at(300), &mut nobody), Err(StoreError::Damaged(_))));
    assert!(open(&folder).newest(None, None, 100).unwrap() == expected);
}

#[test]
fn a_crash_while_one_store_replaces_another_leaves_one_of_them() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let new = data.path().join("store.new");
    let expected = filled(&folder);
    // Before the renames: half of a new one stands beside.
    fs::create_dir_all(&new).unwrap();
    fs::write(new.join("db"), b"half").unwrap();
    assert!(open(&folder).newest(None, None, 100).unwrap() == expected);
    assert!(!new.exists());
    // Between them: the old one is aside, the new one is ready.
    fs::rename(&folder, &new).unwrap();
    fs::write(new.join("ready"), b"").unwrap();
    assert!(open(&folder).newest(None, None, 100).unwrap() == expected);
    assert!(!new.exists());
}

/// A group that was cut off between making room and its transaction.
#[test]
fn r1_room_made_for_what_never_came_is_gone_at_the_next_opening() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let expected = filled(&folder);
    let store = open(&folder);
    let next = store.next_arrival(None).unwrap();
    let rows: Vec<Vec<u8>> = (0..40).flat_map(|step| [0, 1].map(|chunk| keys::chunk(&(next + step * 3).to_be_bytes(), chunk))).collect();
    store.read(|trees| trees.make_rows(Tree::Packs, &rows).and_then(|()| trees.make_durable())).unwrap();
    drop(store);
    let store = open(&folder);
    let room = |store: &SledStore| store.read(|trees| Ok(trees.of(Tree::Packs).iter().filter(|row| !is_written(row)).count()));
    assert_eq!(room(&store), Ok(0));
    assert_eq!(store.verify(), Ok(Vec::new()));
    assert!(store.newest(None, None, 100).unwrap() == expected);
    // What comes then stands in packs that begin elsewhere.
    store.apply(&[plan("z", 500, (0..100).map(|number| article("z", number)).collect())]).unwrap();
    assert_eq!((room(&store), store.verify()), (Ok(0), Ok(Vec::new())));
    assert_eq!(store.arrived(None, next..u64::MAX).unwrap().len(), 100);
}

/// A filter that says too little would let what is known come again as new.
#[test]
fn r5_a_filter_of_entries_that_is_not_whole_is_damage() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let store = with_articles(&folder, 50);
    store.take_in_all().unwrap();
    assert_eq!(store.verify(), Ok(Vec::new()));
    store.trees.write().unwrap().as_mut().unwrap().filter = Some(Default::default());
    assert_eq!(store.verify().unwrap().len(), 50, "each entry is denied");
    store.read(|trees| trees.of(Tree::Filter).clear().map_err(|why| trees.sled(&why)).and_then(|()| trees.make_durable())).unwrap();
    drop(store);
    let Err(StoreError::Damaged(why)) = SledStore::open(&folder, options()) else { panic!("opened") };
    assert!(why.contains("filter of entries is missing"), "{why}");
}

#[test]
fn compacting_gives_space_back_and_keeps_everything() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let store = open(&folder);
    for number in 0..30 {
        store.apply(&[plan("a", 10, vec![long_article("a", number, 200_000)])]).unwrap();
    }
    store.expire_beyond(None, 3, 100).unwrap();
    let (before, articles) = (store.totals().unwrap(), store.newest(None, None, 100).unwrap());
    store.compact().unwrap();
    let after = store.totals().unwrap();
    assert!(after.disk_bytes < before.disk_bytes / 2, "{} bytes, and {} before", after.disk_bytes, before.disk_bytes);
    assert_eq!((after.articles, after.sightings, after.sources), (3, 30, 1));
    assert!(store.newest(None, None, 100).unwrap() == articles);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    store.apply(&[plan("a", 20, vec![article("a", 99)])]).unwrap();
    drop(store);
    let store = open(&folder);
    assert_eq!(store.totals().unwrap().articles, 4);
    assert_eq!(store.tidy().unwrap(), None, "a small store is left alone");
    let names = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["store", "store.lock"]);
}

/// Polls that bring an article each leave packs of one.
#[test]
fn compacting_joins_packs_that_have_room_and_packs_them_harder() {
    let data = tempfile::tempdir().unwrap();
    let store = open(&data.path().join("store"));
    let articles: Vec<Article> = (0..100).map(|number| long_article("a", number, 1_500)).collect();
    for article in &articles {
        store.apply(&[plan("a", 10, vec![article.clone()])]).unwrap();
    }
    store.expire_beyond(None, 90, 100).unwrap();
    let packs = |store: &SledStore| {
        store.read(|trees| Ok((trees.of(Tree::Packs).iter().filter(is_written).count(), trees.counts.pack_bytes))).unwrap()
    };
    let (before, rows) = (records(&store), packs(&store));
    assert_eq!(rows.0, 90);
    store.compact().unwrap();
    let after = packs(&store);
    assert!(after.0 <= 25 && after.1 < rows.1, "noise hardly packs, but {rows:?} became {after:?}");
    assert!(records(&store) == before, "with all arrivals as they were");
    assert_eq!(store.verify(), Ok(Vec::new()));
    // They can be opened, changed and expired like any other.
    let revised = Article { title: "revised".into(), ..articles[50].clone() };
    store.apply(&[plan("a", 20, vec![revised.clone(), article("a", 999)])]).unwrap();
    store.expire_beyond(None, 80, 100).unwrap();
    assert_eq!(store.article(revised.id), Ok(Some(revised)));
    assert_eq!((store.totals().unwrap().articles, store.verify()), (80, Ok(Vec::new())));
    let size = packs(&store).1;
    store.compact().unwrap();
    let after = packs(&store).1;
    assert!(after <= size + size / 100, "the counts are those of what is there (noise packs no harder): {size} became {after}");
}

/// Right after `apply` returned, the files hold what it wrote: a process that dies and a disk that forgets its cache lose nothing.
#[test]
fn r2_what_is_acknowledged_is_in_the_files_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    let store = open(&live);
    for number in 0..8 {
        store.apply(&[plan("a", 10, vec![article("a", number)]), plan("b", 10, vec![long_article("b", number, 30_000)])]).unwrap();
        let cut = folder.path().join(number.to_string());
        copy(&live, &cut);
        let copied = open(&cut);
        assert!(copied.newest(None, None, 100).unwrap() == store.newest(None, None, 100).unwrap());
        assert_eq!(copied.verify().unwrap(), Vec::<String>::new());
    }
}

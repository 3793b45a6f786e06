//! Snapshots: whole or refused.

use std::fs;
use std::path::Path;

use super::*;
use crate::store::rows::sample::{article, at, full_article, full_state, long_article, name, plan, rejecting_plan, sighting};
use crate::store::told::nobody;
use crate::store::{MemoryStore, Progress, Record, Store, StoreError, Work};

fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let mut first = rejecting_plan("36kr", 10, 0..3);
    *first.state = full_state("36kr");
    first.articles = vec![full_article(), long_article("36kr", 2, 30_000)];
    first.sightings = first.articles.iter().map(sighting).collect();
    store.apply(&[first, plan("少数派 2024", 20, vec![article("少数派 2024", 1)])]).unwrap();
    store
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_snapshot_makes_the_same_store_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled();
    let path = write(&store, &folder.path().join("snapshots"), at(0), &mut nobody).unwrap().0;
    let expected = Summary { at: at(0), states: 2, rejects: 1, sightings: 3, articles: 3 };
    assert_eq!(check(&path, &mut nobody), Ok(expected));
    let copy = MemoryStore::new();
    assert_eq!(restore_into(&copy, &path, &mut nobody), Ok(expected));
    assert!(copy.newest(None, None, 10).unwrap() == store.newest(None, None, 10).unwrap());
    assert_eq!(copy.source_states().unwrap(), store.source_states().unwrap());
    assert_eq!(copy.rejects(&name("36kr")).unwrap(), store.rejects(&name("36kr")).unwrap());
    assert_eq!(files(path.parent().unwrap()), ["feedmill-20240218T091159Z.snapshot.zst"]);
}

#[test]
fn a_broken_snapshot_is_refused_and_nothing_of_it_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&filled(), folder.path(), at(0), &mut nobody).unwrap().0;
    let whole = fs::read(&path).unwrap();
    let mut broken: Vec<Vec<u8>> = (0..whole.len()).step_by(97).map(|cut| whole[..cut].to_vec()).collect();
    broken.extend((0..whole.len()).step_by(31).map(|place| {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        flipped
    }));
    broken.push([whole.clone(), whole.clone()].concat());
    let (expected, all, mut refused) = (filled().newest(None, None, 10).unwrap(), broken.len(), 0);
    for content in broken {
        fs::write(&path, &content).unwrap();
        let store = MemoryStore::new();
        match restore_into(&store, &path, &mut nobody) {
            Err(StoreError::Damaged(why) | StoreError::Unusable(why)) => {
                assert!(why.contains(&path.display().to_string()), "{why}");
                assert_eq!(store.totals().unwrap().sightings, 0);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
            // Some bits of zstd's own headers mean nothing.
            Ok(_) => assert!(store.newest(None, None, 10).unwrap() == expected, "{} of {} bytes", content.len(), whole.len()),
        }
    }
    assert!(refused + 3 >= all, "{refused} of {all} were refused");
}

#[test]
fn a_snapshot_whose_lines_were_changed_and_packed_again_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&filled(), folder.path(), at(0), &mut nobody).unwrap().0;
    let text = String::from_utf8(zstd::decode_all(fs::read(&path).unwrap().as_slice()).unwrap()).unwrap();
    for changed in [text.replace("36氪", "37氪"), text.lines().skip(2).collect::<Vec<_>>().join("\n"), text.replace("\nend\t2", "\nend\t1")]
    {
        assert_ne!(changed, text);
        fs::write(&path, zstd::encode_all(changed.as_bytes(), 1).unwrap()).unwrap();
        assert!(matches!(check(&path, &mut nobody), Err(StoreError::Damaged(_))));
    }
    let newer = text.replace("feedmill-snapshot\t3", "feedmill-snapshot\t4");
    fs::write(&path, zstd::encode_all(newer.as_bytes(), 1).unwrap()).unwrap();
    assert!(matches!(check(&path, &mut nobody), Err(StoreError::Newer(_))), "r11");
}

#[test]
fn an_article_that_came_in_while_the_snapshot_was_written_is_left_to_the_next_poll() {
    let store = MemoryStore::new();
    store.import(&[Record::Article(Box::new(article("a", 1)), None, None), Record::State(Box::new(full_state("a")))]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = write(&store, folder.path(), at(0), &mut nobody).unwrap().0;
    let copy = MemoryStore::new();
    restore_into(&copy, &path, &mut nobody).unwrap();
    assert_eq!(copy.newest(None, None, 10).unwrap(), Vec::new());
    assert_eq!(copy.source_states().unwrap().len(), 1);
}

#[test]
fn a_snapshot_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("a.snapshot.zst");
    assert!(matches!(write_to(&filled(), &path, at(0), &mut nobody), Err(StoreError::Unusable(_))));
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

#[test]
fn who_waits_hears_how_far_it_is_and_can_stop_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    store.apply(&[plan("a", 10, (0..2_000).map(|number| article("a", number)).collect())]).unwrap();
    let heard = |work: Work, heard: &[Progress]| {
        assert!(heard.len() >= 4 && heard.iter().all(|one| one.work == work && one.done <= one.of), "{heard:?}");
        assert!(heard.is_sorted_by_key(|one| one.done), "{heard:?}");
        heard.last().map(|last| (last.done, last.of))
    };
    let mut all = Vec::new();
    let mut told = |one| {
        all.push(one);
        Ok(())
    };
    let (path, _) = write(&store, folder.path(), at(0), &mut told).unwrap();
    // Articles, which cost more, sightings and one state.
    assert_eq!(heard(Work::Writing, &std::mem::take(&mut all)), Some((82_001, 82_001)));
    let mut told = |one| {
        all.push(one);
        Ok(())
    };
    let copy = MemoryStore::new();
    restore_into(&copy, &path, &mut told).unwrap();
    let (checking, restoring): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.work == Work::Checking);
    let length = fs::metadata(&path).unwrap().len();
    assert_eq!(heard(Work::Checking, &checking), Some((length, length)));
    assert_eq!(heard(Work::Restoring, &restoring), Some((length, length)));

    let mut stop = |_| Err(StoreError::Stopped);
    assert_eq!(write(&store, folder.path(), at(100), &mut stop), Err(StoreError::Stopped));
    assert_eq!(files(folder.path()).len(), 1, "nothing of it stays behind");
    let copy = MemoryStore::new();
    assert_eq!(restore_into(&copy, &path, &mut stop), Err(StoreError::Stopped));
    assert_eq!(copy.totals().unwrap().articles, 0);
}

#[test]
fn what_a_killed_writer_left_goes_a_day_later() {
    let folder = tempfile::tempdir().unwrap();
    const DAY: i64 = 24 * 3_600;
    let half = |day: i64| format!("{}{}", shelf::name(at(day * DAY)), shelf::HALF_SUFFIX);
    for name in [shelf::name(at(10 * DAY)), half(9), half(10), "mine.half".to_owned()] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(thin(folder.path(), 3).unwrap(), [folder.path().join(half(9))], "the other may be under way");
    assert_eq!(files(folder.path()).len(), 3);
}

#[test]
fn snapshots_are_thinned_by_age_and_other_files_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    const HOUR: i64 = 3_600;
    for hour in 0..24 * 60 {
        if hour % 12 == 0 {
            fs::write(folder.path().join(shelf::name(at(hour * HOUR))), "").unwrap();
        }
    }
    let before = list(folder.path()).unwrap();
    assert_eq!(before.len(), 120);
    thin(folder.path(), 3).unwrap();
    let after = list(folder.path()).unwrap();
    assert_eq!(after[0], before[0], "the newest stays");
    let days: Vec<String> = after.iter().map(|(at, _)| at.format("%m-%d").to_string()).collect();
    // Three days, the ends of two weeks before (the first week is the days'), the ends of two months before.
    assert_eq!(days, ["04-17", "04-16", "04-15", "04-14", "04-07", "03-31", "02-29"]);
    assert!(folder.path().join("notes.txt").exists());
    assert_eq!(thin(folder.path(), 3).unwrap(), Vec::<std::path::PathBuf>::new(), "thinning again changes nothing");
    assert_eq!(thin(folder.path(), 0).unwrap(), Vec::<std::path::PathBuf>::new());
}

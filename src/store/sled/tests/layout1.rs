//! A store of layout 1, made as the program made it then, becomes one of the present layout.

use super::*;
use crate::model::SourceState;
use crate::store::rows::entry::{self, EntryRow};
use crate::store::rows::frame::Packer;
use crate::store::rows::sample::{at, full_article, full_state, sighting};
use crate::store::rows::{article as text, keys, state};
use crate::store::told::nobody;
use crate::store::{Record, snapshot};

/// What stands in the old store: articles of three sources, of which one has expired, and one source without any.
struct Filled {
    articles: Vec<Article>,
    expired: Article,
    states: Vec<SourceState>,
}

/// Writes the trees of layout 1.
fn make(folder: &Path) -> Filled {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("layout"), "feedmill store layout 1\n").unwrap();
    let filled = Filled {
        articles: vec![article("b", 1), article("a", 2), long_article("a", 3, 30_000), full_article(), article("b", 9)],
        expired: article("b", 0),
        states: vec![full_state("36kr"), full_state("a"), full_state("b"), full_state("c")],
    };
    let db = ::sled::Config::new().path(folder).mode(::sled::Mode::LowSpace).open().unwrap();
    let tree = |name| db.open_tree(name).unwrap();
    let mut packer = Packer::new().unwrap();
    let mut put = |name, key: &[u8], text: &[u8]| {
        for (key, value) in packer.pack(key, text).unwrap() {
            tree(name).insert(key, value).unwrap();
        }
    };
    for article in &filled.articles {
        let place = Place::of(article);
        put("articles", &keys::place(place), &text::encode(article).unwrap());
        tree("by_source").insert(keys::in_source(&article.source, place), &[]).unwrap();
        let row = EntryRow { sighting: Some(sighting(article)), article_at: Some(article.published) };
        tree("entries").insert(article.id.0, entry::encode(article.id, &row)).unwrap();
    }
    let row = EntryRow { sighting: Some(sighting(&filled.expired)), article_at: None };
    tree("entries").insert(filled.expired.id.0, entry::encode(filled.expired.id, &row)).unwrap();
    for known in &filled.states {
        put("states", &keys::of_source(&known.source), &state::encode(known).unwrap());
    }
    let rejects = rejecting_plan("b", 10, 0..2).rejects.into_iter().map(|reject| (at(10), reject)).collect::<Vec<_>>();
    put("rejects", &keys::of_source(&name("b")), &state::encode_rejects(&rejects).unwrap());
    put("meta", b"counts", br#"{"groups":7,"articles":5,"sightings":6,"article_bytes":12345}"#);
    db.flush().unwrap();
    filled
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn r11_a_store_of_layout_1_is_written_anew_with_everything_after_a_snapshot() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let mut filled = make(&folder);
    let store = open(&folder);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    filled.articles.sort_by_key(Place::of);
    let arrived: Vec<_> = store.arrived(None, 0..100).unwrap().into_iter().map(|(_, article)| article).collect();
    assert!(arrived == filled.articles, "the order of time stands for that of arrival");
    assert_eq!(store.source_states().unwrap(), filled.states);
    assert_eq!(store.rejects(&name("b")).unwrap().len(), 2);
    let totals = store.totals().unwrap();
    assert_eq!((totals.articles, totals.sightings, totals.sources), (5, 6, 4));
    assert_eq!(fs::read_to_string(folder.join("layout")).unwrap(), "feedmill store layout 6\n");
    assert_eq!(names(data.path()), ["snapshots", "store", "store.lock"]);

    let snapshots = snapshot::list(&data.path().join("snapshots")).unwrap();
    assert_eq!(snapshots.len(), 1);
    assert_eq!(
        (snapshots[0].0, snapshot::check(&snapshots[0].1, &mut nobody).unwrap().articles),
        (at(1), 5),
        "of the time of the last poll"
    );
    drop(store);
    assert_eq!(open(&folder).totals().unwrap().articles, 5, "and is opened as any other");
}

#[test]
fn what_expired_under_layout_1_is_not_new_and_finds_its_source_when_it_is_seen_again() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let filled = make(&folder);
    let store = open(&folder);
    let (id, source) = (filled.expired.id, name("b"));
    assert_eq!(store.sightings(&source, &[id]).unwrap(), [Some(sighting(&filled.expired))]);
    assert_eq!(store.find_sighting(id).unwrap(), Some(sighting(&filled.expired)));
    let seen = Sighting { last_seen: at(5_000), ..sighting(&filled.expired) };
    let again = PollPlan { sightings: vec![seen.clone()], ..plan("b", 5_000, Vec::new()) };
    store.apply(&[again]).unwrap();
    assert_eq!(store.sightings(&source, &[id]).unwrap(), [Some(seen.clone())]);
    assert_eq!((store.totals().unwrap().sightings, store.verify().unwrap()), (6, Vec::new()));
    let mut owners = Vec::new();
    store
        .export(&mut |record| {
            if let Record::Sighting(owner, sighting) = record
                && sighting.id == id
            {
                owners.push(owner);
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(owners, [Some(source)]);
}

#[test]
fn a_damaged_store_of_layout_1_is_not_replaced() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    make(&folder);
    {
        // The one before may still be letting go of the file.
        let db = trees::open_db(&folder, options()).unwrap();
        let (key, _) = db.open_tree("articles").unwrap().iter().next().unwrap().unwrap();
        db.open_tree("articles").unwrap().insert(key, b"garbage").unwrap();
        db.flush().unwrap();
    }
    assert!(matches!(SledStore::open(&folder, options()), Err(StoreError::Damaged(_))));
    assert_eq!(fs::read_to_string(folder.join("layout")).unwrap(), "feedmill store layout 1\n");
}

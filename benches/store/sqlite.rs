//! SQLite with the same rows, written as durably: WAL with `synchronous = FULL`, one transaction a group, the same orders to read by.

use std::path::Path;

use feedmill::model::PollPlan;
use feedmill::store::rows::article::encode;
use rusqlite::{Connection, params};

use crate::load::Load;
use crate::{Failure, measure, say};

/// What our trees hold, as anyone would declare it.
const TABLES: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE articles (arrival INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, source TEXT NOT NULL, seconds INTEGER NOT NULL, row BLOB NOT NULL);
CREATE INDEX by_time ON articles (seconds, id);
CREATE INDEX by_source ON articles (source, seconds, id);
CREATE TABLE sightings (source TEXT NOT NULL, id BLOB NOT NULL, first_seen INTEGER, last_seen INTEGER, published INTEGER, fingerprint BLOB,
    revision INTEGER, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE states (source TEXT PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID;
";

fn write(db: &mut Connection, plans: &[PollPlan]) -> Result<(), Failure> {
    let all = db.transaction()?;
    {
        let mut article = all.prepare_cached("INSERT INTO articles (id, source, seconds, row) VALUES (?1, ?2, ?3, ?4)")?;
        let mut sighting = all.prepare_cached("INSERT OR REPLACE INTO sightings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let mut state = all.prepare_cached("INSERT OR REPLACE INTO states VALUES (?1, ?2)")?;
        for plan in plans {
            for one in &plan.articles {
                article.execute(params![one.id.0, one.source.as_str(), one.published.timestamp(), encode(one)?])?;
            }
            for one in &plan.sightings {
                let (first, last, published) = (one.first_seen.timestamp(), one.last_seen.timestamp(), one.published.timestamp());
                sighting.execute(params![plan.source.as_str(), one.id.0, first, last, published, one.fingerprint.0, one.revision])?;
            }
            state.execute(params![plan.source.as_str(), feedmill::store::rows::state::encode(&plan.state)?])?;
        }
    }
    all.commit()?;
    Ok(())
}

/// Writes what ours wrote, reads it in the same ways; gives durable articles a second.
pub fn compare(load: &mut Load, folder: &Path) -> Result<f64, Failure> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join("sqlite.db");
    let mut db = Connection::open(&file)?;
    db.execute_batch(TABLES)?;
    let done = load.write(|plans| write(&mut db, plans))?;
    let speed = done.say("SQLite");
    let newest = "SELECT row FROM articles ORDER BY seconds DESC, id DESC LIMIT 100";
    let mut read = db.prepare(newest)?;
    let rows = measure(50, || {
        let rows = read.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
        // As text only: ours are articles.
        Ok::<usize, rusqlite::Error>(rows.len())
    })?;
    say("SQLite: newest 100, not decoded", rows);
    drop(read);
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    say("SQLite: bytes on disk a plain byte", format!("{:.2}", std::fs::metadata(&file)?.len() as f64 / done.plain_bytes as f64));
    Ok(speed)
}

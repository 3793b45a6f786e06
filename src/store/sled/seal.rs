//! What must be there, kept in a small file outside sled: a truncated log opens without a complaint, with articles gone (R5).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::room::Tail;
use crate::store::StoreError;
use crate::store::disk::io_failed;
use crate::store::rows::frame::checksum;

const SEAL_FILE: &str = "seal";
/// The file always has this length, so that writing it anew is one write in place.
const SEAL_BYTES: usize = 512;
const CHECKSUM_BYTES: usize = 8;

/// How much is in the store: counting a tree would read all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Durable groups written so far.
    pub(super) groups: u64,
    pub(super) articles: u64,
    pub(super) sightings: u64,
    /// Sightings of which it is not known whose they are.
    #[serde(default)]
    pub(super) orphans: u64,
    /// Bytes of the packs of articles that there are.
    #[serde(default)]
    pub(super) pack_bytes: u64,
    /// The number that the next article gets.
    #[serde(default)]
    pub(super) next: u64,
    /// Articles that came, were replaced or went.
    #[serde(default)]
    pub(super) changes: u64,
    /// The files' size, in bytes, when the store was written anew the last time; 0: it never was.
    #[serde(default)]
    pub(super) anew_bytes: u64,
    /// The trees of order have the articles that arrived before this number; the others are kept in memory.
    #[serde(default)]
    pub(super) ordered: u64,
    /// Layers of the filter of entries; `None`: it does not have all that the tree has.
    #[serde(default)]
    pub(super) filter: Option<u32>,
    /// States in packs: those of sources that were polled since are beside them.
    #[serde(default)]
    pub(super) stored_states: u64,
    /// The last page of packs, where it is known.
    #[serde(default)]
    pub(super) tail: Option<Tail>,
}

/// What the file says.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    groups: u64,
    file_bytes: u64,
}

/// What was found in its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// The store is new.
    Nothing,
    /// It cannot be read: a power cut while it was written, or damage.
    Torn,
    /// It can.
    Said(Sealed),
}

impl Found {
    /// Compares it with what was opened. It is written after every durable group without a sync of its own, so it can be older than the
    /// store, but never newer.
    ///
    /// Gives what should be looked into, where something is odd.
    ///
    /// # Errors
    /// What is missing for certain.
    pub(super) fn doubts(self, counts: Counts, file_bytes: u64) -> Result<Option<String>, String> {
        let sealed = match self {
            Self::Nothing => return Ok(None),
            Self::Torn => return Ok(Some("its file `seal` cannot be read".into())),
            Self::Said(sealed) => sealed,
        };
        if counts.groups < sealed.groups {
            return Err(format!("it ends at write {} and {} were acknowledged", counts.groups, sealed.groups));
        }
        // sled shortens its file by itself when the end is empty, so this alone is no damage.
        let shorter = file_bytes < sealed.file_bytes;
        Ok(shorter.then(|| format!("its file has {file_bytes} bytes and had {}", sealed.file_bytes)))
    }
}

/// The open file.
#[derive(Debug)]
pub(super) struct Seal(Mutex<Open>);

#[derive(Debug)]
struct Open {
    file: File,
    /// What it says, where it can be read.
    says: Option<Sealed>,
}

impl Seal {
    /// Opens it and gives what it says.
    pub(super) fn open(folder: &Path) -> Result<(Self, Found), StoreError> {
        let path = folder.join(SEAL_FILE);
        let failed = |why: io::Error| io_failed(&path, "open", &why);
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        let is_new = file.metadata().map_err(failed)?.len() == 0;
        let mut content = [0; SEAL_BYTES];
        let said = file.read_exact(&mut content).ok().and_then(|()| read(&content));
        let found = match said {
            Some(said) => Found::Said(said),
            None if is_new => Found::Nothing,
            None => Found::Torn,
        };
        Ok((Self(Mutex::new(Open { file, says: said })), found))
    }

    /// Writes it anew.
    pub(super) fn write(&self, counts: Counts, file_bytes: u64) -> io::Result<()> {
        self.say(|_| Some(Sealed { groups: counts.groups, file_bytes }))
    }

    /// Notes that sled's file is shorter now, where it is: what is said of it is no longer true then, and nothing else was written.
    pub(super) fn shorten(&self, file_bytes: u64) -> io::Result<()> {
        self.say(|says| says.filter(|says| file_bytes < says.file_bytes).map(|says| Sealed { file_bytes, ..says }))
    }

    /// Writes what `new` makes of what it says, where that makes anything.
    fn say(&self, new: impl FnOnce(Option<Sealed>) -> Option<Sealed>) -> io::Result<()> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sealed) = new(open.says) else { return Ok(()) };
        let text = serde_json::to_vec(&sealed)?;
        let mut content = [b' '; SEAL_BYTES];
        let (sum, room) = content.split_at_mut(CHECKSUM_BYTES);
        room.get_mut(..text.len()).ok_or(io::ErrorKind::InvalidData)?.copy_from_slice(&text);
        sum.copy_from_slice(&checksum::<CHECKSUM_BYTES>(&[room]));
        open.file.seek(SeekFrom::Start(0))?;
        open.file.write_all(&content)?;
        open.says = Some(sealed);
        Ok(())
    }
}

fn read(content: &[u8; SEAL_BYTES]) -> Option<Sealed> {
    let (sum, text) = content.split_at(CHECKSUM_BYTES);
    (sum == checksum::<CHECKSUM_BYTES>(&[text])).then(|| serde_json::from_slice(text).ok())?
}

//! A disk that forgets at a power cut what was not synced (R2), for tests.
//!
//! Every sync of the store goes through `disk::sync_file` and `disk::sync_folder`. While a test has a [`Disk`] watched, each of them is
//! noted before it is made: what a file held then is durable from then on, and so are the names of a folder. At a cut a file holds what was
//! durable, with any of the sectors that were written later; a folder has the names that it had at its last sync or at any moment noted
//! since. What sled itself syncs is not believed (its flush is no sync), but for its files `snap.*`, which it syncs before it names them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

thread_local! {
    static WATCHED: RefCell<Option<Disk>> = const { RefCell::new(None) };
}

/// A file or folder under whatever name. Numbers are used again, so the time of birth is part of it.
type Id = (u64, Option<SystemTime>);
type Names = BTreeMap<OsString, Id>;
type Content = Arc<Vec<u8>>;

/// What is on the disk for certain, and what may be.
pub(super) struct Disk {
    root: PathBuf,
    dice: fastrand::Rng,
    synced: HashMap<Id, Content>,
    /// The names that a folder had at its last sync, then those noted since.
    names: HashMap<Id, Vec<Names>>,
    /// One in so many syncs is cut off.
    cut_one_in: u32,
    cuts_folder: PathBuf,
    /// What was acknowledged so far; goes with each cut.
    acknowledged: usize,
    cuts: Vec<Cut>,
}

/// The folder as it is after a power cut.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) folder: PathBuf,
    /// As many groups had been acknowledged.
    pub(super) acknowledged: usize,
}

/// How much of what was not synced has reached the disk.
#[derive(Clone, Copy)]
enum Luck {
    Nothing,
    Everything,
    /// The sectors up to one of them, in order.
    Beginning,
    /// Each sector with this chance, out of 100.
    Some(u8),
}

/// Watches what is below `root`, which is durable as it is; one in `cut_one_in` syncs of this thread is cut off, into `cuts_folder`.
pub(super) fn watch(root: &Path, cuts_folder: &Path, seed: u64, cut_one_in: u32) {
    let mut disk = Disk {
        root: root.to_owned(),
        dice: fastrand::Rng::with_seed(seed),
        synced: HashMap::new(),
        names: HashMap::new(),
        cut_one_in,
        cuts_folder: cuts_folder.to_owned(),
        acknowledged: 0,
        cuts: Vec::new(),
    };
    disk.trust(root);
    WATCHED.with_borrow_mut(|watched| *watched = Some(disk));
}

/// From now on so many groups are acknowledged.
pub(super) fn acknowledge(groups: usize) {
    WATCHED.with_borrow_mut(|watched| watched.iter_mut().for_each(|disk| disk.acknowledged = groups));
}

/// Cuts the power now.
pub(super) fn cut() {
    WATCHED.with_borrow_mut(|watched| watched.iter_mut().for_each(Disk::cut));
}

/// Ends the watching and gives the cuts.
pub(super) fn cuts() -> Vec<Cut> {
    WATCHED.with_borrow_mut(|watched| watched.take().map(|disk| disk.cuts).unwrap_or_default())
}

/// This file is about to be synced.
pub(super) fn syncing_file(file: &File) {
    WATCHED.with_borrow_mut(|watched| {
        let Some(disk) = watched else { return };
        disk.note();
        let id = id(&file.metadata().unwrap());
        let path = disk.find(&disk.root.clone(), id);
        if let Some(path) = path {
            disk.synced.insert(id, Arc::new(fs::read(path).unwrap()));
        }
    });
}

/// The names in this folder are about to be synced.
pub(super) fn syncing_folder(folder: &Path) {
    WATCHED.with_borrow_mut(|watched| {
        let Some(disk) = watched else { return };
        disk.note();
        if let Ok(folder) = fs::metadata(folder)
            && let Some(names) = disk.names.get_mut(&id(&folder))
        {
            names.drain(..names.len() - 1);
        }
    });
}

fn id(data: &Metadata) -> Id {
    (data.ino(), data.created().ok())
}

fn entries(folder: &Path) -> Vec<(OsString, PathBuf, Metadata)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    // sled removes files of its own meanwhile.
    let mut found: Vec<_> = entries.filter_map(|entry| Some((entry.file_name(), entry.path(), entry.metadata().ok()?))).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

impl Disk {
    /// Takes everything below for durable.
    fn trust(&mut self, folder: &Path) {
        let found = entries(folder);
        for (_, path, data) in &found {
            if data.is_dir() {
                self.trust(path);
            } else {
                self.synced.insert(id(data), Arc::new(fs::read(path).unwrap()));
            }
        }
        let names = found.into_iter().map(|(name, _, data)| (name, id(&data))).collect();
        self.names.insert(id(&fs::metadata(folder).unwrap()), vec![names]);
    }

    /// Cuts the power here perhaps, then notes what is here.
    fn note(&mut self) {
        self.note_names(&self.root.clone());
        if self.dice.u32(..self.cut_one_in) == 0 {
            self.cut();
        }
    }

    fn note_names(&mut self, folder: &Path) {
        let found = entries(folder);
        found.iter().filter(|(.., data)| data.is_dir()).for_each(|(_, path, _)| self.note_names(path));
        let now: Names = found.into_iter().map(|(name, _, data)| (name, id(&data))).collect();
        // A new folder is durably empty at the most.
        let known = self.names.entry(id(&fs::metadata(folder).unwrap())).or_insert_with(|| vec![Names::new()]);
        if known.last() != Some(&now) {
            known.push(now);
        }
    }

    fn find(&self, folder: &Path, wanted: Id) -> Option<PathBuf> {
        entries(folder).into_iter().find_map(|(_, path, data)| match data.is_dir() {
            true => self.find(&path, wanted),
            false => (id(&data) == wanted).then_some(path),
        })
    }

    /// Makes a folder that holds what is left after a power cut now.
    fn cut(&mut self) {
        self.note_names(&self.root.clone());
        let mut contents = HashMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for (_, path, data) in entries(&folder) {
                if data.is_dir() {
                    folders.push(path);
                } else if let Ok(content) = fs::read(&path) {
                    contents.insert(id(&data), content);
                }
            }
        }
        let luck = match self.dice.u8(..8) {
            0 | 1 => Luck::Nothing,
            2 => Luck::Everything,
            3 | 4 => Luck::Beginning,
            _ => Luck::Some(self.dice.u8(1..100)),
        };
        let folder = self.cuts_folder.join(self.cuts.len().to_string());
        let root = id(&fs::metadata(&self.root).unwrap());
        self.lay_out(root, &folder, &contents, luck);
        self.cuts.push(Cut { folder, acknowledged: self.acknowledged });
    }

    fn lay_out(&mut self, of: Id, to: &Path, contents: &HashMap<Id, Vec<u8>>, luck: Luck) {
        fs::create_dir_all(to).unwrap();
        let Some(known) = self.names.get(&of) else { return };
        let names = known[self.dice.usize(..known.len())].clone();
        for (name, node) in names {
            let path = to.join(&name);
            if self.names.contains_key(&node) {
                self.lay_out(node, &path, contents, luck);
                continue;
            }
            let (old, new) = (self.synced.get(&node).cloned().unwrap_or_default(), contents.get(&node));
            let name = name.to_string_lossy();
            let is_synced_by_sled = name.starts_with("snap.") && !name.ends_with(".generating");
            let content = match new {
                Some(new) if is_synced_by_sled => new.clone(),
                Some(new) => self.mixed(&old, new, luck),
                None => old.to_vec(),
            };
            fs::write(path, content).unwrap();
        }
    }

    /// What was durable, with some of what was written later.
    fn mixed(&mut self, old: &[u8], new: &[u8], luck: Luck) -> Vec<u8> {
        let sectors = old.len().max(new.len()).div_ceil(SECTOR_BYTES);
        let border = self.dice.usize(..=sectors);
        let length = match luck {
            Luck::Nothing => old.len(),
            Luck::Everything => new.len(),
            Luck::Beginning | Luck::Some(_) if self.dice.bool() => new.len(),
            Luck::Beginning | Luck::Some(_) => self.dice.usize(old.len().min(new.len())..=old.len().max(new.len())),
        };
        // What is between is there as zeros: the length is durable before the bytes.
        let mut mixed = vec![0; length];
        for (number, sector) in mixed.chunks_mut(SECTOR_BYTES).enumerate() {
            let takes_new = match luck {
                Luck::Nothing => false,
                Luck::Everything => true,
                Luck::Beginning => number < border,
                Luck::Some(chance) => self.dice.u8(..100) < chance,
            };
            let from = if takes_new { new } else { old };
            let from = from.get(number * SECTOR_BYTES..).unwrap_or_default();
            let length = from.len().min(sector.len());
            sector[..length].copy_from_slice(&from[..length]);
        }
        mixed
    }
}

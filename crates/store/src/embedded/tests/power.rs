//! A disk under a page cache, as Linux has them: syncs can fail, and the power can go.
//!
//! - A write goes into the cache and makes its page dirty; a read shows the cache.
//! - A sync that succeeds writes the dirty pages. One that fails writes some of them, and all count
//!   as clean from then on: no later sync writes them, and reads show them while they are cached.
//! - A power loss leaves what the disk has, and of the dirty pages any.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use redb::{BackendError, StorageBackend};

use super::super::disk::{Access, Disk, Medium, Name};

const PAGE: usize = 4096;

type Page = [u8; PAGE];

/// The folder of a store on such a disk. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct PowerDisk(Arc<Mutex<World>>);

#[derive(Debug, Default)]
struct World {
    files: Vec<FileState>,
    /// Which file has which name, as everybody sees it and as the disk has it.
    names: BTreeMap<Name, usize>,
    durable_names: BTreeMap<Name, usize>,
    faults: Faults,
    /// How many syncs there were, of files and of the folder.
    syncs: u64,
    /// How many bytes were read.
    read: u64,
    random: u64,
    off: bool,
}

/// What goes wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// The syncs that fail, counted from 0.
    pub(super) syncs: BTreeSet<u64>,
    /// Every sync fails.
    pub(super) broken: bool,
    /// The sync before which the power goes.
    pub(super) power_loss: Option<u64>,
    /// The operating system does not forget cached pages when it is asked to.
    pub(super) sticky_cache: bool,
    /// A sync takes as long as on a real disk.
    pub(super) slow: bool,
    /// Every write and every change of a length fails like this.
    pub(super) writes: Option<io::ErrorKind>,
    /// Why the file is no longer at its path.
    pub(super) moved: Option<String>,
    /// The pages of each file that cannot be read, by number.
    pub(super) unreadable: BTreeSet<u64>,
}

#[derive(Debug, Default)]
struct FileState {
    cached: BTreeMap<u64, (Page, bool)>,
    on_disk: BTreeMap<u64, Page>,
    len: u64,
    durable_len: u64,
}

impl PowerDisk {
    pub(super) fn new(seed: u64) -> Self {
        let disk = Self::default();
        disk.world().random = seed.wrapping_mul(2).wrapping_add(1);
        disk
    }

    pub(super) fn set(&self, faults: Faults) {
        self.world().faults = faults;
    }

    pub(super) fn syncs(&self) -> u64 {
        self.world().syncs
    }

    /// How many bytes were read since this was asked last.
    pub(super) fn read(&self) -> u64 {
        std::mem::take(&mut self.world().read)
    }

    /// How many pages the store has.
    pub(super) fn pages(&self) -> u64 {
        let world = self.world();
        world.files[world.names[&Name::Store]].len.div_ceil(PAGE as u64)
    }

    pub(super) fn has(&self, name: Name) -> bool {
        self.world().names.contains_key(&name)
    }

    /// The power goes, if it is not gone yet, and comes back. The disk has no more faults.
    pub(super) fn restart(&self) {
        let world = &mut *self.world();
        if world.chance() {
            world.durable_names = world.names.clone();
        }
        world.names = world.durable_names.clone();
        for number in 0..world.files.len() {
            world.lose_memory(number);
        }
        world.off = false;
        world.faults = Faults::default();
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

impl World {
    /// A coin; xorshift, so that a seed says all.
    fn chance(&mut self) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random & 0x100 == 0
    }

    fn powered(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Counts a sync; whether it succeeds.
    fn sync(&mut self) -> io::Result<()> {
        self.powered()?;
        let number = self.syncs;
        self.syncs += 1;
        if self.faults.power_loss == Some(number) {
            self.off = true;
            self.powered()?;
        }
        if self.faults.broken || self.faults.syncs.contains(&number) {
            return Err(io::Error::other("the disk has a bad day"));
        }
        Ok(())
    }

    fn sync_file(&mut self, number: usize) -> io::Result<()> {
        let synced = self.sync();
        self.powered()?;
        let dirty: Vec<u64> = self.files[number]
            .cached
            .iter()
            .filter(|(_, (_, dirty))| *dirty)
            .map(|(at, _)| *at)
            .collect();
        for at in dirty {
            let written = synced.is_ok() || self.chance();
            let file = &mut self.files[number];
            let (page, dirty) = file.cached.get_mut(&at).unwrap();
            *dirty = false;
            if written {
                file.on_disk.insert(at, *page);
            }
        }
        if synced.is_ok() || self.chance() {
            self.files[number].durable_len = self.files[number].len;
        }
        synced
    }

    fn lose_memory(&mut self, number: usize) {
        let cached = std::mem::take(&mut self.files[number].cached);
        for (at, (page, dirty)) in cached {
            if dirty && self.chance() {
                self.files[number].on_disk.insert(at, page);
            }
        }
        let keeps_len = self.chance();
        let file = &mut self.files[number];
        if keeps_len {
            file.durable_len = file.len;
        }
        file.len = file.durable_len;
        let pages = file.len.div_ceil(PAGE as u64);
        file.on_disk.retain(|at, _| *at < pages);
    }
}

impl FileState {
    fn page(&mut self, at: u64) -> &mut (Page, bool) {
        let on_disk = self.on_disk.get(&at).copied().unwrap_or([0; PAGE]);
        self.cached.entry(at).or_insert((on_disk, false))
    }

    /// Calls `visit` with each page that the range covers, and which bytes of the page and of the
    /// range belong together.
    fn visit(
        &mut self,
        offset: u64,
        len: usize,
        mut visit: impl FnMut(&mut (Page, bool), Range<usize>, Range<usize>),
    ) {
        let mut done = 0;
        while done < len {
            let at = offset + done as u64;
            let start = usize::try_from(at % PAGE as u64).unwrap();
            let count = (PAGE - start).min(len - done);
            visit(self.page(at / PAGE as u64), start..start + count, done..done + count);
            done += count;
        }
    }
}

impl Disk for PowerDisk {
    fn open(&self, name: Name, _access: Access) -> io::Result<Option<Box<dyn Medium>>> {
        let world = self.world();
        world.powered()?;
        Ok(world.names.get(&name).map(|number| -> Box<dyn Medium> {
            Box::new(PowerFile { disk: self.clone(), number: *number })
        }))
    }

    fn create(&self, name: Name) -> io::Result<Box<dyn Medium>> {
        let mut world = self.world();
        world.powered()?;
        assert!(!world.names.contains_key(&name), "{name:?} exists");
        let number = world.files.len();
        world.files.push(FileState::default());
        world.names.insert(name, number);
        Ok(Box::new(PowerFile { disk: self.clone(), number }))
    }

    fn rename(&self, from: Name, to: Name) -> io::Result<()> {
        let mut world = self.world();
        world.powered()?;
        let number = world.names.remove(&from).ok_or(io::ErrorKind::NotFound)?;
        world.names.insert(to, number);
        drop(world);
        self.sync()
    }

    fn rename_new(&self, from: Name, to: Name) -> io::Result<()> {
        if self.has(to) { Err(io::ErrorKind::AlreadyExists.into()) } else { self.rename(from, to) }
    }

    fn remove(&self, name: Name) -> io::Result<()> {
        let mut world = self.world();
        world.powered()?;
        world.names.remove(&name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world();
        world.sync()?;
        world.durable_names = world.names.clone();
        Ok(())
    }

    fn path(&self, name: Name) -> PathBuf {
        format!("power disk {name:?}").into()
    }
}

#[derive(Debug)]
struct PowerFile {
    disk: PowerDisk,
    number: usize,
}

impl PowerFile {
    fn changing(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.disk.world();
        world.powered()?;
        match world.faults.writes {
            Some(kind) => Err(kind.into()),
            None => Ok(world),
        }
    }
}

impl Medium for PowerFile {
    fn drop_cache(&self) {
        let mut world = self.disk.world();
        if !world.faults.sticky_cache {
            world.files[self.number].cached.retain(|_, (_, dirty)| *dirty);
        }
    }

    fn moved(&self) -> Option<String> {
        self.disk.world().faults.moved.clone()
    }
}

impl StorageBackend for PowerFile {
    fn len(&self) -> io::Result<u64> {
        let world = self.disk.world();
        world.powered()?;
        Ok(world.files[self.number].len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut world = self.disk.world();
        world.powered()?;
        world.read += out.len() as u64;
        let pages = offset / PAGE as u64..(offset + out.len() as u64).div_ceil(PAGE as u64);
        if world.faults.unreadable.range(pages).next().is_some() {
            return Err(io::Error::other("a sector cannot be read"));
        }
        let file = &mut world.files[self.number];
        if offset + out.len() as u64 > file.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.visit(offset, out.len(), |(page, _), within, part| {
            out[part].copy_from_slice(&page[within]);
        });
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut world = self.changing()?;
        let file = &mut world.files[self.number];
        file.len = len;
        let pages = len.div_ceil(PAGE as u64);
        file.cached.retain(|at, _| *at < pages);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let slow = self.disk.world().faults.slow;
        if slow {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.disk.world().sync_file(self.number)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut world = self.changing()?;
        let file = &mut world.files[self.number];
        file.len = file.len.max(offset + data.len() as u64);
        file.visit(offset, data.len(), |(page, dirty), within, part| {
            page[within].copy_from_slice(&data[part]);
            *dirty = true;
        });
        Ok(())
    }

    // Locks are tested on real files.
    fn try_lock_range(
        &self,
        _start: std::ops::Bound<u64>,
        _end: std::ops::Bound<u64>,
    ) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(
        &self,
        _start: std::ops::Bound<u64>,
        _end: std::ops::Bound<u64>,
    ) -> Result<(), BackendError> {
        Ok(())
    }
}

//! The file that is appended to, and the room that is kept free in it.
//!
//! The room is asked of the file system ahead of the end, so that what is promised to an act before
//! it is made is still there afterwards. Where the file system cannot do that, a full disk is
//! noticed when a line is written.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    sync::Arc,
};

use aecs_core::Room;
use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};

use super::AuditError;

/// What is kept free for acts, in bytes.
const RESERVED: u64 = 128 << 10;
/// How much is asked of the file system at a time, in bytes.
const AHEAD: u64 = 512 << 10;

#[derive(Debug)]
pub(super) struct Segment {
    file: Arc<File>,
    /// Where the last whole line ends.
    end: u64,
    /// Up to where the file system has promised room.
    promised: u64,
    /// Whether it promises anything.
    promises: bool,
    /// There may be a part of a line behind `end`.
    torn: bool,
}

impl Segment {
    /// Opens or makes the file, for this process only.
    pub(super) fn open(path: &Path) -> Result<Self, AuditError> {
        let file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        if !file.metadata()?.is_file() {
            let reason = format!("{}: not a regular file", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason).into());
        }
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => AuditError::InUse,
            TryLockError::Error(error) => AuditError::Io(error),
        })?;
        let end = file.metadata()?.len();
        let file = Arc::new(file);
        Ok(Self { file, end, promised: end, promises: true, torn: false })
    }

    /// What somebody else did to the file at `path` since the last line; none if it is as this
    /// server left it.
    pub(super) fn changed(&self, path: &Path) -> io::Result<Option<String>> {
        let own = self.file.metadata()?;
        match path.metadata() {
            Ok(found) if (found.dev(), found.ino()) == (own.dev(), own.ino()) => {}
            Ok(_) => return Ok(Some("another file was put in its place".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some("its file was removed or renamed".to_owned()));
            }
            Err(error) => return Err(error),
        }
        let (len, end) = (own.len(), self.end);
        let is_as_left = len == end || (self.torn && len > end);
        Ok((!is_as_left).then(|| format!("its file has {len} bytes, and must have {end}")))
    }

    /// Cuts off what comes after the last whole line. Never makes the file longer: somebody else may
    /// have cut it.
    fn cut_back(&mut self) -> io::Result<()> {
        self.promised = self.end;
        if self.file.metadata()?.len() >= self.end { self.file.set_len(self.end) } else { Ok(()) }
    }

    /// Cuts off the last `bytes`.
    pub(super) fn cut(&mut self, bytes: u64) -> io::Result<()> {
        if bytes > 0 {
            self.end = self.end.saturating_sub(bytes);
            self.cut_back()?;
        }
        Ok(())
    }

    pub(super) fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Appends a line, whole or not at all.
    pub(super) fn append(&mut self, line: &[u8], room: Room) -> io::Result<()> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.room(room, length)?;
        if self.torn {
            self.cut_back()?;
            self.torn = false;
        }
        let written = (&*self.file).write_all(line);
        if written.is_ok() {
            self.end = self.end.saturating_add(length);
        } else {
            self.torn = self.cut_back().is_err();
        }
        written
    }

    /// Makes sure that `length` bytes can be appended.
    pub(super) fn room(&mut self, room: Room, length: u64) -> io::Result<()> {
        let kept = if room == Room::Free { RESERVED } else { 0 };
        let needed = length.saturating_add(kept);
        if !self.promises || self.promised.saturating_sub(self.end) >= needed {
            return Ok(());
        }
        for ahead in [needed.max(AHEAD), needed] {
            match fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.end, ahead) {
                Ok(()) => {
                    self.promised = self.end.saturating_add(ahead);
                    return Ok(());
                }
                Err(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => {}
                Err(Errno::INTR) => return Ok(()),
                Err(_) => {
                    // No such call here: not every file system and not every enclave has it.
                    self.promises = false;
                    return Ok(());
                }
            }
        }
        Err(Errno::NOSPC.into())
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // Gives back what was promised and not used, and leaves alone what somebody else made of
        // it.
        if self.torn || self.file.metadata().is_ok_and(|file| file.len() == self.end) {
            let _ = self.cut_back();
        }
    }
}

//! A group of changes as one batch for the store, and what the index becomes once it is written.

use std::collections::BTreeSet;

use aecs_store::{Batch, Key, PutMode, Version};

use super::{
    Name, VaultError,
    change::Content,
    history::{self, Point},
    index::{Index, LiveRecord},
    name::state_key,
    plan::{Entries, NewContent, Plan},
    seals::{Seals, Stamp},
    state::State,
};

/// Sealed and ready to be written.
pub(super) struct Prepared {
    /// The entries that are not records, the records, then the state record.
    batch: Batch,
    entries: Entered,
    /// Each with its stamp and the bytes of its content.
    written: Vec<(Name, Stamp, usize)>,
    removed: Vec<Name>,
    state: State,
    /// The version of the state record before.
    before: Option<Version>,
}

/// The entries in a batch that are not records.
struct Entered {
    keys: BTreeSet<Key>,
    /// How many of them are written, and not removed.
    put: usize,
}

impl Entered {
    /// A batch of them, and which they are.
    fn new(entries: Entries) -> (Batch, Self) {
        let put = entries.values().flatten().count();
        let keys = entries.keys().cloned().collect();
        let batch = entries.into_iter().fold(Batch::new(), |batch, (key, value)| match value {
            Some(value) => batch.put(key, value, PutMode::Overwrite),
            None => batch.delete(key, None),
        });
        (batch, Self { keys, put })
    }
}

/// What the index has to take over.
pub(super) struct Outcome {
    pub(super) written: Vec<(Name, LiveRecord)>,
    pub(super) removed: Vec<Name>,
    pub(super) state: State,
    pub(super) state_version: Version,
}

impl Prepared {
    /// Seals what `plan` makes of the records of `index`.
    ///
    /// Every operation is conditional on the version that the index knows, so that the store
    /// refuses the batch if another writer has changed it.
    pub(super) fn new(plan: Plan, index: &Index, seals: &Seals) -> Result<Self, VaultError> {
        let before = index.state();
        let mut state = State { epoch: plan.epoch(), ..before.clone() };
        let epoch = state.epoch;
        let (mut latest, entries) = plan.into_parts();
        if let Some((name, block)) = state.recent.leave(before.epoch)? {
            latest.insert(name, Some(NewContent { epoch, content: Content::Bytes(block.into()) }));
        }
        let (mut batch, entries) = Entered::new(entries);
        let mut content = history::Content::NOTHING;
        let (mut written, mut removed, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for (name, latest) in latest {
            let held = index.get(&name);
            if let Some(held) = held {
                state.sum = state.sum.minus(seals.number(&name, &held.stamp));
                state.count = state.count.saturating_sub(1);
            }
            if latest.is_some() {
                state.count = state.count.saturating_add(1);
            }
            let version = held.map(|held| held.version);
            match latest {
                Some(NewContent { epoch, content: Content::Bytes(plain) }) => {
                    let sealed = seals.seal_record(&name, epoch, &plain)?;
                    content.add(&name, Some(&sealed));
                    let stamp = stamp_of(&sealed, &name)?;
                    state.sum = state.sum.plus(seals.number(&name, &stamp));
                    batch = batch.put(name.key().clone(), sealed, mode(version));
                    written.push((name, stamp, plain.len()));
                }
                // It holds the chain, so it is sealed when the chain is known.
                Some(NewContent { epoch, content: Content::Mark }) => {
                    content.add(&name, None);
                    marks.push((name, epoch, version));
                }
                None => {
                    content.add(&name, None);
                    // Without a version, it was created and removed within the group.
                    if let Some(version) = version {
                        batch = batch.delete(name.key().clone(), Some(version));
                        removed.push(name);
                    }
                }
            }
        }
        state.recent.advance(epoch, &content);
        let point = Point { epoch, chain: state.recent.chain };
        for (name, epoch, version) in marks {
            let sealed = seals.seal_record(&name, epoch, &point.encode().to_vec().into())?;
            let stamp = stamp_of(&sealed, &name)?;
            state.sum = state.sum.plus(seals.number(&name, &stamp));
            batch = batch.put(name.key().clone(), sealed, mode(version));
            written.push((name, stamp, Point::LEN));
        }
        let key = state_key()?;
        let sealed = seals.seal_state(&key, &state)?;
        batch = batch.put(key, sealed, mode(index.state_version()));
        Ok(Self { batch, entries, written, removed, state, before: index.state_version() })
    }

    /// The keys of the entries that are not records; they come first in the batch.
    pub(super) fn entries(&self) -> &BTreeSet<Key> {
        &self.entries.keys
    }

    /// Of the versions that the store gave to all puts, those of the vault's own records.
    pub(super) fn own<'a>(&self, versions: &'a [Version]) -> &'a [Version] {
        versions.get(self.entries.put..).unwrap_or_default()
    }

    pub(super) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(super) fn state_version_before(&self) -> Option<Version> {
        self.before
    }

    /// The records that change.
    pub(super) fn names(&self) -> BTreeSet<Name> {
        self.written.iter().map(|(name, ..)| name).chain(&self.removed).cloned().collect()
    }

    /// What becomes of the index, from the versions that the store gave to the vault's own puts;
    /// `None` if their number is wrong.
    pub(super) fn outcome(self, versions: &[Version]) -> Option<Outcome> {
        let (state_version, versions) = versions.split_last()?;
        if versions.len() != self.written.len() {
            return None;
        }
        let Self { written, removed, state, .. } = self;
        let written = written
            .into_iter()
            .zip(versions)
            .map(|((name, stamp, len), version)| {
                (name, LiveRecord { stamp, version: *version, len })
            })
            .collect();
        Some(Outcome { written, removed, state, state_version: *state_version })
    }
}

fn stamp_of(sealed: &[u8], name: &Name) -> Result<Stamp, VaultError> {
    Stamp::of(sealed).map_err(|what| VaultError::Tampered { name: name.key().clone(), what })
}

fn mode(version: Option<Version>) -> PutMode {
    version.map_or(PutMode::Create, PutMode::Update)
}

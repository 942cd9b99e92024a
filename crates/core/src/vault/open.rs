//! Opening: every record is read, its seal is checked, and all must add up to the state record.

use std::collections::BTreeMap;

use aecs_store::{Entry, Key, Store};

use super::{
    Name, Tampering, VaultError,
    digest::Sum,
    history::{Point, decode_all},
    index::{Index, LiveRecord},
    name::{FOLDERS, STATE, state_key},
    seals::{Seals, Stamp},
    state::State,
};

/// How many records are read at a time.
const PAGE_LIMIT: usize = 256;

/// Builds the index of what is in `store`.
pub(super) async fn load(store: &dyn Store, seals: &Seals) -> Result<Index, VaultError> {
    let key = state_key()?;
    let Some(entry) = store.get(&key).await? else {
        return no_records(store).await;
    };
    let state = seals
        .open_state(&key, &entry.value)
        .map_err(|what| VaultError::Tampered { name: key.clone(), what })?;

    let mut records = BTreeMap::new();
    let mut points = Vec::new();
    for folder in FOLDERS {
        let mut after = None;
        while let Some(page) = next_page(store, folder, &mut after).await? {
            for (key, entry) in page {
                if key.as_str() == STATE {
                    continue;
                }
                let (name, held) = check(seals, &state, key, &entry, &mut points)?;
                records.insert(name, held);
            }
        }
    }
    // Over what the index will hold, not over what was listed: a store may list a record twice.
    if total(&records, seals) != (state.count, state.sum) {
        return Err(VaultError::Tampered { name: key, what: Tampering::Sum });
    }
    Ok(Index::loaded(records, points, state, entry.version))
}

/// Whether anything in `store` was written with these keys, damaged though the rest may be.
pub(super) async fn any_opens(store: &dyn Store, seals: &Seals) -> Result<bool, VaultError> {
    let key = state_key()?;
    if let Some(entry) = store.get(&key).await?
        && seals.open_state(&key, &entry.value).is_ok()
    {
        return Ok(true);
    }
    for folder in FOLDERS {
        let mut after = None;
        while let Some(page) = next_page(store, folder, &mut after).await? {
            for (key, entry) in page {
                let Ok(name) = Name::from_key(key) else { continue };
                let Ok(stamp) = Stamp::of(&entry.value) else { continue };
                if seals.open_record(&name, &stamp, Some(&entry.value)).is_ok() {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// A store without a state record must have no records either.
async fn no_records(store: &dyn Store) -> Result<Index, VaultError> {
    for folder in FOLDERS {
        let page = store.list(folder, None, 1).await?;
        if let Some((name, _)) = page.entries.into_iter().next() {
            return Err(VaultError::Tampered { name, what: Tampering::NoState });
        }
    }
    Ok(Index::empty())
}

/// The entries of `folder` after `after`, which moves on; `None` at the end.
async fn next_page(
    store: &dyn Store,
    folder: &str,
    after: &mut Option<Key>,
) -> Result<Option<Vec<(Key, Entry)>>, VaultError> {
    let page = store.list(folder, after.as_ref(), PAGE_LIMIT).await?;
    *after = page.entries.last().map(|(key, _)| key.clone());
    Ok(after.is_some().then_some(page.entries))
}

/// Checks one record by what it says of itself, which the sum then proves or disproves. Collects
/// the points of the history.
fn check(
    seals: &Seals,
    state: &State,
    key: Key,
    entry: &Entry,
    points: &mut Vec<Point>,
) -> Result<(Name, LiveRecord), VaultError> {
    let name = Name::from_key(key)?;
    let tampered = |what| VaultError::Tampered { name: name.key().clone(), what };
    let stamp = Stamp::of(&entry.value).map_err(tampered)?;
    if stamp.epoch > state.epoch {
        return Err(tampered(Tampering::AfterState { found: stamp.epoch, state: state.epoch }));
    }
    let plain = seals.open_record(&name, &stamp, Some(&entry.value)).map_err(tampered)?;
    if name.is_history() {
        let block = decode_all(plain.expose()).ok_or_else(|| tampered(Tampering::Malformed))?;
        points.extend(block);
    }
    Ok((name, LiveRecord { stamp, version: entry.version, len: plain.len() }))
}

/// The number and the sum of `records`.
fn total(records: &BTreeMap<Name, LiveRecord>, seals: &Seals) -> (u64, Sum) {
    records.iter().fold((0, Sum::ZERO), |(count, sum), (name, held)| {
        (count.saturating_add(1), sum.plus(seals.number(name, &held.stamp)))
    })
}

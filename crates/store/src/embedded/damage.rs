//! Lists the records in a damaged page, so that the operator knows which ones are affected.

use std::sync::Arc;

use super::{session::Session, tables};
use crate::Key;

/// Describes the page at which the check of the file failed: the last one that was read.
pub(super) fn describe(session: &Arc<Session>) -> String {
    match session.last_read() {
        Ok((at, page)) if at > 0 => {
            let records = match keys(&page).as_slice() {
                [] => "it holds no records, but the index that leads to them".to_owned(),
                [only] => format!("it holds the record {only}"),
                [first, .., last] => format!("it holds the records from {first} to {last}"),
            };
            let len = page.len();
            format!("the store is damaged in the page at byte {at} ({len} bytes); {records}")
        }
        Ok(_) => "the store is damaged in its header at byte 0, or is not a store".to_owned(),
        Err(error) => format!("the store is damaged: {error}"),
    }
}

/// The readable keys in a leaf page of redb. Its layout: a 1, an unused byte, the number of entries
/// (2 bytes), the end of each key (4 bytes each), the end of each value (4 bytes each), then the
/// keys. Numbers are little endian, ends are offsets from the start of the page.
fn keys(page: &[u8]) -> Vec<Key> {
    let Some(([1, _, low, high], ends)) = page.split_first_chunk::<4>() else { return Vec::new() };
    let count = usize::from(u16::from_le_bytes([*low, *high]));
    let mut start = 4 + 8 * count;
    let mut keys = Vec::new();
    for end in ends.chunks_exact(4).take(count) {
        let Some(end) = end.try_into().ok().map(u32::from_le_bytes) else { break };
        let Ok(end) = usize::try_from(end) else { break };
        let key = page.get(start..end).and_then(|key| std::str::from_utf8(key).ok());
        keys.extend(key.and_then(|key| Key::new(key).ok()));
        start = end;
    }
    // The page that lists the tables also has keys.
    if keys.iter().any(|key| tables::names().contains(&key.as_str())) { Vec::new() } else { keys }
}

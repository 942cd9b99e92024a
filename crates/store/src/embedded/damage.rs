//! Which records a damaged page holds, so that the operator knows what is at stake.

use std::sync::Arc;

use super::{session::Session, tables};
use crate::Key;

/// Describes the page at which the check of the file ended: the one that was read last.
pub(super) fn describe(session: &Arc<Session>) -> String {
    match session.last_read() {
        Ok((at, page)) if at > 0 => {
            let records = match keys(&page).as_slice() {
                [] => "it holds no records, but is needed to find them".to_owned(),
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

/// The keys in a leaf page of redb that can still be read. Its form: a 1, a byte that is not used,
/// the number of entries (2 bytes), where each key ends (4 bytes each), where each value ends (4
/// bytes each), then the keys; numbers are little endian, ends are counted from the start of the
/// page.
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
    // The page that lists the tables has keys, too.
    if keys.iter().any(|key| tables::names().contains(&key.as_str())) { Vec::new() } else { keys }
}

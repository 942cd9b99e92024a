//! Says where a damaged file is damaged.

use std::sync::Arc;

use super::session::Session;

/// Describes the page at which the check of the file failed: the last one that was read.
pub(super) fn describe(session: &Arc<Session>) -> String {
    match session.last_read() {
        Ok((at, page)) if at > 0 => {
            let len = page.len();
            format!("the store is damaged in the page at byte {at} ({len} bytes)")
        }
        Ok(_) => "the store is damaged in its header at byte 0, or is not a store".to_owned(),
        Err(error) => format!("the store is damaged: {error}"),
    }
}

//! The rules of a listing, for every back-end with ordered keys.

use std::ops::Bound;

use crate::{Entry, Error, Key, Page, Result};

/// A page ends when its values have this many bytes together (8 MiB).
pub const MAX_PAGE_BYTES: usize = 8 << 20;

/// The state of one call of [`Store::list`](crate::Store::list).
///
/// The back-end reads its keys in order from [`start`](Self::start) and offers each entry until
/// [`offer`](Self::offer) returns false.
///
/// ```
/// use aecs_store::{Entry, Error, Key, Scan, Version};
///
/// # fn main() -> Result<(), Error> {
/// let mut scan = Scan::new("a/", None, 1)?;
/// for name in ["a/1", "a/2", "b/1"] {
///     let entry = Entry { value: Vec::new(), version: Version::new(1) };
///     if !scan.offer(Key::new(name)?, entry) {
///         break;
///     }
/// }
/// let page = scan.finish();
/// assert_eq!(page.entries.len(), 1);
/// assert!(page.more);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Scan<'a> {
    prefix: &'a str,
    after: Option<&'a Key>,
    limit: usize,
    bytes: usize,
    page: Page,
}

impl<'a> Scan<'a> {
    /// Starts a scan with the arguments of the listing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidLimit`] if `limit` is 0.
    pub fn new(prefix: &'a str, after: Option<&'a Key>, limit: usize) -> Result<Self> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        Ok(Self { prefix, after, limit, bytes: 0, page: Page { entries: Vec::new(), more: false } })
    }

    /// The bound at which the scan of the keys starts.
    pub fn start(&self) -> Bound<&'a str> {
        match self.after {
            Some(after) if after.as_str() >= self.prefix => Bound::Excluded(after.as_str()),
            _ => Bound::Included(self.prefix),
        }
    }

    /// Adds an entry. Returns false when the scan ends: after the prefix, or when the page is full.
    pub fn offer(&mut self, key: Key, entry: Entry) -> bool {
        if !key.as_str().starts_with(self.prefix) {
            return false;
        }
        if self.page.entries.len() >= self.limit || self.bytes >= MAX_PAGE_BYTES {
            self.page.more = true;
            return false;
        }
        self.bytes = self.bytes.saturating_add(entry.value.len());
        self.page.entries.push((key, entry));
        true
    }

    /// The page.
    pub fn finish(self) -> Page {
        self.page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAX_VALUE_LEN, Version};

    fn key(name: &str) -> Key {
        Key::new(name).unwrap()
    }

    fn entry(len: usize) -> Entry {
        Entry { value: vec![0; len], version: Version::new(1) }
    }

    #[test]
    fn starts_at_the_later_of_prefix_and_after() {
        let (before, within, past) = (key("a"), key("b/1"), key("c"));
        let start = |after| Scan::new("b/", after, 1).unwrap().start();
        assert_eq!(start(None), Bound::Included("b/"));
        assert_eq!(start(Some(&before)), Bound::Included("b/"));
        assert_eq!(start(Some(&within)), Bound::Excluded("b/1"));
        assert_eq!(start(Some(&past)), Bound::Excluded("c"));
    }

    #[test]
    fn large_values_end_a_page_early() {
        let mut scan = Scan::new("", None, 100).unwrap();
        let taken =
            (0..100).take_while(|n| scan.offer(key(&format!("k{n:03}")), entry(MAX_VALUE_LEN)));
        assert_eq!(taken.count(), MAX_PAGE_BYTES / MAX_VALUE_LEN);
        assert!(scan.finish().more);
    }

    #[test]
    fn the_end_of_the_prefix_is_not_more() {
        let mut scan = Scan::new("a/", None, 5).unwrap();
        assert!(scan.offer(key("a/1"), entry(1)));
        assert!(!scan.offer(key("b/1"), entry(1)));
        assert!(!scan.finish().more);
    }
}

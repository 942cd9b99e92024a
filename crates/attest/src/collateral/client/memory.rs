//! Entries in memory, bounded in number and size; the one not used for longest goes first.

use std::collections::HashMap;

use crate::collateral::{CollateralEntry, CollateralItem};

pub(super) struct Memory {
    entries: HashMap<CollateralItem, Slot>,
    bytes: usize,
    /// Counts uses, so that they can be ordered.
    uses: u64,
    max_entries: usize,
    max_bytes: usize,
}

struct Slot {
    entry: CollateralEntry,
    used: u64,
}

impl Memory {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { entries: HashMap::new(), bytes: 0, uses: 0, max_entries, max_bytes }
    }

    pub(super) fn get(&mut self, item: &CollateralItem) -> Option<CollateralEntry> {
        self.uses += 1;
        let slot = self.entries.get_mut(item)?;
        slot.used = self.uses;
        Some(slot.entry.clone())
    }

    /// Puts an entry in the place of its item.
    pub(super) fn insert(&mut self, entry: CollateralEntry) {
        self.uses += 1;
        self.remove(&entry.item().clone());
        self.bytes += entry.content().len();
        let slot = Slot { used: self.uses, entry };
        self.entries.insert(slot.entry.item().clone(), slot);
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            let oldest = self.entries.values().min_by_key(|slot| slot.used);
            let Some(oldest) = oldest.map(|slot| slot.entry.item().clone()) else { break };
            self.remove(&oldest);
        }
    }

    pub(super) fn items(&self) -> Vec<CollateralEntry> {
        self.entries.values().map(|slot| slot.entry.clone()).collect()
    }

    /// Entries and their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }

    fn remove(&mut self, item: &CollateralItem) {
        if let Some(slot) = self.entries.remove(item) {
            self.bytes -= slot.entry.content().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn entry(number: usize) -> CollateralEntry {
        let mut content = vec![0; 832 + 2084];
        content[36] = 0x13;
        content[840..842].copy_from_slice(&[0x04, 0x10]);
        CollateralEntry::new(item(number), content, SystemTime::now()).unwrap()
    }

    fn item(number: usize) -> CollateralItem {
        CollateralItem::HygonHskCek { chip_id: number.to_string() }
    }

    #[test]
    fn the_one_not_used_for_longest_goes_first() {
        let mut memory = Memory::new(3, usize::MAX);
        (0..3).for_each(|number| memory.insert(entry(number)));
        assert!(memory.get(&item(0)).is_some());
        memory.insert(entry(3));
        assert!(memory.get(&item(1)).is_none());
        assert!([0, 2, 3].iter().all(|number| memory.get(&item(*number)).is_some()));
        memory.insert(entry(3));
        assert_eq!(memory.size(), (3, 3 * 2916));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut memory = Memory::new(100, 3 * 2916 - 1);
        (0..50).for_each(|number| memory.insert(entry(number)));
        assert_eq!(memory.size(), (2, 2 * 2916));
        let mut none = Memory::new(100, 10);
        none.insert(entry(1));
        assert_eq!(none.size(), (0, 0));
    }
}

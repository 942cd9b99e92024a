//! What records say, as it was read last.
//!
//! Invariant: what is remembered of a record is what reading it again would give. Reading is a pure function
//! of the record's content, and a vault never has another content under one name at one epoch; so the key is
//! the vault, the name and the epoch. Whether the record is still at that epoch is asked of the vault each time.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::vault::{Epoch, Name};

/// What was read of records, up to a limit in bytes.
pub(crate) struct ByEpoch<V> {
    memory: Mutex<Memory<V>>,
    /// Of each of the two halves.
    half: usize,
}

/// Two halves: when the recent one is full, it becomes the older one, whose records that were not asked for
/// meanwhile are forgotten.
struct Memory<V> {
    recent: HashMap<Name, Remembered<V>>,
    older: HashMap<Name, Remembered<V>>,
    /// Of the recent half.
    bytes: usize,
}

struct Remembered<V> {
    deployment: [u8; 32],
    epoch: Epoch,
    bytes: usize,
    value: V,
}

impl<V: Clone> ByEpoch<V> {
    /// Remembers up to this number of bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let memory = Memory { recent: HashMap::new(), older: HashMap::new(), bytes: 0 };
        Self { memory: Mutex::new(memory), half: bytes / 2 }
    }

    /// What the record of that epoch in the vault of that deployment says, if it is remembered.
    pub(crate) fn get(&self, deployment: &[u8; 32], record: &Name, epoch: Epoch) -> Option<V> {
        let mut memory = self.memory.lock();
        if let Some(known) = memory.recent.get(record) {
            return known.is(deployment, epoch).then(|| known.value.clone());
        }
        let (record, known) = memory.older.remove_entry(record)?;
        let value = known.is(deployment, epoch).then(|| known.value.clone());
        if value.is_some() {
            memory.keep(record, known, self.half);
        }
        value
    }

    /// Remembers what the record of that epoch says. `bytes` is about what that takes.
    pub(crate) fn put(
        &self,
        deployment: [u8; 32],
        record: Name,
        epoch: Epoch,
        bytes: usize,
        value: V,
    ) {
        self.memory.lock().keep(record, Remembered { deployment, epoch, bytes, value }, self.half);
    }
}

impl<V> Remembered<V> {
    fn is(&self, deployment: &[u8; 32], epoch: Epoch) -> bool {
        self.epoch == epoch && self.deployment == *deployment
    }
}

impl<V> Memory<V> {
    fn keep(&mut self, record: Name, known: Remembered<V>, half: usize) {
        if known.bytes > half {
            return;
        }
        self.older.remove(&record);
        self.bytes = self.bytes.saturating_add(known.bytes);
        if let Some(before) = self.recent.insert(record.clone(), known) {
            self.bytes = self.bytes.saturating_sub(before.bytes);
        }
        if self.bytes > half
            && let Some(last) = self.recent.remove(&record)
        {
            self.older = std::mem::take(&mut self.recent);
            self.bytes = last.bytes;
            self.recent.insert(record, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> Name {
        Name::new(&format!("aecs/{n}")).unwrap()
    }

    #[test]
    fn another_epoch_name_or_deployment_is_not_remembered() {
        let memory = ByEpoch::new(1000);
        memory.put([1; 32], name(1), 7, 10, "seven");
        assert_eq!(memory.get(&[1; 32], &name(1), 7), Some("seven"));
        for (deployment, record, epoch) in
            [([1; 32], 1, 8), ([1; 32], 1, 6), ([2; 32], 1, 7), ([1; 32], 2, 7)]
        {
            assert_eq!(memory.get(&deployment, &name(record), epoch), None);
        }
        memory.put([1; 32], name(1), 8, 10, "eight");
        assert_eq!(memory.get(&[1; 32], &name(1), 7), None);
        assert_eq!(memory.get(&[1; 32], &name(1), 8), Some("eight"));
        // The same of what has become older.
        let memory = ByEpoch::new(20);
        memory.put([1; 32], name(1), 7, 10, "seven");
        memory.put([1; 32], name(2), 7, 10, "other");
        assert_eq!(memory.get(&[2; 32], &name(1), 7), None);
        assert_eq!(memory.get(&[1; 32], &name(1), 7), None, "forgotten with that");
    }

    #[test]
    fn memory_has_a_limit_and_what_is_used_stays() {
        let memory = ByEpoch::new(100);
        let sizes = || {
            let memory = memory.memory.lock();
            let sum = |half: &HashMap<Name, Remembered<usize>>| {
                half.values().map(|known| known.bytes).sum::<usize>()
            };
            assert_eq!(sum(&memory.recent), memory.bytes);
            (sum(&memory.recent), sum(&memory.older))
        };
        for n in 0..1000 {
            memory.put([0; 32], name(n), 1, 1 + n % 50, n);
            let (recent, older) = sizes();
            assert!(recent <= 50 && older <= 50, "{n}: {recent} {older}");
            if n >= 1 {
                assert_eq!(memory.get(&[0; 32], &name(n), 1), Some(n), "the last one");
            }
        }
        memory.put([0; 32], name(7), 1, 51, 7);
        assert_eq!(memory.get(&[0; 32], &name(7), 1), None, "too large");
        // A value that is used often stays, however many others come.
        memory.put([0; 32], name(5), 1, 10, 5);
        for n in 2000..2500 {
            assert_eq!(memory.get(&[0; 32], &name(5), 1), Some(5), "{n}");
            memory.put([0; 32], name(n), 1, 30, n);
        }
        assert_eq!(memory.get(&[0; 32], &name(2000), 1), None);
        // The same record again takes no more room.
        for _ in 0..100 {
            memory.put([0; 32], name(6), 1, 40, 6);
        }
        assert!(sizes().0 <= 50);
    }
}

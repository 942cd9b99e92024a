//! What was used last, up to a limit, with a fair share for everybody.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// Owners whose values weigh less than this count as alike.
const ALIKE: usize = 16 * 1024;

/// Keeps values by key. When they weigh more than a limit, the owners whose values weigh most lose
/// the one that was not used for the longest time: nobody makes it forget the values of an owner
/// who has less than half as much. Owners are alike if their weights differ by less than a factor
/// of two.
#[derive(Debug)]
pub(crate) struct Lru<O, K, V> {
    entries: HashMap<K, Entry<O, V>>,
    /// Each key once, by when it was used.
    by_use: BTreeMap<u64, K>,
    owners: HashMap<O, Held>,
    /// The place of each owner: the heaviest last, of those that are alike the one with the value
    /// that was not used for the longest time.
    places: BTreeSet<Place>,
    /// So far. No two uses have the same number.
    uses: u64,
    /// Of all values.
    weight: usize,
    limit: usize,
}

/// The binary logarithm of an owner's weight, and when its longest unused value was used.
type Place = (u32, Reverse<u64>);

#[derive(Debug)]
struct Entry<O, V> {
    owner: O,
    value: V,
    weight: usize,
    used: u64,
}

/// What an owner has: the weight of all its values, and when each was used.
#[derive(Debug, Default)]
struct Held {
    weight: usize,
    uses: BTreeSet<u64>,
}

impl Held {
    fn place(&self) -> Option<Place> {
        Some((self.weight.max(ALIKE).ilog2(), Reverse(*self.uses.first()?)))
    }
}

impl<O: Copy + Eq + Hash, K: Copy + Eq + Hash, V> Lru<O, K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
            owners: HashMap::new(),
            places: BTreeSet::new(),
            uses: 0,
            weight: 0,
            limit,
        }
    }

    /// The value of a key, which counts as a use.
    pub(crate) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        self.uses += 1;
        let (owner, before, now) = (entry.owner, entry.used, self.uses);
        entry.used = now;
        self.by_use.remove(&before);
        self.by_use.insert(now, *key);
        self.change(owner, |held| {
            held.uses.remove(&before);
            held.uses.insert(now);
        });
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Keeps a value in place of the one that the key had. One that weighs more than the limit is
    /// not kept.
    pub(crate) fn put(&mut self, owner: O, key: K, value: V, weight: usize) {
        self.remove(&key);
        if weight > self.limit {
            return;
        }
        self.uses += 1;
        let used = self.uses;
        self.weight += weight;
        self.by_use.insert(used, key);
        self.entries.insert(key, Entry { owner, value, weight, used });
        self.change(owner, |held| {
            held.weight += weight;
            held.uses.insert(used);
        });
        while self.weight > self.limit {
            let Some((_, Reverse(used))) = self.places.last() else { return };
            let Some(key) = self.by_use.get(used).copied() else { return };
            self.remove(&key);
        }
    }

    /// Forgets the value of a key.
    pub(crate) fn remove(&mut self, key: &K) {
        let Some(Entry { owner, weight, used, .. }) = self.entries.remove(key) else { return };
        self.weight -= weight;
        self.by_use.remove(&used);
        self.change(owner, |held| {
            held.weight -= weight;
            held.uses.remove(&used);
        });
    }

    /// Changes what an owner has, and its place among the owners.
    fn change(&mut self, owner: O, change: impl FnOnce(&mut Held)) {
        let held = self.owners.entry(owner).or_default();
        held.place().map(|place| self.places.remove(&place));
        change(held);
        match held.place() {
            Some(place) => drop(self.places.insert(place)),
            None => drop(self.owners.remove(&owner)),
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weight of a value that makes its owner heavier than another one with half as many.
    const HEAVY: usize = ALIKE;

    /// Whether each of these keys is there.
    fn there<const N: usize>(lru: &Lru<char, u32, u32>, keys: [u32; N]) -> [bool; N] {
        let all = lru.entries.len();
        assert_eq!((lru.by_use.len(), lru.weight <= lru.limit), (all, true));
        assert_eq!(lru.owners.values().map(|held| held.weight).sum::<usize>(), lru.weight);
        assert_eq!(lru.owners.values().map(|held| held.uses.len()).sum::<usize>(), all);
        let places: BTreeSet<_> = lru.owners.values().filter_map(Held::place).collect();
        assert_eq!(places, lru.places);
        keys.map(|key| lru.entries.contains_key(&key))
    }

    #[test]
    fn the_longest_unused_are_forgotten() {
        let mut lru = Lru::new(30);
        for key in 1..=3 {
            lru.put('a', key, key * 100, 10);
        }
        assert_eq!(lru.get(&1), Some(&100));
        lru.put('a', 4, 400, 10);
        assert_eq!(there(&lru, [1, 2, 3, 4]), [true, false, true, true]);
        lru.put('a', 5, 500, 20);
        assert_eq!(there(&lru, [1, 3, 4, 5]), [false, false, true, true]);
        assert_eq!(lru.get(&3), None);
        assert_eq!(lru.get(&5), Some(&500));
    }

    #[test]
    fn the_weight_is_that_of_what_is_kept() {
        let mut lru = Lru::new(30);
        lru.put('a', 1, 1, 20);
        lru.put('b', 1, 2, 10);
        lru.put('b', 2, 3, 20);
        assert_eq!((there(&lru, [1, 2]), lru.get(&1)), ([true, true], Some(&2)));
        lru.put('a', 2, 4, 31);
        assert_eq!(there(&lru, [1, 2]), [true, false]);
        let mut none = Lru::new(0);
        none.put('a', 1, 1, 1);
        assert_eq!((there(&none, [1]), none.len()), ([false], 0));
    }

    #[test]
    fn nobody_makes_it_forget_those_who_have_much_less() {
        let mut lru = Lru::new(100 * HEAVY);
        for key in 0..3 {
            lru.put('a', key, 0, HEAVY);
        }
        lru.put('b', 3, 0, HEAVY);
        for key in 10..1000 {
            lru.put('z', key, 0, HEAVY);
            assert_eq!(there(&lru, [0, 1, 2, 3]), [true; 4], "{key}");
        }
        assert_eq!(lru.len(), 100);
        // Values that weigh more are no way around it.
        for key in 1000..1100 {
            lru.put('z', key, 0, 60 * HEAVY);
            assert_eq!(there(&lru, [0, 1, 2, 3]), [true; 4], "{key}");
        }
        lru.put('y', 2000, 0, 90 * HEAVY);
        assert_eq!(there(&lru, [0, 1, 2, 3]), [true; 4]);
    }

    #[test]
    fn owners_of_one_value_each_take_turns() {
        let mut lru = Lru::new(3);
        for (owner, key) in ['a', 'b', 'c', 'd', 'e'].into_iter().zip(0..) {
            lru.put(owner, key, 0, 1);
        }
        assert_eq!(there(&lru, [0, 1, 2, 3, 4]), [false, false, true, true, true]);
        lru.get(&2);
        lru.put('f', 5, 0, 1);
        assert_eq!(there(&lru, [2, 3, 4, 5]), [true, false, true, true]);
    }
}

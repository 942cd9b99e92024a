//! Random operations by several writers on one store, with every fault at every step, against a plain
//! map.
//!
//! `AECS_VAULT_STEPS` and `AECS_VAULT_SEED` set the number of steps and where they begin; the test that is
//! ignored by default runs 100,000.

use std::{collections::BTreeMap, env, sync::Arc, time::Duration};

use aecs_store::{
    Error as StoreError,
    pages::{PageId, PageStore},
};
use tokio::task::JoinSet;

use super::{
    invariants::{Opened, check},
    name, open, seals,
    store::{Fault, Faulty, Random},
    try_open,
    wish::{Act, Map, Wish, bytes, measure, refusal},
};
use crate::{
    Epoch, Measure, Options, Point, Standing, Tampering, Vault, VaultError, garbage::Keep,
    known::Known, shape::Shape,
};

/// The longest page of all shapes that are used here.
const LONGEST: usize = 900;

struct Model {
    store: Arc<Faulty>,
    random: Random,
    vaults: Vec<Vault>,
    map: Map,
    epoch: Epoch,
    points: Vec<Point>,
    old_roots: Vec<Vec<u8>>,
    old_pages: Vec<Vec<u8>>,
    opened: Opened,
    step: usize,
    highest: usize,
    told: BTreeMap<&'static str, usize>,
}

impl Model {
    async fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (is_shared, has_transactions) = (!random.once_in(5), random.once_in(2));
        let store = Arc::new(Faulty::new(is_shared, has_transactions, seed));
        let mut model = Self {
            store,
            random,
            vaults: Vec::new(),
            map: Map::new(),
            epoch: 0,
            points: Vec::new(),
            old_roots: Vec::new(),
            old_pages: Vec::new(),
            opened: Opened::default(),
            step: 0,
            highest: 0,
            told: BTreeMap::new(),
        };
        // What is not shared has one writer.
        for _ in 0..if is_shared { 3 } else { 1 } {
            let vault = model.fresh().await;
            model.vaults.push(vault);
        }
        model
    }

    /// A vault with a cold cache and any shape.
    async fn fresh(&mut self) -> Vault {
        let page = *self.random.pick(&[300, 500, LONGEST]);
        let shape = Shape { page, inline: 60, content: 100, blocks: 3 };
        let keep = Keep { commits: *self.random.pick(&[0, 4, 20]), time: Duration::ZERO };
        let cache = Arc::new(crate::Cache::new(*self.random.pick(&[0, 20_000, 1 << 20])));
        let options = Options { shape, keep, cache };
        try_open(&self.store, options).await.unwrap()
    }

    fn tell(&mut self, what: &'static str) {
        *self.told.entry(what).or_default() += 1;
    }

    fn name(&mut self) -> String {
        let n = self.random.below(600);
        let long = if n.is_multiple_of(3) { "a-secret-of-a-long-name-" } else { "c" };
        format!("aecs/svc{:02}/{long}{n}", n % 7)
    }

    fn content(&mut self) -> Vec<u8> {
        let len = match self.random.below(12) {
            0 => 0,
            1 => 60 + self.random.below(400),
            _ => self.random.below(60),
        };
        let mut content = vec![0; len];
        content.fill_with(|| u8::try_from(self.random.below(256)).unwrap());
        content
    }

    fn wish(&mut self) -> Wish {
        // Times of growing and of shrinking, so that trees become high and low again.
        let is_shrinking = self.step / 500 % 3 == 2;
        let mut acts: BTreeMap<String, Act> = BTreeMap::new();
        for _ in 0..=self.random.below(4) {
            let name = self.name();
            let epoch = match self.map.get(&name) {
                Some((epoch, _)) if !self.random.once_in(8) => *epoch,
                _ => 1 + self.random.next() % 5,
            };
            let removes =
                if is_shrinking { self.random.below(4) > 0 } else { self.random.once_in(6) };
            let content = self.content();
            let act = match self.random.below(8) {
                _ if removes && self.random.once_in(2) => Act::Remove(Some(epoch)),
                _ if removes => Act::Remove(None),
                0..3 => Act::Create(content),
                3 => Act::Replace(epoch, content),
                4 => Act::Mark,
                _ => Act::Put(content),
            };
            let is_there = self.map.contains_key(&name);
            let act = match act {
                // Most removals and most creates should be accepted.
                Act::Remove(_) if !is_there && !self.random.once_in(8) => continue,
                Act::Create(content) if is_there && !self.random.once_in(8) => Act::Put(content),
                act => act,
            };
            acts.insert(name, act);
        }
        let limit = self.random.once_in(4).then(|| {
            let folder = format!("aecs/svc{:02}/", self.random.below(7));
            let (of, more, less) =
                *self.random.pick(&[(Measure::Bytes, 40, 80), (Measure::Records, 1, 3)]);
            let now = measure(&self.map, &folder, of);
            (folder, of, (now + more).saturating_sub(self.random.next() % less))
        });
        let ground = self.random.once_in(6).then(|| {
            let name = self.name();
            let right = self.map.get(&name).map(|(epoch, _)| *epoch);
            (name, if self.random.once_in(4) { Some(1 + self.random.next() % 5) } else { right })
        });
        Wish { acts: acts.into_iter().collect(), limit, ground }
    }

    /// Several changes at once, by any of the writers, with some faults on the way.
    async fn changes(&mut self, most_faults: usize) {
        let wishes: Vec<Wish> = (0..=self.random.below(5)).map(|_| self.wish()).collect();
        for _ in 0..self.random.below(most_faults + 1) {
            let delay = self.random.below(20);
            let faults = [None, Some(Fault::Fails), Some(Fault::Crashes), Some(Fault::LosesAnswer)];
            let fault = match self.random.below(5) {
                4 => Some(Fault::Delays(delay)),
                kind => faults[kind],
            };
            self.store.state.lock().faults.push_back(fault);
            if let Some(fault) = fault {
                self.tell(match fault {
                    Fault::Fails => "a commit did not arrive",
                    Fault::Crashes => "a commit crashed",
                    Fault::LosesAnswer => "an answer was lost",
                    _ => "a commit was late",
                });
            }
        }
        let mut tasks = JoinSet::new();
        for (number, wish) in wishes.iter().enumerate() {
            let vault = self.random.pick(&self.vaults).clone();
            let change = wish.change();
            tasks.spawn(async move { (number, vault.commit(change).await) });
        }
        let mut accepted = BTreeMap::new();
        let mut refused = Vec::new();
        for (number, result) in tasks.join_all().await {
            match result {
                Ok(_) if wishes[number].acts.is_empty() => {}
                Ok(epoch) => assert!(accepted.insert(epoch, number).is_none(), "an epoch twice"),
                Err(error) => refused.push((number, refusal(&error))),
            }
        }
        let mut states = vec![self.map.clone()];
        for (epoch, number) in accepted {
            assert_eq!(epoch, self.epoch + 1, "epochs follow each other");
            self.map = wishes[number].apply(&self.map, epoch).unwrap();
            self.epoch = epoch;
            states.push(self.map.clone());
            self.tell("changes made");
        }
        for (number, refusal) in refused {
            let is_right =
                |state: &Map| wishes[number].apply(state, 0).err().as_ref() == Some(&refusal);
            assert!(states.iter().any(is_right), "wrongly refused: {refusal}");
            self.tell("changes refused");
        }
        self.store.arrive();
        self.store.state.lock().faults.clear();
    }

    /// A change whose outcome nobody learns: its process dies, or goes on.
    async fn unsettled(&mut self, dies: bool) {
        let wish = self.wish();
        let fault = match self.random.below(4) {
            0 => Fault::Fails,
            1 => Fault::Crashes,
            2 => Fault::LosesAnswer,
            _ => Fault::Delays(1000),
        };
        let vault = if dies { self.fresh().await } else { self.random.pick(&self.vaults).clone() };
        self.store.state.lock().faults.extend([Some(fault); 5]);
        // The root cannot be read either, so that a commit that was made is not found.
        self.store.state.lock().failing_registers = 100;
        let result = vault.commit(wish.change()).await;
        self.store.state.lock().faults.clear();
        self.store.state.lock().failing_registers = 0;
        if self.random.once_in(2) {
            self.store.arrive();
        }
        // After another commit, nothing that is late can be made.
        let next = if dies { self.replacing(vault).await } else { vault };
        let fence = Wish {
            acts: vec![("aecs/fence".to_owned(), Act::Put(vec![1]))],
            limit: None,
            ground: None,
        };
        let epoch = next.commit(fence.change()).await.unwrap();
        self.store.arrive();
        let applied = wish.apply(&self.map, self.epoch + 1);
        match result {
            Err(VaultError::Unsettled(_) | VaultError::Store(StoreError::Unavailable { .. }))
                if epoch == self.epoch + 2 =>
            {
                (self.map, self.epoch) = (applied.unwrap(), self.epoch + 1);
                self.tell("an unsettled change was made");
            }
            Err(VaultError::Unsettled(_) | VaultError::Store(StoreError::Unavailable { .. })) => {
                self.tell("an unsettled change was not made");
            }
            Ok(_) => assert!(wish.acts.is_empty()),
            Err(error) => assert_eq!(Some(refusal(&error)), applied.err()),
        }
        self.epoch += 1;
        assert_eq!(epoch, self.epoch);
        self.map = fence.apply(&self.map, epoch).unwrap();
    }

    /// The vault of another process, after that of `vault` has died.
    async fn replacing(&mut self, vault: Vault) -> Vault {
        drop(vault);
        let next = self.fresh().await;
        self.take_over(&next);
        next
    }

    /// What is not shared has one writer: the last one.
    fn take_over(&mut self, vault: &Vault) {
        if !self.store.is_shared() {
            self.vaults = vec![vault.clone()];
        }
    }

    /// All kinds of reads, as the map says.
    async fn reads(&mut self, vault: &Vault) -> Result<(), VaultError> {
        let wanted = self.name();
        let expected = self.map.get(&wanted);
        let found = vault.get(&name(&wanted)).await?;
        assert_eq!(found.as_ref().map(|found| found.epoch), expected.map(|(epoch, _)| *epoch));
        match (&found, expected) {
            (Some(found), Some((_, Some(content)))) => assert!(found.plain.ct_eq(content)),
            (Some(found), Some((epoch, None))) => {
                let point = Point::decode(found.plain.expose()).unwrap();
                assert!(point.epoch >= *epoch && point.epoch <= self.epoch);
            }
            _ => {}
        }
        let epoch = vault.epoch_of(&name(&wanted)).await?;
        assert_eq!(epoch, expected.map(|(epoch, _)| *epoch));
        let prefix = wanted[..self.random.below(wanted.len())].to_owned();
        let under: Vec<_> = self.map.iter().filter(|(name, _)| name.starts_with(&prefix)).collect();
        assert_eq!(vault.count(&prefix).await?, under.len() as u64, "count {prefix}");
        assert_eq!(vault.bytes(&prefix).await?, bytes(&self.map, &prefix), "bytes {prefix}");
        let with = vault.count_with(&prefix, &[name(&wanted)]).await?;
        assert_eq!(with, (under.len() + usize::from(expected.is_none())) as u64);
        let limit = self.random.below(60);
        let after = self.random.once_in(2).then(|| name(&wanted));
        let page = vault.epochs_page(&prefix, after.as_ref(), limit).await?;
        let is_after = |text: &str| after.as_ref().is_none_or(|after| text > after.as_str());
        let expected = under.iter().filter(|(text, _)| is_after(text)).take(limit);
        let expected: Vec<_> = expected.map(|(text, (epoch, _))| (name(text), *epoch)).collect();
        assert_eq!(page, expected, "a page of {prefix}");
        self.tell("reads");
        Ok(())
    }

    /// What is remembered of the history is found in it.
    async fn judges(&mut self) {
        let vault = self.random.pick(&self.vaults).clone();
        let point = vault.state().await.unwrap().point();
        assert_eq!(point.epoch, self.epoch);
        self.points.push(point);
        let at = self.random.below(self.points.len());
        let point = self.points[at];
        let standing = vault.judge(&point).await.unwrap();
        let is_recent = self.epoch - point.epoch < 60;
        let may_be_forgotten = standing == Standing::Forgotten && !is_recent;
        assert!(standing == Standing::Known || may_be_forgotten, "{standing:?} {point:?}");
        let mut other = point;
        other.chain[3] ^= 1;
        let standing = vault.judge(&other).await.unwrap();
        assert!(matches!(standing, Standing::Other | Standing::Forgotten));
        let ahead = Point { epoch: self.epoch + 1, ..point };
        assert_eq!(vault.judge(&ahead).await.unwrap(), Standing::Ahead);
        self.tell("points judged");
    }

    /// An older root is refused by everybody who has seen a newer one.
    async fn stale_root(&mut self) {
        let Some(stale) = self.random_old_root() else { return };
        let vault = self.random.pick(&self.vaults).clone();
        vault.state().await.unwrap();
        self.store.state.lock().stale = Some(stale);
        let refused = vault.changed(&vault.seen()).await;
        self.store.state.lock().stale = None;
        let what = match refused {
            Err(VaultError::Tampered { what, .. }) => what,
            other => panic!("{other:?}"),
        };
        assert!(matches!(what, Tampering::RolledBack { .. }), "{what:?}");
        self.tell("older roots refused");
    }

    fn random_old_root(&mut self) -> Option<Option<Vec<u8>>> {
        let now = self.store.root();
        self.old_roots.retain(|old| Some(old) != now.as_ref());
        if self.epoch > 0 && self.random.once_in(10) {
            return Some(None);
        }
        let old = (!self.old_roots.is_empty()).then(|| self.random.pick(&self.old_roots).clone());
        Some(Some(old?))
    }

    /// Some pages are lost, edited, exchanged, or replaced by older ones.
    async fn damage(&mut self) {
        let vault = self.fresh().await;
        let ids: Vec<PageId> = self.store.state.lock().pages.keys().copied().collect();
        if ids.len() < 3 {
            return;
        }
        let in_root_before = self.first_in_root();
        for _ in 0..=self.random.below(1 + ids.len() / 4) {
            let id = *self.random.pick(&ids);
            let mut page = self.store.state.lock().pages[&id].clone();
            let answer = match self.random.below(6) {
                0 => None,
                1 => {
                    let other = self.random.pick(&ids);
                    self.store.state.lock().pages.get(other).filter(|_| *other != id).cloned()
                }
                2 if !self.old_pages.is_empty() => {
                    Some(self.random.pick(&self.old_pages).clone()).filter(|old| *old != page)
                }
                3 => Some(page[..self.random.below(page.len())].to_vec()),
                4 => {
                    self.store.state.lock().corrupt.insert(id);
                    continue;
                }
                _ => {
                    let at = self.random.below(page.len());
                    page[at] ^= 1 << self.random.below(8);
                    Some(page)
                }
            };
            self.store.state.lock().answers.insert(id, answer);
        }
        for _ in 0..3 {
            match self.reads(&vault).await {
                Ok(()) => self.tell("reads past damage"),
                Err(VaultError::Tampered { .. }) => self.tell("reads refused for damage"),
                Err(error) => panic!("{error:?}"),
            }
        }
        self.damaged_changes(&vault).await;
        self.take_over(&vault);
        let mut state = self.store.state.lock();
        state.answers.clear();
        state.corrupt.clear();
        drop(state);
        // Points that left the root are lost if their record could not be written. Who remembers one of
        // them is refused: see `Leaving::edit`.
        let lost = in_root_before..self.first_in_root();
        self.points.retain(|point| !lost.contains(&point.epoch));
    }

    /// The epoch of the first point that the root has.
    fn first_in_root(&self) -> Epoch {
        let known = self.store.root().map(|stored| Known::open(&seals(), &stored).unwrap());
        known.and_then(|known| Some(known.root.history.recent.front()?.epoch)).unwrap_or_default()
    }

    /// Changes over damaged pages: each is made as it should be, or refused.
    async fn damaged_changes(&mut self, vault: &Vault) {
        let mut tasks = JoinSet::new();
        let mut wishes: Vec<Wish> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..4 {
            // Each of other records, so that their order does not matter.
            let wish = Wish { limit: None, ground: None, ..self.wish() };
            if wish.acts.iter().all(|(name, _)| names.insert(name.clone())) {
                wishes.push(wish);
            }
        }
        for (number, wish) in wishes.iter().enumerate() {
            let (vault, change) = (vault.clone(), wish.change());
            tasks.spawn(async move { (number, vault.commit(change).await) });
        }
        let mut accepted = BTreeMap::new();
        for (number, result) in tasks.join_all().await {
            match result {
                Ok(_) if wishes[number].acts.is_empty() => {}
                Ok(epoch) => drop(accepted.insert(epoch, number)),
                Err(VaultError::Tampered { .. }) => self.tell("changes refused for damage"),
                Err(error) => {
                    assert_eq!(Some(refusal(&error)), wishes[number].apply(&self.map, 0).err());
                }
            }
        }
        for (epoch, number) in accepted {
            assert_eq!(epoch, self.epoch + 1);
            self.map = wishes[number].apply(&self.map, epoch).unwrap();
            self.epoch = epoch;
            self.tell("changes made past damage");
        }
        // Lists of garbage that could not be read are given up; a sweep finds what they had.
        let mut state = self.store.state.lock();
        let all: Vec<PageId> = state.pages.keys().copied().collect();
        state.leftover.extend(all);
    }

    /// Everything is read and swept.
    async fn verifies(&mut self) {
        let vault = self.random.pick(&self.vaults).clone();
        let report = vault.verify(|_| ()).await.unwrap();
        assert!(report.damaged.is_empty(), "{report:?}");
        let removed = vault.sweep(|_| ()).await.unwrap();
        let Some(survey) = check(&self.store, LONGEST, &mut self.opened) else { return };
        assert_eq!(report.records, survey.known.root.sum.records);
        assert_eq!(report.pages, survey.reached.len() as u64);
        let state = self.store.state.lock();
        let is_known = |id: &PageId| survey.reached.contains(id) || survey.garbage.contains(id);
        assert!(state.pages.keys().all(is_known), "a page is left after a sweep");
        drop(state);
        if removed > 0 {
            self.tell("sweeps that found pages");
        }
    }

    async fn remember(&mut self) {
        self.old_roots.extend(self.store.root());
        let pages = self.store.state.lock().pages.values().next_back().cloned();
        self.old_pages.extend(pages);
        if self.old_roots.len() > 40 {
            let at = self.random.below(40);
            self.old_roots.remove(at);
        }
        if self.old_pages.len() > 40 {
            let at = self.random.below(40);
            self.old_pages.remove(at);
        }
    }

    async fn run(&mut self, steps: usize) {
        for step in 0..steps {
            self.step = step;
            match self.random.below(100) {
                0..40 => self.changes(0).await,
                40..60 => self.changes(3).await,
                60..66 => {
                    let dies = self.random.once_in(2);
                    self.unsettled(dies).await;
                }
                66..82 => {
                    let vault = self.random.pick(&self.vaults).clone();
                    self.reads(&vault).await.unwrap();
                }
                82..88 => self.judges().await,
                88..91 => self.stale_root().await,
                91..95 => self.damage().await,
                95..97 => self.verifies().await,
                97 => {
                    let vault = self.fresh().await;
                    let at = self.random.below(self.vaults.len());
                    self.vaults[at] = vault;
                }
                _ => self.remember().await,
            }
            if let Some(survey) = check(&self.store, LONGEST, &mut self.opened) {
                assert_eq!(survey.known.root.epoch, self.epoch, "step {step}");
                self.highest = self.highest.max(survey.levels.len());
            }
        }
        assert_eq!(open(&self.store).await.count("").await.unwrap(), self.map.len() as u64);
    }
}

async fn run(steps: usize, seed: u64) {
    let mut model = Model::new(seed).await;
    model.run(steps).await;
    println!("{steps} steps, seed {seed}: epoch {}, height {}", model.epoch, model.highest);
    model.told.iter().for_each(|(what, times)| println!("  {times:7} {what}"));
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[tokio::test(start_paused = true)]
async fn a_vault_is_a_map_whatever_the_store_does() {
    let steps = setting("AECS_VAULT_STEPS", 800);
    let first = setting("AECS_VAULT_SEED", 1) as u64;
    for seed in first..first + 4 {
        run(steps / 4, seed).await;
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "takes minutes: for --release"]
async fn a_vault_is_a_map_for_100_000_steps() {
    let first = setting("AECS_VAULT_SEED", 100) as u64;
    for seed in first..first + 10 {
        run(10_000, seed).await;
    }
}

//! What must hold of a store after every step.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use aecs_store::pages::PageId;

use super::{seals, store::Faulty};
use crate::{
    garbage::decode_page,
    known::Known,
    page::{BodyRef, Page, Sum},
    root::MAX_ROOT_LEN,
    seal::{Kind, OVERHEAD},
};

/// Pages that were opened before: they do not change.
#[derive(Default)]
pub(super) struct Opened(HashMap<PageId, Arc<Page>>);

/// The pages of a store, as the root says.
pub(super) struct Survey {
    pub(super) known: Known,
    pub(super) reached: HashSet<PageId>,
    /// Pages that wait for their removal, and the lists of them.
    pub(super) garbage: HashSet<PageId>,
    /// How many pages there are on each level, the leaves first.
    pub(super) levels: Vec<usize>,
    store: Arc<Faulty>,
    longest: usize,
    opened: Opened,
}

/// Reads everything with nothing but the key, and checks that it is a tree: order, sizes, sums, heights;
/// that every page is there once; and that what no root reaches is listed as garbage, or was left behind
/// by a commit that was not made.
pub(super) fn check(store: &Arc<Faulty>, longest: usize, opened: &mut Opened) -> Option<Survey> {
    let stored = store.root()?;
    assert!(stored.len() <= MAX_ROOT_LEN, "a root of {} bytes", stored.len());
    let known = Known::open(&seals(), &stored).unwrap();
    let root = known.root.clone();
    let (reached, garbage) = (HashSet::new(), HashSet::new());
    let levels = vec![0; usize::from(root.height())];
    let store = Arc::clone(store);
    let before = std::mem::take(opened);
    let mut survey = Survey { known, reached, garbage, levels, store, longest, opened: before };
    if let Some(top) = root.top {
        let sum = survey.subtree(top.id, top.height, &[], None);
        assert_eq!(sum, root.sum, "the sum of the root");
        assert!(sum.records > 0, "a tree without records");
    } else {
        assert_eq!(root.sum, Sum::default());
    }
    survey.garbage();
    survey.compare();
    *opened = std::mem::take(&mut survey.opened);
    opened.0.retain(|id, _| survey.reached.contains(id) || survey.garbage.contains(id));
    Some(survey)
}

impl Survey {
    fn open(&mut self, kind: Kind, id: PageId) -> Arc<Page> {
        let state = self.store.state.lock();
        let stored = state.pages.get(&id).unwrap_or_else(|| panic!("{kind:?} {id:?} is missing"));
        let open = || {
            let plain = seals().open_page(kind, id, stored).unwrap();
            Arc::new(Page::parse(kind, plain).unwrap())
        };
        let page = Arc::clone(self.opened.0.entry(id).or_insert_with(open));
        assert_eq!(page.kind(), kind);
        page
    }

    fn reach(&mut self, id: PageId) {
        assert!(self.reached.insert(id), "a page is reached twice");
    }

    fn subtree(&mut self, id: PageId, level: u8, from: &[u8], until: Option<&[u8]>) -> Sum {
        self.reach(id);
        self.levels[usize::from(level) - 1] += 1;
        let page = self.open(if level > 1 { Kind::Inner } else { Kind::Leaf }, id);
        assert!(page.plain().len() <= self.longest, "a page of {} bytes", page.plain().len());
        let names: Vec<Vec<u8>> = (0..page.entries()).map(|at| page.name(at).unwrap()).collect();
        let mut sum = Sum::default();
        for at in 0..page.entries() {
            if level > 1 {
                let from = if at == 0 { from } else { &names[at] };
                let until = names.get(at + 1).map(Vec::as_slice).or(until);
                let child = page.child(at).unwrap();
                let below = self.subtree(child.id, level - 1, from, until);
                assert_eq!(below, child.sum, "the sum of a child");
                sum = sum.plus(below);
                continue;
            }
            let name = names[at].as_slice();
            assert!(name >= from && until.is_none_or(|until| name < until), "a name is misplaced");
            let record = page.record(at).unwrap();
            assert!(record.epoch > 0 && record.epoch <= self.known.root.epoch);
            if let BodyRef::Pages(len, ids) = record.body {
                let mut found = 0;
                for id in ids.iter().copied().map(PageId::from_bytes) {
                    self.reach(id);
                    found += self.open(Kind::Content, id).plain().len();
                }
                assert_eq!(found as u64, u64::from(len));
            }
            sum = sum.plus(Sum { records: 1, bytes: record.body.len() });
        }
        sum
    }

    fn garbage(&mut self) {
        for generation in self.known.root.garbage.generations().cloned().collect::<Vec<_>>() {
            let mut paged = 0;
            self.garbage.extend(&generation.inline);
            let mut head = generation.head;
            while let Some(id) = head {
                self.garbage.insert(id);
                let (before, ids) = decode_page(self.open(Kind::Garbage, id).plain()).unwrap();
                paged += ids.len() as u64;
                self.garbage.extend(ids);
                head = before;
            }
            assert_eq!(paged, generation.paged);
        }
    }

    fn compare(&self) {
        assert!(self.reached.is_disjoint(&self.garbage), "a page that is needed is garbage");
        let state = self.store.state.lock();
        for (id, page) in &state.pages {
            let is_known = self.reached.contains(id) || self.garbage.contains(id);
            assert!(is_known || state.leftover.contains(id), "{id:?} is neither needed nor listed");
            assert!(!self.reached.contains(id) || page.len() >= OVERHEAD);
        }
        for id in &self.garbage {
            let is_explained = state.pages.contains_key(id)
                || state.removed_early.contains(id)
                || state.leftover.contains(id);
            assert!(is_explained, "{id:?} is listed as garbage, but is not there");
        }
    }
}

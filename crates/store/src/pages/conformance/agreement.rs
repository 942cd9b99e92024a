//! Random steps, which every store must answer in the same way.

use std::sync::Arc;

use super::{all_ids, page_id, register, value};
use crate::{
    Error,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag},
};

/// Takes random steps at all `stores`, which are empty at first, and compares their answers and, at
/// the end, everything in them.
pub async fn agree(stores: &[Arc<dyn PageStore>], seed: u64, steps: usize) {
    let mut walk = Walk {
        random: seed.wrapping_mul(2).wrapping_add(1),
        registers: ["root", "identity/a", "identity/b"].map(register),
        tags: vec![Tag::NONE],
        ids: vec![page_id()],
    };
    for step in 0..steps {
        let context = format!("seed {seed}, step {step}");
        match walk.below(10) {
            0..=5 => walk.commit(stores, &context).await,
            6 => walk.read(stores, &context).await,
            7 => walk.pages(stores, &context).await,
            8 => walk.list(stores, &context).await,
            _ => {
                let ids = [walk.id(), walk.id()];
                let deleted = same(stores, &context, async |store| store.delete(&ids).await).await;
                deleted.expect("pages are removed");
            }
        }
    }
    let end = "at the end";
    let ids = same(stores, end, async |store| Ok(all_ids(store).await)).await;
    let contents = same(stores, end, async |store| store.pages(&walk.ids).await).await;
    let registers = same(stores, end, async |store| store.registers("").await).await;
    assert!(ids.is_ok() && contents.is_ok() && registers.is_ok(), "{ids:?} {registers:?}");
    for register in &walk.registers {
        let value = same(stores, end, async |store| store.read(register, Tag::NONE).await).await;
        value.expect("a read succeeds");
    }
}

/// Asks all stores, and returns what all of them answer.
async fn same<T: PartialEq + std::fmt::Debug>(
    stores: &[Arc<dyn PageStore>],
    context: &str,
    ask: impl AsyncFn(&dyn PageStore) -> Result<T, Error>,
) -> Result<T, String> {
    let mut first = None;
    for (number, store) in stores.iter().enumerate() {
        let answer = ask(&**store).await.map_err(|error| error.to_string());
        match &first {
            None => first = Some(answer),
            Some(first) => assert!(
                answer == *first,
                "{context}: store 0 answers {first:?}, store {number} answers {answer:?}"
            ),
        }
    }
    first.expect("there are stores")
}

struct Walk {
    random: u64,
    registers: [Register; 3],
    /// Tags that were expected or written.
    tags: Vec<Tag>,
    /// Ids that were used.
    ids: Vec<PageId>,
}

impl Walk {
    /// A number below `end`; xorshift, so that a seed says all.
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from((self.random >> 16) % end as u64).expect("it is small")
    }

    fn id(&mut self) -> PageId {
        let at = self.below(self.ids.len());
        self.ids[at]
    }

    fn register(&mut self) -> Register {
        let at = self.below(3);
        self.registers[at].clone()
    }

    async fn commit(&mut self, stores: &[Arc<dyn PageStore>], context: &str) {
        let register = self.register();
        let expected = if self.below(4) == 0 {
            let at = self.below(self.tags.len());
            self.tags[at]
        } else {
            let read = async |store: &dyn PageStore| store.read(&register, Tag::NONE).await;
            match same(stores, context, read).await.expect("a read succeeds") {
                Read::New(value) => Tag::of(Some(&value)).expect("it has a tag"),
                _ => Tag::NONE,
            }
        };
        let len = self.below(300);
        let value = (self.below(8) > 0).then(|| value(vec![7; len]));
        let pages: Vec<_> =
            (0..self.below(5)).map(|_| (page_id(), vec![1; self.below(9000)])).collect();
        let dead: Vec<_> = (0..self.below(3)).map(|_| self.id()).collect();
        let ask = async |store: &dyn PageStore| {
            let (value, pages) = (value.as_deref(), &pages[..]);
            store.commit(Commit { register: &register, expected, value, pages, dead: &dead }).await
        };
        let swap = same(stores, context, ask).await;
        self.tags.extend(value.as_deref().map(|value| Tag::of(Some(value)).expect("it has one")));
        let written = pages.iter().map(|(id, _)| *id);
        if swap == Ok(Swap::Done) {
            self.ids.extend(written);
        } else {
            // What is there of a lost commit is left to the store.
            let leavings: Vec<_> = written.chain(dead.iter().copied()).collect();
            let _ = same(stores, context, async |store| store.delete(&leavings).await).await;
        }
    }

    async fn read(&mut self, stores: &[Arc<dyn PageStore>], context: &str) {
        let (register, at) = (self.register(), self.below(self.tags.len()));
        let known = self.tags[at];
        let read = async |store: &dyn PageStore| store.read(&register, known).await;
        let _ = same(stores, context, read).await;
    }

    async fn pages(&mut self, stores: &[Arc<dyn PageStore>], context: &str) {
        let mut ids: Vec<_> = (0..self.below(12)).map(|_| self.id()).collect();
        ids.push(page_id());
        let found = same(stores, context, async |store| store.pages(&ids).await).await;
        let one = same(stores, context, async |store| store.page(ids[0]).await).await;
        assert_eq!(found.map(|found| found[0].clone()), one, "{context}");
    }

    async fn list(&mut self, stores: &[Arc<dyn PageStore>], context: &str) {
        let (after, limit) = (self.id(), self.below(20));
        // How long an answer is, is left to the store.
        let all = async |store: &dyn PageStore| {
            let mut seen: Vec<PageId> = Vec::new();
            while seen.len() < limit {
                let last = seen.last().copied().unwrap_or(after);
                let next = store.list(Some(last), limit - seen.len()).await?;
                if next.is_empty() {
                    break;
                }
                seen.extend(next);
            }
            Ok(seen)
        };
        let _ = same(stores, context, all).await;
    }
}

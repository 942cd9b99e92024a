//! The ways from the top to many names at once: what a commit reads.

use std::{ops::Range, sync::Arc};

use aecs_store::{Error as StoreError, pages::PageId};

use crate::{
    error::Fault,
    page::{Page, RecordRef},
    pages::Pages,
    root::Top,
    tree::find::{kind_of, malformed},
};

/// A page on the way to some of the names.
pub(crate) struct Visit {
    pub(crate) id: PageId,
    pub(crate) page: Arc<Page>,
    /// Names in it are not less.
    pub(crate) from: Vec<u8>,
    /// The visit of the page above, on the level above, and the place of this page in it.
    pub(crate) parent: usize,
    pub(crate) slot: usize,
    /// Which names lead here.
    pub(crate) names: Range<usize>,
}

/// The pages on the ways to some names.
pub(crate) struct Descent {
    /// From the top to the leaves; none if there is no tree.
    pub(crate) levels: Vec<Vec<Visit>>,
    /// Where each name ends: the visit of its leaf, none without a tree, or the page that cannot be read.
    ends: Vec<Result<Option<usize>, Fault>>,
}

/// A page that is to be visited.
struct Step {
    id: PageId,
    from: Vec<u8>,
    parent: usize,
    slot: usize,
    names: Range<usize>,
}

impl Descent {
    /// Reads the ways to `names`, which are in strictly rising order, a level at a time. A page that is
    /// damaged ends the ways through it, and no others.
    pub(crate) async fn new(
        pages: &Pages,
        top: Option<Top>,
        names: &[&[u8]],
    ) -> Result<Self, StoreError> {
        let mut descent = Self { levels: Vec::new(), ends: vec![Ok(None); names.len()] };
        let Some(top) = top.filter(|_| !names.is_empty()) else { return Ok(descent) };
        let all = 0..names.len();
        let mut steps = vec![Step { id: top.id, from: Vec::new(), parent: 0, slot: 0, names: all }];
        for level in (1..=top.height).rev() {
            let ids: Vec<PageId> = steps.iter().map(|step| step.id).collect();
            let loaded = pages.load_many(kind_of(level), &ids).await?;
            let mut visits = Vec::with_capacity(steps.len());
            let mut below = Vec::new();
            for (step, page) in steps.into_iter().zip(loaded) {
                let number = visits.len();
                let further = page.and_then(|page| {
                    let further =
                        if level > 1 { step.below(&page, number, names)? } else { vec![] };
                    Ok((page, further))
                });
                match further {
                    Ok((page, further)) => {
                        if level == 1 {
                            descent.end(&step.names, &Ok(Some(number)));
                        }
                        below.extend(further);
                        let Step { id, from, parent, slot, names } = step;
                        visits.push(Visit { id, page, from, parent, slot, names });
                    }
                    Err(fault) => descent.end(&step.names, &Err(fault)),
                }
            }
            descent.levels.push(visits);
            steps = below;
        }
        Ok(descent)
    }

    fn end(&mut self, names: &Range<usize>, end: &Result<Option<usize>, Fault>) {
        self.ends.get_mut(names.clone()).unwrap_or_default().fill(end.clone());
    }

    /// The record under one of the names.
    pub(crate) fn record(&self, at: usize, name: &[u8]) -> Result<Option<RecordRef<'_>>, Fault> {
        let end = self.ends.get(at).cloned().unwrap_or(Ok(None))?;
        let leaf = end.and_then(|number| self.levels.last()?.get(number));
        let Some(leaf) = leaf else { return Ok(None) };
        leaf.page.find(name).ok_or_else(|| malformed(leaf.id))
    }
}

impl Step {
    /// The children that its names lead to.
    fn below(&self, page: &Page, number: usize, names: &[&[u8]]) -> Result<Vec<Self>, Fault> {
        let mut steps: Vec<Self> = Vec::new();
        for at in self.names.clone() {
            let name = names.get(at).copied().unwrap_or_default();
            let slot = page.child_of(name).ok_or_else(|| malformed(self.id))?;
            match steps.last_mut() {
                Some(last) if last.slot == slot => last.names.end = at + 1,
                _ => {
                    let id = page.child(slot).ok_or_else(|| malformed(self.id))?.id;
                    let from = match slot {
                        0 => self.from.clone(),
                        _ => page.name(slot).ok_or_else(|| malformed(self.id))?,
                    };
                    steps.push(Self { id, from, parent: number, slot, names: at..at + 1 });
                }
            }
        }
        Ok(steps)
    }
}

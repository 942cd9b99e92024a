//! The tree after some changes of records: the pages on their ways, written anew.
//!
//! From the leaves upwards, every page that was visited is taken apart, changed, joined with a neighbour
//! if less than a quarter of a page is left, cut if it is too long, and replaced in the page above. The
//! pages before are garbage once the commit is made; until then nothing has changed.

use std::{collections::HashMap, ops::Range, sync::Arc};

use aecs_store::{Error as StoreError, pages::PageId};

use crate::{
    error::{Fault, VaultError},
    history::Epoch,
    ids::Ids,
    node::{Body, Child, Node, Record},
    page::{Page, Sum},
    pages::Pages,
    root::Top,
    shape::Shape,
    tree::{
        descent::{Descent, Visit},
        find::{kind_of, malformed},
    },
};

/// What becomes of the record under a name.
#[derive(Default)]
pub(crate) enum Edit {
    #[default]
    Keep,
    Put(Epoch, Body),
    Remove,
}

/// A tree that is about to be written.
pub(crate) struct Grown {
    pub(crate) top: Option<Top>,
    /// What is in it, if it differs from the tree before.
    pub(crate) sum: Option<Sum>,
    /// The new pages.
    pub(crate) fresh: HashMap<PageId, Node>,
    /// The pages that it no longer reaches.
    pub(crate) freed: Vec<PageId>,
}

/// The work at a tree.
struct Growth<'a> {
    pages: &'a Pages,
    ids: &'a Ids,
    shape: Shape,
    fresh: HashMap<PageId, Node>,
    freed: Vec<PageId>,
}

/// What a visited page becomes; `None`: it stays.
type Replaced = Vec<Option<Vec<Child>>>;

/// Makes `edits` in the tree of `top`: one for each name of the descent. The ways to names that are
/// edited must have been read.
pub(crate) async fn grow(
    pages: &Pages,
    shape: Shape,
    ids: &Ids,
    top: Option<Top>,
    descent: &Descent,
    names: &[&[u8]],
    mut edits: Vec<Edit>,
) -> Result<Grown, GrowError> {
    let (fresh, freed) = (HashMap::new(), Vec::new());
    let mut growth = Growth { pages, ids, shape, fresh, freed };
    let mut height = top.map_or(0, |top| top.height);
    let mut replaced = match descent.levels.last() {
        Some(leaves) => {
            let mut replaced = Vec::with_capacity(leaves.len());
            for leaf in leaves {
                replaced.push(growth.leaf(leaf, names, &mut edits)?);
            }
            replaced
        }
        None => {
            let records = inserted(names, &mut edits, 0..names.len());
            height = 1;
            vec![Some(growth.pieces(Node::Leaf(records), &[], true)?).filter(|all| !all.is_empty())]
        }
    };
    let mut levels = descent.levels.iter().rev().peekable();
    let mut level = 1;
    while let Some(below) = levels.next() {
        let Some(above) = levels.peek() else { break };
        replaced = growth.inner(level, above, below, replaced).await?;
        level += 1;
    }
    let Some(Some(children)) = replaced.into_iter().next() else {
        return Ok(Grown { top, sum: None, fresh: HashMap::new(), freed: Vec::new() });
    };
    growth.finish(children, height)
}

/// Why a tree cannot be grown.
pub(crate) enum GrowError {
    /// A page on the way to an edit cannot be read.
    Fault(Fault),
    /// No id or no seal could be made.
    Vault(VaultError),
}

impl From<Fault> for GrowError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for GrowError {
    fn from(error: StoreError) -> Self {
        Self::Fault(Fault::Store(error))
    }
}

impl From<VaultError> for GrowError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// The records that are put under some of the names, of which none exists.
fn inserted(names: &[&[u8]], edits: &mut [Edit], range: Range<usize>) -> Vec<Record> {
    let mut records = Vec::new();
    for at in range {
        let (Some(name), Some(edit)) = (names.get(at), edits.get_mut(at)) else { continue };
        if let Edit::Put(epoch, body) = std::mem::take(edit) {
            records.push(Record { name: name.to_vec(), epoch, body });
        }
    }
    records
}

impl Growth<'_> {
    /// A leaf with its edits.
    fn leaf(
        &mut self,
        leaf: &Visit,
        names: &[&[u8]],
        edits: &mut [Edit],
    ) -> Result<Option<Vec<Child>>, GrowError> {
        let mine = edits.get(leaf.names.clone()).unwrap_or_default();
        if mine.iter().all(|edit| matches!(edit, Edit::Keep)) {
            return Ok(None);
        }
        let Some(Node::Leaf(records)) = Node::of(&leaf.page, &leaf.from) else {
            return Err(malformed(leaf.id).into());
        };
        self.freed.push(leaf.id);
        let first = leaf.names.clone().next().and_then(|at| names.get(at));
        let at_end = records
            .last()
            .is_none_or(|last| first.is_some_and(|first| last.name.as_slice() < *first));
        let mut merged = Vec::with_capacity(records.len() + leaf.names.len());
        let mut records = records.into_iter().peekable();
        for at in leaf.names.clone() {
            let (Some(name), Some(edit)) = (names.get(at), edits.get_mut(at)) else { continue };
            merged.extend(std::iter::from_fn(|| {
                records.next_if(|record| record.name.as_slice() < *name)
            }));
            let before = records.next_if(|record| record.name == *name);
            match (std::mem::take(edit), before) {
                (Edit::Keep, before) => merged.extend(before),
                (edit, before) => {
                    if let Some(before) = before {
                        self.freed.extend_from_slice(before.body.pages());
                    }
                    if let Edit::Put(epoch, body) = edit {
                        merged.push(Record { name: name.to_vec(), epoch, body });
                    }
                }
            }
        }
        merged.extend(records);
        self.pieces(Node::Leaf(merged), &leaf.from, at_end).map(Some)
    }

    /// The pages of a level, after those of the level below were replaced.
    async fn inner(
        &mut self,
        level_below: u8,
        above: &[Visit],
        below: &[Visit],
        replaced: Replaced,
    ) -> Result<Replaced, GrowError> {
        let mut changes: Vec<HashMap<usize, Vec<Child>>> =
            above.iter().map(|_| HashMap::new()).collect();
        for (visit, replaced) in below.iter().zip(replaced) {
            if let (Some(of_parent), Some(children)) = (changes.get_mut(visit.parent), replaced) {
                of_parent.insert(visit.slot, children);
            }
        }
        let mut result = Vec::with_capacity(above.len());
        for (visit, mut changed) in above.iter().zip(changes) {
            if changed.is_empty() {
                result.push(None);
                continue;
            }
            let Some(Node::Inner(before)) = Node::of(&visit.page, &visit.from) else {
                return Err(malformed(visit.id).into());
            };
            self.freed.push(visit.id);
            let last = before.len().checked_sub(1);
            let at_end = changed.len() == 1 && last.is_some_and(|last| changed.contains_key(&last));
            let mut children = Vec::with_capacity(before.len() + changed.len());
            for (slot, child) in before.into_iter().enumerate() {
                match changed.remove(&slot) {
                    Some(replaced) => children.extend(replaced),
                    None => children.push(child),
                }
            }
            self.join(level_below, &mut children).await?;
            result.push(Some(self.pieces(Node::Inner(children), &visit.from, at_end)?));
        }
        Ok(result)
    }

    /// Joins new children that are less than a quarter full with a neighbour, if both fit into one page.
    /// So a page that is filled at its end stays full when the next one begins. A neighbour that cannot be
    /// read stays as it is: nothing depends on it.
    async fn join(&mut self, level: u8, children: &mut Vec<Child>) -> Result<(), GrowError> {
        let mut at = 0;
        while let Some(child) = children.get(at) {
            let size = self.fresh.get(&child.id).map(Node::size);
            let Some(size) = size.filter(|size| *size < self.shape.page / 4) else {
                at += 1;
                continue;
            };
            let Some((beside, page)) = self.beside(level, children, at, size).await? else {
                at += 1;
                continue;
            };
            let pair = (children.get(at).cloned(), children.get(beside).cloned());
            let (Some(thin), Some(other)) = pair else { break };
            let other_node = match &page {
                Some(page) => Node::of(page, &other.from).inspect(|_| self.freed.push(other.id)),
                None => self.fresh.remove(&other.id),
            };
            let (Some(thin_node), Some(other_node)) = (self.fresh.remove(&thin.id), other_node)
            else {
                return Err(malformed(other.id).into());
            };
            let (left, from, joined) = if at < beside {
                (at, thin.from, thin_node.joined(other_node))
            } else {
                (beside, other.from, other_node.joined(thin_node))
            };
            let pieces = self.pieces(joined, &from, false)?;
            at = left + pieces.len();
            children.splice(left..left + 2, pieces);
        }
        Ok(())
    }

    /// The neighbour that fits into one page with a child of `size` bytes; with its page, if that is not
    /// a new one.
    async fn beside(
        &self,
        level: u8,
        children: &[Child],
        at: usize,
        size: usize,
    ) -> Result<Option<(usize, Option<Arc<Page>>)>, GrowError> {
        for candidate in [at.checked_add(1), at.checked_sub(1)].into_iter().flatten() {
            let Some(child) = children.get(candidate) else { continue };
            let (other, page) = match self.fresh.get(&child.id) {
                Some(node) => (node.size(), None),
                None => match self.pages.load(kind_of(level), child.id).await {
                    Ok(page) => (page.plain().len(), Some(page)),
                    Err(Fault::Damaged(..)) => continue,
                    Err(Fault::Store(error)) => return Err(error.into()),
                },
            };
            if size + other <= self.shape.page {
                return Ok(Some((candidate, page)));
            }
        }
        Ok(None)
    }

    /// New pages for the entries of a page that had the names from `from` on.
    fn pieces(
        &mut self,
        node: Node,
        from: &[u8],
        grew_at_end: bool,
    ) -> Result<Vec<Child>, GrowError> {
        let mut children = Vec::new();
        for (from, piece) in node.cut(self.shape.page, from, grew_at_end) {
            let id = self.ids.fresh()?;
            children.push(Child { from, id, sum: piece.sum() });
            self.fresh.insert(id, piece);
        }
        Ok(children)
    }

    /// Puts a page above the others, while there are several; and takes away one that has a single
    /// child.
    fn finish(mut self, mut children: Vec<Child>, mut height: u8) -> Result<Grown, GrowError> {
        let sum = Sum::of_all(children.iter().map(|child| child.sum));
        while children.len() > 1 {
            children = self.pieces(Node::Inner(children), &[], true)?;
            height = height.checked_add(1).ok_or(VaultError::Exhausted)?;
        }
        let mut top = children.first().map(|child| child.id);
        while let Some(id) = top
            && let Some(Node::Inner(only)) = self.fresh.get(&id)
            && let [child] = only.as_slice()
        {
            top = Some(child.id);
            self.fresh.remove(&id);
            height -= 1;
        }
        let top = top.map(|id| Top { id, height });
        Ok(Grown { top, sum: Some(sum), fresh: self.fresh, freed: self.freed })
    }
}

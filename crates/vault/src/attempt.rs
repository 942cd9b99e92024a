//! One attempt of a commit: what is written under the root that is known.
//!
//! Nothing here changes anything: an attempt that is dropped before it is sent has never been. Every
//! attempt has ids and a tag of its own, so whatever becomes of it, no id is sealed twice, and the root
//! says which attempt won.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering::SeqCst},
    time::{SystemTime, UNIX_EPOCH},
};

use aecs_crypto::SecretBytes;
use aecs_store::pages::{PageId, Tag};

use crate::{
    change::{Change, Content},
    error::{Fault, Place, Tampering, VaultError},
    farewell::Role,
    garbage::{Moment, decode_page},
    history::{Block, Epoch, Point, block_epoch},
    ids::Ids,
    known::Known,
    name::{Name, OWN, Span},
    node::Body,
    page::{Page, Sum},
    plan::{Before, Plan},
    root::{Root, WriterId},
    seal::Kind,
    shared::Shared,
    tree::{
        descent::Descent,
        grow::{Edit, GrowError, Grown, grow},
    },
};

/// How many pages a commit removes at least, if there are so many: more than a change usually replaces.
const REMOVED: usize = 64;

/// An attempt, as far as it has to be remembered until its outcome is known.
pub(crate) struct Attempt {
    /// The root that it leads to.
    pub(crate) known: Arc<Known>,
    /// The tag of the root that it must replace.
    pub(crate) expected: Tag,
    /// Its pages.
    pub(crate) ids: Vec<PageId>,
    /// How many pages of lost attempts it lists as garbage: the first ones.
    pub(crate) listed: usize,
    pub(crate) notes: Vec<String>,
}

/// What goes to the store.
pub(crate) struct Write {
    pub(crate) attempt: Attempt,
    pub(crate) value: Vec<u8>,
    pub(crate) pages: Vec<(PageId, Vec<u8>)>,
    pub(crate) dead: Vec<PageId>,
    /// The new pages of the tree, for the cache.
    pub(crate) cached: Vec<(PageId, Arc<Page>)>,
}

/// What a group of changes comes to under a root.
pub(crate) struct Prepared {
    /// What becomes of each change, if the root is still the present one.
    pub(crate) outcomes: Vec<Result<Epoch, VaultError>>,
    /// Whether one was refused because a page is missing.
    pub(crate) misses_page: bool,
    /// `None`: there is nothing to write.
    pub(crate) write: Option<Write>,
}

/// Makes an attempt out of a group of changes. `lost` are pages of attempts that have lost.
pub(crate) async fn prepare(
    shared: &Shared,
    known: &Known,
    writer: WriterId,
    changes: &[&Change],
    lost: &[PageId],
) -> Result<Prepared, VaultError> {
    let old = &known.root;
    let mut root = old.clone();
    root.commits = old.commits.checked_add(1).ok_or(VaultError::Exhausted)?;
    let history = Leaving::new(shared, &mut root, old).await?;
    let companion = shared.companion.get();
    let mut names: BTreeSet<&[u8]> = history.names().collect();
    names.extend(companion.map(|(name, _)| name.as_bytes()));
    let operations = changes.iter().flat_map(|change| &change.operations);
    names.extend(operations.map(|(name, _)| name.as_bytes()));
    let grounds = changes.iter().flat_map(|change| &change.grounds);
    names.extend(grounds.map(|(name, _)| name.as_bytes()));
    let names: Vec<&[u8]> = names.into_iter().collect();
    let descent = Descent::new(&shared.pages, old.top, &names).await?;
    let folders = folders(shared, old, changes).await?;

    let record;
    let before = Before { names: &names, descent: &descent, folders: &folders };
    let mut plan = Plan::new(old, companion.is_some());
    let outcomes = changes.iter().map(|change| plan.add(&before, change)).collect();
    let misses_page = plan.misses_page;
    if plan.is_empty() {
        return Ok(Prepared { outcomes, misses_page, write: None });
    }
    if let Some((name, companion)) = companion {
        record = companion.record(&plan.notes);
        plan.accompany(name, Content::Bytes(&record));
    }
    let tag = Tag::from_bytes(aecs_crypto::random()?);
    let point = old.point().next(&known.hash, tag, plan.epoch);
    let mut writing = Writing { shared, ids: Ids::new(root.commits)?, pages: Vec::new() };
    let mut edits = writing.edits(&plan, &before, point)?;
    history.edit(&mut writing, &mut root, &before, &mut edits, plan.epoch)?;
    root.trust_revision = plan.trust_revision;
    root.time_floor = plan.time_floor;
    root.epoch = point.epoch;
    root.chain = point.chain;
    let notes = std::mem::take(&mut plan.notes);
    let shape = shared.options.shape;
    let grown = grow(&shared.pages, shape, &writing.ids, old.top, &descent, &names, edits).await;
    let grown = grown.map_err(|error| unwritable(error, changes))?;
    root.sign(writer, tag);
    let write = writing.finish(root, known.tag, tag, grown, lost, notes).await?;
    Ok(Prepared { outcomes, misses_page, write: Some(write) })
}

/// What is in the folders that have a limit.
async fn folders<'a>(
    shared: &Shared,
    root: &Root,
    changes: &[&'a Change],
) -> Result<BTreeMap<&'a str, Result<Sum, Fault>>, VaultError> {
    let mut folders = BTreeMap::new();
    for limit in changes.iter().flat_map(|change| &change.limits) {
        let folder = limit.folder.as_str();
        if !folders.contains_key(folder) {
            let span = Span::of_prefix(folder);
            let sum = match shared.pages.sum(root.top, root.sum, &span).await {
                Err(Fault::Store(error)) => return Err(error.into()),
                sum => sum,
            };
            folders.insert(folder, sum);
        }
    }
    Ok(folders)
}

/// A page on the way to an edit cannot be taken apart, though it was read.
fn unwritable(error: GrowError, changes: &[&Change]) -> VaultError {
    let first = changes.iter().flat_map(|change| &change.operations).next();
    let place = first.map_or(Place::Root, |(name, _)| Place::Record(name.clone()));
    match error {
        GrowError::Vault(error) => error,
        GrowError::Fault(Fault::Store(error)) => error.into(),
        GrowError::Fault(Fault::Damaged(_, what)) => VaultError::Tampered { place, what },
    }
}

/// The points that leave the root in this commit, and the oldest ones, which are kept no more.
struct Leaving {
    block: Option<Block>,
    oldest: Option<Vec<u8>>,
}

impl Leaving {
    async fn new(shared: &Shared, root: &mut Root, old: &Root) -> Result<Self, VaultError> {
        let block = root.history.leave(old.commits, old.point());
        let mut oldest = None;
        if block.is_some() && root.history.blocks >= shared.options.shape.blocks {
            let span = Span { from: vec![OWN, b'h'], until: Some(vec![OWN, b'h' + 1]) };
            oldest = match shared.pages.scan(old.top, &span, 1).await {
                Ok(mut names) => names.pop().map(|(name, _)| name),
                Err(Fault::Store(error)) => return Err(error.into()),
                Err(Fault::Damaged(..)) => None,
            };
        }
        Ok(Self { block, oldest })
    }

    fn names(&self) -> impl Iterator<Item = &[u8]> {
        let block = self.block.as_ref().map(|block| block.name.as_slice());
        block.into_iter().chain(self.oldest.as_deref())
    }

    /// Writes the points to their record. If it cannot be written, because its page is damaged, they are
    /// lost: no change is refused for it. They do not count as forgotten, so who remembers one of them is
    /// refused. Otherwise the owner of the store could withhold a page until a copy has grown past what
    /// others remember, and nobody would notice the fork.
    fn edit(
        &self,
        writing: &mut Writing<'_>,
        root: &mut Root,
        before: &Before<'_>,
        edits: &mut [Edit],
        epoch: Epoch,
    ) -> Result<(), VaultError> {
        let at = |name: &[u8]| {
            let at = before.names.binary_search(&name).ok()?;
            before.descent.record(at, name).ok().map(|_| at)
        };
        if let Some(block) = &self.block {
            match at(&block.name).and_then(|at| edits.get_mut(at)) {
                Some(edit) => {
                    *edit = Edit::Put(epoch, writing.body(&block.points)?);
                    root.history.blocks = root.history.blocks.saturating_add(1);
                }
                None => tracing::error!(
                    until = block.last,
                    "a page of the vault's history is damaged, and points are lost: who remembers one of \
                     them is refused"
                ),
            }
        }
        if let Some(oldest) = &self.oldest
            && let Some(edit) = at(oldest).and_then(|at| edits.get_mut(at))
        {
            *edit = Edit::Remove;
            root.history.blocks = root.history.blocks.saturating_sub(1);
            let last = block_epoch(oldest).unwrap_or(0);
            root.history.forgotten = root.history.forgotten.max(last);
        }
        Ok(())
    }
}

/// The pages of an attempt.
struct Writing<'a> {
    shared: &'a Shared,
    ids: Ids,
    pages: Vec<(PageId, Vec<u8>)>,
}

impl Writing<'_> {
    /// What becomes of each name.
    fn edits(
        &mut self,
        plan: &Plan<'_>,
        before: &Before<'_>,
        point: Point,
    ) -> Result<Vec<Edit>, VaultError> {
        let mut edits = Vec::with_capacity(before.names.len());
        edits.resize_with(before.names.len(), Edit::default);
        for (name, fresh) in &plan.latest {
            let Ok(at) = before.names.binary_search(&name.as_bytes()) else { continue };
            let existed =
                before.descent.record(at, name.as_bytes()).map_err(|fault| match fault {
                    Fault::Store(error) => error.into(),
                    // Changes that need the page were refused; this is the companion's record.
                    Fault::Damaged(_, what) => {
                        VaultError::Tampered { place: Place::Record(Name::clone(name)), what }
                    }
                })?;
            let Some(edit) = edits.get_mut(at) else { continue };
            *edit = match fresh {
                Some(fresh) => {
                    let body = match fresh.content {
                        Content::Bytes(plain) => self.body(plain.expose())?,
                        Content::Mark => self.body(&point.encode())?,
                    };
                    Edit::Put(fresh.epoch, body)
                }
                None if existed.is_some() => Edit::Remove,
                // It was created and removed within the group.
                None => Edit::Keep,
            };
        }
        Ok(edits)
    }

    /// A content: inline, or in pages.
    fn body(&mut self, plain: &[u8]) -> Result<Body, VaultError> {
        let shape = self.shared.options.shape;
        if plain.len() <= shape.inline {
            return Ok(Body::Inline(plain.to_vec().into()));
        }
        let ids = plain
            .chunks(shape.content)
            .map(|part| self.seal(Kind::Content, part))
            .collect::<Result<_, _>>()?;
        Ok(Body::Pages(u32::try_from(plain.len()).unwrap_or(u32::MAX), ids))
    }

    fn seal(&mut self, kind: Kind, plain: &[u8]) -> Result<PageId, VaultError> {
        let id = self.ids.fresh()?;
        self.pages.push((id, self.shared.pages.seals.seal_page(kind, id, plain)?));
        Ok(id)
    }

    /// Seals the new pages and the root.
    async fn finish(
        mut self,
        mut root: Root,
        expected: Tag,
        tag: Tag,
        grown: Grown,
        lost: &[PageId],
        notes: Vec<String>,
    ) -> Result<Write, VaultError> {
        let shared = self.shared;
        let mut cached = Vec::with_capacity(grown.fresh.len());
        for (id, node) in &grown.fresh {
            let plain = SecretBytes::from(node.encode());
            self.pages.push((*id, shared.pages.seals.seal_page(node.kind(), *id, plain.expose())?));
            // A page that this vault could not read must not be written.
            let page = Page::parse(node.kind(), plain).ok_or(MALFORMED)?;
            cached.push((*id, Arc::new(page)));
        }
        root.top = grown.top;
        root.sum = grown.sum.unwrap_or(root.sum);
        let mut freed = grown.freed;
        freed.extend_from_slice(lost);
        let dead = self.collect_garbage(&mut root, freed).await?;
        let value = shared.pages.seals.seal_root(Role::Root, tag, &root.encode())?;
        let hash = aecs_crypto::sha256(&value);
        let ids = self.pages.iter().map(|(id, _)| *id).collect();
        let known = Arc::new(Known { root, tag, stored: value.clone(), hash });
        let attempt = Attempt { known, expected, ids, listed: lost.len(), notes };
        Ok(Write { attempt, value, pages: self.pages, dead, cached })
    }

    /// Lists the pages that are no longer needed, and gives those that are removed now.
    async fn collect_garbage(
        &mut self,
        root: &mut Root,
        mut freed: Vec<PageId>,
    ) -> Result<Vec<PageId>, VaultError> {
        let (shared, keep) = (self.shared, self.shared.keep());
        let now = Moment { commit: root.commits, time: milliseconds() };
        let room = REMOVED.max(2 * freed.len());
        let mut dead = Vec::new();
        while dead.len() < room
            && shared.pins.load(SeqCst) == 0
            && let Some(oldest) = root.garbage.ripe(now, keep)
        {
            dead.append(&mut oldest.inline);
            let Some(id) = oldest.head.take() else { continue };
            let page = shared.pages.pass(Kind::Garbage, id).await;
            let malformed = Fault::Damaged(id, Tampering::Malformed);
            match page.and_then(|page| decode_page(page.plain()).ok_or(malformed)) {
                Ok((before, ids)) => {
                    oldest.head = before;
                    oldest.paged = oldest.paged.saturating_sub(ids.len() as u64);
                    dead.extend(ids);
                    // It is removed itself when no root names it any more.
                    freed.push(id);
                }
                Err(Fault::Damaged(_, what)) => {
                    tracing::warn!(%what, "a list of removed pages is damaged; they stay until a sweep");
                    oldest.paged = 0;
                }
                Err(Fault::Store(error)) => return Err(error.into()),
            }
        }
        let mut garbage = std::mem::take(&mut root.garbage);
        garbage.add(now, freed, |page| self.seal(Kind::Garbage, &page))?;
        garbage.close(now, keep);
        root.garbage = garbage;
        Ok(dead)
    }
}

const MALFORMED: VaultError = VaultError::Sealing(aecs_crypto::Error::Library("encoding a page"));

/// Milliseconds since 1970, by the host's clock.
fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

//! Walks over everything that a root reaches: to verify it, and to find pages that nothing reaches.
//!
//! A walk takes long, and pages of its root may be removed meanwhile. This process removes none while it
//! walks ([`Pin`]). If another one does, the walk starts over under the present root, but not from nothing:
//! a leaf that was walked is the same for ever, with all that it names, so only the inner pages are read
//! again, which are one in a hundred.

use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::{Arc, atomic::Ordering::SeqCst},
};

use aecs_store::{Error as StoreError, pages::PageId};

use crate::{
    error::{Fault, Place, Tampering, VaultError},
    export::Export,
    garbage::decode_page,
    ids::commit_of,
    known::Known,
    name::{Name, OWN},
    node::Body,
    page::Page,
    seal::Kind,
    shared::Shared,
    tree::find::{kind_of, malformed},
};

/// How often a walk starts over.
const STARTS: u32 = 1_000;

/// How many ids of pages are listed and removed at a time.
const LISTED: usize = 1_000;

/// How far a walk has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many records were looked at.
    pub done: u64,
    /// How many there are, the vault's own among them.
    pub records: u64,
}

/// Something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What it is.
    pub place: Place,
    /// How many records are lost with it.
    pub records: u64,
    /// What was found.
    pub what: Tampering,
}

/// What a vault is like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many records can be read, the vault's own among them.
    pub records: u64,
    /// How many pages the present root needs.
    pub pages: u64,
    /// What cannot be read.
    pub damaged: Vec<Damage>,
}

/// Keeps this process from removing pages, until it is dropped.
pub(crate) struct Pin<S: Deref<Target = Shared>>(pub(crate) S);

impl<S: Deref<Target = Shared>> Pin<S> {
    pub(crate) fn new(shared: S) -> Self {
        shared.pins.fetch_add(1, SeqCst);
        Self(shared)
    }
}

impl<S: Deref<Target = Shared>> Deref for Pin<S> {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl<S: Deref<Target = Shared>> Drop for Pin<S> {
    fn drop(&mut self) {
        self.0.pins.fetch_sub(1, SeqCst);
    }
}

/// A page that is to be walked.
struct Step {
    level: u8,
    id: PageId,
    from: Vec<u8>,
    until: Option<Vec<u8>>,
    records: u64,
}

/// A leaf that was walked.
#[derive(Default)]
struct Leaf {
    records: u64,
    contents: Vec<PageId>,
    damaged: Vec<Damage>,
}

/// What the walk of one root has found.
struct Pass {
    under: Arc<Known>,
    /// Everything that the root needs.
    reached: HashSet<PageId>,
    /// The pages that it lists as garbage.
    listed: HashSet<PageId>,
    report: Report,
}

/// A walk on its way.
struct Walk<'a, P> {
    shared: &'a Shared,
    /// Whether everything is read from the store: the contents outside of leaves, and pages that are
    /// in memory, too.
    reads_all: bool,
    progress: P,
    /// The root to walk; `None`: the present one.
    under: Option<Arc<Known>>,
    /// Pages that are passed over, with all that they need.
    skip: &'a HashSet<PageId>,
    leaves: HashMap<PageId, Leaf>,
    missed: HashSet<PageId>,
}

impl Shared {
    /// Reads everything.
    pub(crate) async fn verify<P: FnMut(Progress) + Send>(
        &self,
        progress: P,
    ) -> Result<Report, VaultError> {
        Ok(self.walk(true, progress, None, &HashSet::new()).await?.report)
    }

    /// Removes pages that nothing reaches: those of attempts whose process has died. Gives their number.
    ///
    /// A page with the number of a commit that has been made is needed if the root reaches it, and
    /// otherwise never again: an attempt with that number has won or has lost. So it is not needed to know
    /// how old the page is.
    pub(crate) async fn sweep<P: FnMut(Progress) + Send>(
        &self,
        progress: P,
    ) -> Result<u64, VaultError> {
        let pass = self.walk(false, progress, None, &HashSet::new()).await?;
        // What is below a damaged page cannot be told from what nothing reaches.
        pass.is_whole()?;
        let made = pass.under.root.commits;
        let (mut after, mut removed) = (None, 0_u64);
        loop {
            let mut ids = self.pages.store().list(after, LISTED).await?;
            let Some(last) = ids.last().copied() else { return Ok(removed) };
            if after.replace(last).is_some_and(|before| last <= before) {
                return Err(StoreError::corrupt("the list of pages does not go on").into());
            }
            ids.retain(|id| commit_of(*id) <= made && !pass.has(id));
            if !ids.is_empty() {
                self.pages.store().delete(&ids).await?;
                removed = removed.saturating_add(ids.len() as u64);
            }
        }
    }

    /// Begins an export, without the pages of `skip`: what one of them needs must be among them, too.
    pub(crate) async fn export(
        shared: &Arc<Self>,
        skip: &HashSet<PageId>,
    ) -> Result<Export, VaultError> {
        let pin = Pin::new(Arc::clone(shared));
        let mut pass = shared.walk(false, |_| (), None, skip).await?;
        pass.is_whole()?;
        pass.reached.retain(|id| !skip.contains(id));
        Ok(Export::new(pin, pass.under, pass.reached.into_iter().collect()))
    }

    /// Reads everything that a root needs from the store, without the pages of `skip`. Fails if a page of
    /// the tree or a content cannot be read.
    pub(crate) async fn verify_under<P: FnMut(Progress) + Send>(
        &self,
        under: Arc<Known>,
        skip: &HashSet<PageId>,
        progress: P,
    ) -> Result<(), VaultError> {
        self.walk(true, progress, Some(under), skip).await?.is_whole()
    }

    async fn walk<P: FnMut(Progress) + Send>(
        &self,
        reads_all: bool,
        progress: P,
        under: Option<Arc<Known>>,
        skip: &HashSet<PageId>,
    ) -> Result<Pass, VaultError> {
        let _pin = Pin::new(self);
        let (leaves, missed) = (HashMap::new(), HashSet::new());
        let mut walk = Walk { shared: self, reads_all, progress, under, skip, leaves, missed };
        for _ in 0..STARTS {
            if let Some(pass) = walk.pass().await? {
                return Ok(pass);
            }
        }
        Err(StoreError::unavailable("pages are removed faster than a walk takes").into())
    }
}

impl Pass {
    /// Fails if a page of the tree cannot be read.
    fn is_whole(&self) -> Result<(), VaultError> {
        let unknown = |damage: &&Damage| damage.place != Place::Garbage;
        match self.report.damaged.iter().find(unknown) {
            Some(Damage { place, what, .. }) => {
                Err(VaultError::Tampered { place: place.clone(), what: *what })
            }
            None => Ok(()),
        }
    }

    fn has(&self, id: &PageId) -> bool {
        self.reached.contains(id) || self.listed.contains(id)
    }
}

impl<P: FnMut(Progress) + Send> Walk<'_, P> {
    /// Walks one root; `None` if a page was removed and the root has moved.
    async fn pass(&mut self) -> Result<Option<Pass>, VaultError> {
        let under = match &self.under {
            Some(under) => Arc::clone(under),
            None => self.shared.look().await?,
        };
        let root = &under.root;
        let (mut reached, mut listed) = (HashSet::new(), HashSet::new());
        let mut report = Report::default();
        let mut lost = 0;
        let top = root.top.map(|top| Step {
            level: top.height,
            id: top.id,
            from: Vec::new(),
            until: None,
            records: root.sum.records,
        });
        let mut steps: Vec<Step> = top.into_iter().collect();
        while let Some(step) = steps.pop() {
            if self.skip.contains(&step.id) {
                continue;
            }
            match self.step(&step).await {
                Ok(below) if step.level > 1 => steps.extend(below),
                Ok(_) => {}
                Err(Fault::Store(error)) => return Err(error.into()),
                Err(Fault::Damaged(id, what)) => {
                    if self.has_moved(id, what, &under).await? {
                        return Ok(None);
                    }
                    if id != step.id {
                        // One content is lost; the leaf is walked once more, without it.
                        steps.push(step);
                        continue;
                    }
                    lost += step.records;
                    report.damaged.push(step.damage(what));
                }
            }
            report.pages += 1;
            reached.insert(step.id);
            if let Some(leaf) = self.leaves.get(&step.id) {
                report.records += leaf.records;
                report.pages += leaf.contents.len() as u64;
                reached.extend(&leaf.contents);
                report.damaged.extend_from_slice(&leaf.damaged);
            }
            let done = report.records + lost;
            (self.progress)(Progress { done, records: root.sum.records });
        }
        let garbage = self.garbage(&under, &mut reached, &mut listed).await?;
        report.damaged.extend(garbage);
        Ok(Some(Pass { under, reached, listed, report }))
    }

    async fn page(&self, kind: Kind, id: PageId) -> Result<Arc<Page>, Fault> {
        let pages = &self.shared.pages;
        if self.reads_all { pages.read(kind, id).await } else { pages.pass(kind, id).await }
    }

    /// Walks a page; gives those below.
    async fn step(&mut self, step: &Step) -> Result<Vec<Step>, Fault> {
        if step.level == 1 && self.leaves.contains_key(&step.id) {
            return Ok(Vec::new());
        }
        let page = self.page(kind_of(step.level), step.id).await?;
        if step.level > 1 {
            return step.below(&page);
        }
        let leaf = self.leaf(&page).await?;
        self.leaves.insert(step.id, leaf);
        Ok(Vec::new())
    }

    /// Walks the records of a leaf.
    async fn leaf(&self, page: &Page) -> Result<Leaf, Fault> {
        let mut leaf = Leaf::default();
        for at in 0..page.entries() {
            let (Some(record), Some(name)) = (page.record(at), page.name(at)) else { continue };
            let body = Body::from(record.body);
            leaf.contents.extend_from_slice(body.pages());
            let content = match body {
                body @ Body::Pages(..) if self.reads_all => self.content(body).await,
                _ => Ok(()),
            };
            match content {
                Ok(()) => leaf.records += 1,
                // The root may have moved: then this leaf is walked again only if it is still needed.
                Err(Fault::Damaged(id, Tampering::Missing)) if !self.missed.contains(&id) => {
                    return Err(Fault::Damaged(id, Tampering::Missing));
                }
                Err(Fault::Damaged(_, what)) => {
                    leaf.damaged.push(Damage { place: place_of(name), records: 1, what });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(leaf)
    }

    async fn content(&self, body: Body) -> Result<(), Fault> {
        let Body::Pages(len, ids) = &body else { return Ok(()) };
        if ids.iter().all(|id| self.skip.contains(id)) {
            return Ok(());
        }
        let mut found = 0;
        for id in ids {
            found += self.page(Kind::Content, *id).await?.plain().len();
        }
        match ids.first() {
            Some(id) if found as u64 != u64::from(*len) => Err(malformed(*id)),
            _ => Ok(()),
        }
    }

    /// Whether a missing page is needed no more, because the root has moved since.
    async fn has_moved(
        &mut self,
        id: PageId,
        what: Tampering,
        under: &Known,
    ) -> Result<bool, VaultError> {
        if what != Tampering::Missing || !self.missed.insert(id) {
            return Ok(false);
        }
        Ok(self.under.is_none() && self.shared.look().await?.tag != under.tag)
    }

    /// Collects the pages that a root lists as garbage.
    async fn garbage(
        &self,
        under: &Known,
        reached: &mut HashSet<PageId>,
        listed: &mut HashSet<PageId>,
    ) -> Result<Option<Damage>, VaultError> {
        let mut damage = None;
        for generation in under.root.garbage.generations() {
            listed.extend(&generation.inline);
            let mut head = generation.head;
            while let Some(id) = head.take() {
                let page = self.page(Kind::Garbage, id).await;
                match page.and_then(|page| decode_page(page.plain()).ok_or_else(|| malformed(id))) {
                    Ok((before, ids)) => {
                        reached.insert(id);
                        listed.extend(ids);
                        head = before;
                    }
                    Err(Fault::Store(error)) => return Err(error.into()),
                    Err(Fault::Damaged(_, what)) => {
                        listed.insert(id);
                        damage = Some(Damage { place: Place::Garbage, records: 0, what });
                    }
                }
            }
        }
        Ok(damage)
    }
}

impl Step {
    fn below(&self, page: &Page) -> Result<Vec<Self>, Fault> {
        let mut below = Vec::with_capacity(page.entries());
        // The last one first, so that the first one is walked next.
        let mut until = self.until.clone();
        for at in (0..page.entries()).rev() {
            let child = page.child(at).ok_or_else(|| malformed(self.id))?;
            let from = match at {
                0 => self.from.clone(),
                _ => page.name(at).ok_or_else(|| malformed(self.id))?,
            };
            let (level, id, records) = (self.level - 1, child.id, child.sum.records);
            below.push(Self { level, id, from: from.clone(), until, records });
            until = Some(from);
        }
        Ok(below)
    }

    fn damage(&self, what: Tampering) -> Damage {
        let text = |name: &Vec<u8>| String::from_utf8_lossy(name).into_owned();
        let until = self.until.as_ref().map(text);
        let place = Place::Between { from: text(&self.from), until };
        Damage { place, records: self.records, what }
    }
}

/// The place of a record, which may be one of the vault's own.
fn place_of(name: Vec<u8>) -> Place {
    match name.first() {
        Some(&OWN) | None => Place::History,
        Some(_) => match Name::from_page(name) {
            Some(name) => Place::Record(name),
            None => Place::Root,
        },
    }
}

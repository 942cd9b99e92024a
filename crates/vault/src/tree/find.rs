//! Finding one record, and counting the records before a name.

use std::ops::Range;
use std::sync::Arc;

use aecs_crypto::{SecretBytes, Transcript};
use aecs_store::pages::PageId;
use zeroize::Zeroizing;

use crate::{
    error::{Fault, Tampering},
    history::Epoch,
    name::Span,
    node::Body,
    page::{Page, Sum},
    pages::Pages,
    root::Top,
    seal::Kind,
};

/// A record as its leaf shows it.
pub(crate) struct Found {
    pub(crate) epoch: Epoch,
    pub(crate) body: Body,
}

/// The kind of the pages on a level; leaves are on level 1.
pub(crate) fn kind_of(level: u8) -> Kind {
    if level > 1 { Kind::Inner } else { Kind::Leaf }
}

/// A page that opens, but is not what it should be.
pub(crate) fn malformed(id: PageId) -> Fault {
    Fault::Damaged(id, Tampering::Malformed)
}

impl Pages {
    /// The leaf that `name` belongs to, and its id; and what is before it if `sum` is given.
    async fn leaf(
        &self,
        top: Top,
        name: &[u8],
        mut sum: Option<&mut Sum>,
    ) -> Result<(PageId, Arc<Page>), Fault> {
        let mut id = top.id;
        for level in (2..=top.height).rev() {
            let page = self.load(kind_of(level), id).await?;
            let at = page.child_of(name).ok_or_else(|| malformed(id))?;
            if let Some(sum) = &mut sum {
                **sum = sum.plus(page.sum_before(at).ok_or_else(|| malformed(id))?);
            }
            id = page.child(at).ok_or_else(|| malformed(id))?.id;
        }
        Ok((id, self.load(Kind::Leaf, id).await?))
    }

    /// The record under `name`, where its content is included if it is short.
    pub(crate) async fn find(&self, top: Option<Top>, name: &[u8]) -> Result<Option<Found>, Fault> {
        let Some(top) = top else { return Ok(None) };
        let (id, leaf) = self.leaf(top, name, None).await?;
        let record = leaf.find(name).ok_or_else(|| malformed(id))?;
        Ok(record.map(|record| Found { epoch: record.epoch, body: record.body.into() }))
    }

    /// The epoch of the record under `name`.
    pub(crate) async fn epoch_of(
        &self,
        top: Option<Top>,
        name: &[u8],
    ) -> Result<Option<Epoch>, Fault> {
        let Some(top) = top else { return Ok(None) };
        let (id, leaf) = self.leaf(top, name, None).await?;
        Ok(leaf.find(name).ok_or_else(|| malformed(id))?.map(|record| record.epoch))
    }

    /// The whole content of a record.
    pub(crate) async fn content(&self, body: Body) -> Result<SecretBytes, Fault> {
        let (len, ids) = match body {
            Body::Inline(content) => return Ok(content),
            Body::Pages(len, ids) => (len as usize, ids),
        };
        // With its full capacity at once: a growing vector would leave an unwiped copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(len));
        for (id, part) in ids.iter().zip(self.load_many(Kind::Content, &ids).await?) {
            let part = part?;
            if content.len() + part.plain().len() > len {
                return Err(malformed(*id));
            }
            content.extend_from_slice(part.plain());
        }
        match ids.first() {
            Some(id) if content.len() != len => Err(malformed(*id)),
            _ => Ok(content.into()),
        }
    }

    /// The bytes of a content that are in `range`; what is beyond its end is left out. If its pages have
    /// `page` bytes, only those are read that the bytes are in.
    pub(crate) async fn part(
        &self,
        body: Body,
        range: Range<usize>,
        page: usize,
    ) -> Result<SecretBytes, Fault> {
        let wanted = |plain: &[u8], from: usize| {
            let len = plain.len();
            let bounds = |at: usize| at.saturating_sub(from).min(len);
            plain.get(bounds(range.start)..bounds(range.end)).unwrap_or_default().to_vec()
        };
        if let Body::Pages(len, ids) = &body
            && (*len as usize).div_ceil(page) == ids.len()
        {
            let (first, last) = (range.start / page, range.end.div_ceil(page).min(ids.len()));
            let ids = ids.get(first..last).unwrap_or_default();
            let mut part = Zeroizing::new(Vec::with_capacity(range.len().min(*len as usize)));
            let mut at = first * page;
            let mut of_that_size = true;
            for found in self.load_many(Kind::Content, ids).await? {
                let found = found?;
                of_that_size &= found.plain().len() == page.min(*len as usize - at);
                part.extend_from_slice(&Zeroizing::new(wanted(found.plain(), at)));
                at = at.saturating_add(page);
            }
            if of_that_size {
                return Ok(part.into());
            }
        }
        let content = self.content(body).await?;
        Ok(wanted(content.expose(), 0).into())
    }

    /// A digest of what the tree has in a span: the ids of the pages that lie in it as a whole, which
    /// stand for what is below them as no page changes, and the names and epochs of the records at both
    /// ends.
    pub(crate) async fn fingerprint(
        &self,
        top: Option<Top>,
        span: &Span,
    ) -> Result<[u8; 32], Fault> {
        let mut print = Transcript::new("AECS vault fingerprint");
        // Pages with their levels, and the names between which theirs are.
        let mut pages = Vec::from_iter(top.map(|top| (top.height, top.id, Vec::new(), None)));
        while let Some((level, id, from, until)) = pages.pop() {
            let ends_in = |until: &Vec<u8>| span.until.as_ref().is_none_or(|end| until <= end);
            if from >= span.from && until.as_ref().is_some_and(ends_in) {
                print = print.field(id.as_bytes());
                continue;
            }
            let page = self.load(kind_of(level), id).await?;
            let is_leaf = level <= 1;
            let first = if is_leaf { page.before(&span.from) } else { page.child_of(&span.from) };
            let first = first.ok_or_else(|| malformed(id))?;
            for at in first..page.entries() {
                let name = match at {
                    0 if !is_leaf => from.clone(),
                    at => page.name(at).ok_or_else(|| malformed(id))?,
                };
                if (is_leaf || at > first) && !span.is_before_end(&name) {
                    break;
                }
                if is_leaf {
                    let record = page.record(at).ok_or_else(|| malformed(id))?;
                    print = print.field(&name).field(&record.epoch.to_be_bytes());
                } else {
                    let child = page.child(at).ok_or_else(|| malformed(id))?;
                    let next = at + 1 < page.entries();
                    let until = if next { page.name(at + 1) } else { until.clone() };
                    pages.push((level - 1, child.id, name, until));
                }
            }
        }
        Ok(print.sha256())
    }

    /// What is in the tree before `name`.
    async fn rank(&self, top: Top, name: &[u8]) -> Result<Sum, Fault> {
        let mut sum = Sum::default();
        let (id, leaf) = self.leaf(top, name, Some(&mut sum)).await?;
        let before = leaf.before(name).and_then(|count| leaf.sum_before(count));
        Ok(sum.plus(before.ok_or_else(|| malformed(id))?))
    }

    /// The records whose names are in a span; `all` is the sum of the whole tree.
    pub(crate) async fn sum(&self, top: Option<Top>, all: Sum, span: &Span) -> Result<Sum, Fault> {
        let Some(top) = top else { return Ok(Sum::default()) };
        let until = match &span.until {
            Some(until) => self.rank(top, until).await?,
            None => all,
        };
        Ok(until.minus(self.rank(top, &span.from).await?))
    }
}

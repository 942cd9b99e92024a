//! Reading names one after the other.

use std::sync::Arc;

use aecs_store::pages::PageId;

use crate::{
    error::Fault,
    history::Epoch,
    name::Span,
    page::Page,
    pages::Pages,
    root::Top,
    tree::find::{kind_of, malformed},
};

impl Pages {
    /// The first `limit` names of a span, each with the epoch of its record. The pages of a level are
    /// read together.
    pub(crate) async fn scan(
        &self,
        top: Option<Top>,
        span: &Span,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Epoch)>, Fault> {
        let Some(top) = top else { return Ok(Vec::new()) };
        let mut ids = vec![top.id];
        for level in (2..=top.height).rev() {
            let pages = self.load_all(level, &ids).await?;
            ids = children_in(&pages, span, limit)?;
        }
        let mut names = Vec::new();
        for (id, leaf) in self.load_all(1, &ids).await? {
            let from = leaf.before(&span.from).ok_or_else(|| malformed(id))?;
            for at in from..leaf.entries() {
                let name = leaf.name(at).ok_or_else(|| malformed(id))?;
                if names.len() >= limit || !span.is_before_end(&name) {
                    return Ok(names);
                }
                names.push((name, leaf.record(at).ok_or_else(|| malformed(id))?.epoch));
            }
        }
        Ok(names)
    }

    /// All pages of a level.
    async fn load_all(&self, level: u8, ids: &[PageId]) -> Result<Vec<(PageId, Arc<Page>)>, Fault> {
        let pages = self.load_many(kind_of(level), ids).await?;
        ids.iter().zip(pages).map(|(id, page)| Ok((*id, page?))).collect()
    }
}

/// The children that have the first `limit` names of a span. The first child may have names before the
/// span, so it does not count; of the others all names are in it, except in the last one.
fn children_in(
    pages: &[(PageId, Arc<Page>)],
    span: &Span,
    limit: usize,
) -> Result<Vec<PageId>, Fault> {
    let mut ids = Vec::new();
    let mut enough = 0_u64;
    for (number, (id, page)) in pages.iter().enumerate() {
        // In the pages after the first one, everything is after the beginning of the span.
        let first = match number {
            0 => page.child_of(&span.from).ok_or_else(|| malformed(*id))?,
            _ => 0,
        };
        for at in first..page.entries() {
            if at > first || number > 0 {
                let from = if at > 0 { page.name(at) } else { None };
                let ended = from.is_some_and(|from| !span.is_before_end(&from));
                if enough >= limit as u64 || ended {
                    return Ok(ids);
                }
            }
            let child = page.child(at).ok_or_else(|| malformed(*id))?;
            if at > first || number > 0 {
                enough = enough.saturating_add(child.sum.records);
            }
            ids.push(child.id);
        }
    }
    Ok(ids)
}

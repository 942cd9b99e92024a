//! A reader of bytes that never panics and never reads past the end.

use aecs_store::pages::PageId;

/// What is left to read. Every method gives `None` if there is too little.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A number of 16 bits that says how much follows.
    pub(crate) fn len(&mut self) -> Option<usize> {
        self.u16().map(usize::from)
    }

    pub(crate) fn id(&mut self) -> Option<PageId> {
        self.array().map(PageId::from_bytes)
    }

    /// A flag, and an id if it is set.
    pub(crate) fn optional_id(&mut self) -> Option<Option<PageId>> {
        match self.u8()? {
            0 => Some(None),
            1 => self.id().map(Some),
            _ => None,
        }
    }

    /// A number of elements, each read by `element`. The number alone never makes this allocate.
    pub(crate) fn many<T>(
        &mut self,
        count: usize,
        mut element: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(element(self)?);
        }
        Some(all)
    }

    /// What is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// `Some` if nothing is left.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Appends a length that is known to be less than 65,536; a greater one makes bytes that no reader
/// accepts, rather than others' bytes.
pub(crate) fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
}

pub(crate) fn put_id(out: &mut Vec<u8>, id: PageId) {
    out.extend_from_slice(id.as_bytes());
}

pub(crate) fn put_optional_id(out: &mut Vec<u8>, id: Option<PageId>) {
    out.push(u8::from(id.is_some()));
    if let Some(id) = id {
        put_id(out, id);
    }
}

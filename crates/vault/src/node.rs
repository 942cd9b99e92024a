//! Pages of the tree as a writer takes them apart, changes and cuts them.

use aecs_crypto::SecretBytes;
use aecs_store::pages::PageId;
use zeroize::Zeroizing;

use crate::{
    codec::{put_id, put_len},
    history::Epoch,
    page::{BodyRef, ENTRY, HEADER, Page, Sum},
    seal::Kind,
};

/// Where the content of a record is.
pub(crate) enum Body {
    Inline(SecretBytes),
    /// How many bytes it has, and its pages.
    Pages(u32, Vec<PageId>),
}

/// An entry of a leaf.
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Record {
    pub(crate) name: Vec<u8>,
    pub(crate) epoch: Epoch,
    pub(crate) body: Body,
}

/// An entry of an inner page.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Child {
    /// Names below it are not less.
    pub(crate) from: Vec<u8>,
    pub(crate) id: PageId,
    pub(crate) sum: Sum,
}

/// The entries of a page. Those of a page that is stored have at least one.
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Node {
    Leaf(Vec<Record>),
    Inner(Vec<Child>),
}

impl Clone for Body {
    fn clone(&self) -> Self {
        match self {
            Self::Inline(content) => Self::Inline(content.duplicate()),
            Self::Pages(len, ids) => Self::Pages(*len, ids.clone()),
        }
    }
}

#[cfg(test)]
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(content) => f.debug_tuple("Inline").field(&content.expose()).finish(),
            Self::Pages(len, ids) => f.debug_tuple("Pages").field(len).field(ids).finish(),
        }
    }
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Inline(content) => content.len() as u64,
            Self::Pages(len, _) => u64::from(*len),
        }
    }

    /// The pages that only this content needs.
    pub(crate) fn pages(&self) -> &[PageId] {
        match self {
            Self::Inline(_) => &[],
            Self::Pages(_, ids) => ids,
        }
    }
}

impl From<BodyRef<'_>> for Body {
    fn from(body: BodyRef<'_>) -> Self {
        match body {
            BodyRef::Inline(content) => Self::Inline(content.to_vec().into()),
            BodyRef::Pages(len, ids) => {
                Self::Pages(len, ids.iter().copied().map(PageId::from_bytes).collect())
            }
        }
    }
}

/// What cutting and writing have to know of an entry.
trait Entry {
    const KIND: Kind;
    fn name(&self) -> &[u8];
    /// The bytes after its name.
    fn len(&self) -> usize;
    fn write(&self, out: &mut Vec<u8>);
    fn sum(&self) -> Sum;
}

impl Entry for Record {
    const KIND: Kind = Kind::Leaf;

    fn name(&self) -> &[u8] {
        &self.name
    }

    fn len(&self) -> usize {
        9 + match &self.body {
            Body::Inline(content) => content.len(),
            Body::Pages(_, ids) => 4 + ids.len() * PageId::LEN,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch.to_be_bytes());
        match &self.body {
            Body::Inline(content) => {
                out.push(0);
                out.extend_from_slice(content.expose());
            }
            Body::Pages(len, ids) => {
                out.push(1);
                out.extend_from_slice(&len.to_be_bytes());
                ids.iter().for_each(|id| put_id(out, *id));
            }
        }
    }

    fn sum(&self) -> Sum {
        Sum { records: 1, bytes: self.body.len() }
    }
}

impl Entry for Child {
    const KIND: Kind = Kind::Inner;

    fn name(&self) -> &[u8] {
        &self.from
    }

    fn len(&self) -> usize {
        PageId::LEN + 16
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_id(out, self.id);
        out.extend_from_slice(&self.sum.records.to_be_bytes());
        out.extend_from_slice(&self.sum.bytes.to_be_bytes());
    }

    fn sum(&self) -> Sum {
        self.sum
    }
}

impl Node {
    /// Takes a page apart, of which names are not less than `from`; `None` if it is malformed.
    pub(crate) fn of(page: &Page, from: &[u8]) -> Option<Self> {
        let all = 0..page.entries();
        match page.kind() {
            Kind::Leaf => all
                .map(|at| {
                    let record = page.record(at)?;
                    let (epoch, body) = (record.epoch, record.body.into());
                    Some(Record { name: page.name(at)?, epoch, body })
                })
                .collect::<Option<_>>()
                .map(Self::Leaf),
            Kind::Inner => all
                .map(|at| {
                    let child = page.child(at)?;
                    let from = if at == 0 { from.to_vec() } else { page.name(at)? };
                    Some(Child { from, id: child.id, sum: child.sum })
                })
                .collect::<Option<_>>()
                .map(Self::Inner),
            Kind::Content | Kind::Garbage => None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Leaf(_) => Kind::Leaf,
            Self::Inner(_) => Kind::Inner,
        }
    }

    /// What it holds, or the pages below it.
    pub(crate) fn sum(&self) -> Sum {
        match self {
            Self::Leaf(records) => Sum::of_all(records.iter().map(Entry::sum)),
            Self::Inner(children) => Sum::of_all(children.iter().map(Entry::sum)),
        }
    }

    /// How many bytes its page has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Leaf(records) => size(records),
            Self::Inner(children) => size(children),
        }
    }

    /// The bytes of its page.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Leaf(records) => encode(records),
            Self::Inner(children) => encode(children),
        }
    }

    /// The entries of both pages, which are on one level. All names of `right` are greater.
    pub(crate) fn joined(self, right: Self) -> Self {
        match (self, right) {
            (Self::Leaf(mut left), Self::Leaf(right)) => {
                left.extend(right);
                Self::Leaf(left)
            }
            (Self::Inner(mut left), Self::Inner(right)) => {
                left.extend(right);
                Self::Inner(left)
            }
            // Pages of one level are of one kind.
            (left, _) => {
                debug_assert!(false, "pages of one level are of two kinds");
                left
            }
        }
    }

    /// Cuts it into pages of at most `limit` bytes, of similar sizes; or full ones if it grew at its
    /// end only, where more will come. Each is given with the name that names in it are not less than;
    /// that of the first is `from`.
    pub(crate) fn cut(self, limit: usize, from: &[u8], grew_at_end: bool) -> Vec<(Vec<u8>, Self)> {
        let mut pieces: Vec<(Vec<u8>, Self)> = Vec::new();
        match self {
            Self::Leaf(records) => {
                let mut last: Option<Vec<u8>> = None;
                for piece in cut(records, limit, grew_at_end) {
                    let first = piece.first().map(|record| record.name.as_slice());
                    let from = match (&last, first) {
                        (Some(last), Some(first)) => separator(last, first),
                        _ => from.to_vec(),
                    };
                    last = piece.last().map(|record| record.name.clone());
                    pieces.push((from, Self::Leaf(piece)));
                }
            }
            Self::Inner(children) => {
                for piece in cut(children, limit, grew_at_end) {
                    let from = match piece.first() {
                        Some(first) if !pieces.is_empty() => first.from.clone(),
                        _ => from.to_vec(),
                    };
                    pieces.push((from, Self::Inner(piece)));
                }
            }
        }
        pieces
    }
}

/// The length of the beginning that both have.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The shortest text that is greater than `left` and not greater than `right`.
fn separator(left: &[u8], right: &[u8]) -> Vec<u8> {
    let len = common(left, right) + 1;
    right.get(..len).unwrap_or(right).to_vec()
}

/// The entries whose names are in the page: in an inner page not the first one.
fn named<E: Entry>(entries: &[E]) -> &[E] {
    match E::KIND {
        Kind::Inner => entries.get(1..).unwrap_or_default(),
        _ => entries,
    }
}

/// The prefix that the names of a page share.
fn prefix<E: Entry>(entries: &[E]) -> &[u8] {
    match named(entries) {
        [] => &[],
        [first, .., last] => first.name().get(..common(first.name(), last.name())).unwrap_or(&[]),
        [only] => only.name(),
    }
}

fn size<E: Entry>(entries: &[E]) -> usize {
    let prefix = prefix(entries).len();
    let names: usize = named(entries).iter().map(|entry| entry.name().len() - prefix).sum();
    HEADER + prefix + names + entries.iter().map(|entry| ENTRY + entry.len()).sum::<usize>()
}

fn encode<E: Entry>(entries: &[E]) -> Zeroizing<Vec<u8>> {
    let prefix = prefix(entries);
    // With its full capacity at once: a growing vector would leave an unwiped copy behind.
    let mut out = Zeroizing::new(Vec::with_capacity(size(entries)));
    put_len(&mut out, entries.len());
    put_len(&mut out, prefix.len());
    out.extend_from_slice(prefix);
    let unnamed = entries.len() - named(entries).len();
    let rest_of = |at: usize, entry: &E| match at {
        at if at < unnamed => 0,
        _ => entry.name().len() - prefix.len(),
    };
    let mut offset = out.len() + 2 * entries.len();
    for (at, entry) in entries.iter().enumerate() {
        put_len(&mut out, offset);
        offset += 2 + rest_of(at, entry) + entry.len();
    }
    for (at, entry) in entries.iter().enumerate() {
        let rest = rest_of(at, entry);
        put_len(&mut out, rest);
        let name = entry.name();
        out.extend_from_slice(name.get(name.len() - rest..).unwrap_or_default());
        entry.write(&mut out);
    }
    out
}

/// Cuts entries into pieces whose pages have at most `limit` bytes.
fn cut<E: Entry>(entries: Vec<E>, limit: usize, grew_at_end: bool) -> Vec<Vec<E>> {
    let total = size(&entries);
    if total <= limit {
        return if entries.is_empty() { Vec::new() } else { vec![entries] };
    }
    // A piece ends where it has reached this.
    let aim = match grew_at_end {
        true => limit - limit / 16,
        false => total / total.div_ceil(limit),
    };
    // A page above needs two pages below at least, or a tree would grow without end.
    let least = match E::KIND {
        Kind::Inner => 2,
        _ => 1,
    };
    let mut pieces = Vec::new();
    let mut piece: Vec<E> = Vec::new();
    let mut meter = Meter::default();
    for entry in entries {
        let mut with = meter;
        with.add(&piece, &entry);
        if piece.len() >= least && (meter.size() >= aim || with.size() > limit) {
            pieces.push(std::mem::take(&mut piece));
            with = Meter::default();
            with.add(&piece, &entry);
        }
        piece.push(entry);
        meter = with;
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// The size of a page while entries are added to it.
#[derive(Clone, Copy, Default)]
struct Meter {
    /// The bytes of the entries without their names.
    rest: usize,
    /// The bytes of the names that are in the page, and how many.
    names: usize,
    named: usize,
    prefix: usize,
}

impl Meter {
    /// Counts one more entry after those of `before`.
    fn add<E: Entry>(&mut self, before: &[E], entry: &E) {
        self.rest += ENTRY + entry.len();
        if E::KIND == Kind::Inner && before.is_empty() {
            return;
        }
        self.named += 1;
        self.names += entry.name().len();
        self.prefix = match named(before).first() {
            Some(first) => common(first.name(), entry.name()),
            None => entry.name().len(),
        };
    }

    fn size(&self) -> usize {
        HEADER + self.prefix + self.rest + self.names - self.named * self.prefix
    }
}

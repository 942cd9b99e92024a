//! The decoders of everything that comes from a store, for the fuzz targets.

#![allow(clippy::expect_used, reason = "a panic is the finding of a fuzzer")]

use aecs_store::pages::{PageId, Tag};

use crate::{
    farewell::Moved,
    garbage::{self, Garbage, Generation, Moment},
    history::{self, History, Landmark, Point},
    node::{Body, Child, Node, Record},
    page::{Page, Sum},
    root::{Root, Top, Writer, WriterId},
    seal::Kind,
};

/// Reads `bytes` as the plain text of a page of the tree: takes it apart, searches it and writes it
/// again.
pub fn page(bytes: &[u8]) {
    for kind in [Kind::Leaf, Kind::Inner] {
        let Some(page) = Page::parse(kind, bytes.to_vec().into()) else { continue };
        let names: Vec<_> = (0..page.entries()).filter_map(|at| page.name(at)).collect();
        for name in &names {
            match kind {
                Kind::Leaf => assert!(page.find(name).is_some_and(|record| record.is_some())),
                _ => assert!(page.child_of(name).and_then(|at| page.child(at)).is_some()),
            }
        }
        let node = Node::of(&page, &[]).expect("a page that was parsed is whole");
        let again = Page::parse(kind, node.encode().to_vec().into()).expect("it is written whole");
        assert_eq!(page.entries(), again.entries());
        assert_eq!(page.sum_before(page.entries()), Some(node.sum()));
        assert_eq!(again.sum_before(again.entries()), Some(node.sum()));
        assert_eq!(node.size(), again.plain().len());
    }
}

/// Reads `bytes` as the plain text of a root, or of what stands in its place, and writes it again.
pub fn root(bytes: &[u8]) {
    if let Some(root) = Root::decode(bytes) {
        assert_eq!(*root.encode(), bytes);
    }
    if let Some(moved) = Moved::decode(bytes) {
        assert_eq!(moved.encode(), bytes);
    }
    let _ = garbage::decode_page(bytes);
    let _ = history::judge_in_block(bytes, &history::Point { epoch: 3, chain: [0; 32] });
}

/// A leaf and an inner page.
pub fn pages() -> Vec<Vec<u8>> {
    let id = PageId::from_bytes([7; 16]);
    let name = |n: u8| format!("aecs/service/secrets/{n:03}").into_bytes();
    let records = (0..20).map(|n| {
        let body = match n % 3 {
            0 => Body::Pages(2_000, vec![id]),
            _ => Body::Inline(vec![n; 20].into()),
        };
        Record { name: name(n), epoch: 7, body }
    });
    let sum = Sum { records: 20, bytes: 400 };
    let children = (0..20).map(|n| Child { from: name(n), id, sum });
    let nodes = [Node::Leaf(records.collect()), Node::Inner(children.collect())];
    nodes.map(|node| node.encode().to_vec()).into()
}

/// The root of an empty vault, and the largest one that there can be.
pub fn roots() -> Vec<Vec<u8>> {
    [Root::default(), largest_root()].map(|root| root.encode().to_vec()).into()
}

/// The largest root that there can be.
pub(crate) fn largest_root() -> Root {
    let (id, point) = (PageId::from_bytes([7; 16]), Point { epoch: u64::MAX, chain: [7; 32] });
    let at = Moment { commit: u64::MAX, time: u64::MAX };
    let inline = vec![id; garbage::INLINE];
    let generation = Generation { at, inline, head: Some(id), paged: u64::MAX };
    let tag = Tag::from_bytes([7; 16]);
    let writer = Writer { id: WriterId([7; 16]), tag, number: u64::MAX };
    Root {
        epoch: u64::MAX,
        commits: u64::MAX,
        top: Some(Top { id, height: 9 }),
        writers: vec![writer; 16],
        history: History {
            recent: vec![point; 79].into(),
            // One for each power of two: enough for 2^36 commits, ten years of 200 a second.
            landmarks: vec![Landmark { commit: u64::MAX, point }; 31],
            blocks: u64::MAX,
            forgotten: u64::MAX,
        },
        garbage: Garbage { closed: vec![generation.clone(); 5].into(), open: generation },
        ..Root::default()
    }
}

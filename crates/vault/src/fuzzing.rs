//! The decoders of everything that comes from a store, for the fuzz targets.

#![allow(clippy::expect_used, reason = "a panic is the finding of a fuzzer")]

use crate::{garbage, history, node::Node, page::Page, root::Root, seal::Kind};

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

/// Reads `bytes` as the plain text of a root, and writes it again.
pub fn root(bytes: &[u8]) {
    if let Some(root) = Root::decode(bytes) {
        assert_eq!(*root.encode(), bytes);
    }
    let _ = garbage::decode_page(bytes);
    let _ = history::judge_in_block(bytes, &history::Point { epoch: 3, chain: [0; 32] });
}

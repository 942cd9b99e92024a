//! Pages as bytes and as entries: each is the other, and nothing breaks a reader.

use std::collections::BTreeMap;

use aecs_store::pages::PageId;
use proptest::prelude::*;

use crate::{
    fuzzing::{self, largest_root},
    node::{Body, Child, Node, Record},
    page::{Page, Sum},
    root::{MAX_ROOT_LEN, Root, Top, WriterId},
    seal::{Kind, OVERHEAD},
};

fn id() -> impl Strategy<Value = PageId> {
    any::<[u8; 16]>().prop_map(PageId::from_bytes)
}

/// Names with beginnings in common.
fn some_name() -> impl Strategy<Value = Vec<u8>> {
    ("(aecs/)?(svc[0-3]/)?", prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(prefix, rest)| [prefix.as_bytes(), &rest].concat())
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80).prop_map(|content| Body::Inline(content.into())),
        (any::<u32>(), prop::collection::vec(id(), 0..3))
            .prop_map(|(len, ids)| Body::Pages(len, ids)),
    ]
}

fn leaf() -> impl Strategy<Value = Node> {
    prop::collection::btree_map(some_name(), (any::<u64>(), body()), 1..60).prop_map(|records| {
        let record = |(name, (epoch, body))| Record { name, epoch, body };
        Node::Leaf(records.into_iter().map(record).collect())
    })
}

fn inner() -> impl Strategy<Value = Node> {
    prop::collection::btree_map(some_name(), (id(), 0..1_u64 << 40, 0..1_u64 << 40), 1..60)
        .prop_map(|children| {
            let child =
                |(from, (id, records, bytes))| Child { from, id, sum: Sum { records, bytes } };
            Node::Inner(children.into_iter().map(child).collect())
        })
}

fn parsed(node: &Node) -> Page {
    Page::parse(node.kind(), node.encode().to_vec().into()).unwrap()
}

fn names(node: &Node) -> Vec<Vec<u8>> {
    match node {
        Node::Leaf(records) => records.iter().map(|record| record.name.clone()).collect(),
        Node::Inner(children) => children.iter().map(|child| child.from.clone()).collect(),
    }
}

#[test]
fn the_first_inputs_of_the_fuzzer_are_whole() {
    for page in fuzzing::pages() {
        assert!(
            [Kind::Leaf, Kind::Inner]
                .iter()
                .any(|kind| Page::parse(*kind, page.clone().into()).is_some())
        );
        fuzzing::page(&page);
    }
    for root in fuzzing::roots() {
        assert!(Root::decode(&root).is_some());
    }
}

proptest! {
    #[test]
    fn a_leaf_finds_what_was_put_into_it(node in leaf(), asked in some_name()) {
        let page = parsed(&node);
        prop_assert_eq!(page.plain().len(), node.size());
        let Node::Leaf(records) = &node else { unreachable!() };
        let map: BTreeMap<_, _> = records.iter().map(|record| (&record.name, record)).collect();
        for name in records.iter().map(|record| &record.name).chain([&asked]) {
            let found = page.find(name).unwrap();
            prop_assert_eq!(found.map(|found| found.epoch), map.get(name).map(|record| record.epoch));
            if let (Some(found), Some(record)) = (found, map.get(name)) {
                prop_assert_eq!(found.body.len(), record.body.len());
            }
            let before: Vec<_> = map.range::<Vec<u8>, _>(..name).collect();
            prop_assert_eq!(page.before(name), Some(before.len()));
            let bytes = before.iter().map(|(_, record)| record.body.len()).sum();
            let sum = Sum { records: before.len() as u64, bytes };
            prop_assert_eq!(page.sum_before(before.len()), Some(sum));
        }
        let again = Node::of(&page, &[]).unwrap();
        prop_assert_eq!(again.encode(), node.encode());
    }

    #[test]
    fn an_inner_page_leads_to_the_child_of_a_name(node in inner(), asked in some_name()) {
        let page = parsed(&node);
        prop_assert_eq!(page.plain().len(), node.size());
        let Node::Inner(children) = &node else { unreachable!() };
        for name in children.iter().map(|child| &child.from).chain([&asked]) {
            let at = children.partition_point(|child| child.from <= *name).saturating_sub(1);
            prop_assert_eq!(page.child_of(name), Some(at));
            prop_assert_eq!(page.child(at).map(|child| child.id), Some(children[at].id));
        }
        let again = Node::of(&page, &children[0].from).unwrap();
        prop_assert_eq!((names(&again), again.sum()), (names(&node), node.sum()));
    }

    #[test]
    fn cut_pages_fit_and_lose_nothing(
        node in prop_oneof![leaf(), inner()],
        limit in 260_usize..900,
        grew_at_end: bool,
    ) {
        let (all, sum, kind) = (names(&node), node.sum(), node.kind());
        let pieces = node.cut(limit, &[], grew_at_end);
        let mut before: Option<Vec<u8>> = None;
        let mut found = Vec::new();
        for (number, (from, piece)) in pieces.iter().enumerate() {
            prop_assert!(piece.size() <= limit, "{} of {limit}", piece.size());
            prop_assert_eq!((number == 0, piece.kind()), (from.is_empty(), kind));
            let names = names(piece);
            // What leads to a page is greater than everything before it.
            prop_assert!(before.is_none_or(|before| before < *from));
            prop_assert!(number == 0 || *from <= names[0]);
            before = names.last().cloned();
            found.extend(names);
        }
        prop_assert_eq!(found, all);
        prop_assert_eq!(Sum::of_all(pieces.iter().map(|(_, piece)| piece.sum())), sum);
    }

    #[test]
    fn readers_are_total(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzzing::page(&bytes);
        fuzzing::root(&bytes);
    }

    #[test]
    fn damaged_pages_are_refused_or_whole(
        node in prop_oneof![leaf(), inner()],
        at in any::<prop::sample::Index>(),
        byte: u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = node.encode().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fuzzing::page(&bytes);
        let len = cut.index(bytes.len());
        fuzzing::page(&bytes[..len]);
    }
}

#[test]
fn the_largest_root_is_small() {
    let encoded = largest_root().encode();
    assert!(encoded.len() + OVERHEAD + 16 <= MAX_ROOT_LEN, "{}", encoded.len());
    fuzzing::root(&encoded);
}

#[test]
fn a_root_is_what_was_written_and_nothing_else_is() {
    for root in [Root::default(), largest_root()] {
        let bytes = root.encode();
        assert_eq!(Root::decode(&bytes), Some(root));
        for len in 0..bytes.len() {
            assert_eq!(Root::decode(&bytes[..len]), None, "{len}");
        }
        assert_eq!(Root::decode(&[&bytes[..], &[0]].concat()), None);
    }
    let without_height =
        Root { top: Some(Top { id: PageId::from_bytes([1; 16]), height: 0 }), ..Root::default() };
    assert_eq!(Root::decode(&without_height.encode()), None);
}

#[test]
fn a_writer_that_is_evicted_leaves_its_number() {
    let mut root = Root::default();
    for n in 0..20_u8 {
        root.commits += 1;
        root.sign(WriterId([n; 16]), aecs_store::pages::Tag::from_bytes([n + 1; 16]));
    }
    assert_eq!((root.writers.len(), root.evicted), (16, 4));
    assert!(root.last_of(WriterId([3; 16])).is_none());
    assert_eq!(root.last_of(WriterId([4; 16])).unwrap().number, 5);
}

#[test]
fn pages_of_another_kind_or_order_are_refused() {
    let record =
        |name: &[u8]| Record { name: name.to_vec(), epoch: 1, body: Body::Inline(vec![1].into()) };
    for names in [[b"b", b"a"], [b"a", b"a"]] {
        let node = Node::Leaf(names.map(|name| record(name)).into());
        assert!(Page::parse(Kind::Leaf, node.encode().to_vec().into()).is_none());
    }
    let leaf = Node::Leaf(vec![record(b"a"), record(b"b")]).encode();
    assert!(Page::parse(Kind::Leaf, leaf.to_vec().into()).is_some());
    assert!(Page::parse(Kind::Inner, leaf.to_vec().into()).is_none());
    let empty = Node::Leaf(vec![]).encode();
    assert!(Page::parse(Kind::Leaf, empty.to_vec().into()).is_none());
    let long = Node::Leaf(vec![record(&[b'n'; 1025])]).encode();
    assert!(Page::parse(Kind::Leaf, long.to_vec().into()).is_none());
}

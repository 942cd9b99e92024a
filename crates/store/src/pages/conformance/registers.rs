//! Registers: read, swapped, removed, listed.

use super::{Place, read, register, swap, tag, value};
use crate::pages::{Read, Register, Swap, Tag};

pub(super) async fn a_new_register_has_no_value(place: &dyn Place) {
    let store = place.open().await;
    for known in [Tag::NONE, tag(&value(""))] {
        let found = store.read(&register("root"), known).await.expect("a read succeeds");
        assert_eq!(found, Read::None);
    }
    assert!(store.registers("").await.expect("registers are listed").is_empty());
}

pub(super) async fn a_swap_is_seen_at_once(place: &dyn Place) {
    let store = place.open().await;
    let root = register("root");
    let mut expected = Tag::NONE;
    for text in ["one", "two", "three"] {
        let new = value(text);
        assert_eq!(swap(&*store, &root, expected, Some(&new)).await, Swap::Done);
        let known = expected;
        expected = tag(&new);
        let found = |known| store.read(&root, known);
        assert_eq!(found(known).await.expect("a read succeeds"), Read::New(new.clone()));
        assert_eq!(found(tag(&value(""))).await.expect("a read succeeds"), Read::New(new));
        assert_eq!(found(expected).await.expect("a read succeeds"), Read::Same);
    }
}

pub(super) async fn a_swap_takes_only_the_expected_value(place: &dyn Place) {
    let store = place.open().await;
    let (root, other) = (register("root"), value("other"));
    let first = value("first");
    assert_eq!(swap(&*store, &root, tag(&other), Some(&first)).await, Swap::Lost);
    assert_eq!(swap(&*store, &root, tag(&other), None).await, Swap::Lost);
    assert_eq!(read(&*store, &root).await, None);
    assert_eq!(swap(&*store, &root, Tag::NONE, Some(&first)).await, Swap::Done);
    for expected in [Tag::NONE, tag(&other)] {
        assert_eq!(swap(&*store, &root, expected, Some(&value("lost"))).await, Swap::Lost);
        assert_eq!(read(&*store, &root).await.as_ref(), Some(&first), "a lost swap leaves it");
    }
    assert_eq!(swap(&*store, &root, tag(&other), None).await, Swap::Lost);
    assert_eq!(read(&*store, &root).await, Some(first));
}

pub(super) async fn the_tag_decides_and_not_how_often_there_was_a_swap(place: &dyn Place) {
    let store = place.open().await;
    let root = register("root");
    let [a, b, c] = ["a", "b", "c"].map(value);
    assert_eq!(swap(&*store, &root, Tag::NONE, Some(&a)).await, Swap::Done);
    assert_eq!(swap(&*store, &root, tag(&a), Some(&b)).await, Swap::Done);
    assert_eq!(swap(&*store, &root, tag(&a), Some(&c)).await, Swap::Lost, "it has another value");
    // The first value again, as when somebody puts it back by hand.
    assert_eq!(swap(&*store, &root, tag(&b), Some(&a)).await, Swap::Done);
    assert_eq!(swap(&*store, &root, tag(&b), Some(&c)).await, Swap::Lost);
    assert_eq!(swap(&*store, &root, tag(&a), Some(&c)).await, Swap::Done, "it has this value");
}

pub(super) async fn a_removed_value_is_gone(place: &dyn Place) {
    let store = place.open().await;
    let (backup, root) = (register("identity/node1"), register("root"));
    let [first, second] = ["first", "second"].map(value);
    assert_eq!(swap(&*store, &root, Tag::NONE, Some(&first)).await, Swap::Done);
    for round in 0..3 {
        assert_eq!(swap(&*store, &backup, Tag::NONE, Some(&second)).await, Swap::Done, "{round}");
        assert_eq!(swap(&*store, &backup, tag(&second), None).await, Swap::Done, "{round}");
        assert_eq!(read(&*store, &backup).await, None);
        let known = store.read(&backup, tag(&second)).await.expect("a read succeeds");
        assert_eq!(known, Read::None);
        assert_eq!(swap(&*store, &backup, tag(&second), Some(&first)).await, Swap::Lost);
        assert_eq!(swap(&*store, &backup, tag(&second), None).await, Swap::Lost);
        let listed = store.registers("").await.expect("registers are listed");
        assert_eq!(listed, std::slice::from_ref(&root));
    }
    assert_eq!(read(&*store, &root).await, Some(first));
}

pub(super) async fn registers_are_told_apart_by_every_byte(place: &dyn Place) {
    let store = place.open().await;
    let longest = "r".repeat(Register::MAX_LEN);
    let names = ["a", "aa", "a.", "a-", "a_", "a/", "a//", "/", "/a", "..", "a/..", "0", &longest];
    let mut values = Vec::new();
    for name in names {
        let new = value(name);
        let register = register(name);
        assert_eq!(swap(&*store, &register, Tag::NONE, Some(&new)).await, Swap::Done, "{name}");
        values.push((register, new));
    }
    for (register, value) in &values {
        assert_eq!(read(&*store, register).await.as_ref(), Some(value), "{register}");
    }
    assert_eq!(swap(&*store, &values[0].0, tag(&values[0].1), None).await, Swap::Done);
    for (register, value) in &values[1..] {
        assert_eq!(read(&*store, register).await.as_ref(), Some(value), "{register}");
    }
}

pub(super) async fn registers_are_listed_by_prefix(place: &dyn Place) {
    let store = place.open().await;
    // In the order of bytes, which no order of a language is.
    let names = ["-", ".", "a", "a-b", "a.b", "a/b", "a0", "a_b", "aab", "ab", "b", "root"];
    for name in names.iter().rev() {
        let swapped = swap(&*store, &register(name), Tag::NONE, Some(&value(name))).await;
        assert_eq!(swapped, Swap::Done);
    }
    for prefix in ["", "a", "a_", "a.", "a/", "ab", "abc", "b", "root", "z", "%", "\\", "*", "ü"] {
        let expected: Vec<&str> =
            names.into_iter().filter(|name| name.starts_with(prefix)).collect();
        let listed = store.registers(prefix).await.expect("registers are listed");
        let listed: Vec<&str> = listed.iter().map(Register::as_str).collect();
        assert_eq!(listed, expected, "prefix {prefix:?}");
    }
}

pub(super) async fn values_come_back_as_they_were(place: &dyn Place) {
    let store = place.open().await;
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    for (name, bytes) in [("only.a.tag", vec![]), ("zeros", vec![0; 40]), ("all", all_bytes)] {
        let value = value(bytes);
        assert_eq!(swap(&*store, &register(name), Tag::NONE, Some(&value)).await, Swap::Done);
        assert_eq!(read(&*store, &register(name)).await, Some(value));
    }
}

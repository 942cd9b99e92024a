//! Exports: one moment, whole, while changes go on.

use aecs_store::{
    MemoryStore,
    pages::{Commit, Swap, Tag},
};

use super::*;
use crate::Export;

/// A vault with a high tree, contents outside of leaves, and garbage.
async fn vault() -> (Arc<MemoryStore>, Vault) {
    let store = Arc::new(MemoryStore::new());
    let options = Options { shape: small(), ..options() };
    let vault = Vault::open(store.clone(), key(), DEPLOYMENT, options).await.unwrap();
    for n in 0..60 {
        put(&vault, &format!("a/{n:02}"), &"x".repeat(n * 7)).await;
    }
    (store, vault)
}

/// What an export has, in a store of its own.
async fn imported(export: &Export) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let (mut pages, mut last) = (Vec::new(), None);
    while let Some((id, page)) = export.page_after(last).await.unwrap() {
        last = Some(id);
        pages.push((id, page));
    }
    assert_eq!(last, export.last());
    let (register, value) = export.root().unwrap();
    let commit =
        Commit { register, expected: Tag::NONE, value: Some(value), pages: &pages, dead: &[] };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
    store
}

#[tokio::test(start_paused = true)]
async fn an_export_is_one_moment_while_changes_go_on() {
    let (store, vault) = vault().await;
    let then = vault.state().await.unwrap();
    let export = vault.export().await.unwrap();
    // More commits than it takes to remove what is replaced.
    for n in 0..60 {
        put(&vault, &format!("a/{n:02}"), "later").await;
        put(&vault, &format!("b/{n:02}"), "later").await;
    }
    let copy = imported(&export).await;
    let options = Options { shape: small(), ..options() };
    let opened = Vault::open(copy.clone(), key(), DEPLOYMENT, options).await.unwrap();
    assert_eq!(opened.state().await.unwrap(), then);
    assert_eq!(opened.count("").await.unwrap(), 60);
    for n in 0..60 {
        assert_eq!(text(&opened, &format!("a/{n:02}")).await.unwrap(), "x".repeat(n * 7), "{n}");
    }
    let report = opened.verify(|_| ()).await.unwrap();
    assert!(report.damaged.is_empty(), "{report:?}");
    // Nothing is in it that its root does not need, and the copy goes on by itself.
    assert_eq!(opened.sweep(|_| ()).await.unwrap(), 0);
    for n in 0..60 {
        put(&opened, &format!("a/{n:02}"), "its own").await;
    }
    assert!(opened.verify(|_| ()).await.unwrap().damaged.is_empty());

    // What the export kept is removed when it is gone.
    let before = store.list(None, usize::MAX).await.unwrap().len();
    drop(export);
    for n in 0..60 {
        put(&vault, &format!("b/{n:02}"), "later still").await;
    }
    let after = store.list(None, usize::MAX).await.unwrap().len();
    assert!(after < before, "{after} of {before} pages");
}

#[tokio::test(start_paused = true)]
async fn an_export_of_a_damaged_tree_fails_and_names_what_is_damaged() {
    let (store, vault) = vault().await;
    let export = vault.export().await.unwrap();
    let first = export.page_after(None).await.unwrap().unwrap().0;
    store.delete(&[first]).await.unwrap();
    // It began before, and says that a page is gone.
    let error = export.page_after(None).await.unwrap_err();
    assert!(matches!(error, VaultError::Store(_)), "{error:?}");
    assert!(format!("{error:?}").contains("begin again"), "{error:?}");
    drop(vault);
    let options = Options { shape: small(), ..options() };
    let vault = Vault::open(store.clone(), key(), DEPLOYMENT, options).await.unwrap();
    for id in store.list(None, usize::MAX).await.unwrap() {
        store.delete(&[id]).await.unwrap();
    }
    let refused = vault.export().await.err().unwrap();
    assert!(matches!(refused, VaultError::Tampered { .. }), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_was_never_written_to_has_nothing_to_export() {
    let store = Arc::new(MemoryStore::new());
    assert!(!Vault::exists(&*store).await.unwrap());
    let vault = Vault::open(store.clone(), key(), DEPLOYMENT, options()).await.unwrap();
    let export = vault.export().await.unwrap();
    assert!(export.root().is_none() && export.page_after(None).await.unwrap().is_none());
    put(&vault, "a", "one").await;
    assert!(Vault::exists(&*store).await.unwrap());
}

//! The embedded store answers every history of batches as the store in memory does.
#![cfg(feature = "embedded")]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::unwrap_used)]

use aecs_store::{Batch, EmbeddedStore, Key, MemoryStore, PutMode, Store, StoreExt, Version};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Vec<u8>, PutMode),
    Delete(u8, Option<Version>),
}

/// Few keys and low versions, so that conditions often hold and often fail.
fn step() -> impl Strategy<Value = Step> {
    let version = (1u64..20).prop_map(Version::new);
    let mode = prop_oneof![
        Just(PutMode::Create),
        Just(PutMode::Overwrite),
        version.clone().prop_map(PutMode::Update),
    ];
    let value = prop::collection::vec(any::<u8>(), 0..64);
    prop_oneof![
        4 => (0u8..6, value, mode).prop_map(|(key, value, mode)| Step::Put(key, value, mode)),
        1 => (0u8..6, prop::option::of(version)).prop_map(|(key, version)| Step::Delete(key, version)),
    ]
}

fn batch(steps: &[Step]) -> Batch {
    let key = |n: u8| Key::new(format!("k/{n}")).unwrap();
    steps.iter().fold(Batch::new(), |batch, step| match step {
        Step::Put(n, value, mode) => batch.put(key(*n), value.clone(), *mode),
        Step::Delete(n, expected) => batch.delete(key(*n), *expected),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn answers_as_the_model_does(
        history in prop::collection::vec(prop::collection::vec(step(), 1..4), 1..12)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let model = MemoryStore::new();
            let store = EmbeddedStore::open(directory.path().join("store")).unwrap();
            for steps in &history {
                let expected = model.write(batch(steps)).await.map_err(|error| error.to_string());
                let actual = store.write(batch(steps)).await.map_err(|error| error.to_string());
                prop_assert_eq!(actual, expected, "{:?}", steps);
            }
            prop_assert_eq!(store.list_all("").await.unwrap(), model.list_all("").await.unwrap());
            Ok(())
        })?;
    }
}

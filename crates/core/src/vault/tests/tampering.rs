//! What the owner of the store can do to it, and how the vault says so.
//!
//! Each kind of tampering is done twice: while the vault is open, where the record must not be
//! served, and before it is opened, where nothing may be served.

use super::*;

const A: &str = "aecs/service/secrets/a";
const B: &str = "aecs/service/secrets/b";
const STATE: &str = "aecs/state";

/// A vault in which A was written twice and B once.
struct Victim {
    store: Arc<MemoryStore>,
    vault: Vault,
    /// The first version of A.
    old_a: Vec<u8>,
    /// The state after that.
    old_state: Vec<u8>,
}

impl Victim {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let vault = open(&store).await;
        create(&vault, B, "content of b").await;
        create(&vault, A, "old content of a").await;
        let old_a = raw(&*store, A).await.value;
        let old_state = raw(&*store, STATE).await.value;
        vault.commit(Change::new().put(name(A), plain("content of a"))).await.unwrap();
        Self { store, vault, old_a, old_state }
    }

    async fn value(&self, record: &str) -> Vec<u8> {
        raw(&*self.store, record).await.value
    }

    async fn set(&self, record: &str, value: Vec<u8>) {
        set_raw(&*self.store, record, value).await;
    }

    /// The open vault must refuse `record`.
    async fn assert_not_served(&self, record: &str) -> Tampering {
        match self.vault.get(&name(record)).await {
            Err(VaultError::Tampered { name, what }) => {
                assert_eq!(name.as_str(), record);
                what
            }
            Ok(_) => panic!("{record} was served"),
            Err(error) => panic!("{record}: {error:?}"),
        }
    }

    /// The vault must not open, because of `record`.
    async fn assert_not_opened(&self, record: &str) -> Tampering {
        match try_open(&self.store).await {
            Err(VaultError::Tampered { name, what }) => {
                assert_eq!(name.as_str(), record);
                what
            }
            Ok(_) => panic!("the vault opened"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn untouched_it_opens() {
    let victim = Victim::new().await;
    let again = open(&victim.store).await;
    assert_eq!(text(&again, A).await.as_deref(), Some("content of a"));
}

#[tokio::test]
async fn every_flipped_byte_of_a_record() {
    let victim = Victim::new().await;
    let good = victim.value(A).await;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        victim.set(A, bad).await;
        victim.assert_not_served(A).await;
        victim.assert_not_opened(A).await;
        assert_eq!(text(&victim.vault, B).await.as_deref(), Some("content of b"));
    }
    victim.set(A, good).await;
    assert_eq!(text(&victim.vault, A).await.as_deref(), Some("content of a"));
}

#[tokio::test]
async fn every_truncation_and_an_extension() {
    let victim = Victim::new().await;
    let good = victim.value(A).await;
    for len in 0..good.len() {
        victim.set(A, good[..len].to_vec()).await;
        victim.assert_not_served(A).await;
        victim.assert_not_opened(A).await;
    }
    victim.set(A, [good.as_slice(), &[0]].concat()).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::Seal);
    assert_eq!(victim.assert_not_opened(A).await, Tampering::Seal);
}

#[tokio::test]
async fn two_records_swapped() {
    let victim = Victim::new().await;
    let (a, b) = (victim.value(A).await, victim.value(B).await);
    victim.set(A, b).await;
    victim.set(B, a).await;
    victim.assert_not_served(A).await;
    victim.assert_not_served(B).await;
    assert_eq!(victim.assert_not_opened(A).await, Tampering::Seal);
}

#[tokio::test]
async fn a_record_with_the_epoch_of_another() {
    // Swapped together with the epoch beside the seal, so that only the seal can tell.
    let victim = Victim::new().await;
    let (a, mut b) = (victim.value(A).await, victim.value(B).await);
    b[1..9].copy_from_slice(&a[1..9]);
    victim.set(A, b).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::Seal);
    assert_eq!(victim.assert_not_opened(A).await, Tampering::Seal);
}

#[tokio::test]
async fn a_record_renamed() {
    let victim = Victim::new().await;
    let renamed = "aecs/other/secrets/a";
    victim.set(renamed, victim.value(A).await).await;
    victim.store.delete(key(A), None).await.unwrap();
    assert_eq!(victim.assert_not_served(A).await, Tampering::Missing);
    assert!(victim.vault.get(&name(renamed)).await.unwrap().is_none());
    assert_eq!(victim.assert_not_opened(renamed).await, Tampering::Seal);
}

#[tokio::test]
async fn a_record_copied_to_a_second_name() {
    let victim = Victim::new().await;
    let copy = "aecs/service/secrets/copy";
    victim.set(copy, victim.value(A).await).await;
    assert!(victim.vault.get(&name(copy)).await.unwrap().is_none());
    assert_eq!(victim.assert_not_opened(copy).await, Tampering::Seal);
}

#[tokio::test]
async fn an_old_version_of_a_record() {
    let victim = Victim::new().await;
    victim.set(A, victim.old_a.clone()).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::WrongEpoch { found: 2, expected: 3 });
    // Genuine in itself, so that only the sum can tell.
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
}

#[tokio::test]
async fn an_old_version_with_the_new_epoch() {
    let victim = Victim::new().await;
    let mut forged = victim.old_a.clone();
    forged[1..9].copy_from_slice(&3u64.to_be_bytes());
    victim.set(A, forged).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::Seal);
    assert_eq!(victim.assert_not_opened(A).await, Tampering::Seal);
}

#[tokio::test]
async fn a_record_deleted() {
    let victim = Victim::new().await;
    victim.store.delete(key(A), None).await.unwrap();
    assert_eq!(victim.assert_not_served(A).await, Tampering::Missing);
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
}

#[tokio::test]
async fn a_deleted_record_put_back() {
    let victim = Victim::new().await;
    let a = victim.value(A).await;
    victim.vault.commit(Change::new().remove(name(A), None)).await.unwrap();
    victim.set(A, a).await;
    assert!(victim.vault.get(&name(A)).await.unwrap().is_none());
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
    // Nor can it be taken for the one that is created next.
    assert!(victim.vault.commit(Change::new().create(name(A), plain("new"))).await.is_err());
    assert!(victim.vault.get(&name(A)).await.is_err());
}

#[tokio::test]
async fn a_tampered_record_is_not_replaced_as_if_nothing_had_happened() {
    let changes: [fn() -> Change; 2] =
        [|| Change::new().put(name(A), plain("new")), || Change::new().remove(name(A), None)];
    for change in changes {
        let victim = Victim::new().await;
        victim.set(A, victim.old_a.clone()).await;
        let commit = victim.vault.commit(change()).await;
        assert!(
            matches!(&commit, Err(VaultError::Superseded { name }) if name.as_str() == A),
            "{commit:?}"
        );
    }
}

#[tokio::test]
async fn a_foreign_record_added() {
    let elsewhere = Victim::new().await;
    for foreign in [b"not a record".to_vec(), Vec::new(), elsewhere.value(B).await] {
        let victim = Victim::new().await;
        let added = "aecs/service/secrets/added";
        victim.set(added, foreign).await;
        assert!(victim.vault.get(&name(added)).await.unwrap().is_none());
        victim.assert_not_opened(added).await;
    }
}

#[tokio::test]
async fn a_record_from_another_deployment() {
    let victim = Victim::new().await;
    let elsewhere = Arc::new(MemoryStore::new());
    let store: Arc<dyn Store> = Arc::clone(&elsewhere) as Arc<dyn Store>;
    let other = Vault::open(store, record_key(), [0xd2; 32]).await.unwrap();
    for record in [B, A] {
        create(&other, record, "from elsewhere").await;
    }
    other.commit(Change::new().put(name(A), plain("from elsewhere"))).await.unwrap();
    victim.set(A, raw(&*elsewhere, A).await.value).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::Seal);
    assert_eq!(victim.assert_not_opened(A).await, Tampering::Seal);
}

#[tokio::test]
async fn every_flipped_byte_of_the_state() {
    let victim = Victim::new().await;
    let good = victim.value(STATE).await;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        victim.set(STATE, bad).await;
        victim.assert_not_opened(STATE).await;
    }
    for len in 0..good.len() {
        victim.set(STATE, good[..len].to_vec()).await;
        victim.assert_not_opened(STATE).await;
    }
}

#[tokio::test]
async fn an_old_state() {
    let victim = Victim::new().await;
    victim.set(STATE, victim.old_state.clone()).await;
    assert_eq!(victim.assert_not_opened(A).await, Tampering::AfterState { found: 3, state: 2 });
    // The open vault notices at its next change, and serves nothing from then on.
    let commit = victim.vault.commit(Change::new().put(name(B), plain("new"))).await;
    assert!(matches!(commit, Err(VaultError::Superseded { .. })), "{commit:?}");
    assert!(matches!(victim.vault.get(&name(B)).await, Err(VaultError::Superseded { .. })));
}

#[tokio::test]
async fn an_old_state_after_a_removal() {
    // No record is of a later epoch than the old state: only the sum can tell.
    let victim = Victim::new().await;
    let state = victim.value(STATE).await;
    victim.vault.commit(Change::new().remove(name(B), None)).await.unwrap();
    victim.set(STATE, state).await;
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
}

#[tokio::test]
async fn the_state_deleted() {
    let victim = Victim::new().await;
    victim.store.delete(key(STATE), None).await.unwrap();
    assert_eq!(victim.assert_not_opened(A).await, Tampering::NoState);
}

#[tokio::test]
async fn a_record_as_the_state_and_the_state_as_a_record() {
    let victim = Victim::new().await;
    let (a, state) = (victim.value(A).await, victim.value(STATE).await);
    victim.set(A, state.clone()).await;
    assert_eq!(victim.assert_not_served(A).await, Tampering::Seal);
    victim.set(A, a.clone()).await;
    victim.set(STATE, a).await;
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Seal);
}

#[tokio::test]
async fn a_wrong_key_or_deployment_opens_nothing() {
    let victim = Victim::new().await;
    let store: Arc<dyn Store> = Arc::clone(&victim.store) as Arc<dyn Store>;
    let stranger = RecordKey::generate().unwrap();
    for (key, deployment) in [(stranger, DEPLOYMENT), (record_key(), [0; 32])] {
        match Vault::open(Arc::clone(&store), key, deployment).await {
            Err(VaultError::Tampered { name, what: Tampering::Seal }) => {
                assert_eq!(name.as_str(), STATE);
            }
            Ok(_) => panic!("the vault opened"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn one_record_that_opens_tells_whose_the_store_is() {
    let opens = async |victim: &Victim, key: RecordKey, deployment| {
        Vault::any_opens(&*victim.store, &key, deployment).await.unwrap()
    };
    let victim = Victim::new().await;
    assert!(opens(&victim, record_key(), DEPLOYMENT).await);
    assert!(!opens(&victim, RecordKey::generate().unwrap(), DEPLOYMENT).await);
    assert!(!opens(&victim, record_key(), [0; 32]).await);

    victim.set(STATE, b"damaged".to_vec()).await;
    victim.set(A, b"damaged".to_vec()).await;
    assert!(opens(&victim, record_key(), DEPLOYMENT).await, "the other record does");
    victim.set(B, b"damaged".to_vec()).await;
    assert!(!opens(&victim, record_key(), DEPLOYMENT).await);
    victim.set(STATE, victim.old_state.clone()).await;
    assert!(opens(&victim, record_key(), DEPLOYMENT).await, "the state record does");
}

/// The one thing that the vault cannot see alone: all of the store as it was. Its epoch shows it.
#[tokio::test]
async fn a_copy_of_the_whole_store_opens_with_its_old_epoch() {
    let victim = Victim::new().await;
    let copy = Arc::new(victim.store.snapshot());
    let then = victim.vault.state();
    create(&victim.vault, "aecs/later", "").await;
    let now = victim.vault.state();
    let rolled_back = open(&copy).await;
    assert_eq!(rolled_back.state(), then);
    assert!(rolled_back.state().epoch < now.epoch);
    // Going on from there reaches the same epoch with another digest: a fork shows, too.
    create(&rolled_back, "aecs/fork", "").await;
    assert_eq!(rolled_back.state().epoch, now.epoch);
    assert_ne!(rolled_back.state().digest, now.digest);
}

/// A copy of the vault that goes on by itself seals other contents under the same key, for the same
/// names and at the same epochs. None of them belongs into this history.
#[tokio::test]
async fn h28_a_record_of_a_copy_that_went_on_by_itself() {
    const SEEN: &str = "seen/administrator";
    let victim = Victim::new().await;
    let copy = Arc::new(victim.store.snapshot());
    let fork = open(&copy).await;
    for (vault, text) in [(&victim.vault, "the truth"), (&fork, "a lie")] {
        vault.commit(Change::new().put(name(A), plain(text)).mark(name(SEEN))).await.unwrap();
        vault.commit(Change::new().remove(name(B), None)).await.unwrap();
        create(vault, B, text).await;
    }
    assert_eq!(victim.vault.state().epoch, fork.state().epoch);
    assert_ne!(victim.vault.state().digest, fork.state().digest);
    for (record, epoch) in [(A, 4), (SEEN, 4), (B, 6)] {
        let true_one = victim.value(record).await;
        victim.set(record, raw(&*copy, record).await.value).await;
        assert_eq!(victim.assert_not_served(record).await, Tampering::OtherHistory { epoch });
        assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
        victim.set(record, true_one).await;
    }
    // All of them together, with this vault's state.
    for record in [A, SEEN, B] {
        victim.set(record, raw(&*copy, record).await.value).await;
    }
    assert_eq!(victim.assert_not_opened(STATE).await, Tampering::Sum);
    open(&copy).await;
}

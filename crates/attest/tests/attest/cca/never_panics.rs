//! Whatever comes in, the answer is a refusal and not a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use crate::cca::{genuine, verifier};
use aecs_attest::Verifier;
use aecs_sim::SimulatedCca;
use proptest::prelude::*;

struct Fixture {
    cca: SimulatedCca,
    verifier: Verifier,
    genuine: Vec<u8>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let cca = SimulatedCca::new().unwrap();
    Fixture { verifier: verifier(cca.cpak_der()), genuine: genuine(&cca), cca }
});

fn refused(token: &[u8]) -> bool {
    FIXTURE.verifier.appraise(&SimulatedCca::report(token), SystemTime::now()).is_err()
}

/// A collection of two messages.
fn collection(platform: Vec<u8>, realm: Vec<u8>) -> Vec<u8> {
    use ciborium::Value;
    let pairs = vec![(44234.into(), Value::Bytes(platform)), (44241.into(), Value::Bytes(realm))];
    crate::support::cbor::encode(&Value::Tag(399, Box::new(Value::Map(pairs))))
}

proptest! {
    #[test]
    fn arbitrary_tokens(token in prop::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(refused(&token));
    }

    #[test]
    fn arbitrary_messages(
        platform in prop::collection::vec(any::<u8>(), 0..200),
        realm in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(refused(&collection(platform, realm)));
    }

    #[test]
    fn arbitrary_claims(
        platform in prop::collection::vec(any::<u8>(), 0..200),
        realm in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let platform = FIXTURE.cca.sign_platform(platform).unwrap();
        let realm = FIXTURE.cca.sign_realm(realm).unwrap();
        prop_assert!(refused(&collection(platform, realm)));
    }

    #[test]
    fn changed_tokens(
        at in any::<prop::sample::Index>(),
        removed in 0usize..4,
        inserted in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut token = FIXTURE.genuine.clone();
        let at = at.index(token.len());
        let end = (at + removed).min(token.len());
        token.splice(at..end, inserted);
        prop_assert!(token == FIXTURE.genuine || refused(&token));
    }
}

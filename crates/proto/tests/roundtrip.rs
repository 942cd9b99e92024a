//! What is written is read back, in JSON and in binary; what is not written does no harm.

use std::fmt::Debug;

use aecs_proto::json::{self, JsonMessage};
use aecs_proto::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any text, control characters and all.
fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..24).prop_map(String::from_iter)
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..48)
}

fn attributes() -> impl Strategy<Value = UnifiedAttestationAttributes> {
    (text(), text(), text()).prop_map(|(str_tee_platform, hex_signer, str_tcb_status)| {
        UnifiedAttestationAttributes {
            str_tee_platform,
            hex_signer,
            str_tcb_status,
            ..Default::default()
        }
    })
}

fn policy() -> impl Strategy<Value = UnifiedAttestationPolicy> {
    let nested = vec(attributes(), 0..3).prop_map(|sub_attributes| {
        let policies = vec![UnifiedAttestationNestedPolicy { sub_attributes }];
        UnifiedAttestationNestedPolicies { policies, ..Default::default() }
    });
    (text(), vec(attributes(), 0..3), option::of(nested)).prop_map(
        |(pem_public_key, main_attributes, nested_policies)| UnifiedAttestationPolicy {
            pem_public_key,
            main_attributes,
            nested_policies,
            typed: None,
        },
    )
}

fn secret() -> impl Strategy<Value = EnclaveSecret> {
    let enum_number = || prop_oneof![0..6_i32, any::<i32>()];
    let policy = (option::of(policy()), enum_number()).prop_map(|(policy, r#type)| {
        EnclaveSecretPolicy { policy, r#type, ..EnclaveSecretPolicy::default() }
    });
    let pair = (text(), text()).prop_map(|(key, value)| EnclaveKvPair { key, value });
    let spec = (text(), enum_number(), option::of(policy), vec(pair, 0..3)).prop_map(
        |(secret_name, r#type, policy, params)| EnclaveSecretSpec {
            secret_name,
            r#type,
            policy,
            params,
            ..Default::default()
        },
    );
    (option::of(spec), text()).prop_map(|(spec, data)| EnclaveSecret {
        spec,
        data,
        ..EnclaveSecret::default()
    })
}

fn envelope() -> impl Strategy<Value = DigitalEnvelopeEncrypted> {
    let cipher = (bytes(), bytes(), bytes(), bytes())
        .prop_map(|(cipher, mac, aad, iv)| SymmetricKeyEncrypted { cipher, mac, aad, iv });
    (option::of(cipher), bytes(), bytes(), bytes()).prop_map(
        |(aes_cipher, encrypted_key, plain_hash, plain_hash_sig)| DigitalEnvelopeEncrypted {
            aes_cipher,
            encrypted_key,
            plain_hash,
            plain_hash_sig,
        },
    )
}

fn status() -> impl Strategy<Value = EnclaveStatus> {
    let told = (any::<i64>(), bytes(), text(), any::<i64>(), vec(text(), 0..3));
    (text(), option::of(attributes()), any::<bool>(), bytes(), told).prop_map(
        |(status, attr, simulation, nonce, told)| {
            let (store_epoch, boot_nonce, store_chain, settings_revision, insecure) = told;
            EnclaveStatus {
                status,
                attr,
                simulation,
                store_epoch,
                nonce,
                boot_nonce,
                store_chain,
                settings_revision,
                insecure,
                ..Default::default()
            }
        },
    )
}

fn binding() -> impl Strategy<Value = RequestBinding> {
    let state =
        (any::<i64>(), bytes(), any::<i64>()).prop_map(|(epoch, chain, settings_revision)| {
            DeploymentState { epoch, chain, settings_revision }
        });
    (bytes(), bytes(), bytes(), bytes(), option::of(state)).prop_map(
        |(server_key_hash, deployment_id, boot_nonce, act_id, remembered)| RequestBinding {
            server_key_hash,
            deployment_id,
            boot_nonce,
            act_id,
            remembered,
        },
    )
}

fn survives<M: JsonMessage + Default + Debug + PartialEq>(
    message: &M,
) -> Result<(), TestCaseError> {
    let read = json::from_str::<M>(&json::to_string(message));
    prop_assert_eq!(read.as_ref(), Ok(message));
    let decoded = M::decode(message.encode_to_vec().as_slice());
    prop_assert_eq!(decoded.as_ref(), Ok(message));
    Ok(())
}

proptest! {
    #[test]
    fn secrets(message in secret()) {
        survives(&message)?;
    }

    #[test]
    fn envelopes(message in envelope()) {
        survives(&message)?;
    }

    #[test]
    fn statuses(message in status()) {
        survives(&message)?;
    }

    #[test]
    fn bindings(message in binding()) {
        survives(&message)?;
    }

    #[test]
    fn written_text_is_plain_json(message in secret()) {
        let text = json::to_string(&message);
        let escaped = ['<', '>', '\n', '\u{7f}', '\u{2028}', '\u{feff}'];
        prop_assert!(!text.contains(escaped));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn any_text_is_read_or_refused(text in text(), cut in any::<prop::sample::Index>(), message in secret()) {
        let _ = json::from_str::<EnclaveSecret>(&text);
        let mut damaged = json::to_string(&message).into_bytes();
        damaged.remove(cut.index(damaged.len()));
        let _ = json::from_slice::<EnclaveSecret>(&damaged);
    }
}

#[test]
fn numbers_are_read_exactly() {
    for number in [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX] {
        let expected = Ok(SgxQlQveCollateral { version: number, ..Default::default() });
        for text in [format!(r#"{{"version":{number}}}"#), format!(r#"{{"version":"{number}"}}"#)] {
            assert_eq!(json::from_str(&text), expected, "{text}");
        }
    }
    for text in [r#"{"version":9223372036854775808}"#, r#"{"version":1e19}"#, r#"{"version":true}"#]
    {
        assert!(json::from_str::<SgxQlQveCollateral>(text).is_err(), "{text}");
    }
}

#[test]
fn null_is_the_default_of_every_type() {
    let text = r#"{"secret":null,"nonce":null,"binding":null}"#;
    assert_eq!(json::from_str(text), Ok(TaCreateSecretRequest::default()));
    let text = r#"{"simulation":null,"storeEpoch":null,"nonce":null,"attr":null}"#;
    assert_eq!(json::from_str(text), Ok(EnclaveStatus::default()));
    assert_eq!(
        json::from_str(r#"{"results":null}"#),
        Ok(AecsListBackupIdentityResponse::default())
    );

    assert!(json::from_str::<EnclaveStatus>("null").is_err());
    assert!(json::from_str::<ListDenialResponse>(r#"{"denials":[null]}"#).is_err());
}

#[test]
fn characters_above_the_basic_plane_are_escaped_in_pairs() {
    let pair = EnclaveKvPair { key: "\u{e0001}x\u{1d173}".into(), value: "\u{ad}😀".into() };
    let text = r#"{"key":"\udb40\udc01x\ud834\udd73","value":"\u00ad😀"}"#;
    assert_eq!(json::to_string(&pair), text);
    assert_eq!(json::from_str(text), Ok(pair));
}

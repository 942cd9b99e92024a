//! The recorded token, under its key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::refusal::{Refusal, refusal};
use aecs_attest::{Appraised, Backing, Check, Error, Platform, Verified, Verifier};
use aecs_sim::SimulatedCca;
use aecs_sim::vectors;

struct Vector {
    token: Vec<u8>,
    cpak: Vec<u8>,
}

fn vector() -> Option<Vector> {
    Some(Vector {
        token: vectors::read("cca/token.cbor")?,
        cpak: vectors::read("cca/cpak-pub.json")?,
    })
}

fn appraise(vector: &Vector, token: &[u8], now: SystemTime) -> Result<Verified<Appraised>, Error> {
    let builder = Verifier::builder().root(Platform::ArmCca, vector.cpak.clone());
    builder.build().unwrap().appraise(&SimulatedCca::report(token), now)
}

#[test]
fn the_token_is_genuine_at_any_time() {
    let Some(vector) = vector() else { return };
    for seconds in [1_577_836_800, 1_750_377_600, 1_893_456_000] {
        let now = UNIX_EPOCH + Duration::from_secs(seconds);
        let appraised = appraise(&vector, &vector.token, now).unwrap();
        assert_eq!(appraised.backing(), Backing::Hardware);
    }
}

#[test]
fn its_claims_are_attributes() {
    let Some(vector) = vector() else { return };
    let appraised = appraise(&vector, &vector.token, SystemTime::now()).unwrap();
    let attributes = appraised.attributes();
    assert_eq!(
        attributes.hex_platform_hw_version,
        "7F454C4602010100000000000000000003003E00010000005058000000000000"
    );
    assert_eq!(
        attributes.hex_chip_id,
        "0107060504030201000F0E0D0C0B0A090817161514131211101F1E1D1C1B1A1918"
    );
    assert_eq!(attributes.hex_secure_flags, "CFCFCFCF");
    assert_eq!(attributes.bool_debug_disabled, "true");
    let initial = "AE87FBF7F105E71A7827CB6F0896889C73D2BEAF4830D4F9CB05E3E96C3FC7B4\
                   FAA04CAF36A26BD094CF9C7B738617E4C189AAEE184DEDDA5D7A03C39DBDAC7C";
    assert_eq!(attributes.hex_ta_measurement, initial);
    assert_eq!(attributes.hex_boot_measurement, initial);
    for extensible in [
        &attributes.hex_rtmr0,
        &attributes.hex_rtmr1,
        &attributes.hex_rtmr2,
        &attributes.hex_rtmr3,
        &attributes.hex_host_data,
    ] {
        assert_eq!(*extensible, "00".repeat(64));
    }
    assert_eq!(
        attributes.hex_user_data,
        "57E979AE2618DE0C1AB73144C440D741CF9236DC9D52ED190053382A4D190252"
    );
    assert_eq!(
        attributes.hex_hash_or_pem_pubkey,
        "F9F0370403C35DCB155FB4362D73C66D5B0494BF939315D3DC52B8CDC8B85A96"
    );
    // Its fourteen components have no versions.
    assert_eq!(attributes.str_versions, "");
    assert_eq!(attributes.hex_platform_measurement.len(), 96);
}

#[test]
fn every_byte_counts() {
    let Some(vector) = vector() else { return };
    for index in 0..vector.token.len() {
        let mut token = vector.token.clone();
        token[index] ^= 0x40;
        assert!(appraise(&vector, &token, SystemTime::now()).is_err(), "byte {index}");
    }
}

#[test]
fn another_key_is_refused() {
    let Some(vector) = vector() else { return };
    let other = SimulatedCca::new().unwrap().cpak_der();
    let vector = Vector { cpak: other, ..vector };
    let error = appraise(&vector, &vector.token, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Untrusted(Check::CCA_PLATFORM_SIGNATURE), "{error:?}");
}

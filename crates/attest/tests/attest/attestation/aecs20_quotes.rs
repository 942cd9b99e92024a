//! Unsigned quotes of AECS 2.0's simulation: which bytes are one, and what they are taken for.

use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Attributes, Backing, Error, Policy, ReportRequest, TcbStatus, Verified, Verifier,
};
use aecs_crypto::{KeyPair, Suite, sha256};
use aecs_proto::{EpidReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport, json};
use aecs_sim::{Aecs20Quotes, EnclaveIdentity, aecs20_simulation_report};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::attestation::support::{USER_DATA, inner, policy};

/// Where the parts of a quote begin.
const BODY: usize = 48;
const SIGNATURE: usize = 436;

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Suite::Modern).unwrap());
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    Verifier::builder().insecure_aecs20_simulation(Arc::new(Aecs20Quotes)).build().unwrap()
});

fn sdk_report(identity: &EnclaveIdentity) -> UnifiedAttestationAuthReport {
    aecs20_simulation_report(identity, &ReportRequest::passport(USER_DATA, KEY.public())).unwrap()
}

/// A quote as Intel's SDK makes it.
fn sdk_quote() -> Vec<u8> {
    let report = sdk_report(&EnclaveIdentity::default());
    let message: EpidReport = json::from_str(&inner(&report).json_report).unwrap();
    STANDARD.decode(message.b64_quote).unwrap()
}

/// A quote as the programs for tests of AECS 2.0 make it: the same with another header, and a
/// signature section of 64 bytes.
fn short_quote() -> Vec<u8> {
    let mut quote = sdk_quote();
    quote[2..BODY].fill(0);
    with_signature(&quote, &[0x5A; 64])
}

fn with_signature(quote: &[u8], signature: &[u8]) -> Vec<u8> {
    let len = u32::try_from(signature.len()).unwrap().to_le_bytes();
    [&quote[..SIGNATURE - 4], len.as_slice(), signature].concat()
}

fn verify(quote: &[u8]) -> Result<Verified<Attributes>, Error> {
    let mut report = sdk_report(&EnclaveIdentity::default());
    report.report.as_mut().unwrap().json_report =
        json::to_string(&EpidReport { b64_quote: STANDARD.encode(quote) });
    VERIFIER.verify(&report, SystemTime::now())
}

fn is_taken(quote: &[u8]) -> bool {
    match verify(quote) {
        Ok(verified) => {
            assert_eq!(verified.tcb_status(), TcbStatus::Unverified);
            assert_eq!(verified.backing(), Backing::Nothing);
            true
        }
        Err(_) => false,
    }
}

#[test]
fn the_sdks_quote_has_its_constants_where_the_sdk_writes_them() {
    let quote = sdk_quote();
    assert_eq!(quote.len(), 1116);
    assert_eq!(hex::encode(&quote[..16]), "020001000b000000ef00ef00efefefef");
    assert_eq!(quote[16..BODY], [0; 32]);
    assert_eq!(quote[432..SIGNATURE], 680_u32.to_le_bytes());
    assert_eq!(quote[SIGNATURE..][..288], [0xEE; 288]);
    assert_eq!(quote[SIGNATURE..][300..304], 360_u32.to_le_bytes());
    assert_eq!(quote[SIGNATURE..][304..664], [0xEE; 360]);
}

#[test]
fn quotes_of_the_sdks_simulation_are_taken_as_what_nobody_verified() {
    let identity = EnclaveIdentity { debug: true, ..EnclaveIdentity::default() };
    let verified = VERIFIER.verify(&sdk_report(&identity), SystemTime::now()).unwrap();
    assert_eq!(verified.tcb_status(), TcbStatus::Unverified);
    assert_eq!(verified.backing(), Backing::Nothing);
    let expected = UnifiedAttestationAttributes {
        str_tee_platform: "SGX_EPID".into(),
        hex_ta_measurement: hex::encode_upper(identity.mrenclave),
        hex_signer: hex::encode_upper(identity.mrsigner),
        hex_prod_id: identity.prod_id.to_string(),
        str_min_isvsvn: identity.svn.to_string(),
        bool_debug_disabled: "false".into(),
        hex_user_data: hex::encode_upper(USER_DATA.0),
        hex_hash_or_pem_pubkey: hex::encode_upper(sha256(KEY.public().pem().as_bytes())),
        hex_spid: "00".repeat(16),
        str_tcb_status: "Unverified".into(),
        bool_revocation_checked: "false".into(),
        ..Default::default()
    };
    assert_eq!(verified.to_proto(), expected);
}

#[test]
fn both_shapes_need_the_switch_and_a_policy_that_accepts_them() {
    let secure = Verifier::builder().vendor_roots().build().unwrap();
    let any = Policy::parse(&policy(vec![UnifiedAttestationAttributes::default()])).unwrap();
    for quote in [sdk_quote(), short_quote()] {
        let verified = verify(&quote).unwrap();
        assert!(any.admit(&verified, &Acceptance::default()).is_err());

        let mut report = sdk_report(&EnclaveIdentity::default());
        report.report.as_mut().unwrap().json_report =
            json::to_string(&EpidReport { b64_quote: STANDARD.encode(&quote) });
        let error = secure.verify(&report, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::InsecureSimulation), "{error:?}");

        report.pem_public_key.push('\n');
        let error = VERIFIER.verify(&report, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
    }
}

#[test]
fn unlinkable_quotes_have_a_random_basename_and_linkable_ones_have_none() {
    let mut quote = sdk_quote();
    quote[16..32].fill(0x51);
    assert!(is_taken(&quote), "any service provider");
    quote[32..48].fill(0x99);
    assert!(!is_taken(&quote), "linkable");
    quote[2] = 0;
    assert!(is_taken(&quote), "unlinkable");
}

#[test]
fn quotes_in_the_form_of_one_platform_are_none_of_another() {
    for quote in [sdk_quote(), short_quote()] {
        let mut report = sdk_report(&EnclaveIdentity::default());
        report.report.as_mut().unwrap().str_tee_platform = "SGX_DCAP".into();
        report.report.as_mut().unwrap().json_report =
            format!(r#"{{"b64_quote":"{}"}}"#, STANDARD.encode(&quote));
        assert!(VERIFIER.verify(&report, SystemTime::now()).is_err());
    }
}

/// Every byte of the SDK's quote that the SDK always writes alike.
fn constants() -> Vec<usize> {
    let signature = |range: std::ops::Range<usize>| range.map(|at| SIGNATURE + at);
    (0..16)
        .chain(32..BODY)
        .chain(432..SIGNATURE)
        .chain(signature(0..288))
        .chain(signature(300..664))
        .collect()
}

#[test]
fn no_constant_of_the_sdk_may_be_another() {
    for at in constants() {
        let mut quote = sdk_quote();
        quote[at] ^= 0x10;
        assert!(!is_taken(&quote), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_other_length_is_taken(
        signature in prop::collection::vec(any::<u8>(), 0..1200),
        cut in 0..1200_usize,
        filler in prop::sample::select(vec![0_u8, 0x5A, 0xEE]),
        short in any::<bool>(),
    ) {
        let quote = if short { short_quote() } else { sdk_quote() };
        let arbitrary = with_signature(&quote, &signature);
        prop_assert_eq!(is_taken(&arbitrary), signature.len() == 64);
        let filled = with_signature(&quote, &vec![filler; signature.len()]);
        prop_assert_eq!(is_taken(&filled), signature.len() == 64);
        // The SDK's signature section, cut off or followed by more.
        let mut resized = quote[SIGNATURE..].to_vec();
        resized.resize(cut, 0xEE);
        let whole = cut == quote.len() - SIGNATURE;
        prop_assert_eq!(is_taken(&with_signature(&quote, &resized)), whole || cut == 64);
        // With a length that is not that of what follows.
        let torn = [&quote[..SIGNATURE], &resized].concat();
        prop_assert_eq!(is_taken(&torn), whole);
    }

    #[test]
    fn no_other_header_is_taken(
        header in prop::array::uniform16(any::<u8>()),
        basename in prop::array::uniform32(any::<u8>()),
        keep in prop::sample::subsequence((0..16_usize).collect::<Vec<_>>(), 0..16),
    ) {
        let genuine = sdk_quote();
        let mut quote = genuine.clone();
        for (at, byte) in header.iter().enumerate().filter(|(at, _)| !keep.contains(at)) {
            quote[at] = *byte;
        }
        let taken = is_taken(&quote);
        let unlinkable = quote[2..4] == [0, 0] && quote[4..16] == genuine[4..16];
        prop_assert_eq!(taken, quote[..2] == [2, 0]
            && (quote[..16] == genuine[..16] || unlinkable));
        quote[..16].copy_from_slice(&genuine[..16]);
        quote[16..BODY].copy_from_slice(&basename);
        prop_assert_eq!(is_taken(&quote), basename[16..] == [0; 16]);
    }
}

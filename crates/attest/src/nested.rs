//! Results of other attesters inside a report, signed by the key that the report binds.
//!
//! Devices, such as GPUs, bind no key: the machine they are in asks them with a nonce, verifies the
//! answer, and vouches for what it found.

use aecs_crypto::{KeyPair, PublicKey, Purpose};
use aecs_proto::{
    UnifiedAttestationNestedReports, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults, json,
};

use crate::attributes::facts::parse;
use crate::attributes::{Appraised, Nested};
use crate::encoding::{base64_within, from_json, to_base64};
use crate::error::{Check, Error, Result};
use crate::limits;

impl Check {
    /// The device was asked with this nonce.
    pub const NONCE: Self = Self::new("nonce");
}

/// Shorter nonces can be guessed, or met again by chance.
const NONCE_MIN: usize = 16;

/// Genuine evidence of a device that answers a nonce of the caller's: it is not an old one, and
/// not one that another machine asked for.
#[derive(Debug, Clone, Copy)]
pub struct FreshDevice<'a>(&'a Appraised);

impl Appraised {
    /// Compares the nonce in a device's evidence with the one that the caller asked it with. Only
    /// what comes out of this can be vouched for.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] when the evidence has another nonce, or none; [`Error::Malformed`] for
    /// a nonce of less than 16 bytes.
    pub fn expect_nonce(&self, nonce: &[u8]) -> Result<FreshDevice<'_>> {
        if nonce.len() < NONCE_MIN {
            return Err(Error::malformed("nonce", "fewer than 16 bytes"));
        }
        let actual = self.nonce();
        if actual != Some(nonce) {
            return Err(Error::Mismatch {
                check: Check::NONCE,
                expected: hex::encode_upper(nonce),
                actual: actual.map_or_else(|| "none".into(), hex::encode_upper),
            });
        }
        Ok(FreshDevice(self))
    }
}

impl FreshDevice<'_> {
    /// The device's attributes as a nested result, for a main attester that vouches for it:
    /// [`sign_nested_results`].
    #[must_use]
    pub fn to_nested_result(&self) -> UnifiedAttestationNestedResult {
        UnifiedAttestationNestedResult { result: Some(self.0.attributes().clone()) }
    }
}

/// Signs results, so that they can go into a report that binds the same key
/// ([`ReportRequest::nested`](crate::ReportRequest::nested)).
///
/// As in AECS 2.0, the signature is over the JSON text of the results.
///
/// # Errors
///
/// [`Error::Crypto`] when the key cannot sign.
pub fn sign_nested_results(
    key: &KeyPair,
    results: &UnifiedAttestationNestedResults,
) -> Result<UnifiedAttestationNestedReports> {
    let json_nested_results = json::to_string(results);
    let signature = key.sign(Purpose::NESTED_REPORT, json_nested_results.as_bytes())?;
    Ok(UnifiedAttestationNestedReports {
        json_nested_results,
        b64_nested_signature: to_base64(&signature),
    })
}

/// Reads results, if they are not more than anybody has.
fn read_results(what: &'static str, json: &str) -> Result<UnifiedAttestationNestedResults> {
    let too_many =
        || Error::malformed(what, format!("more than {} of them", limits::NESTED_RESULTS));
    // Before there is memory for them: each is at most two objects, in an object, and no attribute
    // has a brace in its text.
    let objects = json.bytes().filter(|byte| *byte == b'{').count();
    if objects > 1 + 2 * limits::NESTED_RESULTS {
        return Err(too_many());
    }
    let results: UnifiedAttestationNestedResults = from_json(what, json)?;
    if results.results.len() > limits::NESTED_RESULTS {
        return Err(too_many());
    }
    Ok(results)
}

/// Verifies the nested part of a report; an empty one says that there are no nested attesters.
pub(crate) fn verify(json_nested_reports: &str, key: &PublicKey) -> Result<Option<Nested>> {
    if json_nested_reports.is_empty() {
        return Ok(None);
    }
    let reports: UnifiedAttestationNestedReports =
        from_json("nested reports", json_nested_reports)?;
    if reports == UnifiedAttestationNestedReports::default() {
        return Ok(None);
    }
    let signature = base64_within(
        "signature of the nested results",
        &reports.b64_nested_signature,
        limits::PUBLIC_KEY,
    )?;
    key.verify(Purpose::NESTED_REPORT, reports.json_nested_results.as_bytes(), &signature)
        .map_err(|error| Error::untrusted(Check::NESTED_SIGNATURE, error))?;

    let what = "nested results";
    let results = read_results(what, &reports.json_nested_results)?;
    let facts = results
        .results
        .iter()
        .map(|result| parse(&result.result.clone().unwrap_or_default(), what))
        .collect::<Result<_>>()?;
    Ok(Some(Nested::new(results.str_group_name, results.str_group_id, facts)))
}

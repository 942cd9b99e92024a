//! Results of other attesters inside a report, signed by the key that the report binds.

use aecs_crypto::{KeyPair, PublicKey, Purpose};
use aecs_proto::{UnifiedAttestationNestedReports, UnifiedAttestationNestedResults, json};

use crate::attributes::{Nested, parse};
use crate::encoding::{base64_within, from_json, to_base64};
use crate::error::{Check, Error, Result};
use crate::limits;

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
    let results: UnifiedAttestationNestedResults = from_json(what, &reports.json_nested_results)?;
    let facts = results
        .results
        .iter()
        .map(|result| parse(&result.result.clone().unwrap_or_default(), what))
        .collect::<Result<_>>()?;
    Ok(Some(Nested {
        group_name: results.str_group_name,
        group_id: results.str_group_id,
        results: facts,
    }))
}

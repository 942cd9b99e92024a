//! Evidence of others, verified without a network.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;
use std::time::{Duration, SystemTime};

use aecs_client::attest::{Attributes, Policy, Verified};
use aecs_client::files::placed::PolicyFile;
use aecs_client::files::root::{RootFile, read_root};
use aecs_client::proto::{UnifiedAttestationAttributes, UnifiedAttestationAuthReport, json};
use aecs_client::{Acceptance, Error, PolicyError};
use serde::Serialize;

use crate::border::{call, give, given, items, quietly, texts};
use crate::error::{Failure, Status, c_text};

/// Verifies evidence: the roots that are trusted. Belongs to the caller, who frees it with
/// aecs_verifier_free. May be used by several threads at once.
pub struct Verifier(aecs_client::Verifier);

/// Evidence that is genuine. Belongs to the caller, who frees it with aecs_verified_free. May be read by
/// several threads at once.
pub struct Evidence {
    verified: Verified<Attributes>,
    attributes: CString,
    public_key: CString,
}

/// A verifier that trusts the vendors' roots, which are built in.
///
/// roots: further ones, PLATFORM=FILE, separated by commas; NULL for none.
/// simulation_root: path of the root certificate of a software CPU, whose evidence proves nothing; NULL for
/// none.
///
/// The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_verifier_new(
    roots: *const c_char,
    simulation_root: *const c_char,
    result: Option<&mut MaybeUninit<*mut Verifier>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the roots", roots), ("the simulation root", simulation_root)]) };
    give(result, error, || {
        let [roots, simulated] = names?;
        let mut verifier = aecs_client::Verifier::builder().vendor_roots();
        for root in RootFile::list(roots).map_err(Failure::usage)? {
            verifier = verifier.root(root.platform, root.read().map_err(Error::File)?);
        }
        if !simulated.is_empty() {
            let root = read_root(simulated.as_ref()).map_err(Error::File)?;
            verifier = verifier.simulated_root(root);
        }
        Ok(Verifier(verifier.build().map_err(Error::Verifier)?))
    })
}

/// Verifies a report that has its collateral in it (a Passport): JSON, with its length in bytes. time: the second
/// since 1970 for which it is verified; 0 is now. That the evidence is genuine does not mean that it is of
/// the code that is wanted: aecs_verified_admit, or the attributes. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_verifier_verify(
    verifier: Option<&Verifier>,
    report: *const u8,
    report_size: usize,
    time: u64,
    result: Option<&mut MaybeUninit<*mut Evidence>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let report = unsafe { items("the report", report, report_size) };
    give(result, error, || {
        let malformed =
            |text: String| Failure::new(Status::BadInput, format!("the report: {text}"));
        let text = std::str::from_utf8(report?).map_err(|error| malformed(error.to_string()))?;
        let report: UnifiedAttestationAuthReport =
            json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let now = match time {
            0 => SystemTime::now(),
            time => SystemTime::UNIX_EPOCH
                .checked_add(Duration::from_secs(time))
                .ok_or_else(|| Failure::usage("there is no such time"))?,
        };
        let verified = given(verifier, "the verifier")?.0.verify(&report, now)?;
        let attributes = c_text(to_json(&verified).map_err(|error| {
            Failure::new(Status::Internal, format!("the attributes have no JSON form: {error}"))
        })?);
        let public_key = c_text(verified.public_key().pem());
        Ok(Evidence { verified, attributes, public_key })
    })
}

/// The attributes that there are, by their names on the wire.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    own: &'a UnifiedAttestationAttributes,
    /// Those of devices that the attester vouches for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nested: Vec<UnifiedAttestationAttributes>,
}

fn to_json(attributes: &Attributes) -> serde_json::Result<String> {
    let nested = attributes.nested().map(|nested| nested.results().collect()).unwrap_or_default();
    serde_json::to_string(&Told { own: attributes.as_proto(), nested })
}

/// The attributes as JSON, by their names on the wire (docs/policies.md), for example
/// {"hex_ta_measurement":"…","hex_user_data":"…"}. Those of devices that the attester vouches for are in
/// "nested". Lives as long as the evidence.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_verified_attributes(evidence: Option<&Evidence>) -> *const c_char {
    text_of(evidence, |evidence| &evidence.attributes)
}

/// The public key that the evidence binds, as PEM. Lives as long as the evidence.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_verified_public_key(evidence: Option<&Evidence>) -> *const c_char {
    text_of(evidence, |evidence| &evidence.public_key)
}

fn text_of(evidence: Option<&Evidence>, text: impl FnOnce(&Evidence) -> &CStr) -> *const c_char {
    quietly(ptr::null(), || evidence.map_or(ptr::null(), |evidence| text(evidence).as_ptr()))
}

/// The last second since 1970 for which the same evidence is genuine: then certificates or collateral
/// expire. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_verified_valid_until(evidence: Option<&Evidence>) -> u64 {
    quietly(0, || {
        let until = evidence.map(|evidence| evidence.verified.valid_until());
        let since = until.and_then(|until| until.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map_or(0, |since| since.as_secs())
    })
}

/// Whether a policy admits the attester: AECS_STATUS_OK, or AECS_STATUS_DENIED with what does not match.
/// policy: path of a file with one policy, as docs/policies.md has them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_verified_admit(
    evidence: Option<&Evidence>,
    policy: *const c_char,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the policy", policy)]) };
    call(error, || {
        let [path] = names?;
        let file = PolicyFile::load(path).map_err(Error::File)?;
        let [policy] = &file.policies[..] else {
            let count = file.policies.len();
            let text = format!("{path}: expected one policy, found {count}");
            return Err(Failure::new(Status::BadInput, text));
        };
        let policy = Policy::parse(&policy.policy)
            .map_err(|error| Error::Policy(PolicyError::Malformed(error)))?;
        let evidence = &given(evidence, "the evidence")?.verified;
        let admitted = policy.admit(evidence, &Acceptance::default());
        admitted.map(drop).map_err(|denial| Failure::new(Status::Denied, denial.to_string()))
    })
}

/// Frees evidence. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_verified_free(evidence: Option<Box<Evidence>>) {
    quietly((), || drop(evidence));
}

/// Frees a verifier. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_verifier_free(verifier: Option<Box<Verifier>>) {
    quietly((), || drop(verifier));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use super::*;

    #[test]
    fn attributes_of_devices_are_beside_those_of_their_attester() {
        let of = |data: &str| UnifiedAttestationAttributes {
            hex_user_data: data.to_owned(),
            ..UnifiedAttestationAttributes::default()
        };
        for (own, nested, told) in [
            ("AA", vec![], r#"{"hex_user_data":"AA"}"#),
            ("AA", vec![of("BB")], r#"{"hex_user_data":"AA","nested":[{"hex_user_data":"BB"}]}"#),
            ("", vec![of("BB")], r#"{"nested":[{"hex_user_data":"BB"}]}"#),
        ] {
            assert_eq!(serde_json::to_string(&Told { own: &of(own), nested }).unwrap(), told);
        }
    }
}

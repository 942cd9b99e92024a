//! What a trusted application may say of a secret of its own.

use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretSpec, TRUSTED_APPLICATIONS, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy, Zeroizing,
};

use crate::error::{Error, Result};
use crate::secret::NewSecret;

/// The specification of a trusted application's own secret. What the server would decide otherwise
/// is refused here and not silently dropped.
pub(super) fn ta_spec(secret: &NewSecret) -> Result<EnclaveSecretSpec> {
    if secret.data.is_some() {
        return Err(Error::Misuse(
            "a trusted application's secret is made by the server: its data cannot be given",
        ));
    }
    if !["", TRUSTED_APPLICATIONS].contains(&secret.spec.service_name.as_str()) {
        return Err(Error::Misuse("a trusted application's secret belongs to no service"));
    }
    let entries = |policy: &EnclaveSecretPolicy| policy.policy.clone().unwrap_or_default();
    let mut asked = secret.spec.policy.as_ref().map(entries).unwrap_or_default();
    // The one thing that the server cannot see: what the launch measurement covers.
    let is_declaration = |entry: &UnifiedAttestationAttributes| !entry.str_measured.is_empty();
    let declaration =
        asked.main_attributes.iter().find(|entry| is_declaration(entry)).map(|entry| {
            let str_measured = entry.str_measured.clone();
            UnifiedAttestationAttributes { str_measured, ..Default::default() }
        });
    for entry in &mut asked.main_attributes {
        entry.str_measured.clear();
    }
    asked.main_attributes.retain(|entry| *entry != UnifiedAttestationAttributes::default());
    if asked != UnifiedAttestationPolicy::default() {
        return Err(Error::Misuse(
            "the policy of a trusted application's secret is its own measurement: leave the rules \
             empty, or write `measured: direct-boot` and nothing else",
        ));
    }
    let mut message = Zeroizing::new(secret.to_message());
    let spec = message.spec.take().unwrap_or_default();
    let policy = declaration.map(|declaration| EnclaveSecretPolicy {
        policy: Some(UnifiedAttestationPolicy {
            main_attributes: vec![declaration],
            ..Default::default()
        }),
        ..Default::default()
    });
    Ok(EnclaveSecretSpec { policy, ..spec })
}

//! A key that is used in place: its material, for those operations that its owner allows to the caller.
//!
//! Invariant: an [`InPlace`] exists only for operations that were judged, and what it gives is used by
//! [`crate::handlers::transit`] alone, which lets no key out.

use aecs_attest::{Attributes, Circumstances, Denial, Mismatch, Verified};
use aecs_crypto::Material;
use aecs_proto::KeyUse;

use super::{Refusal, Secret};
use crate::{
    error::{Cause, Error, internal},
    secret::usage::Usage,
    vault::Vault,
};

/// A key, and the proof that the caller may do what it asks for.
pub(crate) struct InPlace<'a> {
    secret: &'a Secret,
    usage: &'a Usage,
}

impl Secret {
    /// Lets an application do this with the key: each operation has to be one that the secret allows, and
    /// a rule that allows it has to admit the caller.
    pub(crate) fn admit_uses(
        &self,
        uses: &[KeyUse],
        attributes: &Verified<Attributes>,
        circumstances: Circumstances<'_>,
    ) -> Result<InPlace<'_>, Refusal> {
        // First, so that only who is admitted learns that there is such a secret.
        let policy = &self.spec.policy;
        policy.rules().admit(attributes, circumstances).map_err(Refusal::Denied)?;
        let not_allowed = |word| Cause::UseNotAllowed { word };
        let in_place = self.in_place().map_err(|cause| Refusal::NotAllowed(cause, None))?;
        for one in uses {
            let allowed = in_place.usage.operations();
            if !allowed.has(*one) {
                let mismatch = Mismatch {
                    rule: "use".to_owned(),
                    attribute: "operations".to_owned(),
                    expected: allowed.words(),
                    actual: one.word().to_owned(),
                };
                let denial = Denial { mismatches: vec![mismatch] };
                return Err(Refusal::NotAllowed(not_allowed(one.word()), Some(denial)));
            }
            policy
                .admit_to(*one, attributes, circumstances)
                .map_err(|denial| Refusal::NotAllowed(not_allowed(one.word()), Some(denial)))?;
        }
        Ok(in_place)
    }

    /// Lets the service's administrator do this with the key.
    pub(crate) fn admit_admin_uses(&self, uses: &[KeyUse]) -> Result<InPlace<'_>, Cause> {
        let in_place = self.in_place()?;
        match uses.iter().find(|one| !in_place.usage.admin().has(**one)) {
            None => Ok(in_place),
            Some(one) => Err(Cause::AdminUseNotAllowed { word: one.word() }),
        }
    }

    fn in_place(&self) -> Result<InPlace<'_>, Cause> {
        let usage = self.spec.usage.as_ref().ok_or(Cause::NotInPlace)?;
        Ok(InPlace { secret: self, usage })
    }
}

impl InPlace<'_> {
    /// The material of a version, or of the current one, and its number; `None` if the secret was changed
    /// since it was judged: look again.
    pub(crate) async fn material(
        &self,
        vault: &Vault,
        version: Option<u64>,
        now_ms: i64,
    ) -> Result<Option<(u64, Material)>, Error> {
        let (secret, first) = (self.secret, self.usage.first_version());
        if let Some(version) = version.filter(|number| *number < first) {
            return Err(Cause::VersionNotUsed { version, first }.into());
        }
        let (version, stored) = secret.readable(super::Wanted { version, now_ms })?;
        let Some(text) = secret.value(vault, stored.id).await? else { return Ok(None) };
        let material = Material::parse_in(stored.encoding, secret.spec.kind, text)
            .map_err(internal("reading the value of a secret"))?;
        Ok(Some((version.number, material)))
    }
}

//! A secret as it is kept, and the two ways out: to an admitted enclave, and the public view.
//!
//! Invariant: the data is private to this file. It leaves through an [`Admission`], which only
//! the secret's own policy over verified attributes makes, or as the public half of a secret
//! that is shared. A secret that is never exported has no admission.

use aecs_attest::{Acceptance, Admitted, Attributes, Denial, Policy, Verified};
use aecs_crypto::{SecretBytes, SecretString};
use aecs_proto::{
    AsymmetricKeyPair, EnclavePolicyType, EnclaveSecret, EnclaveSecretPolicy, EnclaveSecretSpec,
    SslCredentialsOptions, json,
};
use prost::Message;
use zeroize::Zeroizing;

use super::{
    policy,
    spec::{SecretType, Share, Spec},
};
use crate::{
    error::{Error, ErrorCode, Kind},
    name::ServiceName,
    records::decode,
};

/// A secret with its data.
pub(crate) struct StoredSecret {
    pub(crate) spec: Spec,
    data: SecretString,
}

/// Why a secret is not let out.
pub(crate) enum Refusal {
    /// Its policy does not admit the caller.
    Denied(Denial),
    /// It is never exported, to nobody.
    NeverExported,
}

/// A secret and the proof that its policy admits the caller.
pub(crate) struct Admission<'a> {
    secret: &'a StoredSecret,
    _proof: Admitted,
}

impl StoredSecret {
    pub(crate) fn new(spec: Spec, data: SecretString) -> Self {
        Self { spec, data }
    }

    /// The record's content.
    pub(crate) fn encode(&self) -> SecretBytes {
        self.message(self.spec.to_proto()).encode_to_vec().into()
    }

    /// Reads a record's content.
    pub(crate) fn decode(plain: &SecretBytes) -> Result<Self, Error> {
        let mut message: Zeroizing<EnclaveSecret> = Zeroizing::new(decode(plain)?);
        let data = SecretString::from(std::mem::take(&mut message.data));
        let spec = message.spec.take().unwrap_or_default();
        let service = ServiceName::parse(&spec.service_name)?;
        Ok(Self { spec: Spec::parse(spec, &service)?, data })
    }

    /// Applies the secret's policy to what a caller's evidence attests.
    pub(crate) fn admit(
        &self,
        attributes: &Verified<Attributes>,
        acceptance: &Acceptance,
    ) -> Result<Result<Admission<'_>, Refusal>, Error> {
        let kind = policy::kind(&self.spec.policy)?;
        let rules = Policy::parse(&policy::rules(&self.spec.policy))
            .map_err(|error| Error::internal("reading a stored policy", &error))?;
        Ok(match rules.admit(attributes, acceptance) {
            // First, so that only who is admitted learns that there is such a secret.
            Err(denial) => Err(Refusal::Denied(denial)),
            Ok(_) if kind == EnclavePolicyType::PolicyTypeNeverExport => {
                Err(Refusal::NeverExported)
            }
            Ok(proof) => Ok(Admission { secret: self, _proof: proof }),
        })
    }

    /// The same secret under another policy.
    pub(crate) fn with_policy(self, policy: EnclaveSecretPolicy) -> Self {
        Self { spec: Spec { policy, ..self.spec }, data: self.data }
    }

    /// Whether `data` is what is kept; compared without telling how much of it is right.
    pub(crate) fn has_data(&self, data: &str) -> bool {
        aecs_crypto::ct_eq(self.data.expose().as_bytes(), data.as_bytes())
    }

    /// The specification and the public half, as the JSON that is signed for anybody.
    ///
    /// It is built from what is public, not from the secret with parts left out.
    pub(crate) fn public_view(
        &self,
        show: impl FnOnce(EnclaveSecretSpec) -> EnclaveSecretSpec,
    ) -> Result<String, Error> {
        if self.spec.share != Share::Public {
            return Err(not_public());
        }
        let view =
            EnclaveSecret { spec: Some(show(self.spec.to_proto())), data: self.public_half()? };
        Ok(json::to_string(&view))
    }

    fn public_half(&self) -> Result<String, Error> {
        let broken = |error| Error::internal("reading a key pair", &error);
        Ok(match self.spec.kind {
            SecretType::SecretTypeRsaKeyPair | SecretType::SecretTypeSm2KeyPair => {
                let pair: AsymmetricKeyPair = json::from_str(self.data.expose()).map_err(broken)?;
                Zeroizing::new(pair).public_key.clone()
            }
            SecretType::SecretTypeCertificate => {
                let credentials: SslCredentialsOptions =
                    json::from_str(self.data.expose()).map_err(broken)?;
                Zeroizing::new(credentials).cert_chain.clone()
            }
            SecretType::SecretTypeAes256Key
            | SecretType::SecretTypeImportData
            | SecretType::SecretTypeConfigurations => String::new(),
        })
    }

    fn message(&self, spec: EnclaveSecretSpec) -> Zeroizing<EnclaveSecret> {
        Zeroizing::new(EnclaveSecret { spec: Some(spec), data: self.data.expose().to_owned() })
    }
}

impl Admission<'_> {
    /// The secret with its data, as the JSON that is sealed for the caller.
    pub(crate) fn release(
        &self,
        show: impl FnOnce(EnclaveSecretSpec) -> EnclaveSecretSpec,
    ) -> Zeroizing<String> {
        let message = self.secret.message(show(self.secret.spec.to_proto()));
        Zeroizing::new(json::to_string(&*message))
    }
}

/// One answer for a secret that is private and for one that does not exist.
pub(crate) fn not_public() -> Error {
    Error::new(ErrorCode::PublicPrivate, Kind::NotFound, "there is no public secret of that name")
}

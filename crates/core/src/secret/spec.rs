//! The specification of a secret, parsed once at the door.

use aecs_proto::{EnclaveKvPair, EnclaveSecretSpec, EnclaveSecretType};

use super::{about::About, lifecycle::Lifecycle, policy::SecretPolicy, usage::Usage};
use crate::{
    error::{Cause, Error},
    name::{SecretName, ServiceName},
};

/// The types of secrets.
pub(crate) type SecretType = EnclaveSecretType;

/// The most bytes of imported data, whatever the quota allows: 8 MiB.
pub(crate) const MOST_DATA: usize = 8 << 20;

/// The most bytes of other data, which is parsed as a whole: 1 MiB.
pub(crate) const MOST_PARSED_DATA: usize = 1 << 20;

/// What is known of a secret, but not its data.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) service: ServiceName,
    pub(crate) name: SecretName,
    pub(crate) kind: SecretType,
    pub(crate) policy: SecretPolicy,
    pub(crate) params: Vec<EnclaveKvPair>,
    /// Its data cannot be changed.
    pub(crate) readonly: bool,
    /// Nothing of it can be changed.
    pub(crate) immutable: bool,
    pub(crate) share: Share,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) about: About,
    /// How it is used in place, if it is.
    pub(crate) usage: Option<Usage>,
}

/// Who may read the specification and the public half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    Private,
    Public,
}

impl Spec {
    /// Parses what a caller sent for a secret of `service`.
    pub(crate) fn parse(spec: EnclaveSecretSpec, service: &ServiceName) -> Result<Self, Error> {
        let name = SecretName::parse(&spec.secret_name)?;
        let kind =
            SecretType::try_from(spec.r#type).map_err(|_| Cause::BadType { got: spec.r#type })?;
        let readonly = parse_readonly(&spec.readonly, &name)? || spec.immutable;
        let parsed = Self {
            service: service.clone(),
            kind,
            readonly,
            immutable: spec.immutable,
            share: parse_share(&spec.share, &name)?,
            policy: SecretPolicy::parse(spec.policy.unwrap_or_default(), &name)?,
            lifecycle: Lifecycle::parse(spec.lifecycle, &name, kind)?,
            about: About::parse(spec.about, &name)?,
            usage: Usage::parse(spec.r#use, &name, kind)?,
            params: spec.params,
            name,
        };
        parsed.check_rotation()?;
        Ok(parsed.linked())
    }

    /// With the parts that an update leaves as they are taken from what is kept.
    pub(crate) fn completed_from(self, old: &Self) -> Result<Self, Cause> {
        let whole = Self {
            lifecycle: self.lifecycle.clone().or(&old.lifecycle),
            about: self.about.clone().or(&old.about),
            usage: self.usage.clone().or_else(|| old.usage.clone()),
            params: old.params.clone(),
            ..self
        };
        whole.check_rotation()?;
        whole.check_uses()?;
        Ok(whole.linked())
    }

    /// Refuses to have the server make versions of a secret that may get none.
    fn check_rotation(&self) -> Result<(), Cause> {
        if self.readonly && self.lifecycle.rotation(0).is_some() {
            return Err(Cause::RotationOfReadOnly { secret: self.name.clone() });
        }
        Ok(())
    }

    /// Refuses rules that allow what the secret does not.
    pub(crate) fn check_uses(&self) -> Result<(), Cause> {
        let operations = self.usage.as_ref().map(Usage::operations).unwrap_or_default();
        if self.usage.is_none() && self.policy.uses().narrow() {
            return Err(Cause::RuleUseWithoutUse { secret: self.name.clone() });
        }
        match self.policy.uses().beyond(operations) {
            None => Ok(()),
            Some(one) => Err(Cause::RuleUseBeyond { secret: self.name.clone(), word: one.word() }),
        }
    }

    /// Refuses that no version of a key is used, not even the `latest` one: what it encrypts would open
    /// for nobody, and the earlier versions would go.
    pub(crate) fn check_first_version(&self, latest: u64) -> Result<(), Cause> {
        match self.usage.as_ref().map(Usage::first_version) {
            Some(first) if first > latest => {
                Err(Cause::FirstVersionBeyond { secret: self.name.clone(), first, latest })
            }
            _ => Ok(()),
        }
    }

    /// The versions of a key that is used in place are kept as long as they are used.
    fn linked(mut self) -> Self {
        self.lifecycle.keep_from(self.usage.as_ref().map(Usage::first_version));
        self
    }

    /// Whether the secret itself leaves the server for nobody.
    pub(crate) fn is_never_export(&self) -> bool {
        self.policy.is_never_export()
            || self.usage.as_ref().is_some_and(|usage| !usage.is_exportable())
    }

    /// The message that clients of both protocols read.
    pub(crate) fn to_proto(&self) -> EnclaveSecretSpec {
        EnclaveSecretSpec {
            secret_name: self.name.to_string(),
            service_name: self.service.to_string(),
            r#type: self.kind.into(),
            policy: Some(self.policy.message().clone()),
            params: self.params.clone(),
            readonly: self.readonly.to_string(),
            share: match self.share {
                Share::Private => "private".to_owned(),
                Share::Public => "public".to_owned(),
            },
            lifecycle: self.lifecycle.message(),
            about: self.about.message(),
            immutable: self.immutable,
            r#use: self.usage.as_ref().map(Usage::message),
        }
    }
}

/// AECS 2.0 took everything but `false` for true, so a missing value means true.
fn parse_readonly(text: &str, name: &SecretName) -> Result<bool, Cause> {
    match text {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Cause::BadReadonly { secret: name.clone() }),
    }
}

fn parse_share(text: &str, name: &SecretName) -> Result<Share, Cause> {
    match text {
        "public" => Ok(Share::Public),
        // The last is what AECS 2.0 writes into the secrets of trusted applications.
        "" | "private" | "false" => Ok(Share::Private),
        _ => Err(Cause::BadShare { secret: name.clone() }),
    }
}

//! Evidence that was found genuine, with or without a key that it is known to bind.

use std::ops::Deref;
use std::time::SystemTime;

use aecs_attest::{Appraised, Attributes, Backing, Subject, Verified};
use aecs_proto::UnifiedAttestationAttributes;
use serde::Serialize;
use serde_json::{Map, Value};

/// What the verifier made of evidence.
pub(super) enum VerifiedEvidence {
    /// It binds the key that was presented.
    Bound { attributes: Box<Verified<Attributes>>, key: Key },
    /// Nobody presented a key.
    Alone(Box<Verified<Appraised>>),
}

/// Where the key came from that the evidence binds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// From the caller.
    Given,
    /// From the file with the evidence.
    WithEvidence,
}

/// What is known of the key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding {
    pub(super) status: &'static str,
    /// SHA-256 of the key's PEM text, where the evidence binds one.
    pub(super) sha256: String,
    #[serde(skip)]
    pub(super) text: &'static str,
}

impl Deref for VerifiedEvidence {
    type Target = Appraised;

    fn deref(&self) -> &Appraised {
        match self {
            Self::Bound { attributes, .. } => attributes.get(),
            Self::Alone(appraised) => appraised.get(),
        }
    }
}

impl VerifiedEvidence {
    /// The message of the attributes.
    pub(super) fn message(&self) -> &UnifiedAttestationAttributes {
        Appraised::attributes(self)
    }

    pub(super) fn backing(&self) -> &'static str {
        match Appraised::backing(self) {
            Backing::Hardware => "hardware",
            Backing::Simulation => "simulation",
            _ => "nothing",
        }
    }

    /// First and last second in which the same verification holds.
    pub(super) fn window(&self) -> (SystemTime, SystemTime) {
        match self {
            Self::Bound { attributes, .. } => (attributes.valid_from(), attributes.valid_until()),
            Self::Alone(appraised) => (appraised.valid_from(), appraised.valid_until()),
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        match self {
            Self::Bound { attributes, .. } => attributes.get().into(),
            Self::Alone(appraised) => appraised.get().into(),
        }
    }

    /// The freshness value in the evidence: a device's nonce, the platform's own, or the user data.
    pub(super) fn nonce(&self) -> String {
        if let Self::Alone(appraised) = self
            && let Some(nonce) = appraised.nonce()
        {
            return hex::encode_upper(nonce);
        }
        let message = self.message();
        let nonces = [&message.hex_nonce, &message.hex_user_data];
        nonces.into_iter().find(|nonce| !nonce.is_empty()).cloned().unwrap_or_default()
    }

    pub(super) fn binding(&self) -> Binding {
        let sha256 = self.message().hex_hash_or_pem_pubkey.clone();
        let (status, text) = match self {
            Self::Bound { key: Key::Given, .. } => ("checked", "bound to the given key"),
            Self::Bound { key: Key::WithEvidence, .. } => (
                "checkedAgainstFile",
                "bound to the key in the file; the file does not prove whose key that is",
            ),
            Self::Alone(appraised) if appraised.report_data().is_none() => ("none", "binds no key"),
            Self::Alone(_) => ("notChecked", "NOT CHECKED: no key was given"),
        };
        Binding { status, sha256, text }
    }

    /// The attributes that there are, by their names on the wire.
    pub(super) fn attributes(&self) -> Map<String, Value> {
        // Every field of the message is a text.
        let Ok(Value::Object(fields)) = serde_json::to_value(self.message()) else {
            return Map::new();
        };
        fields.into_iter().filter(|(_, value)| value.as_str() != Some("")).collect()
    }
}

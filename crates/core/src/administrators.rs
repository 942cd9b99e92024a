//! The administrators of the platform: records of the vault, one each.
//!
//! Invariant: a key without a record is refused at once. The host's file names the first one when
//! an identity is born, and nothing afterwards. Until there is a quorum, each one can remove the
//! others.

use std::sync::Arc;

use aecs_crypto::{PasswordVerifier, PublicKey, SecretBytes};
use prost::Message;

use crate::{
    error::{Error, internal},
    keys,
    name::HostName,
    records::decode,
    vault::{Epoch, Name, Vault},
};

/// How many there may be: each of their requests reads them all.
pub(crate) const MAX_ADMINISTRATORS: usize = 16;

/// The name of the first one.
const FIRST: &str = "aecs_admin";

/// The key and the optional password of the AECS administrator.
#[derive(Clone)]
pub struct AdminConfig {
    /// Verifies the administrator's requests; answers are sealed to it.
    pub public_key: PublicKey,
    /// Asked for in addition, where set.
    pub password: Option<Arc<PasswordVerifier>>,
}

/// An administrator of the platform.
#[derive(Clone)]
pub(crate) struct Administrator {
    pub(crate) name: HostName,
    /// Verifies the administrator's requests; answers are sealed to it.
    pub(crate) key: PublicKey,
    /// Asked for in addition, where there is one.
    pub(crate) password: Option<Arc<PasswordVerifier>>,
    pub(crate) added_at_ms: i64,
}

impl Administrator {
    /// The one that the configuration names.
    pub(crate) fn first(config: &AdminConfig, now_ms: i64) -> Result<Self, Error> {
        Ok(Self {
            name: HostName::parse(FIRST)?,
            key: config.public_key.clone(),
            password: config.password.clone(),
            added_at_ms: now_ms,
        })
    }

    /// Whether `config` names this key, and a password if there is one.
    pub(crate) fn is_of(&self, config: &AdminConfig) -> bool {
        self.key.fingerprint() == config.public_key.fingerprint()
            && self.password.is_some() == config.password.is_some()
    }

    pub(crate) fn to_record(&self) -> AdministratorRecord {
        AdministratorRecord {
            name: self.name.to_string(),
            public_key: self.key.pem().to_owned(),
            password_phc: self.password.as_ref().map(|it| it.to_phc()).unwrap_or_default(),
            added_at_ms: self.added_at_ms,
        }
    }

    pub(crate) fn from_record(record: &AdministratorRecord) -> Result<Self, Error> {
        let broken = internal("reading an administrator");
        let password = match record.password_phc.as_str() {
            "" => None,
            phc => Some(Arc::new(PasswordVerifier::from_phc(phc).map_err(broken)?)),
        };
        Ok(Self {
            name: HostName::parse(&record.name)?,
            key: PublicKey::from_pem(&record.public_key).map_err(broken)?,
            password,
            added_at_ms: record.added_at_ms,
        })
    }

    /// The content of the administrator's record in the vault.
    pub(crate) fn encode(&self) -> SecretBytes {
        self.to_record().encode_to_vec().into()
    }
}

/// An administrator with the record that the vault has.
pub(crate) struct Recorded {
    pub(crate) administrator: Administrator,
    pub(crate) record: Name,
    pub(crate) epoch: Epoch,
}

/// All that the vault has, by name. None before the first provision.
pub(crate) async fn load(vault: &Vault) -> Result<Vec<Recorded>, Error> {
    let mut administrators = Vec::new();
    for record in vault.names_page(keys::ADMINISTRATORS, None, MAX_ADMINISTRATORS) {
        let Some(found) = vault.get(&record).await? else { continue };
        let administrator = Administrator::from_record(&decode(&found.plain)?)?;
        administrators.push(Recorded { administrator, record, epoch: found.epoch });
    }
    Ok(administrators)
}

/// [`Administrator`] as it is kept.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AdministratorRecord {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    public_key: String,
    #[prost(string, tag = "3")]
    password_phc: String,
    #[prost(int64, tag = "4")]
    added_at_ms: i64,
}

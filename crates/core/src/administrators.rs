//! The administrators of the platform: records of the vault, one each.
//!
//! Invariant: a key without a record is refused at once. The host's file names the first one when
//! an identity is born, and nothing afterwards. Until there is a quorum, each one can remove the
//! others.

use std::sync::Arc;

use aecs_crypto::{KeyHash, PasswordVerifier, PublicKey, SecretBytes};
use aecs_proto::SettingDifference;
use prost::Message;

use crate::{
    error::{Error, internal},
    keys,
    name::PersonName,
    records::decode,
    settings::{NamedAdministrator, NamedPassword},
    slow::Lanes,
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
    pub(crate) name: PersonName,
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
            name: PersonName::parse(FIRST)?,
            key: config.public_key.clone(),
            password: config.password.clone(),
            added_at_ms: now_ms,
        })
    }

    /// Whether `config` names this key, and this password as far as that can be told.
    pub(crate) fn is_of(&self, config: &AdminConfig) -> bool {
        let same_password = match (&self.password, &config.password) {
            (None, None) => true,
            (Some(own), Some(named)) => own.may_equal(named),
            _ => false,
        };
        self.key.fingerprint() == config.public_key.fingerprint() && same_password
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
            name: PersonName::parse(&record.name)?,
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

/// The names of those who are not asked for a password.
pub(crate) fn without_password(administrators: &[Administrator]) -> Vec<String> {
    let without = administrators.iter().filter(|it| it.password.is_none());
    without.map(|it| it.name.to_string()).collect()
}

/// Where the administrator that a configuration file names differs from the one in force.
///
/// Of the caller's own hash it is told whether it is the same; of others', only whether there is one:
/// who tries hashes of another one's password must not learn when one is right.
pub(crate) async fn differences(
    lanes: &Lanes,
    present: &[Administrator],
    caller: KeyHash,
    named: NamedAdministrator,
) -> Result<Vec<SettingDifference>, Error> {
    let difference = |name: &str, in_force: &str, in_file: &str| SettingDifference {
        name: name.to_owned(),
        in_force: in_force.to_owned(),
        in_file: in_file.to_owned(),
    };
    let key = named.key.map_or(caller, |key| key.fingerprint());
    let Some(found) = present.iter().find(|it| it.key.fingerprint() == key) else {
        let keys: Vec<_> = present.iter().map(|it| it.key.fingerprint().to_string()).collect();
        return Ok(vec![difference("aecs_admin_pubkey", &keys.join(", "), &key.to_string())]);
    };
    let differs = match (&found.password, named.password) {
        (None, NamedPassword::None) | (Some(_), NamedPassword::Elsewhere) => None,
        (None, NamedPassword::Hash(_) | NamedPassword::Elsewhere) => Some(("none", "set")),
        (Some(_), NamedPassword::None) => Some(("set", "none")),
        (Some(_), NamedPassword::Hash(_)) if key != caller => None,
        (Some(verifier), NamedPassword::Hash(hash)) => {
            let verifier = verifier.clone();
            let compare = move || verifier.is_from(hash.expose());
            let same = lanes.passwords.run("comparing the hash of a password", compare).await?;
            (!same).then_some(("set", "another hash"))
        }
    };
    let row = |(in_force, in_file)| difference("aecs_admin_password_hash", in_force, in_file);
    Ok(differs.map(row).into_iter().collect())
}

/// All that the vault has, by name. None before the first provision.
pub(crate) async fn load(vault: &Vault) -> Result<Vec<Recorded>, Error> {
    let mut administrators = Vec::new();
    for record in vault.names_page(keys::ADMINISTRATORS, None, MAX_ADMINISTRATORS).await? {
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

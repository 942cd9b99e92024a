//! What is stored of a service, and how records are read and written as messages.

use std::sync::Arc;

use aecs_crypto::{PasswordVerifier, PublicKey, SecretBytes, SecretString, Suite};
use aecs_proto::AdminAuth;
use aecs_store::pages::PageStore;
use prost::Message;

use crate::{
    error::{Error, internal},
    identity::{Identity, SuiteKeys},
    keys,
    name::ServiceName,
    vault::{Epoch, Options, Vault, VaultError},
};

/// The administrator of a service.
pub(crate) struct ServiceRecord {
    pub(crate) key: PublicKey,
    pub(crate) password: Option<Arc<PasswordVerifier>>,
    /// Whether the operator may replace the key.
    pub(crate) operator_may_replace_key: bool,
    /// The epoch of the record; a service that is registered again has another one.
    pub(crate) epoch: Epoch,
}

impl ServiceRecord {
    /// Reads it, or `None` if the service is not registered.
    pub(crate) async fn load(vault: &Vault, service: &ServiceName) -> Result<Option<Self>, Error> {
        let name = keys::authentication(service)?;
        let Some(record) = vault.get(&name).await? else {
            return Ok(None);
        };
        let auth: AdminAuth = decode(&record.plain)?;
        let broken = internal("reading a service");
        let password = match auth.password_hash.as_str() {
            "" => None,
            phc => Some(Arc::new(PasswordVerifier::from_phc(phc).map_err(broken)?)),
        };
        let key = PublicKey::from_pem(&auth.public_key).map_err(broken)?;
        let operator_may_replace_key = auth.operator_may_replace_key;
        Ok(Some(Self { key, password, operator_may_replace_key, epoch: record.epoch }))
    }

    /// The content of a new record.
    pub(crate) fn encode(
        key: &PublicKey,
        password: Option<&PasswordVerifier>,
        operator_may_replace_key: bool,
    ) -> SecretBytes {
        let auth = AdminAuth {
            public_key: key.pem().to_owned(),
            password_hash: password.map(PasswordVerifier::to_phc).unwrap_or_default(),
            operator_may_replace_key,
        };
        auth.encode_to_vec().into()
    }
}

/// Opens the records of `identity`; those of another one do not open. It reads what every node begins
/// with: the settings, the administrators, and what is known of audit logs. Any other
/// record that was tampered with fails the calls that need it, and no others.
pub(crate) async fn open(
    store: Arc<dyn PageStore>,
    identity: &Identity,
) -> Result<Vault, VaultError> {
    let (key, id) = (identity.record_key(), identity.deployment_id());
    let vault = Vault::open(store, key, id, Options::new()).await?;
    for folder in [keys::DEPLOYMENT, keys::AUDIT] {
        for name in vault.names(folder).await? {
            vault.get(&name).await?;
        }
    }
    Ok(vault)
}

/// The keys of those suites that the records have: of suites that settings have added, so that all
/// processes have the same.
pub(crate) async fn suite_keys(vault: &Vault, suites: &[Suite]) -> Result<SuiteKeys, Error> {
    let mut found = SuiteKeys::new();
    for suite in suites {
        if let Some(record) = vault.get(&keys::suite_key(*suite)?).await? {
            let pem = SecretString::try_from(record.plain);
            found.insert(*suite, pem.map_err(internal("reading a key of the identity"))?);
        }
    }
    Ok(found)
}

/// Reads the message that a record holds.
pub(crate) fn decode<M: Message + Default>(plain: &SecretBytes) -> Result<M, Error> {
    M::decode(plain.expose()).map_err(internal("reading a record"))
}

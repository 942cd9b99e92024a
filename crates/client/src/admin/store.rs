//! The store: its state and its verification, exports of it, and backups of the identity.

use aecs_proto::{
    AecsBackupIdentityRequest, AecsDeleteBackupIdentityRequest, AecsListBackupIdentityRequest,
    ExportStoreRequest, MoveStoreRequest, ShowStoreRequest, ShowStoreResponse, StoreRelocation,
    StoreVerification, VerifyStoreRequest,
};

use super::AdminClient;
use crate::error::Result;

/// An identity backup, as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The host name it was made under.
    pub host_name: String,
    /// SHA-256 of the identity's public PEM text, in hexadecimal.
    pub identity_hash: String,
}

/// A page of an export of the server's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPage {
    export_id: String,
    /// Keys and sealed values, in the order of the keys.
    pub entries: Vec<(String, Vec<u8>)>,
    /// Whether there is another page.
    pub more: bool,
}

impl AdminClient {
    /// Backs the server's identity up under a host name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn backup(&self, host_name: &str) -> Result<()> {
        let request = AecsBackupIdentityRequest { host_name: host_name.to_owned() };
        self.administrator.call(&request).await?;
        Ok(())
    }

    /// The identity backups; of one host, or of all with an empty name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_backups(&self, host_name: &str) -> Result<Vec<Backup>> {
        let request = AecsListBackupIdentityRequest { host_name: host_name.to_owned() };
        let answer = self.administrator.call(&request).await?;
        let backups = answer.results.into_iter().map(|backup| Backup {
            host_name: backup.identity_backup_name,
            identity_hash: backup.identity_public_key_hash,
        });
        Ok(backups.collect())
    }

    /// Deletes an identity backup.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn delete_backup(&self, host_name: &str) -> Result<()> {
        let request = AecsDeleteBackupIdentityRequest { host_name: host_name.to_owned() };
        self.administrator.call(&request).await?;
        Ok(())
    }

    /// What the server's store is like, and what its last verification has found.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn store_status(&self) -> Result<ShowStoreResponse> {
        self.administrator.call(&ShowStoreRequest {}).await
    }

    /// Has the server read everything in its store, unless it is doing so; it goes on after the answer.
    /// [`store_status`](Self::store_status) says how far it is.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn verify_store(&self) -> Result<StoreVerification> {
        let answer = self.administrator.call(&VerifyStoreRequest {}).await?;
        Ok(answer.verification.unwrap_or_default())
    }

    /// Has the server move its records to the empty store at `url`; it goes on after the answer.
    /// [`store_status`](Self::store_status) says how far it is.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn move_store(&self, url: &str) -> Result<StoreRelocation> {
        let request = MoveStoreRequest { url: url.to_owned() };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.relocation.unwrap_or_default())
    }

    /// Everything in the server's store at one moment, sealed as it is there: the page after
    /// `previous`, or the first one of a new export. An export has to be read within 10 minutes,
    /// and a new one ends it.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn export_store(&self, previous: Option<&ExportPage>) -> Result<ExportPage> {
        let request = previous.map_or_else(ExportStoreRequest::default, |previous| {
            let after = previous.entries.last().map(|(key, _)| key.clone()).unwrap_or_default();
            ExportStoreRequest { export_id: previous.export_id.clone(), after }
        });
        let answer = self.administrator.call(&request).await?;
        let entries: Vec<_> =
            answer.entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        // A page without entries has no successor, whatever it says.
        let more = answer.more && !entries.is_empty();
        Ok(ExportPage { export_id: answer.export_id, entries, more })
    }
}

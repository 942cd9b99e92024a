//! Administrators of the platform, and keys that are replaced.

use aecs_crypto::{PublicKey, SecretString};
use aecs_proto::{
    AddAdministratorRequest, ListAdministratorRequest, RemoveAdministratorRequest,
    RotateAdministratorKeyRequest, SetServiceKeyRequest, Zeroizing,
};

use super::{AdminClient, exposed};
use crate::error::Result;

impl AdminClient {
    /// The administrators of the platform.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_administrators(&self) -> Result<Vec<aecs_proto::Administrator>> {
        let answer = self.administrator.call(&ListAdministratorRequest {}).await?;
        Ok(answer.administrators)
    }

    /// Adds an administrator of the platform, with the hash of a password where one is to be asked.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn add_administrator(
        &self,
        name: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(AddAdministratorRequest {
            name: name.to_owned(),
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        self.administrator.call(&*request).await?;
        Ok(())
    }

    /// Removes an administrator of the platform: its key is refused from now on. The recovery shares that it made
    /// end, except those of the revisions `kept`, which count as this administrator's. Returns those that ended.
    /// `leave_none_proven` agrees that no proven shares for servers like the present one are left then.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn remove_administrator(
        &self,
        name: &str,
        kept: &[i64],
        leave_none_proven: bool,
    ) -> Result<Vec<i64>> {
        let request = RemoveAdministratorRequest {
            name: name.to_owned(),
            kept_revisions: kept.to_vec(),
            leave_none_proven,
        };
        Ok(self.administrator.call(&request).await?.ended_revisions)
    }

    /// Replaces this administrator's own key. Later calls need a connection with the new one.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn rotate_key(
        &self,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(RotateAdministratorKeyRequest {
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        self.administrator.call(&*request).await?;
        Ok(())
    }

    /// Gives a service another administrator's key, if it was registered so that this may be done.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn set_service_key(
        &self,
        service: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(SetServiceKeyRequest {
            service_name: service.to_owned(),
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        self.administrator.call(&*request).await?;
        Ok(())
    }
}

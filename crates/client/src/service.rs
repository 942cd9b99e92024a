//! A service's administrator: creates, updates, lists and destroys its secrets and their versions.

use std::sync::Arc;

use aecs_attest::Verifier;
use aecs_crypto::{KeyPair, PublicKey, SecretString};
use aecs_proto::named_list::Content;
use aecs_proto::{
    ApplySecretRequest, CreateEnclaveSecretRequest, DeleteSecretRequest, DeletedSecret,
    DestroyEnclaveSecretRequest, DestroyNamedListRequest, EnclaveSecretSpec, ErrorCode,
    FunctionRequest, ListChange, ListDenialRequest, ListDenialResponse, ListEnclaveSecretRequest,
    ListEnclaveSecretResponse, ListNamedListRequest, ListSecretVersionRequest,
    ListSecretVersionResponse, NamedList, NamedListInfo, PutNamedListRequest, PutNamedListResponse,
    RollbackSecretRequest, RotateSecretRequest, RotateServiceKeyRequest, SecretOutcome,
    UndeleteSecretRequest, Zeroizing,
};

use crate::admin::{AdminBuilder, AdminClient, exposed};
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::lists;
use crate::memory::StateMemory;
use crate::public::{self, PublicSecret};
use crate::sealed_call::{Administrator, Role};
use crate::secret::{NewSecret, NewValue};
use crate::trust::{Distrust, ServerPolicy, TrustedServer};

/// How many secrets a list asks for at once: with long policies, all of them do not fit into a message.
const PAGE: u32 = 256;

/// How many values of a named list are asked for at once.
const VALUES: u32 = 16_384;

/// Calls the functions of a service's administrator.
///
/// ```no_run
/// use std::sync::Arc;
/// use aecs_client::ServiceClient;
/// use aecs_client::files::{kubeconfig::Kubeconfig, secret_policy::SecretPolicyFile};
///
/// # async fn create(verifier: Arc<aecs_attest::Verifier>) -> Result<(), Box<dyn std::error::Error>> {
/// let (administrator, server) = Kubeconfig::load("service1.kubeconfig")?.into_parts()?;
/// let service = ServiceClient::builder(server.endpoint, verifier, server.policy)
///     .connect(&administrator.name, administrator.identity_key)
///     .await?;
/// for secret in &SecretPolicyFile::load("secrets.yaml")?.refuse_open_rules()?.secrets {
///     service.create(secret).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct ServiceClient {
    pub(crate) administrator: Administrator,
    service: String,
}

impl ServiceClient {
    /// Connects to a server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        service: &str,
        key: KeyPair,
        password: Option<SecretString>,
    ) -> Result<ServiceClient> {
        let builder = ServiceClient::builder(endpoint, verifier, policy).password(password);
        builder.connect(service, key).await
    }

    /// Prepares a connection.
    #[must_use]
    pub fn builder(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> ServiceBuilder {
        ServiceBuilder(AdminClient::builder(endpoint, verifier, policy))
    }

    /// The service's name.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.administrator.session.server().await
    }

    /// Creates a secret. A name that exists is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for a secret of another service, and as every call: unreachable, refused
    /// or not trusted.
    pub async fn create(&self, secret: &NewSecret) -> Result<()> {
        self.send(secret, false, None).await
    }

    /// Creates a secret with that value in place of its own data.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::create`].
    pub async fn create_with(&self, secret: &NewSecret, value: &NewValue) -> Result<()> {
        self.check_service(secret)?;
        let secret = Some(secret.to_message_with(value));
        let request = CreateEnclaveSecretRequest { secret, ..Default::default() };
        self.administrator.call_with_data(Zeroizing::new(request)).await?;
        Ok(())
    }

    /// Replaces a secret's policy, and its lifecycle if the specification has one. The data is not
    /// needed. A name that does not exist, another type and a read-only secret
    /// are errors.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::create`].
    pub async fn update(&self, secret: &NewSecret) -> Result<()> {
        self.send(secret, true, None).await
    }

    /// As [`ServiceClient::update`], if the secret is still at the epoch that a list told
    /// ([`SecretInfo`](aecs_proto::SecretInfo)).
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::create`]; [`ErrorCode::NotCurrent`](crate::ErrorCode::NotCurrent) if it was
    /// changed since.
    pub async fn update_if(&self, secret: &NewSecret, epoch: u64) -> Result<()> {
        self.send(secret, true, Some(epoch)).await
    }

    /// Makes a secret what `secret` says: creates it, changes what differs, or finds nothing to do.
    /// What `secret` does not have stays as it is: data, parameters, lifecycle, description and
    /// labels. With `dry_run`, nothing is changed.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::create`], except for a name that exists.
    pub async fn apply(&self, secret: &NewSecret, dry_run: bool) -> Result<Applied> {
        self.check_service(secret)?;
        let secret = Some(secret.to_message());
        let request = ApplySecretRequest { secret, dry_run, ..Default::default() };
        let answer = self.administrator.call_with_data(Zeroizing::new(request)).await?;
        Ok(Applied { outcome: answer.outcome(), changed: answer.changed, version: answer.version })
    }

    fn check_service(&self, secret: &NewSecret) -> Result<()> {
        if secret.spec.service_name != self.service {
            return Err(Error::Misuse("the secret names another service than the administrator's"));
        }
        Ok(())
    }

    async fn send(&self, secret: &NewSecret, is_update: bool, epoch: Option<u64>) -> Result<()> {
        self.check_service(secret)?;
        let (secret, if_epoch) = (Some(secret.to_message()), epoch.unwrap_or_default());
        let request = CreateEnclaveSecretRequest { secret, is_update, if_epoch, upload: None };
        self.administrator.call_with_data(Zeroizing::new(request)).await?;
        Ok(())
    }

    /// Gives a secret a new version, which applications get from then on. Tells its number. A
    /// secret that does not exist, is read-only or deleted is an error.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn put(&self, name: &str, value: &NewValue) -> Result<u64> {
        self.put_if(name, value, None).await
    }

    /// As [`ServiceClient::put`], if `version` is the current one.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::put`]; [`ErrorCode::NotCurrent`](crate::ErrorCode::NotCurrent) if another
    /// version is the current one.
    pub async fn put_if(&self, name: &str, value: &NewValue, version: Option<u64>) -> Result<u64> {
        let mut request = value.to_request(name);
        request.if_version = version.unwrap_or_default();
        let answer = self.administrator.call_with_data(request).await?;
        Ok(answer.version)
    }

    /// Has the server make a new version of a secret whose type it can make, by the parameters that
    /// the secret was created with. Tells its number.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::put`].
    pub async fn rotate(&self, name: &str) -> Result<u64> {
        self.rotate_if(name, None).await
    }

    /// As [`ServiceClient::rotate`], if `version` is the current one.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::put_if`].
    pub async fn rotate_if(&self, name: &str, version: Option<u64>) -> Result<u64> {
        let request = RotateSecretRequest {
            secret_name: name.to_owned(),
            if_version: version.unwrap_or_default(),
        };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.version)
    }

    /// Gives a secret a new version with the data of the version `to`, which may have expired.
    /// Tells its number.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::put`].
    pub async fn roll_back(&self, name: &str, to: u64) -> Result<u64> {
        self.roll_back_if(name, to, None).await
    }

    /// As [`ServiceClient::roll_back`], if `version` is the current one.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::put_if`].
    pub async fn roll_back_if(&self, name: &str, to: u64, version: Option<u64>) -> Result<u64> {
        let request = RollbackSecretRequest {
            secret_name: name.to_owned(),
            version: to,
            if_version: version.unwrap_or_default(),
        };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.version)
    }

    /// The versions of a secret, without data, the oldest first; and whether the secret is deleted.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn versions(&self, name: &str) -> Result<ListSecretVersionResponse> {
        let request = ListSecretVersionRequest { secret_name: name.to_owned() };
        self.administrator.call(&request).await
    }

    /// Gives a secret, or one version of it, out no more. Tells until when it can be restored, in
    /// milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn delete(&self, name: &str, version: Option<u64>) -> Result<i64> {
        let request = DeleteSecretRequest {
            secret_name: name.to_owned(),
            version: version.unwrap_or_default(),
        };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.restorable_until_ms)
    }

    /// Restores a secret, or one version of it, that is deleted.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn undelete(&self, name: &str, version: Option<u64>) -> Result<()> {
        let request = UndeleteSecretRequest {
            secret_name: name.to_owned(),
            version: version.unwrap_or_default(),
        };
        self.administrator.call(&request).await?;
        Ok(())
    }

    /// Destroys a secret with all of its versions: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy(&self, name: &str) -> Result<()> {
        self.destroy_data(name, 0).await
    }

    /// Destroys the data of one version of a secret, from 1. The number is not given again.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for version 0, and as every call: unreachable, refused or not trusted.
    pub async fn destroy_version(&self, name: &str, version: u64) -> Result<()> {
        if version == 0 {
            return Err(Error::Misuse("versions are numbered from 1"));
        }
        self.destroy_data(name, version).await
    }

    async fn destroy_data(&self, name: &str, version: u64) -> Result<()> {
        let request = DestroyEnclaveSecretRequest { secret_name: name.to_owned(), version };
        self.administrator.call(&request).await?;
        Ok(())
    }

    /// The secrets whose names start with `prefix`: what describes them, not the secrets.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list(&self, prefix: &str) -> Result<Vec<EnclaveSecretSpec>> {
        Ok(self.list_with_info(prefix, false).await?.secrets)
    }

    /// The secrets whose names start with `prefix`, or with `exact` the one of that name, with what
    /// the server knows of each, those that are deleted, and the quotas.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_with_info(
        &self,
        prefix: &str,
        exact: bool,
    ) -> Result<ListEnclaveSecretResponse> {
        let mut request = ListEnclaveSecretRequest {
            secret_name: prefix.to_owned(),
            exact,
            after: String::new(),
            limit: if exact { 0 } else { PAGE },
        };
        let mut all = ListEnclaveSecretResponse::default();
        loop {
            let page = self.administrator.call(&request).await?;
            let ListEnclaveSecretResponse { secrets, deleted, info, quotas, next } = page;
            all.secrets.extend(secrets);
            all.deleted.extend(deleted);
            all.info.extend(info);
            all.quotas = all.quotas.or(quotas);
            // One that is not after the last would never end.
            if next.is_empty() || next <= request.after {
                return Ok(all);
            }
            request.after = next;
        }
    }

    /// The secrets whose names start with `prefix` that are deleted and can be restored.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_deleted(&self, prefix: &str) -> Result<Vec<DeletedSecret>> {
        Ok(self.list_with_info(prefix, false).await?.deleted)
    }

    /// Who was refused secrets whose names start with `prefix`, and why: the latest 64, of like ones
    /// the last. They outlive a restart of the server.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_denials(&self, prefix: &str) -> Result<ListDenialResponse> {
        let request = ListDenialRequest { secret_name: prefix.to_owned() };
        self.administrator.call(&request).await
    }

    /// Makes a named list what `list` says, whatever it was before. A long one takes several requests:
    /// what is new is added first and what is gone is removed last, so that a list of what is excluded
    /// never has less than both have, and one that is new counts when it is whole.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn put_list(&self, list: &NamedList) -> Result<PutNamedListResponse> {
        let parts = lists::parts(list);
        if let [one] = parts.as_slice() {
            return self.change_list(one, ListChange::ListReplace, false).await;
        }
        if matches!(list.content, Some(Content::Measurements(_))) {
            return Err(Error::Misuse(
                "the set of measurements is too large for a request: make several sets of it",
            ));
        }
        let known = match self.named_list(&list.list_name).await {
            Ok(known) => Some(known),
            Err(Error::Refused(refusal)) if refusal.code() == Some(ErrorCode::NoSuchName) => None,
            Err(error) => return Err(error),
        };
        let mut sum = self.change_parts(&parts, ListChange::ListAdd).await?;
        if let Some(gone) = known.and_then(|known| lists::gone(&known, list)) {
            let removed = self.change_parts(&lists::parts(&gone), ListChange::ListRemove).await?;
            sum.removed += removed.removed;
            sum.entries = removed.entries;
        }
        Ok(sum)
    }

    /// Adds to a named list what `list` has. There need be no such list.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn add_to_list(&self, list: &NamedList) -> Result<PutNamedListResponse> {
        self.change_parts(&lists::parts(list), ListChange::ListAdd).await
    }

    /// Removes from a named list what `list` has: values, or the entries of a set with its entries'
    /// labels.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn remove_from_list(&self, list: &NamedList) -> Result<PutNamedListResponse> {
        self.change_parts(&lists::parts(list), ListChange::ListRemove).await
    }

    async fn change_parts(
        &self,
        parts: &[NamedList],
        change: ListChange,
    ) -> Result<PutNamedListResponse> {
        let mut sum = PutNamedListResponse::default();
        for (number, part) in (1..).zip(parts) {
            let more = number < parts.len();
            let done = self.change_list(part, change, more).await?;
            sum.entries = done.entries;
            sum.added += done.added;
            sum.removed += done.removed;
        }
        Ok(sum)
    }

    async fn change_list(
        &self,
        list: &NamedList,
        change: ListChange,
        more: bool,
    ) -> Result<PutNamedListResponse> {
        let request = PutNamedListRequest {
            list: Some(list.clone()),
            change: change.into(),
            if_epoch: 0,
            more,
        };
        self.administrator.call(&request).await
    }

    /// The named lists whose names start with `prefix`, without what they have.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn named_lists(&self, prefix: &str) -> Result<Vec<NamedListInfo>> {
        let request = ListNamedListRequest {
            list_name: prefix.to_owned(),
            ..ListNamedListRequest::default()
        };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.lists)
    }

    /// A named list with what it has.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn named_list(&self, name: &str) -> Result<NamedList> {
        let mut request = ListNamedListRequest {
            list_name: name.to_owned(),
            exact: true,
            limit: VALUES,
            ..ListNamedListRequest::default()
        };
        let mut all: Option<NamedList> = None;
        loop {
            let answer = self.administrator.call(&request).await?;
            let page = answer.list.unwrap_or_default();
            match (&mut all, page.content) {
                (
                    Some(NamedList { content: Some(Content::Values(all)), .. }),
                    Some(Content::Values(more)),
                ) => {
                    all.values.extend(more.values);
                }
                (Some(_), _) => return Err(Distrust::OtherRequest("a page of the list").into()),
                (none @ None, content) => *none = Some(NamedList { content, ..page }),
            }
            // One that is not after the last would never end.
            if answer.next.is_empty() || answer.next <= request.after {
                return Ok(all.unwrap_or_default());
            }
            request.after = answer.next;
        }
    }

    /// Destroys a named list: the exact name. Rules that refer to it admit nobody from then on.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy_list(&self, name: &str) -> Result<()> {
        let request = DestroyNamedListRequest { list_name: name.to_owned() };
        self.administrator.call(&request).await?;
        Ok(())
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
        let request = Zeroizing::new(RotateServiceKeyRequest {
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        self.administrator.call(&*request).await?;
        Ok(())
    }

    /// Calls a function as the administrator.
    pub(crate) async fn call<R: FunctionRequest>(&self, request: &R) -> Result<R::Response> {
        self.administrator.call(request).await
    }

    /// The public part of a secret that is shared with the public.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn get_public(&self, name: &str) -> Result<PublicSecret> {
        public::get(&self.administrator.session, &self.service, name, None).await
    }
}

/// What [`ServiceClient::apply`] did, or with `dry_run` would do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// Whether the secret was created, updated or left as it was.
    pub outcome: SecretOutcome,
    /// What was changed of one that existed: `data`, `policy`, `lifecycle`, `about`, `readonly`,
    /// `immutable`, `share`.
    pub changed: Vec<String>,
    /// The number of the current version; 0 if there is none yet.
    pub version: u64,
}

/// The optional parts of an administrator's connection; for a service's administrator.
pub struct ServiceBuilder(AdminBuilder);

impl ServiceBuilder {
    /// The administrator's password, where one is set.
    #[must_use]
    pub fn password(self, password: impl Into<Option<SecretString>>) -> ServiceBuilder {
        ServiceBuilder(self.0.password(password))
    }

    /// Refuses a server whose store was rolled back since it was last seen.
    #[must_use]
    pub fn memory(self, memory: Arc<dyn StateMemory>) -> ServiceBuilder {
        ServiceBuilder(self.0.memory(memory))
    }

    /// Connects to the server and checks it.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for an empty service name, and when the server cannot be reached or is
    /// not trusted.
    pub async fn connect(self, service: &str, key: KeyPair) -> Result<ServiceClient> {
        if service.is_empty() {
            return Err(Error::Misuse("the service name is empty"));
        }
        let role = Role::ServiceAdmin(service.to_owned());
        let administrator = self.0.administrator(key, role).await?;
        Ok(ServiceClient { administrator, service: service.to_owned() })
    }
}

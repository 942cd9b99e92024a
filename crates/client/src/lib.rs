//! The AECS client: attest the server, administrate it, fetch secrets from it.
//!
//! For the command line tools, for trusted applications and for scripts. Four
//! clients, one rule: nothing is sent to a server, and nothing believed of it, before it has proven
//! with an attestation report that it is the expected one, and every answer has to be signed by the
//! key that the report binds, for the request it answers.
//!
//! - [`AdminClient`]: the platform operator. Provisions, registers services, keeps backups.
//! - [`ServiceClient`]: a service's administrator. Creates and destroys the service's secrets.
//! - [`TaClient`]: a trusted application. Proves what it is and gets the secrets that admit it.
//! - [`PublicClient`]: anybody. Reads the public parts of shared secrets.
//!
//! An application's client finds out by itself what it needs:
//!
//! ```no_run
//! # async fn get() -> aecs_client::Result<()> {
//! let ta = aecs_client::TaClient::from_kubeconfig("/etc/kubetee/ta.kubeconfig").await?;
//! let secret = ta.get("service1", "db-password").await?;
//! # Ok(())
//! # }
//! ```
//!
//! `docs/guide/applications.md` is its guide; [`blocking`] has the same for programs without an
//! asynchronous runtime. The types in signatures are exported here; the crates that they are of are
//! [`attest`], [`crypto`] and [`proto`].
//!
//! Every other client is made of an [`Endpoint`] (where), a verifier (whose evidence is genuine) and a
//! [`ServerPolicy`] (which server is the right one). Files that say so are in [`files`]:
//!
//! ```no_run
//! use std::sync::Arc;
//! use aecs_attest::Verifier;
//! use aecs_client::{AdminClient, files::kubeconfig::Kubeconfig};
//!
//! # async fn status() -> Result<(), Box<dyn std::error::Error>> {
//! let (administrator, server) = Kubeconfig::load("aecs_admin.kubeconfig")?.into_parts()?;
//! let verifier = Arc::new(Verifier::builder().vendor_roots().build()?);
//! let key = administrator.identity_key;
//! let admin =
//!     AdminClient::connect(server.endpoint, verifier, server.policy, key, None).await?;
//! let server = admin.status().await?;
//! println!("{} is {}", server.status().deployment_id, server.status().phase);
//! # Ok(())
//! # }
//! ```
//!
//! [`Error`] tells the way, the server, the trust in it and the caller's own mistakes apart. A call
//! is made again, twice at most, only when it cannot have arrived or changes nothing. A request
//! that was signed for another process of the server is signed again, three times at most.
//!
//! Protocol: AECS 2.1. An AECS 2.0 server answers without the nonce that proves it is not a
//! recording, and is not trusted.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod blocking;
pub mod files;

mod admin;
mod changes;
mod connection;
mod custodian;
mod endpoint;
mod environment;
mod error;
mod evidence;
mod field;
mod key_files;
mod lists;
mod long_data;
mod memory;
mod nonce;
mod platform;
mod public;
mod refusal;
mod remedy;
mod sealed_call;
mod secret;
mod service;
mod session;
mod status;
mod ta;
mod told;
mod transit;
mod trust;

pub use aecs_attest as attest;
pub use aecs_attest::{Acceptance, Attester, UserData, Verifier};
pub use aecs_crypto as crypto;
pub use aecs_crypto::{KeyPair, Material, PublicKey, SecretBytes, SecretString, Suite};
pub use aecs_proto as proto;
pub use aecs_proto::{
    Caller, EnclaveSecretSpec, EnclaveSecretType, ErrorCode, KeySignature, KeyUse,
    TRUSTED_APPLICATIONS, TaBinding, UnifiedAttestationPolicy,
};

pub use admin::{
    AdminBuilder, AdminClient, Backup, ExportPage, Finish, Provision, Provisioned, Service,
};
pub use changes::{Change, Changed, MOST_CHANGES};
pub use custodian::CustodianClient;
pub use endpoint::{ClientTls, Endpoint, EndpointError};
pub use error::{Error, NotSubmitted, PolicyError, Result};
pub use key_files::{forms_of, pem_of_der};
pub use long_data::MOST_DATA;
pub use memory::{FileStateMemory, Known, MemoryError, ReportingMemory, Seen, StateMemory};
pub use platform::{NotAPlatform, OwnPlatform};
pub use public::{PublicClient, PublicSecret};
pub use refusal::{OperationError, Refusal};
pub use remedy::ErrorKind;
pub use secret::{ListedSecret, NewSecret, NewValue, Secret, Tag};
pub use service::{Applied, ServiceBuilder, ServiceClient};
pub use status::{
    AuditState, DeploymentId, NotADeploymentId, Phase, Status, StoreState, TimeFloor,
};
pub use ta::{MOST_SECRETS, Notices, TaClient, TaClientBuilder, Wanted, Watch};
pub use tonic::Code as GrpcCode;
pub use transit::{KeyInPlace, MOST_INPUT, MOST_OPERATIONS, Operation, Outcome};
pub use trust::{Distrust, ServerPolicy, TrustedServer};

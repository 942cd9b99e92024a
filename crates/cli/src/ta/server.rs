//! Which server a trusted application talks to, and what that server has to prove.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::Verifier;
use aecs_client::files::kubeconfig::{self, Kubeconfig, PolicyKeys};
use aecs_client::{ClientTls, Endpoint, EndpointError, ServerPolicy};
use aecs_crypto::SecretString;
use clap::Args;

use crate::connection::{seconds, verifier};
use crate::failure::{Failure, Result, with_causes};
use crate::roots::RootArgs;
use crate::{files, tool};

/// The flags about the server.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// Address of the server; by default that of --server-policy
    #[arg(long, global = true, value_name = "HOST:PORT", env = "AECS_ENDPOINT")]
    endpoint: Option<String>,
    /// Kubeconfig (without an administrator) whose verifyPolicy the server must satisfy
    #[arg(long, global = true, value_name = "FILE", env = "AECS_SERVER_POLICY")]
    server_policy: Option<PathBuf>,
    /// Do not verify the server: an attacker could give false secrets and see the requests
    #[arg(long, global = true, conflicts_with = "server_policy")]
    insecure_skip_server_verification: bool,
    /// Certificate authority (PEM) of the server; turns TLS on
    #[arg(long, global = true, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Certificate (PEM) of the client
    #[arg(long, global = true, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM) of the client's certificate
    #[arg(long, global = true, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    roots: RootArgs,
    /// Seconds to wait for an answer
    #[arg(
        long, global = true, value_name = "SECONDS", default_value_t = 10,
        value_parser = seconds
    )]
    timeout: u64,
    /// Seconds to wait for a server that is starting: that cannot be reached or is not provisioned
    #[arg(
        long, global = true, value_name = "SECONDS", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(0..=86400)
    )]
    wait: u64,
}

/// A server: where it is, what it has to prove, and who checks that.
pub(super) struct Server {
    pub(super) endpoint: Endpoint,
    pub(super) policy: ServerPolicy,
    pub(super) verifier: Arc<Verifier>,
    /// Where the policy is, if a file has it.
    pub(super) policy_keys: Option<PolicyKeys>,
}

impl ServerArgs {
    /// The kubeconfig, if one is named.
    pub(super) fn kubeconfig(&self) -> Option<&Path> {
        self.server_policy.as_deref()
    }

    /// Reads the files that the flags name.
    ///
    /// # Errors
    ///
    /// A missing address or policy, and whatever is wrong with a file.
    pub(super) fn resolve(&self) -> Result<Server> {
        let configured = self.server_policy.as_ref().map(Kubeconfig::load).transpose()?;
        let configured = configured.map(|kubeconfig| kubeconfig.server);
        let endpoint = self.endpoint(configured.as_ref())?;
        let endpoint = endpoint
            .call_timeout(Duration::from_secs(self.timeout))
            .wait_for_start(Duration::from_secs(self.wait));
        let (policy, root, policy_keys) = match configured {
            Some(kubeconfig::Server { policy, simulation_root, policy_keys, .. }) => {
                (policy, simulation_root, Some(policy_keys))
            }
            None if self.insecure_skip_server_verification => {
                tool::warn("--insecure-skip-server-verification: the server is not verified");
                (ServerPolicy::insecure_any_server(), None, None)
            }
            None => {
                return Err(Failure::usage("nothing says what the server has to prove").help(
                    "name a kubeconfig with --server-policy; \
                     --insecure-skip-server-verification gives up all protection from a false server",
                ));
            }
        };
        Ok(Server { endpoint, policy, verifier: verifier(root, &self.roots)?, policy_keys })
    }

    fn endpoint(&self, configured: Option<&kubeconfig::Server>) -> Result<Endpoint> {
        let address = self.endpoint.as_deref().filter(|address| !address.is_empty());
        let tls = self.tls()?;
        match (address, configured, tls) {
            (None, None, _) => Err(Failure::usage("no server given")
                .help("name a kubeconfig with --server-policy or in AECS_SERVER_POLICY")),
            (None, Some(server), tls) => with_tls(server.endpoint.clone(), tls),
            (Some(address), Some(server), None) => server.endpoint_at(address).map_err(|error| {
                let failure = Failure::usage(with_causes(&error));
                match error {
                    EndpointError::OtherAddress { .. } => failure.help(
                        "give --tls-ca, --tls-cert and --tls-key, or the address in the policy",
                    ),
                    _ => failure,
                }
            }),
            (Some(address), _, tls) => {
                let endpoint = Endpoint::new(address);
                with_tls(endpoint.map_err(|error| Failure::usage(with_causes(&error)))?, tls)
            }
        }
    }

    /// The certificates, if any is given; then all have to be.
    fn tls(&self) -> Result<Option<ClientTls>> {
        let (ca, cert, key) = match (&self.tls_ca, &self.tls_cert, &self.tls_key) {
            (None, None, None) => return Ok(None),
            (Some(ca), Some(cert), Some(key)) => (ca, cert, key),
            _ => {
                return Err(Failure::usage("TLS needs a CA, a certificate and a key")
                    .help("give --tls-ca, --tls-cert and --tls-key together"));
            }
        };
        let read = |path: &Path, what| files::read_text(path, what);
        let key = SecretString::from(read(key, "TLS key")?);
        let tls = ClientTls::new(&read(ca, "TLS CA")?, &read(cert, "TLS certificate")?, &key);
        tls.map(Some).map_err(|error| Failure::bad_input(with_causes(&error)))
    }
}

fn with_tls(endpoint: Endpoint, tls: Option<ClientTls>) -> Result<Endpoint> {
    match tls {
        Some(tls) => endpoint.tls(tls).map_err(|error| Failure::usage(with_causes(&error))),
        None => Ok(endpoint),
    }
}

//! The texts of the configuration files: two kubeconfigs and the server's own.

use std::net::IpAddr;
use std::path::Path;

use aecs_attest::SERVER_PRODUCT;
use aecs_crypto::SecretString;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The signer of the enclaves of AECS 2.0's simulation mode, which its kubeconfigs pin.
pub(super) const SIMULATED_SERVER_SIGNER: &str =
    "83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E";

/// Who uses a kubeconfig.
#[derive(Clone, Copy)]
pub(super) struct Administrator<'a> {
    /// `aecs_admin`, or the name of a service.
    pub(super) name: &'a str,
    /// Private PEM of the administrator.
    pub(super) identity: &'a str,
    /// What else the file says of the administrator, as lines of YAML.
    pub(super) more: &'a str,
}

/// What the AECS administrator compares a new server with, and the files that trust it then.
pub(super) const EXPECTED_AND_PINNED: &str = "  serverConfigFile: aecs_server.json
  pinKubeconfigs: [service_admin_test.kubeconfig, ta_test.kubeconfig]
";

/// What a kubeconfig holds.
pub(super) struct Kubeconfig<'a> {
    /// The administrator; a trusted application has none.
    pub(super) administrator: Option<Administrator<'a>>,
    /// Private PEM of the TLS key.
    pub(super) tls_key: &'a str,
    /// PEM of the TLS certificate.
    pub(super) tls_certificate: &'a str,
    /// PEM of the CA.
    pub(super) ca: &'a str,
    /// Whether TLS is in use.
    pub(super) tls: bool,
    /// Address of the server.
    pub(super) endpoint: &'a str,
    /// The server's enclave measurement; empty for any of the signer's.
    pub(super) mrenclave: &'a str,
    /// Certificate of the trusted simulated root, relative to the kubeconfig.
    pub(super) simulation_root: Option<&'a str>,
}

impl Kubeconfig<'_> {
    /// The file's text.
    #[must_use]
    pub(super) fn text(&self) -> SecretString {
        let switch = switch(self.tls);
        let [key, certificate, ca] = [self.tls_key, self.tls_certificate, self.ca].map(base64);
        let Self { endpoint, mrenclave, .. } = self;
        let mut text = String::from(
            "# Which server is trusted, and who calls it. This file holds private keys.\n\
             apiVersion: v1\n\
             kind: Config\n",
        );
        if let Some(Administrator { name, identity, more }) = self.administrator {
            let identity = base64(identity);
            text.push_str(&format!(
                "administrator:\n  name: {name}\n  identityKey: {identity}\n{more}"
            ));
        }
        text.push_str(&format!(
            "\
aecsServer:
  clientRpcSecure: \"{switch}\"
  clientKey: {key}
  clientCert: {certificate}
  clientCA: {ca}
  serverEndpoint: {endpoint}
  verifyPolicy:
    mrenclave: \"{mrenclave}\"
    mrsigner: \"{SIMULATED_SERVER_SIGNER}\"
    prodID: \"{SERVER_PRODUCT}\"
    minIsvSvn: \"1\"
    user_data: \"\"
    spid: \"\"
"
        ));
        if let Some(root) = self.simulation_root {
            text.push_str(
                "    # Reports of this software CPU are accepted. Remove the line in production.\n",
            );
            text.push_str(&format!("    simulationRoot: {root}\n"));
        }
        SecretString::from(text)
    }

    /// Which of the present keys and certificates is not in a kubeconfig that is there. What else
    /// it says is the user's business.
    pub(super) fn missing_part(&self, text: &str) -> Option<&'static str> {
        let parts = [
            (self.administrator.map_or("", |administrator| administrator.identity), "identity key"),
            (self.tls_key, "TLS key"),
            (self.tls_certificate, "TLS certificate"),
            (self.ca, "CA"),
        ];
        let missing = parts.iter().find(|(part, _)| !text.contains(&base64(part)));
        missing.map(|(_, what)| *what)
    }
}

/// What the server's configuration holds.
pub(super) struct Server<'a> {
    /// Where the tree will be when the server reads it.
    pub(super) installed: &'a Path,
    /// Folder of the server's own files.
    pub(super) data: &'a Path,
    /// Address to listen on; none for the default, which only this machine reaches.
    pub(super) listen: Option<IpAddr>,
    /// Port to listen on.
    pub(super) port: u16,
    /// Whether TLS is in use.
    pub(super) tls: bool,
    /// Public PEM of the AECS administrator.
    pub(super) admin: &'a str,
    /// Folder of the software CPU, if the server runs on one.
    pub(super) simulation: Option<&'a Path>,
}

impl Server<'_> {
    /// The file's text: JSON, with the key names of AECS 2.0.
    #[must_use]
    pub(super) fn text(&self) -> String {
        let certificate = |file: &str| json!(self.installed.join("certs").join(file));
        let mut keys = Map::new();
        let mut set = |key: &str, value: Value| keys.insert(key.to_owned(), value);
        if let Some(address) = self.listen {
            set("aecs_rpc_address", json!(address));
        }
        set("aecs_rpc_port", json!(self.port.to_string()));
        set("aecs_rpc_ssl_secure", json!(switch(self.tls)));
        set("aecs_rpc_ca_path", certificate("ca.crt"));
        set("aecs_rpc_cert_path", certificate("aecs_server.crt"));
        set("aecs_rpc_key_path", certificate("aecs_server.key"));
        set("aecs_admin_pubkey", json!(base64(self.admin)));
        set("aecs_data_dir", json!(self.data));
        set("aecs_identity_keypair_cache", json!("enable"));
        match self.simulation {
            Some(folder) => {
                set("attestation", json!({ "platform": "simulation", "simulation_dir": folder }));
                // The applications of the demonstration have the signer that AECS 2.0 simulates.
                let rule = format!("hex_signer={SIMULATED_SERVER_SIGNER}");
                set("ta_secrets", json!({ "policy": rule }));
            }
            None => {
                set("attestation", json!({ "platform": "auto" }));
            }
        }
        format!("{:#}\n", Value::Object(keys))
    }

    /// Which of the present keys is not in a configuration that is there.
    pub(super) fn missing_part(&self, text: &str) -> Option<&'static str> {
        (!text.contains(&base64(self.admin))).then_some("administrator's key")
    }
}

fn switch(on: bool) -> &'static str {
    if on { "enable" } else { "disable" }
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

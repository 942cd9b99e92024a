//! Kubeconfigs (`kind: Config`): who I am, where the server is, and which server I trust.
//!
//! ```yaml
//! apiVersion: v1
//! kind: Config
//! administrator:
//!   name: aecs_admin
//!   identityKeyFile: certs/aecs_admin_private.pem   # or identityKey: the PEM, or its base64
//! aecsServer:
//!   clientRpcSecure: "enable"
//!   clientKeyFile: certs/client.key                 # or clientKey, clientCert, clientCA
//!   clientCertFile: certs/client.crt
//!   clientCAFile: certs/ca.crt
//!   serverEndpoint: 127.0.0.1:19527
//!   verifyPolicy:
//!     mrsigner: "83D7..."
//!     prodID: "19527"
//!     minIsvSvn: "1"
//!     deploymentId: "5E1F..."                       # this very deployment, not another of the signer
//! ```
//!
//! `deploymentId` is written by the first `aecsadmin provision` and by `aecsadmin deployment pin`.
//! A file without it is of no use for anything else, unless it says `insecure_any_deployment:
//! true`. The AECS administrator may name `serverConfigFile`, the server's configuration that
//! provision compares with, and `pinKubeconfigs`, a list of files that provision pins as well.
//!
//! Paths are relative to the kubeconfig's own folder. An empty text means that the key is not set.

use std::path::{Path, PathBuf};

use aecs_attest::{Causes, Denial, Mismatch, Verifier, files::read_text};
use aecs_crypto::{KeyPair, SecretString};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::document::{self, Document, Placed, Scalar, SecretText, given, text};
use super::root::RootFile;
use super::rule::{Level, OtherKeys, Rule, boolean, key_of, policy_of};
use super::suggest::did_you_mean;
use super::{Fault, FileError, Place};
use crate::endpoint::{ClientTls, Endpoint, EndpointError};
use crate::error::{Error, PolicyError};
use crate::status::{DeploymentId, NotADeploymentId};
use crate::trust::ServerPolicy;

/// Largest kubeconfig, and largest key or certificate file that one names, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// A kubeconfig, understood completely.
pub struct Kubeconfig {
    /// Where the server is and what it must prove.
    pub server: Server,
    file: PathBuf,
    administrator: Option<Administrator>,
}

/// The administrator on whose behalf calls are made.
pub struct Administrator {
    /// `aecs_admin`, or the service's name for a service administrator.
    pub name: String,
    /// The key that signs requests and opens answers.
    pub identity_key: KeyPair,
    /// The file that has the key: the kubeconfig itself, or the one that it names.
    pub identity_key_path: PathBuf,
    /// The server's configuration file, as the administrator holds it.
    pub server_config: Option<PathBuf>,
    /// Kubeconfigs of others, which are pinned with this one.
    pub pin_kubeconfigs: Vec<PathBuf>,
}

/// The server side of a kubeconfig.
pub struct Server {
    /// Address, and TLS when `clientRpcSecure` is `enable`.
    pub endpoint: Endpoint,
    /// What the server's attestation report must show.
    pub policy: ServerPolicy,
    /// The root certificate (DER) of the one simulated platform that is trusted, if any.
    pub simulation_root: Option<Vec<u8>>,
    /// Where the keys of `verifyPolicy` are.
    pub policy_keys: PolicyKeys,
}

/// Where the keys of `verifyPolicy` are, to tell which of them a server does not satisfy.
#[derive(Debug, Clone)]
pub struct PolicyKeys {
    file: PathBuf,
    keys: Vec<PolicyKey>,
}

#[derive(Debug, Clone)]
struct PolicyKey {
    /// The attribute's name on the wire.
    attribute: &'static str,
    /// As the file spells it.
    name: String,
    line: Option<u64>,
}

impl PolicyKeys {
    fn of(file: &Path, yaml: &VerifyPolicyYaml) -> Self {
        let keys = yaml.keys().map(|(attribute, name)| PolicyKey {
            attribute,
            name: name.value.clone(),
            line: name.place().map(|place| place.line),
        });
        Self { file: file.to_owned(), keys: keys.collect() }
    }

    /// The kubeconfig.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A denial in the words of the file: `verifyPolicy.mrsigner (line 17): expected …, found …`.
    #[must_use]
    pub fn in_words(&self, denial: &Denial) -> String {
        let mut told: Vec<String> = Vec::new();
        for Mismatch { attribute, expected, actual, .. } in &denial.mismatches {
            let key = self.keys.iter().find(|key| key.attribute == attribute);
            let what = match key {
                Some(PolicyKey { name, line: Some(line), .. }) => {
                    format!("verifyPolicy.{name} (line {line})")
                }
                Some(PolicyKey { name, .. }) => format!("verifyPolicy.{name}"),
                None => match key_of(attribute) {
                    Some(name) => format!("verifyPolicy.{name} (not set)"),
                    None => "verifyPolicy".to_owned(),
                },
            };
            let found = if actual.is_empty() { "nothing" } else { actual };
            let text = format!("{what}: expected {expected}, found {found}");
            // Each combination of lists is a rule of its own.
            if !told.contains(&text) {
                told.push(text);
            }
        }
        told.join("; ")
    }
}

impl Server {
    /// Another address of this server. The certificates of the file go with its own address only.
    ///
    /// # Errors
    ///
    /// What is wrong with the address; [`EndpointError::OtherAddress`] if the file asks for TLS.
    pub fn endpoint_at(&self, address: &str) -> Result<Endpoint, EndpointError> {
        let endpoint = Endpoint::new(address)?;
        let (configured, asked) = (self.endpoint.to_string(), endpoint.to_string());
        if configured == asked {
            return Ok(self.endpoint.clone());
        }
        match self.endpoint.uses_tls() {
            true => Err(EndpointError::OtherAddress { configured, asked }),
            false => Ok(endpoint),
        }
    }

    /// Whose evidence is genuine: the vendors', that of these further roots and of the simulated
    /// platform in the file.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Verifier`] for a root that cannot be used.
    pub fn verifier(&self, roots: &[RootFile]) -> Result<Verifier, Error> {
        let mut verifier = Verifier::builder().vendor_roots();
        for root in roots {
            verifier = verifier.root(root.platform, root.read().map_err(Error::File)?);
        }
        if let Some(root) = &self.simulation_root {
            tracing::warn!("simulation: reports of a software CPU are accepted");
            verifier = verifier.simulated_root(root.clone());
        }
        verifier.build().map_err(Error::Verifier)
    }
}

impl Kubeconfig {
    /// Reads and checks the file at `path`, of at most [`MAX_BYTES`], and the files it names.
    ///
    /// # Errors
    ///
    /// The first thing that is not understood: its place, the reason and a remedy.
    pub fn load(path: impl AsRef<Path>) -> Result<Kubeconfig, FileError> {
        document::load(path, MAX_BYTES, interpret)
    }

    /// Checks `text`, the contents of the file that messages call `name`. Files that it names are
    /// looked for next to `name`.
    ///
    /// # Errors
    ///
    /// As [`Kubeconfig::load`].
    pub fn parse(name: impl AsRef<Path>, text: &str) -> Result<Kubeconfig, FileError> {
        document::parse(name, text, MAX_BYTES, interpret)
    }

    /// The administrator; a kubeconfig of a trusted application needs none.
    ///
    /// # Errors
    ///
    /// When the file has no `administrator`.
    pub fn administrator(&self) -> Result<&Administrator, FileError> {
        self.administrator.as_ref().ok_or_else(|| no_administrator(&self.file))
    }

    /// Takes the kubeconfig apart, as [`Kubeconfig::administrator`].
    ///
    /// # Errors
    ///
    /// When the file has no `administrator`.
    pub fn into_parts(self) -> Result<(Administrator, Server), FileError> {
        let administrator = self.administrator.ok_or_else(|| no_administrator(&self.file))?;
        Ok((administrator, self.server))
    }
}

/// The text of a kubeconfig with this deployment id in the place of what it has, and everything
/// else as it is.
///
/// # Errors
///
/// The file at `path` is not a kubeconfig, or pins another deployment and `replace` is not set.
pub fn pinned(
    path: &Path,
    text: &str,
    id: DeploymentId,
    replace: bool,
) -> Result<String, FileError> {
    let now = Kubeconfig::parse(path, text)?.server.policy.pinned_deployment();
    match now {
        Some(now) if now == id => return Ok(text.to_owned()),
        Some(now) if !replace => {
            return Err(FileError::in_file(
                path,
                format!("it pins deployment {now}, the server is of deployment {id}"),
                "if the server was replaced on purpose, use `deployment pin --replace`",
            ));
        }
        _ => {}
    }
    let text = with_deployment_id(text, id);
    // Whatever the file looked like: it now says what it should, or it is left alone.
    match Kubeconfig::parse(path, &text).map(|it| it.server.policy.pinned_deployment()) {
        Ok(Some(pinned)) if pinned == id => Ok(text),
        _ => Err(FileError::in_file(
            path,
            "there is no place for the deployment id that can be found",
            format!("write `{DEPLOYMENT_ID}: \"{id}\"` into `verifyPolicy` by hand"),
        )),
    }
}

/// `text` with this id in the place of the one that it has, or on a line of its own in
/// `verifyPolicy`. Everything else stays as it is, to the byte.
fn with_deployment_id(text: &str, id: DeploymentId) -> String {
    let entry = format!("{DEPLOYMENT_ID}: \"{id}\"");
    let lines: Vec<Line<'_>> = text.split_inclusive('\n').map(Line::of).collect();
    let key = format!("{DEPLOYMENT_ID}:");
    let present = lines.iter().position(|line| line.content.starts_with(&key));
    let policy = lines.iter().position(|line| line.content == "verifyPolicy:");
    let mut written = String::new();
    for (at, line) in lines.iter().enumerate() {
        let content = if present == Some(at) { entry.as_str() } else { line.content };
        written.extend([line.indent, content, line.rest]);
        if present.is_none() && policy == Some(at) {
            let mut entries = lines.iter().skip(at + 1).filter(|line| !line.content.is_empty());
            let indent = entries.next().map_or("", |line| line.indent);
            written.extend([indent, entry.as_str(), line.end()]);
        }
    }
    written
}

/// A line of YAML.
struct Line<'a> {
    indent: &'a str,
    content: &'a str,
    /// A comment, and the line end.
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        let text = line.trim_start_matches(' ');
        let (indent, _) = line.split_at(line.len() - text.len());
        let begins_a_comment =
            |at: &usize| text.split_at(*at).0.chars().next_back().is_none_or(char::is_whitespace);
        let comment = text.match_indices('#').map(|(at, _)| at).find(begins_a_comment);
        let (content, _) = text.split_at(comment.unwrap_or(text.len()));
        let (content, rest) = text.split_at(content.trim_end().len());
        Self { indent, content, rest }
    }

    fn end(&self) -> &'a str {
        self.rest.split_at(self.rest.trim_end_matches(['\r', '\n']).len()).1
    }
}

fn no_administrator(file: &Path) -> FileError {
    FileError::in_file(
        file,
        "there is no administrator in this file",
        "add `administrator:` with `name` and `identityKey` or `identityKeyFile`",
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Root {
    #[serde(default)]
    #[allow(dead_code, reason = "2.0 files have it, and it says nothing")]
    api_version: Scalar,
    kind: Scalar,
    administrator: Option<Spanned<AdministratorYaml>>,
    aecs_server: ServerYaml,
}

type SecretScalar = Option<Spanned<SecretText>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AdministratorYaml {
    name: Scalar,
    identity_key: SecretScalar,
    identity_key_file: Scalar,
    server_config_file: Scalar,
    #[serde(default)]
    pin_kubeconfigs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ServerYaml {
    client_rpc_secure: Scalar,
    client_key: SecretScalar,
    client_key_file: Scalar,
    client_cert: SecretScalar,
    client_cert_file: Scalar,
    #[serde(rename = "clientCA")]
    client_ca: SecretScalar,
    #[serde(rename = "clientCAFile")]
    client_ca_file: Scalar,
    server_endpoint: Spanned<String>,
    verify_policy: Spanned<VerifyPolicyYaml>,
}

/// What a server's policy may say beside its attributes.
enum ServerRule {}

const DEPLOYMENT_ID: &str = "deploymentId";
const ANY_DEPLOYMENT: &str = "insecure_any_deployment";
const SIMULATION_ROOT: &str = "simulationRoot";
const INSECURE: &str = "insecure_skip_server_verification";

impl OtherKeys for ServerRule {
    const NAMES: &'static [&'static str] =
        &[DEPLOYMENT_ID, ANY_DEPLOYMENT, SIMULATION_ROOT, INSECURE];
    const LEVEL: Level = Level::Rule;
}

type VerifyPolicyYaml = Rule<ServerRule>;

fn interpret(file: &Path, document: &Document) -> Result<Kubeconfig, Fault> {
    let root: Root = document.parse()?;
    document.check_kind(&root.kind, "Config")?;
    let administrator = root
        .administrator
        .map(|administrator| interpret_administrator(file, &administrator))
        .transpose()?;
    let server = interpret_server(file, root.aecs_server)?;
    Ok(Kubeconfig { server, file: file.to_owned(), administrator })
}

fn interpret_administrator(
    file: &Path,
    yaml: &Spanned<AdministratorYaml>,
) -> Result<Administrator, Fault> {
    let at = yaml.place();
    let key = &yaml.value;
    let pem =
        pem(file, "identityKey", &key.identity_key, &key.identity_key_file)?.ok_or_else(|| {
            Fault::at(
                at,
                "the administrator has no key",
                "give `identityKey` (base64 of the private PEM) or `identityKeyFile`",
            )
        })?;
    let identity_key = KeyPair::from_private_pem(pem.text.expose()).map_err(|error| {
        Fault::at(
            pem.place,
            format!("the administrator's key is not usable: {error}"),
            "give the private key that belongs to the registered public key, as PEM",
        )
    })?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let named = |path: &Scalar| given(path).map(|path| folder.join(&path.value));
    Ok(Administrator {
        name: text(&key.name),
        identity_key,
        identity_key_path: named(&key.identity_key_file).unwrap_or(file.to_owned()),
        server_config: named(&key.server_config_file),
        pin_kubeconfigs: key.pin_kubeconfigs.iter().map(|path| folder.join(path)).collect(),
    })
}

fn interpret_server(file: &Path, yaml: ServerYaml) -> Result<Server, Fault> {
    let at = yaml.server_endpoint.place();
    let unusable = |error: EndpointError| {
        let remedy = match error {
            EndpointError::SchemeConflict { .. } => "make it fit `clientRpcSecure`",
            _ => "write `serverEndpoint: HOST:PORT`",
        };
        Fault::at(at, error.to_string(), remedy)
    };
    let endpoint = Endpoint::new(&yaml.server_endpoint.value).map_err(unusable)?;
    let endpoint = match interpret_tls(file, &yaml)? {
        Some(tls) => endpoint.tls(tls).map_err(unusable)?,
        None => endpoint,
    };
    endpoint.check_complete().map_err(unusable)?;
    let root = yaml.verify_policy.value.other(SIMULATION_ROOT);
    let simulation_root = root.map(|path| simulation_root(file, path)).transpose()?;
    let policy_keys = PolicyKeys::of(file, &yaml.verify_policy.value);
    let policy = interpret_policy(yaml.verify_policy)?;
    Ok(Server { endpoint, policy, simulation_root, policy_keys })
}

fn interpret_tls(file: &Path, yaml: &ServerYaml) -> Result<Option<ClientTls>, Fault> {
    let Some(switch) = given(&yaml.client_rpc_secure) else { return Ok(None) };
    match switch.value.as_str() {
        "disable" => return Ok(None),
        "enable" => {}
        other => {
            return Err(Fault::at(
                switch.place(),
                format!("unknown setting `{other}`"),
                did_you_mean(other, &["enable", "disable"]),
            ));
        }
    }
    let needed = |key: &str, inline: &SecretScalar, path: &Scalar| {
        pem(file, key, inline, path)?.ok_or_else(|| {
            Fault::at(
                switch.place(),
                format!("`clientRpcSecure` is enabled, but there is no `{key}`"),
                format!("give `{key}` (base64 of the PEM) or `{key}File`"),
            )
        })
    };
    let key = needed("clientKey", &yaml.client_key, &yaml.client_key_file)?;
    let cert = needed("clientCert", &yaml.client_cert, &yaml.client_cert_file)?;
    let ca = needed("clientCA", &yaml.client_ca, &yaml.client_ca_file)?;
    let tls = ClientTls::new(ca.text.expose(), cert.text.expose(), &key.text).map_err(|error| {
        Fault::at(
            switch.place(),
            Causes(&error).to_string(),
            "check `clientKey`, `clientCert` and `clientCA`",
        )
    })?;
    Ok(Some(tls))
}

struct Pem {
    text: SecretString,
    place: Option<Place>,
}

/// The PEM that stands under `key`, or in the file that `{key}File` names; both at once is ambiguous
/// and so an error.
fn pem(file: &Path, key: &str, inline: &SecretScalar, path: &Scalar) -> Result<Option<Pem>, Fault> {
    let inline = inline.as_ref().filter(|text| !text.value.0.expose().is_empty());
    match (inline, given(path)) {
        (None, None) => Ok(None),
        (Some(_), Some(path)) => Err(Fault::at(
            path.place(),
            format!("both `{key}` and `{key}File` are given"),
            "keep one of them",
        )),
        (Some(inline), None) => inlined_pem(key, inline).map(Some),
        (None, Some(path)) => {
            let text = named_file(file, path)?;
            Ok(Some(Pem { text, place: path.place() }))
        }
    }
}

fn inlined_pem(key: &str, inline: &Spanned<SecretText>) -> Result<Pem, Fault> {
    let at = inline.place();
    let text = inline.value.0.expose();
    if text.starts_with("-----BEGIN ") {
        return Ok(Pem { text: SecretString::from(text.to_owned()), place: at });
    }
    // Tools that wrap their base64 leave line ends in it.
    let packed: String = text.split_ascii_whitespace().collect();
    let packed = SecretString::from(packed);
    STANDARD
        .decode(packed.expose())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(|text| Pem { text: SecretString::from(text), place: at })
        .ok_or_else(|| {
            Fault::at(
                at,
                format!("`{key}` is not the base64 of a PEM text"),
                format!("put the output of `base64 -w0 FILE` here, or use `{key}File`"),
            )
        })
}

/// The contents of a file that the kubeconfig names.
fn named_file(file: &Path, path: &Spanned<String>) -> Result<SecretString, Fault> {
    let full = file.parent().unwrap_or(Path::new("")).join(&path.value);
    let refuse = |reason: String| {
        Fault::at(
            path.place(),
            format!("{}: {reason}", full.display()),
            "name a readable file, relative to the folder of this one",
        )
    };
    read_text(&full, MAX_BYTES)
        .map(SecretString::from)
        .map_err(|error| refuse(format!("cannot be read: {error}")))
}

/// The simulated root certificate in a PEM file, as DER.
fn simulation_root(file: &Path, path: &Spanned<String>) -> Result<Vec<u8>, Fault> {
    let text = named_file(file, path)?;
    let certificate =
        CertificateDer::from_pem_slice(text.expose().as_bytes()).map_err(|error| {
            Fault::at(
                path.place(),
                format!("{} holds no certificate: {error}", path.value),
                "name the root certificate of the simulated platform, as PEM",
            )
        })?;
    Ok(certificate.as_ref().to_vec())
}

fn interpret_policy(yaml: Spanned<VerifyPolicyYaml>) -> Result<ServerPolicy, Fault> {
    let at = yaml.place();
    let yaml = yaml.value;
    let rule = yaml.read(None)?;
    if rule.has_lists() {
        return Err(Fault::at(
            at,
            "this rule refers to named lists, which a service keeps for the policies of its secrets",
            "write the values here",
        ));
    }
    let policy = policy_of(&rule, at)?;
    if let Some(switch) = yaml.other(INSECURE)
        && boolean(switch)?
    {
        return Ok(ServerPolicy::insecure_any_server());
    }
    let deployment_id = yaml.other(DEPLOYMENT_ID).map(deployment_id).transpose()?;
    let policy = ServerPolicy::new(&policy).map_err(|error| match &error {
        PolicyError::Open(why) => Fault::at(at, error.to_string(), why.remedy()),
        PolicyError::Malformed(aecs_attest::Error::Policy { attribute, reason, .. }) => {
            let key = yaml.keys().find(|(known, _)| known == attribute).map(|(_, name)| name);
            let at = key.map_or(at, Placed::place);
            let name = key.map_or(*attribute, |name| name.value.as_str());
            Fault::at(at, format!("`{name}` {reason}"), "docs/policies.md lists the values")
        }
        _ => {
            let remedy = "say which server you trust: its `platform`, and what pins it there";
            Fault::at(at, Causes(&error).to_string(), remedy)
        }
    })?;
    let any = yaml.other(ANY_DEPLOYMENT).map(boolean).transpose()?;
    Ok(match deployment_id {
        Some(id) => policy.deployment(id),
        None if any == Some(true) => policy.insecure_any_deployment(),
        None => policy,
    })
}

fn deployment_id(text: &Spanned<String>) -> Result<DeploymentId, Fault> {
    text.value.parse().map_err(|error: NotADeploymentId| {
        Fault::at(text.place(), error.to_string(), "copy it from `aecsadmin --action status`")
    })
}

#[cfg(test)]
mod tests;

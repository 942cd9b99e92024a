//! `aecs kubeconfig create`: a kubeconfig for somebody else, for the server of one that is there.

use std::path::{Path, PathBuf};

use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_crypto::{KeyPair, SecretString};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::files::{self, Access, Draft};
use crate::keygen::{self, SuiteName};
use crate::names::Name;
use crate::output::{self, Format, View};

/// A command about kubeconfigs.
#[derive(Subcommand, Debug)]
pub enum KubeconfigCommand {
    /// Make a kubeconfig for a service's administrator, an application or another administrator of the
    /// platform, for the server of an existing kubeconfig
    Create(CreateArgs),
}

/// For whom, and from what.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("whom").args(["service", "application", "administrator"]).required(true))]
pub struct CreateArgs {
    /// Kubeconfig to take the server from: its address, its certificates and what it must prove
    #[arg(long, value_name = "KUBECONFIG", env = "AECS_KUBECONFIG")]
    from: PathBuf,
    /// For the administrator of this service
    #[arg(long, value_name = "SERVICE")]
    service: Option<Name>,
    /// For an application or a custodian: without an administrator
    #[arg(long)]
    application: bool,
    /// For the platform's administrator of this name
    #[arg(long, value_name = "NAME")]
    administrator: Option<Name>,
    /// File with the administrator's private key (PEM), which goes into the kubeconfig. Without it,
    /// a pair is made: the public half goes into NAME_public.pem beside the kubeconfig
    #[arg(long, value_name = "FILE", conflicts_with = "application")]
    key: Option<PathBuf>,
    /// Suite of the pair that is made; rsa and sm2 are readable by the tools of AECS 2.0
    #[arg(long, value_enum, default_value_t, conflicts_with = "key")]
    suite: SuiteName,
    /// Client key for TLS (PEM) [default: that of the existing kubeconfig, unless it is an
    /// administrator's]
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Its certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The new file [default: NAME.kubeconfig or application.kubeconfig]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    kubeconfig: PathBuf,
    public_key: Option<PathBuf>,
    /// The command that makes the public key known.
    #[serde(skip)]
    register: Option<String>,
}

impl View for Made {
    fn text(&self) -> String {
        let mut text = format!("kubeconfig: {}", self.kubeconfig.display());
        if let (Some(key), Some(register)) = (&self.public_key, &self.register) {
            let key = key.display();
            text.push_str(&format!("\npublic key: {key}\nregister it: {register} --pubkey {key}"));
        }
        text
    }
}

impl KubeconfigCommand {
    /// Does it.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is not a kubeconfig, or is there already.
    pub fn run(&self, format: Format) -> Result<()> {
        match self {
            Self::Create(args) => output::print(format, &args.create()?),
        }
    }
}

impl CreateArgs {
    fn create(&self) -> Result<Made> {
        let person = self.service.as_ref().or(self.administrator.as_ref());
        let whom = person.map_or("application", Name::as_str);
        let kubeconfig =
            self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{whom}.kubeconfig")));
        let key = person.map(|_| self.key_pair()).transpose()?;
        let text = self.text(&kubeconfig, person.zip(key.as_ref()))?;
        let draft = Draft::with(&kubeconfig, Access::Private, text.expose().as_bytes())?;
        let public_key = match key.filter(|_| self.key.is_none()) {
            Some(key) => {
                let path = kubeconfig.with_file_name(format!("{whom}_public.pem"));
                let public = Draft::with(&path, Access::Public, key.public().pem().as_bytes())?;
                Draft::place_both(draft, public)?;
                Some(path)
            }
            None => {
                draft.place()?;
                None
            }
        };
        let register = match (&self.service, &self.administrator) {
            (Some(name), _) => Some(format!("aecsadmin register {name}")),
            (_, Some(name)) => Some(format!("aecsadmin admin add {name}")),
            (None, None) => None,
        };
        Ok(Made { kubeconfig, public_key, register })
    }

    /// The administrator's key: the given one, or a new one.
    fn key_pair(&self) -> Result<KeyPair> {
        let Some(path) = &self.key else { return keygen::generate(self.suite) };
        let pem = SecretString::from(files::read_text(path, "private key")?);
        KeyPair::from_private_pem(pem.expose()).map_err(|error| {
            Failure::bad_input(format!("the private key {} is not usable: {error}", path.display()))
                .help("give the private key as PEM; `serviceadmin keygen NAME` makes a pair")
        })
    }

    /// The text of the new file, which the parser of kubeconfigs has accepted.
    fn text(&self, out: &Path, person: Option<(&Name, &KeyPair)>) -> Result<SecretString> {
        let source = SecretString::from(files::read_text(&self.from, "kubeconfig")?);
        Kubeconfig::parse(&self.from, source.expose())?;
        let mut root: Map<String, Value> = serde_saphyr::from_str(source.expose())
            .map_err(|error| Failure::bad_input(format!("{}: {error}", self.from.display())))?;
        let of_administrator = root.remove("administrator").is_some();
        if let Some((name, key)) = person {
            let identity = STANDARD.encode(key.private_pem().expose());
            let administrator = json!({ "name": name.as_str(), "identityKey": identity });
            root.insert("administrator".to_owned(), administrator);
        }
        if let Some(Value::Object(server)) = root.get_mut("aecsServer") {
            if of_administrator && self.tls_key.is_none() {
                self.leave_tls_key(server)?;
            }
            self.server(server)?;
        }
        // One line a value, as everywhere in these files.
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        let yaml = serde_saphyr::to_string_with_options(&root, options)
            .map_err(|error| Failure::internal(format!("the kubeconfig has no YAML: {error}")))?;
        let text = SecretString::from(format!(
            "# Which server is trusted, and who calls it. This file holds private keys.\n{yaml}"
        ));
        Kubeconfig::parse(out, text.expose()).map_err(|error| {
            let from = self.from.display();
            Failure::bad_input(format!("{from}: it cannot be copied: {}", error.reason()))
                .help("put numbers and hexadecimal digits of the file into quotes")
        })?;
        Ok(text)
    }

    /// Takes an administrator's client key for TLS out: who has it passes for the administrator wherever
    /// certificates are looked at. Refused if TLS needs one.
    fn leave_tls_key(&self, server: &mut Map<String, Value>) -> Result<()> {
        let uses_tls = server.get("clientRpcSecure").and_then(Value::as_str) == Some("enable");
        if uses_tls {
            let from = self.from.display();
            let what =
                format!("{from} has the TLS client key of its administrator, which is not copied");
            return Err(Failure::usage(what).help(
                "give the new user's own with --tls-key and --tls-cert (`aecs-setup` makes certs/aecs_client.key \
                 and .crt for applications, certs/service_admin.key and .crt for owners of services), or take the \
                 server from a kubeconfig without an administrator",
            ));
        }
        for own in ["clientKey", "clientKeyFile", "clientCert", "clientCertFile"] {
            server.remove(own);
        }
        Ok(())
    }

    /// Makes the section independent of other files, as far as the format can: the new kubeconfig
    /// may go to another folder or machine.
    fn server(&self, server: &mut Map<String, Value>) -> Result<()> {
        let folder = self.from.parent().unwrap_or(Path::new(""));
        for (inline, named, given) in [
            ("clientKey", "clientKeyFile", &self.tls_key),
            ("clientCert", "clientCertFile", &self.tls_cert),
            ("clientCA", "clientCAFile", &None),
        ] {
            let named = server.remove(named).as_ref().and_then(Value::as_str).map(str::to_owned);
            let named = named.filter(|path| !path.is_empty()).map(|path| folder.join(path));
            if let Some(path) = given.as_ref().or(named.as_ref()) {
                let pem = SecretString::from(files::read_text(path, "PEM file")?);
                server.insert(inline.to_owned(), Value::from(STANDARD.encode(pem.expose())));
            }
        }
        let root = server.get_mut("verifyPolicy").and_then(|it| it.get_mut("simulationRoot"));
        if let Some(Value::String(path)) = root.filter(|it| it.as_str() != Some("")) {
            let absolute = std::path::absolute(folder.join(&*path)).map_err(|error| {
                Failure::internal(format!("no absolute path for {path}: {error}"))
            })?;
            *path = absolute.display().to_string();
        }
        Ok(())
    }
}

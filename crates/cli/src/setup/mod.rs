//! `aecs-setup`: everything a first try needs, in one command.
//!
//! The tree has the file names and places of the AECS 2.0 test image, with `--out` in the place of
//! `/etc`. A second run keeps what is there and good.

mod config;
mod keys;
#[cfg(test)]
pub(crate) mod schema;
mod tls;
mod tree;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use aecs_client::Endpoint;
use aecs_client::files::kubeconfig::{self, Kubeconfig};
use aecs_crypto::SecretString;
use clap::{Args, Parser, ValueEnum};
use serde::Serialize;

use self::config::Administrator;
use self::tree::{Entry, Outcome, Tree};
use crate::about::About;
use crate::failure::{Failure, Result};
use crate::files::Access;
use crate::hexadecimal::digest_or_nothing;
use crate::keygen::SuiteName;
use crate::output::{self, Format, View};
use crate::tool::{self, Tool, VERSION};

/// The six secrets of the AECS 2.0 sample.
const SERVICE_POLICY: &str = include_str!("../../templates/service_secret_policy.yaml");
/// The trusted application's secret of the AECS 2.0 sample.
const TA_POLICY: &str = include_str!("../../templates/ta_secret_policy.yaml");
/// The service of the sample.
const SERVICE: &str = "service1";
/// Where the simulated root goes in the tree, and how a kubeconfig names it.
#[cfg(feature = "simulation")]
const SIMULATION_ROOT: &str = "certs/simulation_root.crt";
const SIMULATION_ROOT_FROM_KUBECONFIG: &str = "../certs/simulation_root.crt";

/// Make the certificates, keys, kubeconfigs and configuration of a test installation
#[derive(Parser, Debug)]
#[command(
    name = "aecs-setup",
    version = VERSION,
    after_help = tool::after_help(""),
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
)]
pub struct AecsSetup {
    #[command(subcommand)]
    about: Option<About>,
    #[command(flatten)]
    options: Options,
}

/// What to make.
#[derive(Args, Debug)]
struct Options {
    /// Folder to fill, in the layout of /etc: certs/ and kubetee/
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
    /// Suite of the administrators' keys; rsa and sm2 are readable by the tools of AECS 2.0
    #[arg(long, value_enum, default_value_t)]
    suite: SuiteName,
    /// Mutual TLS between tools and server
    #[arg(long, value_enum, default_value_t)]
    tls: Switch,
    /// Port of the server
    #[arg(long, default_value_t = 19527, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Host name or address of the server, for the kubeconfigs and the server's certificate. With
    /// one that is not of this machine alone, the server listens on all addresses
    #[arg(long, default_value_t = Host(Ipv4Addr::LOCALHOST.to_string()), value_parser = host)]
    host: Host,
    /// Further name or address in the server's certificate
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,
    /// Software CPU that server and applications run on; created if it is missing
    #[cfg(feature = "simulation")]
    #[arg(long, value_name = "DIR")]
    simulation_dir: Option<PathBuf>,
    /// Measurement (MRENCLAVE) of the server to pin in the kubeconfigs
    #[arg(
        long, value_name = "HEX", default_value = "", hide_default_value = true,
        value_parser = digest_or_nothing
    )]
    mrenclave: String,
    /// Folder of the server's own files [default: OUT/data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Root folder of the machine that will use the files; the paths in the files are relative to
    /// it
    #[arg(long, value_name = "DIR")]
    sysroot: Option<PathBuf>,
    /// Create everything again: keys, certificates, configuration. A server that knows the former
    /// keys refuses the new ones
    #[arg(long)]
    force: bool,
    /// Create the configuration files again, without their edits; a deployment id that `provision`
    /// has written into a kubeconfig stays
    #[arg(long)]
    force_config: bool,
    /// Report format
    #[arg(
        long = "format",
        short = 'o',
        visible_alias = "output",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Switch {
    #[default]
    Enable,
    Disable,
}

/// The report: which file was written, which was kept.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Report {
    folder: PathBuf,
    files: Vec<Entry>,
}

impl View for Report {
    fn text(&self) -> String {
        let rows = self.files.iter().map(|entry| {
            let why = entry.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
            [entry.file.clone(), format!("{}{why}", entry.outcome.word())]
        });
        let mut text =
            format!("{}\n{}", self.folder.display(), output::table(&["FILE", "OUTCOME"], rows));
        if self.files.iter().any(|entry| entry.outcome == Outcome::KeptDifferent) {
            text.push_str(
                "\n--force-config of `aecs-setup` replaces what was edited in the files that differ",
            );
        }
        text
    }
}

impl Tool for AecsSetup {
    fn format(&self) -> Format {
        self.options.output
    }

    fn run(self) -> Result<()> {
        match &self.about {
            Some(about) => about.print::<Self>(),
            None => self.options.run(),
        }
    }
}

impl Options {
    fn run(&self) -> Result<()> {
        let out = self.out.as_deref().ok_or_else(|| Failure::usage("no --out given"))?;
        let mut tree = Tree::open(out)?;
        let names: Vec<String> = [&self.host.0].into_iter().chain(&self.san).cloned().collect();
        tls::certificates(&mut tree, &names, self.force)?;
        let admin = keys::key_pair(&mut tree, "aecs_admin", self.suite, self.force)?;
        let service = keys::key_pair(&mut tree, "service_admin", self.suite, self.force)?;
        let simulation = self.simulation(&mut tree)?;

        self.server_config(&mut tree, admin.public().pem(), simulation.as_deref())?;
        let simulated = simulation.is_some();
        for (stem, name, key, more) in [
            ("aecs_admin", "aecs_admin", admin, config::EXPECTED_AND_PINNED),
            ("service_admin", SERVICE, service, ""),
        ] {
            let identity = key.private_pem();
            let administrator = Administrator { name, identity: identity.expose(), more };
            self.kubeconfig(&mut tree, stem, stem, Some(administrator), simulated)?;
        }
        self.kubeconfig(&mut tree, "ta", "aecs_client", None, simulated)?;
        for (file, text) in
            [("service_secret_policy", SERVICE_POLICY), ("ta_secret_policy", TA_POLICY)]
        {
            let file = format!("kubetee/{file}.yaml");
            tree.text(&file, Access::Public, self.rewrite(), text, |_| None)?;
        }

        let folder = tree.root().to_owned();
        output::print(self.output, &Report { folder, files: tree.into_report() })
    }

    /// The path of a folder when it is used.
    fn installed(&self, folder: &Path) -> Result<PathBuf> {
        let folder = absolute(folder)?;
        let Some(sysroot) = &self.sysroot else { return Ok(folder) };
        let sysroot = absolute(sysroot)?;
        match folder.strip_prefix(&sysroot) {
            Ok(inside) => Ok(Path::new("/").join(inside)),
            Err(_) => Err(Failure::usage(format!(
                "{} is not inside the sysroot {}",
                folder.display(),
                sysroot.display()
            ))),
        }
    }

    fn rewrite(&self) -> bool {
        self.force || self.force_config
    }

    fn server_config(&self, tree: &mut Tree, admin: &str, simulation: Option<&Path>) -> Result<()> {
        let root = tree.root().to_owned();
        let data = self.data_dir.clone().unwrap_or_else(|| root.join("data"));
        let server = config::Server {
            installed: &self.installed(&root)?,
            data: &self.installed(&data)?,
            listen: self.host.listen(),
            port: self.port,
            tls: self.tls == Switch::Enable,
            admin,
            simulation,
        };
        let missing_part = |text: &str| server.missing_part(text);
        tree.text(
            "kubetee/aecs_server.json",
            Access::Public,
            self.rewrite(),
            &server.text(),
            missing_part,
        )
    }

    /// Writes `kubetee/STEM_test.kubeconfig` with the TLS identity `certs/TLS`.
    fn kubeconfig(
        &self,
        tree: &mut Tree,
        stem: &str,
        tls: &str,
        administrator: Option<Administrator<'_>>,
        simulated: bool,
    ) -> Result<()> {
        let made = |file: String| {
            tree.read(&file)?.ok_or_else(|| Failure::internal(format!("{file} has vanished")))
        };
        let tls_key = made(format!("certs/{tls}.key"))?;
        let tls_certificate = made(format!("certs/{tls}.crt"))?;
        let ca = made("certs/ca.crt".to_owned())?;
        let endpoint = self.host.endpoint(self.port);
        let kubeconfig = config::Kubeconfig {
            administrator,
            tls_key: &tls_key,
            tls_certificate: &tls_certificate,
            ca: &ca,
            tls: self.tls == Switch::Enable,
            endpoint: &endpoint,
            mrenclave: &self.mrenclave,
            simulation_root: simulated.then_some(SIMULATION_ROOT_FROM_KUBECONFIG),
        };
        let file = format!("kubetee/{stem}_test.kubeconfig");
        let mut text = kubeconfig.text();
        if let Some(old) = tree.read(&file)?.filter(|_| !self.force) {
            text = pinned_as_before(&tree.root().join(&file), &old, text);
        }
        let missing_part = |text: &str| kubeconfig.missing_part(text);
        tree.text(&file, Access::Private, self.rewrite(), text.expose(), missing_part)
    }

    /// The absolute folder of the software CPU, whose root certificate goes into the tree.
    #[cfg(feature = "simulation")]
    fn simulation(&self, tree: &mut Tree) -> Result<Option<PathBuf>> {
        let Some(folder) = &self.simulation_dir else { return Ok(None) };
        crate::sim::open_or_create(folder)?;
        let root = crate::sim::root_pem(folder)?;
        let check = |text: &str| {
            if text == root {
                Ok(())
            } else {
                Err(tree::Defect::Stale("it was another software CPU's".to_owned()))
            }
        };
        tree.checked(SIMULATION_ROOT, Access::Public, self.force, check, || {
            Ok(((), root.clone()))
        })?;
        self.installed(folder).map(Some)
    }

    #[cfg(not(feature = "simulation"))]
    fn simulation(&self, _: &mut Tree) -> Result<Option<PathBuf>> {
        Ok(None)
    }
}

/// `text` with the deployment id that `provision` has written into the file that is there.
fn pinned_as_before(file: &Path, old: &str, text: SecretString) -> SecretString {
    let pinned = || {
        let id = Kubeconfig::parse(file, old).ok()?.server.policy.pinned_deployment()?;
        kubeconfig::pinned(file, text.expose(), id, false).ok()
    };
    pinned().map_or(text, SecretString::from)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Failure::internal(format!("no absolute path for {}: {error}", path.display()))
    })
}

/// A host that an address can have: a name, or an IP address without brackets.
#[derive(Clone, Debug)]
struct Host(String);

fn host(text: &str) -> std::result::Result<Host, String> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let host = Host(inside.unwrap_or(text).to_owned());
    match Endpoint::new(&host.address(1)) {
        Ok(_) if !text.contains('/') => Ok(host),
        _ => Err("write a host name or an IP address, without a port".to_owned()),
    }
}

impl Host {
    fn ip(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }

    /// The address to listen on, which exists wherever the server runs; none for the default.
    fn listen(&self) -> Option<IpAddr> {
        match self.ip() {
            Some(ip) if ip == IpAddr::from(Ipv4Addr::LOCALHOST) => None,
            Some(ip) if ip.is_loopback() => Some(ip),
            Some(IpAddr::V6(_)) => Some(Ipv6Addr::UNSPECIFIED.into()),
            _ if self.0 == "localhost" => None,
            _ => Some(Ipv4Addr::UNSPECIFIED.into()),
        }
    }

    fn address(&self, port: u16) -> String {
        match self.ip() {
            Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            _ => format!("{}:{port}", self.0),
        }
    }

    /// The address, as YAML has it.
    fn endpoint(&self, port: u16) -> String {
        let address = self.address(port);
        if address.starts_with('[') { format!("\"{address}\"") } else { address }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

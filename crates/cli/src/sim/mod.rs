//! `aecs-sim`: a software CPU for development and tests.
//!
//! Its reports have the real format and go through the real verifier, which accepts them only where
//! a configuration names this CPU's root. They prove nothing about any hardware.

mod identity;
#[cfg(test)]
pub(crate) mod schema;
mod view;

use std::path::{Path, PathBuf};

use aecs_attest::{Attester, ReportRequest, ReportType, TcbStatus, UserData};
use aecs_crypto::PublicKey;
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use clap::{Parser, Subcommand, ValueEnum};

pub use self::identity::IdentityArgs;

use self::view::{Created, Info, Measurement, ServerPolicy};
use crate::about::About;
use crate::failure::{Failure, Result, with_causes};
use crate::files::{self, Access};
use crate::hexadecimal::user_data;
use crate::output::{self, Done, Format};
use crate::tool::{self, Tool, VERSION};

/// The root certificate in a CPU's folder.
const ROOT_FILE: &str = "root-ca.pem";

/// Make and use a software CPU, to run AECS without TEE hardware
#[derive(Parser, Debug)]
#[command(name = "aecs-sim", version = VERSION, after_help = tool::after_help(""))]
pub struct AecsSim {
    #[command(subcommand)]
    command: Verb,
    /// Output format
    #[arg(long, short = 'o', global = true, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum Verb {
    #[command(flatten)]
    Cpu(Command),
    #[command(flatten)]
    About(About),
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Create a software CPU in DIR; an existing one is kept
    Create {
        /// Folder of the CPU
        dir: PathBuf,
        /// Folder of another one: the new CPU has its roots, and sealing keys of its own, as another
        /// machine of the same vendor
        #[arg(long, value_name = "OTHER")]
        beside: Option<PathBuf>,
    },
    /// Change a CPU's sealing keys, as an update of its microcode does for enclaves under Gramine
    ChangeKey {
        /// Folder of the CPU
        dir: PathBuf,
    },
    /// Show a CPU's root, TCB status and evidence expiry
    Info {
        /// Folder of the CPU
        dir: PathBuf,
    },
    /// Set the TCB status of a CPU for its later reports
    SetTcb {
        /// Folder of the CPU
        dir: PathBuf,
        /// TCB status: UpToDate, OutOfDate, SWHardeningNeeded, ConfigurationNeeded, Revoked, ...
        #[arg(long, value_parser = tcb_status)]
        status: TcbStatus,
        /// Security advisory that applies; may be repeated
        #[arg(long, value_name = "ID")]
        advisory: Vec<String>,
    },
    /// Print a CPU's root certificate (PEM)
    Root {
        /// Folder of the CPU
        dir: PathBuf,
        /// The root of its SEV-SNP guests (ARK) instead: attestation.roots and --root name it
        #[arg(long)]
        amd: bool,
        /// File to write it to, instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the `verifyPolicy` of a kubeconfig for a server on a CPU, whose attestation.simulation names
    /// the same TEE and mrenclave
    Policy {
        /// Folder of the CPU
        dir: PathBuf,
        /// The TEE that the CPU plays for the server
        #[arg(long, value_enum, default_value_t)]
        tee: TeeName,
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Make an attestation report for a public key and print it as JSON
    Report {
        /// Folder of the CPU
        dir: PathBuf,
        /// File with the public key (PEM) to which the report is bound
        #[arg(long, value_name = "FILE")]
        pubkey: PathBuf,
        /// Up to 32 bytes of user data
        #[arg(
            long, value_name = "HEX", default_value = "", hide_default_value = true,
            value_parser = user_data
        )]
        user_data: UserData,
        /// Report type: with collateral (Passport) or without (BackgroundCheck)
        #[arg(long = "type", value_enum, default_value_t)]
        report_type: ReportTypeName,
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Print the measurement (MRENCLAVE) that a program has in simulation
    Measure {
        /// The program's file
        program: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ReportTypeName {
    #[default]
    #[value(name = "Passport", alias = "passport")]
    Passport,
    #[value(name = "BackgroundCheck", alias = "background-check")]
    BackgroundCheck,
}

/// The TEEs that a CPU plays for a server, as in attestation.simulation.tee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TeeName {
    #[default]
    Sgx,
    Gramine,
    Tdx,
    SevSnp,
}

impl From<ReportTypeName> for ReportType {
    fn from(name: ReportTypeName) -> Self {
        match name {
            ReportTypeName::Passport => Self::Passport,
            ReportTypeName::BackgroundCheck => Self::BackgroundCheck,
        }
    }
}

fn tcb_status(name: &str) -> std::result::Result<TcbStatus, String> {
    name.parse().map_err(|_| {
        let names: Vec<&str> = TcbStatus::ALL.iter().map(|status| status.as_str()).collect();
        format!("the statuses are {}", names.join(", "))
    })
}

impl Tool for AecsSim {
    fn format(&self) -> Format {
        self.format
    }

    fn run(self) -> Result<()> {
        match self.command {
            Verb::About(about) => about.print::<Self>(),
            Verb::Cpu(command) => command.run(self.format),
        }
    }
}

impl Command {
    fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { dir, beside } => {
                let (cpu, new) = match beside {
                    None => open_or_create(&dir)?,
                    Some(other) => {
                        let new = !dir.join(ROOT_FILE).exists();
                        let cpu = SimulatedCpu::create_beside(&dir, other);
                        (cpu.map_err(|error| cpu_failure(&error))?, new)
                    }
                };
                output::print(format, &Created::new(&dir, &cpu, new))
            }
            Self::ChangeKey { dir } => {
                open(&dir)?.change_sealing_key().map_err(|error| cpu_failure(&error))?;
                let what = "the sealing keys; running programs see it when they start again";
                output::print(format, &Done { done: "changed", what })
            }
            Self::Info { dir } => output::print(format, &Info::of(&dir, &open(&dir)?)?),
            Self::SetTcb { dir, status, advisory } => {
                let advisories: Vec<&str> = advisory.iter().map(String::as_str).collect();
                open(&dir)?
                    .set_tcb_status(status, &advisories)
                    .map_err(|error| cpu_failure(&error))?;
                let what =
                    format!("TCB status {status}; running programs see it when they start again");
                output::print(format, &Done { done: "set", what: &what })
            }
            Self::Root { dir, amd, output } => {
                let root = if amd { amd_root_pem(&dir)? } else { root_pem(&dir)? };
                match output {
                    None => output::print_bytes(root.as_bytes()),
                    Some(file) => files::write(&file, Access::Public, root.as_bytes()),
                }
            }
            Self::Policy { dir, tee, identity } => {
                let code = identity.resolve(&EnclaveIdentity::default());
                output::print(format, &ServerPolicy::new(&dir, &open(&dir)?, tee, &code)?)
            }
            Self::Report { dir, pubkey, user_data, report_type, identity } => {
                let pem = files::read_text(&pubkey, "public key")?;
                let key = PublicKey::from_pem(&pem).map_err(|error| {
                    Failure::bad_input(format!("{} is not a public key: {error}", pubkey.display()))
                })?;
                let request = ReportRequest {
                    user_data,
                    public_key: &key,
                    report_type: report_type.into(),
                    nested: None,
                };
                let enclave = open(&dir)?.enclave(identity.resolve(&EnclaveIdentity::default()));
                let report = enclave.attest(&request).map_err(|error| cpu_failure(&error))?;
                output::print_bytes(
                    format!("{}\n", aecs_proto::json::to_string(&report)).as_bytes(),
                )
            }
            Self::Measure { program } => output::print(format, &Measurement::of(&program)?),
        }
    }
}

/// Opens the CPU of a folder.
///
/// # Errors
///
/// [`Exit::BadInput`](crate::Exit::BadInput) if there is none.
pub fn open(dir: &Path) -> Result<SimulatedCpu> {
    SimulatedCpu::open(dir).map_err(|error| {
        cpu_failure(&error).help(format!("aecs-sim create {} makes a software CPU", dir.display()))
    })
}

/// Opens the CPU of a folder, or makes one. The second value tells whether it is new.
///
/// # Errors
///
/// [`Exit::BadInput`](crate::Exit::BadInput) if the folder holds something else or cannot be used.
pub fn open_or_create(dir: &Path) -> Result<(SimulatedCpu, bool)> {
    let new = !dir.join(ROOT_FILE).exists();
    let cpu =
        SimulatedCpu::create(dir, CpuOptions::default()).map_err(|error| cpu_failure(&error))?;
    Ok((cpu, new))
}

/// The root certificate of the CPU in a folder, as PEM.
///
/// # Errors
///
/// [`Exit::BadInput`](crate::Exit::BadInput) if there is no CPU.
pub fn root_pem(dir: &Path) -> Result<String> {
    open(dir)?;
    files::read_text(&dir.join(ROOT_FILE), "root certificate")
}

/// The root certificate of the CPU's SEV-SNP guests, as PEM.
fn amd_root_pem(dir: &Path) -> Result<String> {
    open(dir)?.amd_root_pem().map_err(|error| cpu_failure(&error))
}

fn cpu_failure(error: &aecs_attest::Error) -> Failure {
    Failure::bad_input(with_causes(error))
}

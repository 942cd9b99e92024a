//! The command line of `aecs-attest`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::collateral::CollateralCommand;
use super::judge::PolicyArgs;
use super::verify::EvidenceArgs;
use super::{pin, platforms, verify};
use crate::about::About;
use crate::failure::Result;
use crate::output::{self, Format};
use crate::tool::{self, Tool, VERSION};

const EXAMPLES: &str = "\
Examples:
  aecs-attest verify report.json --output json
  aecs-attest verify quote.bin --collateral bundle.json --time 2025-06-20T00:00:00Z
  aecs-attest verify report.bin --vek vcek.der --policy policy.yaml
  aecs-attest explain report.json --policy secrets.yaml --secret database-key
  aecs-attest policy report.json > policy.yaml
  aecs-attest collateral fetch quote.bin --out collateral

";

const FORMS: &str = "\
Forms of evidence:
  reports of AECS and the messages in them (JSON)
  quotes of SGX (versions 3 to 5) and TDX (4 and 5), also as configfs-tsm hands them out, in RA-TLS
  certificates, in reports of Open Enclave, and in JSON of guest tools
  SEV-SNP reports, with --vek or --auxblob or --collateral; with certificates behind them, or in
  JSON as the agents of Confidential Containers send them, or CCF and Azure with certificates
  Hygon CSV reports and evidence in JSON, with --hsk-cek or --collateral
  evidence of machines on Azure (JSON), AWS Nitro documents, Arm CCA tokens
  NVIDIA GPU and NVSwitch reports, with --chain, and one or a list of them as NVIDIA's tools write them (JSON)
Binary forms may also be in hexadecimal, Base64, or a JSON list of numbers; all of them in requests to
attestation services, JSON, CBOR, protobuf and gzip. `-` reads standard input.";

/// Verify attestation evidence offline, say which rule of a policy admits or denies it and why
#[derive(Parser, Debug)]
#[command(name = "aecs-attest", version = VERSION, after_help = tool::after_help(EXAMPLES))]
pub struct AecsAttest {
    #[command(subcommand)]
    verb: Verb,
    /// Output format
    #[arg(
        long = "format",
        short = 'o',
        visible_alias = "output",
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    output: Format,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Verify evidence, show its attributes and every check that was made
    #[command(after_help = FORMS)]
    Verify {
        /// Files of evidence; `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        evidence: EvidenceArgs,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Say which rule of a policy admits or denies evidence, why, and what would make it pass
    #[command(after_help = FORMS)]
    Explain {
        /// File of evidence; `-` for standard input
        file: PathBuf,
        #[command(flatten)]
        evidence: EvidenceArgs,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Print a policy that admits this evidence: a rule to start with
    #[command(after_help = FORMS)]
    Policy {
        /// File of evidence; `-` for standard input
        file: PathBuf,
        #[command(flatten)]
        evidence: EvidenceArgs,
    },
    /// Fetch, pack and show collateral
    Collateral {
        #[command(subcommand)]
        command: CollateralCommand,
    },
    /// List the platforms, with the versions and generations that are supported, and the trusted
    /// roots
    Platforms,
    /// Show the TEE in which this program runs
    Detect,
    #[command(flatten)]
    About(About),
}

impl Tool for AecsAttest {
    fn format(&self) -> Format {
        self.output
    }

    fn run(self) -> Result<()> {
        let format = self.output;
        match self.verb {
            Verb::Verify { files, evidence, policy } => {
                verify::run(&files, &evidence, &policy, format)
            }
            Verb::Explain { file, evidence, policy } => {
                verify::explain(&file, &evidence, &policy, format)
            }
            Verb::Policy { file, evidence } => {
                output::print(format, &pin::rule_for(&file, &evidence)?)
            }
            Verb::Collateral { command } => command.run(format),
            Verb::Platforms => output::print(format, &platforms::list()?),
            Verb::Detect => output::print(format, &platforms::detect()?),
            Verb::About(about) => about.print::<Self>(),
        }
    }
}

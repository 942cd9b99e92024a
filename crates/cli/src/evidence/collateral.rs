//! `aecs-attest collateral`: fetches collateral, and carries it to machines without a network.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    CollateralBundle, CollateralClient, CollateralClientConfig, CollateralDirectory,
    CollateralEntry, CollateralItem, CollateralRecorder, CollateralService, CollateralSource as _,
    Error, IntelService, IntelTee, PckCa, RecordedItem,
};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::input;
use super::verify::EvidenceArgs;
use crate::failure::{Exit, Failure, Result, with_causes};
use crate::output::{self, Done, Format, View};
use crate::view::time_text;

const ITEMS: &str = "\
Items by name:
  dcap/sgx/00A067110000/processor   Intel's for an FMSPC; sgx or tdx, processor or platform
  snp-vcek/Milan/<chip id>/bootloader=3,tee=0,snp=8,microcode=115
  snp-chain/Genoa/vcek              AMD's authorities; vcek or vlek
  snp-crl/Turin/vcek                their revocation list
  hygon-hsk-cek/<chip id>           Hygon's certificates of a chip
  nvidia-ocsp/<issuer>/<key>/<serial number>
                                    NVIDIA's answer about a certificate: SHA-384 of its issuer's
                                    name and key
  nvidia-rim/NV_GPU_DRIVER_GH100_580.95.05
                                    NVIDIA's reference values for a driver, or a VBIOS";

#[derive(Subcommand, Debug)]
pub(super) enum CollateralCommand {
    /// Fetch the collateral that evidence needs, or items by name, into a folder
    #[command(after_help = ITEMS)]
    Fetch(Box<FetchArgs>),
    /// Put all collateral of a folder into one file
    Pack {
        /// Folder that `fetch` has filled
        dir: PathBuf,
        /// File to write
        #[arg(long, value_name = "BUNDLE")]
        out: PathBuf,
    },
    /// Show the collateral and its validity
    Show {
        /// Folders and bundles
        #[arg(required = true, value_name = "DIR|BUNDLE")]
        paths: Vec<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(super) struct FetchArgs {
    /// Files of evidence
    #[arg(value_name = "FILE", required_unless_present_any = ["item", "fmspc"])]
    files: Vec<PathBuf>,
    /// Folder to put it in
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Item to fetch, by its name; may be repeated
    #[arg(long, value_name = "NAME", value_parser = item)]
    item: Vec<CollateralItem>,
    /// FMSPC to fetch Intel's collateral for; may be repeated
    #[arg(long, value_name = "HEX", value_parser = fmspc)]
    fmspc: Vec<Fmspc>,
    /// What --fmspc is for
    #[arg(long, value_enum, default_value_t)]
    tee: Tee,
    /// The authority of the PCK certificates that --fmspc is for
    #[arg(long, value_enum, default_value_t)]
    ca: Ca,
    /// Intel's collateral from a caching service (PCCS) at this address
    #[arg(long, value_name = "URL", help_heading = "Services")]
    pccs: Option<String>,
    /// AMD's collateral from this address
    #[arg(long, value_name = "URL", help_heading = "Services")]
    amd_kds: Option<String>,
    /// Hygon's certificates from this address
    #[arg(long, value_name = "URL", help_heading = "Services")]
    hygon_kds: Option<String>,
    /// NVIDIA's answers about the status of certificates from the OCSP responder at this address
    #[arg(long, value_name = "URL", help_heading = "Services")]
    nvidia_ocsp: Option<String>,
    /// NVIDIA's reference values (RIM) from this address
    #[arg(long, value_name = "URL", help_heading = "Services")]
    nvidia_rim: Option<String>,
    /// Authority (PEM) of the services' certificates, instead of those of the public web
    #[arg(long, value_name = "FILE", help_heading = "Services")]
    service_ca: Option<PathBuf>,
    /// Proxy for all requests
    #[arg(long, value_name = "URL", help_heading = "Services")]
    proxy: Option<String>,
    /// Seconds to wait for an item
    #[arg(
        long, value_name = "SECONDS", default_value_t = 30, help_heading = "Services",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    timeout: u64,
    #[command(flatten)]
    evidence: EvidenceArgs,
}

#[derive(Debug, Clone, Copy)]
struct Fmspc([u8; 6]);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Tee {
    #[default]
    Sgx,
    Tdx,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Ca {
    Processor,
    #[default]
    Platform,
}

fn item(name: &str) -> std::result::Result<CollateralItem, String> {
    name.parse().map_err(|error: Error| {
        format!("{}; `aecs-attest collateral fetch --help` shows the names", with_causes(&error))
    })
}

fn fmspc(text: &str) -> std::result::Result<Fmspc, String> {
    let mut fmspc = [0; 6];
    hex::decode_to_slice(text, &mut fmspc)
        .map_err(|_| "write 12 hexadecimal digits".to_owned())
        .map(|()| Fmspc(fmspc))
}

impl CollateralCommand {
    pub(super) fn run(&self, format: Format) -> Result<()> {
        match self {
            Self::Fetch(args) => args.run(format),
            Self::Pack { dir, out } => {
                let bundle = CollateralDirectory::open(dir)
                    .and_then(|dir| dir.pack())
                    .map_err(|error| unreadable(dir, &error))?;
                if bundle.entries().next().is_none() {
                    return Err(Failure::bad_input(format!("{} has no collateral", dir.display()))
                        .help("`aecs-attest collateral fetch EVIDENCE --out DIR` fills a folder"));
                }
                bundle
                    .write(out)
                    .map_err(|error| Failure::new(Exit::CannotWrite, with_causes(&error)))?;
                let what = format!("{} items into {}", bundle.entries().count(), out.display());
                output::print(format, &Done { done: "packed", what: &what })
            }
            Self::Show { paths } => {
                let mut rows = Vec::new();
                for path in paths {
                    rows.extend(entries(path)?);
                }
                let now = SystemTime::now();
                let rows = rows.iter().map(|entry| Row::new(entry, now)).collect();
                output::print(format, &CollateralTable(rows))
            }
        }
    }
}

impl FetchArgs {
    fn run(&self, format: Format) -> Result<()> {
        let client = Arc::new(self.client()?);
        let directory = CollateralDirectory::create(&self.out)
            .map_err(|error| Failure::new(Exit::CannotWrite, with_causes(&error)))?;
        let recorder = Arc::new(CollateralRecorder::new(client));
        // Collateral is fetched for today, whatever the time of the verification.
        let now = SystemTime::now();
        let mut complete = Vec::new();
        let verifier = self.evidence.trust.verifier(Some(recorder.clone()))?;
        for file in &self.files {
            let prepared = self.evidence.prepare(file)?;
            // The verdict does not matter here: what was asked on the way to it does.
            let verdict = verifier.appraise(prepared.report(), now);
            let asked = recorder.take();
            if asked.is_empty() {
                if let Err(error) = verdict {
                    let remedy = match error {
                        // The usual advice is to fetch it.
                        Error::NoCollateral => {
                            "no service has it: a VLEK's certificate, \
                             and that of a chip that hides its id, comes from the attester"
                        }
                        _ => super::advice::remedy(&error, prepared.platform()),
                    };
                    return Err(Failure::new(super::advice::exit(&error), with_causes(&error))
                        .context(format!("nothing was fetched for {}", file.display()))
                        .help(remedy));
                }
                complete.push(file.display().to_string());
            }
            keep(&directory, asked)?;
        }
        let by_fmspc = self.fmspc.iter().map(|fmspc| CollateralItem::Dcap {
            tee: if self.tee == Tee::Sgx { IntelTee::Sgx } else { IntelTee::Tdx },
            fmspc: fmspc.0,
            ca: if self.ca == Ca::Processor { PckCa::Processor } else { PckCa::Platform },
        });
        for item in self.item.iter().cloned().chain(by_fmspc) {
            // What became of it is in the recorder.
            let _ = recorder.get(&item, now);
            keep(&directory, recorder.take())?;
        }
        for file in complete {
            crate::tool::say(&format!("{file} contains all its collateral: nothing was fetched"));
        }
        let rows = entries(&self.out)?.iter().map(|entry| Row::new(entry, now)).collect();
        output::print(format, &CollateralTable(rows))
    }

    fn client(&self) -> Result<CollateralClient> {
        let ca_pem = self.service_ca.as_ref().map(|path| input::read(path, "authority"));
        let ca_pem = ca_pem.transpose()?;
        let service = |url: &String| CollateralService { url: url.clone(), ca_pem: ca_pem.clone() };
        let defaults = CollateralClientConfig::default();
        let config = CollateralClientConfig {
            intel: self
                .pccs
                .as_ref()
                .map(|url| IntelService::pccs(service(url)))
                .or(defaults.intel),
            amd: self.amd_kds.as_ref().map(service).or(defaults.amd),
            hygon: self.hygon_kds.as_ref().map(service).or(defaults.hygon),
            nvidia_ocsp: self.nvidia_ocsp.as_ref().map(service).or(defaults.nvidia_ocsp),
            nvidia_rim: self.nvidia_rim.as_ref().map(service).or(defaults.nvidia_rim),
            proxy: self.proxy.clone(),
            timeout: Duration::from_secs(self.timeout),
            tcb_evaluation: self.evidence.trust.tcb_evaluation,
            ..CollateralClientConfig::default()
        };
        CollateralClient::new(config).map_err(|error| {
            Failure::bad_input(format!("the services cannot be asked: {}", with_causes(&error)))
        })
    }
}

/// Keeps the items that were fetched, all of them, and fails if one was not.
fn keep(directory: &CollateralDirectory, asked: Vec<RecordedItem>) -> Result<()> {
    let mut missing = Ok(());
    for RecordedItem { item, outcome } in asked {
        match outcome {
            Ok(entry) => directory
                .write(&entry)
                .map_err(|error| Failure::new(Exit::CannotWrite, with_causes(&error)))?,
            Err(error) if missing.is_ok() => {
                let what = match &error {
                    // That names the item itself.
                    Error::Unavailable { .. } => with_causes(&error),
                    _ => format!("{item}: {}", with_causes(&error)),
                };
                missing = Err(Failure::new(Exit::Unreachable, what).help(
                    "--pccs, --amd-kds, --hygon-kds, --nvidia-ocsp, --nvidia-rim and --proxy say where to \
                     ask instead",
                ));
            }
            Err(_) => {}
        }
    }
    missing
}

/// All collateral in a folder or bundle.
fn entries(path: &Path) -> Result<Vec<CollateralEntry>> {
    let entries = if path.is_dir() {
        CollateralDirectory::open(path).and_then(|directory| directory.entries()?.collect())
    } else {
        CollateralBundle::open(path).map(|bundle| bundle.entries().cloned().collect())
    };
    let mut entries: Vec<CollateralEntry> = entries.map_err(|error| unreadable(path, &error))?;
    entries.sort_by_key(|entry| entry.item().to_string());
    Ok(entries)
}

fn unreadable(path: &Path, error: &Error) -> Failure {
    match error {
        // That names the path itself.
        Error::Unavailable { .. } => Failure::new(Exit::NoInput, with_causes(error)),
        _ => Failure::bad_input(with_causes(error)).context(path.display()),
    }
}

/// Collateral with its dates.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct CollateralTable(Vec<Row>);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Row {
    item: String,
    fetched: String,
    issued: Option<String>,
    expires: Option<String>,
    /// Whether all of it is valid today.
    current: bool,
    bytes: usize,
    parts: Vec<Part>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Part {
    what: &'static str,
    from: Option<String>,
    until: Option<String>,
}

impl Row {
    fn new(entry: &CollateralEntry, now: SystemTime) -> Self {
        let part = |part: &aecs_attest::CollateralPart| Part {
            what: part.what,
            from: part.from.map(time_text),
            until: part.until.map(time_text),
        };
        Self {
            item: entry.item().to_string(),
            fetched: time_text(entry.fetched()),
            issued: entry.issued().map(time_text),
            expires: entry.expires().map(time_text),
            current: entry.not_current(now).is_none(),
            bytes: entry.content().len(),
            parts: entry.parts().iter().map(part).collect(),
        }
    }
}

impl View for CollateralTable {
    fn text(&self) -> String {
        let rows = self.0.iter().flat_map(|row| {
            let state = if row.current { "current" } else { "NOT CURRENT" };
            let whole = [
                row.item.clone(),
                row.issued.clone().unwrap_or_default(),
                row.expires.clone().unwrap_or_default(),
                state.to_owned(),
            ];
            let part = |part: &Part| {
                [
                    format!("  {}", part.what),
                    part.from.clone().unwrap_or_default(),
                    part.until.clone().unwrap_or_default(),
                    String::new(),
                ]
            };
            std::iter::once(whole).chain(row.parts.iter().map(part)).collect::<Vec<_>>()
        });
        output::table(&["ITEM", "FROM", "UNTIL", "STATE"], rows)
    }
}

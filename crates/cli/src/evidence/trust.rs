//! What the verification trusts, for which time it is made, and where collateral comes from.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    CollateralBundle, CollateralDirectory, CollateralLayers, CollateralSource, Error, Platform,
    SnpMinimum, TcbEvaluation, Verifier, VerifierBuilder,
};
use clap::Args;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::input;
use super::intel::IntelCollateral;
use crate::failure::{Failure, Result, with_causes};
use crate::roots::unusable;
use crate::tool;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is trusted, and when.
#[derive(Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Roots, collateral and time")]
pub(super) struct TrustArgs {
    /// Collateral: a folder or bundle of `aecs-attest collateral`, or Intel's in one JSON file or
    /// in the files of its sample data (tcbInfo.json and so on); may be repeated
    #[arg(long, value_name = "DIR|FILE")]
    collateral: Vec<PathBuf>,
    /// Verify for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(super) time: Option<SystemTime>,
    /// Refuse collateral that is older than this number of days, even if it has not expired, as
    /// a server does with attestation.max_collateral_age_ms
    #[arg(long, value_name = "DAYS")]
    max_collateral_age: Option<u32>,
    /// Accept these TCB evaluation numbers in Intel's collateral, as a server does with
    /// attestation.tcb_evaluation: standard, newest, or this number and higher ones
    #[arg(long, value_name = "standard|newest|NUMBER", default_value = "standard", value_parser = parsed::<TcbEvaluation>)]
    pub(super) tcb_evaluation: TcbEvaluation,
    /// Minimum TCB of an SEV-SNP generation, instead of the built-in one;
    /// may be repeated
    #[arg(long, value_name = "PRODUCT/PART=N,...", value_parser = parsed::<SnpMinimum>)]
    snp_minimum_tcb: Vec<SnpMinimum>,
    /// Accept SEV-SNP evidence without AMD's revocation list: the sender can then hide that its key
    /// is revoked
    #[arg(long)]
    insecure_no_revocation_list: bool,
    /// Trust one more root for a platform, as its page in docs/platforms tells; may be repeated
    #[arg(long, value_name = "PLATFORM=FILE", value_parser = rooted)]
    root: Vec<Root>,
    /// Trust the root of a software CPU: of Intel's kind, or of another platform; may be repeated
    #[arg(long, value_name = "[PLATFORM=]FILE", value_parser = maybe_rooted)]
    simulated_root: Vec<Root>,
    /// Trust no root but those given here
    #[arg(long)]
    no_vendor_roots: bool,
}

/// A root in a file, and the platform it is for.
#[derive(Debug, Clone, PartialEq)]
struct Root {
    platform: Option<Platform>,
    file: PathBuf,
}

impl TrustArgs {
    /// The time of the verification.
    pub(super) fn now(&self) -> SystemTime {
        self.time.unwrap_or_else(SystemTime::now)
    }

    /// The configured sources of collateral; none when there are none.
    pub(super) fn source(&self) -> Result<Option<Arc<dyn CollateralSource>>> {
        let layers = self.collateral.iter().map(|path| Given::open(path).map(Given::into_source));
        let layers = layers.collect::<Result<Vec<_>>>()?;
        Ok(match layers.len() {
            0 => None,
            _ => Some(Arc::new(CollateralLayers::new(layers))),
        })
    }

    /// Intel's collateral where it is given for one model of processor: a raw quote is shown with
    /// it, as the user meant it.
    pub(super) fn intel(&self) -> Result<Vec<IntelCollateral>> {
        let mut found = Vec::new();
        for path in &self.collateral {
            if let Given::Intel(collateral) = Given::open(path)? {
                found.push(collateral);
            }
        }
        Ok(found)
    }

    /// A verifier with the configured roots and this source of collateral.
    pub(super) fn verifier(&self, source: Option<Arc<dyn CollateralSource>>) -> Result<Verifier> {
        if !self.simulated_root.is_empty() {
            tool::warn(
                "simulation: evidence under a simulated root is accepted, and proves nothing",
            );
        }
        Self::build(self.roots()?, source)
    }

    /// The same for evidence that is only looked at: its verdict says whether revocation was
    /// checked.
    pub(super) fn lenient_verifier(
        &self,
        source: Option<Arc<dyn CollateralSource>>,
    ) -> Result<Verifier> {
        Self::build(self.roots()?.insecure_no_revocation_list(), source)
    }

    fn build(
        mut builder: VerifierBuilder,
        source: Option<Arc<dyn CollateralSource>>,
    ) -> Result<Verifier> {
        if let Some(source) = source {
            builder = builder.collateral(source);
        }
        builder.build().map_err(|error| {
            Failure::bad_input(format!("the roots cannot be used: {}", with_causes(&error)))
        })
    }

    fn roots(&self) -> Result<VerifierBuilder> {
        // Nothing is verified twice.
        let mut builder = Verifier::builder().cache(0, Duration::ZERO);
        if !self.no_vendor_roots {
            builder = builder.vendor_roots();
        }
        if let Some(days) = self.max_collateral_age {
            builder = builder.max_collateral_age(DAY * days);
        }
        builder = builder.tcb_evaluation(self.tcb_evaluation);
        for minimum in &self.snp_minimum_tcb {
            builder = builder.snp_minimum(*minimum);
        }
        if self.insecure_no_revocation_list {
            builder = builder.insecure_no_revocation_list();
        }
        for root in &self.root {
            // `rooted` has made sure of the platform.
            let Some(platform) = root.platform else { continue };
            let contents = root.read()?;
            root.check(Verifier::builder().root(platform, contents.clone()))?;
            builder = builder.root(platform, contents);
        }
        for root in &self.simulated_root {
            let contents = root.read()?;
            let trust = |builder: VerifierBuilder, contents| match root.platform {
                Some(platform) => builder.simulated_platform_root(platform, contents),
                None => builder.simulated_root(contents),
            };
            root.check(trust(Verifier::builder(), contents.clone()))?;
            builder = trust(builder, contents);
        }
        Ok(builder)
    }
}

impl Root {
    /// Refuses a root that a verifier with nothing but it cannot use.
    fn check(&self, alone: VerifierBuilder) -> Result<()> {
        alone.build().map(drop).map_err(|error| unusable(&self.file, &error))
    }

    fn read(&self) -> Result<Vec<u8>> {
        let contents = input::read(&self.file, "root")?;
        // That platform's roots are keys, in one of several forms of text.
        Ok(if self.platform == Some(Platform::ArmCca) { contents } else { input::der(contents) })
    }
}

fn time(text: &str) -> std::result::Result<SystemTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map(SystemTime::from)
        .map_err(|_| "write a time such as 2025-06-20T00:00:00Z".to_owned())
}

/// Reads a value, and says all of why it cannot be read.
fn parsed<T: FromStr<Err = Error>>(text: &str) -> std::result::Result<T, String> {
    text.parse().map_err(|error: Error| with_causes(&error))
}

fn rooted(text: &str) -> std::result::Result<Root, String> {
    let root = maybe_rooted(text)?;
    match root.platform {
        Some(_) => Ok(root),
        None => Err(format!("write PLATFORM=FILE, with one of {}", platforms())),
    }
}

fn maybe_rooted(text: &str) -> std::result::Result<Root, String> {
    let Some((name, file)) = text.split_once('=') else {
        return Ok(Root { platform: None, file: text.into() });
    };
    let platform = platform(name)?;
    Ok(Root { platform: Some(platform), file: file.into() })
}

/// A platform by its name in reports.
pub(super) fn platform(name: &str) -> std::result::Result<Platform, String> {
    name.parse().map_err(|_| {
        let meant = name.replace('-', "_");
        let is_meant = |platform: &&&Platform| platform.as_str().eq_ignore_ascii_case(&meant);
        match Platform::ALL.iter().find(|platform| is_meant(&platform)) {
            Some(platform) => format!("did you mean {platform}?"),
            None => format!("the platforms are {}", platforms()),
        }
    })
}

fn platforms() -> String {
    let names: Vec<&str> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
    names.join(", ")
}

/// Collateral at a path, whichever form it has.
enum Given {
    /// What answers for many.
    Source(Arc<dyn CollateralSource>),
    /// Intel's for one model of processor.
    Intel(IntelCollateral),
}

impl Given {
    fn open(path: &Path) -> Result<Self> {
        let failed = |error: &Error| Failure::bad_input(with_causes(error));
        if path.is_dir() {
            if let Some(collateral) = IntelCollateral::in_folder(path)? {
                return Ok(Self::Intel(collateral));
            }
            let directory = CollateralDirectory::open(path).map_err(|error| failed(&error))?;
            return Ok(Self::Source(Arc::new(directory)));
        }
        let contents = input::read(path, "collateral")?;
        let object: Map<String, Value> = serde_json::from_slice(&contents).map_err(|error| {
            Failure::bad_input(format!(
                "{} is not collateral: it is not JSON: {error}",
                path.display()
            ))
            .help("`aecs-attest collateral pack` makes a bundle")
        })?;
        if object.contains_key("tcb_info") {
            let collateral = IntelCollateral::parse(&contents, &object)
                .map_err(|reason| Failure::bad_input(format!("{}: {reason}", path.display())))?;
            return Ok(Self::Intel(collateral));
        }
        if ["tcbInfo", "enclaveIdentity"].iter().any(|name| object.contains_key(*name)) {
            let what = "is one answer of Intel's service, and not all collateral of a processor";
            return Err(Failure::bad_input(format!("{} {what}", path.display())).help(
                "put it in a folder with the other files of Intel's sample data, or fetch all with \
                 `aecs-attest collateral fetch EVIDENCE --out DIR`",
            ));
        }
        let bundle = CollateralBundle::parse(&contents)
            .map_err(|error| failed(&error).context(path.display()))?;
        Ok(Self::Source(Arc::new(bundle)))
    }

    fn into_source(self) -> Arc<dyn CollateralSource> {
        match self {
            Self::Source(source) => source,
            Self::Intel(collateral) => Arc::new(collateral),
        }
    }
}

//! What the verification trusts, for which time it is made, and where collateral comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    CollateralBundle, CollateralDirectory, CollateralItem, CollateralLayers, CollateralSource,
    Error, IntelTee, Platform, Verifier, VerifierBuilder,
};
use aecs_proto::{SgxQlQveCollateral, json};
use clap::Args;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::input;
use crate::failure::{Failure, Result, with_causes};
use crate::tool;

/// What is trusted, and when.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "What is trusted, and when")]
pub(super) struct TrustArgs {
    /// Collateral: a folder or bundle of `aecs-attest collateral`, or Intel's in one JSON file;
    /// may be repeated
    #[arg(long, value_name = "DIR|FILE")]
    collateral: Vec<PathBuf>,
    /// Verify for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(super) time: Option<SystemTime>,
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
#[derive(Debug, Clone)]
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
        let layers = self.collateral.iter().map(|path| source(path)).collect::<Result<Vec<_>>>()?;
        Ok(match layers.len() {
            0 => None,
            _ => Some(Arc::new(CollateralLayers::new(layers))),
        })
    }

    /// A verifier with the configured roots and this source of collateral.
    pub(super) fn verifier(&self, source: Option<Arc<dyn CollateralSource>>) -> Result<Verifier> {
        let mut builder = self.roots()?;
        if let Some(source) = source {
            builder = builder.collateral(source);
        }
        builder.build().map_err(|error| {
            Failure::bad_input(format!("a root cannot be used: {}", with_causes(&error)))
                .help("docs/platforms tells which form each platform's root has")
        })
    }

    fn roots(&self) -> Result<VerifierBuilder> {
        // Nothing is verified twice.
        let mut builder = Verifier::builder().cache(0, std::time::Duration::ZERO);
        if !self.no_vendor_roots {
            builder = builder.vendor_roots();
        }
        for root in &self.root {
            // `rooted` has made sure of the platform.
            let Some(platform) = root.platform else { continue };
            builder = builder.root(platform, root.read()?);
        }
        for root in &self.simulated_root {
            tool::warn(
                "simulation: evidence under a simulated root is accepted, and proves nothing",
            );
            builder = match root.platform {
                Some(platform) => builder.simulated_platform_root(platform, root.read()?),
                None => builder.simulated_root(root.read()?),
            };
        }
        Ok(builder)
    }
}

impl Root {
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
    let platform = name.parse().map_err(|_| format!("the platforms are {}", platforms()))?;
    Ok(Root { platform: Some(platform), file: file.into() })
}

fn platforms() -> String {
    let names: Vec<&str> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
    names.join(", ")
}

/// The collateral at a path, whichever form it has.
fn source(path: &Path) -> Result<Arc<dyn CollateralSource>> {
    let failed = |error: &Error| Failure::bad_input(with_causes(error));
    if path.is_dir() {
        let directory = CollateralDirectory::open(path).map_err(|error| failed(&error))?;
        return Ok(Arc::new(directory));
    }
    let contents = input::read(path, "collateral")?;
    let object: Map<String, Value> = serde_json::from_slice(&contents).map_err(|error| {
        Failure::bad_input(format!("{} is no collateral: {error}", path.display()))
            .help("`aecs-attest collateral pack` makes a bundle")
    })?;
    if object.contains_key("tcb_info") {
        let file = DcapFile::parse(&contents, &object)
            .map_err(|reason| Failure::bad_input(format!("{}: {reason}", path.display())))?;
        return Ok(Arc::new(file));
    }
    let bundle = CollateralBundle::parse(&contents)
        .map_err(|error| failed(&error).context(path.display()))?;
    Ok(Arc::new(bundle))
}

/// Intel's collateral for one processor model in one file. It is given for whatever quote asks:
/// the verifier finds out whether it belongs to the quote.
struct DcapFile {
    tee: IntelTee,
    content: Arc<[u8]>,
}

impl DcapFile {
    /// Reads the message that reports of ours have, or the form of `dcap-qvl`, which has the
    /// signatures beside what they sign.
    fn parse(contents: &[u8], object: &Map<String, Value>) -> std::result::Result<Self, String> {
        let collateral = if object.contains_key("tcb_info_signature") {
            apart(object)?
        } else {
            let text = std::str::from_utf8(contents).map_err(|error| error.to_string())?;
            json::from_str::<SgxQlQveCollateral>(text).map_err(|error| error.to_string())?
        };
        let tdx = collateral.tee_type == IntelTee::Tdx.number();
        Ok(Self {
            tee: if tdx { IntelTee::Tdx } else { IntelTee::Sgx },
            content: json::to_string(&collateral).into_bytes().into(),
        })
    }
}

fn apart(object: &Map<String, Value>) -> std::result::Result<SgxQlQveCollateral, String> {
    let text = |name: &str| {
        let value = object.get(name).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| format!("the collateral has no text `{name}`"))
    };
    let signed = |name: &str, field: &str| {
        let (body, signature) = (text(field)?, text(&format!("{field}_signature"))?);
        Ok::<_, String>(format!(r#"{{"{name}":{body},"signature":"{signature}"}}"#))
    };
    let tcb_info: Value = serde_json::from_str(&text("tcb_info")?)
        .map_err(|error| format!("the TCB info is no JSON: {error}"))?;
    let tdx = tcb_info.get("id").and_then(Value::as_str) == Some("TDX");
    Ok(SgxQlQveCollateral {
        version: 3,
        pck_crl_issuer_chain: text("pck_crl_issuer_chain")?,
        root_ca_crl: text("root_ca_crl")?,
        pck_crl: text("pck_crl")?,
        tcb_info_issuer_chain: text("tcb_info_issuer_chain")?,
        tcb_info: signed("tcbInfo", "tcb_info")?,
        qe_identity_issuer_chain: text("qe_identity_issuer_chain")?,
        qe_identity: signed("enclaveIdentity", "qe_identity")?,
        tee_type: if tdx { IntelTee::Tdx.number() } else { IntelTee::Sgx.number() },
    })
}

impl CollateralSource for DcapFile {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> aecs_attest::Result<Arc<[u8]>> {
        match item {
            CollateralItem::Dcap { tee, .. } if *tee == self.tee => Ok(Arc::clone(&self.content)),
            _ => Err(Error::Unavailable {
                what: item.to_string(),
                source: "the file has collateral of another kind".into(),
            }),
        }
    }

    fn generation(&self) -> u64 {
        0
    }
}

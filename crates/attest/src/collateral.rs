//! Endorsements that evidence does not bring: what to ask for, and whom.
//!
//! The source is part of the verifier's configuration; nothing in evidence chooses it. What it
//! gives is not trusted: it goes through the same checks as endorsements that came with the
//! evidence.
//!
//! Sources: [`CollateralClient`] asks the vendors' services, [`CollateralDirectory`] and [`CollateralBundle`] work without a network, [`CollateralLayers`]
//! puts several in order.
//!
//! For tools that prepare an offline verifier:
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::SystemTime;
//!
//! use aecs_attest::{
//!     CollateralBundle, CollateralDirectory, CollateralRecorder, CollateralSource, Verifier,
//! };
//! # use aecs_proto::UnifiedAttestationReport;
//! # fn source() -> Arc<dyn CollateralSource> { Arc::new(CollateralBundle::default()) }
//! # fn report() -> UnifiedAttestationReport { Default::default() }
//!
//! // Fetch: verify evidence, and keep what that needed. Or name an item:
//! // "dcap/sgx/00A067110000/processor".parse::<CollateralItem>().
//! let recorder = Arc::new(CollateralRecorder::new(source()));
//! let verifier = Verifier::builder().vendor_roots().collateral(recorder.clone()).build()?;
//! let _verdict = verifier.appraise(&report(), SystemTime::now());
//! let directory = CollateralDirectory::create("collateral")?;
//! for asked in recorder.take() {
//!     directory.write(&asked.outcome?)?;
//! }
//!
//! // Pack.
//! directory.pack()?.write("collateral.json")?;
//!
//! // Show.
//! for entry in CollateralBundle::open("collateral.json")?.entries() {
//!     println!("{} {:?} {:?}", entry.item(), entry.issued(), entry.expires());
//!     for part in entry.parts() {
//!         println!("  {} {:?} {:?}", part.what, part.from, part.until);
//!     }
//! }
//! # Ok::<(), aecs_attest::Error>(())
//! ```

mod bundle;
mod client;
mod content;
mod directory;
mod entry;
mod given;
mod layers;
mod name;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::clock::rfc3339;
use crate::error::{Error, Result};

pub use bundle::CollateralBundle;
pub use client::{
    CollateralClient, CollateralClientConfig, CollateralService, CollateralStatus, IntelService,
    TroubledService,
};
pub use content::CollateralPart;
pub use directory::CollateralDirectory;
pub use entry::CollateralEntry;
pub(crate) use given::Given;
pub use layers::{Asked, CollateralLayers, CollateralRecorder};
pub(crate) use name::{parse_snp_tcb, snp_product_named, snp_tcb_name};

/// Content of an item, in bytes at most. Intel's largest has some 40 KiB.
const MAX_CONTENT: usize = 256 * 1024;

/// Where endorsements come from that evidence does not bring.
pub trait CollateralSource: Send + Sync {
    /// The endorsement, in the form that [`CollateralItem`] tells. May block on a network, within
    /// the source's own time-outs.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](crate::Error::Unavailable) when it cannot be had.
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>>;

    /// The verifier refused evidence that it had judged with this item, at the time `now`: either
    /// may be wrong. A source that keeps items looks for a better one, not too often; one that
    /// does not has nothing to do.
    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        let _ = (item, now);
    }

    /// Changes whenever something that was given out before has changed, such as a revocation
    /// list: what was verified with it is verified anew.
    fn generation(&self) -> u64;
}

/// An endorsement to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CollateralItem {
    /// What Intel publishes to judge a quote: the JSON of a
    /// [`SgxQlQveCollateral`](aecs_proto::SgxQlQveCollateral), as a Passport report has it.
    Dcap {
        /// What the quote is of.
        tee: IntelTee,
        /// Model of the processor, from its PCK certificate.
        fmspc: [u8; 6],
        /// The authority that issued the PCK certificate.
        ca: PckCa,
    },
    /// The certificate of the key that signs a processor's SEV-SNP reports, in DER.
    SnpVcek {
        /// Generation of the processor.
        product: SnpProduct,
        /// The report's chip id: 64 bytes, on Turin the first 8 of them.
        chip_id: Vec<u8>,
        /// The report's TCB ("reported TCB").
        tcb: SnpTcb,
    },
    /// The certificates above, in PEM: ASK or ASVK, then ARK.
    SnpChain {
        /// Generation of the processor.
        product: SnpProduct,
        /// Kind of key that signed the report.
        signer: SnpSigner,
    },
    /// The root's revocation list, in DER.
    SnpCrl {
        /// Generation of the processor.
        product: SnpProduct,
        /// Kind of key that signed the report.
        signer: SnpSigner,
    },
    /// The certificates of a Hygon chip, HSK then CEK, in Hygon's format.
    HygonHskCek {
        /// The chip's serial number, as text.
        chip_id: String,
    },
}

/// What an Intel quote is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntelTee {
    /// An SGX enclave.
    Sgx,
    /// A TDX trust domain.
    Tdx,
}

impl IntelTee {
    /// The name in TCB info.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sgx => "SGX",
            Self::Tdx => "TDX",
        }
    }

    /// The number in quotes and collateral.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Sgx => 0,
            Self::Tdx => 0x81,
        }
    }
}

impl fmt::Display for IntelTee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An authority that issues PCK certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PckCa {
    /// For machines with one processor package.
    Processor,
    /// For machines with several.
    Platform,
}

/// A generation of AMD's processors, as its key distribution service names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SnpProduct {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004 and 8004: Genoa, Bergamo, Siena.
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl SnpProduct {
    /// The name in AMD's certificates and addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milan => "Milan",
            Self::Genoa => "Genoa",
            Self::Turin => "Turin",
        }
    }
}

impl fmt::Display for SnpProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Kind of key that signs SEV-SNP reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SnpSigner {
    /// The chip's own.
    Vcek,
    /// One loaded by a cloud.
    Vlek,
}

/// Security versions of the parts of an SEV-SNP platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnpTcb {
    /// Firmware management controller; on Turin and later only.
    pub fmc: Option<u8>,
    /// Boot loader of the secure processor.
    pub bootloader: u8,
    /// Operating system of the secure processor.
    pub tee: u8,
    /// SNP firmware.
    pub snp: u8,
    /// Microcode.
    pub microcode: u8,
}

/// The content of an entry that is to be used at `now`; refuses one that is not valid then.
fn current_content(entry: &CollateralEntry, now: SystemTime) -> Result<Arc<[u8]>> {
    let Some(part) = entry.not_current(now) else { return Ok(Arc::clone(entry.content())) };
    let date = |date: Option<SystemTime>| date.map_or_else(|| "ever".into(), rfc3339);
    let reason = format!(
        "{} is valid from {} to {}, verified at {}",
        part.what,
        date(part.from),
        date(part.until),
        rfc3339(now)
    );
    Err(Error::unavailable(entry.item().to_string(), reason))
}

//! Endorsements that evidence does not bring: the items, and the sources that have them.
//!
//! The source is part of the verifier's configuration; nothing in evidence chooses it. What it
//! gives is not trusted: it goes through the same checks as endorsements that came with the
//! evidence.
//!
//! Sources: [`CollateralClient`] asks the vendors' services, [`CollateralDirectory`] and
//! [`CollateralBundle`] work without a network, [`CollateralLayers`] puts several in order.
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
mod item;
mod layers;
mod name;
mod replacement;
mod source;

pub use bundle::CollateralBundle;
pub use client::{
    CollateralClient, CollateralClientConfig, CollateralService, CollateralStatus, IntelService,
    TroubledService,
};
pub use content::CollateralPart;
pub use directory::CollateralDirectory;
pub use entry::CollateralEntry;
pub(crate) use given::GivenItems;
pub use item::{CollateralItem, IntelTee, PckCa, SnpProduct, SnpSigner, SnpTcb};
pub use layers::{CollateralLayers, CollateralRecorder, RecordedItem};
pub(crate) use name::{parse_snp_tcb, snp_tcb_name};
pub use source::CollateralSource;

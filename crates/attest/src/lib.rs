//! Attestation: evidence in, admitted attributes out.
//!
//! For everybody who proves what it is, and for everybody who wants proof. Three steps that never
//! mix (terms of RFC 9334):
//!
//! 1. An [`Attester`] makes a report: evidence that binds 32 bytes of its choice and a public key.
//! 2. A [`Verifier`] decides whether the report is genuine at a given time, and turns it into
//!    [`Verified`] [`Attributes`]; nothing else can make those.
//! 3. A [`Policy`] decides whether these attributes are wanted, and turns them into [`Admitted`].
//!
//! ```
//! use std::time::SystemTime;
//!
//! use aecs_attest::{Acceptance, Attester, Policy, ReportRequest, UserData, Verifier};
//! use aecs_crypto::{KeyPair, Suite};
//! use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
//! use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
//!
//! let dir = tempfile::tempdir()?;
//! let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default())?;
//! let key = KeyPair::generate(Suite::Modern)?;
//! let enclave = cpu.enclave(EnclaveIdentity::default());
//! let report = enclave.attest(&ReportRequest::passport(UserData([1; 32]), key.public()))?;
//!
//! let verifier = Verifier::builder().simulated_root(cpu.root_der()).build()?;
//! let attributes = verifier.verify(&report, SystemTime::now())?;
//!
//! let policy = Policy::parse(&UnifiedAttestationPolicy {
//!     main_attributes: vec![UnifiedAttestationAttributes {
//!         hex_signer: attributes.signer().into(),
//!         ..Default::default()
//!     }],
//!     ..Default::default()
//! })?;
//! let admitted = policy.admit(&attributes, &Acceptance::default())?;
//! assert_eq!(admitted.attributes().user_data(), UserData([1; 32]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate `aecs-sim` has software CPUs with PKIs of their own, which a verifier trusts only when
//! it is given their root. Production programs are built without it.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod anchor;
mod appraisal;
mod attester;
mod attributes;
mod checks;
pub mod clock;
mod collateral;
mod encoding;
mod error;
pub mod files;
mod fingerprint;
pub mod inline;
mod limits;
mod lru;
mod machine;
mod names;
mod nested;
mod platform;
mod policy;
mod quote;
mod reference_values;
mod report;
mod revocation;
mod rim;
mod sealing;
mod shares;
mod signature;
mod tcb;
mod tee;
mod trust;
mod verified;
mod verifier;
mod x509;
mod xml;

pub use anchor::Backing;
pub use attester::{Host, Opened, occlum_device, sev_guest_device};
pub use attributes::{Appraised, Attribute, Attributes, Kind, Nested, Takes};
pub use checks::Passed;
pub use collateral::{
    CollateralBundle, CollateralClient, CollateralClientConfig, CollateralDirectory,
    CollateralEntry, CollateralItem, CollateralLayers, CollateralPart, CollateralRecorder,
    CollateralService, CollateralSource, CollateralStatus, IntelService, IntelTee, PckCa,
    RecordedItem, SnpProduct, SnpSigner, SnpTcb, TroubledService,
};
pub use error::{Causes, Check, Endorsement, Error, Finding, PresentedRoot, Result};
pub use fingerprint::Fingerprint;
pub use limits::EVENT_LOG as EVENT_LOG_LIMIT;
pub use machine::{Linux, Machine};
pub use nested::{FreshDevice, sign_nested_results};
pub use platform::dcap::{collateral_of_quote, intel_root_der};
pub use platform::nvidia::platform_of as nvidia_platform_of;
pub use platform::snp::{SnpCertificates, SnpMinimum};
pub use platform::tdx::without_padding as event_log_without_padding;
pub use platform::{PINS, Pin, Pins, Platform};
pub use policy::{
    Acceptance, Admitted, Alternative, Circumstances, Comparison, Demand, Denial, Explanation,
    ListError, Mismatch, NamedList, NamedLists, OwnBinding, Policy, Remedy, Subject, Unpinned,
    compare, in_aecs20, lost_in_aecs20, own_attributes, pins_nothing, unpinned,
};
pub use reference_values::ReferenceValues;
pub use report::{Attester, NotUserData, ReportData, ReportRequest, ReportType, UserData};
pub use revocation::Revocation;
pub use sealing::{
    BoundTo, KeySource, SERVER_PRODUCT, SealTo, Sealer, Sealing, SealingMethod, SealingRules,
    Seals, SecurityVersion,
};
pub use shares::{Shares, room_owner};
pub use tcb::{OldPart, TcbEvaluation, TcbGap, TcbStatus};
pub use tee::Tee;
pub use trust::UnsignedQuotes;
pub use verified::Verified;
pub use verifier::{TrustedRoot, Verifier, VerifierBuilder};

//! TEEs in software, for development, tests and demonstrations: processors, devices and clouds with
//! PKIs of their own, and evidence that is forged with them.
//!
//! Above all [`SimulatedCpu`], for the platforms SGX_DCAP and TDX. Its directory holds what Intel
//! and a CPU would: a root CA, a platform CA, a PCK certificate, the key that signs TCB info and QE
//! identity, a quoting key and a sealing key. Quotes and collateral have the real format and go
//! through the real verifier; only the root differs, and a verifier trusts it only when it is told
//! to. **Every reader of the directory can be any enclave or trust domain.**
//!
//! The formats are written down here a second time, from their documents, and not taken from the
//! crate that reads them. Production programs are built without this crate.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod azure;
mod cca;
mod collateral;
mod cose;
mod cpu;
mod csv;
mod der;
mod directory;
mod enclave;
mod epid;
mod extension;
mod failure;
mod hyper_enclave;
mod identity;
mod keys;
mod kunpeng;
mod machine;
mod model;
mod nitro;
mod nvidia;
mod ocsp;
mod path;
mod pki;
mod played;
mod quote;
mod rim;
mod sdk;
mod seal;
mod snp;
mod text;
mod trust_domain;
pub mod vectors;
mod x509;

pub use azure::{SimulatedAzure, TpmBinding};
pub use cca::{CcaComponent, CcaForm, CcaProfile, CcaToken, SimulatedCca};
pub use collateral::EvaluationNumbers;
pub use cpu::{CpuOptions, SimulatedCpu};
pub use csv::{CsvGuest, CsvLayout, CsvOptions, SimulatedCsv, SimulatedCsvGuest};
pub use enclave::SimulatedEnclave;
pub use epid::{IasAnswer, IasOptions, SimulatedIas};
pub use hyper_enclave::{HyperEnclaveOptions, SimulatedHyperEnclave};
pub use identity::EnclaveIdentity;
pub use kunpeng::{KunpengApplication, KunpengOptions, KunpengScenario, SimulatedKunpeng};
pub use machine::SimulatedMachine;
pub use nitro::{NitroDocument, SimulatedNitro};
pub use nvidia::{GpuModel, GpuReport, SimulatedGpu};
pub use ocsp::{OcspAnswer, OcspSigner, OcspStatus};
pub use path::CertificateSpec;
pub use rim::RimSpec;
pub use sdk::{Aecs20Quotes, aecs20_simulation_report};
pub use snp::{SimulatedAmd, SimulatedSnp, SnpCertificateFields, SnpReportFields};
pub use trust_domain::{SimulatedTd, TdIdentity, TdQuoteFormat};

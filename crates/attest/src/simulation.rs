//! A CPU in software: the platforms SGX_DCAP and TDX for development, tests and demonstrations.
//!
//! A directory holds what Intel and a CPU would: a root CA, a platform CA, a PCK certificate, the
//! key that signs TCB info and QE identity, a quoting key and a sealing key. Quotes and collateral
//! have the real format and go through the real verifier; only the root differs, and a verifier
//! trusts it only when it is told to. **Whoever can read the directory can be any enclave or trust
//! domain.**

mod azure;
mod cca;
mod certificates;
mod collateral;
mod cose;
mod cpu;
mod csv;
mod der;
mod directory;
mod ecdsa;
mod enclave;
mod epid;
mod extension;
mod hyper_enclave;
mod kunpeng;
mod machine;
mod nitro;
mod nvidia;
mod path;
mod pki;
mod quote;
mod sdk;
mod seal;
mod snp;
mod trust_domain;

pub use azure::{SimulatedAzure, TpmBinding};
pub use cca::{CcaComponent, CcaForm, CcaProfile, CcaToken, SimulatedCca};
pub use collateral::EvaluationNumbers;
pub use cpu::{CpuOptions, SimulatedCpu};
pub use csv::{CsvGuest, CsvLayout, CsvOptions, SimulatedCsv, SimulatedCsvGuest};
pub use enclave::{EnclaveIdentity, SimulatedEnclave};
pub use epid::{IasAnswer, IasOptions, SimulatedIas};
pub use hyper_enclave::{HyperEnclaveOptions, SimulatedHyperEnclave};
pub use kunpeng::{KunpengApplication, KunpengOptions, KunpengScenario, SimulatedKunpeng};
pub use machine::SimulatedMachine;
pub use nitro::{NitroDocument, SimulatedNitro};
pub use nvidia::{GpuModel, GpuReport, SimulatedGpu};
pub use path::CertificateSpec;
pub use sdk::aecs20_simulation_report;
pub use snp::{SimulatedAmd, SimulatedSnp, SnpCertificateFields, SnpReportFields};
pub use trust_domain::{SimulatedTd, TdIdentity, TdQuoteFormat};

/// The owner of every simulated certificate, and the mark of programs with the simulation:
/// `deployment/lib.sh` refuses a production program that contains it.
const MARKER: &str = "AECS SIMULATION";
/// Security versions of the simulated processor's components (CPUSVN).
const CPU_SVN: [u8; 16] = [11, 11, 2, 2, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Security version of the simulated provisioning enclave.
const PCE_SVN: u16 = 13;
/// Model of the simulated processor (FMSPC): none that Intel sells.
const FMSPC: [u8; 6] = *b"AECSIM";

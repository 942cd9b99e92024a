//! A simulated CPU, what Intel's service would answer about it, and a client of such a service.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Attester as _, CollateralClient, CollateralClientConfig, CollateralItem, CollateralService,
    Error, IntelService, IntelTee, PckCa, ReportRequest, ReportType, UserData,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, SgxQlQveCollateral, UnifiedAttestationAuthReport, json};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use tempfile::TempDir;

use crate::collateral::server::{Reply, Server};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// The simulated CPU's model, and one that nobody has.
pub(crate) const FMSPC: [u8; 6] = *b"AECSIM";
pub(crate) const NOBODYS: [u8; 6] = *b"NOBODY";

pub(crate) struct Cpu {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) key: KeyPair,
    _dir: TempDir,
}

impl Cpu {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        Self { cpu, key: KeyPair::generate(Suite::Modern).unwrap(), _dir: dir }
    }

    pub(crate) fn report(&self, report_type: ReportType) -> UnifiedAttestationAuthReport {
        let enclave = self.cpu.enclave(EnclaveIdentity::default());
        let request = ReportRequest {
            report_type,
            ..ReportRequest::passport(UserData([7; 32]), self.key.public())
        };
        enclave.attest(&request).unwrap()
    }

    /// What is known about the CPU now.
    pub(crate) fn collateral(&self) -> SgxQlQveCollateral {
        let report = self.report(ReportType::Passport);
        let dcap: DcapReport = json::from_str(&report.report.unwrap().json_report).unwrap();
        json::from_str(&dcap.json_collateral).unwrap()
    }
}

pub(crate) fn dcap(fmspc: [u8; 6]) -> CollateralItem {
    CollateralItem::Dcap { tee: IntelTee::Sgx, fmspc, ca: PckCa::Platform }
}

pub(crate) fn bytes(collateral: &SgxQlQveCollateral) -> Vec<u8> {
    json::to_string(collateral).into_bytes()
}

/// The four answers of Intel's service, and of a cache of it, at the addresses for what the
/// collateral is of.
pub(crate) fn answers(collateral: &SgxQlQveCollateral) -> Vec<(String, Reply)> {
    let chain =
        |name: &str, body: &str, chain: &str| Reply::ok(body).with(name, &percent_encoded(chain));
    let tcb_info: serde_json::Value = serde_json::from_str(&collateral.tcb_info).unwrap();
    let fmspc = tcb_info["tcbInfo"]["fmspc"].as_str().unwrap().to_uppercase();
    let tee = if collateral.tee_type == 0 { "sgx" } else { "tdx" };
    let issuer = pem::parse(&collateral.pck_crl_issuer_chain).unwrap();
    let is_processor = issuer.contents().windows(12).any(|part| part == b"Processor CA");
    let ca = if is_processor { "processor" } else { "platform" };
    vec![
        (
            format!("/{tee}/certification/v4/tcb?fmspc={fmspc}"),
            chain("TCB-Info-Issuer-Chain", &collateral.tcb_info, &collateral.tcb_info_issuer_chain),
        ),
        (
            format!("/{tee}/certification/v4/qe/identity"),
            chain(
                "SGX-Enclave-Identity-Issuer-Chain",
                &collateral.qe_identity,
                &collateral.qe_identity_issuer_chain,
            ),
        ),
        (
            format!("/sgx/certification/v4/pckcrl?ca={ca}&encoding=der"),
            Reply::ok(hex::decode(&collateral.pck_crl).unwrap()).with(
                "SGX-PCK-CRL-Issuer-Chain",
                &percent_encoded(&collateral.pck_crl_issuer_chain),
            ),
        ),
        ("/sgx/certification/v4/rootcacrl".into(), Reply::ok(collateral.root_ca_crl.clone())),
        ("/root.der".into(), Reply::ok(hex::decode(&collateral.root_ca_crl).unwrap())),
    ]
}

pub(crate) fn tcb_path() -> String {
    format!("/sgx/certification/v4/tcb?fmspc={}", hex::encode_upper(FMSPC))
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// A client of the server only, impatient and quick to try again.
pub(crate) fn config(server: &Server) -> CollateralClientConfig {
    config_at(server.url())
}

pub(crate) fn config_at(url: &str) -> CollateralClientConfig {
    CollateralClientConfig {
        intel: Some(IntelService::pccs(CollateralService::new(url))),
        amd: Some(CollateralService::new(url)),
        hygon: Some(CollateralService::new(url)),
        nvidia_ocsp: Some(CollateralService::new(url)),
        nvidia_rim: Some(CollateralService::new(url)),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(10),
        retry_first: Duration::from_millis(500),
        retry_longest: Duration::from_millis(600),
        absent_for: Duration::from_millis(600),
        ..CollateralClientConfig::default()
    }
}

pub(crate) fn client(server: &Server) -> CollateralClient {
    CollateralClient::new(config(server)).unwrap()
}

/// Longer than any pause of [`config`].
pub(crate) fn wait_for_pauses() {
    std::thread::sleep(Duration::from_millis(650));
}

/// Waits until something holds that a background thread brings about.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

/// The reasons of an item that could not be obtained.
pub(crate) fn unavailable(outcome: Result<Arc<[u8]>, Error>) -> String {
    match outcome {
        Err(Error::Unavailable { source, .. }) => source.to_string(),
        other => panic!("not unavailable: {other:?}"),
    }
}

/// Hygon's two certificates, as far as anybody looks at them without verifying.
pub(crate) fn hsk_cek(fill: u8) -> Vec<u8> {
    let mut bytes = vec![fill; 832 + 2084];
    bytes[36..40].copy_from_slice(&0x13_u32.to_le_bytes());
    bytes[832 + 8..832 + 12].copy_from_slice(&0x1004_u32.to_le_bytes());
    bytes
}

pub(crate) fn hygon(chip_id: &str) -> CollateralItem {
    CollateralItem::HygonHskCek { chip_id: chip_id.into() }
}

pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

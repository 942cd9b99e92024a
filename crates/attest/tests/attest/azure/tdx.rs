//! Machines on TDX, from a trust domain's quote to the key.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Appraised, Attester as _, Backing, Check, Error, Platform, ReportData, ReportRequest,
    ReportType, TcbStatus, UserData, Verified, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::AzureVtpmReport;
use aecs_sim::{CpuOptions, SimulatedAzure, SimulatedCpu, TdIdentity, TpmBinding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::azure::support::{REPORT_DATA, change, envelope};

struct Simulation {
    _dir: TempDir,
    cpu: SimulatedCpu,
}

impl Simulation {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        Self { _dir: dir, cpu }
    }

    fn machine(&self, identity: TdIdentity) -> SimulatedAzure {
        SimulatedAzure::on_tdx(self.cpu.trust_domain(identity)).unwrap()
    }

    fn evidence(&self) -> AzureVtpmReport {
        self.machine(TdIdentity::default()).evidence(&REPORT_DATA).unwrap()
    }

    fn appraise(&self, report: &AzureVtpmReport) -> Result<Verified<Appraised>, Error> {
        let verifier = Verifier::builder().simulated_root(self.cpu.root_der()).build().unwrap();
        verifier.appraise(&envelope(Platform::AzureTdx, "Passport", report), SystemTime::now())
    }
}

#[test]
fn a_trust_domain_binds_the_key_through_its_tpm() {
    let simulation = Simulation::new();
    for binding in [TpmBinding::ExtraData, TpmBinding::Sha384, TpmBinding::Sha256] {
        let mut machine = simulation.machine(TdIdentity::default());
        machine.binding = binding;
        let appraised = simulation.appraise(&machine.evidence(&REPORT_DATA).unwrap()).unwrap();
        assert_eq!(appraised.platform(), Platform::AzureTdx);
        assert_eq!(appraised.backing(), Backing::Simulation);
        assert_eq!(appraised.tcb_status(), TcbStatus::UpToDate);
        assert_eq!(appraised.report_data(), Some(ReportData::from(REPORT_DATA)));
        let attributes = appraised.attributes();
        assert_eq!(attributes.str_tee_platform, "AZURE_TDX_VTPM");
        assert_eq!(attributes.hex_user_data, "5A".repeat(32));
        assert_eq!(attributes.hex_hash_or_pem_pubkey, "5A".repeat(32));
        assert_eq!(attributes.hex_mrtd, hex::encode_upper(TdIdentity::default().mrtd));
        assert_eq!(attributes.str_pcrs.split(',').count(), 24);
    }
}

#[test]
fn the_paravisor_takes_page_faults() {
    let simulation = Simulation::new();
    let machine = simulation.machine(TdIdentity { attributes: 0, ..TdIdentity::default() });
    let appraised = simulation.appraise(&machine.evidence(&REPORT_DATA).unwrap()).unwrap();
    assert_eq!(appraised.attributes().bool_page_faults_disabled, "");
}

#[test]
fn a_source_completes_a_report() {
    let simulation = Simulation::new();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest {
        report_type: ReportType::BackgroundCheck,
        ..ReportRequest::passport(UserData([7; 32]), key.public())
    };
    let report = simulation.machine(TdIdentity::default()).attest(&request).unwrap();
    let builder = || Verifier::builder().simulated_root(simulation.cpu.root_der());
    let error = builder().build().unwrap().verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");
    let verifier = builder().collateral(Arc::new(simulation.cpu.clone())).build().unwrap();
    let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(attributes.user_data(), UserData([7; 32]));
}

/// A name, what is done to genuine evidence, and whether the error is the right one.
type Damage = (&'static str, fn(&mut AzureVtpmReport, &Simulation), fn(&Error) -> bool);

const DAMAGES: &[Damage] = &[
    (
        "the quote of another trust domain",
        |report, simulation| {
            let td = simulation.cpu.trust_domain(TdIdentity::default()).quote([0; 64]);
            report.b64_td_quote = STANDARD.encode(td.unwrap());
        },
        |error| matches!(error, Error::Mismatch { check: Check::AZURE_RUNTIME_CLAIMS, .. }),
    ),
    (
        "what the TDX report binds",
        |report, _| change(&mut report.b64_hcl_report, |bytes| bytes[32 + 128] ^= 1),
        |error| matches!(error, Error::Mismatch { check: Check::AZURE_RUNTIME_CLAIMS, .. }),
    ),
    (
        "a byte of the claims",
        |report, _| {
            change(&mut report.b64_hcl_report, |bytes| {
                let at = bytes.windows(6).position(|part| part == b"5A5A5A").unwrap();
                bytes[at] = b'6';
            });
        },
        |error| matches!(error, Error::Mismatch { check: Check::AZURE_RUNTIME_CLAIMS, .. }),
    ),
    (
        "the claims and the TPM of another machine",
        |report, simulation| {
            let other = simulation.evidence();
            report.b64_hcl_report = other.b64_hcl_report;
            report.b64_tpm_message = other.b64_tpm_message;
            report.b64_tpm_signature = other.b64_tpm_signature;
        },
        |error| matches!(error, Error::Mismatch { check: Check::AZURE_RUNTIME_CLAIMS, .. }),
    ),
    (
        "the signature of the TPM",
        |report, _| change(&mut report.b64_tpm_signature, |bytes| bytes[7] ^= 1),
        |error| matches!(error, Error::Untrusted { check: Check::AZURE_TPM_SIGNATURE, .. }),
    ),
    (
        "a register",
        |report, _| report.hex_pcrs[0] = "FF".repeat(32),
        |error| matches!(error, Error::Mismatch { check: Check::AZURE_PCRS, .. }),
    ),
    (
        "a byte of the TD quote",
        |report, _| change(&mut report.b64_td_quote, |bytes| bytes[48 + 200] ^= 1),
        |error| matches!(error, Error::Untrusted { check: Check::QUOTE_SIGNATURE, .. }),
    ),
    (
        "no TD quote",
        |report, _| report.b64_td_quote.clear(),
        |error| matches!(error, Error::Malformed { .. }),
    ),
    (
        "no collateral",
        |report, _| report.json_endorsements.clear(),
        |error| matches!(error, Error::NoCollateral),
    ),
];

#[test]
fn every_damage_is_refused_by_its_own_check() {
    let simulation = Simulation::new();
    let genuine = simulation.evidence();
    simulation.appraise(&genuine).unwrap();
    for (name, damage, expected) in DAMAGES {
        let mut report = genuine.clone();
        damage(&mut report, &simulation);
        match simulation.appraise(&report) {
            Ok(_) => panic!("{name}: accepted"),
            Err(error) => assert!(expected(&error), "{name}: {error:?}"),
        }
    }
}

#[test]
fn an_unknown_root_is_refused() {
    let (simulation, other) = (Simulation::new(), Simulation::new());
    let error = other.appraise(&simulation.evidence()).unwrap_err();
    assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");
}

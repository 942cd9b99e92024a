//! Hygon CSV: reports of a simulated chip, of which every part is changed once; and a genuine one.

mod corruption;
mod genuine;
mod never_panics;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Acceptance, Attester, Backing, CollateralItem, CollateralSource, Error, Platform, Policy,
    ReportRequest, ReportType, TcbStatus, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    HygonCsvCertChain, HygonCsvReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, json,
};
use aecs_sim::{CsvGuest, CsvLayout, CsvOptions, SimulatedCsv};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const USER_DATA: UserData = UserData([0x5A; 32]);

const LAYOUTS: [CsvLayout; 4] = [
    CsvLayout::Legacy,
    CsvLayout::RestoredLegacy,
    CsvLayout::Extended,
    CsvLayout::RestoredExtended,
];

fn chip() -> SimulatedCsv {
    SimulatedCsv::new(&CsvOptions::default()).unwrap()
}

fn verifier(chip: &SimulatedCsv) -> Verifier {
    Verifier::builder().simulated_platform_root(Platform::Csv, chip.root()).build().unwrap()
}

fn report_of(chip: &SimulatedCsv, guest: CsvGuest, key: &KeyPair) -> UnifiedAttestationAuthReport {
    chip.guest(guest).attest(&ReportRequest::passport(USER_DATA, key.public())).unwrap()
}

/// A report taken apart.
#[derive(Clone)]
struct Parts {
    report: Vec<u8>,
    hsk: Vec<u8>,
    cek: Vec<u8>,
    chip_id: String,
    whole: UnifiedAttestationAuthReport,
}

impl Parts {
    fn of(whole: &UnifiedAttestationAuthReport) -> Self {
        let message: HygonCsvReport =
            json::from_str(&whole.report.as_ref().unwrap().json_report).unwrap();
        let chain: HygonCsvCertChain = json::from_str(&message.json_cert_chain).unwrap();
        Self {
            report: STANDARD.decode(message.b64_quote).unwrap(),
            hsk: STANDARD.decode(chain.b64_hsk_cert).unwrap(),
            cek: STANDARD.decode(chain.b64_cek_cert).unwrap(),
            chip_id: message.str_chip_id,
            whole: whole.clone(),
        }
    }

    fn assemble(&self) -> UnifiedAttestationAuthReport {
        let chain = HygonCsvCertChain {
            b64_hsk_cert: STANDARD.encode(&self.hsk),
            b64_cek_cert: STANDARD.encode(&self.cek),
        };
        let message = HygonCsvReport {
            b64_quote: STANDARD.encode(&self.report),
            json_cert_chain: json::to_string(&chain),
            str_chip_id: self.chip_id.clone(),
        };
        let mut whole = self.whole.clone();
        whole.report.as_mut().unwrap().json_report = json::to_string(&message);
        whole
    }
}

#[test]
fn every_layout_is_verified() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    for layout in LAYOUTS {
        for page in [true, false] {
            let guest = CsvGuest { layout, page, ..CsvGuest::default() };
            let report = report_of(&chip, guest, &key);
            let verified = verifier(&chip).verify(&report, SystemTime::now()).unwrap();
            assert_eq!(verified.platform(), Platform::Csv);
            assert_eq!(verified.backing(), Backing::Simulation);
            assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
            assert_eq!(verified.user_data(), USER_DATA);
            assert!(!verified.debug());
            let attributes = verified.as_proto();
            assert_eq!(attributes.hex_boot_measurement, "A1".repeat(32));
            assert_eq!(attributes.hex_prod_id, "B2".repeat(16));
            assert_eq!(attributes.hex_platform_sw_version, "C3".repeat(16));
            assert_eq!(attributes.hex_secure_flags, "09000000");
            assert_eq!(attributes.hex_nonce, hex::encode_upper("sixteen bytes 16"));
            assert_eq!(attributes.bool_migration_disabled, "true");
            assert_eq!(attributes.str_versions, "api=1.3");
            assert_eq!(attributes.hex_chip_id, "", "nothing signs it");
            assert_eq!(attributes.hex_author_key, "");
            let extended = matches!(layout, CsvLayout::Extended | CsvLayout::RestoredExtended);
            assert_eq!(
                attributes.hex_rtmr3,
                if extended { "03".repeat(32) } else { String::new() }
            );
            assert_eq!(attributes.str_min_tcb, if extended { "build=2337" } else { "" });
            assert_eq!(
                attributes.hex_host_data,
                if extended { "D4".repeat(64) } else { String::new() }
            );
        }
    }
}

#[test]
fn checks_are_listed() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let report = report_of(&chip, CsvGuest::default(), &key);
    let verified = verifier(&chip).verify(&report, SystemTime::now()).unwrap();
    let names: Vec<_> = verified.checks().iter().map(|passed| passed.check.name()).collect();
    for name in [
        "chip id of the CSV report",
        "HMAC over PEK and chip id",
        "signature of the HSK certificate",
        "signature of the CEK certificate",
        "signature of the PEK certificate",
        "usage of a Hygon key",
        "signature of the CSV report",
        "report data",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
}

#[test]
fn the_policy_decides_on_debugging_and_measurement() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let verified = |guest| {
        let report = report_of(&chip, guest, &key);
        verifier(&chip).verify(&report, SystemTime::now()).unwrap()
    };
    let policy = |entry| {
        let main_attributes = vec![entry];
        Policy::parse(&UnifiedAttestationPolicy { main_attributes, ..Default::default() }).unwrap()
    };
    let wanted = policy(UnifiedAttestationAttributes {
        str_tee_platform: "CSV".into(),
        hex_boot_measurement: "A1".repeat(32),
        ..Default::default()
    });
    let acceptance = Acceptance::default();
    wanted.admit(&verified(CsvGuest::default()), &acceptance).unwrap();
    let other = CsvGuest { measurement: [0xA2; 32], ..CsvGuest::default() };
    assert!(wanted.admit(&verified(other), &acceptance).is_err());
    let debuggable = CsvGuest { policy: 0b1000, ..CsvGuest::default() };
    assert!(verified(debuggable.clone()).debug());
    assert!(wanted.admit(&verified(debuggable), &acceptance).is_err());
    // A guest that may be sent to another chip is one that the policy has to ask for.
    let sent = CsvGuest { policy: 0b0001, ..CsvGuest::default() };
    assert!(wanted.admit(&verified(sent.clone()), &acceptance).is_err());
    let may_be_sent = policy(UnifiedAttestationAttributes {
        hex_boot_measurement: "A1".repeat(32),
        bool_migration_disabled: "false".into(),
        ..Default::default()
    });
    may_be_sent.admit(&verified(sent), &acceptance).unwrap();
}

#[test]
fn an_owners_key_is_an_attribute() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let guest = CsvGuest { user_pubkey_digest: [0xE5; 32], ..CsvGuest::default() };
    let report = report_of(&chip, guest, &key);
    let verified = verifier(&chip).verify(&report, SystemTime::now()).unwrap();
    assert_eq!(verified.as_proto().hex_author_key, "E5".repeat(32));
}

/// A key distribution service that knows one chip.
struct Kds {
    chip_id: &'static str,
    answer: Vec<u8>,
}

impl CollateralSource for Kds {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>, Error> {
        let asked = CollateralItem::HygonHskCek { chip_id: self.chip_id.into() };
        assert_eq!(*item, asked);
        Ok(self.answer.clone().into())
    }

    fn generation(&self) -> u64 {
        0
    }
}

#[test]
fn a_background_check_is_completed_from_the_configured_source() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let request = ReportRequest {
        report_type: ReportType::BackgroundCheck,
        ..ReportRequest::passport(USER_DATA, key.public())
    };
    let report = chip.guest(CsvGuest::default()).attest(&request).unwrap();
    let now = SystemTime::now();
    let error = verifier(&chip).verify(&report, now).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");

    let with = |answer| {
        Verifier::builder()
            .simulated_platform_root(Platform::Csv, chip.root())
            .collateral(Arc::new(Kds { chip_id: chip.chip_id(), answer }))
            .build()
            .unwrap()
            .verify(&report, now)
    };
    with(chip.hsk_cek()).unwrap();
    let cut = chip.hsk_cek()[1..].to_vec();
    assert!(matches!(with(cut), Err(Error::Malformed { what: "HSK and CEK certificates", .. })));
    // Nothing that the source says is trusted.
    assert!(matches!(with(self::chip().hsk_cek()), Err(Error::UnknownRoot { .. })));
}

#[test]
fn nothing_in_it_is_dated() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let report = report_of(&chip, CsvGuest::default(), &key);
    for now in [0, 1_577_836_800, 1_893_456_000] {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        verifier(&chip).verify(&report, now).unwrap();
    }
}

#[test]
fn aecs_20_sends_zeros_behind_the_chip_id() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let mut parts = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    parts.chip_id.push_str(&"\0".repeat(65 - parts.chip_id.len()));
    verifier(&chip).verify(&parts.assemble(), SystemTime::now()).unwrap();
    parts.chip_id.clear();
    verifier(&chip).verify(&parts.assemble(), SystemTime::now()).unwrap();
}

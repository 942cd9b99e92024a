//! From a report without endorsements to attributes, for every platform whose endorsements a
//! service has.

use std::fs;
use std::sync::Arc;

use aecs_attest::{
    Attester, CollateralBundle, CollateralClient, CollateralDirectory, CollateralEntry,
    CollateralItem, CollateralLayers, CollateralRecorder, CollateralSource, Error, Platform,
    ReportRequest, ReportType, SnpProduct, SnpSigner, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::UnifiedAttestationAuthReport;
use aecs_sim::{CsvGuest, CsvOptions, SimulatedAmd, SimulatedCsv, SimulatedCsvGuest, SimulatedSnp};

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{
    Cpu, DAY, FMSPC, answers, bytes, client, dcap, hygon, now, unavailable, until,
};

fn verifier(cpu: &Cpu, source: Arc<dyn CollateralSource>) -> Verifier {
    Verifier::builder().simulated_root(cpu.cpu.root_der()).collateral(source).build().unwrap()
}

fn setup() -> (Cpu, Server, CollateralClient) {
    let cpu = Cpu::new();
    let server = Server::start(answers(&cpu.collateral()));
    let client = client(&server);
    (cpu, server, client)
}

#[test]
fn a_passport_needs_no_network() {
    let (cpu, server, client) = setup();
    let verifier = verifier(&cpu, Arc::new(client));
    verifier.verify(&cpu.report(ReportType::Passport), now()).unwrap();
    assert_eq!(server.count(), 0);
}

#[test]
fn collateral_is_fetched_for_the_first_report_of_a_model() {
    let (cpu, server, client) = setup();
    let verifier = verifier(&cpu, Arc::new(client));
    let report = cpu.report(ReportType::BackgroundCheck);
    assert!(verifier.recall(&report, now()).is_none());
    let verified = verifier.verify(&report, now()).unwrap();
    assert!(verifier.recall(&report, now()).is_some());
    let passport = verifier.verify(&cpu.report(ReportType::Passport), now()).unwrap();
    assert_eq!(verified.measurement(), passport.measurement());
    for _ in 0..10 {
        verifier.verify(&cpu.report(ReportType::BackgroundCheck), now()).unwrap();
    }
    assert_eq!(server.count(), 4);
}

#[test]
fn without_a_source_or_a_service_the_report_is_refused() {
    let (cpu, server, client) = setup();
    let report = cpu.report(ReportType::BackgroundCheck);
    let alone = Verifier::builder().simulated_root(cpu.cpu.root_der()).build().unwrap();
    assert!(matches!(alone.verify(&report, now()), Err(Error::NoCollateral)));
    server.set_everything(Reply::status(503));
    let refused = verifier(&cpu, Arc::new(client)).verify(&report, now());
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
}

#[test]
fn a_revocation_reaches_reports_that_were_verified_before() {
    let (cpu, server, client) = setup();
    let verifier = verifier(&cpu, Arc::new(client.clone()));
    let report = cpu.report(ReportType::BackgroundCheck);
    let start = now();
    verifier.verify(&report, start).unwrap();
    cpu.cpu.set_pck_revoked(true).unwrap();
    server.set_all(answers(&cpu.collateral()));
    assert!(verifier.verify(&report, start).is_ok(), "nobody has looked yet");

    client.refresh(start + DAY);
    assert_eq!(client.generation(), 1);
    assert!(verifier.recall(&report, start).is_none(), "what was remembered is void");
    let refused = verifier.verify(&report, start);
    assert!(refused.is_err(), "revoked");
}

#[test]
fn what_the_service_forges_is_refused_and_does_not_stick() {
    let (cpu, server, client) = setup();
    let another = Cpu::new();
    server.set_all(answers(&another.collateral()));
    let verifier = verifier(&cpu, Arc::new(client.clone()));
    let report = cpu.report(ReportType::BackgroundCheck);
    let refused = verifier.verify(&report, now()).unwrap_err();
    assert!(matches!(refused, Error::UnknownRoot { .. }), "{refused:?}");
    // The client was told, and looked again.
    until("a second fetch", || client.status().fetched == 2);

    server.set_all(answers(&cpu.collateral()));
    until("the genuine one", || {
        // In a minute the client would look by itself; a day makes it due.
        let _ = client.get(&dcap(FMSPC), now() + DAY);
        verifier.verify(&report, now()).is_ok()
    });
}

#[test]
fn bad_evidence_takes_nothing_from_good() {
    let (cpu, server, client) = setup();
    let verifier = verifier(&cpu, Arc::new(client.clone()));
    verifier.verify(&cpu.report(ReportType::BackgroundCheck), now()).unwrap();
    let mut forged = cpu.report(ReportType::BackgroundCheck);
    forged.pem_public_key = Cpu::new().key.public().pem().into();
    for _ in 0..50 {
        assert!(matches!(verifier.verify(&forged, now()), Err(Error::KeyBinding { .. })));
        verifier.verify(&cpu.report(ReportType::BackgroundCheck), now()).unwrap();
    }
    assert_eq!(server.count(), 4, "the evidence was genuine, and its key is not collateral's");
}

#[test]
fn evidence_tells_a_tool_what_to_take_along() {
    let (cpu, server, client) = setup();
    let recorder = Arc::new(CollateralRecorder::new(Arc::new(client)));
    let report = cpu.report(ReportType::BackgroundCheck);
    let inner = report.report.clone().unwrap();
    verifier(&cpu, Arc::clone(&recorder) as _).appraise(&inner, now()).unwrap();
    drop(server);

    let dir = tempfile::tempdir().unwrap();
    let directory = CollateralDirectory::open(dir.path()).unwrap();
    for asked in recorder.take() {
        assert_eq!(asked.item, dcap(FMSPC));
        directory.write(&asked.outcome.unwrap()).unwrap();
    }
    let path = dir.path().join("bundle.json");
    directory.pack().unwrap().write(&path).unwrap();
    let offline: [Arc<dyn CollateralSource>; 2] =
        [Arc::new(CollateralBundle::open(&path).unwrap()), Arc::new(directory)];
    for source in offline {
        verifier(&cpu, source).verify(&report, now()).unwrap();
    }
    assert!(fs::metadata(&path).unwrap().len() < 64 * 1024);
}

#[test]
fn what_is_there_is_used_before_the_network() {
    let (cpu, server, client) = setup();
    let entry = CollateralEntry::new(dcap(FMSPC), bytes(&cpu.collateral()), now()).unwrap();
    let bundle = CollateralBundle::new([entry]);
    let layers = CollateralLayers::new(vec![Arc::new(bundle), Arc::new(client)]);
    let verifier = verifier(&cpu, Arc::new(layers));
    verifier.verify(&cpu.report(ReportType::BackgroundCheck), now()).unwrap();
    assert_eq!(server.count(), 0);
}

/// A report of a guest that brings no endorsements.
fn background_check(guest: &dyn Attester, key: &KeyPair) -> UnifiedAttestationAuthReport {
    let request = ReportRequest {
        report_type: ReportType::BackgroundCheck,
        ..ReportRequest::passport(UserData([9; 32]), key.public())
    };
    guest.attest(&request).unwrap()
}

#[test]
fn amds_service_serves_every_generation() {
    let amd = SimulatedAmd::generate().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    for product in [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin] {
        let mut guest = SimulatedSnp::new(&amd, product).unwrap();
        let chip_id = guest.certificate.chip_id.clone().unwrap();
        let tcb = guest.certificate.tcb;
        let fmc = tcb.fmc.map(|fmc| format!("fmcSPL={fmc:02}&")).unwrap_or_default();
        let vcek = format!(
            "/vcek/v1/{product}/{}?{fmc}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}",
            hex::encode(&chip_id),
            tcb.bootloader,
            tcb.tee,
            tcb.snp,
            tcb.microcode,
        );
        let crl = format!("/vcek/v1/{product}/crl");
        let server = Server::start([
            (vcek, Reply::ok(guest.vek_der().unwrap())),
            (
                format!("/vcek/v1/{product}/cert_chain"),
                Reply::ok(amd.chain_pem(product, SnpSigner::Vcek)),
            ),
            (crl.clone(), Reply::ok(guest.crl_der().unwrap())),
        ]);
        let client = client(&server);
        let verifier = Verifier::builder()
            .simulated_platform_root(Platform::SevSnp, amd.root_der(product))
            .collateral(Arc::new(client.clone()))
            .build()
            .unwrap();
        let report = background_check(&guest, &key);
        verifier.verify(&report, now()).unwrap();
        verifier.verify(&background_check(&guest, &key), now()).unwrap();
        assert_eq!(server.count(), 3, "{product}: {:?}", server.requests());

        // What is for another generation, signer or chip is not taken.
        let vlek_chain = amd.chain_pem(product, SnpSigner::Vlek);
        let item = CollateralItem::SnpChain { product, signer: SnpSigner::Vcek };
        assert!(CollateralEntry::new(item, vlek_chain.into_bytes(), now()).is_err());
        let item = CollateralItem::SnpCrl { product, signer: SnpSigner::Vcek };
        let others = [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin];
        for other in others.into_iter().filter(|other| *other != product) {
            let list = amd.crl(other, &[], now() - DAY..now() + DAY).unwrap();
            assert!(CollateralEntry::new(item.clone(), list, now()).is_err());
        }

        // The authority is revoked, which is seen after a while.
        guest.revoked = Some(vec![SimulatedAmd::authority_serial(product, SnpSigner::Vcek)]);
        server.set(&crl, Reply::ok(guest.crl_der().unwrap()));
        client.refresh(now() + DAY);
        assert_eq!(client.generation(), 1, "{product}");
        let refused = verifier.verify(&report, now());
        assert!(matches!(refused, Err(Error::Revoked { .. })), "{product}: {refused:?}");
    }
}

#[test]
fn a_hidden_chip_is_asked_of_nobody() {
    let amd = SimulatedAmd::generate().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let mut guest = SimulatedSnp::new(&amd, SnpProduct::Milan).unwrap();
    guest.report.chip_id = [0; 64];
    let server = Server::start([]);
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::SevSnp, amd.root_der(SnpProduct::Milan))
        .collateral(Arc::new(client(&server)))
        .build()
        .unwrap();
    assert!(verifier.verify(&background_check(&guest, &key), now()).is_err());
    assert_eq!(server.count(), 0);
}

#[test]
fn hygons_service_serves_a_chip() {
    let chip = SimulatedCsv::new(&CsvOptions::default()).unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let guest: SimulatedCsvGuest<'_> = chip.guest(CsvGuest::default());
    let path = format!("/hsk_cek?snumber={}", chip.chip_id());
    let server = Server::start([(path, Reply::ok(chip.hsk_cek()))]);
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::Csv, chip.root())
        .collateral(Arc::new(client(&server)))
        .build()
        .unwrap();
    verifier.verify(&background_check(&guest, &key), now()).unwrap();
    verifier.verify(&background_check(&guest, &key), now()).unwrap();
    assert_eq!(server.count(), 1);

    let other = client(&server).get(&hygon("ANOTHER"), now());
    assert!(unavailable(other).contains("does not exist"));
}

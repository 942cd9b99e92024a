//! Evidence of every platform's software CPU.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Attester, Platform, ReportRequest, SnpProduct, TcbStatus, UserData, Verifier, VerifierBuilder,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport};
use aecs_sim::{
    Aecs20Quotes, CpuOptions, CsvGuest, CsvLayout, CsvOptions, EnclaveIdentity, GpuModel,
    GpuReport, HyperEnclaveOptions, IasAnswer, IasOptions, KunpengApplication, KunpengOptions,
    KunpengScenario, NitroDocument, SimulatedAmd, SimulatedAzure, SimulatedCca, SimulatedCpu,
    SimulatedCsv, SimulatedGpu, SimulatedHyperEnclave, SimulatedIas, SimulatedKunpeng,
    SimulatedNitro, SimulatedSnp, TdIdentity, TdQuoteFormat, TpmBinding, aecs20_simulation_report,
};

use super::Case;

/// What differs in every run: keys and the ids of chips.
pub(crate) const RANDOM: &[&str] = &["hex_hash_or_pem_pubkey", "hex_chip_id", "hex_ppid"];

pub(crate) fn cases() -> Vec<Case> {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([0x5A; 32]), key.public());
    [intel(&request), amd(&request), others(&request), devices()].into_iter().flatten().collect()
}

fn case(name: &'static str, verifier: VerifierBuilder, report: &UnifiedAttestationReport) -> Case {
    let verifier = verifier.build().unwrap();
    (name, verifier.appraise(report, SystemTime::now()).expect(name))
}

fn attested(
    name: &'static str,
    verifier: VerifierBuilder,
    report: UnifiedAttestationAuthReport,
) -> Case {
    case(name, verifier, &report.report.unwrap())
}

fn trusting(platform: Platform, root: &[u8]) -> VerifierBuilder {
    Verifier::builder().simulated_platform_root(platform, root)
}

fn intel(request: &ReportRequest<'_>) -> Vec<Case> {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let by = || Verifier::builder().simulated_root(cpu.root_der());
    let enclave = |debug| {
        let identity = EnclaveIdentity { debug, ..EnclaveIdentity::default() };
        cpu.enclave(identity).attest(request).unwrap()
    };
    let td = |identity| cpu.trust_domain(identity).attest(request).unwrap();
    let with_everything = TdIdentity {
        format: TdQuoteFormat::V5Tdx15,
        mrconfigid: [0xC0; 48],
        mrowner: [0xC1; 48],
        mrownerconfig: [0xC2; 48],
        mrservicetd: [0xC3; 48],
        ..TdIdentity::default()
    };
    let with_log = TdIdentity::default().with_events(&[(1, b"kernel"), (2, b"command line")]);
    let azure = SimulatedAzure::on_tdx(cpu.trust_domain(TdIdentity::default())).unwrap();
    let mut cases = vec![
        attested("SGX_DCAP", by(), enclave(false)),
        attested("TDX", by(), td(TdIdentity::default())),
        attested("TDX with everything", by(), td(with_everything)),
        attested("TDX with an event log", by(), td(with_log)),
        attested("AZURE_TDX_VTPM", by(), azure.attest(request).unwrap()),
    ];
    let advisories = ["INTEL-SA-00002", "INTEL-SA-00001"];
    cpu.set_tcb_status(TcbStatus::ConfigurationAndSwHardeningNeeded, &advisories).unwrap();
    cases.push(attested("SGX_DCAP with advisories", by(), enclave(true)));

    let ias = SimulatedIas::new(IasOptions::default()).unwrap();
    let identity = EnclaveIdentity { debug: false, ..EnclaveIdentity::default() };
    let answer = ias.passport(&IasAnswer::default(), &identity, request).unwrap();
    cases.push(attested("SGX_EPID", trusting(Platform::SgxEpid, ias.root_der()), answer));
    let unsigned = aecs20_simulation_report(&identity, request).unwrap();
    let believing = Verifier::builder().insecure_aecs20_simulation(Arc::new(Aecs20Quotes));
    cases.push(attested("SGX_EPID that nobody signed", believing, unsigned));
    cases
}

fn amd(request: &ReportRequest<'_>) -> Vec<Case> {
    let amd = SimulatedAmd::generate().unwrap();
    let by = |platform, product| trusting(platform, amd.root_der(product));
    let guest = |product| SimulatedSnp::new(&amd, product).unwrap();
    let mut signed = guest(SnpProduct::Milan);
    signed.report.id_key_digest = [0x1D; 48];
    signed.report.author_key_digest = [0xA0; 48];
    signed.report.author_key_enabled = true;
    signed.report.family_id = [0xFA; 16];
    signed.report.policy |= 1 << 18;
    let cloud = SimulatedSnp::with_vlek(&amd, SnpProduct::Turin).unwrap();
    let mut azure = SimulatedAzure::on_snp(guest(SnpProduct::Genoa)).unwrap();
    let bound = azure.attest(request).unwrap();
    azure.binding = TpmBinding::Nonce(vec![0x4E; 20]);
    let asked = azure.attest(request).unwrap();
    let (snp, on_azure) = (Platform::SevSnp, Platform::AzureSnp);
    vec![
        attested("SEV_SNP", by(snp, SnpProduct::Milan), signed.attest(request).unwrap()),
        attested("SEV_SNP of a cloud", by(snp, SnpProduct::Turin), cloud.attest(request).unwrap()),
        attested("AZURE_SNP_VTPM", by(on_azure, SnpProduct::Genoa), bound),
        attested("AZURE_SNP_VTPM with a nonce", by(on_azure, SnpProduct::Genoa), asked),
    ]
}

fn others(request: &ReportRequest<'_>) -> Vec<Case> {
    let machine = SimulatedHyperEnclave::new(HyperEnclaveOptions::default()).unwrap();
    let enclave = machine.attest_enclave(&EnclaveIdentity::default(), request).unwrap();
    let kunpeng = SimulatedKunpeng::new(&KunpengOptions::default()).unwrap();
    let application =
        |scenario| kunpeng.attest(scenario, &KunpengApplication::default(), request).unwrap();
    let chip = SimulatedCsv::new(&CsvOptions::default()).unwrap();
    let owned = CsvGuest {
        layout: CsvLayout::Extended,
        user_pubkey_digest: [0xA0; 32],
        policy: 0,
        ..CsvGuest::default()
    };
    let cca = SimulatedCca::new().unwrap();
    let nitro = SimulatedNitro::new().unwrap();
    let by_hyper = trusting(Platform::HyperEnclave, machine.root_der());
    let by_kunpeng = || trusting(Platform::Kunpeng, kunpeng.root_der());
    let by_csv = || trusting(Platform::Csv, chip.root());
    let csv = |guest| chip.guest(guest).attest(request).unwrap();
    let by_cca = trusting(Platform::ArmCca, &cca.cpak_der());
    let by_nitro = || trusting(Platform::AwsNitro, nitro.root_der());
    let asked = NitroDocument {
        user_data: None,
        nonce: Some(vec![0x4E; 20]),
        ..NitroDocument::new(request.report_data())
    };
    let asked = SimulatedNitro::report(&nitro.document(&asked).unwrap());
    vec![
        attested("HyperEnclave", by_hyper, enclave),
        attested("Kunpeng", by_kunpeng(), application(KunpengScenario::Device)),
        attested("Kunpeng with a service", by_kunpeng(), application(KunpengScenario::Service)),
        attested("CSV", by_csv(), csv(CsvGuest::default())),
        attested("CSV of newer firmware", by_csv(), csv(owned)),
        attested("ARM_CCA", by_cca, cca.attest(request).unwrap()),
        attested("AWS_NITRO", by_nitro(), nitro.attest(request).unwrap()),
        case("AWS_NITRO with a nonce", by_nitro(), &asked),
    ]
}

fn devices() -> Vec<Case> {
    let models = [
        ("NVIDIA_GPU", GpuModel::Hopper),
        ("NVIDIA_GPU of Blackwell", GpuModel::Blackwell),
        ("NVIDIA_SWITCH", GpuModel::Switch),
    ];
    let device = |(name, model): (_, GpuModel)| {
        let gpu = SimulatedGpu::new(model).unwrap();
        let report = gpu.report(&GpuReport::new([0x4E; 32])).unwrap();
        let mut evidence = SimulatedGpu::evidence(&report, &gpu.chain_pem());
        evidence.str_tee_platform = model.platform().to_string();
        case(name, trusting(model.platform(), gpu.root_der()), &evidence)
    };
    models.map(device).into()
}

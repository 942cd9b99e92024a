//! Whether a device's measurements are NVIDIA's reference values (RIM), from the verifier's collateral.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Appraised, Check, CollateralItem, CollateralSource, Endorsement, Error, Platform,
    ReferenceValues, Verified, Verifier,
};
use aecs_sim::{
    CertificateSpec, GpuModel, GpuReport, OcspAnswer, OcspStatus, RimSpec, SimulatedGpu, vectors,
};
use aws_lc_rs::digest::{SHA384, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::client;
use crate::nvidia::NONCE;

const DRIVER: &str = "NV_GPU_DRIVER_GH100_580.95.05";
const VBIOS: &str = "NV_GPU_VBIOS_1010_0200_882_960074001A";

type Change = dyn Fn(&SimulatedGpu, &str) -> Option<Vec<u8>> + Send + Sync;

/// NVIDIA's services, of which a test changes what is given for the RIM of this name.
struct Service {
    gpu: SimulatedGpu,
    change: Box<Change>,
}

impl CollateralSource for Service {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>, Error> {
        match item {
            CollateralItem::NvidiaRim { id } => {
                let missing = || Error::Unavailable { what: id.clone(), source: "no".into() };
                (self.change)(&self.gpu, id).map(Into::into).ok_or_else(missing)
            }
            other => self.gpu.get(other, now),
        }
    }

    fn generation(&self) -> u64 {
        0
    }
}

fn service(
    change: impl Fn(&SimulatedGpu, &str) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> Arc<Service> {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    Arc::new(Service { gpu, change: Box::new(change) })
}

/// The RIM of the driver as a test changes it, and a good one of the VBIOS.
fn driver(change: impl Fn(&mut RimSpec) + Send + Sync + 'static) -> Arc<Service> {
    service(move |gpu, id| {
        let mut spec = SimulatedGpu::good_rim(id);
        if id == DRIVER {
            change(&mut spec);
        }
        Some(gpu.rim(&spec).unwrap())
    })
}

/// The same with the text of the driver's RIM.
fn text(change: impl Fn(String) -> String + Send + Sync + 'static) -> Arc<Service> {
    service(move |gpu, id| {
        let rim = String::from_utf8(gpu.rim(&SimulatedGpu::good_rim(id)).unwrap()).unwrap();
        Some(if id == DRIVER { change(rim) } else { rim }.into_bytes())
    })
}

fn appraise_report(
    source: &Arc<Service>,
    report: &GpuReport,
) -> Result<Verified<Appraised>, Error> {
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaGpu, source.gpu.root_der())
        .collateral(source.clone())
        .build()
        .unwrap();
    let report = source.gpu.report(report).unwrap();
    let report = SimulatedGpu::evidence(&report, &source.gpu.chain_pem());
    verifier.appraise(&report, SystemTime::now())
}

fn appraise(source: &Arc<Service>) -> Result<Verified<Appraised>, Error> {
    appraise_report(source, &GpuReport::new(NONCE))
}

fn values(appraised: &Appraised) -> &ReferenceValues {
    let values = appraised.reference_values().unwrap();
    let matched = if values.are_matched() { "true" } else { "false" };
    assert_eq!(appraised.attributes().bool_measurements_match_rim, matched);
    values
}

fn differ(source: &Arc<Service>) -> String {
    let appraised = appraise(source).unwrap();
    let ReferenceValues::Differ(what) = values(&appraised) else {
        panic!("{:?}", values(&appraised))
    };
    what.clone()
}

fn not_compared(source: &Arc<Service>) -> String {
    let appraised = appraise(source).unwrap();
    let ReferenceValues::NotCompared(why) = values(&appraised) else { panic!("compared") };
    why.clone()
}

fn malformed(source: &Arc<Service>) -> String {
    match appraise(source).unwrap_err() {
        Error::Malformed { what, source } => {
            assert_eq!(what, Endorsement::NVIDIA_RIM.name());
            source.to_string()
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn measurements_that_nvidia_publishes_are_told() {
    let source = driver(|_| {});
    let appraised = appraise(&source).unwrap();
    let expected = format!("64 measurements of {DRIVER}, {VBIOS}");
    assert_eq!(*values(&appraised), ReferenceValues::Match(expected));
    let made: Vec<_> = appraised.checks().iter().map(|passed| passed.check).collect();
    for check in [Check::NVIDIA_RIM_CHAIN, Check::NVIDIA_RIM_SIGNATURE, Check::NVIDIA_MEASUREMENTS]
    {
        assert!(made.contains(&check), "{check}");
    }
    assert_eq!(appraised.attributes().bool_revocation_checked, "true");
}

#[test]
fn another_measurement_is_named() {
    let mut report = GpuReport::new(NONCE);
    report.measurements[8].1[47] ^= 1;
    report.measurements[40].1 = vec![0; 48];
    let source = driver(|_| {});
    let appraised = appraise_report(&source, &report).unwrap();
    let expected = format!("measurement 9 ({DRIVER}), measurement 41 ({VBIOS})");
    assert_eq!(*values(&appraised), ReferenceValues::Differ(expected));
    assert!(!appraised.checks().iter().any(|passed| passed.check == Check::NVIDIA_MEASUREMENTS));
    // One that the report does not have is not the good one.
    report.measurements.truncate(40);
    let appraised = appraise_report(&source, &report).unwrap();
    assert!(values(&appraised).to_string().contains("measurement 64"));
}

#[test]
fn a_value_may_have_alternatives_and_need_not_count() {
    let good = driver(|spec| spec.values[3].2.insert(0, vec![0xEE; 48]));
    assert!(values(&appraise(&good).unwrap()).are_matched());
    let other = driver(|spec| spec.values[3].2 = vec![vec![0xEE; 48], vec![0xDD; 48]]);
    assert_eq!(differ(&other), format!("measurement 4 ({DRIVER})"));
    let idle = driver(|spec| spec.values[3] = (3, false, vec![vec![0xEE; 48]]));
    let appraised = appraise(&idle).unwrap();
    assert!(values(&appraised).to_string().starts_with("match: 63 measurements"));
    // That of NVDEC does not count where NVDEC is disabled.
    for (nvdec, matched) in [(None, false), (Some(0xAA), false), (Some(0x55), true)] {
        let mut report = GpuReport { nvdec, ..GpuReport::new(NONCE) };
        report.measurements[35].1[0] ^= 1;
        let appraised = appraise_report(&driver(|_| {}), &report).unwrap();
        assert_eq!(values(&appraised).are_matched(), matched, "{nvdec:?}");
    }
}

#[test]
fn without_both_files_nothing_is_compared_and_that_is_told() {
    for missing in [DRIVER, VBIOS] {
        let source = service(move |gpu, id| {
            (id != missing).then(|| gpu.rim(&SimulatedGpu::good_rim(id)).unwrap())
        });
        assert!(not_compared(&source).starts_with(missing));
    }
    let both = driver(|spec| spec.values[40].1 = true);
    assert_eq!(not_compared(&both), "two RIMs have values for measurement 41");
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let appraised = crate::nvidia::appraise(&gpu, &crate::nvidia::genuine(&gpu)).unwrap();
    assert!(values(&appraised).to_string().contains("no source"));
}

#[test]
fn only_nvidias_files_for_the_version_count() {
    let other = driver(|spec| spec.version = "580.95.06".into());
    assert!(matches!(
        appraise(&other),
        Err(Error::Mismatch { check: Check::NVIDIA_RIM_VERSION, .. })
    ));
    let stranger = service(|gpu, id| {
        let other = SimulatedGpu::new(GpuModel::Hopper).unwrap();
        let signs = if id == DRIVER { &other } else { gpu };
        Some(signs.rim(&SimulatedGpu::good_rim(id)).unwrap())
    });
    let error = appraise(&stranger).unwrap_err();
    assert!(
        matches!(error, Error::UnknownRoot { chain: Endorsement::NVIDIA_RIM, .. }),
        "{error:?}"
    );
    let ended = driver(|spec| {
        let (from, until) = (SystemTime::now() - Duration::from_secs(9), SystemTime::now());
        spec.signer.validity = from..until - Duration::from_secs(2);
    });
    assert!(matches!(appraise(&ended), Err(Error::Expired { .. })));
    let idle = driver(|spec| {
        spec.signer = CertificateSpec { digital_signature: false, ..spec.signer.clone() };
    });
    let error = appraise(&idle).unwrap_err();
    assert!(matches!(error, Error::Untrusted { check: Check::NVIDIA_RIM_CHAIN, .. }), "{error:?}");
}

/// The key that signs reference values can be revoked, as a device's; where nobody says so, that is told.
#[test]
fn a_revoked_signer_is_refused() {
    /// NVIDIA's services, whose responder gives this status of the signer, or no answer.
    struct Responder(Arc<Service>, Option<OcspStatus>);

    impl CollateralSource for Responder {
        fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>, Error> {
            match item {
                CollateralItem::NvidiaStatus { serial, .. } if serial.len() == 1 => {
                    let missing =
                        || Error::Unavailable { what: item.to_string(), source: "no".into() };
                    let answer = OcspAnswer::new(self.1.ok_or_else(missing)?);
                    Ok(self.0.gpu.status(item, &answer)?.into())
                }
                other => self.0.get(other, now),
            }
        }

        fn generation(&self) -> u64 {
            0
        }
    }

    let appraise = |status| {
        let source = driver(|_| {});
        let verifier = Verifier::builder()
            .simulated_platform_root(Platform::NvidiaGpu, source.gpu.root_der())
            .collateral(Arc::new(Responder(source.clone(), status)))
            .build()
            .unwrap();
        let report = source.gpu.report(&GpuReport::new(NONCE)).unwrap();
        let report = SimulatedGpu::evidence(&report, &source.gpu.chain_pem());
        verifier.appraise(&report, SystemTime::now())
    };
    let revoked = OcspStatus::Revoked(SystemTime::UNIX_EPOCH, Some(1));
    let error = appraise(Some(revoked)).unwrap_err();
    let revoked = matches!(error, Error::RevokedSince { what: Endorsement::NVIDIA_RIM, .. });
    assert!(revoked, "{error:?}");
    let appraised = appraise(None).unwrap();
    let told = values(&appraised).to_string();
    let note = "; revocation of the certificates behind them was not checked";
    assert!(values(&appraised).are_matched() && told.ends_with(note), "{told}");
}

/// What a simulation signs says nothing about hardware, also where both are trusted.
#[test]
fn a_simulation_has_no_values_for_hardware() {
    let Some(report) = vectors::read("nvidia/hopper-report.txt") else { return };
    let Some(chain) = vectors::read("nvidia/hopper-chain.txt") else { return };
    let report = hex::decode(report.trim_ascii()).unwrap();
    let source = service(|gpu, id| Some(gpu.rim(&SimulatedGpu::good_rim(id)).unwrap()));
    let verifier = Verifier::builder()
        .vendor_roots()
        .simulated_platform_root(Platform::NvidiaGpu, source.gpu.root_der())
        .collateral(source)
        .build()
        .unwrap();
    let report = SimulatedGpu::evidence(&report, &String::from_utf8(chain).unwrap());
    let error = verifier.appraise(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::Untrusted { check: Check::NVIDIA_RIM_CHAIN, .. }), "{error:?}");
}

#[test]
fn values_have_one_form() {
    let value = |change: fn(&mut Vec<u8>)| driver(move |spec| change(&mut spec.values[3].2[0]));
    assert_eq!(malformed(&value(|value| value.truncate(47))), "a value is not of SHA-384");
    assert_eq!(
        malformed(&driver(|spec| spec.values[3].2.clear())),
        "a measurement is not of SHA-384"
    );
    assert_eq!(malformed(&driver(|spec| spec.values[3].0 = 4)), "it has a measurement twice");
    assert_eq!(
        malformed(&driver(|spec| spec.values[3].0 = 255)),
        "a measurement is not of SHA-384"
    );
    let none = driver(|spec| spec.values.iter_mut().for_each(|value| value.1 = false));
    assert_eq!(malformed(&none), "it has no measurement that counts");
}

/// A document whose digest is that of its new content: then the signature does not hold.
fn digested(text: &str) -> String {
    let (before, rest) = text.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let digest = STANDARD.encode(digest(&SHA384, format!("{before}{after}").as_bytes()));
    let (head, rest) = text.split_once("<ds:DigestValue>").unwrap();
    let (_, tail) = rest.split_once("</ds:DigestValue>").unwrap();
    format!("{head}<ds:DigestValue>{digest}</ds:DigestValue>{tail}")
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn what_is_changed_is_not_signed() {
    let zeros = "00".repeat(48);
    let value = move |text: String| replaced(&text, &"05".repeat(48), &zeros);
    let changed = "it has been changed: its digest is not the signed one";
    assert_eq!(malformed(&text(value.clone())), changed);
    let error = appraise(&text(move |text| digested(&value(text)))).unwrap_err();
    let refused = matches!(error, Error::Untrusted { check: Check::NVIDIA_RIM_SIGNATURE, .. });
    assert!(refused, "{error:?}");
    // What canonical XML does not see is not a change.
    let same = text(|text| {
        let text = replaced(&text, "<ns0:Payload>", "<ns0:Payload\n>");
        let text = replaced(
            &text,
            "active=\"True\" alternatives=\"1\"",
            "alternatives='1' active='&#84;rue'",
        );
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
    });
    assert!(values(&appraise(&same).unwrap()).are_matched());
}

/// Documents with the signed part in one place and another one where readers could look.
#[test]
fn a_signature_covers_what_is_read() {
    let signature = |text: &str| {
        let (_, rest) = text.split_once("<ds:Signature ").unwrap();
        let (signature, _) = rest.split_once("</ds:Signature>").unwrap();
        format!("<ds:Signature {signature}</ds:Signature>")
    };
    let end = "</SoftwareIdentity>";
    let evil = format!("<ns0:Payload><ns0:Resource index=\"1\"/></ns0:Payload>{end}");
    let whole = "its signature is not over the whole document";
    let changed = "it has been changed: its digest is not the signed one";
    let several = "it has several signatures";
    let parts = "its signature has other parts than expected";
    let none = "it has no signature in its root element";
    let parameters = "its signature has an algorithm with parameters";
    type Attack = Box<dyn Fn(String) -> String + Send + Sync>;
    let attacks: Vec<(Attack, &str)> = vec![
        (Box::new(move |text| replaced(&text, end, &evil)), changed),
        // The signed document inside of another one, by its id or not.
        (
            Box::new(move |text| {
                let inner = replaced(&text, &signature(&text), "");
                let inner =
                    replaced(&inner, "<SoftwareIdentity ", "<SoftwareIdentity Id=\"signed\" ");
                let signature = replaced(&signature(&text), "URI=\"\"", "URI=\"#signed\"");
                format!("<a>{inner}{signature}</a>")
            }),
            whole,
        ),
        (Box::new(move |text| format!("<a>{text}</a>")), none),
        (Box::new(move |text| format!("<a>{text}{}</a>", signature(&text))), several),
        (Box::new(move |text| replaced(&text, end, &(signature(&text) + end))), none),
        (
            Box::new(move |text| {
                let moved = replaced(&text, &signature(&text), "");
                replaced(&moved, "</ns0:Payload>", &(signature(&text) + "</ns0:Payload>"))
            }),
            none,
        ),
        (Box::new(move |text| replaced(&text, "URI=\"\"", "URI=\"#xpointer(/)\"")), whole),
        (Box::new(move |text| replaced(&text, " URI=\"\"", "")), whole),
        (Box::new(move |text| replaced(&text, " URI=\"\"", " Id=\"a\" URI=\"\"")), whole),
        (
            Box::new(move |text| {
                let transform = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">\
                                 </ds:Transform></ds:Transforms>";
                replaced(&text, "</ds:Transforms>", transform)
            }),
            parts,
        ),
        (
            Box::new(move |text| {
                let reference = "<ds:Reference URI=\"\"></ds:Reference></ds:SignedInfo>";
                replaced(&text, "</ds:SignedInfo>", reference)
            }),
            parts,
        ),
        (
            Box::new(move |text| {
                replaced(
                    &text,
                    "</ds:X509Data></ds:KeyInfo>",
                    "</ds:X509Data></ds:KeyInfo><ds:Object/>",
                )
            }),
            parts,
        ),
        (
            Box::new(move |text| replaced(&text, "#enveloped-signature", "#base64")),
            "what is signed is not the document but for its signature",
        ),
        // Canonical for the signature, and something else for the document.
        (
            Box::new(move |text| {
                let (signed, document) = text.rsplit_once("2006/12/xml-c14n11").unwrap();
                format!("{signed}2001/10/xml-exc-c14n#{document}")
            }),
            "what is signed is not the document but for its signature",
        ),
        // What is not signed itself has one form, too.
        (Box::new(move |text| text.replace("ds:KeyInfo>", "ds:KeyValue>")), parts),
        (Box::new(move |text| replaced(&text, "<ds:KeyInfo>", "<ds:KeyInfo>text")), parts),
        (
            Box::new(move |text| {
                let included =
                    "<i:InclusiveNamespaces xmlns:i=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
                let end = "</ds:CanonicalizationMethod>";
                replaced(&text, end, &format!("{included}{end}"))
            }),
            parameters,
        ),
        (
            Box::new(move |text| replaced(&text, "#ecdsa-sha384\"", "#ecdsa-sha384\" Id=\"a\"")),
            parameters,
        ),
        (
            Box::new(move |text| {
                let (head, rest) = text.split_once("<ds:SignatureValue>").unwrap();
                let (_, tail) = rest.split_once("</ds:SignatureValue>").unwrap();
                format!("{head}<ds:SignatureValue></ds:SignatureValue>{tail}")
            }),
            "a part of its signature is not Base64",
        ),
        (
            Box::new(move |text| replaced(&text, "xmldsig-more#sha384", "xmlenc#sha256")),
            "its digest is not SHA-384",
        ),
        (
            Box::new(move |text| replaced(&text, "#ecdsa-sha384", "#hmac-sha384")),
            "it is not signed with ECDSA and SHA-384",
        ),
        (
            Box::new(move |text| replaced(&text, "2006/12/xml-c14n11", "2001/10/xml-exc-c14n#")),
            "its signature is over a text that is not canonical XML 1.0 or 1.1",
        ),
        (
            Box::new(move |text| replaced(&text, "0505", "05<!-- -->05")),
            "`<` is in the value of an attribute",
        ),
        (
            Box::new(move |text| replaced(&text, "</ns0:Payload>", "<!-- --></ns0:Payload>")),
            "something other than an element is in it, or a name is not ASCII",
        ),
    ];
    for (number, (attack, fault)) in attacks.into_iter().enumerate() {
        assert_eq!(malformed(&text(attack)), fault, "attack {number}");
    }
}

#[test]
fn nvidias_service_is_asked_by_name() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let rim = gpu.rim(&SimulatedGpu::good_rim(DRIVER)).unwrap();
    let answer = |rim: &[u8]| {
        let rim = STANDARD.encode(rim);
        Reply::ok(format!("{{\"id\": \"{DRIVER}\", \"rim\": \"{rim}\", \"sha256\": \"\"}}"))
    };
    let server = Server::start([(format!("/v1/rim/{DRIVER}"), answer(&rim))]);
    let client = client(&server);
    let item = CollateralItem::NvidiaRim { id: DRIVER.into() };
    assert_eq!(item.to_string(), format!("nvidia-rim/{DRIVER}"));
    assert_eq!(item.to_string().parse::<CollateralItem>().unwrap(), item);
    for _ in 0..3 {
        assert_eq!(*client.get(&item, SystemTime::now()).unwrap(), *rim);
    }
    assert_eq!(server.count(), 1);
    for id in ["", "..", "a/../b", "a b", "a?b", "a+b", &"a".repeat(97)] {
        let item = CollateralItem::NvidiaRim { id: id.into() };
        assert!(client.get(&item, SystemTime::now()).is_err(), "{id}");
    }
    assert_eq!(server.count(), 1, "nothing else was asked");
}

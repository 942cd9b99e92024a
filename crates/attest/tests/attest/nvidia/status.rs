//! Whether NVIDIA has revoked certificates of a device: OCSP responses from the verifier's collateral.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Appraised, Check, CollateralBundle, CollateralEntry, CollateralItem, CollateralSource,
    Endorsement, Error, Platform, Revocation, Verified, Verifier,
};
use aecs_sim::{CertificateSpec, GpuModel, OcspAnswer, OcspSigner, OcspStatus, SimulatedGpu};

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::client;
use crate::nvidia::genuine;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

type Answers = dyn Fn(&SimulatedGpu, &CollateralItem, usize) -> Option<Vec<u8>> + Send + Sync;

/// A responder that answers the n-th question as a test says, and remembers what it was asked.
struct Responder {
    gpu: SimulatedGpu,
    answers: Box<Answers>,
    asked: Mutex<Vec<CollateralItem>>,
}

impl CollateralSource for Responder {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>, Error> {
        if let CollateralItem::NvidiaRim { .. } = item {
            return Err(Error::Unavailable { what: item.to_string(), source: "no".into() });
        }
        let mut asked = self.asked.lock().unwrap();
        asked.push(item.clone());
        let answer = (self.answers)(&self.gpu, item, asked.len() - 1);
        let missing = || Error::Unavailable { what: item.to_string(), source: "no".into() };
        answer.map(Into::into).ok_or_else(missing)
    }

    fn generation(&self) -> u64 {
        0
    }
}

fn responder(
    answers: impl Fn(&SimulatedGpu, &CollateralItem, usize) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> Arc<Responder> {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    Arc::new(Responder { gpu, answers: Box::new(answers), asked: Mutex::default() })
}

/// One that gives this answer about the second of the three certificates, and good ones about the
/// others.
fn answers(answer: OcspAnswer) -> Arc<Responder> {
    responder(move |gpu, item, number| {
        let good = OcspAnswer::new(OcspStatus::Good);
        Some(gpu.status(item, if number == 1 { &answer } else { &good }).unwrap())
    })
}

fn appraise_at(source: &Arc<Responder>, now: SystemTime) -> Result<Verified<Appraised>, Error> {
    let root = source.gpu.root_der();
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaGpu, root)
        .collateral(source.clone())
        .build()
        .unwrap();
    let report = SimulatedGpu::evidence(&genuine(&source.gpu), &source.gpu.chain_pem());
    verifier.appraise(&report, now)
}

fn appraise(source: &Arc<Responder>) -> Result<Verified<Appraised>, Error> {
    appraise_at(source, SystemTime::now())
}

/// Why the answer does not hold.
fn refused(answer: OcspAnswer) -> String {
    let error = appraise(&answers(answer)).unwrap_err();
    let Error::Untrusted { check: Check::NVIDIA_STATUS, source } = error else {
        panic!("{error:?}")
    };
    source.to_string()
}

fn not_checked(source: &Arc<Responder>) -> String {
    let appraised = appraise(source).unwrap();
    assert_eq!(appraised.attributes().bool_revocation_checked, "false");
    let Revocation::NotChecked(why) = appraised.revocation() else { panic!("checked") };
    (*why).to_owned()
}

#[test]
fn good_answers_about_all_certificates_are_a_check() {
    for signer in [OcspSigner::Issuer, OcspSigner::Responder(OcspAnswer::responder())] {
        let answer = OcspAnswer { signer, ..OcspAnswer::new(OcspStatus::Good) };
        let source = responder(move |gpu, item, _| Some(gpu.status(item, &answer).unwrap()));
        let appraised = appraise(&source).unwrap();
        assert_eq!(appraised.attributes().bool_revocation_checked, "true");
        assert!(appraised.revocation().to_string().starts_with("checked: OCSP response of "));
        // The boot ROM's, the provisioner's and the model's: not the one that the device makes, and
        // not the root's.
        assert_eq!(source.asked.lock().unwrap().len(), 3);
        let made = appraised.checks().iter().map(|passed| passed.check);
        assert_eq!(made.filter(|check| *check == Check::NVIDIA_STATUS).count(), 3);
        assert!(appraised.checks().iter().any(|passed| passed.check == Check::REVOCATION));
    }
}

#[test]
fn a_revoked_certificate_is_refused_with_its_reason() {
    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_377_600);
    for (number, name) in
        [(None, "unspecified"), (Some(1), "keyCompromise"), (Some(6), "certificateHold")]
    {
        let answer = OcspAnswer::new(OcspStatus::Revoked(since, number));
        let error = appraise(&answers(answer)).unwrap_err();
        let text = error.to_string();
        let Error::RevokedSince { what: Endorsement::NVIDIA_CHAIN, reason, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(reason, name);
        assert!(text.contains("GH100 Provisioner ICA 1"), "{text}");
        assert!(text.ends_with(&format!(", since 2025-06-20T00:00:00Z, reason {name}")), "{text}");
    }
    // One is enough, whatever is missing about the others.
    let answer = OcspAnswer::new(OcspStatus::Revoked(since, None));
    let source = responder(move |gpu, item, number| {
        (number == 2).then(|| gpu.status(item, &answer).unwrap())
    });
    assert!(matches!(appraise(&source), Err(Error::RevokedSince { .. })));
}

#[test]
fn without_an_answer_nothing_is_checked_and_that_is_told() {
    let source = responder(|gpu, item, number| {
        let good = OcspAnswer::new(OcspStatus::Good);
        (number != 1).then(|| gpu.status(item, &good).unwrap())
    });
    assert!(not_checked(&source).contains("no current answer (OCSP)"));
    let unknown = OcspAnswer::new(OcspStatus::Unknown);
    assert!(not_checked(&answers(unknown)).contains("does not know"));
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let appraised = crate::nvidia::appraise(&gpu, &genuine(&gpu)).unwrap();
    assert!(appraised.revocation().to_string().contains("no source"));
}

#[test]
fn only_the_issuer_and_its_responders_sign() {
    let good = || OcspAnswer::new(OcspStatus::Good);
    let with = |spec: CertificateSpec| OcspAnswer { signer: OcspSigner::Responder(spec), ..good() };
    let no_purpose = CertificateSpec { extensions: Vec::new(), ..OcspAnswer::responder() };
    assert!(refused(with(no_purpose)).contains("OCSPSigning"));
    let authority = CertificateSpec { ca: true, cert_sign: true, ..OcspAnswer::responder() };
    assert!(refused(with(authority)).contains("found a CA certificate"));
    let others = OcspSigner::ResponderOfRoot(OcspAnswer::responder());
    assert!(refused(OcspAnswer { signer: others, ..good() }).contains("names another issuer"));
    let stranger = OcspSigner::ResponderOfStranger(OcspAnswer::responder());
    let why = refused(OcspAnswer { signer: stranger, ..good() });
    assert!(why.contains("its signature does not verify"), "{why}");
}

#[test]
fn an_answer_is_about_one_certificate_once() {
    let good = || OcspAnswer::new(OcspStatus::Good);
    let malformed = |source: &Arc<Responder>| match appraise(source).unwrap_err() {
        Error::Malformed { what: "OCSP response", source } => source.to_string(),
        error => panic!("{error:?}"),
    };
    let twice = answers(OcspAnswer { times: 2, ..good() });
    assert_eq!(malformed(&twice), "it has two statuses of the certificate");
    let never = answers(OcspAnswer { times: 0, ..good() });
    assert_eq!(malformed(&never), "it has no status of the certificate");
    let critical = answers(OcspAnswer { extension: Some(true), ..good() });
    assert_eq!(malformed(&critical), "it has an unknown critical extension");
    appraise(&answers(OcspAnswer { extension: Some(false), ..good() })).unwrap();
    // That of another certificate.
    let first = Mutex::new(None);
    let other = responder(move |gpu, item, _| {
        let mut first = first.lock().unwrap();
        Some(first.get_or_insert_with(|| gpu.status(item, &good()).unwrap()).clone())
    });
    assert_eq!(malformed(&other), "it has no status of the certificate");
    let long = responder(|_, _, _| Some(vec![0; 16 * 1024 + 1]));
    assert!(matches!(appraise(&long), Err(Error::TooLarge { what: "OCSP response", .. })));
    let refusal = responder(|_, _, _| Some(vec![0x30, 3, 0x0A, 1, 6]));
    assert_eq!(malformed(&refusal), "the responder refused: unauthorized");
}

#[test]
fn an_answer_holds_for_its_time() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let at = |from: SystemTime, next: Option<SystemTime>, now| {
        let answer = OcspAnswer { from, next, ..OcspAnswer::new(OcspStatus::Good) };
        let source = responder(move |gpu, item, _| Some(gpu.status(item, &answer).unwrap()));
        appraise_at(&source, now)
    };
    let hour = |from| at(from, Some(from + HOUR), now);
    assert!(hour(now).is_ok() && hour(now - HOUR).is_ok());
    assert!(matches!(hour(now - HOUR - MINUTE), Err(Error::Expired { .. })));
    // The responder's clock may be ahead by five minutes.
    assert!(hour(now + 5 * MINUTE).is_ok());
    assert!(matches!(hour(now + 6 * MINUTE), Err(Error::NotYetValid { .. })));
    // One that does not end holds for a day.
    assert!(at(now - DAY, None, now).is_ok());
    assert!(matches!(at(now - DAY - MINUTE, None, now), Err(Error::Expired { .. })));
    // Of several, the oldest is named.
    let source = responder(move |gpu, item, number| {
        let from = now - [2, 3, 1][number] * MINUTE;
        let answer = OcspAnswer { from, next: None, ..OcspAnswer::new(OcspStatus::Good) };
        Some(gpu.status(item, &answer).unwrap())
    });
    let told = appraise_at(&source, now).unwrap().revocation().to_string();
    assert_eq!(told, "checked: OCSP response of 2027-01-15T07:57:00Z");
    // The responder's certificate has its time, too.
    let spec = CertificateSpec { validity: now - DAY..now - HOUR, ..OcspAnswer::responder() };
    let answer = OcspAnswer {
        from: now - HOUR,
        next: Some(now + HOUR),
        signer: OcspSigner::Responder(spec),
        ..OcspAnswer::new(OcspStatus::Good)
    };
    let source = responder(move |gpu, item, _| Some(gpu.status(item, &answer).unwrap()));
    assert!(matches!(appraise_at(&source, now), Err(Error::Expired { .. })));
}

#[test]
fn no_byte_of_an_answer_can_be_changed() {
    let source = responder(|gpu, item, _| {
        Some(gpu.status(item, &OcspAnswer::new(OcspStatus::Good)).unwrap())
    });
    appraise(&source).unwrap();
    let item = source.asked.lock().unwrap()[0].clone();
    let answer = source.gpu.status(&item, &OcspAnswer::new(OcspStatus::Good)).unwrap();
    let revoked = OcspAnswer::new(OcspStatus::Revoked(SystemTime::UNIX_EPOCH, None));
    for at in 0..answer.len() {
        let mut changed = answer.clone();
        changed[at] ^= 1 << (at % 8);
        let entry = CollateralEntry::new(item.clone(), changed.clone(), SystemTime::now());
        let Ok(entry) = entry else { continue };
        let _ = entry.parts();
        let gpu = &source.gpu;
        let verifier = Verifier::builder()
            .simulated_platform_root(Platform::NvidiaGpu, gpu.root_der())
            .collateral(Arc::new(CollateralBundle::new([entry])))
            .build()
            .unwrap();
        let report = SimulatedGpu::evidence(&genuine(gpu), &gpu.chain_pem());
        // The status of one of three certificates: refused, or not valid now.
        match verifier.appraise(&report, SystemTime::now()) {
            Err(Error::Untrusted { check: Check::NVIDIA_STATUS, .. }) => {}
            // Its dates are looked at first.
            Ok(appraised) => assert!(
                !appraised.checks().iter().any(|passed| passed.check == Check::NVIDIA_STATUS),
                "byte {at}"
            ),
            Err(error) => panic!("byte {at}: {error:?}"),
        }
    }
    for len in 0..answer.len() {
        assert!(
            CollateralEntry::new(item.clone(), answer[..len].to_vec(), SystemTime::now()).is_err()
        );
    }
    let revoked = source.gpu.status(&item, &revoked).unwrap();
    assert!(CollateralEntry::new(item, revoked, SystemTime::now()).is_ok(), "it is an answer");
}

/// The responder is asked once about each certificate, and not again while its answers hold.
#[test]
fn nvidias_responder_is_asked_with_a_question_in_der() {
    let source = responder(|_, _, _| None);
    appraise(&source).unwrap();
    let items = source.asked.lock().unwrap().clone();
    let server = Server::start([]);
    let client = client(&server);
    for item in &items {
        let answer = source.gpu.status(item, &OcspAnswer::new(OcspStatus::Good)).unwrap();
        server.set_everything(Reply::ok(answer.clone()));
        for _ in 0..3 {
            assert_eq!(*client.get(item, SystemTime::now()).unwrap(), *answer);
        }
    }
    assert_eq!(server.requests(), ["/", "/", "/"]);
    for ((kind, question), item) in server.questions().iter().zip(&items) {
        let CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial } = item else {
            panic!("{item}")
        };
        assert_eq!(kind, "application/ocsp-request");
        let after = |part: &[u8]| question.windows(part.len()).any(|window| window == part);
        assert!(after(issuer_name) && after(issuer_key) && after(serial));
    }
    // The name of an item is all that a bundle needs.
    for item in items {
        assert_eq!(item.to_string().parse::<CollateralItem>().unwrap(), item);
    }
}

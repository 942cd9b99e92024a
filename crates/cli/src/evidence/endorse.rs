//! Endorsements that are given beside the evidence: certificates and lists, each in its file.

use std::path::PathBuf;

use aecs_attest::{Platform, SnpCertificates, event_log_without_padding};
use aecs_proto::{HygonCsvCertChain, SevSnpEndorsements, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::input;
use super::intel::IntelCollateral;
use crate::failure::{Failure, Result, with_causes};

/// Files that complete evidence.
#[derive(Args, Debug, Clone, Default, PartialEq)]
#[command(next_help_heading = "Endorsements that are not in the evidence")]
pub(super) struct EndorsementArgs {
    /// SEV-SNP: certificate of the VCEK or VLEK (DER or PEM, or JSON of Azure's THIM service)
    #[arg(long, value_name = "FILE")]
    vek: Option<PathBuf>,
    /// SEV-SNP: certificate of its issuer, ASK or ASVK [default: the one that is built in]
    #[arg(long, value_name = "FILE")]
    ask: Option<PathBuf>,
    /// SEV-SNP: revocation list of the root
    #[arg(long, value_name = "FILE")]
    crl: Option<PathBuf>,
    /// SEV-SNP: certificates as the kernel hands them out (configfs-tsm `auxblob`)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vek", "ask", "crl"])]
    auxblob: Option<PathBuf>,
    /// CSV: certificates of the chip, HSK and CEK, as Hygon's service answers
    #[arg(long, value_name = "FILE")]
    hsk_cek: Option<PathBuf>,
    /// NVIDIA GPU: certificates of the device (PEM), leaf first
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// TDX: event log (CCEL) to replay against the registers
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,
}

/// What was read from those files.
#[derive(Debug, Clone, Default)]
pub(super) struct Endorsements {
    pub(super) vek: Option<Vec<u8>>,
    ask: Option<Vec<u8>>,
    crl: Option<Vec<u8>>,
    hsk_cek: Option<Vec<u8>>,
    pub(super) chain: Option<String>,
    pub(super) event_log: Option<Vec<u8>>,
    /// Intel's, for quotes as they are.
    pub(super) intel: Vec<IntelCollateral>,
}

/// Files that evidence of a platform has not made use of: a mistake to tell, not to pass over.
pub(super) struct Unused {
    snp: bool,
    hsk_cek: bool,
    pub(super) chain: bool,
    pub(super) event_log: bool,
}

impl EndorsementArgs {
    pub(super) fn read(&self) -> Result<Endorsements> {
        let file = |path: &Option<PathBuf>, what: &str| {
            path.as_ref().map(|path| input::read(path, what)).transpose()
        };
        let der = |path: &Option<PathBuf>, what: &str| {
            file(path, what).map(|contents| contents.map(input::der))
        };
        let vek = file(&self.vek, "certificate of the VCEK or VLEK")?;
        let mut endorsements = Endorsements {
            vek: vek.map(|contents| vek_in(&contents).unwrap_or_else(|| input::der(contents))),
            ask: file(&self.ask, "certificate of the ASK or ASVK")?.map(authority_in),
            crl: der(&self.crl, "revocation list")?,
            hsk_cek: file(&self.hsk_cek, "certificates of the chip")?.map(input::binary),
            event_log: file(&self.event_log, "event log")?
                .map(|log| event_log_without_padding(&log).to_vec()),
            chain: None,
            intel: Vec::new(),
        };
        if let Some(chain) = file(&self.chain, "certificate chain")?.map(input::binary) {
            let not_text = |_| Failure::bad_input("the certificate chain is not PEM");
            endorsements.chain = Some(String::from_utf8(chain).map_err(not_text)?);
        }
        if let Some(blob) = file(&self.auxblob, "certificates of the kernel")? {
            endorsements.take_table(&input::binary(blob))?;
            if endorsements.vek.is_none() {
                return Err(Failure::bad_input(
                    "the kernel's certificates have neither VCEK nor VLEK",
                )
                .help("fetch it with `aecs-attest collateral fetch`, or give it with --vek"));
            }
        }
        if endorsements.vek.is_none() && (self.ask.is_some() || self.crl.is_some()) {
            return Err(Failure::usage("--ask and --crl need --vek")
                .help("give the certificate of the key that signed the report with --vek"));
        }
        Ok(endorsements)
    }
}

/// The first certificate of an authority in a file that may have others: the key's, in front of it.
fn authority_in(contents: Vec<u8>) -> Vec<u8> {
    let is_authority = |der: &[u8]| {
        X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.is_ca())
    };
    let found = input::pem_blocks(&contents).find(|der| is_authority(der));
    found.unwrap_or_else(|| input::der(contents))
}

/// The two certificates of a chip in Hygon's answer, HSK then CEK.
fn hygon_chain(answer: &[u8]) -> Option<HygonCsvCertChain> {
    const HSK_LEN: usize = 832;
    let (hsk, cek) = answer.split_at_checked(HSK_LEN)?;
    Some(HygonCsvCertChain {
        b64_hsk_cert: STANDARD.encode(hsk),
        b64_cek_cert: STANDARD.encode(cek),
    })
}

/// The certificates in PEM, or one in DER; none in other bytes.
pub(super) fn certificates_in(bytes: &[u8]) -> Vec<Vec<u8>> {
    let pem: Vec<Vec<u8>> = input::pem_blocks(bytes).collect();
    match bytes {
        [0x30, 0x82, ..] if pem.is_empty() => vec![bytes.to_vec()],
        _ => pem,
    }
}

/// Whether it has the extensions of AMD's attestation keys (AMD, "Versioned Chip Endorsement Key
/// Certificate and KDS Interface Specification", 1.3.6.1.4.1.3704.1).
fn is_vek(certificate: &X509Certificate<'_>) -> bool {
    const AMD: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x9C, 0x78, 0x01];
    certificate.extensions().iter().any(|extension| extension.oid.as_bytes().starts_with(AMD))
}

/// The VCEK in an answer of Azure's THIM service, which machines there also have in Base64. The
/// chain beside it is not needed: AMD's authorities are built in.
fn vek_in(contents: &[u8]) -> Option<Vec<u8>> {
    let json = input::binary(contents.to_vec());
    let answer: serde_json::Value = serde_json::from_slice(&json).ok()?;
    let vcek = answer.get("vcekCert")?.as_str()?;
    Some(input::der(vcek.as_bytes().to_vec()))
}

impl Endorsements {
    /// Takes the certificates of a host's table, unless others were given.
    pub(super) fn take_table(&mut self, table: &[u8]) -> Result<()> {
        let certificates = SnpCertificates::from_table(table).map_err(|error| {
            Failure::bad_input(format!("the kernel's certificates: {}", with_causes(&error)))
        })?;
        if self.vek.is_none() {
            let SnpCertificates { vek, ask, crl } = certificates;
            (self.vek, self.ask, self.crl) = (vek, ask, crl);
        }
        Ok(())
    }

    /// Takes a host's table if it has a key's certificate; false for other bytes.
    pub(super) fn take_full_table(&mut self, bytes: &[u8]) -> bool {
        let Ok(table) = SnpCertificates::from_table(bytes) else { return false };
        let SnpCertificates { vek: vek @ Some(_), ask, crl } = table else { return false };
        self.fill(&Self { vek, ask, crl, ..Self::default() });
        true
    }

    /// Takes the certificate of an SEV-SNP key and that of its issuer, where they are among these.
    pub(super) fn take_certificates(&mut self, certificates: &[Vec<u8>]) {
        /// AMD's have 2 KiB at most. Each piece of evidence in a file gets a copy.
        const LONGEST: usize = 16 << 10;
        let read = |der| X509Certificate::from_der(der).ok();
        let short = certificates.iter().filter(|der| der.len() <= LONGEST);
        let all = || short.clone().filter_map(|der| Some((der, read(der)?.1)));
        let Some((vek, key)) = all().find(|(_, certificate)| is_vek(certificate)) else { return };
        let issuer = key.issuer().as_raw();
        let ask = all().find(|(_, certificate)| certificate.subject().as_raw() == issuer);
        let (vek, ask) = (Some(vek.clone()), ask.map(|(der, _)| der.clone()));
        self.fill(&Self { vek, ask, ..Self::default() });
    }

    /// Adds what is missing here and is there. Certificates of different keys are not mixed.
    pub(super) fn fill(&mut self, other: &Self) {
        if self.vek.is_none() {
            (self.vek, self.ask, self.crl) =
                (other.vek.clone(), other.ask.clone(), other.crl.clone());
        } else if self.vek == other.vek {
            self.ask = self.ask.take().or_else(|| other.ask.clone());
            self.crl = self.crl.take().or_else(|| other.crl.clone());
        }
        self.event_log = self.event_log.take().or_else(|| other.event_log.clone());
    }

    /// The message for an SEV-SNP report; empty when no certificate was given.
    pub(super) fn snp(&self, unused: &mut Unused) -> String {
        unused.snp = false;
        let Some(vek) = &self.vek else { return String::new() };
        let base64 = |der: &Option<Vec<u8>>| der.as_ref().map(|der| STANDARD.encode(der));
        json::to_string(&SevSnpEndorsements {
            b64_vek_cert: STANDARD.encode(vek),
            b64_ask_cert: base64(&self.ask).unwrap_or_default(),
            b64_crl: base64(&self.crl).unwrap_or_default(),
        })
    }

    /// Intel's collateral for a quote of this platform; empty when none was given.
    pub(super) fn intel(&self, platform: Platform, quote: &[u8]) -> String {
        IntelCollateral::for_quote(&self.intel, platform, quote).to_owned()
    }

    /// The message for a CSV report; empty when no certificates were given.
    pub(super) fn csv(&self, unused: &mut Unused) -> Result<String> {
        unused.hsk_cek = false;
        let Some(answer) = &self.hsk_cek else { return Ok(String::new()) };
        let chain = hygon_chain(answer).ok_or_else(|| {
            Failure::bad_input("the certificates of the chip are too short")
                .help("give the answer of Hygon's service as it is: HSK and CEK in one file")
        })?;
        Ok(json::to_string(&chain))
    }
}

impl Unused {
    pub(super) fn of(given: &Endorsements) -> Self {
        Self {
            snp: given.vek.is_some(),
            hsk_cek: given.hsk_cek.is_some(),
            chain: given.chain.is_some(),
            event_log: given.event_log.is_some(),
        }
    }

    /// Refuses when a file is left over.
    pub(super) fn check(&self, platform: Platform) -> Result<()> {
        let flags = [
            (self.snp, "--vek"),
            (self.hsk_cek, "--hsk-cek"),
            (self.chain, "--chain"),
            (self.event_log, "--event-log"),
        ];
        match flags.into_iter().find(|(unused, _)| *unused) {
            None => Ok(()),
            Some((_, flag)) => {
                Err(Failure::usage(format!("{flag} does not apply to this evidence of {platform}"))
                    .help("reports in JSON bring their own; leave the flag out"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, &[u8])]) -> Vec<u8> {
        let mut head = Vec::new();
        let mut body: Vec<u8> = Vec::new();
        let start = 24 * (rows.len() + 1);
        for (guid, content) in rows {
            head.extend(hex::decode(guid).unwrap());
            head.extend(u32::try_from(start + body.len()).unwrap().to_le_bytes());
            head.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
            body.extend(*content);
        }
        head.extend([0; 24]);
        head.extend(body);
        head
    }

    #[test]
    fn certificates_of_the_kernel_are_found() {
        // Hosts write GUIDs in both byte orders.
        for vek in ["63da758de6644564adc5f4b93be8accd", "8d75da6364e66445adc5f4b93be8accd"] {
            let ask = "4ab7b379bbac4fe4a02f05aef327c782";
            let root = "c0b406a4a80349529743 3fb6014cd0ae".replace(' ', "");
            let blob = table(&[(&root, b"root"), (ask, b"ask"), (vek, b"vek")]);
            let mut endorsements = Endorsements::default();
            endorsements.take_table(&blob).unwrap();
            assert_eq!(endorsements.vek.as_deref(), Some(&b"vek"[..]));
            assert_eq!(endorsements.ask.as_deref(), Some(&b"ask"[..]));
            assert_eq!(endorsements.crl, None);
        }
    }

    #[test]
    fn a_broken_table_is_refused() {
        let blob = table(&[("63da758de6644564adc5f4b93be8accd", b"vek")]);
        for len in 0..blob.len() {
            assert!(Endorsements::default().take_table(&blob[..len]).is_err(), "{len} bytes");
        }
        let many = |count| table(&vec![("00000000000000000000000000000001", &b""[..]); count]);
        assert!(Endorsements::default().take_table(&many(64)).is_ok());
        assert!(Endorsements::default().take_table(&many(65)).is_err());
        // One without certificates is whole: hosts need not have any.
        let mut endorsements = Endorsements::default();
        endorsements.take_table(&table(&[])).unwrap();
        assert_eq!(endorsements.vek, None);
    }
}

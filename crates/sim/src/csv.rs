//! A Hygon chip in software: the CSV platform for tests.
//!
//! Root, HSK, CEK and PEK are made again for each chip, in Hygon's formats; reports have every
//! public layout.

use crate::text::to_base64;
use aecs_attest::{Attester, Error, Platform, ReportRequest, ReportType, Result};
use aecs_crypto::sm::{Sm2Signer, hmac_sm3};
use aecs_proto::{HygonCsvCertChain, HygonCsvReport, UnifiedAttestationAuthReport, json};

const USAGE_HRK: u32 = 0;
const USAGE_HSK: u32 = 0x13;
const USAGE_NONE: u32 = 0x1000;
const USAGE_OWNER: u32 = 0x1001;
const USAGE_PEK: u32 = 0x1002;
const USAGE_CEK: u32 = 0x1004;
const SM2: u32 = 4;
const CURVE: u32 = 3;

const HRK_ID: &str = "HYGON-SSD-HRK";
const HSK_ID: &str = "HYGON-SSD-HSK";
const CEK_ID: &str = "HYGON-SSD-CEK";
const PEK_ID: &str = "HYGON-SSD-PEK";

/// Serial number of the simulated chip.
const CHIP_ID: &str = "AECSSIMULATION";

/// What the certificates of a simulated chip say: by default what genuine ones do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// Usage of the HSK.
    pub hsk_usage: u32,
    /// Usage of the CEK.
    pub cek_usage: u32,
    /// Usage of the PEK.
    pub pek_usage: u32,
    /// Usage of the key that signed the CEK.
    pub cek_signer_usage: u32,
    /// Usage of the key that signed the PEK.
    pub pek_signer_usage: u32,
    /// Algorithm of CEK and PEK.
    pub algorithm: u32,
    /// Whether the CEK names the HSK, as certificates of version 2 do.
    pub cek_names_hsk: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            hsk_usage: USAGE_HSK,
            cek_usage: USAGE_CEK,
            pek_usage: USAGE_PEK,
            cek_signer_usage: USAGE_HSK,
            pek_signer_usage: USAGE_CEK,
            algorithm: SM2,
            cek_names_hsk: true,
        }
    }
}

/// How a report is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CsvLayout {
    /// With a number XORed into everything.
    #[default]
    Legacy,
    /// The same after a library took the number out of the signer again.
    RestoredLegacy,
    /// With run-time measurements, of newer firmware.
    Extended,
    /// The same after a library blanked the reserved bytes.
    RestoredExtended,
}

/// What a guest of a simulated chip is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvGuest {
    /// Layout of its reports.
    pub layout: CsvLayout,
    /// Launch digest.
    pub measurement: [u8; 32],
    /// Policy bits: 1 is "no debugging", 8 is "no sending".
    pub policy: u32,
    /// Identity that the guest's owner chose.
    pub vm_id: [u8; 16],
    /// Version that the guest's owner chose.
    pub vm_version: [u8; 16],
    /// Digest of the owner's key.
    pub user_pubkey_digest: [u8; 32],
    /// The guest's random number.
    pub mnonce: [u8; 16],
    /// The firmware's random number.
    pub anonce: u32,
    /// Usage and algorithm of the report's signature.
    pub signature: (u32, u32),
    /// Build of the firmware, in extended layouts.
    pub build: u32,
    /// Run-time measurements, in extended layouts.
    pub rtmrs: [[u8; 32]; 5],
    /// Data of the host, in extended layouts.
    pub host_data: [u8; 64],
    /// Whether zeros fill a page behind the report.
    pub page: bool,
}

impl Default for CsvGuest {
    fn default() -> Self {
        Self {
            layout: CsvLayout::default(),
            measurement: [0xA1; 32],
            policy: 0b1001,
            vm_id: [0xB2; 16],
            vm_version: [0xC3; 16],
            user_pubkey_digest: [0; 32],
            mnonce: *b"sixteen bytes 16",
            anonce: 0x5DC7_D726,
            signature: (USAGE_PEK, SM2),
            build: 2337,
            rtmrs: [[0xA1; 32], [1; 32], [2; 32], [3; 32], [4; 32]],
            host_data: [0xD4; 64],
            page: true,
        }
    }
}

/// A Hygon chip in software.
pub struct SimulatedCsv {
    root: Vec<u8>,
    hsk: Vec<u8>,
    cek: Vec<u8>,
    pek: Vec<u8>,
    pek_key: Sm2Signer,
}

impl SimulatedCsv {
    /// Makes a chip, and a Hygon for it.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if keys cannot be made.
    pub fn new(options: &CsvOptions) -> Result<Self> {
        let [hrk_key, hsk_key, cek_key, pek_key, owner_key] = [
            Sm2Signer::generate()?,
            Sm2Signer::generate()?,
            Sm2Signer::generate()?,
            Sm2Signer::generate()?,
            Sm2Signer::generate()?,
        ];
        let (hrk_id, hsk_id): ([u8; 16], [u8; 16]) =
            (aecs_crypto::random()?, aecs_crypto::random()?);

        let root_body = |id: &[u8; 16], usage: u32, key: &Sm2Signer, user_id: &str| -> Vec<u8> {
            let mut body = 1u32.to_le_bytes().to_vec();
            body.extend(id);
            body.extend(hrk_id);
            body.extend(usage.to_le_bytes());
            body.extend([0; 24]);
            body.extend(public_key(key, user_id));
            body.extend([0; 108]);
            body
        };
        let root_certificate = |body: Vec<u8>| -> Result<Vec<u8>> {
            let signature = numbers(&hrk_key.sign(HRK_ID, &body)?);
            Ok([body, signature, vec![0; 112]].concat())
        };
        let root = root_certificate(root_body(&hrk_id, USAGE_HRK, &hrk_key, HRK_ID))?;
        let hsk = root_certificate(root_body(&hsk_id, options.hsk_usage, &hsk_key, HSK_ID))?;

        let signer_id = if options.cek_names_hsk { hsk_id } else { [0; 16] };
        let cek_body = chip_body(2, options.cek_usage, options, &cek_key, CEK_ID, signer_id);
        let by_hsk = (options.cek_signer_usage, &hsk_key, HSK_ID);
        let cek = [signed(by_hsk, &cek_body)?, unused()].concat();
        let cek = [cek_body, cek].concat();

        let pek_body = chip_body(1, options.pek_usage, options, &pek_key, PEK_ID, [0; 16]);
        let by_cek = (options.pek_signer_usage, &cek_key, CEK_ID);
        let by_owner = (USAGE_OWNER, &owner_key, "owner");
        let pek = [signed(by_cek, &pek_body)?, signed(by_owner, &pek_body)?].concat();
        let pek = [pek_body, pek].concat();
        Ok(Self { root, hsk, cek, pek, pek_key })
    }

    /// The certificate of the root key, in Hygon's format.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The certificate of the signing key.
    #[must_use]
    pub fn hsk(&self) -> &[u8] {
        &self.hsk
    }

    /// The certificate of the chip's endorsement key.
    #[must_use]
    pub fn cek(&self) -> &[u8] {
        &self.cek
    }

    /// HSK and CEK, as Hygon's key distribution service answers for the chip.
    #[must_use]
    pub fn hsk_cek(&self) -> Vec<u8> {
        [self.hsk.as_slice(), &self.cek].concat()
    }

    /// The chip's serial number.
    #[must_use]
    pub fn chip_id(&self) -> &'static str {
        CHIP_ID
    }

    /// What the chip reports of a guest.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if it cannot sign.
    pub fn report(&self, guest: &CsvGuest, report_data: &[u8; 64]) -> Result<Vec<u8>> {
        let extended = matches!(guest.layout, CsvLayout::Extended | CsvLayout::RestoredExtended);
        let anonce = if extended { 0 } else { guest.anonce };
        let (usage, algorithm) = guest.signature;
        let mut fields = [
            guest.user_pubkey_digest.as_slice(),
            &guest.vm_id,
            &guest.vm_version,
            report_data,
            &guest.mnonce,
            &guest.measurement,
            &guest.policy.to_le_bytes(),
            &usage.to_le_bytes(),
            &algorithm.to_le_bytes(),
        ]
        .concat();
        let signed_len = fields.len() - 8;
        xor(&mut fields, anonce);
        let signature = if extended {
            fields.extend(guest.build.to_le_bytes());
            fields.extend([1, 0]);
            fields.extend([0; 14]);
            fields.extend(guest.rtmrs.concat());
            fields.extend([0; 592]);
            fields.extend(guest.host_data);
            self.pek_key.sign(PEK_ID, &fields)?
        } else {
            let signed = fields.get(..signed_len).unwrap_or_default();
            let signature = self.pek_key.sign(PEK_ID, signed)?;
            fields.extend(anonce.to_le_bytes());
            signature
        };

        let mut chip_id = CHIP_ID.as_bytes().to_vec();
        chip_id.resize(64, 0);
        let plain = [self.pek.as_slice(), &chip_id].concat();
        let mut stored = plain.clone();
        xor(&mut stored, anonce);
        let reserved = [0x77; 32];
        let hmac = hmac_sm3(&guest.mnonce, &[&stored, &reserved])?;
        let (signer, reserved) = match guest.layout {
            CsvLayout::Legacy | CsvLayout::Extended => (stored, reserved),
            CsvLayout::RestoredLegacy | CsvLayout::RestoredExtended => (plain, [0; 32]),
        };
        let mut report = [fields, numbers(&signature), signer].concat();
        report.extend(reserved);
        report.extend(hmac);
        if guest.page {
            report.resize(4096, 0);
        }
        Ok(report)
    }

    /// A guest that makes reports.
    #[must_use]
    pub fn guest(&self, guest: CsvGuest) -> SimulatedCsvGuest<'_> {
        SimulatedCsvGuest { chip: self, guest }
    }
}

/// A guest of a simulated chip.
pub struct SimulatedCsvGuest<'a> {
    chip: &'a SimulatedCsv,
    guest: CsvGuest,
}

impl Attester for SimulatedCsvGuest<'_> {
    fn platform(&self) -> Platform {
        Platform::Csv
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let report = self.chip.report(&self.guest, &request.report_data().to_bytes())?;
        let mut json_cert_chain = String::new();
        if request.report_type == ReportType::Passport {
            json_cert_chain = json::to_string(&HygonCsvCertChain {
                b64_hsk_cert: to_base64(&self.chip.hsk),
                b64_cek_cert: to_base64(&self.chip.cek),
            });
        }
        let message = HygonCsvReport {
            b64_quote: to_base64(&report),
            json_cert_chain,
            str_chip_id: CHIP_ID.into(),
        };
        Ok(request.answer(Platform::Csv, json::to_string(&message)))
    }
}

/// The signed part of a certificate of a chip.
fn chip_body(
    version: u32,
    usage: u32,
    options: &CsvOptions,
    key: &Sm2Signer,
    user_id: &str,
    signer_id: [u8; 16],
) -> Vec<u8> {
    let mut body = version.to_le_bytes().to_vec();
    body.extend([1, 3, 0, 0]);
    body.extend(usage.to_le_bytes());
    body.extend(options.algorithm.to_le_bytes());
    body.extend(public_key(key, user_id));
    body.extend(signer_id);
    body.extend([0; 608]);
    body
}

/// A place for a signature of a certificate of a chip, filled.
fn signed((usage, key, user_id): (u32, &Sm2Signer, &str), body: &[u8]) -> Result<Vec<u8>, Error> {
    let signature = numbers(&key.sign(user_id, body)?);
    Ok([usage.to_le_bytes().to_vec(), SM2.to_le_bytes().to_vec(), signature, vec![0; 368]].concat())
}

/// The same, not used.
fn unused() -> Vec<u8> {
    let mut place = USAGE_NONE.to_le_bytes().to_vec();
    place.resize(520, 0);
    place
}

fn public_key(key: &Sm2Signer, user_id: &str) -> Vec<u8> {
    let mut bytes = CURVE.to_le_bytes().to_vec();
    bytes.extend(numbers(&key.point()));
    bytes.extend(u16::try_from(user_id.len()).unwrap_or(0).to_le_bytes());
    let mut id = user_id.as_bytes().to_vec();
    id.resize(254, 0);
    bytes.extend(id);
    bytes
}

/// Two numbers, each little endian in 72 bytes.
fn numbers(pair: &[u8; 64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in pair.chunks_exact(32) {
        bytes.extend(number.iter().rev());
        bytes.extend([0; 40]);
    }
    bytes
}

fn xor(bytes: &mut [u8], key: u32) {
    for (byte, key) in bytes.iter_mut().zip(key.to_le_bytes().iter().cycle()) {
        *byte ^= key;
    }
}

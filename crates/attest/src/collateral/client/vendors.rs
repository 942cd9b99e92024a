//! Which service has an item, at which address, and how its answer becomes the item.
//!
//! Addresses are put together from the configuration and the item's key; nothing else in evidence
//! or certificates gets into them.

use std::fmt::Write as _;
use std::time::Instant;

use aecs_proto::{SgxQlQveCollateral, json};

use super::address::base;
use super::failure::Failure;
use super::http::{Answer, Http};
use super::{CollateralClientConfig, CollateralService, IntelService};
use crate::collateral::content::crl_der;
use crate::collateral::{CollateralItem, IntelTee, PckCa, SnpProduct, SnpTcb};
use crate::encoding::base64_within;
use crate::error::Result;
use crate::limits;
use crate::tcb::TcbEvaluation;
use crate::x509::ocsp::{self, CertificateId};
use crate::xml;

/// A certificate, in bytes.
const CERTIFICATE: usize = 8 * 1024;
/// The JSON around a RIM in Base64, in bytes.
const RIM: usize = 2 * xml::MAX_SIZE;
/// Hygon's two certificates, in bytes, and a little more.
const HSK_CEK: usize = 4 * 1024;

aecs_proto::named! {
    /// Whose service it is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub(super) enum Vendor {
        Intel = "Intel",
        Amd = "AMD",
        Hygon = "Hygon",
        NvidiaOcsp = "NVIDIA (OCSP)",
        NvidiaRim = "NVIDIA (RIM)",
    }
}

impl Vendor {
    /// Who has an item.
    pub(super) fn of(item: &CollateralItem) -> Self {
        match item {
            CollateralItem::Dcap { .. } => Self::Intel,
            CollateralItem::SnpVcek { .. }
            | CollateralItem::SnpChain { .. }
            | CollateralItem::SnpCrl { .. } => Self::Amd,
            CollateralItem::HygonHskCek { .. } => Self::Hygon,
            CollateralItem::NvidiaStatus { .. } => Self::NvidiaOcsp,
            CollateralItem::NvidiaRim { .. } => Self::NvidiaRim,
        }
    }
}

/// The services of the configuration.
pub(super) struct Vendors {
    intel: Option<Intel>,
    amd: Option<ItemService>,
    hygon: Option<ItemService>,
    nvidia_ocsp: Option<ItemService>,
    nvidia_rim: Option<ItemService>,
}

impl Vendors {
    pub(super) fn new(config: &CollateralClientConfig) -> Result<Self> {
        let plain = |service: &Option<CollateralService>| {
            service.as_ref().map(|service| ItemService::new(service, config)).transpose()
        };
        let intel = config.intel.as_ref();
        Ok(Self {
            intel: intel.map(|service| Intel::new(service, config)).transpose()?,
            amd: plain(&config.amd)?,
            hygon: plain(&config.hygon)?,
            nvidia_ocsp: plain(&config.nvidia_ocsp)?,
            nvidia_rim: plain(&config.nvidia_rim)?,
        })
    }

    pub(super) fn has(&self, vendor: Vendor) -> bool {
        match vendor {
            Vendor::Intel => self.intel.is_some(),
            Vendor::Amd => self.amd.is_some(),
            Vendor::Hygon => self.hygon.is_some(),
            Vendor::NvidiaOcsp => self.nvidia_ocsp.is_some(),
            Vendor::NvidiaRim => self.nvidia_rim.is_some(),
        }
    }

    /// Fetches the content of an item, which nobody has looked at yet.
    pub(super) fn fetch(
        &self,
        item: &CollateralItem,
        deadline: Instant,
    ) -> Result<Vec<u8>, Failure> {
        let vendor = Vendor::of(item);
        let missing = || Failure::NotConfigured(vendor.as_str());
        match item {
            CollateralItem::Dcap { tee, fmspc, ca } => {
                let intel = self.intel.as_ref().ok_or_else(missing)?;
                intel.fetch(*tee, fmspc, *ca, deadline)
            }
            CollateralItem::SnpVcek { product, chip_id, tcb } => {
                let path = vcek_path(*product, chip_id, tcb);
                self.amd.as_ref().ok_or_else(missing)?.get(&path, CERTIFICATE, deadline)
            }
            CollateralItem::SnpChain { product, signer } => {
                let path = format!("/{}/v1/{product}/cert_chain", signer.in_addresses());
                self.amd.as_ref().ok_or_else(missing)?.get(&path, limits::CHAIN, deadline)
            }
            CollateralItem::SnpCrl { product, signer } => {
                let path = format!("/{}/v1/{product}/crl", signer.in_addresses());
                self.amd.as_ref().ok_or_else(missing)?.get(&path, limits::CRL, deadline)
            }
            CollateralItem::HygonHskCek { chip_id } => {
                let path = format!("/hsk_cek?snumber={chip_id}");
                self.hygon.as_ref().ok_or_else(missing)?.get(&path, HSK_CEK, deadline)
            }
            CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial } => {
                let (issuer_name, issuer_key) = (*issuer_name, *issuer_key);
                let id = CertificateId { issuer_name, issuer_key, serial: serial.clone() };
                self.nvidia_ocsp.as_ref().ok_or_else(missing)?.status(&id, deadline)
            }
            CollateralItem::NvidiaRim { id } => {
                self.nvidia_rim.as_ref().ok_or_else(missing)?.rim(id, deadline)
            }
        }
    }
}

/// A service whose answers are the items.
struct ItemService {
    http: Http,
    base: String,
}

impl ItemService {
    fn new(service: &CollateralService, config: &CollateralClientConfig) -> Result<Self> {
        let http = Http::new(service, config.connect_timeout, config.proxy.as_deref())?;
        Ok(Self { http, base: base(&service.url)? })
    }

    fn get(&self, path: &str, max: usize, deadline: Instant) -> Result<Vec<u8>, Failure> {
        self.http.get(&format!("{}{path}", self.base), max, deadline).map(|answer| answer.body)
    }

    /// The status of a certificate (RFC 6960, appendix A.1).
    fn status(&self, id: &CertificateId, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let kind = "application/ocsp-request";
        let url = format!("{}/", self.base);
        let answer = self.http.post(&url, (kind, &id.request()), ocsp::MAX_SIZE, deadline)?;
        Ok(answer.body)
    }

    /// The document in an answer of NVIDIA's RIM service.
    fn rim(&self, id: &str, deadline: Instant) -> Result<Vec<u8>, Failure> {
        #[derive(serde::Deserialize)]
        struct Rim {
            rim: String,
        }
        let answer = self.http.get(&format!("{}/v1/rim/{id}", self.base), RIM, deadline)?;
        let rim: Rim = serde_json::from_slice(&answer.body)
            .map_err(|error| answer.wrong(error.to_string()))?;
        base64_within("RIM", &rim.rim, xml::MAX_SIZE)
            .map_err(|error| answer.wrong(error.to_string()))
    }
}

/// AMD, publication 57230, chapter 4: versions in decimal, with two digits at least.
fn vcek_path(product: SnpProduct, chip_id: &[u8], tcb: &SnpTcb) -> String {
    let SnpTcb { fmc, bootloader, tee, snp, microcode } = tcb;
    let mut path = format!("/vcek/v1/{product}/{}?", hex::encode(chip_id));
    if let Some(fmc) = fmc {
        let _ = write!(path, "fmcSPL={fmc:02}&");
    }
    let _ = write!(
        path,
        "blSPL={bootloader:02}&teeSPL={tee:02}&snpSPL={snp:02}&ucodeSPL={microcode:02}"
    );
    path
}

/// Intel's service, or a cache of it.
struct Intel {
    http: Http,
    /// Of SGX and TDX.
    base: String,
    version: Version,
    root_ca_crl: String,
    evaluation: TcbEvaluation,
}

/// Version of the interface for SGX; that for TDX exists in version 4 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V3,
    V4,
}

impl Version {
    const fn number(self) -> i64 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}

impl Intel {
    fn new(service: &IntelService, config: &CollateralClientConfig) -> Result<Self> {
        let (service, root_ca_crl) = match service {
            IntelService::Pcs { service, root_ca_crl } => (service, Some(base(root_ca_crl)?)),
            IntelService::Pccs { service } => (service, None),
        };
        let (base, version) = split(&base(&service.url)?);
        let own_list = || format!("{base}/sgx/certification/v{}/rootcacrl", version.number());
        Ok(Self {
            http: Http::new(service, config.connect_timeout, config.proxy.as_deref())?,
            root_ca_crl: root_ca_crl.unwrap_or_else(own_list),
            base,
            version,
            evaluation: config.tcb_evaluation,
        })
    }

    fn fetch(
        &self,
        tee: IntelTee,
        fmspc: &[u8; 6],
        ca: PckCa,
        deadline: Instant,
    ) -> Result<Vec<u8>, Failure> {
        let (of_tee, version) = match tee {
            IntelTee::Sgx => ("sgx", self.version),
            IntelTee::Tdx => ("tdx", Version::V4),
        };
        let fmspc = hex::encode_upper(fmspc);
        let address = |of: &str, version: Version, path: &str| {
            format!("{}/{of}/certification/v{}/{path}", self.base, version.number())
        };
        let get = |url: String, max| self.http.get(&url, max, deadline);
        // Unless it is asked for otherwise, Intel gives the number that is a year old.
        let early = self.evaluation != TcbEvaluation::Standard;
        let update =
            |first: char| if early { format!("{first}update=early") } else { String::new() };

        // In this order, so that what does not exist costs one request.
        let tcb_info = get(
            address(of_tee, version, &format!("tcb?fmspc={fmspc}{}", update('&'))),
            limits::SIGNED_JSON,
        )?;
        let qe_identity = get(
            address(of_tee, version, &format!("qe/identity{}", update('?'))),
            limits::SIGNED_JSON,
        )?;
        let pck_crl = get(
            address("sgx", self.version, &format!("pckcrl?ca={ca}&encoding=der")),
            limits::CRL,
        )?;
        let root_ca_crl = get(self.root_ca_crl.clone(), limits::CRL)?;
        let evaluation_list = match self.evaluation {
            TcbEvaluation::Newest => Some(get(
                address(of_tee, Version::V4, "tcbevaluationdatanumbers"),
                limits::SIGNED_JSON,
            )?),
            TcbEvaluation::Standard | TcbEvaluation::AtLeast(_) => None,
        };
        let (numbers, numbers_issuer_chain) = match &evaluation_list {
            Some(answer) => (
                answer.text()?.to_owned(),
                answer.header("TCB-Evaluation-Data-Numbers-Issuer-Chain")?,
            ),
            None => (String::new(), String::new()),
        };

        let collateral = SgxQlQveCollateral {
            pck_certificate_chain: String::new(),
            version: version.number(),
            tee_type: tee.number(),
            pck_crl_issuer_chain: pck_crl.header("SGX-PCK-CRL-Issuer-Chain")?,
            root_ca_crl: list(&root_ca_crl)?,
            pck_crl: list(&pck_crl)?,
            tcb_info_issuer_chain: tcb_info
                .header("TCB-Info-Issuer-Chain")
                .or_else(|_| tcb_info.header("SGX-TCB-Info-Issuer-Chain"))?,
            tcb_info: tcb_info.text()?.to_owned(),
            qe_identity_issuer_chain: qe_identity.header("SGX-Enclave-Identity-Issuer-Chain")?,
            qe_identity: qe_identity.text()?.to_owned(),
            tcb_evaluation_numbers: numbers,
            tcb_evaluation_numbers_issuer_chain: numbers_issuer_chain,
        };
        Ok(json::to_string(&collateral).into_bytes())
    }
}

/// The hexadecimal digits of a revocation list.
fn list(answer: &Answer) -> Result<String, Failure> {
    let der = crl_der("revocation list", &answer.body);
    der.map(hex::encode).map_err(|error| answer.wrong(error.to_string()))
}

/// AECS 2.0 and Intel's own tools are configured with the whole path of the SGX interface.
fn split(url: &str) -> (String, Version) {
    let paths = [
        ("/sgx/certification/v3", Version::V3),
        ("/sgx/certification/v4", Version::V4),
        ("/tdx/certification/v4", Version::V4),
    ];
    let found = paths
        .into_iter()
        .find_map(|(path, version)| Some((url.strip_suffix(path)?.to_owned(), version)));
    found.unwrap_or_else(|| (url.to_owned(), Version::V4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intels_addresses_come_with_or_without_their_path() {
        for (url, expected) in [
            ("https://a", ("https://a", Version::V4)),
            ("https://a/b", ("https://a/b", Version::V4)),
            ("https://a/sgx/certification/v3", ("https://a", Version::V3)),
            ("https://a/b/sgx/certification/v4", ("https://a/b", Version::V4)),
            ("https://a/tdx/certification/v4", ("https://a", Version::V4)),
        ] {
            assert_eq!(split(url), (expected.0.to_owned(), expected.1), "{url}");
        }
    }

    #[test]
    fn amd_is_asked_for_the_chip_and_its_versions() {
        let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
        assert_eq!(
            vcek_path(SnpProduct::Milan, &[0xAB; 64], &tcb),
            format!("/vcek/v1/Milan/{}?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115", "ab".repeat(64)),
        );
        let tcb = SnpTcb { fmc: Some(1), ..tcb };
        assert_eq!(
            vcek_path(SnpProduct::Turin, &[0xCD; 8], &tcb),
            format!(
                "/vcek/v1/Turin/{}?fmcSPL=01&blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115",
                "cd".repeat(8)
            ),
        );
    }
}

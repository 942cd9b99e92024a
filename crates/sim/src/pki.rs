//! The certificates and keys that Intel and a CPU would have.

use aecs_attest::Result;
use aecs_crypto::random;
use zeroize::Zeroizing;

use crate::directory::Directory;
use crate::extension::{OID, sgx_extension};
use crate::failure::Source;
use crate::keys::{Curve, EcKey};
use crate::text::{certificate_pem, pem_block};
use crate::x509::{
    Certificate, Signer as _, Usage, basic_constraints, distribution_point, extension, key_usage,
    usual_window,
};

const ROOT_CA: &str = "root-ca";
const PLATFORM_CA: &str = "platform-ca";
const TCB_SIGNER: &str = "tcb-signer";
const PCK: &str = "pck";
const QUOTING: &str = "quoting";

pub(crate) const ROOT_CA_SUBJECT: &str = "AECS SIMULATION SGX Root CA";
pub(crate) const PLATFORM_CA_SUBJECT: &str = "AECS SIMULATION SGX PCK Platform CA";
const TCB_SIGNER_SUBJECT: &str = "AECS SIMULATION SGX TCB Signing";
const PCK_SUBJECT: &str = "AECS SIMULATION SGX PCK Certificate";

/// Where certificates say that the revocation list is, as Intel's library wants them to: nowhere.
const CRL_URL: &str = "https://simulation.invalid/crl.der";

/// Serial number of the PCK certificate: what the revocation list names.
pub(crate) const PCK_SERIAL: u64 = 0x51_4D_55_4C;

pub(crate) struct Pki {
    pub(crate) root_ca: EcKey,
    pub(crate) platform_ca: EcKey,
    /// Signs TCB info and QE identity.
    pub(crate) tcb_signer: EcKey,
    /// Signs the quoting enclave's reports.
    pub(crate) pck: EcKey,
    /// Signs quotes.
    pub(crate) quoting: EcKey,
    pub(crate) root_der: Vec<u8>,
    /// PEM, from the TCB signer to the root.
    pub(crate) tcb_signer_chain: String,
    /// PEM, from the PCK to the root.
    pub(crate) pck_chain: String,
    /// PEM, from the platform CA to the root.
    pub(crate) platform_ca_chain: String,
}

impl Pki {
    /// Makes a new one and writes it down.
    pub(crate) fn create(directory: &Directory) -> Result<()> {
        let key = |name| new_key(directory, name);
        let (root, ca, tcb_signer, pck) =
            (key(ROOT_CA)?, key(PLATFORM_CA)?, key(TCB_SIGNER)?, key(PCK)?);
        key(QUOTING)?;
        let validity = &usual_window();
        let certify = |name, serial, issuer, subject, extensions, key: &EcKey, signer: &EcKey| {
            let certificate = Certificate { serial, issuer, subject, validity, extensions };
            let der = certificate.signed(&key.spki(), signer)?;
            let text = certificate_pem(&der);
            directory.write_public(&certificate_file(name), text.as_bytes())
        };
        let [of_root, of_ca] = [ROOT_CA_SUBJECT, PLATFORM_CA_SUBJECT];
        certify(ROOT_CA, 1, of_root, of_root, authority(1), &root, &root)?;
        certify(PLATFORM_CA, 2, of_root, of_ca, authority(0), &ca, &root)?;
        certify(TCB_SIGNER, 3, of_root, TCB_SIGNER_SUBJECT, leaf(), &tcb_signer, &root)?;
        let mut of_the_processor = leaf();
        of_the_processor.push(extension(&OID, false, &sgx_extension(&random()?, &random()?)));
        certify(PCK, PCK_SERIAL, of_ca, PCK_SUBJECT, of_the_processor, &pck, &ca)
    }

    /// Reads what [`Pki::create`] wrote.
    pub(crate) fn open(directory: &Directory) -> Result<Self> {
        let certificate = |name| directory.read_text(&certificate_file(name));
        let root = certificate(ROOT_CA)?;
        let platform_ca = certificate(PLATFORM_CA)?;
        let block = pem::parse(&root)
            .map_err(|error| directory.damaged(&certificate_file(ROOT_CA), error))?;
        Ok(Self {
            root_ca: read_key(directory, ROOT_CA)?,
            platform_ca: read_key(directory, PLATFORM_CA)?,
            tcb_signer: read_key(directory, TCB_SIGNER)?,
            pck: read_key(directory, PCK)?,
            quoting: read_key(directory, QUOTING)?,
            root_der: block.into_contents(),
            tcb_signer_chain: certificate(TCB_SIGNER)? + &root,
            pck_chain: certificate(PCK)? + &platform_ca + &root,
            platform_ca_chain: platform_ca + &root,
        })
    }
}

fn authority(path_len: u8) -> Vec<Vec<u8>> {
    vec![
        basic_constraints(true, Some(path_len)),
        key_usage(&[Usage::CertSign, Usage::CrlSign]),
        distribution_point(CRL_URL),
    ]
}

fn leaf() -> Vec<Vec<u8>> {
    vec![
        basic_constraints(false, None),
        key_usage(&[Usage::DigitalSignature, Usage::ContentCommitment]),
        distribution_point(CRL_URL),
    ]
}

fn new_key(directory: &Directory, name: &str) -> Result<EcKey> {
    let key = EcKey::generate(Curve::P256)?;
    let text = Zeroizing::new(pem_block("PRIVATE KEY", key.pkcs8()?.as_ref()));
    directory.write_secret(&key_file(name), text.as_bytes())?;
    Ok(key)
}

fn read_key(directory: &Directory, name: &str) -> Result<EcKey> {
    let damaged = |error: Source| directory.damaged(&key_file(name), error);
    let text = Zeroizing::new(directory.read_text(&key_file(name))?);
    let block = pem::parse(text.as_bytes()).map_err(|error| damaged(error.into()))?;
    let der = Zeroizing::new(block.into_contents());
    EcKey::from_pkcs8(Curve::P256, &der).map_err(damaged)
}

fn key_file(name: &str) -> String {
    format!("{name}.key")
}

fn certificate_file(name: &str) -> String {
    format!("{name}.pem")
}

//! The certificates and keys that Intel and a CPU would have.

use std::time::{Duration, SystemTime};

use aecs_attest::Result;
use aecs_crypto::random;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName,
    DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use zeroize::Zeroizing;

use crate::directory::Directory;
use crate::extension::{OID, sgx_extension};
use crate::failure::internal;
use crate::model::MARKER;

/// Certificates are valid from this long before their creation.
const BACKDATED: Duration = Duration::from_secs(24 * 3600);
/// Certificates are valid for this long: longer than any simulation.
const LIFETIME: Duration = Duration::from_secs(25 * 365 * 24 * 3600);

const ROOT_CA: &str = "root-ca";
const PLATFORM_CA: &str = "platform-ca";
const TCB_SIGNER: &str = "tcb-signer";
const PCK: &str = "pck";
const QUOTING: &str = "quoting";

const ROOT_CA_SUBJECT: &str = "AECS SIMULATION SGX Root CA";
const PLATFORM_CA_SUBJECT: &str = "AECS SIMULATION SGX PCK Platform CA";
const TCB_SIGNER_SUBJECT: &str = "AECS SIMULATION SGX TCB Signing";
const PCK_SUBJECT: &str = "AECS SIMULATION SGX PCK Certificate";

/// Where certificates say that the revocation list is, as Intel's library wants them to: nowhere.
const CRL_URL: &str = "https://simulation.invalid/crl.der";

/// Serial number of the PCK certificate: what the revocation list names.
const PCK_SERIAL: u64 = 0x51_4D_55_4C;

pub(crate) struct Pki {
    pub(crate) root_ca: Authority,
    pub(crate) platform_ca: Authority,
    /// Signs TCB info and QE identity.
    pub(crate) tcb_signer: SigningKey,
    /// Signs the quoting enclave's reports.
    pub(crate) pck: SigningKey,
    /// Signs quotes.
    pub(crate) quoting: SigningKey,
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
        let now = SystemTime::now();
        let (root_params, root_key) = (authority_params(ROOT_CA_SUBJECT, 1, now), new_key()?);
        let root = root_params.self_signed(&root_key).map_err(internal)?;
        write(directory, ROOT_CA, &root_key, Some(&root))?;

        let root_issuer = Issuer::new(root_params, root_key);
        let (ca_params, ca_key) = (authority_params(PLATFORM_CA_SUBJECT, 0, now), new_key()?);
        let ca = ca_params.signed_by(&ca_key, &root_issuer).map_err(internal)?;
        write(directory, PLATFORM_CA, &ca_key, Some(&ca))?;

        let tcb_signer_key = new_key()?;
        let tcb_signer = leaf_params(TCB_SIGNER_SUBJECT, now)
            .signed_by(&tcb_signer_key, &root_issuer)
            .map_err(internal)?;
        write(directory, TCB_SIGNER, &tcb_signer_key, Some(&tcb_signer))?;

        let mut pck_params = leaf_params(PCK_SUBJECT, now);
        pck_params.serial_number = Some(pck_serial());
        let extension = sgx_extension(&random()?, &random()?);
        pck_params.custom_extensions.push(CustomExtension::from_oid_content(&OID, extension));
        let pck_key = new_key()?;
        let pck =
            pck_params.signed_by(&pck_key, &Issuer::new(ca_params, ca_key)).map_err(internal)?;
        write(directory, PCK, &pck_key, Some(&pck))?;

        write(directory, QUOTING, &new_key()?, None)
    }

    /// Reads what [`Pki::create`] wrote.
    pub(crate) fn open(directory: &Directory) -> Result<Self> {
        let certificate = |name| directory.read_text(&certificate_file(name));
        let root = certificate(ROOT_CA)?;
        let platform_ca = certificate(PLATFORM_CA)?;
        let block = pem::parse(&root)
            .map_err(|error| directory.damaged(&certificate_file(ROOT_CA), error))?;
        Ok(Self {
            root_ca: Authority::open(directory, ROOT_CA, ROOT_CA_SUBJECT)?,
            platform_ca: Authority::open(directory, PLATFORM_CA, PLATFORM_CA_SUBJECT)?,
            tcb_signer: SigningKey::open(directory, TCB_SIGNER)?,
            pck: SigningKey::open(directory, PCK)?,
            quoting: SigningKey::open(directory, QUOTING)?,
            root_der: block.into_contents(),
            tcb_signer_chain: certificate(TCB_SIGNER)? + &root,
            pck_chain: certificate(PCK)? + &platform_ca + &root,
            platform_ca_chain: platform_ca + &root,
        })
    }
}

/// Serial number of the PCK certificate.
pub(crate) fn pck_serial() -> SerialNumber {
    SerialNumber::from(PCK_SERIAL)
}

/// Signs certificates and revocation lists.
pub(crate) struct Authority(pub(crate) Issuer<'static, KeyPair>);

impl Authority {
    fn open(directory: &Directory, name: &str, subject: &str) -> Result<Self> {
        // Of the parameters only the subject and the usages matter to an issuer.
        let params = authority_params(subject, 0, SystemTime::now());
        Ok(Self(Issuer::new(params, read_key(directory, name)?)))
    }
}

/// Signs data: ECDSA on P-256 with SHA-256, r and s in 32 bytes each.
pub(crate) struct SigningKey {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl SigningKey {
    fn open(directory: &Directory, name: &str) -> Result<Self> {
        let pair = read_key(directory, name)?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pair.serialized_der())
            .map_err(|error| directory.damaged(&key_file(name), error))?;
        Ok(Self { key, random: SystemRandom::new() })
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        let signature = self.key.sign(&self.random, message).map_err(internal)?;
        signature.as_ref().try_into().map_err(internal)
    }

    /// The point, x and y in 32 bytes each.
    pub(crate) fn public(&self) -> Result<[u8; 64]> {
        let [_uncompressed, point @ ..] = self.key.public_key().as_ref() else {
            return Err(internal("a key without a point"));
        };
        point.try_into().map_err(internal)
    }
}

fn authority_params(subject: &str, path_len: u8, now: SystemTime) -> CertificateParams {
    let mut params = params(subject, now);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_len));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(subject: &str, now: SystemTime) -> CertificateParams {
    let mut params = params(subject, now);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params
}

fn params(subject: &str, now: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, subject);
    name.push(DnType::OrganizationName, MARKER);
    params.distinguished_name = name;
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + LIFETIME).into();
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![CRL_URL.to_owned()] }];
    params
}

fn new_key() -> Result<KeyPair> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(internal)
}

fn write(
    directory: &Directory,
    name: &str,
    key: &KeyPair,
    certificate: Option<&rcgen::Certificate>,
) -> Result<()> {
    let text = Zeroizing::new(key.serialize_pem());
    directory.write_secret(&key_file(name), text.as_bytes())?;
    match certificate {
        Some(certificate) => {
            directory.write_public(&certificate_file(name), certificate.pem().as_bytes())
        }
        None => Ok(()),
    }
}

fn read_key(directory: &Directory, name: &str) -> Result<KeyPair> {
    let text = Zeroizing::new(directory.read_text(&key_file(name))?);
    KeyPair::from_pem(&text).map_err(|error| directory.damaged(&key_file(name), error))
}

fn key_file(name: &str) -> String {
    format!("{name}.key")
}

fn certificate_file(name: &str) -> String {
    format!("{name}.pem")
}

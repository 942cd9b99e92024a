//! A HyperEnclave machine in software: hypervisor, TPM, and the authority that certified it.

use std::time::SystemTime;

use aecs_attest::{Platform, ReportRequest, Result};
use aecs_crypto::sm::{Sm2Signer, sm3};
use aecs_proto::{HyperEnclaveReport, UnifiedAttestationAuthReport, json};

use crate::der::utf8;
use crate::identity::EnclaveIdentity;
use crate::quote;
use crate::text::to_base64;
use crate::x509::{Certificate, Signer as _, extension, usual_window};

const ROOT: &str = "AECS SIMULATION HyperEnclave CA";
const TPM: &str = "AECS SIMULATION HyperEnclave TPM";

/// Identifier of the extension with the registers.
const PCR_LIST: &[u64] = &[1, 2, 86, 1];

/// Identifier that the hypervisor signs under.
const HYPERVISOR_ID: &str =
    "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\u{9}\u{A}\u{B}\u{C}\u{D}\u{E}";

/// What is different about a simulated machine: by default nothing.
#[derive(Debug, Clone)]
pub struct HyperEnclaveOptions {
    /// When the TPM's certificate is valid.
    pub tpm: std::ops::Range<SystemTime>,
    /// When the root is valid.
    pub root: std::ops::Range<SystemTime>,
    /// Digest over the TPM's registers.
    pub pcr_digest: [u8; 32],
    /// The same in the TPM's certificate.
    pub certified_pcr_digest: [u8; 32],
    /// Whether the certificate has a list of registers.
    pub certified_pcrs: bool,
    /// Whether the list has the hypervisor's key.
    pub certified_key: bool,
    /// The registers that the TPM quotes, a bit each.
    pub selection: [u8; 3],
    /// Identifier that the hypervisor signs under.
    pub hypervisor_id: String,
}

impl Default for HyperEnclaveOptions {
    fn default() -> Self {
        Self {
            tpm: usual_window(),
            root: usual_window(),
            pcr_digest: [0x9C; 32],
            certified_pcr_digest: [0x9C; 32],
            certified_pcrs: true,
            certified_key: true,
            selection: [0xFF, 0x33, 0x00],
            hypervisor_id: HYPERVISOR_ID.into(),
        }
    }
}

/// A HyperEnclave machine in software.
pub struct SimulatedHyperEnclave {
    options: HyperEnclaveOptions,
    root: Vec<u8>,
    certificate: Vec<u8>,
    tpm: Sm2Signer,
    hypervisor: Sm2Signer,
}

impl SimulatedHyperEnclave {
    /// Makes a machine, with a root of its own.
    ///
    /// # Errors
    ///
    /// If keys cannot be made.
    pub fn new(options: HyperEnclaveOptions) -> Result<Self> {
        let (root_key, tpm, hypervisor) =
            (Sm2Signer::generate()?, Sm2Signer::generate()?, Sm2Signer::generate()?);
        let root = Certificate::root(ROOT, &options.root).self_signed(&root_key)?;
        let measured = if options.certified_key { hypervisor.point() } else { [0; 64] };
        let register = sm3(&[[0; 32], sm3(&measured)].concat());
        let list = [options.certified_pcr_digest, [0x12; 32], register].concat();
        let list = utf8(&to_base64(&list));
        let mut certificate = Certificate::signer(ROOT, TPM, &options.tpm);
        if options.certified_pcrs {
            certificate.extensions.push(extension(PCR_LIST, false, &list));
        }
        let certificate = certificate.signed(&tpm.spki(), &root_key)?;
        Ok(Self { options, root, certificate, tpm, hypervisor })
    }

    /// The certificate of the root, in DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    /// The certificate of the TPM's key, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// A quote of an enclave.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn quote(&self, identity: &EnclaveIdentity, report_data: &[u8; 64]) -> Result<Vec<u8>> {
        let report = quote::enclave_report(identity, *report_data)?;
        let attest = self.attest(report_data);
        let signature = [
            self.hypervisor.sign(&self.options.hypervisor_id, &report)?.as_slice(),
            &self.hypervisor.point(),
            &attest,
            &self.tpm.sign_digest(&sm3(&attest))?,
            &self.certificate,
        ]
        .concat();
        let mut quote = vec![1, 0, 4, 0];
        quote.resize(48, 0);
        quote.extend(report);
        quote.extend(u32::try_from(signature.len()).unwrap_or(u32::MAX).to_le_bytes());
        quote.extend(signature);
        Ok(quote)
    }

    /// A whole report of an enclave.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn attest_enclave(
        &self,
        identity: &EnclaveIdentity,
        request: &ReportRequest<'_>,
    ) -> Result<UnifiedAttestationAuthReport> {
        let quote = self.quote(identity, &request.report_data().to_bytes())?;
        let message = HyperEnclaveReport { b64_quote: to_base64(&quote) };
        Ok(request.answer(Platform::HyperEnclave, json::to_string(&message)))
    }

    /// What the TPM signs.
    fn attest(&self, report_data: &[u8; 64]) -> Vec<u8> {
        let sm3_algorithm = [0x00, 0x12];
        let name = [[0, 34].as_slice(), &sm3_algorithm].concat();
        let mut attest = vec![0xFF, 0x54, 0x43, 0x47, 0x80, 0x18];
        attest.extend(&name);
        attest.extend([0x7A; 32]);
        attest.extend(&name);
        attest.extend(sm3(report_data));
        // Clock, its safety, firmware.
        attest.extend([0; 17 + 8]);
        attest.extend([0, 0, 0, 1]);
        attest.extend(sm3_algorithm);
        attest.push(3);
        attest.extend(self.options.selection);
        attest.extend([0, 32]);
        attest.extend(self.options.pcr_digest);
        attest
    }
}

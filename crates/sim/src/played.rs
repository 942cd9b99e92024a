//! Machines that a folder stands for: a TEE's devices, played with the keys of a simulated CPU.
//!
//! The folder of a [`SimulatedCpu`] has the keys of an AMD as well, from when they are first asked for.

use std::sync::Arc;

use aecs_attest::{CollateralSource, Result, SnpProduct, Tee};
use aecs_crypto::{RecordKey, Transcript};

use crate::cpu::SimulatedCpu;
use crate::failure::malformed;
use crate::identity::EnclaveIdentity;
use crate::machine::SimulatedMachine;
use crate::snp::{SimulatedAmd, SimulatedSnp};
use crate::text::certificate_pem;
use crate::trust_domain::{TdIdentity, sha384};

/// The generation of the processors that folders stand for.
const PRODUCT: SnpProduct = SnpProduct::Milan;
/// Bit of a TDX guest's attributes, and of an SEV-SNP guest's policy, that lets the host debug it.
const TDX_DEBUG: u64 = 1;
const SNP_DEBUG: u64 = 1 << 19;

impl SimulatedCpu {
    /// This machine with a TEE that runs this code, and the service that knows its processor. Sealing keys
    /// follow from the machine and the code as they do on the TEE.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](aecs_attest::Error::Malformed) for a TEE that is not played,
    /// [`Error::Device`](aecs_attest::Error::Device) when the folder cannot be used.
    pub fn machine(
        &self,
        tee: Tee,
        code: &EnclaveIdentity,
    ) -> Result<(SimulatedMachine, Arc<dyn CollateralSource>)> {
        let secret = self.sealing_key().to_bytes();
        let own: Arc<dyn CollateralSource> = Arc::new(self.clone());
        let (machine, source) = match tee {
            Tee::Gramine | Tee::Occlum => {
                let enclave = self.enclave(code.clone());
                (
                    SimulatedMachine::new(tee, move |data| {
                        enclave.quote(*data).unwrap_or_default()
                    }),
                    own,
                )
            }
            Tee::Tdx => {
                let td = self.trust_domain(TdIdentity::of_code(code));
                (SimulatedMachine::new(tee, move |data| td.quote(*data).unwrap_or_default()), own)
            }
            Tee::SevSnp => {
                let guest = Arc::new(self.snp_guest(code)?);
                let source: Arc<dyn CollateralSource> = guest.clone();
                let report = move |data: &[u8; 64]| guest.raw_report(data).unwrap_or_default();
                (SimulatedMachine::new(tee, report), source)
            }
            other => {
                let reason = format!("no folder plays {other}");
                return Err(malformed("TEE of a simulated machine", reason));
            }
        };
        Ok((machine.secret(secret.expose()), source))
    }

    /// An SEV-SNP guest on this machine that runs this code.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](aecs_attest::Error::Device) when the folder cannot be used.
    pub fn snp_guest(&self, code: &EnclaveIdentity) -> Result<SimulatedSnp> {
        let chip = chip_id(self.sealing_key());
        let mut guest = SimulatedSnp::on_chip(&self.amd()?, PRODUCT, &chip)?;
        guest.report.measurement = sha384(&code.mrenclave);
        guest.report.guest_svn = code.svn.into();
        if code.debug {
            guest.report.policy |= SNP_DEBUG;
        }
        Ok(guest)
    }

    /// The root certificate (ARK) of the AMD in this folder, in PEM: for
    /// [`VerifierBuilder::root`](aecs_attest::VerifierBuilder::root) with the platform SEV_SNP.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](aecs_attest::Error::Device) when the folder cannot be used.
    pub fn amd_root_pem(&self) -> Result<String> {
        Ok(certificate_pem(self.amd()?.root_der(PRODUCT)))
    }

    fn amd(&self) -> Result<SimulatedAmd> {
        SimulatedAmd::open_or_create(self.directory())
    }
}

/// What a chip is known by follows from its secret, and tells nothing of it.
fn chip_id(secret: &RecordKey) -> Vec<u8> {
    let half = |number: u8| {
        let id = Transcript::new("simulated chip").field(&[number]);
        id.field(secret.to_bytes().expose()).sha256()
    };
    [half(0), half(1)].concat()
}

impl TdIdentity {
    /// The default machine with this code in the place of its program.
    #[must_use]
    pub fn of_code(code: &EnclaveIdentity) -> Self {
        let mut identity = Self::default();
        let [_, _, program, _] = &mut identity.rtmrs;
        *program = sha384(&code.mrenclave);
        if code.debug {
            identity.attributes |= TDX_DEBUG;
        }
        identity
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aecs_attest::{Host, Platform, ReportRequest, SealTo, SealingRules, UserData, Verifier};
    use aecs_crypto::{KeyPair, Suite};

    use super::*;
    use crate::cpu::CpuOptions;

    fn code(byte: u8) -> EnclaveIdentity {
        let prod_id = aecs_attest::SERVER_PRODUCT;
        EnclaveIdentity { mrenclave: [byte; 32], prod_id, ..EnclaveIdentity::default() }
    }

    fn host(cpu: &SimulatedCpu, tee: Tee, code: &EnclaveIdentity) -> Host {
        let (machine, source) = cpu.machine(tee, code).unwrap();
        let rules = SealingRules { snp_measurement: true, ..SealingRules::server() };
        Host::on(Arc::new(machine)).collateral(source).sealing(rules)
    }

    /// Another machine of the same vendors verifies under the same roots, and opens nothing.
    #[test]
    fn machines_of_one_vendor_differ_in_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let first = SimulatedCpu::create(folder.path().join("1"), CpuOptions::default()).unwrap();
        let amd = pem::parse(first.amd_root_pem().unwrap()).unwrap().into_contents();
        SimulatedCpu::create_beside(folder.path().join("2"), folder.path().join("1")).unwrap();
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let verifier = Verifier::builder().simulated_root(first.root_der());
        let verifier = verifier.root(Platform::SevSnp, amd).build().unwrap();
        for tee in [Tee::Gramine, Tee::Tdx, Tee::SevSnp] {
            // As the last one has left it.
            let second = SimulatedCpu::open(folder.path().join("2")).unwrap();
            let opened = host(&second, tee, &code(1)).open(None).unwrap();
            let request = ReportRequest::passport(UserData([1; 32]), key.public());
            let report = opened.attester.attest(&request).unwrap();
            verifier.verify(&report, SystemTime::now()).unwrap();
            let Ok(sealer) = opened.sealing.sealer().cloned() else {
                assert_eq!(tee, Tee::Tdx);
                continue;
            };
            let sealed = sealer.seal(SealTo::Signer, b"", b"identity").unwrap();
            let opens = |cpu: &SimulatedCpu, byte: u8| {
                let opened = host(cpu, tee, &code(byte)).open(None).unwrap();
                opened.sealing.sealer().unwrap().unseal(b"", &sealed).is_ok()
            };
            let again = SimulatedCpu::open(folder.path().join("2")).unwrap();
            assert!(opens(&again, 1) && !opens(&first, 1), "{tee}");
            assert_eq!(opens(&again, 2), tee == Tee::Gramine, "{tee}: other code of the signer");
            second.change_sealing_key().unwrap();
            let later = SimulatedCpu::open(folder.path().join("2")).unwrap();
            assert!(!opens(&later, 1), "{tee}: another key");
        }
    }
}

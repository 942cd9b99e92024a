//! Reports, field by field (SEV-SNP firmware ABI, publication 56860, "ATTESTATION_REPORT").

use aecs_attest::{SnpProduct, SnpTcb};
use aecs_crypto::sha256;

/// Bytes that the signature covers.
pub(super) const SIGNED: usize = 0x2A0;
const SIZE: usize = 0x4A0;

/// What a report says, beside its report data.
#[derive(Debug, Clone)]
pub struct SnpReportFields {
    /// Layout of the TCB versions.
    pub product: SnpProduct,
    /// Version of the format, 2 to 5.
    pub version: u32,
    /// Security version of the guest.
    pub guest_svn: u32,
    /// Guest policy.
    pub policy: u64,
    /// Family id of the guest.
    pub family_id: [u8; 16],
    /// Image id of the guest.
    pub image_id: [u8; 16],
    /// Privilege level of who asked.
    pub vmpl: u32,
    /// Signature algorithm; 1 is ECDSA on P-384 with SHA-384.
    pub signature_algorithm: u32,
    /// What the host has switched on.
    pub platform_info: u64,
    /// Whether an author's key signed the id key.
    pub author_key_enabled: bool,
    /// Whether the host forbids signatures.
    pub mask_chip_key: bool,
    /// Kind of the signing key: 0 VCEK, 1 VLEK, 7 none.
    pub signing_key: u32,
    /// Launch measurement.
    pub measurement: [u8; 48],
    /// What the host stated at launch.
    pub host_data: [u8; 32],
    /// SHA-384 of the key that signed the id block.
    pub id_key_digest: [u8; 48],
    /// SHA-384 of the key that signed the id key.
    pub author_key_digest: [u8; 48],
    /// What runs.
    pub current_tcb: SnpTcb,
    /// What the signing key is derived from.
    pub reported_tcb: SnpTcb,
    /// What the platform does not go back behind.
    pub committed_tcb: SnpTcb,
    /// What ran at launch.
    pub launch_tcb: SnpTcb,
    /// Family, model and stepping, from version 3.
    pub cpuid: [u8; 3],
    /// The chip; zeros when the host hides it.
    pub chip_id: [u8; 64],
    /// Running firmware: major, minor, build.
    pub current_version: [u8; 3],
    /// Committed firmware: major, minor, build.
    pub committed_version: [u8; 3],
    /// Mitigations at launch and now, from version 5.
    pub mitigations: [u64; 2],
}

impl SnpReportFields {
    /// A production guest on an up to date platform; of version 3, on Turin 5.
    pub(super) fn new(product: SnpProduct, chip_id: &[u8]) -> Self {
        let mut padded = [0; 64];
        for (slot, byte) in padded.iter_mut().zip(chip_id) {
            *slot = *byte;
        }
        let tcb = tcb(product);
        Self {
            product,
            version: if product == SnpProduct::Turin { 5 } else { 3 },
            guest_svn: 1,
            // Multi-threading allowed; bit 17 is always set.
            policy: 0x3_0000,
            family_id: [0xFA; 16],
            image_id: [0x1A; 16],
            vmpl: 0,
            signature_algorithm: 1,
            platform_info: 0x25,
            author_key_enabled: false,
            mask_chip_key: false,
            signing_key: 0,
            measurement: digest("AECS simulated guest"),
            host_data: [0; 32],
            id_key_digest: digest("AECS simulated id key"),
            author_key_digest: [0; 48],
            current_tcb: tcb,
            reported_tcb: tcb,
            committed_tcb: tcb,
            launch_tcb: tcb,
            cpuid: match product {
                SnpProduct::Milan => [0x19, 0x01, 0x01],
                SnpProduct::Genoa => [0x19, 0x11, 0x01],
                SnpProduct::Turin => [0x1A, 0x02, 0x01],
            },
            chip_id: padded,
            current_version: [1, 55, 40],
            committed_version: [1, 55, 40],
            mitigations: if product == SnpProduct::Turin { [0x3F; 2] } else { [0; 2] },
        }
    }

    /// The report, with zeros for a signature.
    pub(super) fn to_bytes(&self, report_data: &[u8; 64]) -> Vec<u8> {
        let key_info = u32::from(self.author_key_enabled)
            | u32::from(self.mask_chip_key) << 1
            | self.signing_key << 2;
        let tcb = |SnpTcb { fmc, bootloader, tee, snp, microcode }: SnpTcb| match self.product {
            SnpProduct::Milan | SnpProduct::Genoa => [bootloader, tee, 0, 0, 0, 0, snp, microcode],
            SnpProduct::Turin => {
                [fmc.unwrap_or_default(), bootloader, tee, snp, 0, 0, 0, microcode]
            }
        };
        let version = |[major, minor, build]: [u8; 3]| [build, minor, major, 0];
        let cpuid = if self.version >= 3 { self.cpuid } else { [0; 3] };
        let [launch, current] = if self.version >= 5 { self.mitigations } else { [0; 2] };
        let mut bytes = Vec::with_capacity(SIZE);
        for part in [
            &self.version.to_le_bytes()[..],
            &self.guest_svn.to_le_bytes(),
            &self.policy.to_le_bytes(),
            &self.family_id,
            &self.image_id,
            &self.vmpl.to_le_bytes(),
            &self.signature_algorithm.to_le_bytes(),
            &tcb(self.current_tcb),
            &self.platform_info.to_le_bytes(),
            &key_info.to_le_bytes(),
            &[0; 4],
            report_data,
            &self.measurement,
            &self.host_data,
            &self.id_key_digest,
            &self.author_key_digest,
            // Report id, and that of no migration agent.
            &[0x1D; 32],
            &[0xFF; 32],
            &tcb(self.reported_tcb),
            &cpuid,
            &[0; 21],
            &self.chip_id,
            &tcb(self.committed_tcb),
            &version(self.current_version),
            &version(self.committed_version),
            &tcb(self.launch_tcb),
            &launch.to_le_bytes(),
            &current.to_le_bytes(),
        ] {
            bytes.extend_from_slice(part);
        }
        bytes.resize(SIZE, 0);
        bytes
    }
}

/// The TCB version of simulated processors: the minimum that is built in, so that they are rated.
pub(super) fn tcb(product: SnpProduct) -> SnpTcb {
    match product {
        SnpProduct::Milan => SnpTcb { fmc: None, bootloader: 4, tee: 0, snp: 29, microcode: 222 },
        SnpProduct::Genoa => SnpTcb { fmc: None, bootloader: 10, tee: 0, snp: 27, microcode: 86 },
        SnpProduct::Turin => SnpTcb { fmc: Some(1), bootloader: 1, tee: 1, snp: 4, microcode: 81 },
    }
}

/// 48 bytes that stand for a SHA-384.
fn digest(of: &str) -> [u8; 48] {
    let hash = sha256(of.as_bytes());
    let mut digest = [0; 48];
    for (slot, byte) in digest.iter_mut().zip(hash.iter().cycle()) {
        *slot = *byte;
    }
    digest
}

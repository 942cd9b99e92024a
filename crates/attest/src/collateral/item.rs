//! The items of collateral that a source can be asked for.

/// An endorsement to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CollateralItem {
    /// What Intel publishes to judge a quote: the JSON of a
    /// [`SgxQlQveCollateral`](aecs_proto::SgxQlQveCollateral), as a Passport report has it.
    Dcap {
        /// What the quote is of.
        tee: IntelTee,
        /// Model of the processor, from its PCK certificate.
        fmspc: [u8; 6],
        /// The authority that issued the PCK certificate.
        ca: PckCa,
    },
    /// The certificate of the key that signs a processor's SEV-SNP reports, in DER.
    SnpVcek {
        /// Generation of the processor.
        product: SnpProduct,
        /// The report's chip id: 64 bytes, on Turin the first 8 of them.
        chip_id: Vec<u8>,
        /// The report's TCB ("reported TCB").
        tcb: SnpTcb,
    },
    /// The certificates above, in PEM: ASK or ASVK, then ARK.
    SnpChain {
        /// Generation of the processor.
        product: SnpProduct,
        /// Kind of key that signed the report.
        signer: SnpSigner,
    },
    /// The root's revocation list, in DER.
    SnpCrl {
        /// Generation of the processor.
        product: SnpProduct,
        /// Kind of key that signed the report.
        signer: SnpSigner,
    },
    /// The status of a certificate of NVIDIA's: an OCSP response (RFC 6960), in DER.
    NvidiaStatus {
        /// SHA-384 of the name of the certificate's issuer, in DER.
        issuer_name: [u8; 48],
        /// SHA-384 of the issuer's public key: of the bits in its certificate.
        issuer_key: [u8; 48],
        /// The certificate's serial number: the content of its DER.
        serial: Vec<u8>,
    },
    /// NVIDIA's reference values for a version of a driver or a VBIOS (RIM): a signed SWID tag in XML.
    NvidiaRim {
        /// What NVIDIA's service calls it, as `NV_GPU_DRIVER_GH100_580.95.05`.
        id: String,
    },
    /// The certificates of a Hygon chip, HSK then CEK, in Hygon's format.
    HygonHskCek {
        /// The chip's serial number, as text.
        chip_id: String,
    },
}

aecs_proto::named! {
    /// What an Intel quote is of, with the name in TCB info.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum IntelTee {
        /// An SGX enclave.
        Sgx = "SGX",
        /// A TDX trust domain.
        Tdx = "TDX",
    }
}

impl IntelTee {
    /// The number in quotes and collateral.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Sgx => 0,
            Self::Tdx => 0x81,
        }
    }
}

aecs_proto::named! {
    /// An authority that issues PCK certificates, as Intel's service names it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum PckCa {
        /// For machines with one processor package.
        Processor = "processor",
        /// For machines with several.
        Platform = "platform",
    }
}

aecs_proto::named! {
    /// A generation of AMD's processors, with the name in AMD's certificates and addresses.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum SnpProduct {
        /// EPYC 7003.
        Milan = "Milan",
        /// EPYC 9004 and 8004: Genoa, Bergamo, Siena.
        Genoa = "Genoa",
        /// EPYC 9005.
        Turin = "Turin",
    }
}

aecs_proto::named! {
    /// Kind of key that signs SEV-SNP reports.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum SnpSigner {
        /// The chip's own.
        Vcek = "VCEK",
        /// One loaded by a cloud.
        Vlek = "VLEK",
    }
}

impl SnpSigner {
    /// The name in the addresses of AMD's service.
    pub(crate) fn in_addresses(self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

/// Security versions of the parts of an SEV-SNP platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnpTcb {
    /// Firmware management controller; on Turin and later only.
    pub fmc: Option<u8>,
    /// Boot loader of the secure processor.
    pub bootloader: u8,
    /// Operating system of the secure processor.
    pub tee: u8,
    /// SNP firmware.
    pub snp: u8,
    /// Microcode.
    pub microcode: u8,
}

//! The platforms: their names, their families, and what pins code on each. Their verifiers are in
//! the modules below, and the list of those in `verifier/registry.rs`.
//!
//! Everything else refers to this page, so it refers to nothing.

pub(crate) mod azure;
pub(crate) mod cca;
pub(crate) mod csv;
pub(crate) mod dcap;
pub(crate) mod epid;
#[cfg(test)]
mod example;
pub(crate) mod hyper_enclave;
pub(crate) mod kunpeng;
pub(crate) mod nitro;
pub(crate) mod nvidia;
pub(crate) mod snp;
pub(crate) mod tdx;

/// Declares [`Platform`] and its rows: variant, name on the wire, and what of it is verified.
macro_rules! platforms {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal: $supported:literal,)+) => {
        aecs_proto::named! {
            /// A kind of trusted execution environment, with the name on the wire
            /// ("str_tee_platform").
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[non_exhaustive]
            pub enum Platform {
                $($(#[doc = $doc])+ $variant = $name,)+
            }
        }

        impl Platform {
            /// The versions of its evidence, and the generations of its hardware, that are
            /// verified.
            #[must_use]
            pub const fn supported(self) -> &'static str {
                match self {
                    $(Self::$variant => $supported,)+
                }
            }
        }
    };
}

// A report's platform name selects a row; nothing else in a report does.
platforms! {
    /// Intel SGX with EPID attestation.
    SgxEpid = "SGX_EPID": "reports of Intel's service (IAS), versions 4 and 5",
    /// Intel SGX with DCAP attestation.
    SgxDcap = "SGX_DCAP": "quotes of versions 3 to 5",
    /// Intel TDX.
    Tdx = "TDX": "quotes of versions 4 and 5; TDX 1.0 and 1.5",
    /// Ant Group HyperEnclave.
    HyperEnclave = "HyperEnclave": "quotes of the hypervisor, with a quote of the TPM",
    /// Hygon CSV.
    Csv = "CSV": "reports of firmware before build 2337 and later",
    /// Huawei Kunpeng (iTrustee).
    Kunpeng = "Kunpeng": "binary reports of iTrustee, scenarios 0 and 1",
    /// AMD SEV-SNP.
    SevSnp = "SEV_SNP": "reports of versions 2 to 5; Milan, Genoa (also Bergamo, Siena) and Turin",
    /// An Arm CCA realm.
    ArmCca = "ARM_CCA": "tokens with platform profiles 1.0.0 and 2.0.0",
    /// A confidential machine on Azure with SEV-SNP, through its virtual TPM.
    AzureSnp = "AZURE_SNP_VTPM": "HCL reports of versions 1 and 2; Milan, Genoa and Turin",
    /// A confidential machine on Azure with TDX, through its virtual TPM.
    AzureTdx = "AZURE_TDX_VTPM": "HCL reports of versions 1 and 2; quotes as for TDX",
    /// An AWS Nitro enclave.
    AwsNitro = "AWS_NITRO": "documents of the Nitro security module",
    /// An NVIDIA GPU, beside a machine with evidence of its own.
    NvidiaGpu = "NVIDIA_GPU": "SPDM 1.1 reports; Hopper and Blackwell",
    /// An NVIDIA switch between GPUs, beside a machine with evidence of its own.
    NvidiaSwitch = "NVIDIA_SWITCH": "SPDM 1.1 reports; LS10 (NVSwitch of Hopper machines)",
}

/// Platforms whose evidence is verified with the same collateral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Intel's quotes, with TCB info and QE identity.
    Dcap,
    /// AMD's reports, with certificates and revocation list of its key distribution service.
    Snp,
    /// Everybody else's.
    Other,
}

impl Platform {
    /// Whether it is a device beside a machine with evidence of its own.
    #[must_use]
    pub const fn is_device(self) -> bool {
        matches!(self, Self::NvidiaGpu | Self::NvidiaSwitch)
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::SgxDcap | Self::Tdx | Self::AzureTdx => Family::Dcap,
            Self::SevSnp | Self::AzureSnp => Family::Snp,
            Self::SgxEpid
            | Self::HyperEnclave
            | Self::Csv
            | Self::Kunpeng
            | Self::ArmCca
            | Self::AwsNitro
            | Self::NvidiaGpu
            | Self::NvidiaSwitch => Family::Other,
        }
    }
}

/// Something that a rule may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// An attribute, by its name on the wire.
    Attribute(&'static str),
    /// A register of a platform or a virtual TPM: key `pcrs`.
    Register(u8),
    /// The declaration that the launch measurement covers kernel and initial RAM disk.
    DirectBoot,
}

/// A row: what pins code on a platform.
#[derive(Debug)]
pub struct Pins {
    /// Platform that this row is about.
    pub platform: Platform,
    /// A rule pins code if it asks for one of each.
    pub needs: &'static [&'static [Pin]],
    /// Why, for the documentation.
    pub why: &'static str,
    /// Attributes that identify an application's code, for secrets of its own.
    pub(crate) own_code: &'static [&'static str],
    /// Attributes that identify its signer and product.
    pub(crate) own_product: &'static [&'static str],
}

const MEASUREMENT: Pin = Pin::Attribute("hex_ta_measurement");
const BOOT: Pin = Pin::Attribute("hex_boot_measurement");
const PLATFORM: Pin = Pin::Attribute("hex_platform_measurement");
const SIGNER: Pin = Pin::Attribute("hex_signer");
const AUTHOR: Pin = Pin::Attribute("hex_author_key");
const MRTD: Pin = Pin::Attribute("hex_mrtd");
const RTMR1: Pin = Pin::Attribute("hex_rtmr1");
const RTMR2: Pin = Pin::Attribute("hex_rtmr2");

const ENCLAVE: &str = "the processor measures the whole enclave";
const LAUNCHED: &str = "the launch measurement may cover only the firmware, as on every public \
                        cloud; the firmware then boots any system";
const PARAVISOR: &str = "launch measurement and signer are those of the cloud's paravisor, which runs \
                         the virtual TPM: register 4 covers the boot loader, 9 and 11 cover kernel \
                         and initial RAM disk";

/// The registers of a virtual TPM that have kernel and initial RAM disk: GRUB's and the kernel's
/// own measurements, and those of a unified kernel image.
const SYSTEM: &[Pin] = &[Pin::Register(9), Pin::Register(11)];

/// What pins where, one row a platform.
pub static PINS: &[Pins] = &[
    sgx(Platform::SgxEpid),
    sgx(Platform::SgxDcap),
    Pins {
        own_code: &["hex_ta_measurement", "hex_signer", "hex_prod_id", "hex_platform_measurement"],
        ..sgx(Platform::HyperEnclave)
    },
    Pins {
        platform: Platform::Kunpeng,
        needs: &[&[MEASUREMENT]],
        why: "the image of the application",
        own_code: &["hex_ta_measurement", "hex_prod_id", "hex_platform_measurement"],
        own_product: &[],
    },
    Pins {
        platform: Platform::Tdx,
        needs: &[&[MRTD, PLATFORM], &[RTMR1, BOOT], &[RTMR2, MEASUREMENT]],
        why: "MRTD covers only the firmware, on clouds the cloud's own; RTMR1 covers boot loader \
              and kernel, RTMR2 command line and initial RAM disk. The other keys are AECS 2.0's \
              combinations of these measurements",
        // Neither the TDX module, whose updates the TCB status judges, nor the size of the machine.
        own_code: &["hex_mrtd", "hex_rtmr1", "hex_rtmr2"],
        own_product: &[],
    },
    Pins {
        platform: Platform::SevSnp,
        needs: &[&[MEASUREMENT, BOOT, SIGNER, AUTHOR], &[Pin::DirectBoot]],
        why: LAUNCHED,
        own_code: &["hex_ta_measurement", "hex_boot_measurement", "hex_signer"],
        own_product: &["hex_signer"],
    },
    Pins {
        platform: Platform::Csv,
        needs: &[&[BOOT], &[Pin::DirectBoot]],
        why: LAUNCHED,
        own_code: &["hex_boot_measurement", "hex_prod_id"],
        own_product: &[],
    },
    Pins {
        platform: Platform::ArmCca,
        needs: &[&[MEASUREMENT, BOOT], &[Pin::DirectBoot]],
        why: LAUNCHED,
        own_code: &["hex_ta_measurement", "hex_boot_measurement", "hex_platform_measurement"],
        own_product: &[],
    },
    Pins {
        platform: Platform::AzureSnp,
        needs: &[&[MEASUREMENT, BOOT, SIGNER, AUTHOR], &[Pin::Register(4)], SYSTEM],
        why: PARAVISOR,
        own_code: &["hex_ta_measurement", "hex_boot_measurement", "hex_signer", "str_pcrs"],
        own_product: &[],
    },
    Pins {
        platform: Platform::AzureTdx,
        needs: &[&[MRTD, PLATFORM], &[Pin::Register(4)], SYSTEM],
        why: PARAVISOR,
        own_code: &["hex_mrtd", "str_pcrs"],
        own_product: &[],
    },
    Pins {
        platform: Platform::AwsNitro,
        needs: &[&[MEASUREMENT, BOOT, SIGNER, Pin::Register(0), Pin::Register(8)]],
        why: "register 0 is the enclave's image, 8 its signer; 3 and 4 say where the enclave runs, and \
              the enclave itself sets 16 and higher ones",
        own_code: &["hex_ta_measurement", "hex_boot_measurement", "hex_signer"],
        own_product: &["hex_signer"],
    },
    DEVICE,
    Pins { platform: Platform::NvidiaSwitch, ..DEVICE },
];

/// A GPU, and what is beside it.
const DEVICE: Pins = Pins {
    platform: Platform::NvidiaGpu,
    needs: &[&[MEASUREMENT, BOOT, PLATFORM]],
    why: "these pin the device's firmware, not the code that uses the device: write its rule under \
          `nestedPolicies`, next to the rule for the machine",
    own_code: &[],
    own_product: &[],
};

const fn sgx(platform: Platform) -> Pins {
    Pins {
        platform,
        needs: &[&[MEASUREMENT, SIGNER]],
        why: ENCLAVE,
        own_code: &["hex_ta_measurement", "hex_signer", "hex_prod_id"],
        own_product: &["hex_signer", "hex_prod_id"],
    }
}

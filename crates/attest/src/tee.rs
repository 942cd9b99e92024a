//! The TEEs that a program can run in.

use std::fmt;

/// A kind of place to run in. [`Platform`](crate::Platform) says what evidence is of; this says who
/// makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tee {
    /// An SGX enclave under the library OS Gramine.
    Gramine,
    /// An SGX enclave under the library OS Occlum.
    Occlum,
    /// An Intel TDX guest.
    Tdx,
    /// An AMD SEV-SNP guest.
    SevSnp,
    /// A realm of Arm CCA.
    Cca,
}

impl Tee {
    /// Every kind, in the order in which they are looked for.
    pub const ALL: [Self; 5] = [Self::Gramine, Self::Occlum, Self::Tdx, Self::SevSnp, Self::Cca];

    /// The word in configurations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gramine => "gramine",
            Self::Occlum => "occlum",
            Self::Tdx => "tdx",
            Self::SevSnp => "sev_snp",
            Self::Cca => "cca",
        }
    }
}

impl fmt::Display for Tee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

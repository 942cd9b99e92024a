//! The TEEs that a program can run in.

aecs_proto::named! {
    /// A kind of place to run in, with the word in configurations, in the order in which they are
    /// looked for. [`Platform`](crate::Platform) says what evidence is of; this says who makes it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Tee {
        /// An SGX enclave under the library OS Gramine.
        Gramine = "gramine",
        /// An SGX enclave under the library OS Occlum.
        Occlum = "occlum",
        /// An Intel TDX guest.
        Tdx = "tdx",
        /// An AMD SEV-SNP guest.
        SevSnp = "sev_snp",
        /// A realm of Arm CCA.
        Cca = "cca",
    }
}

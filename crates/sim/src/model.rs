//! What the simulated processor is, and how programs with the simulation are told from others.

/// The owner of every simulated certificate, and the mark of programs with the simulation:
/// `deployment/lib.sh` refuses a production program that contains it.
pub(crate) const MARKER: &str = "AECS SIMULATION";
/// Security versions of the simulated processor's components (CPUSVN).
pub(crate) const CPU_SVN: [u8; 16] = [11, 11, 2, 2, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Security version of the simulated provisioning enclave.
pub(crate) const PCE_SVN: u16 = 13;
/// Model of the simulated processor (FMSPC): none that Intel sells.
pub(crate) const FMSPC: [u8; 6] = *b"AECSIM";

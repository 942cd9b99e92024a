//! AMD's certificates that are built in: the root of each generation (ARK), and the authorities
//! under it that issue VCEK (ASK) and VLEK certificates (ASVK).
//!
//! As AMD's key distribution service gives them (`kdsintf.amd.com/vcek/v1/{product}/cert_chain`
//! and `/vlek/v1/{product}/cert_chain`). A test pins their SHA-256.

/// The roots of Milan, Genoa and Turin, in DER.
pub(in crate::platform) const ARKS: [&[u8]; 3] = [
    include_bytes!("certificates/ark-milan.der"),
    include_bytes!("certificates/ark-genoa.der"),
    include_bytes!("certificates/ark-turin.der"),
];

/// The authorities under them.
pub(super) const AUTHORITIES: [&[u8]; 6] = [
    include_bytes!("certificates/ask-milan.der"),
    include_bytes!("certificates/asvk-milan.der"),
    include_bytes!("certificates/ask-genoa.der"),
    include_bytes!("certificates/asvk-genoa.der"),
    include_bytes!("certificates/ask-turin.der"),
    include_bytes!("certificates/asvk-turin.der"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Fingerprint;

    #[test]
    fn the_certificates_are_amds() {
        let fingerprints = [
            "69D063B45344D26A2E94E1F4210DE49EF555308287D4C174445C95639A540BCD",
            "4C6598D19C18719C5DFD4A7D335F674E5BFE1D8F800CEA2CF270C10D103DB2F1",
            "1F084161A44BB6D93778A904877D4819CAFA5D05EF4193B2DED9DD9C73DD3F6A",
            "67D303BD3905FD38DB8B20E0793699870E7FA612EAAD5DEC358293FD8C0BAC1B",
            "C5E081F59B7EFAB1FE2F8B505E159704E72F29CAB7EF7CF628A05A42439082F5",
            "5464738C1546AED5F2CECF1DC98C5C960A92E8913238A61711BC90EC6E828521",
            "197E610743A917D6B9BB982A5A9226CCC0A15B611BE0619E626ACA9151457372",
            "5B77EF5FE7A7A004FD9032668FBA9D0FDA22F88C4442069A479636A6AE3B3185",
            "104E10A8BD060A3C20A434261A57D0588FD65A88915B4F65B08BDECAF8DF1A3C",
        ];
        for (der, fingerprint) in ARKS.iter().chain(&AUTHORITIES).zip(fingerprints) {
            assert_eq!(Fingerprint::of(der).to_string(), fingerprint);
        }
    }
}

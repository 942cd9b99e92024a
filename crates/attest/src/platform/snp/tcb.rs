//! TCB versions: which byte counts what depends on the generation of the processor.

use std::collections::BTreeMap;
use std::fmt;

use crate::attributes::value::Value;
use crate::collateral::{SnpProduct, SnpTcb};
use crate::error::{Error, Result};
use crate::tcb::OldPart;

impl SnpTcb {
    /// Reads a TCB_VERSION (SEV-SNP firmware ABI, publication 56860, "TCB version"; for Turin
    /// with the firmware management controller in front).
    pub(super) fn parse(product: SnpProduct, bytes: [u8; 8]) -> Result<Self> {
        let (tcb, reserved) = match (product, bytes) {
            (
                SnpProduct::Milan | SnpProduct::Genoa,
                [bootloader, tee, r0, r1, r2, r3, snp, ucode],
            ) => {
                let tcb = Self { fmc: None, bootloader, tee, snp, microcode: ucode };
                (tcb, [r0, r1, r2, r3])
            }
            (SnpProduct::Turin, [fmc, bootloader, tee, snp, r0, r1, r2, ucode]) => {
                let tcb = Self { fmc: Some(fmc), bootloader, tee, snp, microcode: ucode };
                (tcb, [r0, r1, r2, 0])
            }
        };
        if reserved != [0; 4] {
            let text = format!("reserved bytes of a TCB version are not zero: {bytes:02X?}");
            return Err(Error::malformed("SEV-SNP report", text));
        }
        Ok(tcb)
    }

    /// The inverse of [`SnpTcb::parse`].
    #[cfg(test)]
    pub(crate) fn to_bytes(self, product: SnpProduct) -> [u8; 8] {
        let Self { fmc, bootloader, tee, snp, microcode } = self;
        match product {
            SnpProduct::Milan | SnpProduct::Genoa => [bootloader, tee, 0, 0, 0, 0, snp, microcode],
            SnpProduct::Turin => {
                [fmc.unwrap_or_default(), bootloader, tee, snp, 0, 0, 0, microcode]
            }
        }
    }

    /// The parts that platforms of every generation have, by their names.
    pub(crate) const PARTS: [&'static str; 4] = ["bootloader", "tee", "snp", "microcode"];

    /// The security version of each part that there is, by its name.
    pub(super) fn parts(&self) -> BTreeMap<String, u32> {
        let Self { fmc, bootloader, tee, snp, microcode } = *self;
        let parts = [
            ("fmc", fmc),
            ("bootloader", Some(bootloader)),
            ("tee", Some(tee)),
            ("snp", Some(snp)),
            ("microcode", Some(microcode)),
        ];
        let known = parts.into_iter().filter_map(|(name, version)| Some((name, version?)));
        known.map(|(name, version)| (name.to_owned(), version.into())).collect()
    }

    /// The parts that are older than in `wanted`.
    pub(super) fn missing(&self, wanted: &Self) -> Vec<OldPart> {
        let wanted = wanted.parts();
        let old = |(part, svn): (String, u32)| {
            let wanted = *wanted.get(&part)?;
            (svn < wanted).then_some(OldPart { part, svn, wanted })
        };
        self.parts().into_iter().filter_map(old).collect()
    }

    /// Of each part the older one of both.
    pub(super) fn older(self, other: Self) -> Self {
        Self {
            fmc: self.fmc.min(other.fmc),
            bootloader: self.bootloader.min(other.bootloader),
            tee: self.tee.min(other.tee),
            snp: self.snp.min(other.snp),
            microcode: self.microcode.min(other.microcode),
        }
    }

    /// Whether no part is older than in `floor`. Versions of parts are not comparable with each
    /// other, so that two TCBs may each not reach the other.
    pub(super) fn reaches(&self, floor: &Self) -> bool {
        self.fmc >= floor.fmc
            && self.bootloader >= floor.bootloader
            && self.tee >= floor.tee
            && self.snp >= floor.snp
            && self.microcode >= floor.microcode
    }
}

impl fmt::Display for SnpTcb {
    /// The notation of the attribute `str_min_tcb`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::from(self.parts()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_decides_the_layout() {
        let bytes = [1, 2, 0, 0, 0, 0, 7, 8];
        let milan = SnpTcb::parse(SnpProduct::Milan, bytes).unwrap();
        assert_eq!(milan.to_string(), "bootloader=1,microcode=8,snp=7,tee=2");
        assert_eq!(milan.to_bytes(SnpProduct::Milan), bytes);

        let bytes = [1, 2, 3, 4, 0, 0, 0, 8];
        let turin = SnpTcb::parse(SnpProduct::Turin, bytes).unwrap();
        assert_eq!(turin.to_string(), "bootloader=2,fmc=1,microcode=8,snp=4,tee=3");
        assert_eq!(turin.to_bytes(SnpProduct::Turin), bytes);
    }

    #[test]
    fn reserved_bytes_are_zero() {
        for (product, reserved) in
            [(SnpProduct::Milan, 2..6), (SnpProduct::Genoa, 2..6), (SnpProduct::Turin, 4..7)]
        {
            for at in 0..8 {
                let mut bytes = [0; 8];
                bytes[at] = 1;
                let parsed = SnpTcb::parse(product, bytes);
                assert_eq!(parsed.is_err(), reserved.contains(&at), "{product} byte {at}");
            }
        }
    }

    #[test]
    fn every_part_counts_on_its_own() {
        let floor = SnpTcb { fmc: Some(1), bootloader: 1, tee: 1, snp: 1, microcode: 1 };
        assert!(floor.reaches(&floor));
        let worse = [
            SnpTcb { fmc: Some(0), ..floor },
            SnpTcb { bootloader: 0, ..floor },
            SnpTcb { tee: 0, ..floor },
            SnpTcb { snp: 0, ..floor },
            SnpTcb { microcode: 0, ..floor },
        ];
        for tcb in worse {
            assert!(!tcb.reaches(&floor), "{tcb}");
            assert!(floor.reaches(&tcb), "{tcb}");
        }
    }
}

//! The lowest TCB versions of platforms in which no flaw is known.
//!
//! AMD signs no list of them, and a platform's own word is worth nothing: one at security version 0
//! also says that it is as far as it can be. So a minimum has to come from somewhere else: from a
//! rule (`minTcb`), from the configuration, or from the table below.

use std::fmt;
use std::str::FromStr;

use super::report::Cpuid;
use crate::collateral::{SnpProduct, SnpTcb, parse_snp_tcb, snp_tcb_name};
use crate::error::{Error, Result};

/// When the table was last compared with AMD's bulletins.
const AS_OF: &str = "2026-11-28";

/// A processor for which AMD's bulletins name what mitigates the known attacks.
struct Row {
    product: SnpProduct,
    /// Family, model, stepping: microcode is numbered for each stepping by itself.
    cpuid: Cpuid,
    tcb: SnpTcb,
    /// Where the versions of SNP firmware and microcode are from. AMD names none for the boot
    /// loader and the others: those are the lowest with which such firmware has been seen.
    source: &'static str,
}

/// Public bulletins: `https://www.amd.com/en/resources/product-security/bulletin/amd-sb-NNNN.html`.
///
/// - AMD-SB-3019 (2025-02-03): microcode that anybody can sign. AMD-SB-3020 (2025-10-13): RMP
///   initialisation. AMD-SB-3016 (2026-04-14): writes of the IOMMU. AMD-SB-3027 (2026-01): stack
///   pointer. AMD-SB-3030 (2026-05-12): routing of the data fabric.
///
/// Of several the highest counts. Processors of which no bulletin is known here with certainty
/// (Milan-X, Bergamo, Siena, Turin Dense) are not listed, so that a rule or the configuration has
/// to name their minimum. Not every mitigation has a version: that of AMD-SB-3034 has none.
const TABLE: [Row; 4] = [
    Row {
        product: SnpProduct::Milan,
        cpuid: Cpuid { family: 0x19, model: 0x01, stepping: 1 },
        tcb: SnpTcb { fmc: None, bootloader: 4, tee: 0, snp: 29, microcode: 222 },
        source: "AMD-SB-3030, AMD-SB-3027",
    },
    Row {
        product: SnpProduct::Genoa,
        cpuid: Cpuid { family: 0x19, model: 0x11, stepping: 1 },
        tcb: SnpTcb { fmc: None, bootloader: 10, tee: 0, snp: 27, microcode: 86 },
        source: "AMD-SB-3016, AMD-SB-3027",
    },
    // Genoa-X.
    Row {
        product: SnpProduct::Genoa,
        cpuid: Cpuid { family: 0x19, model: 0x11, stepping: 2 },
        tcb: SnpTcb { fmc: None, bootloader: 10, tee: 0, snp: 27, microcode: 81 },
        source: "AMD-SB-3016, AMD-SB-3027",
    },
    Row {
        product: SnpProduct::Turin,
        cpuid: Cpuid { family: 0x1A, model: 0x02, stepping: 1 },
        tcb: SnpTcb { fmc: Some(1), bootloader: 1, tee: 1, snp: 4, microcode: 81 },
        source: "AMD-SB-3020, AMD-SB-3027",
    },
];

/// The lowest TCB of a generation of processors that is accepted as up to date, written
/// `Milan/bootloader=4,tee=0,snp=29,microcode=222`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnpMinimum {
    /// The generation, with all of its steppings.
    pub product: SnpProduct,
    /// The lowest version of each part.
    pub tcb: SnpTcb,
}

impl fmt::Display for SnpMinimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.product, snp_tcb_name(&self.tcb))
    }
}

impl FromStr for SnpMinimum {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (product, tcb) = text.split_once('/')?;
            let (product, tcb) = (SnpProduct::named(product)?, parse_snp_tcb(tcb)?);
            ((product == SnpProduct::Turin) == tcb.fmc.is_some()).then_some(Self { product, tcb })
        };
        parse().ok_or_else(|| {
            Error::malformed(
                "minimum TCB of SEV-SNP",
                "write PRODUCT/bootloader=N,tee=N,snp=N,microcode=N with Milan or Genoa, and \
                 Turin/fmc=N,bootloader=N,tee=N,snp=N,microcode=N",
            )
        })
    }
}

/// The minimums in force: those of the configuration, and the table for the other generations.
#[derive(Debug)]
pub(super) struct Minimums(Vec<SnpMinimum>);

impl Minimums {
    pub(super) fn new(configured: &[SnpMinimum]) -> Self {
        Self(configured.to_vec())
    }

    /// Those for a processor; each has to be met.
    pub(super) fn of(&self, product: SnpProduct, cpuid: Option<Cpuid>) -> Vec<Minimum> {
        let configured = self.0.iter().filter(|minimum| minimum.product == product);
        let configured = configured.map(|minimum| Minimum { tcb: minimum.tcb, source: None });
        let configured: Vec<Minimum> = configured.collect();
        if !configured.is_empty() {
            return configured;
        }
        // Reports of version 2 do not say which stepping: then the first, which has the highest.
        let row = TABLE
            .iter()
            .find(|row| row.product == product && cpuid.is_none_or(|cpuid| row.cpuid == cpuid));
        row.map(|row| Minimum { tcb: row.tcb, source: Some(row.source) }).into_iter().collect()
    }
}

/// A minimum for one processor.
pub(super) struct Minimum {
    pub(super) tcb: SnpTcb,
    /// Of a minimum of the table, the bulletins that it is from.
    source: Option<&'static str>,
}

impl Minimum {
    /// What is known against a processor that does not meet it.
    pub(super) fn advisories(&self) -> Vec<String> {
        self.source.iter().flat_map(|source| source.split(", ")).map(ToOwned::to_owned).collect()
    }
}

impl fmt::Display for Minimum {
    /// Where it is from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Some(source) => write!(f, "{source}, table of {AS_OF}"),
            None => f.write_str("the configuration's"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_of_a_generation_is_its_highest() {
        for product in [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin] {
            let mut rows = TABLE.iter().filter(|row| row.product == product);
            let first = rows.next().unwrap();
            assert!(rows.all(|row| first.tcb.reaches(&row.tcb)), "{product}");
            assert_eq!(first.cpuid.product(), Some(product));
        }
    }

    #[test]
    fn every_part_has_to_reach_the_minimum_of_its_own_processor() {
        let minimums = Minimums::new(&[]);
        for row in &TABLE {
            let [minimum] = &minimums.of(row.product, Some(row.cpuid))[..] else { panic!() };
            assert!(minimum.to_string().contains("AMD-SB-"));
            assert!(minimum.advisories().iter().all(|name| name.starts_with("AMD-SB-")));
            for (tcb, part) in [
                (SnpTcb { bootloader: row.tcb.bootloader - 1, ..row.tcb }, "bootloader"),
                (SnpTcb { snp: row.tcb.snp - 1, ..row.tcb }, "snp"),
                (SnpTcb { microcode: row.tcb.microcode - 1, ..row.tcb }, "microcode"),
            ] {
                assert!(!tcb.reaches(&minimum.tcb));
                let [missing] = &tcb.missing(&minimum.tcb)[..] else { panic!() };
                assert_eq!((missing.part.as_str(), missing.wanted - missing.svn), (part, 1));
            }
        }
        let genoa_x = TABLE[2].tcb;
        let reached = |cpuid, tcb: &SnpTcb| {
            let of = minimums.of(SnpProduct::Genoa, cpuid);
            !of.is_empty() && of.iter().all(|minimum| tcb.reaches(&minimum.tcb))
        };
        assert!(reached(Some(TABLE[2].cpuid), &genoa_x));
        assert!(!reached(None, &genoa_x), "may be a Genoa");
        let bergamo = Cpuid { family: 0x19, model: 0xA0, stepping: 2 };
        assert!(minimums.of(SnpProduct::Genoa, Some(bergamo)).is_empty());
    }

    #[test]
    fn the_configuration_comes_before_the_table() {
        let configured: SnpMinimum =
            "Milan/bootloader=3,tee=0,snp=8,microcode=115".parse().unwrap();
        let minimums = Minimums::new(&[configured]);
        let rate = |product, tcb: &SnpTcb| {
            minimums.of(product, None).iter().all(|minimum| tcb.reaches(&minimum.tcb))
        };
        assert!(rate(SnpProduct::Milan, &configured.tcb));
        assert!(!rate(SnpProduct::Milan, &SnpTcb { snp: 7, ..TABLE[0].tcb }));
        assert!(rate(SnpProduct::Genoa, &TABLE[1].tcb), "the table still has the others");
    }

    #[test]
    fn minimums_are_read_back_and_name_every_part() {
        for text in [
            "Milan/bootloader=4,tee=0,snp=29,microcode=222",
            "Turin/fmc=1,bootloader=1,tee=1,snp=4,microcode=81",
        ] {
            assert_eq!(text.parse::<SnpMinimum>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Milan",
            "Naples/bootloader=4,tee=0,snp=29,microcode=222",
            "Milan/snp=29",
            "Milan/fmc=1,bootloader=4,tee=0,snp=29,microcode=222",
            "Turin/bootloader=1,tee=1,snp=4,microcode=81",
            "Milan/bootloader=4,tee=0,snp=29,microcode=256",
        ] {
            assert!(text.parse::<SnpMinimum>().is_err(), "{text}");
        }
    }
}

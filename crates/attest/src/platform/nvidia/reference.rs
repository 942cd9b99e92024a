//! Whether a device's measurements are NVIDIA's reference values (RIM): one file for the driver and one
//! for the VBIOS, which the verifier's source of collateral has or not.

use std::collections::BTreeMap;

use super::opaque::{Device, Opaque};
use super::spdm::Report;
use super::{Chip, status};
use crate::anchor::Backing;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::CollateralItem;
use crate::error::{Check, Endorsement, Error, Result};
use crate::reference_values::ReferenceValues;
use crate::revocation::Revocation;
use crate::rim::{Rim, SIZE};
use crate::signature::ecdsa::EcKey;
use crate::x509::{Certificate, Root, rules};
use crate::xml::signature::Envelope;

/// The measurement that is of no meaning if NVDEC is disabled, as in the RIM (`nvtrust`, "verifier.py").
const NVDEC: u8 = 35;

/// A RIM to look for.
struct Wanted {
    id: String,
    version: String,
}

/// Compares the measurements of a device with NVIDIA's values for its driver and VBIOS. Nothing is
/// compared where one is missing; one that is not NVIDIA's is refused.
pub(super) fn compare(
    (report, opaque, chip): (&Report<'_>, &Opaque<'_>, &Chip),
    kind: Device,
    (roots, backing): (&[Root], Backing),
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<ReferenceValues> {
    let not_compared = |why: String| Ok(ReferenceValues::NotCompared(why));
    let Some(source) = context.collateral else {
        return not_compared(
            "the verifier has no source of NVIDIA's reference values (RIM)".into(),
        );
    };
    let Some(wanted) = wanted(opaque, chip, kind) else {
        return not_compared("the report does not name the versions of driver and VBIOS".into());
    };
    let (mut values, mut missing, mut notes) = (BTreeMap::new(), None, "");
    for Wanted { id, version } in &wanted {
        let item = CollateralItem::NvidiaRim { id: id.clone() };
        let Ok(document) = source.get(&item, context.now) else {
            missing = missing.or_else(|| {
                Some(format!("{id} (RIM) is not in the verifier's collateral, or not current"))
            });
            continue;
        };
        let (rim, revocation) = verify(&document, roots, backing, context, checks)?;
        if !rim.version.eq_ignore_ascii_case(version) {
            let (expected, actual) = (version.clone(), rim.version);
            return Err(Error::Mismatch { check: Check::NVIDIA_RIM_VERSION, expected, actual });
        }
        if !revocation.is_checked() {
            notes = "; revocation of the certificates behind them was not checked";
        }
        for (index, good) in rim.values {
            if values.insert(index, (id, good)).is_some() {
                missing = Some(format!("two RIMs have values for measurement {}", index + 1));
            }
        }
    }
    if let Some(why) = missing {
        return not_compared(why);
    }
    if opaque.nvdec_disabled {
        values.remove(&NVDEC);
    }
    let measured: BTreeMap<u8, &[u8]> = report.measurements.iter().copied().collect();
    let differs = |(index, (id, good)): (&u8, &(&String, Vec<[u8; SIZE]>))| {
        let measured = measured.get(&(index + 1)).copied();
        let same = good.iter().any(|good| measured == Some(good.as_slice()));
        (!same).then(|| format!("measurement {} ({id})", index + 1))
    };
    let differing: Vec<String> = values.iter().filter_map(differs).collect();
    let ids: Vec<&str> = wanted.iter().map(|wanted| wanted.id.as_str()).collect();
    if !differing.is_empty() {
        return Ok(ReferenceValues::Differ(differing.join(", ")));
    }
    let by = format!("{} measurements of {}{notes}", values.len(), ids.join(", "));
    checks.passed(Check::NVIDIA_MEASUREMENTS, by.clone());
    Ok(ReferenceValues::Match(by))
}

/// The RIMs for a device, by the names that NVIDIA's service has for them.
fn wanted(opaque: &Opaque<'_>, chip: &Chip, kind: Device) -> Option<Vec<Wanted>> {
    let versions = opaque.versions();
    let vbios = versions.get("vbios")?.clone();
    let name = vbios.replace('.', "").to_ascii_uppercase();
    if kind == Device::Switch {
        // There is one kind of switch, whose report does not name its project.
        let id = format!("NV_SWITCH_BIOS_5612_0002_890_{name}");
        return Some(vec![Wanted { id, version: vbios }]);
    }
    let driver = versions.get("driver")?.clone();
    let of_driver = match chip.architecture {
        "HOPPER" => format!("NV_GPU_DRIVER_GH100_{driver}"),
        _ => format!("NV_GPU_CC_DRIVER_{}_{driver}", chip.name),
    };
    let of_vbios = format!("NV_GPU_VBIOS_{}_{name}", opaque.identity()?.to_ascii_uppercase());
    Some(vec![Wanted { id: of_driver, version: driver }, Wanted { id: of_vbios, version: vbios }])
}

/// A RIM that NVIDIA signed, and whether its certificates were looked for on revocation lists.
fn verify(
    document: &[u8],
    roots: &[Root],
    backing: Backing,
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<(Rim, Revocation)> {
    let what = Endorsement::NVIDIA_RIM;
    let malformed = |fault| Error::malformed(what.name(), fault);
    let envelope = Envelope::parse(document).map_err(malformed)?;
    let chain = envelope.certificates.iter().map(Vec::as_slice);
    let chain = Certificate::chain(what.name(), chain)?;
    let found = rules::NVIDIA_RIM.verify(what, &chain, roots, context, checks)?;
    if found != backing {
        // What a simulation signs says nothing about hardware.
        return Err(Error::untrusted(
            Check::NVIDIA_RIM_CHAIN,
            "its root is not that of the device",
        ));
    }
    let signer = chain.first().ok_or_else(|| malformed("the certificate is missing"))?;
    let root = EcKey::of(signer).and_then(|key| envelope.signed_by(&key));
    let root = root.map_err(|error| Error::untrusted(Check::NVIDIA_RIM_SIGNATURE, error))?;
    checks.passed(Check::NVIDIA_RIM_SIGNATURE, "");
    let revocation = status::check(what, &chain, 0, context, checks)?;
    Ok((Rim::read(root).map_err(malformed)?, revocation))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::anchor::Anchor;
    use crate::platform::nvidia::RIM_ROOT;
    use crate::signature::memory::SignatureMemory;

    #[test]
    fn files_are_named_as_nvidia_names_them() {
        let field = |kind: u8, value: &[u8]| {
            [&[kind, 0, u8::try_from(value.len()).unwrap(), 0], value].concat()
        };
        let gpu = [
            field(6, &[0x00, 0x74, 0x00, 0x96, 0x1A, 0, 0, 0]),
            field(3, b"580.95.05\0"),
            field(15, b"882\0"),
            field(17, b"g520\0"),
            field(18, b"0200\0"),
        ]
        .concat();
        let gpu = Opaque::parse(&gpu, Device::Gpu).unwrap();
        let ids = |opaque: &Opaque<'_>, chip: &str, kind| -> Vec<String> {
            let wanted = wanted(opaque, &Chip::named(chip).unwrap(), kind).unwrap();
            wanted.into_iter().map(|wanted| wanted.id).collect()
        };
        let vbios = "NV_GPU_VBIOS_G520_0200_882_960074001A";
        assert_eq!(ids(&gpu, "GH100", Device::Gpu), ["NV_GPU_DRIVER_GH100_580.95.05", vbios]);
        assert_eq!(ids(&gpu, "GB202", Device::Gpu), ["NV_GPU_CC_DRIVER_GB202_580.95.05", vbios]);
        let switch = field(6, b"96.10.55.00.01");
        let switch = Opaque::parse(&switch, Device::Switch).unwrap();
        let id = "NV_SWITCH_BIOS_5612_0002_890_9610550001";
        assert_eq!(ids(&switch, "LS_10", Device::Switch), [id]);
    }

    /// Files that NVIDIA has changed after they were signed, or signed by somebody else, for its own tests.
    const CHANGED: [&str; 6] = [
        "NV_GPU_DRIVER_GH100_535.86.09_measurement_mismatch.xml",
        "NV_GPU_DRIVER_GH100_570.124.03_expired.xml",
        "NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml",
        "NV_SWITCH_BIOS_5612_0002_890_9610550001_measurement_mismatch.xml",
        "incorrect_cert_chain_driver_rim.xml",
        "incorrect_signature_driver_rim.xml",
    ];

    /// NVIDIA's own files, of which its repositories have some (`nvtrust`: "samples", `attestation-sdk`:
    /// "testdata"): they are not ours to give away. Their signers' certificates have ended since.
    #[test]
    fn genuine_files_are_nvidias() {
        let Some(folder) = std::env::var_os("AECS_RIMS") else {
            eprintln!("SKIPPED: AECS_RIMS names no folder with RIM files of NVIDIA's");
            return;
        };
        let anchor = Anchor { der: RIM_ROOT.to_vec(), backing: Backing::Hardware };
        let roots = rules::NVIDIA_RIM.roots(vec![anchor]).unwrap();
        let verdict = |document: &[u8], now: u64| {
            let now = UNIX_EPOCH + Duration::from_secs(now);
            let signatures = &SignatureMemory::new(0);
            let context = Context { now, collateral: None, signatures };
            verify(document, &roots, Backing::Hardware, &context, &mut Checks::new())
        };
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !(name.ends_with(".swidtag") || name.ends_with(".xml")) {
                continue;
            }
            let document = std::fs::read(&path).unwrap();
            // The first of some days on which the certificates of the file hold.
            let days = [1_704_067_200, 1_717_200_000, 1_735_689_600, 1_751_328_000, 1_798_000_000];
            let held = days.into_iter().find_map(|now| verdict(&document, now).ok());
            match &held {
                Some((rim, _)) => {
                    println!("{name}: {} of {} measurements", rim.version, rim.values.len());
                }
                None => println!("{name}: {:?}", verdict(&document, 1_717_200_000).unwrap_err()),
            }
            let changed = CHANGED.contains(&name.as_str());
            assert_eq!(held.is_none(), changed, "{name}");
        }
    }

    #[test]
    fn the_root_is_the_one_that_was_published() {
        let fingerprint = crate::fingerprint::Fingerprint::of(RIM_ROOT).to_string();
        assert_eq!(fingerprint, "12977B5115ACB0381179279FFFEB5A8C4D264971EBB32298023A465FA41DF5D1");
    }
}

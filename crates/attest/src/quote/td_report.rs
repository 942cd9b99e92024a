//! The report of a trust domain (Intel, "TDX Module ABI Specification", TDREPORT_STRUCT, as quotes
//! carry it), and the attributes in it.

use aws_lc_rs::digest::{SHA384, digest};

use crate::attributes::facts::Facts;
use crate::attributes::table::{
    BOOT_MEASUREMENT, DEBUG_DISABLED, MEASUREMENT, MIGRATION_DISABLED, MRCONFIGID, MROWNER,
    MROWNERCONFIG, MRSEAM, MRSERVICETD, MRSIGNERSEAM, MRTD, PAGE_FAULTS_DISABLED,
    PLATFORM_MEASUREMENT, RTMR0, RTMR1, RTMR2, RTMR3, SECURE_FLAGS,
};
use crate::checks::Checks;
use crate::encoding::bytes::take;
use crate::error::{Check, Error, Result};
use crate::report::ReportData;

/// Kinds of report in a quote of version 5: that of TDX 1.0, and the last one that is known.
pub(crate) const TDX_1_0: u16 = 2;
const TDX_1_5_EX: u16 = 4;

/// Bytes of the report of TDX 1.0, with which all others begin.
pub(crate) const LEN_1_0: usize = 584;

/// Attributes of trust domains that have a meaning ("TDX Module ABI Specification", ATTRIBUTES):
/// debugging and profiling, security, and others at the top. All others are zero.
const KNOWN: u64 = 0xC000_0000_F87F_0071;
/// The report has a hash of the service trust domains' structure: reports of TDX 1.0 do not.
const SERVTD_EXT: u64 = 1 << 17;

/// Attribute bits of group TUD ("TD under debug"): with any of them the host can look into the
/// trust domain. Bit 0 is debugging; this is not the bit that SGX has.
const UNDER_DEBUG: u64 = 0xFF;
/// The host's page faults do not become exceptions in the trust domain.
const SEPT_VE_DISABLE: u64 = 1 << 28;
/// The trust domain may be moved to another host.
const MIGRATABLE: u64 = 1 << 29;

/// A measurement: SHA-384.
pub(crate) type Measurement = [u8; 48];

const NONE: Measurement = [0; 48];

/// The measurement of data.
pub(crate) fn sha384(data: &[u8]) -> Measurement {
    let mut output = [0; 48];
    output.copy_from_slice(digest(&SHA384, data).as_ref());
    output
}

/// What the TDX module says about a trust domain and about itself.
pub(crate) struct TdReport {
    kind: u16,
    /// Security versions at the start of the trust domain.
    pub(crate) tcb_svn: [u8; 16],
    mrseam: Measurement,
    pub(crate) mrsignerseam: Measurement,
    pub(crate) seam_attributes: [u8; 8],
    /// As in the report, least significant byte first.
    pub(crate) attributes: [u8; 8],
    mrtd: Measurement,
    mrconfigid: Measurement,
    mrowner: Measurement,
    mrownerconfig: Measurement,
    pub(crate) rtmrs: [Measurement; 4],
    pub(crate) report_data: ReportData,
    tdx_1_5: Option<Tdx15>,
}

/// What TDX 1.5 added.
struct Tdx15 {
    /// Security versions of now.
    current_tcb_svn: [u8; 16],
    mrservicetd: Measurement,
    /// The service trust domains of now, where they are told apart from those at launch.
    now_bound: Measurement,
}

impl TdReport {
    /// Reads a report of this kind: that of TDX 1.0 in quotes of version 4, or as the quote says.
    pub(crate) fn parse(kind: u16, body: &[u8]) -> Result<Self> {
        if !(TDX_1_0..=TDX_1_5_EX).contains(&kind) {
            let what = format!("report type {kind} of platform TDX");
            return Err(Error::Unsupported { what });
        }
        let length = || {
            let reason = format!("{} bytes are no report of type {kind}", body.len());
            Error::malformed("TD report", reason)
        };
        let mut rest = body;
        let first = take::<LEN_1_0>(&mut rest).ok_or_else(length)?;
        let tdx_1_5 = (kind != TDX_1_0).then(|| Tdx15::cut(kind, &mut rest).ok_or_else(length));
        let report = Self::cut(kind, first, tdx_1_5.transpose()?).ok_or_else(length)?;
        if rest.is_empty() { Ok(report) } else { Err(length()) }
    }

    fn cut(kind: u16, body: &[u8; LEN_1_0], tdx_1_5: Option<Tdx15>) -> Option<Self> {
        let mut rest = body.as_slice();
        let tcb_svn = *take(&mut rest)?;
        let mrseam = *take(&mut rest)?;
        let mrsignerseam = *take(&mut rest)?;
        let seam_attributes = *take(&mut rest)?;
        let attributes = *take(&mut rest)?;
        let _xfam = take::<8>(&mut rest)?;
        let mrtd = *take(&mut rest)?;
        let mrconfigid = *take(&mut rest)?;
        let mrowner = *take(&mut rest)?;
        let mrownerconfig = *take(&mut rest)?;
        let rtmrs = [*take(&mut rest)?, *take(&mut rest)?, *take(&mut rest)?, *take(&mut rest)?];
        let report_data = ReportData::from(*take::<64>(&mut rest)?);
        rest.is_empty().then_some(Self {
            kind,
            tcb_svn,
            mrseam,
            mrsignerseam,
            seam_attributes,
            attributes,
            mrtd,
            mrconfigid,
            mrowner,
            mrownerconfig,
            rtmrs,
            report_data,
            tdx_1_5,
        })
    }

    /// Security versions of now; reports of TDX 1.0 have none.
    /// Security version of the TDX module: when the trust domain started, or now if that is lower.
    pub(crate) fn module_svn(&self) -> u8 {
        let [launch, ..] = self.tcb_svn;
        let current = self.current_tcb_svn().map_or(launch, |[current, ..]| *current);
        launch.min(current)
    }

    pub(crate) fn current_tcb_svn(&self) -> Option<&[u8; 16]> {
        self.tdx_1_5.as_ref().map(|added| &added.current_tcb_svn)
    }

    /// Which attributes are wanted is a policy's to say; here they have to be known.
    pub(crate) fn check_attributes(&self, checks: &mut Checks) -> Result<()> {
        let text = |attributes: u64| hex::encode_upper(attributes.to_le_bytes());
        let known = if self.kind == TDX_1_0 { KNOWN & !SERVTD_EXT } else { KNOWN };
        let expected = format_args!("none but {}", text(known));
        let actual = hex::encode_upper(self.attributes);
        checks.requires(Check::TD_ATTRIBUTES, !self.has(!known), expected, actual)
    }

    /// There is one attribute for the service trust domains, so those at launch have to be those
    /// of now.
    pub(crate) fn check_service_tds(&self) -> Result<()> {
        match &self.tdx_1_5 {
            Some(added) if ![NONE, added.mrservicetd].contains(&added.now_bound) => {
                let what =
                    "a trust domain whose service trust domains changed after its launch".into();
                Err(Error::Unsupported { what })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn has(&self, attribute: u64) -> bool {
        u64::from_le_bytes(self.attributes) & attribute != 0
    }

    pub(crate) fn debug(&self) -> bool {
        self.has(UNDER_DEBUG)
    }

    /// Whether the host alone cannot move the trust domain. A service trust domain can.
    fn stays(&self) -> bool {
        let served = self.tdx_1_5.as_ref().is_some_and(|added| added.mrservicetd != NONE);
        !self.has(MIGRATABLE) && !served
    }

    /// What the report says of the trust domain: AECS 2.0's compositions of measurements, and each
    /// of them alone.
    pub(crate) fn facts(&self) -> Facts {
        let [rtmr0, rtmr1, rtmr2, rtmr3] = self.rtmrs;
        let of_the_platform = [
            self.mrseam,
            self.mrsignerseam,
            self.mrtd,
            self.mrconfigid,
            self.mrowner,
            self.mrownerconfig,
        ];
        Facts::default()
            .with(&SECURE_FLAGS, self.attributes)
            .with(&PLATFORM_MEASUREMENT, of_the_platform.concat())
            .with(&BOOT_MEASUREMENT, [rtmr0, rtmr1].concat())
            .with(&MEASUREMENT, [rtmr2, rtmr3].concat())
            .with(&DEBUG_DISABLED, !self.debug())
            .with(&MIGRATION_DISABLED, self.stays())
            .with(&PAGE_FAULTS_DISABLED, self.has(SEPT_VE_DISABLE))
            .with(&MRTD, self.mrtd)
            .with(&MRSEAM, self.mrseam)
            .with(&MRSIGNERSEAM, self.mrsignerseam)
            .with(&MRCONFIGID, self.mrconfigid)
            .with(&MROWNER, self.mrowner)
            .with(&MROWNERCONFIG, self.mrownerconfig)
            .with(&RTMR0, rtmr0)
            .with(&RTMR1, rtmr1)
            .with(&RTMR2, rtmr2)
            .with(&RTMR3, rtmr3)
            .with_any(&MRSERVICETD, self.tdx_1_5.as_ref().map(|added| added.mrservicetd))
    }
}

impl Tdx15 {
    fn cut(kind: u16, rest: &mut &[u8]) -> Option<Self> {
        let current_tcb_svn = *take(rest)?;
        let mrservicetd = *take(rest)?;
        let mut added = Self { current_tcb_svn, mrservicetd, now_bound: NONE };
        if kind == TDX_1_5_EX {
            let _vm_td_and_devices = take::<{ 1 + 32 + 48 }>(rest)?;
            let _at_launch = take::<{ 48 + 8 + 16 + 16 + 12 }>(rest)?;
            added.now_bound = *take(rest)?;
            let _attributes = take::<8>(rest)?;
        }
        Some(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attributes_that_are_known() {
        let known = [0, 4, 5, 6].into_iter().chain(16..=22).chain(27..=31).chain([62, 63]);
        assert_eq!(known.fold(0, |mask, bit: u32| mask | 1 << bit), KNOWN);
    }
}

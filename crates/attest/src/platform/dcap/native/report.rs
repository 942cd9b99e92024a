//! The reports in a quote: of the quoting enclave ("Intel 64 and IA-32 Architectures Software
//! Developer's Manual", volume 3D, REPORT) and of a trust domain ("TDX DCAP Quoting Library API",
//! appendix A, TD quote body).

use crate::checks::Checks;
use crate::error::{Check, Error, Result};
use crate::platform::bytes::take;
use crate::platform::sgx::BODY_LEN;

/// Bytes of a report of TDX 1.0, with which all others begin.
pub(super) const TD_REPORT_1_0_LEN: usize = 584;
/// TDX 1.5: also what is current.
const TD_REPORT_1_5_LEN: usize = 648;
/// TDX 1.5 with service trust domains that are told apart.
const TD_REPORT_1_5_EX_LEN: usize = 885;

/// Attributes of trust domains that have a meaning ("TDX Module ABI Specification", ATTRIBUTES):
/// debugging and profiling, security, and others at the top. All others are zero.
const TD_ATTRIBUTES: u64 = 0xC000_0000_F87F_0071;
/// The report has a hash of the service trust domains' structure: reports of TDX 1.0 do not.
const TD_SERVTD_EXT: u64 = 1 << 17;

/// What the processor says about the quoting enclave.
pub(super) struct EnclaveReport {
    pub(super) misc_select: [u8; 4],
    pub(super) attributes: [u8; 16],
    pub(super) mrsigner: [u8; 32],
    pub(super) product: u16,
    pub(super) svn: u16,
    pub(super) report_data: [u8; 64],
}

impl EnclaveReport {
    pub(super) fn cut(bytes: &[u8; BODY_LEN]) -> Option<Self> {
        let mut rest = bytes.as_slice();
        let _cpu_svn = take::<16>(&mut rest)?;
        let misc_select = *take(&mut rest)?;
        let _reserved = take::<28>(&mut rest)?;
        let attributes = *take(&mut rest)?;
        let _mrenclave_and_reserved = take::<64>(&mut rest)?;
        let mrsigner = *take(&mut rest)?;
        let _reserved = take::<96>(&mut rest)?;
        let product = u16::from_le_bytes(*take(&mut rest)?);
        let svn = u16::from_le_bytes(*take(&mut rest)?);
        let _reserved = take::<60>(&mut rest)?;
        let report_data = *take(&mut rest)?;
        rest.is_empty().then_some(Self {
            misc_select,
            attributes,
            mrsigner,
            product,
            svn,
            report_data,
        })
    }
}

/// What the TDX module says about a trust domain and about itself.
pub(super) struct TdReport {
    kind: u16,
    /// Security versions at the start of the trust domain.
    pub(super) tcb_svn: [u8; 16],
    pub(super) module_signer: [u8; 48],
    pub(super) module_attributes: [u8; 8],
    attributes: u64,
    /// Security versions of now, since TDX 1.5.
    pub(super) current_tcb_svn: Option<[u8; 16]>,
}

impl TdReport {
    pub(super) fn read(kind: u16, bytes: &[u8]) -> Result<Self> {
        let len = match kind {
            2 => TD_REPORT_1_0_LEN,
            3 => TD_REPORT_1_5_LEN,
            4 => TD_REPORT_1_5_EX_LEN,
            _ => {
                let what = format!("report type {kind} of platform TDX");
                return Err(Error::Unsupported { what });
            }
        };
        let cut = if bytes.len() == len { Self::cut(kind, bytes) } else { None };
        cut.ok_or_else(|| {
            let reason = format!("{} bytes are no report of type {kind}", bytes.len());
            Error::malformed("TD report", reason)
        })
    }

    fn cut(kind: u16, bytes: &[u8]) -> Option<Self> {
        let (mut rest, mut later) = bytes.split_at_checked(TD_REPORT_1_0_LEN)?;
        let tcb_svn = *take(&mut rest)?;
        let _measurement_of_the_module = take::<48>(&mut rest)?;
        let module_signer = *take(&mut rest)?;
        let module_attributes = *take(&mut rest)?;
        let attributes = u64::from_le_bytes(*take(&mut rest)?);
        let current_tcb_svn = if later.is_empty() { None } else { Some(*take(&mut later)?) };
        Some(Self { kind, tcb_svn, module_signer, module_attributes, attributes, current_tcb_svn })
    }

    /// Which attributes are wanted is a policy's to say; here they have to be known.
    pub(super) fn check_attributes(&self, checks: &mut Checks) -> Result<()> {
        let text = |attributes: u64| hex::encode_upper(attributes.to_le_bytes());
        let of_the_kind =
            if self.kind == 2 { TD_ATTRIBUTES & !TD_SERVTD_EXT } else { TD_ATTRIBUTES };
        checks.that(
            Check::TD_ATTRIBUTES,
            self.attributes & !of_the_kind == 0,
            || format!("none but {}", text(of_the_kind)),
            || text(self.attributes),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attributes_that_are_known() {
        let known = [0, 4, 5, 6].into_iter().chain(16..=22).chain(27..=31).chain([62, 63]);
        assert_eq!(known.fold(0, |mask, bit: u32| mask | 1 << bit), TD_ATTRIBUTES);
    }
}

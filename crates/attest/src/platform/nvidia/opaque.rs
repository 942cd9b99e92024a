//! NVIDIA's own part of a report: fields of type, size and value, in no order.

use std::collections::BTreeMap;

use super::spdm::Fault;
use crate::encoding::bytes::take;

/// Types of the fields that are looked at (`nvtrust`, "spdm_msrt_resp_msg.py").
mod kind {
    pub(super) const DRIVER: u16 = 3;
    pub(super) const VBIOS: u16 = 6;
    pub(super) const NVDEC: u16 = 11;
    pub(super) const CHIP_SKU: u16 = 15;
    pub(super) const PROJECT: u16 = 17;
    pub(super) const PROJECT_SKU: u16 = 18;
    pub(super) const FIRMWARE_ID: u16 = 20;
    pub(super) const DEVICE_ID: u16 = 22;
    pub(super) const SWITCH_LOCK: u16 = 25;
    pub(super) const CHIP: u16 = 35;
    pub(super) const FEATURES: u16 = 36;
}

/// Whose fields they are: some have other forms in switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    Gpu,
    Switch,
}

/// The fields that are looked at; any may be absent.
#[derive(Debug, Default)]
pub(super) struct Opaque<'a> {
    driver: Option<&'a str>,
    vbios: Option<String>,
    project: Option<&'a str>,
    project_sku: Option<&'a str>,
    chip_sku: Option<&'a str>,
    /// SHA-384 of the firmware.
    pub(super) firmware: Option<&'a [u8]>,
    /// Name of the chip, from Blackwell on.
    pub(super) chip: Option<&'a str>,
    /// In which mode the GPU works, from drivers of 2025 on; of a switch, whether its configuration
    /// is locked.
    pub(super) features: Option<u64>,
    /// Whether the video decoder is switched off, whose measurement then means nothing.
    pub(super) nvdec_disabled: bool,
    /// What NVIDIA calls the PDI of a switch, in hexadecimal.
    device_id: Option<String>,
}

impl<'a> Opaque<'a> {
    pub(super) fn parse(mut data: &'a [u8], device: Device) -> Result<Self, Fault> {
        let truncated = "a field of the opaque data ends too early";
        let mut fields = Self::default();
        while !data.is_empty() {
            let kind = u16::from_le_bytes(*take(&mut data).ok_or(truncated)?);
            let len = u16::from_le_bytes(*take(&mut data).ok_or(truncated)?);
            let (value, rest) = data.split_at_checked(len.into()).ok_or(truncated)?;
            data = rest;
            match (device, kind) {
                (Device::Switch, kind::VBIOS) => put(&mut fields.vbios, text(value)?.to_owned())?,
                (Device::Switch, kind::DEVICE_ID) => {
                    put(&mut fields.device_id, hex::encode_upper(value))?;
                }
                (Device::Switch, kind::SWITCH_LOCK) => put(&mut fields.features, number(value)?)?,
                (Device::Switch, _) => {}
                (Device::Gpu, _) => fields.put_of_gpu(kind, value)?,
            }
        }
        Ok(fields)
    }

    fn put_of_gpu(&mut self, kind: u16, value: &'a [u8]) -> Result<(), Fault> {
        match kind {
            kind::DRIVER => put(&mut self.driver, text(value)?),
            kind::PROJECT => put(&mut self.project, text(value)?),
            kind::PROJECT_SKU => put(&mut self.project_sku, text(value)?),
            kind::CHIP_SKU => put(&mut self.chip_sku, text(value)?),
            kind::CHIP => put(&mut self.chip, text(value)?),
            kind::NVDEC => {
                self.nvdec_disabled = value.first() == Some(&0x55);
                Ok(())
            }
            kind::FIRMWARE_ID => put(&mut self.firmware, value),
            kind::FEATURES => put(&mut self.features, number(value)?),
            kind::VBIOS => {
                let value = value.try_into().map_err(|_| "the VBIOS version is not 8 bytes")?;
                put(&mut self.vbios, vbios_version(value))
            }
            _ => Ok(()),
        }
    }

    /// The versions of driver and VBIOS ("580.95.05", "96.00.74.00.1A"), as far as the report
    /// tells.
    pub(super) fn versions(&self) -> BTreeMap<String, String> {
        let driver = self.driver.map(|driver| ("driver".into(), driver.into()));
        let vbios = self.vbios.clone().map(|vbios| ("vbios".into(), vbios));
        driver.into_iter().chain(vbios).collect()
    }

    /// "1010_0200_882": project, its variant and the chip's, as in the names of NVIDIA's reference
    /// values; of a switch, which one it is.
    pub(super) fn identity(&self) -> Option<String> {
        if let Some(id) = &self.device_id {
            return Some(id.clone());
        }
        Some(format!("{}_{}_{}", self.project?, self.project_sku?, self.chip_sku?))
    }
}

fn put<T>(field: &mut Option<T>, value: T) -> Result<(), Fault> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err("a field of the opaque data is there twice"),
    }
}

/// A number of up to 8 bytes, the least significant one first.
fn number(value: &[u8]) -> Result<u64, Fault> {
    let mut bytes = [0; 8];
    let slot = bytes.get_mut(..value.len()).filter(|slot| !slot.is_empty());
    slot.ok_or("the mode of the device is not a number of up to 8 bytes")?.copy_from_slice(value);
    Ok(u64::from_le_bytes(bytes))
}

/// Text before the first zero, of characters that stand for themselves everywhere.
fn text(value: &[u8]) -> Result<&str, Fault> {
    let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
    let text = value.get(..end).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    let fault = "a text of the opaque data must consist of letters and digits";
    if !text.iter().all(plain) || text.is_empty() {
        return Err(fault);
    }
    std::str::from_utf8(text).map_err(|_| fault)
}

/// The first four bytes from last to first, then the fifth, as NVIDIA prints it:
/// "96.00.74.00.1A".
fn vbios_version([b0, b1, b2, b3, b4, ..]: [u8; 8]) -> String {
    let parts = [b3, b2, b1, b0, b4].map(|byte| hex::encode_upper([byte]));
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[kind, 0, u8::try_from(value.len()).unwrap(), 0], value].concat()
    }

    #[test]
    fn fields_are_found_among_others() {
        let data = [
            field(6, &[0x00, 0x74, 0x00, 0x96, 0x1A, 0, 0, 0]),
            field(99, &[1, 2, 3]),
            field(3, b"580.95.05\0"),
            field(15, b"882\0\0\0\0\0\0"),
            field(17, b"1010\0"),
            field(18, b"0200\0"),
            field(20, &[5; 48]),
            field(35, b"GB100\0"),
            field(36, &[2, 0]),
        ]
        .concat();
        let opaque = Opaque::parse(&data, Device::Gpu).unwrap();
        let versions = [("driver", "580.95.05"), ("vbios", "96.00.74.00.1A")];
        assert_eq!(
            opaque.versions(),
            versions.map(|(name, text)| (name.into(), text.into())).into()
        );
        assert_eq!(opaque.identity().as_deref(), Some("1010_0200_882"));
        assert_eq!(opaque.chip, Some("GB100"));
        assert_eq!(opaque.features, Some(2));
        assert_eq!(opaque.firmware, Some([5; 48].as_slice()));

        let nothing = Opaque::parse(&[], Device::Gpu).unwrap();
        assert_eq!(
            (nothing.versions().len(), nothing.identity(), nothing.features),
            (0, None, None)
        );
    }

    #[test]
    fn switches_have_fields_of_their_own() {
        let data = [
            field(6, b"96.10.73.00.01"),
            field(22, &[0xAB; 8]),
            field(25, &[1, 0]),
            field(26, &[1; 128]),
            // Not looked at: a switch has no driver in its report.
            field(3, b"of another form!"),
        ]
        .concat();
        let opaque = Opaque::parse(&data, Device::Switch).unwrap();
        assert_eq!(opaque.versions(), [("vbios".into(), "96.10.73.00.01".into())].into());
        assert_eq!(opaque.identity().as_deref(), Some("ABABABABABABABAB"));
        assert_eq!(opaque.features, Some(1));
        for data in [
            field(6, &[0, 0x74, 0, 0x96, 0x1A, 0, 0, 0]),
            field(25, &[]),
            field(22, b"1")[..4].to_vec(),
        ] {
            assert!(Opaque::parse(&data, Device::Switch).is_err(), "{data:02X?}");
        }
    }

    #[test]
    fn fields_of_another_form_are_refused() {
        for data in [
            [field(3, b"1"), field(3, b"1")].concat(),
            field(6, &[0; 7]),
            field(36, &[]),
            field(36, &[0; 9]),
            field(3, b"1,2"),
            field(3, b"\0"),
            field(17, "é".as_bytes()),
            field(3, b"1")[..4].to_vec(),
            vec![3],
        ] {
            assert!(Opaque::parse(&data, Device::Gpu).is_err(), "{data:02X?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(data in prop::collection::vec(0u8..40, 0..200)) {
            let _ = Opaque::parse(&data, Device::Gpu);
            let _ = Opaque::parse(&data, Device::Switch);
        }
    }
}

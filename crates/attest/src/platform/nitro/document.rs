//! The payload of an attestation document, as AWS specifies it (section 2.2 of the process), with
//! every rule of its syntax (section 3.2.2).

use crate::encoding::cbor::{Fault, Value, named};
use crate::error::{Endorsement, Error, Result};
use crate::report::ReportData;

/// Register with the hash of the enclave's image.
pub(super) const IMAGE: u8 = 0;
/// Register with the hash of the certificate that signed the image.
pub(super) const SIGNER: u8 = 8;

/// Bytes of a payload.
const PAYLOAD: std::ops::RangeInclusive<usize> = 1..=16384;
/// Bytes of a certificate.
const CERTIFICATE: std::ops::RangeInclusive<usize> = 1..=1024;
/// Bytes of a public key, of user data and of a nonce, which the definition has all alike. The
/// checks want something in a public key, and no more than 512 bytes in the others; hypervisors
/// hand on what the enclave gave, to the definition.
const CHOSEN: std::ops::RangeInclusive<usize> = 0..=1024;
/// Registers of a document.
const REGISTERS: std::ops::RangeInclusive<usize> = 1..=32;
/// Bytes of a register: of SHA-384, the only digest there is.
const REGISTER_LEN: usize = 48;
/// Certificates between an enclave and the root. There are four; a longer path is refused.
const AUTHORITIES: std::ops::RangeInclusive<usize> = 1..=8;

/// What an enclave's host said about it.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) module_id: &'a str,
    /// Milliseconds since 1970.
    pub(super) timestamp_ms: u64,
    /// Registers by index, ascending.
    pub(super) pcrs: Vec<(u8, &'a [u8])>,
    certificate: &'a [u8],
    /// From the root to the issuer of the certificate.
    cabundle: Vec<&'a [u8]>,
    pub(super) user_data: Option<&'a [u8]>,
    pub(super) nonce: Option<&'a [u8]>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self> {
        let malformed = |fault| Error::malformed(Endorsement::NITRO_DOCUMENT.name(), fault);
        if !PAYLOAD.contains(&payload.len()) {
            return Err(malformed("the payload is empty or too long"));
        }
        let payload = Value::parse(payload).map_err(malformed)?;
        let fields = payload.as_map().ok_or_else(|| malformed("the payload is not a map"))?;
        if named(fields, "pcrs").is_none() && named(fields, "nitrotpm_pcrs").is_some() {
            // Its registers are those of a TPM, which anybody in the instance extends.
            let what = "an attestation document of an EC2 instance (NitroTPM)".into();
            return Err(Error::Unsupported { what });
        }
        Self::read(fields).map_err(malformed)
    }

    fn read(fields: &[(Value<'a>, Value<'a>)]) -> Result<Self, Fault> {
        let text = |name| named(fields, name).and_then(Value::as_text);
        let chosen = |name, fault| match named(fields, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => sized(value, CHOSEN, fault).map(Some),
        };
        let document = Self {
            module_id: text("module_id")
                .filter(|id| !id.is_empty())
                .ok_or("module_id is not a text, or empty")?,
            timestamp_ms: named(fields, "timestamp")
                .and_then(Value::as_integer)
                .and_then(|time| u64::try_from(time).ok())
                .filter(|time| *time > 0)
                .ok_or("timestamp is not a positive number")?,
            pcrs: registers(named(fields, "pcrs").ok_or("pcrs are missing")?)?,
            certificate: sized(
                named(fields, "certificate").ok_or("certificate is missing")?,
                CERTIFICATE,
                "certificate is not a byte string of 1 to 1024 bytes",
            )?,
            cabundle: bundle(named(fields, "cabundle").ok_or("cabundle is missing")?)?,
            user_data: chosen("user_data", "user_data is not a byte string of up to 1024 bytes")?,
            nonce: chosen("nonce", "nonce is not a byte string of up to 1024 bytes")?,
        };
        chosen("public_key", "public_key is not a byte string of up to 1024 bytes")?;
        if text("digest") != Some("SHA384") {
            return Err("digest is not SHA384");
        }
        Ok(document)
    }

    /// The certificates, from the enclave's to the root.
    pub(super) fn path(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        std::iter::once(self.certificate).chain(self.cabundle.iter().rev().copied())
    }

    pub(super) fn pcr(&self, index: u8) -> Option<&'a [u8]> {
        self.pcrs.iter().find(|(found, _)| *found == index).map(|(_, value)| *value)
    }

    /// The attester's own data and its key's hash, when the user data are just that.
    pub(super) fn report_data(&self) -> Option<ReportData> {
        <[u8; 64]>::try_from(self.user_data?).ok().map(ReportData::from)
    }
}

fn registers<'a>(value: &Value<'a>) -> Result<Vec<(u8, &'a [u8])>, Fault> {
    let pairs = value.as_map().ok_or("pcrs are not a map")?;
    if !REGISTERS.contains(&pairs.len()) {
        return Err("pcrs are not 1 to 32 registers");
    }
    let register = |(index, value): &(Value<'a>, Value<'a>)| {
        let index = index.as_integer().and_then(|index| u8::try_from(index).ok());
        let index = index.filter(|index| *index < 32).ok_or("a register's index is not 0 to 31")?;
        let value =
            sized(value, REGISTER_LEN..=REGISTER_LEN, "a register must be exactly 48 bytes")?;
        Ok((index, value))
    };
    let mut registers = pairs.iter().map(register).collect::<Result<Vec<_>, Fault>>()?;
    registers.sort_unstable_by_key(|(index, _)| *index);
    if registers.first().is_none_or(|(index, _)| *index != IMAGE) {
        return Err("the register of the image is missing");
    }
    Ok(registers)
}

fn bundle<'a>(value: &Value<'a>) -> Result<Vec<&'a [u8]>, Fault> {
    let items = value.as_list().ok_or("cabundle is not a list")?;
    if !AUTHORITIES.contains(&items.len()) {
        return Err("cabundle is not 1 to 8 certificates");
    }
    let fault = "an element of cabundle is not a byte string of 1 to 1024 bytes";
    items.iter().map(|item| sized(item, CERTIFICATE, fault)).collect()
}

fn sized<'a>(
    value: &Value<'a>,
    len: std::ops::RangeInclusive<usize>,
    fault: Fault,
) -> Result<&'a [u8], Fault> {
    value.as_bytes().filter(|bytes| len.contains(&bytes.len())).ok_or(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::Value as Cbor;

    fn document(change: impl FnOnce(&mut Vec<(Cbor, Cbor)>)) -> Vec<u8> {
        let register = |index: u8| (index.into(), Cbor::Bytes(vec![index; 48]));
        let mut fields: Vec<(Cbor, Cbor)> = vec![
            ("module_id".into(), "i-0abc-enc0123".into()),
            ("digest".into(), "SHA384".into()),
            ("timestamp".into(), 1_726_534_079_695_u64.into()),
            ("pcrs".into(), Cbor::Map(vec![register(8), register(0)])),
            ("certificate".into(), Cbor::Bytes(vec![1])),
            ("cabundle".into(), Cbor::Array(vec![Cbor::Bytes(vec![3]), Cbor::Bytes(vec![2])])),
            ("public_key".into(), Cbor::Null),
            ("user_data".into(), Cbor::Bytes([[5; 32], [6; 32]].concat())),
        ];
        change(&mut fields);
        let mut bytes = Vec::new();
        ciborium::into_writer(&Cbor::Map(fields), &mut bytes).unwrap();
        bytes
    }

    fn set(fields: &mut Vec<(Cbor, Cbor)>, name: &str, value: Cbor) {
        fields.retain(|(key, _)| key.as_text() != Some(name));
        fields.push((name.into(), value));
    }

    #[test]
    fn fields_are_read() {
        let bytes = document(|_| {});
        let document = Document::parse(&bytes).unwrap();
        assert_eq!(document.module_id, "i-0abc-enc0123");
        assert_eq!(document.pcrs.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 8]);
        assert_eq!((document.pcr(8), document.pcr(1)), (Some([8; 48].as_slice()), None));
        assert_eq!(document.path().collect::<Vec<_>>(), [[1], [2], [3]]);
        assert_eq!(document.nonce, None);
        let report_data = document.report_data().unwrap();
        assert_eq!((report_data.user_data.0, report_data.key_hash.0), ([5; 32], [6; 32]));
    }

    #[test]
    fn what_the_enclave_chose_may_have_any_length_and_binds_nothing_in_another() {
        for len in [0, 63, 65, 1024] {
            let bytes = document(|fields| set(fields, "user_data", Cbor::Bytes(vec![1; len])));
            assert!(Document::parse(&bytes).unwrap().report_data().is_none());
            let bytes = document(|fields| set(fields, "public_key", Cbor::Bytes(vec![1; len])));
            assert!(Document::parse(&bytes).is_ok(), "a public key of {len} bytes");
        }
    }

    #[test]
    fn every_rule_is_kept() {
        let bytes = |len| Cbor::Bytes(vec![0; len]);
        let registers = |pairs: Vec<(Cbor, Cbor)>| Cbor::Map(pairs);
        let many = (0..33).map(|index| (index.into(), bytes(48))).collect();
        let refused: Vec<(&str, Cbor)> = vec![
            ("module_id", Cbor::Null),
            ("module_id", "".into()),
            ("module_id", bytes(4)),
            ("digest", "SHA256".into()),
            ("digest", bytes(6)),
            ("timestamp", 0.into()),
            ("timestamp", (-1).into()),
            ("timestamp", "1".into()),
            ("pcrs", registers(vec![])),
            ("pcrs", registers(many)),
            ("pcrs", registers(vec![(0.into(), bytes(47))])),
            ("pcrs", registers(vec![(0.into(), bytes(32))])),
            ("pcrs", registers(vec![(0.into(), "0".into())])),
            ("pcrs", registers(vec![(0.into(), bytes(48)), (32.into(), bytes(48))])),
            ("pcrs", registers(vec![(0.into(), bytes(48)), ((-1).into(), bytes(48))])),
            ("pcrs", registers(vec![("0".into(), bytes(48))])),
            ("pcrs", registers(vec![(1.into(), bytes(48))])),
            ("pcrs", Cbor::Array(vec![bytes(48)])),
            ("certificate", bytes(0)),
            ("certificate", bytes(1025)),
            ("certificate", "".into()),
            ("cabundle", Cbor::Array(vec![])),
            ("cabundle", Cbor::Array(vec![bytes(1); 9])),
            ("cabundle", Cbor::Array(vec![bytes(0)])),
            ("cabundle", Cbor::Array(vec![bytes(1025)])),
            ("cabundle", Cbor::Array(vec![Cbor::Null])),
            ("cabundle", bytes(1)),
            ("public_key", bytes(1025)),
            ("public_key", "".into()),
            ("user_data", bytes(1025)),
            ("user_data", "".into()),
            ("nonce", bytes(1025)),
            ("nonce", 1.into()),
        ];
        for (name, value) in refused {
            let bytes = document(|fields| set(fields, name, value.clone()));
            let error = Document::parse(&bytes).map(|_| ()).unwrap_err();
            assert!(matches!(error, Error::Malformed { .. }), "{name} {value:?}: {error:?}");
        }
        for name in ["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"] {
            let bytes = document(|fields| fields.retain(|(key, _)| key.as_text() != Some(name)));
            assert!(Document::parse(&bytes).is_err(), "no {name}");
        }
        let of_instance = document(|fields| {
            let (name, _) =
                fields.iter_mut().find(|(key, _)| key.as_text() == Some("pcrs")).unwrap();
            *name = "nitrotpm_pcrs".into();
        });
        let error = Document::parse(&of_instance).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
        assert!(Document::parse(&[]).is_err());
        assert!(Document::parse(&[0x80]).is_err());
        let long = document(|fields| fields.push(("x".into(), bytes(16384))));
        assert!(Document::parse(&long).is_err());
    }
}

//! SEV-SNP reports as Google's tools take them apart (`go-sev-guest`, "sevsnp.proto"): a message in
//! protobuf, or the same in JSON. What is put together wrongly has no valid signature.

use serde_json::{Map, Value};

use super::super::input;
use super::binary::SNP_REPORT;
use super::protobuf::{Field, next};

/// Number and name of a field in the message, and where it is in a report: the first byte and how
/// many. Numbers are little endian.
const FIELDS: &[(u64, &str, usize, usize)] = &[
    (1, "version", 0, 4),
    (2, "guestsvn", 4, 4),
    (3, "policy", 8, 8),
    (4, "familyid", 0x10, 16),
    (5, "imageid", 0x20, 16),
    (6, "vmpl", 0x30, 4),
    (7, "signaturealgo", 0x34, 4),
    (8, "currenttcb", 0x38, 8),
    (9, "platforminfo", 0x40, 8),
    (10, "signerinfo", 0x48, 4),
    (11, "reportdata", 0x50, 64),
    (12, "measurement", 0x90, 48),
    (13, "hostdata", 0xC0, 32),
    (14, "idkeydigest", 0xE0, 48),
    (15, "authorkeydigest", 0x110, 48),
    (16, "reportid", 0x140, 32),
    (17, "reportidma", 0x160, 32),
    (18, "reportedtcb", 0x180, 8),
    (CPUID, "cpuid1eaxfms", 0x188, 3),
    (19, "chipid", 0x1A0, 64),
    (20, "committedtcb", 0x1E0, 8),
    (21, "currentbuild", 0x1E8, 1),
    (22, "currentminor", 0x1E9, 1),
    (23, "currentmajor", 0x1EA, 1),
    (24, "committedbuild", 0x1EC, 1),
    (25, "committedminor", 0x1ED, 1),
    (26, "committedmajor", 0x1EE, 1),
    (27, "launchtcb", 0x1F0, 8),
    (30, "launchmitvector", 0x1F8, 8),
    (31, "currentmitvector", 0x200, 8),
    (SIGNATURE, "signature", 0x2A0, 512),
];
const SIGNATURE: u64 = 28;
const CPUID: u64 = 29;

/// The report that a message is, or that is its first field.
pub(super) fn in_protobuf(message: &[u8]) -> Option<Vec<u8>> {
    match next(&mut { message })? {
        (1, Field::Bytes(report)) => put_together(report),
        _ => put_together(message),
    }
}

fn put_together(message: &[u8]) -> Option<Vec<u8>> {
    let mut report = [0; SNP_REPORT];
    let mut signed = false;
    let mut rest = message;
    while !rest.is_empty() {
        let (number, value) = next(&mut rest)?;
        put(&mut report, |field, _| field == number, &value)?;
        signed |= number == SIGNATURE;
    }
    signed.then(|| report.to_vec())
}

/// The report that an object in JSON is; none where it is something else.
pub(super) fn in_json(object: &Map<String, Value>) -> Option<Vec<u8>> {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let has = |wanted: &str| object.keys().any(|name| plain(name) == wanted);
    if !has("reportdata") || !has("signaturealgo") || !has("signature") {
        return None;
    }
    let mut report = [0; SNP_REPORT];
    for (name, value) in object {
        let name = plain(name);
        let mut put = |value| put(&mut report, |_, field| field == name, &value);
        match value {
            Value::Number(number) => put(Field::Number(number.as_u64()?))?,
            // Numbers of 64 bits are texts.
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                put(Field::Number(text.parse().ok()?))?;
            }
            // Not in hexadecimal, which Base64 of zeros looks like, too.
            Value::String(text) => put(Field::Bytes(&input::base64(text)?))?,
            _ => return None,
        }
    }
    Some(report.to_vec())
}

/// Puts a field where it belongs; none when it does not fit, or is no field of a report.
fn put(
    report: &mut [u8; SNP_REPORT],
    is_it: impl Fn(u64, &str) -> bool,
    value: &Field<'_>,
) -> Option<()> {
    let (number, _, at, len) = FIELDS.iter().find(|(number, name, ..)| is_it(*number, name))?;
    let place = report.get_mut(*at..at + len)?;
    match *value {
        Field::Number(eax) if *number == CPUID => place.copy_from_slice(&cpuid(eax)?),
        Field::Number(value) => {
            let bytes = value.to_le_bytes();
            let (low, high) = bytes.split_at_checked(*len)?;
            high.iter().all(|byte| *byte == 0).then_some(())?;
            place.copy_from_slice(low);
        }
        Field::Bytes(bytes) => {
            (bytes.len() == *len).then_some(())?;
            place.copy_from_slice(bytes);
        }
    }
    Some(())
}

/// Family, model and stepping in the form of a report (AMD64 Architecture Programmer's Manual,
/// volume 3, CPUID function 1).
fn cpuid(eax: u64) -> Option<[u8; 3]> {
    let bits = |at: u32, len: u32| eax >> at & ((1 << len) - 1);
    let family = bits(8, 4) + bits(20, 8);
    let model = bits(16, 4) << 4 | bits(4, 4);
    Some([u8::try_from(family).ok()?, u8::try_from(model).ok()?, u8::try_from(bits(0, 4)).ok()?])
}

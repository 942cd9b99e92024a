//! GET_MEASUREMENTS and its answer (DSP0274 1.1.0, section 10.11), one after the other.

use aws_lc_rs::digest::{SHA384, digest};

use crate::encoding::bytes::take;

/// What is wrong with a report.
pub(super) type Fault = &'static str;

const VERSION_1_1: u8 = 0x11;
const GET_MEASUREMENTS: u8 = 0xE0;
const MEASUREMENTS: u8 = 0x60;
/// Attribute of the request: the answer shall be signed.
const SIGNED: u8 = 0x01;
/// Operation of the request: all measurements.
const ALL: u8 = 0xFF;
/// Specification of a measurement: the one of DMTF.
const DMTF: u8 = 0x01;

/// Bytes of a signature with ECDSA on P-384.
const SIGNATURE_LEN: usize = 96;

/// A request and its answer, taken apart; every byte has its place.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// Chosen by who asked.
    pub(super) nonce: &'a [u8; 32],
    /// All measurements with their heads.
    record: &'a [u8],
    /// Value by index, ascending.
    pub(super) measurements: Vec<(u8, &'a [u8])>,
    /// Data in the vendor's own format.
    pub(super) opaque: &'a [u8],
    /// What the signature is over: the request, and the answer up to the signature.
    pub(super) signed: &'a [u8],
    pub(super) signature: &'a [u8; SIGNATURE_LEN],
}

impl<'a> Report<'a> {
    /// Reads a report. Zeros may follow it: the management library's buffer is larger.
    pub(super) fn parse(report: &'a [u8]) -> Result<Self, Fault> {
        let mut rest = report;
        let [version, code, attributes, operation] = *field(&mut rest)?;
        if (version, code) != (VERSION_1_1, GET_MEASUREMENTS) {
            return Err("not a request for measurements of SPDM 1.1");
        }
        if attributes & SIGNED == 0 || operation != ALL {
            return Err("the request is not for all measurements, signed");
        }
        let nonce = field(&mut rest)?;
        let [_slot] = field(&mut rest)?;

        let [version, code, _reserved, _slot] = *field(&mut rest)?;
        if (version, code) != (VERSION_1_1, MEASUREMENTS) {
            return Err("not an answer with measurements of SPDM 1.1");
        }
        let [blocks] = *field(&mut rest)?;
        let [a, b, c] = *field(&mut rest)?;
        let record = part(&mut rest, u32::from_le_bytes([a, b, c, 0]))?;
        let _nonce_of_the_answer = field::<32>(&mut rest)?;
        let opaque_len = u16::from_le_bytes(*field(&mut rest)?);
        let opaque = part(&mut rest, opaque_len.into())?;
        let signed_len = report.len().saturating_sub(rest.len());
        let signature = field(&mut rest)?;
        if rest.iter().any(|byte| *byte != 0) {
            return Err("bytes follow the signature");
        }
        let signed = report.get(..signed_len).ok_or(TRUNCATED)?;
        let measurements = measurements(record, blocks)?;
        Ok(Self { nonce, record, measurements, opaque, signed, signature })
    }

    /// SHA-384 of the whole measurement record.
    pub(super) fn measurement(&self) -> [u8; 48] {
        let mut measurement = [0; 48];
        measurement.copy_from_slice(digest(&SHA384, self.record).as_ref());
        measurement
    }
}

/// Blocks of a record (section 10.11.1): index, specification, size, and in it type, size, value.
fn measurements(mut record: &[u8], blocks: u8) -> Result<Vec<(u8, &[u8])>, Fault> {
    let mut measurements: Vec<(u8, &[u8])> = Vec::new();
    while !record.is_empty() {
        let [index, specification] = *field(&mut record)?;
        if specification != DMTF {
            return Err("a measurement is not one of DMTF");
        }
        let size = u16::from_le_bytes(*field(&mut record)?);
        let mut block = part(&mut record, size.into())?;
        let [_kind] = field(&mut block)?;
        let size = u16::from_le_bytes(*field(&mut block)?);
        if usize::from(size) != block.len() {
            return Err("the size of a measurement differs from the size of its block");
        }
        if measurements.last().is_some_and(|(before, _)| *before >= index) {
            return Err("the measurements are not in order");
        }
        measurements.push((index, block));
    }
    if measurements.is_empty() || measurements.len() != usize::from(blocks) {
        return Err("the number of measurements differs from the number in the answer");
    }
    Ok(measurements)
}

const TRUNCATED: Fault = "the report ends too early";

fn field<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], Fault> {
    take(rest).ok_or(TRUNCATED)
}

fn part<'a>(rest: &mut &'a [u8], len: u32) -> Result<&'a [u8], Fault> {
    let len = usize::try_from(len).map_err(|_| TRUNCATED)?;
    let (part, tail) = rest.split_at_checked(len).ok_or(TRUNCATED)?;
    *rest = tail;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(index: u8, value: &[u8]) -> Vec<u8> {
        let len = u8::try_from(value.len()).unwrap();
        [&[index, 1, len + 3, 0, 1, len, 0], value].concat()
    }

    fn report(blocks: u8, record: &[u8]) -> Vec<u8> {
        let len = u8::try_from(record.len()).unwrap();
        [
            [0x11, 0xE0, 1, 0xFF].as_slice(),
            &[7; 32],
            &[0],
            &[0x11, 0x60, 0, 0, blocks, len, 0, 0],
            record,
            &[8; 32],
            &[2, 0, 0xAA, 0xBB],
            &[9; 96],
        ]
        .concat()
    }

    fn good() -> Vec<u8> {
        report(2, &[block(1, &[0x11; 48]), block(3, &[0x33; 48])].concat())
    }

    #[test]
    fn reports_are_taken_apart() {
        let bytes = good();
        let report = Report::parse(&bytes).unwrap();
        assert_eq!((report.nonce, report.opaque), (&[7; 32], [0xAA, 0xBB].as_slice()));
        assert_eq!(report.measurements, [(1, [0x11; 48].as_slice()), (3, [0x33; 48].as_slice())]);
        assert_eq!(report.signed.len() + 96, bytes.len());
        assert_eq!(report.signature, &[9; 96]);
        let padded = [bytes.as_slice(), &[0; 20]].concat();
        assert_eq!(Report::parse(&padded).unwrap().signed, report.signed);
    }

    #[test]
    fn every_other_form_is_refused() {
        let changed = |at: usize, byte: u8| {
            let mut bytes = good();
            bytes[at] = byte;
            bytes
        };
        let unordered = [block(3, &[1; 48]), block(1, &[1; 48])].concat();
        let twice = [block(1, &[1; 48]), block(1, &[1; 48])].concat();
        let request = "not a request for measurements of SPDM 1.1";
        let answer = "not an answer with measurements of SPDM 1.1";
        let refused = [
            (changed(0, 0x12), request),
            (changed(1, 0xE1), request),
            (changed(2, 0), "the request is not for all measurements, signed"),
            (changed(3, 1), "the request is not for all measurements, signed"),
            (changed(37, 0x10), answer),
            (changed(38, 0x7F), answer),
            (changed(41, 3), "the number of measurements differs from the number in the answer"),
            (changed(46, 2), "a measurement is not one of DMTF"),
            (changed(50, 47), "the size of a measurement differs from the size of its block"),
            (report(0, &[]), "the number of measurements differs from the number in the answer"),
            (report(2, &unordered), "the measurements are not in order"),
            (report(2, &twice), "the measurements are not in order"),
            (report(1, &[1, 1, 2, 0, 1, 0]), TRUNCATED),
            ([good().as_slice(), &[0, 1]].concat(), "bytes follow the signature"),
        ];
        for (bytes, fault) in refused {
            assert_eq!(Report::parse(&bytes).err(), Some(fault));
        }
        for len in 0..good().len() {
            assert!(Report::parse(&good()[..len]).is_err(), "{len} bytes");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            head in prop::sample::select(vec![0, 4, 37, 45]),
            tail in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let bytes = [&good()[..head], &tail].concat();
            let _ = Report::parse(&bytes);
        }
    }
}

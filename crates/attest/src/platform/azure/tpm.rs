//! Quotes of a TPM (TCG, "Trusted Platform Module Library", part 2, "TPMS_ATTEST"). Big endian.

use crate::encoding::bytes::Reader;
use crate::error::{Error, Result};

/// A quote of 24 registers has some 160 bytes.
pub(super) const MAX_SIZE: usize = 1024;
const WHAT: &str = "TPM quote";

/// TPM_GENERATED_VALUE: begins everything that a TPM signs of its own making.
const GENERATED: u32 = 0xFF54_4347;
/// TPM_ST_ATTEST_QUOTE.
const QUOTE: u16 = 0x8018;
/// TPM_ALG_SHA256.
const SHA256: u16 = 0x000B;
/// sizeof(TPMU_NAME), with the largest digest there is.
const MAX_NAME: usize = 66;
/// sizeof(TPMT_HA), with the largest digest there is: TPMs without SHA-512 take 50 bytes.
const MAX_EXTRA_DATA: usize = 66;
/// Bytes of a selection: a bit for each of up to 32 registers.
const MAX_SELECTION: usize = 4;

/// A quote whose form is right. Nothing has been verified.
#[derive(Debug)]
pub(super) struct TpmQuote<'a> {
    /// Data that the requester of the quote gave.
    pub(super) extra_data: &'a [u8],
    /// Numbers of the registers of the SHA-256 bank, in order.
    pub(super) registers: Vec<u8>,
    /// SHA-256 of their values, one behind the other.
    pub(super) digest: &'a [u8; 32],
}

impl<'a> TpmQuote<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        if reader.u32_be()? != GENERATED || reader.u16_be()? != QUOTE {
            return Err(malformed("it is not a quote that a TPM has made"));
        }
        let _qualified_signer = sized(&mut reader, MAX_NAME)?;
        let extra_data = sized(&mut reader, MAX_EXTRA_DATA)?;
        // Clock, reset and restart counts, whether the clock is safe; firmware version.
        let _clock_and_firmware: &[u8; 25] = reader.take()?;
        let banks = reader.u32_be()?;
        if banks != 1 || reader.u16_be()? != SHA256 {
            return Err(malformed("it is not over registers of the SHA-256 bank alone"));
        }
        let [len] = *reader.take()?;
        if usize::from(len) > MAX_SELECTION {
            return Err(malformed("it selects registers that no TPM has"));
        }
        let selection = reader.bytes(len.into())?;
        let registers = (0..8 * len).filter(|register| {
            selection
                .get(usize::from(register / 8))
                .is_some_and(|byte| byte >> (register % 8) & 1 == 1)
        });
        let digest = sized(&mut reader, 32)?
            .try_into()
            .map_err(|_| malformed("its digest is not a SHA-256"))?;
        if !reader.rest().is_empty() {
            return Err(malformed("unexpected bytes follow it"));
        }
        Ok(Self { extra_data, registers: registers.collect(), digest })
    }
}

fn malformed(text: &'static str) -> Error {
    Error::malformed(WHAT, text)
}

/// A buffer with its length in front (TPM2B).
fn sized<'a>(reader: &mut Reader<'a>, max: usize) -> Result<&'a [u8]> {
    let len = usize::from(reader.u16_be()?);
    if len > max {
        return Err(malformed("a part of it is longer than in any TPM"));
    }
    reader.bytes(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quote over these registers.
    fn quote(extra_data: &[u8], selection: &[u8], digest: &[u8]) -> Vec<u8> {
        let sized = |bytes: &[u8]| [&[0, u8::try_from(bytes.len()).unwrap()][..], bytes].concat();
        [
            &[0xFF, 0x54, 0x43, 0x47, 0x80, 0x18][..],
            &sized(&[7; 34]),
            &sized(extra_data),
            &[0; 25],
            &[0, 0, 0, 1, 0, 0x0B, u8::try_from(selection.len()).unwrap()],
            selection,
            &sized(digest),
        ]
        .concat()
    }

    #[test]
    fn registers_are_numbered_from_the_lowest_bit() {
        let bytes = quote(&[9; 48], &[0b1000_0001, 0, 0b0000_0010], &[3; 32]);
        let quote = TpmQuote::parse(&bytes).unwrap();
        assert_eq!(quote.registers, [0, 7, 17]);
        assert_eq!(quote.extra_data, [9; 48]);
        assert_eq!(quote.digest, &[3; 32]);
        assert!(TpmQuote::parse(&super::tests::quote(&[], &[], &[0; 32])).is_ok());
        let all = super::tests::quote(&[], &[0xFF; 4], &[0; 32]);
        assert_eq!(TpmQuote::parse(&all).unwrap().registers.len(), 32);
    }

    #[test]
    fn other_forms_are_refused() {
        let genuine = quote(&[9; 64], &[1, 0, 0], &[3; 32]);
        for len in 0..genuine.len() {
            assert!(TpmQuote::parse(&genuine[..len]).is_err(), "{len} bytes");
        }
        let longer = [&genuine[..], &[0]].concat();
        assert!(TpmQuote::parse(&longer).is_err());
        // Magic, kind, number of banks, bank.
        let banks = 6 + 2 + 34 + 2 + 64 + 25;
        for at in [0, 1, 2, 3, 4, 5, banks + 3, banks + 5] {
            let mut other = genuine.clone();
            other[at] ^= 1;
            assert!(TpmQuote::parse(&other).is_err(), "byte {at}");
        }
        assert!(TpmQuote::parse(&quote(&[9; 67], &[1], &[3; 32])).is_err());
        assert!(TpmQuote::parse(&quote(&[9; 64], &[1; 5], &[3; 32])).is_err());
        assert!(TpmQuote::parse(&quote(&[9; 64], &[1], &[3; 20])).is_err());
    }
}

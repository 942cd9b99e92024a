//! The TPM's part of a HyperEnclave quote: a `TPMS_ATTEST` (TPM 2.0 library, part 2, section
//! 10.12.8), big endian, of the one kind and length that HyperEnclave makes.

use crate::encoding::bytes::take;

/// Bytes of it: names and nonces of 32 bytes with an algorithm before them, one selection.
pub(super) const LEN: usize = 147;

/// "\u{FF}TCG": the TPM made it, and nobody who only has a key of it.
const MAGIC: [u8; 4] = [0xFF, 0x54, 0x43, 0x47];
/// `TPM_ST_ATTEST_QUOTE`.
const QUOTE: [u8; 2] = [0x80, 0x18];
/// `TPM_ALG_SM3_256`.
const SM3: [u8; 2] = [0x00, 0x12];
/// Bytes of an SM3 digest with its algorithm.
const NAME: [u8; 2] = 34_u16.to_be_bytes();

/// Registers that the quote must be over: 0 to 9, 12 (the hypervisor), 13 (its key).
const SELECTED: [u8; 3] = [0xFF, 0b0011_0011, 0x00];

/// What a TPM says about its registers.
#[derive(Debug)]
pub(super) struct Attest {
    /// SM3 over what the TPM was asked with.
    pub(super) qualifying: [u8; 32],
    /// SM3 over the selected registers.
    pub(super) pcr_digest: [u8; 32],
}

impl Attest {
    pub(super) fn parse(attest: &[u8; LEN]) -> Result<Self, &'static str> {
        let mut rest = attest.as_slice();
        expect(&mut rest, MAGIC, "not made by a TPM")?;
        expect(&mut rest, QUOTE, "not a quote")?;
        expect(&mut rest, NAME, "the length of the signer's name is wrong")?;
        let _signer: &[u8; 34] = field(&mut rest)?;
        expect(&mut rest, NAME, "the length of the extra data is wrong")?;
        let _algorithm: &[u8; 2] = field(&mut rest)?;
        let qualifying = *field(&mut rest)?;
        let _clock_and_firmware: &[u8; 17 + 8] = field(&mut rest)?;
        expect(&mut rest, 1_u32.to_be_bytes(), "expected exactly one selection of registers")?;
        expect(&mut rest, SM3, "the registers are not of the SM3 bank")?;
        expect(&mut rest, [3], "the length of the selection is wrong")?;
        expect(&mut rest, SELECTED, "other registers are selected")?;
        expect(&mut rest, 32_u16.to_be_bytes(), "the length of the digest is wrong")?;
        let pcr_digest = *field(&mut rest)?;
        if rest.is_empty() { Ok(Self { qualifying, pcr_digest }) } else { Err("too long") }
    }
}

fn field<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], &'static str> {
    take(rest).ok_or("cut short")
}

fn expect<const N: usize>(
    rest: &mut &[u8],
    expected: [u8; N],
    reason: &'static str,
) -> Result<(), &'static str> {
    if *field(rest)? == expected { Ok(()) } else { Err(reason) }
}

//! Layout of SGX quotes (Intel, "SGX ECDSA Quote Library Reference", appendix A) and the
//! attributes in them. EPID quotes frame the same report body in the same way.

use crate::attributes::facts::Facts;
use crate::attributes::table::{DEBUG_DISABLED, MEASUREMENT, PRODUCT_ID, SECURITY_VERSION, SIGNER};
use crate::encoding::bytes::take;
use crate::error::{Error, Result};
use crate::report::ReportData;

/// Bytes of the quote's header.
pub(crate) const HEADER_LEN: usize = 48;
/// Bytes of an enclave's report body.
pub(crate) const BODY_LEN: usize = 384;
/// Debug flag in the first byte of an enclave's attributes.
pub(crate) const ATTRIBUTE_DEBUG: u8 = 0x02;

/// A quote cut into its parts: nothing is missing and nothing is left over.
pub(crate) struct Quote<'a> {
    pub(crate) header: &'a [u8; HEADER_LEN],
    pub(crate) body: ReportBody,
    /// The signature section, whatever is in it.
    pub(crate) signature: &'a [u8],
}

impl<'a> Quote<'a> {
    pub(crate) fn parse(quote: &'a [u8]) -> Result<Self> {
        Self::cut(quote).ok_or_else(|| {
            Error::malformed("quote", format!("{} bytes are not a complete quote", quote.len()))
        })
    }

    fn cut(mut rest: &'a [u8]) -> Option<Self> {
        let header = take(&mut rest)?;
        let body = ReportBody::cut(take(&mut rest)?)?;
        let len = u32::from_le_bytes(*take(&mut rest)?);
        let signature = rest;
        (usize::try_from(len) == Ok(signature.len())).then_some(Self { header, body, signature })
    }

    /// Version of the quote's format: 3 for DCAP, 2 for EPID.
    pub(crate) fn version(&self) -> u16 {
        let [low, high, ..] = *self.header;
        u16::from_le_bytes([low, high])
    }

    /// Service provider id, in an EPID quote.
    pub(crate) fn spid(&self) -> &'a [u8] {
        self.header
            .last_chunk::<32>()
            .and_then(|basename| basename.first_chunk::<16>())
            .map_or(&[], |spid| spid)
    }
}

/// What an enclave's report says about it.
pub(crate) struct ReportBody {
    pub(crate) misc_select: [u8; 4],
    pub(crate) attributes: [u8; 16],
    pub(crate) mrenclave: [u8; 32],
    pub(crate) mrsigner: [u8; 32],
    pub(crate) product: u16,
    pub(crate) svn: u16,
    pub(crate) report_data: ReportData,
}

impl ReportBody {
    pub(crate) fn parse(body: &[u8; BODY_LEN]) -> Result<Self> {
        Self::cut(body).ok_or_else(|| Error::malformed("report body", "not the fields of one"))
    }

    fn cut(body: &[u8; BODY_LEN]) -> Option<Self> {
        let mut rest = body.as_slice();
        let _cpu_svn = take::<16>(&mut rest)?;
        let misc_select = *take(&mut rest)?;
        let _reserved = take::<28>(&mut rest)?;
        let attributes = *take(&mut rest)?;
        let mrenclave = *take(&mut rest)?;
        let _reserved = take::<32>(&mut rest)?;
        let mrsigner = *take(&mut rest)?;
        let _reserved_and_config_id = take::<96>(&mut rest)?;
        let product = u16::from_le_bytes(*take(&mut rest)?);
        let svn = u16::from_le_bytes(*take(&mut rest)?);
        let _config_svn_and_reserved = take::<60>(&mut rest)?;
        let report_data = ReportData::from(*take::<64>(&mut rest)?);
        rest.is_empty().then_some(Self {
            misc_select,
            attributes,
            mrenclave,
            mrsigner,
            product,
            svn,
            report_data,
        })
    }

    fn debug(&self) -> bool {
        let [first, ..] = self.attributes;
        first & ATTRIBUTE_DEBUG != 0
    }

    /// What the report says of the enclave.
    pub(crate) fn facts(&self) -> Facts {
        Facts::default()
            .with(&MEASUREMENT, self.mrenclave)
            .with(&SIGNER, self.mrsigner)
            .with(&PRODUCT_ID, self.product)
            .with(&SECURITY_VERSION, self.svn)
            .with(&DEBUG_DISABLED, !self.debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(signature: &[u8]) -> Vec<u8> {
        let mut quote = vec![3, 0];
        quote.resize(HEADER_LEN + BODY_LEN, 0);
        quote.extend(u32::try_from(signature.len()).unwrap().to_le_bytes());
        quote.extend(signature);
        quote
    }

    #[test]
    fn fields_are_where_the_format_has_them() {
        let mut bytes = quote(&[9; 64]);
        bytes[16..32].fill(0x51);
        bytes[48 + 48] = 0x07;
        bytes[48 + 64..48 + 96].fill(0xA1);
        bytes[48 + 128..48 + 160].fill(0xB2);
        bytes[48 + 256..48 + 260].copy_from_slice(&[0x2C, 0x01, 0xFF, 0xFF]);
        bytes[48 + 320..48 + 352].fill(0xC3);
        bytes[48 + 352..48 + 384].fill(0xD4);

        let quote = Quote::parse(&bytes).unwrap();
        assert_eq!((quote.version(), quote.spid()), (3, [0x51; 16].as_slice()));
        let attributes = quote.body.facts().to_message();
        assert_eq!(attributes.hex_ta_measurement, "A1".repeat(32));
        assert_eq!(attributes.hex_signer, "B2".repeat(32));
        assert_eq!(
            (attributes.hex_prod_id, attributes.str_min_isvsvn),
            ("300".into(), "65535".into())
        );
        assert_eq!(attributes.bool_debug_disabled, "false");
        assert_eq!(quote.body.report_data.user_data.0, [0xC3; 32]);
        assert_eq!(quote.body.report_data.key_hash.0, [0xD4; 32]);
    }

    #[test]
    fn every_other_length_is_refused() {
        let bytes = quote(&[9; 64]);
        for len in 0..bytes.len() {
            assert!(Quote::parse(&bytes[..len]).is_err(), "{len} bytes");
        }
        let trailing = [bytes.as_slice(), &[0]].concat();
        assert!(Quote::parse(&trailing).is_err());
    }
}

//! Cutting bytes into fields, with no way to read past their end.

use crate::error::{Error, Result};

/// Takes the first `N` bytes off the front of `input`.
pub(crate) fn take<'a, const N: usize>(input: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, tail) = input.split_first_chunk()?;
    *input = tail;
    Some(head)
}

/// Takes fields off the front of something that its errors name.
pub(crate) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    /// What has not been taken yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        take(&mut self.rest).ok_or_else(|| self.too_short())
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| self.too_short())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u32_le(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(*self.take()?))
    }

    pub(crate) fn u64_le(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(*self.take()?))
    }

    pub(crate) fn u16_be(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(*self.take()?))
    }

    pub(crate) fn u32_be(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(*self.take()?))
    }

    fn too_short(&self) -> Error {
        Error::malformed(self.what, "it ends too early")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_in_order_and_never_past_the_end() {
        let bytes = [1, 0, 0, 0, 0, 2, 7, 8, 9];
        let mut reader = Reader::new("box", &bytes);
        assert_eq!(reader.u32_le().unwrap(), 1);
        assert_eq!(reader.u16_be().unwrap(), 2);
        assert!(reader.u32_be().is_err() && reader.u64_le().is_err() && reader.bytes(4).is_err());
        assert_eq!(reader.rest(), [7, 8, 9], "what is too short is not taken");
        assert_eq!(reader.bytes(1).unwrap(), [7]);
        assert_eq!(reader.take::<2>().unwrap(), &[8, 9]);
        let error = reader.take::<1>().unwrap_err();
        assert!(matches!(error, Error::Malformed { what: "box", .. }));
        assert!(reader.take::<0>().is_ok());
    }
}

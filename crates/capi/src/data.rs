//! Bytes and texts that a call gives to C.

use std::ffi::c_char;
use std::ptr;

use aecs_client::SecretBytes;

use crate::border::quietly;

/// Bytes or a text that a call has made. Belongs to the caller, who frees it with aecs_data_free, which
/// wipes it. May be read by several threads at once.
pub struct Data {
    /// With a NUL behind what it is.
    bytes: SecretBytes,
}

impl Data {
    pub(crate) fn new(content: &[u8]) -> Self {
        // Never grows: a copy that is left behind by that is not wiped.
        let mut bytes = Vec::with_capacity(content.len() + 1);
        bytes.extend_from_slice(content);
        bytes.push(0);
        Self { bytes: bytes.into() }
    }

    fn content(&self) -> &[u8] {
        self.bytes.expose().split_last().map_or(&[], |(_, content)| content)
    }
}

impl From<SecretBytes> for Data {
    fn from(content: SecretBytes) -> Self {
        Self::new(content.expose())
    }
}

impl From<&SecretBytes> for Data {
    fn from(content: &SecretBytes) -> Self {
        Self::new(content.expose())
    }
}

impl From<String> for Data {
    fn from(text: String) -> Self {
        SecretBytes::from(text.into_bytes()).into()
    }
}

/// The bytes: aecs_data_size of them, and a NUL behind them. They live as long as the data. Never NULL,
/// but for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_data_bytes(data: Option<&Data>) -> *const u8 {
    quietly(ptr::null(), || data.map_or(ptr::null(), |data| data.bytes.expose().as_ptr()))
}

/// The same as a text. Binary data may have a NUL inside: use aecs_data_size for it.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_data_text(data: Option<&Data>) -> *const c_char {
    quietly(ptr::null(), || data.map_or(ptr::null(), |data| data.bytes.expose().as_ptr().cast()))
}

/// How many bytes there are, without the NUL behind them.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_data_size(data: Option<&Data>) -> usize {
    quietly(0, || data.map_or(0, |data| data.content().len()))
}

/// Wipes and frees data. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_data_free(data: Option<Box<Data>>) {
    quietly((), || drop(data));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_behind_the_bytes() {
        for content in [&b""[..], b"text", &[1, 0, 2]] {
            let data = Data::new(content);
            assert_eq!(data.content(), content);
            assert_eq!(aecs_data_size(Some(&data)), content.len());
            assert_eq!(data.bytes.expose().last(), Some(&0));
        }
        assert!(aecs_data_bytes(None).is_null() && aecs_data_text(None).is_null());
        assert_eq!(aecs_data_size(None), 0);
        aecs_data_free(None);
    }
}

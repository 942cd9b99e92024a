//! The JSON form of the messages: canonical proto3 JSON, written and read as AECS 2.0 does.
//!
//! Written: fields in the order of their declaration, no white space, default values left out,
//! bytes as standard base64, 64-bit integers as strings, enums by name. The text is that of the C++
//! library of AECS 2.0 to the byte, because it is what gets hashed and signed.
//!
//! Read: also the field names of the `.proto` files, `null` for a default, enum values by number,
//! numbers and booleans as strings, numbers with a zero fraction or an exponent, base64 with the
//! URL alphabet or without padding. An unknown field is an error, and so is a field that is there
//! twice: AECS 2.0 took the last one, but two readers who disagree about a signed text are a way to
//! attack.
//!
//! What is read comes from outside, so length and number of list elements are limited, and an error
//! never quotes the text: it may be a secret.

mod lenient;
mod open_enum;
mod text;

use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use lenient::Lenient;
pub(crate) use open_enum::OpenEnum;

/// Longest text that [`from_str`] reads, in bytes: 1 MiB. A request with a certificate chain or a
/// report with all its collateral has some ten thousand.
pub const MAX_LEN: usize = 1024 * 1024;

/// Most elements that all lists of one text may have together. An element of two characters takes
/// half a kilobyte of memory, so without a limit a short text is a long allocation.
pub const MAX_ELEMENTS: usize = 65_536;

/// A message of this crate, which has a JSON form.
pub trait JsonMessage: prost::Name + Serialize + DeserializeOwned {}

impl<M: prost::Name + Serialize + DeserializeOwned> JsonMessage for M {}

/// Why a text is not the JSON of a message. Quotes nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text is longer than the limit.
    #[error("JSON of {message} is longer than {limit} bytes")]
    TooLong {
        /// Name of the message.
        message: &'static str,
        /// Longest text accepted, in bytes.
        limit: usize,
    },
    /// The text is not UTF-8.
    #[error("JSON of {message} is not UTF-8")]
    NotUtf8 {
        /// Name of the message.
        message: &'static str,
    },
    /// The text is not JSON, or not that of the message.
    #[error("JSON of {message}, line {line} column {column}: {problem}")]
    Malformed {
        /// Name of the message.
        message: &'static str,
        /// Line of the text, from 1.
        line: usize,
        /// Byte of the line, from 1, up to which the text was read.
        column: usize,
        /// What is wrong, and what was expected.
        problem: String,
    },
}

/// Writes a message as JSON.
///
/// A secret in the text leaves no copies behind in memory that was given back. The text may have room
/// for more: it is written once, into an allocation of the size that is expected.
pub fn to_string<M: JsonMessage>(message: &M) -> String {
    #[expect(
        clippy::expect_used,
        reason = "neither the generated code nor a vector as a writer has an error to return"
    )]
    // Names of fields, and bytes in Base64, make it longer than the message.
    text::write(message, 2 * message.encoded_len() + 128).expect("a message has a JSON form")
}

/// Reads a message from JSON of at most [`MAX_LEN`] bytes.
///
/// # Errors
///
/// [`JsonError`] when the text is too long or not the JSON of such a message.
pub fn from_str<M: JsonMessage>(text: &str) -> Result<M, JsonError> {
    from_str_within(text, MAX_LEN)
}

/// Reads a message from UTF-8 bytes, as [`from_str`] does.
///
/// # Errors
///
/// [`JsonError`] when the text is too long, not UTF-8 or not the JSON of such a message.
pub fn from_slice<M: JsonMessage>(text: &[u8]) -> Result<M, JsonError> {
    match std::str::from_utf8(text) {
        Ok(text) => from_str(text),
        Err(_) => Err(JsonError::NotUtf8 { message: M::NAME }),
    }
}

/// Reads a message from JSON of at most `limit` bytes: for those who expect a longer text than
/// [`MAX_LEN`], such as the list of all secrets.
///
/// # Errors
///
/// [`JsonError`] when the text is too long or not the JSON of such a message.
pub fn from_str_within<M: JsonMessage>(text: &str, limit: usize) -> Result<M, JsonError> {
    if text.len() > limit {
        return Err(JsonError::TooLong { message: M::NAME, limit });
    }
    read(text).map_err(|error| malformed(M::NAME, &error))
}

fn read<M: JsonMessage>(text: &str) -> Result<M, serde_json::Error> {
    let elements_left = Cell::new(MAX_ELEMENTS);
    let mut json = serde_json::Deserializer::from_str(text);
    let message = M::deserialize(Lenient::new(&mut json, &elements_left))
        .map_err(lenient::Fault::into_inner)?;
    json.end()?;
    Ok(message)
}

/// The text of the error is free of values: it is either a fixed one of the JSON parser, about the
/// syntax, or one of `lenient::Fault`.
fn malformed(message: &'static str, error: &serde_json::Error) -> JsonError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let position = format!(" at line {line} column {column}");
    let problem = text.strip_suffix(&position).unwrap_or(&text).to_owned();
    JsonError::Malformed { message, line, column, problem }
}

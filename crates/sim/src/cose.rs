//! Writing what simulated devices sign.

use aecs_attest::Result;
use ciborium::Value;

use crate::failure::internal;
use crate::keys::EcKey;

/// Tag of a message with one signature.
const SIGN1: u64 = 18;

/// A message with one signature, under a protected header of the caller's.
pub(crate) fn sign1(
    key: &EcKey,
    protected: &[(Value, Value)],
    payload: Vec<u8>,
    tagged: bool,
) -> Result<Vec<u8>> {
    let protected = encode(&Value::Map(protected.to_vec()))?;
    // What a signature is over (RFC 9052, section 4.4), without data from elsewhere.
    let signed = encode(&Value::Array(vec![
        "Signature1".into(),
        Value::Bytes(protected.clone()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.clone()),
    ]))?;
    let signature = key.sign(&signed)?;
    let message = Value::Array(vec![
        Value::Bytes(protected),
        Value::Map(Vec::new()),
        Value::Bytes(payload),
        Value::Bytes(signature),
    ]);
    encode(&if tagged { Value::Tag(SIGN1, Box::new(message)) } else { message })
}

pub(crate) fn encode(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|error| internal(error.to_string()))?;
    Ok(bytes)
}

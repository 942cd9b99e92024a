//! Changing CBOR, with another implementation than the one under test.

use ciborium::Value;

pub(crate) fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The value of a key.
pub(crate) fn at<'a>(map: &'a mut Value, key: &Value) -> &'a mut Value {
    let pairs = map.as_map_mut().unwrap();
    &mut pairs.iter_mut().find(|(found, _)| found == key).unwrap().1
}

/// A map with one key's value changed.
pub(crate) fn changed(
    map: &[u8],
    key: impl Into<Value>,
    change: impl FnOnce(&mut Value),
) -> Vec<u8> {
    let mut value = decode(map);
    change(at(&mut value, &key.into()));
    encode(&value)
}

/// A map without one of its keys.
pub(crate) fn without(map: &[u8], key: impl Into<Value>) -> Vec<u8> {
    let (mut value, key) = (decode(map), key.into());
    let pairs = value.as_map_mut().unwrap();
    let len = pairs.len();
    pairs.retain(|(found, _)| *found != key);
    assert_eq!(pairs.len() + 1, len, "{key:?}");
    encode(&value)
}

/// Elements of a message with one signature.
pub(crate) fn sign1(message: &mut Value) -> &mut Vec<Value> {
    match message {
        Value::Tag(18, message) => message.as_array_mut().unwrap(),
        message => message.as_array_mut().unwrap(),
    }
}

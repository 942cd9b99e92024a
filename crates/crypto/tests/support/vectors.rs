//! Reads the ground truth of AECS 2.0, which is not part of the repository.

use std::path::PathBuf;

use serde_json::Value;

/// The sections of `aecs_wire_vectors.json`: each suite with OpenSSL 3 and with OpenSSL 1.1.1.
pub(crate) const RSA_SECTIONS: [&str; 2] = ["rsa", "rsa_openssl111"];
pub(crate) const SM_SECTIONS: [&str; 2] = ["sm", "sm_openssl111"];

/// A file below `aecs20/` in the directory that `AECS_VECTORS` names, or else in `shared/vectors`
/// next to the repository. Absent files skip the test, loudly.
pub(crate) fn load(file: &str) -> Option<Value> {
    let directory = std::env::var_os("AECS_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    let path = directory.join("aecs20").join(file);
    let Ok(text) = std::fs::read(&path) else {
        eprintln!("SKIPPED: no vectors at {} (set AECS_VECTORS)", path.display());
        return None;
    };
    Some(serde_json::from_slice(&text).expect("vectors are JSON"))
}

/// A text of a JSON object.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key}"))
}

/// The bytes behind a hex text of a JSON object.
pub(crate) fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key)).expect("hex digits")
}

/// The elements of a JSON array, of which there must be some.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value[key].as_array().unwrap_or_else(|| panic!("no list {key}"));
    assert!(!list.is_empty(), "{key} is empty");
    list
}

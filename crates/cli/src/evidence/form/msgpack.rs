//! MessagePack, as the JSON that says the same (the specification, msgpack.org). Bytes become
//! hexadecimal.

use serde_json::{Map, Value};

/// Most values in each other.
const DEPTH: usize = 32;

/// The value that the bytes are, all of them.
pub(super) fn parse(mut bytes: &[u8]) -> Option<Value> {
    let value = value(&mut bytes, DEPTH)?;
    bytes.is_empty().then_some(value)
}

fn value(rest: &mut &[u8], depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let (kind, behind) = rest.split_first()?;
    *rest = behind;
    let kind = *kind;
    Some(match kind {
        0x00..=0x7F => kind.into(),
        0x80..=0x8F => map(rest, usize::from(kind & 0x0F), depth)?,
        0x90..=0x9F => list(rest, usize::from(kind & 0x0F), depth)?,
        0xA0..=0xBF => text(rest, usize::from(kind & 0x1F))?,
        0xC0 => Value::Null,
        0xC2 | 0xC3 => (kind == 0xC3).into(),
        0xC4..=0xC6 => {
            let len = len(rest, kind - 0xC4)?;
            hex::encode(part(rest, len)?).into()
        }
        0xCC..=0xCF => number(rest, 1 << (kind - 0xCC))?.into(),
        // Floating point and negative numbers are not evidence, nor around it.
        0xCA | 0xCB => skip(rest, 4 << (kind - 0xCA))?,
        0xD0..=0xD3 => skip(rest, 1 << (kind - 0xD0))?,
        0xD9..=0xDB => {
            let len = len(rest, kind - 0xD9)?;
            text(rest, len)?
        }
        0xDC | 0xDD => {
            let len = len(rest, kind - 0xDB)?;
            list(rest, len, depth)?
        }
        0xDE | 0xDF => {
            let len = len(rest, kind - 0xDD)?;
            map(rest, len, depth)?
        }
        0xE0..=0xFF => Value::Null,
        // Types of an application's own.
        _ => return None,
    })
}

fn part<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (part, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    Some(part)
}

/// A number of that many bytes, the most significant first.
fn number(rest: &mut &[u8], len: usize) -> Option<u64> {
    let bytes = part(rest, len)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// A length of 1, 2 or 4 bytes.
fn len(rest: &mut &[u8], width: u8) -> Option<usize> {
    usize::try_from(number(rest, 1 << width)?).ok()
}

fn skip(rest: &mut &[u8], len: usize) -> Option<Value> {
    part(rest, len).map(|_| Value::Null)
}

fn text(rest: &mut &[u8], len: usize) -> Option<Value> {
    str::from_utf8(part(rest, len)?).ok().map(Value::from)
}

fn list(rest: &mut &[u8], len: usize, depth: usize) -> Option<Value> {
    // No more memory than there are values: their number may be wrong.
    let mut items = Vec::new();
    for _ in 0..len {
        items.push(value(rest, depth)?);
    }
    Some(Value::Array(items))
}

fn map(rest: &mut &[u8], len: usize, depth: usize) -> Option<Value> {
    let mut members = Map::new();
    for _ in 0..len {
        let name = match value(rest, depth)? {
            Value::String(name) => name,
            other => other.to_string(),
        };
        members.insert(name, value(rest, depth)?);
    }
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_json() {
        let cases: [(&[u8], Value); 10] = [
            (&[0x7F], json!(127)),
            (&[0x82, 0xA1, b'a', 0xC0, 0x01, 0xC3], json!({"a": null, "1": true})),
            (&[0x92, 0xE0, 0xCD, 1, 2], json!([null, 258])),
            (&[0xC4, 2, 0xAB, 0xCD], json!("abcd")),
            (&[0xC5, 0, 1, 0xAB], json!("ab")),
            (&[0xD9, 1, b'x'], json!("x")),
            (&[0xDC, 0, 1, 0xCC, 9], json!([9])),
            (&[0xDE, 0, 1, 0xA0, 0xD1, 0xFF, 0xFF], json!({"": null})),
            (&[0xDD, 0, 0, 0, 0], json!([])),
            (&[0xCB, 0, 0, 0, 0, 0, 0, 0, 0], json!(null)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(parse(bytes), Some(expected), "{bytes:02X?}");
            for len in 0..bytes.len() {
                assert_eq!(parse(&bytes[..len]), None, "{bytes:02X?}");
            }
            assert_eq!(parse(&[bytes, &[0xC0]].concat()), None, "{bytes:02X?}");
        }
    }

    #[test]
    fn what_claims_more_than_there_is_takes_nothing() {
        for bytes in
            [vec![0xDD, 0xFF, 0xFF, 0xFF, 0xFF], vec![0x91; 1000], vec![0xC6, 0xFF], vec![0xC7]]
        {
            assert_eq!(parse(&bytes), None);
        }
    }
}

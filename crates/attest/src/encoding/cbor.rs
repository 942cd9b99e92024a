//! Concise Binary Object Representation (RFC 8949), read into slices of the input.
//!
//! For evidence only, so the reader is small and strict: depth, number of items and size of maps
//! are bounded before anything is allocated, keys are unique, nothing follows the last byte. Maps
//! and lists of indefinite length are read, since real devices write them; strings in chunks are
//! not.

/// Lists, maps and tags within each other.
const DEPTH: u32 = 8;
/// Items of a whole message, keys included.
const ITEMS: u32 = 1024;
/// Pairs of one map: each key is compared with those before it.
const PAIRS: usize = 64;

/// Why bytes are not a message.
pub(crate) type Fault = &'static str;

/// A data item. Borrows its strings from the input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// Any integer that CBOR has: 64 bits and a sign.
    Integer(i128),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    /// Pairs in the order of the message; no key is there twice.
    Map(Vec<(Self, Self)>),
    Tag(u64, Box<Self>),
    Null,
    /// Booleans, floating point numbers and the like, by their head: nothing here looks at them.
    Simple(u8, u64),
}

impl<'a> Value<'a> {
    /// Reads a message that is one item.
    pub(crate) fn parse(input: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader { rest: input, items: ITEMS };
        let value = reader.value(DEPTH)?;
        if reader.rest.is_empty() {
            Ok(value)
        } else {
            Err("unexpected bytes follow the last item")
        }
    }

    pub(crate) fn as_integer(&self) -> Option<i128> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Map(pairs) => Some(pairs),
            _ => None,
        }
    }
}

/// The value of a key that is an integer.
pub(crate) fn at<'m, 'a>(pairs: &'m [(Value<'a>, Value<'a>)], key: i128) -> Option<&'m Value<'a>> {
    pairs.iter().find(|(found, _)| *found == Value::Integer(key)).map(|(_, value)| value)
}

/// The value of a key that is a text.
pub(crate) fn named<'m, 'a>(
    pairs: &'m [(Value<'a>, Value<'a>)],
    key: &str,
) -> Option<&'m Value<'a>> {
    pairs.iter().find(|(found, _)| found.as_text() == Some(key)).map(|(_, value)| value)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Items that may still come.
    items: u32,
}

/// Major type 7, the byte that ends an indefinite length.
const BREAK: u8 = 0xFF;

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u32) -> Result<Value<'a>, Fault> {
        self.items = self.items.checked_sub(1).ok_or("there are too many items")?;
        let inner = || depth.checked_sub(1).ok_or("items are nested too deeply");
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 0x1F);
        if info == 31 {
            return match major {
                4 => self.list_until(inner()?, None),
                5 => self.map_until(inner()?, None),
                _ => Err("an indefinite length is not allowed here"),
            };
        }
        let argument = self.argument(info)?;
        match major {
            0 => Ok(Value::Integer(argument.into())),
            1 => Ok(Value::Integer(-1 - i128::from(argument))),
            2 => self.string(argument).map(Value::Bytes),
            3 => std::str::from_utf8(self.string(argument)?)
                .map(Value::Text)
                .map_err(|_| "a text is not UTF-8"),
            4 => self.list_until(inner()?, Some(argument)),
            5 => self.map_until(inner()?, Some(argument)),
            6 => Ok(Value::Tag(argument, Box::new(self.value(inner()?)?))),
            _ if info == 24 && argument < 32 => Err("a simple value is not in its shortest form"),
            _ if info == 22 => Ok(Value::Null),
            _ => Ok(Value::Simple(info, argument)),
        }
    }

    fn list_until(&mut self, depth: u32, len: Option<u64>) -> Result<Value<'a>, Fault> {
        let mut items = Vec::new();
        let mut read = 0;
        while self.more(&mut read, len)? {
            items.push(self.value(depth)?);
        }
        Ok(Value::List(items))
    }

    fn map_until(&mut self, depth: u32, len: Option<u64>) -> Result<Value<'a>, Fault> {
        let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        let mut read = 0;
        while self.more(&mut read, len)? {
            if pairs.len() == PAIRS {
                return Err("a map has too many keys");
            }
            let key = self.value(depth)?;
            if !matches!(key, Value::Integer(_) | Value::Text(_)) {
                return Err("a key is neither an integer nor a text");
            }
            if pairs.iter().any(|(before, _)| *before == key) {
                return Err("a map has a key twice");
            }
            pairs.push((key, self.value(depth)?));
        }
        Ok(Value::Map(pairs))
    }

    /// Whether another element comes; takes the break that says that none does.
    fn more(&mut self, read: &mut u64, len: Option<u64>) -> Result<bool, Fault> {
        if let Some(len) = len {
            let more = *read < len;
            *read += u64::from(more);
            return Ok(more);
        }
        if self.rest.first() == Some(&BREAK) {
            self.byte()?;
            return Ok(false);
        }
        Ok(true)
    }

    fn argument(&mut self, info: u8) -> Result<u64, Fault> {
        match info {
            0..24 => Ok(info.into()),
            24 => self.byte().map(u64::from),
            25 => self.take().map(|bytes| u16::from_be_bytes(bytes).into()),
            26 => self.take().map(|bytes| u32::from_be_bytes(bytes).into()),
            27 => self.take().map(u64::from_be_bytes),
            _ => Err("a reserved initial byte"),
        }
    }

    fn string(&mut self, len: u64) -> Result<&'a [u8], Fault> {
        let len = usize::try_from(len).map_err(|_| TRUNCATED)?;
        let (string, rest) = self.rest.split_at_checked(len).ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(string)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let [byte] = self.take()?;
        Ok(byte)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(*head)
    }
}

const TRUNCATED: Fault = "the message ends too early";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(hex_text: &str) -> Result<String, Fault> {
        let input = hex::decode(hex_text).unwrap();
        Value::parse(&input).map(|value| format!("{value:?}"))
    }

    /// Examples of RFC 8949, appendix A.
    #[test]
    fn examples_of_the_standard_are_read() {
        let examples = [
            ("17", "Integer(23)"),
            ("1818", "Integer(24)"),
            ("1bffffffffffffffff", "Integer(18446744073709551615)"),
            ("3bffffffffffffffff", "Integer(-18446744073709551616)"),
            ("3903e7", "Integer(-1000)"),
            ("4401020304", "Bytes([1, 2, 3, 4])"),
            ("62c3bc", "Text(\"ü\")"),
            ("f6", "Null"),
            ("f5", "Simple(21, 21)"),
            ("f93e00", "Simple(25, 15872)"),
            ("c11a514b67b0", "Tag(1, Integer(1363896240))"),
            ("8301820203820405", ONE_TO_FIVE),
            ("9f018202039f0405ffff", ONE_TO_FIVE),
            ("a201020304", "Map([(Integer(1), Integer(2)), (Integer(3), Integer(4))])"),
            ("bf6346756ef563416d7421ff", FUN),
        ];
        for (input, expected) in examples {
            assert_eq!(read(input).as_deref(), Ok(expected), "{input}");
        }
    }

    const ONE_TO_FIVE: &str = "List([Integer(1), List([Integer(2), Integer(3)]), \
                               List([Integer(4), Integer(5)])])";
    const FUN: &str = "Map([(Text(\"Fun\"), Simple(21, 21)), (Text(\"Amt\"), Integer(-2))])";

    #[test]
    fn what_is_not_a_message_is_refused() {
        let deep = "81".repeat(9) + "00";
        let long = "9904ff".to_owned() + &"00".repeat(0x4FF);
        let refused = [
            ("", TRUNCATED),
            ("18", TRUNCATED),
            ("5bffffffffffffffff00", TRUNCATED),
            ("9bffffffffffffffff00", TRUNCATED),
            ("bbffffffffffffffff00", TRUNCATED),
            ("a101", TRUNCATED),
            ("9f01", TRUNCATED),
            ("0000", "unexpected bytes follow the last item"),
            ("1c", "a reserved initial byte"),
            ("61ff", "a text is not UTF-8"),
            ("5f4101ff", "an indefinite length is not allowed here"),
            ("ff", "an indefinite length is not allowed here"),
            ("8101ff", "unexpected bytes follow the last item"),
            ("bf01ff", "an indefinite length is not allowed here"),
            ("a201010102", "a map has a key twice"),
            ("a20101180102", "a map has a key twice"),
            ("bf01010102ff", "a map has a key twice"),
            ("a1410102", "a key is neither an integer nor a text"),
            ("f800", "a simple value is not in its shortest form"),
            (&deep, "items are nested too deeply"),
            (&long, "there are too many items"),
        ];
        for (input, fault) in refused {
            assert_eq!(read(input), Err(fault), "{input}");
        }
        let wide: String = (0..65).map(|key| format!("19{key:04x}00")).collect();
        assert_eq!(read(&format!("b841{wide}")), Err("a map has too many keys"));
    }

    #[test]
    fn values_are_found_by_their_keys() {
        let input = hex::decode("a30101616102200b").unwrap();
        let value = Value::parse(&input).unwrap();
        let pairs = value.as_map().unwrap();
        assert_eq!(at(pairs, 1), Some(&Value::Integer(1)));
        assert_eq!(at(pairs, -1), Some(&Value::Integer(11)));
        assert_eq!(named(pairs, "a"), Some(&Value::Integer(2)));
        assert_eq!((at(pairs, 2), named(pairs, "b")), (None, None));
    }

    fn values() -> impl Strategy<Value = ciborium::Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(ciborium::Value::from),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(ciborium::Value::Bytes),
            ".{0,20}".prop_map(ciborium::Value::Text),
            any::<bool>().prop_map(ciborium::Value::Bool),
            Just(ciborium::Value::Null),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(ciborium::Value::Array),
                prop::collection::btree_map(any::<i32>(), inner.clone(), 0..6).prop_map(|map| {
                    let pairs = map.into_iter().map(|(key, value)| (key.into(), value));
                    ciborium::Value::Map(pairs.collect())
                }),
                (any::<u64>(), inner).prop_map(|(tag, value)| {
                    // Numbers too large for 64 bits have the tags 2 and 3.
                    ciborium::Value::Tag(tag.max(4), Box::new(value))
                }),
            ]
        })
    }

    fn same(ours: &Value<'_>, theirs: &ciborium::Value) -> bool {
        match (ours, theirs) {
            (Value::Integer(ours), ciborium::Value::Integer(theirs)) => {
                *ours == i128::from(*theirs)
            }
            (Value::Bytes(ours), ciborium::Value::Bytes(theirs)) => ours == theirs,
            (Value::Text(ours), ciborium::Value::Text(theirs)) => ours == theirs,
            (Value::List(ours), ciborium::Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
            }
            (Value::Map(ours), ciborium::Value::Map(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
            }
            (Value::Tag(a, ours), ciborium::Value::Tag(b, theirs)) => a == b && same(ours, theirs),
            (Value::Null, ciborium::Value::Null) => true,
            (Value::Simple(info, _), ciborium::Value::Bool(theirs)) => {
                *info == 20 + u8::from(*theirs)
            }
            _ => false,
        }
    }

    proptest! {
        /// Another implementation writes, this one reads.
        #[test]
        fn what_another_implementation_writes_is_read(theirs in values()) {
            let mut input = Vec::new();
            ciborium::into_writer(&theirs, &mut input).unwrap();
            let ours = Value::parse(&input).unwrap();
            prop_assert!(same(&ours, &theirs), "{ours:?} {theirs:?}");
        }

        #[test]
        fn any_bytes_are_read_or_refused(input in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Value::parse(&input);
        }
    }
}

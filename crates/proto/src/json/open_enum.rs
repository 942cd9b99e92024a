//! Open enums in JSON: by name when the number has one, else by number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

/// The value of a field of enum type `E`: any number, as proto3 has it.
pub(crate) struct OpenEnum<E> {
    number: i32,
    names: PhantomData<E>,
}

impl<E> OpenEnum<E> {
    pub(crate) fn new(number: i32) -> Self {
        Self { number, names: PhantomData }
    }

    pub(crate) fn number(&self) -> i32 {
        self.number
    }
}

impl<E: TryFrom<i32> + Serialize> Serialize for OpenEnum<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match E::try_from(self.number) {
            Ok(named) => named.serialize(serializer),
            Err(_) => serializer.serialize_i32(self.number),
        }
    }
}

impl<'de, E: Into<i32> + DeserializeOwned> Deserialize<'de> for OpenEnum<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrNumber(PhantomData))
    }
}

struct NameOrNumber<E>(PhantomData<E>);

impl<E: Into<i32> + DeserializeOwned> Visitor<'_> for NameOrNumber<E> {
    type Value = OpenEnum<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name or the number of an enum value")
    }

    fn visit_i64<F: Error>(self, number: i64) -> Result<Self::Value, F> {
        i32::try_from(number)
            .map(OpenEnum::new)
            .map_err(|_| F::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<F: Error>(self, number: u64) -> Result<Self::Value, F> {
        i32::try_from(number)
            .map(OpenEnum::new)
            .map_err(|_| F::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<F: Error>(self, name: &str) -> Result<Self::Value, F> {
        E::deserialize(StrDeserializer::new(name)).map(|named| OpenEnum::new(named.into()))
    }
}

//! Reading JSON as proto3 allows it to be written.
//!
//! [`Lenient`] stands between the JSON parser and the generated code. The generated code tells what
//! it wants, and the values that proto3 takes for that are turned into it. Nothing is buffered.
//!
//! It also stands between the errors: those of the generated code can quote the value they are
//! about, those of [`Fault`] cannot.

use std::cell::Cell;
use std::fmt;

use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::MAX_ELEMENTS;

/// A deserializer of one value, around that of the JSON parser.
pub(super) struct Lenient<'a, D> {
    inner: D,
    elements_left: &'a Cell<usize>,
}

impl<'a, D> Lenient<'a, D> {
    pub(super) fn new(inner: D, elements_left: &'a Cell<usize>) -> Self {
        Self { inner, elements_left }
    }

    fn read<'de, V>(self, wanted: Wanted, visitor: V) -> Result<V::Value, Fault<D::Error>>
    where
        D: Deserializer<'de>,
        V: Visitor<'de>,
    {
        let visitor = Coerce { wanted, visitor, elements_left: self.elements_left };
        self.inner.deserialize_any(visitor).map_err(Fault::Input)
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Lenient<'_, D> {
    type Error = Fault<D::Error>;

    /// The generated code asks for anything when it wants a number or an enum value.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Number, visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Bool, visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Text, visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Text, visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Text, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.read(Wanted::List, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.read(Wanted::Object, visitor)
    }

    /// A field with a message: `null` is none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let visitor = Coerce { wanted: Wanted::Object, visitor, elements_left: self.elements_left };
        self.inner.deserialize_option(visitor).map_err(Fault::Input)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map enum ignored_any
    }
}

/// What the generated code asked for.
#[derive(Clone, Copy)]
enum Wanted {
    Bool,
    Number,
    Text,
    List,
    Object,
}

/// Turns what the parser found into what the generated code asked for.
struct Coerce<'a, V> {
    wanted: Wanted,
    visitor: V,
    elements_left: &'a Cell<usize>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Coerce<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        match self.wanted {
            Wanted::Bool => self.visitor.visit_bool(false),
            Wanted::Number => self.visitor.visit_i64(0),
            Wanted::Text => self.visitor.visit_str(""),
            Wanted::List => self.visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<()>())),
            Wanted::Object => self.visitor.visit_unit(),
        }
        .map_err(Fault::into_inner)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.visitor.visit_bool(value).map_err(Fault::into_inner)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.visitor.visit_i64(value).map_err(Fault::into_inner)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.visitor.visit_u64(value).map_err(Fault::into_inner)
    }

    /// No field of a message is a fraction: `3.0` and `1e1` are ways to write an integer.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<V::Value, E> {
        match (self.wanted, value.to_string().parse()) {
            (Wanted::Number, Ok(integer)) => self.visitor.visit_i64(integer),
            _ => self.visitor.visit_f64(value),
        }
        .map_err(Fault::into_inner)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<V::Value, E> {
        match (self.wanted, value.parse(), value.parse()) {
            (Wanted::Bool, Ok(truth), _) => self.visitor.visit_bool(truth),
            (Wanted::Number, _, Ok(integer)) => self.visitor.visit_i64(integer),
            _ => self.visitor.visit_str(value),
        }
        .map_err(Fault::into_inner)
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none().map_err(Fault::into_inner)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Lenient::new(inner, self.elements_left)).map_err(Fault::into_inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let list = Nested { inner, elements_left: self.elements_left };
        self.visitor.visit_seq(list).map_err(Fault::into_inner)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let object = Nested { inner, elements_left: self.elements_left };
        self.visitor.visit_map(object).map_err(Fault::into_inner)
    }
}

/// Access to a list or an object, or the seed of a value in one.
struct Nested<'a, T> {
    inner: T,
    elements_left: &'a Cell<usize>,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Nested<'_, A> {
    type Error = Fault<A::Error>;

    fn next_element_seed<T>(&mut self, seed: T) -> Result<Option<T::Value>, Self::Error>
    where
        T: DeserializeSeed<'de>,
    {
        let seed = Nested { inner: seed, elements_left: self.elements_left };
        let element = self.inner.next_element_seed(seed).map_err(Fault::Input)?;
        if element.is_some() {
            let left =
                self.elements_left.get().checked_sub(1).ok_or_else(|| {
                    Fault::Shape(format!("more than {MAX_ELEMENTS} list elements"))
                })?;
            self.elements_left.set(left);
        }
        Ok(element)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Nested<'_, A> {
    type Error = Fault<A::Error>;

    fn next_key_seed<K>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error>
    where
        K: DeserializeSeed<'de>,
    {
        let seed = Nested { inner: seed, elements_left: self.elements_left };
        self.inner.next_key_seed(seed).map_err(Fault::Input)
    }

    fn next_value_seed<T>(&mut self, seed: T) -> Result<T::Value, Self::Error>
    where
        T: DeserializeSeed<'de>,
    {
        let seed = Nested { inner: seed, elements_left: self.elements_left };
        self.inner.next_value_seed(seed).map_err(Fault::Input)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Nested<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Lenient::new(inner, self.elements_left)).map_err(Fault::into_inner)
    }
}

/// What is wrong with a value, without the value.
#[derive(Debug)]
pub(super) enum Fault<E> {
    /// From the JSON parser; or a `Shape` that has been through it and has a position now.
    Input(E),
    /// From the generated code: not what the message wants.
    Shape(String),
}

impl<E: de::Error> Fault<E> {
    /// The error as one of the JSON parser, which adds the position.
    pub(super) fn into_inner(self) -> E {
        match self {
            Self::Input(error) => error,
            Self::Shape(problem) => E::custom(problem),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Shape(problem) => f.write_str(problem),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Fault<E> {}

/// What is expected is text of the generated code; what was found is dropped, but for its type.
impl<E: de::Error> de::Error for Fault<E> {
    fn custom<T: fmt::Display>(_quotes_the_value: T) -> Self {
        Self::Shape("invalid value".to_owned())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(_) => "a string",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            _ => "something else",
        };
        Self::Shape(format!("{found} where {expected} is expected"))
    }

    fn invalid_value(_found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Shape(format!("invalid value where {expected} is expected"))
    }

    fn unknown_variant(_found: &str, expected: &'static [&'static str]) -> Self {
        Self::Shape(format!("unknown name, expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_found: &str, expected: &'static [&'static str]) -> Self {
        Self::Shape(format!("unknown field, expected one of {}", expected.join(", ")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Shape(format!("field {field} is there twice"))
    }
}

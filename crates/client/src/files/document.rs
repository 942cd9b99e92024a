//! One YAML document: read with a size limit, parsed with positions, errors without values.

use std::fmt;
use std::path::Path;

use aecs_attest::files::read_argument_text;
use aecs_crypto::SecretString;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_saphyr::{Error as YamlError, Location, Spanned};

use super::suggest::did_you_mean;
use super::{Fault, FileError, Place};

/// A scalar with its position; `None` when the key is missing or its value is left empty.
pub(super) type Scalar = Option<Spanned<String>>;

/// The text of a scalar; empty when there is none.
pub(super) fn text(scalar: &Scalar) -> String {
    scalar.as_ref().map(|text| text.value.clone()).unwrap_or_default()
}

/// A scalar that says something: empty is as good as absent.
pub(super) fn given(scalar: &Scalar) -> Option<&Spanned<String>> {
    scalar.as_ref().filter(|text| !text.value.is_empty())
}

/// A value that has a position, if the parser knows it.
pub(super) trait Placed {
    fn place(&self) -> Option<Place>;
}

impl<T> Placed for Spanned<T> {
    fn place(&self) -> Option<Place> {
        place(self.referenced)
    }
}

/// A document as text. It may hold keys and secrets, so it is wiped when dropped.
pub(super) struct Document(SecretString);

/// How a kind of file is understood.
type Interpret<T> = fn(&Path, &Document) -> Result<T, Fault>;

/// Reads and understands the file at `path`, of at most `limit` bytes. It may be a pipe: users name
/// it.
pub(super) fn load<T>(
    path: impl AsRef<Path>,
    limit: usize,
    interpret: Interpret<T>,
) -> Result<T, FileError> {
    let path = path.as_ref();
    let text = read_argument_text(path, limit);
    let text = text.map_err(|error| FileError::unreadable(path, &error))?;
    interpret(path, &Document(text.into())).map_err(|fault| fault.in_file(path))
}

/// Understands `text` as the contents of a file of that name.
pub(super) fn parse<T>(
    name: impl AsRef<Path>,
    text: &str,
    limit: usize,
    interpret: Interpret<T>,
) -> Result<T, FileError> {
    let name = name.as_ref();
    if text.len() > limit {
        let remedy = "give a smaller file, or split it into several";
        return Err(FileError::in_file(name, format!("larger than {limit} bytes"), remedy));
    }
    interpret(name, &Document(text.to_owned().into())).map_err(|fault| fault.in_file(name))
}

impl Document {
    /// Parses the one document of the file.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let is_content =
            |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if !self.0.expose().lines().any(is_content) {
            let remedy = "is it the right file, and was it written to its end?";
            return Err(Fault::new("the file is empty", remedy));
        }
        let options = serde_saphyr::options! {
            // A snippet would repeat lines of the file, and so possibly a key.
            with_snippet: false,
            // Digits with them are more often a hash or a version than a number.
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
        };
        serde_saphyr::from_str_with_options(self.0.expose(), options)
            .map_err(|error| explain(self.0.expose(), &error))
    }

    /// Checks the value of `kind:`.
    pub(super) fn check_kind(&self, kind: &Scalar, expected: &str) -> Result<(), Fault> {
        match kind {
            Some(kind) if kind.value == expected => Ok(()),
            Some(kind) => Err(Fault::at(
                kind.place(),
                format!("this is a `{}`, not a `{expected}`", kind.value),
                format!("give a file with `kind: {expected}`"),
            )),
            None => Err(Fault::new(
                "the file does not say what kind it is",
                format!("add `kind: {expected}` if this is the right file"),
            )),
        }
    }
}

fn place(location: Location) -> Option<Place> {
    (location.line() > 0).then(|| Place { line: location.line(), column: location.column() })
}

/// Turns a parser's error into ours. Parts of those errors that repeat a value are left out.
fn explain(text: &str, error: &YamlError) -> Fault {
    let error = error.without_snippet();
    let at = error.location().and_then(place);
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            Fault::at(at, format!("unknown key `{field}`"), did_you_mean(field, expected))
        }
        YamlError::SerdeMissingField { field, .. } => {
            Fault::at(at, format!("the key `{field}` is missing here"), format!("add `{field}:`"))
        }
        YamlError::DuplicateMappingKey { key, .. } => Fault::at(
            at,
            format!("the key `{}` is given twice", key.as_deref().unwrap_or("?")),
            "keep one of them",
        ),
        YamlError::SerdeInvalidType { expected, .. }
        | YamlError::SerdeInvalidValue { expected, .. } => Fault::at(
            at,
            format!("this should be {expected}"),
            "check the indentation, and put values in quotes",
        ),
        YamlError::InvalidBinaryBase64 { .. } | YamlError::BinaryNotUtf8 { .. } => Fault::at(
            at,
            "this is binary data, but the file can have text only",
            "name a file with the bytes instead (`dataFile: FILE`), or write any text here and use \
             `serviceadmin put SECRET --from-file FILE`",
        ),
        YamlError::MultipleDocuments { .. } => {
            Fault::at(at, "a second document starts here", "keep one document in a file")
        }
        YamlError::Unexpected { expected, .. } if at.is_some_and(|at| is_empty_at(text, at)) => {
            Fault::at(
                at,
                format!("nothing is here: this should be {}", in_words(expected)),
                "write what belongs here, indented below it, or remove the line",
            )
        }
        YamlError::Unexpected { expected, .. } => Fault::at(
            at,
            format!("this should be {}", in_words(expected)),
            "check the indentation near this place",
        ),
        other => Fault::at(
            at,
            format!("not understood: {}", without_position(other)),
            "check the indentation and the quotes near this place",
        ),
    }
}

/// Whether a key, or an element of a list, ends here without a value. Its sign is there at most.
fn is_empty_at(text: &str, at: Place) -> bool {
    let before = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
    let mut lines = text.lines().skip(before(at.line));
    let Some(line) = lines.next() else { return true };
    let rest: String = line.chars().skip(before(at.column)).collect();
    let rest = rest.trim_start_matches([':', '-']).trim();
    rest.is_empty() || rest.starts_with('#')
}

/// What the parser calls the events that it expects.
fn in_words(expected: &str) -> String {
    match expected {
        "sequence start" => "a list".to_owned(),
        "mapping start" => "keys with their values".to_owned(),
        scalar if scalar.ends_with("scalar") => "one value, not a list or a mapping".to_owned(),
        other => format!("a {other}"),
    }
}

/// The parser's own words, without the position that a [`FileError`] has already.
fn without_position(error: &YamlError) -> String {
    let text = error.to_string();
    let Some(location) = error.location() else { return text };
    let position = format!(" at line {}, column {}", location.line(), location.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

/// A scalar that may be a secret: it cannot be printed, and is wiped when dropped.
pub(super) struct SecretText(pub(super) SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
        String::deserialize(deserializer).map(|text| SecretText(SecretString::from(text)))
    }
}

/// One scalar, or a list of scalars: `tcb_status: UpToDate`, `tcb_status: [UpToDate, ...]`. With
/// `NUMBERS`, a scalar may be a whole number, true or false without quotes; digits that are no number would lose their
/// leading zeros. With `LISTS`, there may be names of lists in its place: `chipId: {list: stolen}`.
#[derive(Clone, Default)]
pub(super) struct OneOrMany<const NUMBERS: bool = false, const LISTS: bool = false> {
    pub(super) values: Vec<Spanned<String>>,
    /// Names of lists.
    pub(super) lists: Vec<Spanned<String>>,
    /// A list without elements.
    pub(super) is_empty_list: bool,
}

impl<'de, const NUMBERS: bool, const LISTS: bool> Deserialize<'de> for OneOrMany<NUMBERS, LISTS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one = Spanned::<ScalarOrList<NUMBERS, LISTS>>::deserialize(deserializer)?;
        let is_empty_list = matches!(&one.value, ScalarOrList::List(list) if list.is_empty());
        let values = match one.value {
            ScalarOrList::Empty => Vec::new(),
            ScalarOrList::Scalar(text) => {
                vec![Spanned { value: text, referenced: one.referenced, defined: one.defined }]
            }
            ScalarOrList::List(list) => list,
            ScalarOrList::Named(NamesYaml { list }) => {
                let is_empty_list = list.values.is_empty();
                return Ok(Self { values: Vec::new(), lists: list.values, is_empty_list });
            }
        };
        Ok(Self { values, lists: Vec::new(), is_empty_list })
    }
}

enum ScalarOrList<const NUMBERS: bool, const LISTS: bool> {
    Empty,
    Scalar(String),
    List(Vec<Spanned<String>>),
    Named(NamesYaml),
}

/// The names of lists.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamesYaml {
    list: OneOrMany,
}

impl<'de, const NUMBERS: bool, const LISTS: bool> Deserialize<'de>
    for ScalarOrList<NUMBERS, LISTS>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherVisitor<const NUMBERS: bool, const LISTS: bool>;

        impl<'de, const NUMBERS: bool, const LISTS: bool> Visitor<'de> for EitherVisitor<NUMBERS, LISTS> {
            type Value = ScalarOrList<NUMBERS, LISTS>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match LISTS {
                    true => "a text in quotes, a list of them, or {list: NAME}",
                    false => "a text in quotes, or a list of them",
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                if !LISTS {
                    return Err(de::Error::invalid_type(Unexpected::Map, &self));
                }
                let map = de::value::MapAccessDeserializer::new(map);
                NamesYaml::deserialize(map).map(ScalarOrList::Named)
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(ScalarOrList::Empty)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(ScalarOrList::Scalar(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                if NUMBERS {
                    Ok(ScalarOrList::Scalar(number.to_string()))
                } else {
                    Err(E::invalid_type(Unexpected::Unsigned(number), &self))
                }
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
                if NUMBERS {
                    Ok(ScalarOrList::Scalar(value.to_string()))
                } else {
                    Err(E::invalid_type(Unexpected::Bool(value), &self))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element::<Spanned<String>>()? {
                    list.push(item);
                }
                Ok(ScalarOrList::List(list))
            }
        }

        deserializer.deserialize_any(EitherVisitor::<NUMBERS, LISTS>)
    }
}

/// Names with values, of which each may be a list.
pub(super) type Mapping = Vec<(Spanned<String>, OneOrMany<true>)>;

/// Names with values: as mappings, which are alternatives, or as texts of `name=value`.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) texts: Vec<Spanned<String>>,
    pub(super) mappings: Vec<Mapping>,
    /// Brackets with nothing in them.
    pub(super) is_empty_list: bool,
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        let one = Spanned::<Unplaced>::deserialize(deserializer)?;
        let mut pairs = Pairs::default();
        match one.value {
            Unplaced::Empty => {}
            Unplaced::List(list) => {
                pairs.is_empty_list = list.is_empty();
                list.into_iter().for_each(|item| pairs.add(item));
            }
            item => {
                pairs.add(Spanned {
                    value: item,
                    referenced: one.referenced,
                    defined: one.defined,
                });
            }
        }
        Ok(pairs)
    }
}

impl Pairs {
    /// Turns texts of `name=value`, which are one alternative, into a mapping; not if one is no such
    /// text.
    pub(super) fn texts_to_mapping(&mut self) {
        let pair = |text: &Spanned<String>, item: &str| {
            let (name, value) = item.split_once('=')?;
            let part = |part: &str| Spanned { value: part.trim().to_owned(), ..text.clone() };
            let values = OneOrMany { values: vec![part(value)], ..OneOrMany::default() };
            Some((part(name), values))
        };
        let pairs = self.texts.iter().flat_map(|text| {
            let items = text.value.split(',').filter(|item| !item.trim().is_empty());
            items.map(move |item| pair(text, item))
        });
        if let Some(mapping) = pairs.collect::<Option<Mapping>>()
            && !mapping.is_empty()
        {
            self.mappings.push(mapping);
            self.texts.clear();
        }
    }

    /// Adds an element of a list, or a value that stands alone.
    fn add(&mut self, Spanned { value, referenced, defined }: Spanned<Unplaced>) {
        match value {
            Unplaced::Text(value) => self.texts.push(Spanned { value, referenced, defined }),
            Unplaced::Mapping(mapping) => {
                self.is_empty_list |= mapping.is_empty();
                self.mappings.push(mapping);
            }
            // Nothing in it is asked for, and nothing in a list in a list.
            Unplaced::Empty | Unplaced::List(_) => self.is_empty_list = true,
        }
    }
}

enum Unplaced {
    Empty,
    Text(String),
    Mapping(Mapping),
    List(Vec<Spanned<Unplaced>>),
}

impl<'de> Deserialize<'de> for Unplaced {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unplaced, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Unplaced;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with values, as in {name: \"value\"}")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Unplaced, E> {
                Ok(Unplaced::Empty)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Unplaced, E> {
                Ok(Unplaced::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unplaced, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element::<Spanned<Unplaced>>()? {
                    if matches!(item.value, Unplaced::List(_)) {
                        return Err(de::Error::invalid_type(Unexpected::Seq, &self));
                    }
                    list.push(item);
                }
                Ok(Unplaced::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unplaced, A::Error> {
                let mut mapping = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    mapping.push(pair);
                }
                Ok(Unplaced::Mapping(mapping))
            }
        }

        deserializer.deserialize_any(PairsVisitor)
    }
}

/// A list, which may be left empty.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

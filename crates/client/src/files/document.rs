//! One YAML document: read with a size limit, parsed with positions, errors without values.

use std::fmt;
use std::path::Path;

use aecs_attest::files::read_argument_text;
use aecs_crypto::SecretString;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error as YamlError, Location, Spanned};

use super::suggest::did_you_mean;
use super::{FileError, Place};

/// A scalar with its position; `None` when the key is missing or its value is left empty.
pub(super) type Scalar = Option<Spanned<String>>;

/// A document as text. It may hold keys and secrets, so it is wiped when dropped.
pub(super) struct Document<'a> {
    file: &'a Path,
    text: SecretString,
}

impl<'a> Document<'a> {
    /// Reads `file`, of at most `limit` bytes. It may be a pipe: users name it.
    pub(super) fn read(file: &'a Path, limit: usize) -> Result<Document<'a>, FileError> {
        let text = read_argument_text(file, limit);
        let text = text.map_err(|error| FileError::unreadable(file, &error))?;
        Ok(Document { file, text: SecretString::from(text) })
    }

    /// Takes `text` for the contents of `file`.
    pub(super) fn from_text(
        file: &'a Path,
        text: &str,
        limit: usize,
    ) -> Result<Document<'a>, FileError> {
        if text.len() > limit {
            let remedy = "give a smaller file, or split it into several";
            return Err(FileError::in_file(file, format!("larger than {limit} bytes"), remedy));
        }
        Ok(Document { file, text: SecretString::from(text.to_owned()) })
    }

    /// Parses the one document of the file.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, FileError> {
        let is_content =
            |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if !self.text.expose().lines().any(is_content) {
            let remedy = "is it the right file, and was it written to its end?";
            return Err(FileError::in_file(self.file, "the file is empty", remedy));
        }
        let options = serde_saphyr::options! {
            // A snippet would repeat lines of the file, and so possibly a key.
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(self.text.expose(), options)
            .map_err(|error| explain(self.file, &error))
    }

    /// Checks the value of `kind:`.
    pub(super) fn check_kind(&self, kind: &Scalar, expected: &str) -> Result<(), FileError> {
        match kind {
            Some(kind) if kind.value == expected => Ok(()),
            Some(kind) => Err(FileError::at(
                self.file,
                place(kind.referenced),
                format!("this is a `{}`, not a `{expected}`", kind.value),
                format!("give a file with `kind: {expected}`"),
            )),
            None => Err(FileError::in_file(
                self.file,
                "the file does not say what kind it is",
                format!("add `kind: {expected}` if this is the right file"),
            )),
        }
    }
}

/// The position of a value, if the parser knows it.
pub(super) fn place(location: Location) -> Option<Place> {
    (location.line() > 0).then(|| Place { line: location.line(), column: location.column() })
}

/// Turns a parser's error into ours. Parts of those errors that repeat a value are left out.
fn explain(file: &Path, error: &YamlError) -> FileError {
    let error = error.without_snippet();
    let at = error.location().and_then(place);
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            FileError::at(file, at, format!("unknown key `{field}`"), did_you_mean(field, expected))
        }
        YamlError::SerdeMissingField { field, .. } => FileError::at(
            file,
            at,
            format!("the key `{field}` is missing here"),
            format!("add `{field}:`"),
        ),
        YamlError::DuplicateMappingKey { key, .. } => FileError::at(
            file,
            at,
            format!("the key `{}` is given twice", key.as_deref().unwrap_or("?")),
            "keep one of them",
        ),
        YamlError::SerdeInvalidType { expected, .. }
        | YamlError::SerdeInvalidValue { expected, .. } => FileError::at(
            file,
            at,
            format!("this should be {expected}"),
            "check the indentation, and put values in quotes",
        ),
        YamlError::InvalidBinaryBase64 { .. } | YamlError::BinaryNotUtf8 { .. } => FileError::at(
            file,
            at,
            "this is binary data, but the file can have text only",
            "write any text here, and give the secret its value with \
             `serviceadmin put SECRET --from-file FILE`",
        ),
        YamlError::MultipleDocuments { .. } => {
            FileError::at(file, at, "a second document starts here", "keep one document in a file")
        }
        YamlError::Unexpected { expected, .. } => FileError::at(
            file,
            at,
            format!("this should be {}", in_words(expected)),
            "check the indentation near this place",
        ),
        other => FileError::at(
            file,
            at,
            format!("not understood: {}", without_position(other)),
            "check the indentation and the quotes near this place",
        ),
    }
}

/// What the parser expects, without its names for parts of YAML.
fn in_words(expected: &str) -> String {
    match expected {
        "mapping start" => "keys with values".to_owned(),
        "sequence start" => "a list".to_owned(),
        "string scalar" => "one text".to_owned(),
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

/// One scalar, or a list of scalars: `tcb_status: UpToDate`, `tcb_status: [UpToDate, ...]`.
pub(super) struct OneOrMany {
    pub(super) values: Vec<Spanned<String>>,
    /// A list without elements.
    pub(super) is_empty_list: bool,
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMany, D::Error> {
        let one = Spanned::<ScalarOrList>::deserialize(deserializer)?;
        let is_empty_list = matches!(&one.value, ScalarOrList::List(list) if list.is_empty());
        let values = match one.value {
            ScalarOrList::Empty => Vec::new(),
            ScalarOrList::Scalar(text) => {
                vec![Spanned { value: text, referenced: one.referenced, defined: one.defined }]
            }
            ScalarOrList::List(list) => list,
        };
        Ok(OneOrMany { values, is_empty_list })
    }
}

enum ScalarOrList {
    Empty,
    Scalar(String),
    List(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for ScalarOrList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScalarOrList, D::Error> {
        struct EitherVisitor;

        // Numbers are not visited: an unquoted one may have lost its leading zeros by now.
        impl<'de> Visitor<'de> for EitherVisitor {
            type Value = ScalarOrList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, or a list of them")
            }

            fn visit_unit<E: de::Error>(self) -> Result<ScalarOrList, E> {
                Ok(ScalarOrList::Empty)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ScalarOrList, E> {
                Ok(ScalarOrList::Scalar(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ScalarOrList, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element::<Spanned<String>>()? {
                    list.push(item);
                }
                Ok(ScalarOrList::List(list))
            }
        }

        deserializer.deserialize_any(EitherVisitor)
    }
}

/// Names with values: as a mapping, or as texts of `name=value`.
pub(super) enum Pairs {
    Nothing,
    Texts(Vec<Spanned<String>>),
    Mapping(Vec<(Spanned<String>, Spanned<String>)>),
}

impl Pairs {
    /// Whether brackets were written, and nothing is in them.
    pub(super) fn is_empty_list(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Texts(texts) => texts.is_empty(),
            Self::Mapping(mapping) => mapping.is_empty(),
        }
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        let one = Spanned::<Unplaced>::deserialize(deserializer)?;
        Ok(match one.value {
            Unplaced::Empty => Pairs::Nothing,
            Unplaced::Text(text) => Pairs::Texts(vec![Spanned {
                value: text,
                referenced: one.referenced,
                defined: one.defined,
            }]),
            Unplaced::Texts(texts) => Pairs::Texts(texts),
            Unplaced::Mapping(mapping) => Pairs::Mapping(mapping),
        })
    }
}

enum Unplaced {
    Empty,
    Text(String),
    Texts(Vec<Spanned<String>>),
    Mapping(Vec<(Spanned<String>, Spanned<String>)>),
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
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Unplaced::Texts(texts))
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

//! The tree that a configuration file of any format is.

use std::{fmt, marker::PhantomData};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::line_of;

/// A value of a file.
pub(super) enum Node {
    Leaf(Leaf),
    List(Vec<Leaf>),
    /// Name, line and value of each entry, in the order of the file.
    Table(Vec<(String, Option<usize>, Node)>),
}

/// A value without parts.
pub(super) enum Leaf {
    /// A text, whole number or boolean as text; null as the empty text.
    Text(String),
    /// Anything else, and what it is.
    Unusable(&'static str),
}

const FRACTION: Leaf = Leaf::Unusable("a fraction or too large for a number");

impl Node {
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        let node = Seed::<String>::new().deserialize(&mut json).map_err(|e| e.to_string())?;
        json.end().map_err(|e| e.to_string())?;
        Ok(node)
    }

    pub(super) fn from_yaml(text: &str) -> Result<Self, String> {
        let tree: Tree<Spanned<String>> = serde_saphyr::from_str(text).map_err(|error| {
            // The default display is a picture of several lines.
            let place = error.location().map(|at| format!(" at line {}", at.line()));
            let what = error.without_snippet().to_string().replace('\n', " ");
            format!("{what}{}", place.unwrap_or_default())
        })?;
        Ok(tree.0)
    }

    pub(super) fn from_toml(text: &str) -> Result<Self, String> {
        let table = DeTable::parse(text).map_err(|error| {
            let place = error.span().map(|at| format!(" at line {}", line_of(text, at.start)));
            format!("{}{}", error.message(), place.unwrap_or_default())
        })?;
        Ok(Self::of_toml_table(text, table.get_ref()))
    }

    fn of_toml_table(text: &str, table: &DeTable<'_>) -> Self {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(name, value)| {
                let line = line_of(text, name.span().start);
                let node = Self::of_toml(text, value.get_ref());
                (name.get_ref().clone().into_owned(), Some(line), node)
            })
            .collect();
        entries.sort_by_key(|(_, line, _)| *line);
        Self::Table(entries)
    }

    fn of_toml(text: &str, value: &DeValue<'_>) -> Self {
        match value {
            DeValue::Table(table) => Self::of_toml_table(text, table),
            DeValue::Array(array) => {
                Self::List(array.iter().map(|item| Leaf::of_toml(item.get_ref())).collect())
            }
            leaf => Self::Leaf(Leaf::of_toml(leaf)),
        }
    }
}

impl Leaf {
    fn of_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(number) => Self::Text(number.to_string()),
            DeValue::Boolean(boolean) => Self::Text(boolean.to_string()),
            DeValue::Float(_) => FRACTION,
            DeValue::Datetime(_) => Self::Unusable("a date"),
            DeValue::Array(_) => Self::Unusable("a list in a list"),
            DeValue::Table(_) => Self::Unusable("a table in a list"),
        }
    }
}

/// A name in a table, with its line if the format's parser knows it.
trait Name: de::DeserializeOwned {
    fn split(self) -> (String, Option<usize>);
}

impl Name for String {
    fn split(self) -> (String, Option<usize>) {
        (self, None)
    }
}

impl Name for Spanned<String> {
    fn split(self) -> (String, Option<usize>) {
        let line = usize::try_from(self.defined.line()).ok().filter(|line| *line > 0);
        (self.value, line)
    }
}

struct Tree<N>(Node, PhantomData<N>);

impl<'de, N: Name> Deserialize<'de> for Tree<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Seed::<N>::new().deserialize(deserializer).map(|node| Self(node, PhantomData))
    }
}

struct Seed<N>(PhantomData<N>);

impl<N> Seed<N> {
    fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, N: Name> DeserializeSeed<'de> for Seed<N> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: Name> Visitor<'de> for Seed<N> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a table")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Leaf::Text(String::new())))
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(Leaf::Text(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(Leaf::Text(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(Leaf::Text(value.to_string())))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Leaf(FRACTION))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Leaf(FRACTION))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Leaf(FRACTION))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(Leaf::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut leaves = Vec::new();
        while let Some(node) = list.next_element_seed(Self::new())? {
            leaves.push(match node {
                Node::Leaf(leaf) => leaf,
                Node::List(_) => Leaf::Unusable("a list in a list"),
                Node::Table(_) => Leaf::Unusable("a table in a list"),
            });
        }
        Ok(Node::List(leaves))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Option<usize>, Node)> = Vec::new();
        while let Some(name) = map.next_key::<N>()? {
            let (name, line) = name.split();
            if entries.iter().any(|(known, ..)| *known == name) {
                return Err(de::Error::custom(format_args!("{name:?} is there twice")));
            }
            entries.push((name, line, map.next_value_seed(Self::new())?));
        }
        Ok(Node::Table(entries))
    }
}

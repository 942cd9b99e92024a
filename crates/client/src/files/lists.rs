//! Files of named lists (`kind: NamedLists`): values and measurements that rules refer to by name.
//!
//! ```yaml
//! kind: NamedLists
//! lists:
//! - name: stolen
//!   description: machines of the second hall
//!   attribute: chipId
//!   values: ["A1...", "B2..."]
//! - name: inference
//!   source: https://ci.example.com/builds/17
//!   measurements:
//!   - name: v3
//!     platform: TDX
//!     mrtd: "0A..."
//!     rtmr1: "1B..."
//!     rtmr2: "2C..."
//!     validUntil: "2030-06-30T00:00:00Z"
//! ```
//!
//! JSON is YAML as well, so that a build pipeline can write either.

use std::path::Path;

use aecs_attest::{Attribute, NamedList as Checked};
use aecs_proto::named_list::Content;
use aecs_proto::{ListedMeasurement, ListedMeasurements, ListedValues, NamedList, check_name};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::document::{self, Document, Placed, Scalar, text};
use super::rule::{Level, OtherKeys, Rule, listed_value};
use super::secret_policy::MAX_BYTES;
use super::{Fault, FileError, Place};

/// The lists of a file, understood completely.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedListsFile {
    /// In the order of the file.
    pub lists: Vec<NamedList>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Root {
    #[serde(default)]
    #[allow(dead_code, reason = "files of other kinds have it, too")]
    api_version: Scalar,
    kind: Scalar,
    lists: Vec<Spanned<ListYaml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListYaml {
    name: Scalar,
    description: Scalar,
    attribute: Scalar,
    values: Option<Vec<Spanned<String>>>,
    source: Scalar,
    measurements: Option<Vec<Spanned<Rule<MeasurementRule>>>>,
}

/// What an entry of a set may say beside its attributes: its name, and until when it counts.
enum MeasurementRule {}

impl OtherKeys for MeasurementRule {
    const NAMES: &'static [&'static str] = &[];
    const LEVEL: Level = Level::Rule;
}

impl NamedListsFile {
    /// Reads and checks the file at `path`, of at most [`MAX_BYTES`].
    ///
    /// # Errors
    ///
    /// The first thing that is not understood: its place, the reason and a remedy.
    pub fn load(path: impl AsRef<Path>) -> Result<NamedListsFile, FileError> {
        document::load(path, MAX_BYTES, interpret)
    }

    /// Checks `text`, the contents of the file that messages call `name`.
    ///
    /// # Errors
    ///
    /// As [`NamedListsFile::load`].
    pub fn parse(name: impl AsRef<Path>, text: &str) -> Result<NamedListsFile, FileError> {
        document::parse(name, text, MAX_BYTES, interpret)
    }
}

/// Values of an attribute, by its key in rules, from a text with one value a line. Empty lines, and what
/// stands behind `#`, do not count.
///
/// # Errors
///
/// The key is not one whose values can be listed, or the first line that has no such value.
pub fn values_of_text(
    file: impl AsRef<Path>,
    key: &str,
    text: &str,
) -> Result<ListedValues, FileError> {
    listed_values(key, text).map_err(|fault| fault.in_file(file.as_ref()))
}

fn listed_values(key: &str, text: &str) -> Result<ListedValues, Fault> {
    let attribute = listable(None, key)?;
    let mut values = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let value = line.split('#').next().unwrap_or_default().trim();
        if !value.is_empty() {
            let at = Place { line: number, column: 1 };
            values.push(listed_value(Some(at), key, value)?);
        }
    }
    Ok(ListedValues { attribute: attribute.name.to_owned(), values })
}

fn interpret(_: &Path, document: &Document) -> Result<NamedListsFile, Fault> {
    let root: Root = document.parse()?;
    document.check_kind(&root.kind, "NamedLists")?;
    let mut lists: Vec<NamedList> = Vec::new();
    for list in root.lists {
        let at = list.place();
        let list = list.value.read(at)?;
        if lists.iter().any(|known| known.list_name == list.list_name) {
            let what = format!("list `{}` is in this file twice", list.list_name);
            return Err(Fault::at(at, what, "give one of them another name"));
        }
        lists.push(list);
    }
    Ok(NamedListsFile { lists })
}

impl ListYaml {
    fn read(self, at: Option<Place>) -> Result<NamedList, Fault> {
        let name = text(&self.name);
        if check_name(&name).is_err() {
            let what = "this list has no name, or one with other characters than names have";
            return Err(Fault::at(at, what, "write letters, digits, `.`, `_` and `-`"));
        }
        let content = match (&self.attribute, self.values, self.measurements) {
            (Some(key), Some(values), None) if self.source.is_none() => {
                let attribute = listable(key.place(), &key.value)?;
                let value =
                    |text: &Spanned<String>| listed_value(text.place(), &key.value, &text.value);
                Content::Values(ListedValues {
                    attribute: attribute.name.to_owned(),
                    values: values.iter().map(value).collect::<Result<_, _>>()?,
                })
            }
            (None, None, Some(measurements)) => {
                let mut entries = Vec::new();
                for measurement in measurements {
                    entries.extend(measured(&measurement)?);
                }
                Content::Measurements(ListedMeasurements { source: text(&self.source), entries })
            }
            _ => {
                return Err(Fault::at(
                    at,
                    format!("list `{name}` has neither values nor measurements, or both"),
                    "write `attribute:` and `values:`, or `source:` and `measurements:`",
                ));
            }
        };
        if let Err(why) = Checked::parse(&content) {
            let what = format!("list `{name}`: {why}");
            return Err(Fault::at(at, what, "docs/policies.md says what lists may have"));
        }
        let description = text(&self.description);
        Ok(NamedList { list_name: name, description, content: Some(content) })
    }
}

/// The entries that a measurement stands for: one for each combination of the values of its lists.
fn measured(yaml: &Spanned<Rule<MeasurementRule>>) -> Result<Vec<ListedMeasurement>, Fault> {
    let at = yaml.place();
    let said = yaml.value.read(None)?;
    let Some(label) = said.name.clone() else {
        let what = "this entry has no name";
        return Err(Fault::at(at, what, "add `name:`, for example the name of the build"));
    };
    let valid_until_ms = said.valid_until_ms().unwrap_or_default();
    if !said.is_a_measurement() {
        return Err(Fault::at(
            at,
            "an entry of a set of measurements says what must match, and nothing more",
            "write `not`, `tcb.outOfDate` and named lists in the rule that refers to the set",
        ));
    }
    let entries = said.entries(at)?;
    Ok(entries
        .into_iter()
        .map(|attributes| ListedMeasurement {
            label: label.clone(),
            attributes: Some(attributes),
            valid_until_ms,
        })
        .collect())
}

/// The attribute of a key, if values of it can be listed.
fn listable(at: Option<Place>, key: &str) -> Result<&'static Attribute, Fault> {
    let found = Attribute::all().find(|attribute| attribute.keys.contains(&key));
    found.filter(|attribute| attribute.can_list()).ok_or_else(|| {
        let known = Attribute::all().filter(|attribute| attribute.can_list());
        let known: Vec<&str> = known.filter_map(Attribute::key).collect();
        let what = format!("values of `{key}` cannot be kept in a named list");
        Fault::at(at, what, format!("lists have values of {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NamedListsFile, String> {
        NamedListsFile::parse("lists.yaml", text).map_err(|error| error.to_string())
    }

    const FILE: &str = "kind: NamedLists\nlists:\n";

    #[test]
    fn values_and_measurements_are_read() {
        let (chip, code) = ("a1".repeat(64), "B5".repeat(32));
        let text = format!(
            "{FILE}- name: stolen\n  description: hall 2\n  attribute: chipId\n  values: [\"{chip}\"]\n\
             - name: inference\n  source: build 17\n  measurements:\n  - name: v3\n    platform: \
             SGX_DCAP\n    mrenclave: [\"{code}\", \"{chip:.64}\"]\n    validUntil: \
             \"2026-01-01T00:00:00Z\"\n"
        );
        let file = parse(&text).unwrap();
        let [stolen, inference] = file.lists.as_slice() else { panic!("{file:?}") };
        let Some(Content::Values(values)) = &stolen.content else { panic!("{stolen:?}") };
        assert_eq!(values.attribute, "hex_chip_id");
        assert_eq!(values.values, [chip.to_uppercase()]);
        let Some(Content::Measurements(set)) = &inference.content else { panic!("{inference:?}") };
        assert_eq!((set.source.as_str(), set.entries.len()), ("build 17", 2));
        assert_eq!(set.entries[0].label, "v3");
        assert_eq!(set.entries[0].valid_until_ms, 1_767_225_600_000);
        // A pipeline may write JSON.
        let json = format!(
            r#"{{"kind": "NamedLists", "lists": [{{"name": "a", "attribute": "mrenclave", "values": ["{code}"]}}]}}"#
        );
        assert_eq!(parse(&json).unwrap().lists.len(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_where_it_stands() {
        for (list, place, reason) in [
            ("- name: a\n  attribute: chipId\n  values: [\"XY\"]\n", "5:12", "hexadecimal"),
            ("- name: a\n  attribute: ppid\n  values: [\"AB\"]\n", "5:12", "not 32"),
            (
                "- name: a\n  attribute: tcb_status\n  values: [OutOfDate]\n",
                "4:14",
                "cannot be kept",
            ),
            ("- name: a/b\n  attribute: chipId\n  values: []\n", "3:3", "has no name"),
            ("- name: a\n  attribute: chipId\n", "3:3", "neither values nor measurements"),
            ("- name: a\n  source: x\n  attribute: chipId\n  values: []\n", "3:3", "neither"),
            ("- name: a\n  measurements:\n  - platform: TDX\n", "5:5", "has no name"),
            (
                "- name: a\n  measurements:\n  - {name: v1, platform: TDX, not: {mrsigner: AB}}\n",
                "5:37",
                "never has `mrsigner`",
            ),
            (
                "- name: a\n  measurements:\n  - {name: v1, platform: TDX}\n",
                "3:3",
                "entry 0: it pins no code on TDX",
            ),
            (
                "- name: a\n  measurements:\n  - {name: v1, platform: TDX, mrtd: {list: x}}\n",
                "5:5",
                "says what must match, and nothing more",
            ),
        ] {
            let error = parse(&format!("{FILE}{list}")).unwrap_err();
            assert!(error.starts_with(&format!("lists.yaml:{place}:")), "{error}");
            assert!(error.contains(reason), "{list}: {error}");
        }
        let text = "# stolen machines\nAB\n\n  cd # the second\n";
        assert_eq!(values_of_text("x", "chipId", text).unwrap().values, ["AB", "CD"]);
        let error = values_of_text("x", "chipId", "AB\nX\n").unwrap_err();
        assert_eq!((error.line(), error.column()), (Some(2), Some(1)));
    }
}

//! `serviceadmin lists`: named lists of values and measurements, which rules refer to.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aecs_attest::NamedList as Checked;
use aecs_client::files::lists::{NamedListsFile, values_of_text};
use aecs_client::files::rule::key_of;
use aecs_client::{ErrorCode, ServiceClient};
use aecs_proto::named_list::Content;
use aecs_proto::{
    ListedMeasurement, ListedMeasurements, ListedValues, NamedList, NamedListInfo,
    PutNamedListResponse,
};
use clap::{Args, Subcommand};
use serde::{Serialize, Serializer};

use super::listed::SOON_MS;
use super::view::now_ms;
use crate::connection::Prepared;
use crate::described::{time, time_if};
use crate::failure::{Exit, Failure, Result};
use crate::files;
use crate::names::{Name, Prefix};
use crate::output::{self, Format, Row, Rows, View, printable};
use crate::tool;

/// What can be done with named lists.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Lists {
    /// Make a list of values what is given: create it, or replace all that it has
    Put {
        /// The list
        #[command(flatten)]
        list: ListName,
        /// Key of rules whose values it has: chipId, ppid, fmspc, measurement, ...
        #[arg(long, value_name = "KEY")]
        attribute: String,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value_t, hide_default_value = true)]
        description: String,
        /// The values
        #[command(flatten)]
        values: Values,
    },
    /// Add values to a list
    Add {
        /// The list
        #[command(flatten)]
        list: ListName,
        /// The values
        #[command(flatten)]
        values: Values,
    },
    /// Remove values from a list, or entries from a set of measurements by their names
    Remove {
        /// The list
        #[command(flatten)]
        list: ListName,
        /// The values
        #[command(flatten)]
        values: Values,
    },
    /// Make lists and sets of measurements what files say (kind: NamedLists, YAML or JSON)
    Import {
        /// Files; `-` for standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Add what the files have, and keep the rest
        #[arg(long)]
        add: bool,
    },
    /// Show a list with all that it has; as JSON or YAML it can be imported again
    Show {
        /// Name of the list
        #[arg(value_name = "LIST")]
        list: Name,
    },
    /// List the lists of the service
    List {
        /// Only lists whose names begin with PREFIX
        #[arg(value_name = "PREFIX", default_value = "", hide_default_value = true)]
        prefix: Prefix,
    },
    /// Destroy lists; rules that refer to them admit nobody from then on. Asks first
    Destroy {
        /// Names of the lists
        #[arg(value_name = "LIST", required = true)]
        lists: Vec<Name>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// The name of a list before its values. A group of its own, because usage lines show groups before
/// what is in none.
#[derive(Args, Debug, PartialEq)]
#[group(required = true)]
pub struct ListName {
    /// Name of the list
    #[arg(value_name = "LIST")]
    list: Name,
}

/// Values, one by one or in a file.
#[derive(Args, Debug, PartialEq)]
#[group(required = true, multiple = false)]
pub struct Values {
    /// The values
    #[arg(value_name = "VALUE")]
    values: Vec<String>,
    /// File with a value a line; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
}

impl Values {
    /// The file that they are in, as messages call it, and its text.
    fn text(&self) -> Result<(PathBuf, String)> {
        match &self.from_file {
            Some(path) => Ok((path.clone(), files::read_text(path, "list of values")?)),
            None => Ok((PathBuf::from("command line"), self.values.join("\n"))),
        }
    }

    /// The values of the attribute of a key.
    fn of(&self, key: &str) -> Result<Content> {
        let (file, text) = self.text()?;
        Ok(Content::Values(values_of_text(file, key, &text)?))
    }

    /// The entries of a set with these names.
    fn labels(&self) -> Result<Content> {
        let (_, text) = self.text()?;
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let entry = |label: &str| ListedMeasurement { label: label.into(), ..Default::default() };
        let entries = lines.filter(|line| !line.is_empty()).map(entry).collect();
        Ok(Content::Measurements(ListedMeasurements { entries, ..Default::default() }))
    }
}

impl Lists {
    /// Reads what is to be sent, connects, and does it.
    pub(super) async fn run(self, prepared: Prepared, format: Format) -> Result<()> {
        match self {
            Self::Put { list: ListName { list }, attribute, description, values } => {
                let content = Some(values.of(&attribute)?);
                let list_name = list.to_string();
                let list = NamedList { list_name, description, content };
                let service = prepared.service_admin().await?;
                let change = service.put_list(&list).await?;
                output::print(format, &Changes::of([(&list.list_name, change)]))
            }
            Self::Add { list: ListName { list }, values } => {
                let service = prepared.service_admin().await?;
                let content = match attribute_of(&service, &list).await? {
                    Some(key) => values.of(key)?,
                    None => return Err(Failure::bad_input(format!(
                        "list {list} is a set of measurements, not a list of values"
                    ))
                    .help(
                        "write the entries into a file (kind: NamedLists), and run `serviceadmin \
                           lists import --add FILE`",
                    )),
                };
                let change = service.add_to_list(&named(&list, content)).await?;
                output::print(format, &Changes::of([(&list.to_string(), change)]))
            }
            Self::Remove { list: ListName { list }, values } => {
                let service = prepared.service_admin().await?;
                let known = service.named_list(list.as_str()).await.map_err(|error| match error
                    .code()
                {
                    Some(ErrorCode::NoSuchName) => no_list(&list),
                    _ => error.into(),
                })?;
                let content = match &known.content {
                    Some(Content::Values(ListedValues { attribute, .. })) => {
                        values.of(key_of(attribute).unwrap_or(attribute))?
                    }
                    _ => values.labels()?,
                };
                let (given, missing) = missing(&known, &content)?;
                if missing.len() < given {
                    let change = service.remove_from_list(&named(&list, content)).await?;
                    output::print(format, &Changes::of([(&list.to_string(), change)]))?;
                }
                match missing.is_empty() {
                    true => Ok(()),
                    false => {
                        let what = format!("list {list} does not have {}", missing.join(", "));
                        Err(Failure::new(Exit::NotFound, what)
                            .help("`serviceadmin lists show` prints what it has"))
                    }
                }
            }
            Self::Import { files, add } => import(&files, add, prepared, format).await,
            Self::Show { list } => {
                let list = prepared.service_admin().await?.named_list(list.as_str()).await?;
                output::print(format, &Shown::of(&list))
            }
            Self::List { prefix } => {
                let service = prepared.service_admin().await?;
                let lists = service.named_lists(prefix.as_str()).await?;
                let now_ms = now_ms();
                let soon = |ends_ms: i64| ends_ms != 0 && ends_ms - now_ms <= SOON_MS;
                for NamedListInfo { list_name, ends_ms, .. } in &lists {
                    if soon(*ends_ms) {
                        tool::warn(&format!(
                            "an entry of list `{list_name}` ends at {}",
                            time(*ends_ms)
                        ));
                    }
                }
                output::print(format, &Rows::<Listed>::of(lists))
            }
            Self::Destroy { lists, yes } => {
                let names: Vec<&str> = lists.iter().map(Name::as_str).collect();
                let shown = format!(
                    "These lists will be destroyed, and rules that refer to them will admit nobody:\n{}",
                    names.join("\n")
                );
                tool::agree(yes, &shown, "Destroy them?")?;
                let service = prepared.service_admin().await?;
                for name in &names {
                    service.destroy_list(name).await?;
                }
                output::print(format, &Destroyed { destroyed: names })
            }
        }
    }
}

/// Reads all files before anything is sent, and sends the lists one after another.
async fn import(files: &[PathBuf], add: bool, prepared: Prepared, format: Format) -> Result<()> {
    let mut lists = Vec::new();
    for path in files {
        let read = match path.as_os_str() == "-" {
            false => NamedListsFile::load(path)?,
            true => {
                let bytes = files::read_standard_input("lists", files::MAX_TEXT)?;
                let text = String::from_utf8_lossy(&bytes);
                NamedListsFile::parse("standard input", &text)?
            }
        };
        lists.extend(read.lists);
    }
    lists.iter().for_each(|list| warn_of_ended(list, now_ms()));
    let service = prepared.service_admin().await?;
    let mut changes = Vec::new();
    for list in &lists {
        let change = match add {
            true => service.add_to_list(list).await,
            false => service.put_list(list).await,
        };
        changes.push((&list.list_name, change?));
    }
    output::print(format, &Changes::of(changes))
}

fn named(list: &Name, content: Content) -> NamedList {
    NamedList { list_name: list.to_string(), content: Some(content), ..NamedList::default() }
}

/// How much is to be removed from a list, and what of that it does not have.
fn missing(known: &NamedList, given: &Content) -> Result<(usize, Vec<String>)> {
    // Values can be written in several ways.
    let given = match given {
        Content::Values(_) => {
            Checked::parse(given).map_err(|why| Failure::bad_input(why.to_string()))?.to_proto()
        }
        Content::Measurements(_) => given.clone(),
    };
    let words = |content: &Content| -> BTreeSet<String> {
        match content {
            Content::Values(list) => list.values.iter().cloned().collect(),
            Content::Measurements(set) => {
                set.entries.iter().map(|entry| entry.label.clone()).collect()
            }
        }
    };
    let (given, known) = (words(&given), known.content.as_ref().map(words).unwrap_or_default());
    Ok((given.len(), given.difference(&known).cloned().collect()))
}

/// The key of the values of a list; none for a set of measurements.
async fn attribute_of(service: &ServiceClient, list: &Name) -> Result<Option<&'static str>> {
    let lists = service.named_lists(list.as_str()).await?;
    let Some(info) = lists.into_iter().find(|info| info.list_name == list.as_str()) else {
        return Err(no_list(list));
    };
    Ok(key_of(&info.attribute))
}

fn no_list(list: &Name) -> Failure {
    let what = format!("there is no list {list} of this service");
    Failure::new(Exit::NotFound, what)
        .help("`serviceadmin lists list` shows them, `serviceadmin lists put` makes one")
}

/// Warns of the entries of a set that have ended: they admit nobody.
fn warn_of_ended(list: &NamedList, now_ms: i64) {
    let Some(Content::Measurements(set)) = &list.content else { return };
    for entry in &set.entries {
        if entry.valid_until_ms != 0 && entry.valid_until_ms <= now_ms {
            let (name, label, end) = (&list.list_name, &entry.label, time(entry.valid_until_ms));
            tool::warn(&format!(
                "entry `{label}` of list `{name}` ended at {end}: it admits nobody"
            ));
        }
    }
}

/// What became of lists.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct Changes<'a>(Vec<Change<'a>>);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    list: &'a str,
    entries: u64,
    added: u64,
    removed: u64,
}

impl<'a> Changes<'a> {
    pub(super) fn of(
        changes: impl IntoIterator<Item = (&'a String, PutNamedListResponse)>,
    ) -> Self {
        let change = |(list, change): (&'a String, PutNamedListResponse)| {
            let PutNamedListResponse { entries, added, removed } = change;
            Change { list, entries, added, removed }
        };
        Self(changes.into_iter().map(change).collect())
    }
}

impl View for Changes<'_> {
    fn text(&self) -> String {
        let sentence = |Change { list, entries, added, removed }: &Change<'_>| {
            format!("list {list}: {added} added, {removed} removed, {entries} there now")
        };
        self.0.iter().map(sentence).collect::<Vec<_>>().join("\n")
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.0.iter().map(|change| change.list.to_owned()).collect())
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Destroyed<'a> {
    pub(super) destroyed: Vec<&'a str>,
}

impl View for Destroyed<'_> {
    fn text(&self) -> String {
        let sentences = self.destroyed.iter().map(|name| format!("destroyed list {name}"));
        sentences.collect::<Vec<_>>().join("\n")
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.destroyed.iter().map(ToString::to_string).collect())
    }
}

/// A list, without what it has.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    name: String,
    description: String,
    attribute: Option<&'static str>,
    source: String,
    entries: u64,
    created: Option<String>,
    changed: Option<String>,
    ends: Option<String>,
    complete: bool,
}

impl From<NamedListInfo> for Listed {
    fn from(info: NamedListInfo) -> Self {
        Self {
            attribute: key_of(&info.attribute),
            created: time_if(info.created_ms),
            changed: time_if(info.changed_ms),
            ends: time_if(info.ends_ms),
            complete: !info.incomplete,
            name: info.list_name,
            description: info.description,
            source: info.source,
            entries: info.entries,
        }
    }
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] =
        &["LIST", "HAS", "ENTRIES", "CHANGED", "FIRST END", "DESCRIPTION"];

    fn cells(&self) -> Vec<String> {
        let entries = match self.complete {
            true => self.entries.to_string(),
            false => format!("{} (incomplete)", self.entries),
        };
        vec![
            self.name.clone(),
            self.attribute.unwrap_or("measurements").to_owned(),
            entries,
            self.changed.clone().unwrap_or_default(),
            self.ends.clone().unwrap_or_default(),
            self.description.clone(),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// A list with all that it has, in the form of a file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    kind: &'static str,
    #[cfg_attr(test, schemars(with = "Vec<crate::schema::ListInFile>"))]
    lists: Vec<List>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    name: String,
    description: String,
    #[serde(flatten)]
    content: Contents,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Contents {
    Values { attribute: &'static str, values: Vec<String> },
    Measurements { source: String, measurements: Vec<Measurement> },
}

/// An entry: its name, its keys with their values, and its end.
struct Measurement {
    name: String,
    keys: Vec<(&'static str, String)>,
    valid_until: Option<String>,
}

impl Serialize for Measurement {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let own = [("name", Some(&self.name)), ("validUntil", self.valid_until.as_ref())];
        let own = own.into_iter().filter_map(|(key, value)| Some((key, value?)));
        serializer.collect_map(own.chain(self.keys.iter().map(|(key, value)| (*key, value))))
    }
}

impl Shown {
    pub(super) fn of(list: &NamedList) -> Self {
        let content = match list.content.clone() {
            Some(Content::Values(ListedValues { attribute, values })) => {
                Contents::Values { attribute: key_of(&attribute).unwrap_or_default(), values }
            }
            Some(Content::Measurements(ListedMeasurements { source, entries })) => {
                let measurements = entries.into_iter().map(Measurement::from).collect();
                Contents::Measurements { source, measurements }
            }
            None => Contents::Measurements { source: String::new(), measurements: Vec::new() },
        };
        let (name, description) = (list.list_name.clone(), list.description.clone());
        Self { kind: "NamedLists", lists: vec![List { name, description, content }] }
    }
}

impl From<ListedMeasurement> for Measurement {
    fn from(entry: ListedMeasurement) -> Self {
        let attributes = entry.attributes.unwrap_or_default();
        let keys = aecs_attest::Attribute::all().filter_map(|attribute| {
            let text = attribute.text(&attributes);
            (!text.is_empty()).then_some((attribute.key()?, text.to_owned()))
        });
        let valid_until = (entry.valid_until_ms != 0).then(|| time(entry.valid_until_ms));
        Self { name: entry.label, keys: keys.collect(), valid_until }
    }
}

impl View for Shown {
    fn text(&self) -> String {
        let lists = self.lists.iter().map(|list| match &list.content {
            Contents::Values { values, .. } => values.join("\n"),
            Contents::Measurements { measurements, .. } => {
                let rows = measurements.iter().map(|entry| {
                    let keys = entry.keys.iter().map(|(key, value)| format!("{key}={value}"));
                    let end = entry.valid_until.clone().unwrap_or_default();
                    [entry.name.clone(), end, keys.collect::<Vec<_>>().join(" ")]
                });
                output::table(&["ENTRY", "VALID UNTIL", "MEASUREMENTS"], rows)
            }
        });
        printable(&lists.collect::<Vec<_>>().join("\n"))
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.lists.iter().map(|list| list.name.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use aecs_proto::UnifiedAttestationAttributes;

    use super::*;

    #[test]
    fn a_list_that_is_shown_can_be_imported_again() {
        let values = ListedValues { attribute: "hex_chip_id".into(), values: vec!["AB".into()] };
        let entry = ListedMeasurement {
            label: "v1".into(),
            attributes: Some(UnifiedAttestationAttributes {
                str_tee_platform: "AZURE_SNP_VTPM".into(),
                hex_boot_measurement: "CD".repeat(48),
                str_pcrs: format!("4={0},9={0}", "AB".repeat(32)),
                str_min_isvsvn: "2".into(),
                ..Default::default()
            }),
            valid_until_ms: 1_767_225_600_000,
        };
        let set = ListedMeasurements { source: "build 17".into(), entries: vec![entry] };
        for content in [Content::Values(values), Content::Measurements(set)] {
            let list = NamedList {
                list_name: "a".into(),
                description: "for tests: all".into(),
                content: Some(content),
            };
            let shown = Shown::of(&list);
            let texts =
                [serde_saphyr::to_string(&shown).unwrap(), serde_json::to_string(&shown).unwrap()];
            for text in texts {
                let read =
                    NamedListsFile::parse("x", &text).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(read.lists, std::slice::from_ref(&list), "{text}");
            }
        }
    }
}

//! Results, on standard output: a table for people, JSON or YAML for programs.

use std::io::{self, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use serde::Serialize;

use crate::failure::{Exit, Failure, Result};
use crate::tool;

/// The form results are printed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table or a sentence for people
    #[default]
    Table,
    /// A table with every column
    Wide,
    /// One JSON document, as docs/json.md says; an error is one as well
    Json,
    /// One YAML document
    Yaml,
    /// Names alone, one a line
    Name,
}

/// The width of tables, if the person has said one: 0 for any.
static WIDTH: OnceLock<u16> = OnceLock::new();

/// Sets the width of tables, once: 0 for any. Without it, it is the terminal's.
pub fn set_width(width: u16) {
    // A second time comes in tests only.
    let _ = WIDTH.set(width);
}

/// A result: its JSON form is its serialisation, its form for people is written by hand.
pub trait View: Serialize {
    /// The text for people, without the final newline.
    fn text(&self) -> String;

    /// The same with everything that there is to say.
    fn wide(&self) -> String {
        self.text()
    }

    /// The names of the things in it; none where it is not about such.
    fn names(&self) -> Option<Vec<String>> {
        None
    }
}

/// Prints a result.
///
/// # Errors
///
/// [`Exit::CannotWrite`].
pub fn print<V: View>(format: Format, view: &V) -> Result<()> {
    let mut text = match format {
        Format::Table => view.text(),
        Format::Wide => view.wide(),
        Format::Json => serde_json::to_string_pretty(view)
            .map_err(|error| Failure::internal(format!("the result has no JSON form: {error}")))?,
        Format::Yaml => serde_saphyr::to_string(view)
            .map_err(|error| Failure::internal(format!("the result has no YAML form: {error}")))?
            .trim_end()
            .to_owned(),
        Format::Name => match view.names() {
            Some(names) if !names.is_empty() => names.join("\n"),
            Some(_) => return Ok(()),
            // What was asked for is done, so it is no failure.
            None => {
                tool::warn(
                    "this command was carried out; it lists no names, so -o name prints nothing",
                );
                return Ok(());
            }
        },
    };
    text.push('\n');
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are. A reader that has seen enough (`| head`) is no error.
///
/// # Errors
///
/// [`Exit::CannotWrite`].
pub fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            Exit::CannotWrite,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

/// A row of a list.
pub trait Row: Serialize {
    /// The headings of the columns.
    const COLUMNS: &'static [&'static str];

    /// The text in each column, for people.
    fn cells(&self) -> Vec<String>;

    /// The headings with every column.
    const WIDE_COLUMNS: &'static [&'static str] = Self::COLUMNS;

    /// The text in each of them.
    fn wide_cells(&self) -> Vec<String> {
        self.cells()
    }

    /// What the row is about, for `-o name`.
    fn name(&self) -> String;
}

/// A list: a table for people, an array in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Rows<R>(pub Vec<R>);

impl<R> Rows<R> {
    /// A row of each item.
    pub fn of<T: Into<R>>(items: Vec<T>) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl<R: Row> View for Rows<R> {
    fn text(&self) -> String {
        table(R::COLUMNS, self.0.iter().map(Row::cells))
    }

    fn wide(&self) -> String {
        table(R::WIDE_COLUMNS, self.0.iter().map(Row::wide_cells))
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.0.iter().map(Row::name).collect())
    }
}

/// A table with a heading row and `rows`; `(none)` when there are no rows.
pub fn table<R>(heading: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = String>,
{
    let mut table = frame();
    table.set_header(heading.to_vec());
    for row in rows {
        table.add_row(row.into_iter().map(|cell| printable(&cell)));
    }
    if table.is_empty() { "(none)".to_owned() } else { finish(table) }
}

/// A table of properties: one name and value a row; rows without a value are left out.
pub fn properties<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = frame();
    for (name, value) in rows {
        if !value.is_empty() {
            table.add_row([name.to_owned(), printable(&value)]);
        }
    }
    finish(table)
}

/// Names from outside cannot move the cursor or colour the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// The outcome of a command that has nothing to show but that it was done.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Done<'a> {
    /// What was done, as one word: `registered`.
    pub done: &'a str,
    /// To what: `service service1`; may be empty.
    pub what: &'a str,
}

impl View for Done<'_> {
    fn text(&self) -> String {
        if self.what.is_empty() {
            self.done.to_owned()
        } else {
            format!("{} {}", self.done, self.what)
        }
    }
}

fn frame() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    match WIDTH.get() {
        Some(0) => _ = table.set_content_arrangement(ContentArrangement::Disabled),
        Some(width) => _ = table.set_width(*width),
        None => {}
    }
    table
}

/// The text of a table. Lines are broken between words only, so that names and digests can be
/// copied: a table that is too wide for the terminal is better than that.
fn finish(mut table: Table) -> String {
    let longest: Vec<usize> = (0..table.column_count())
        .map(|index| {
            let cells = table.column_cells_with_header_iter(index).flatten();
            let content = cells.map(comfy_table::Cell::content);
            let words = content.flat_map(|text| {
                text.split_whitespace().map(|word| word.chars().count()).collect::<Vec<_>>()
            });
            words.max().unwrap_or_default()
        })
        .collect();
    for (column, longest) in table.column_iter_mut().zip(longest) {
        let width = u16::try_from(longest).unwrap_or(u16::MAX);
        let width = width.saturating_add(column.padding_width());
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\r"), "a\u{fffd}[31mb\u{fffd}");
    }

    #[test]
    fn names_and_digests_are_never_broken() {
        let digest = "A5".repeat(32);
        let mut narrow = frame();
        narrow.set_width(40);
        narrow.set_header(["NAME", "DIGEST", "WHY"]);
        narrow.add_row(["a-name-with-hyphens", &digest, "some words that can be broken"]);
        let text = finish(narrow);
        assert!(text.contains(&digest), "{text}");
        assert!(text.contains("a-name-with-hyphens"), "{text}");
        assert!(!text.contains("words that can"), "{text}");
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(table(&["NAME"], Vec::<Vec<String>>::new()), "(none)");
    }
}

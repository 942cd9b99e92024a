//! Results, on standard output: a table for people, JSON for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use crate::failure::{Exit, Failure, Result};

/// The form results are printed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table or a sentence for people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// A result: its JSON form is its serialisation, its form for people is written by hand.
pub trait View: Serialize {
    /// The text for people, without the final newline.
    fn text(&self) -> String;
}

/// Prints a result.
///
/// # Errors
///
/// [`Exit::CannotWrite`].
pub fn print<V: View>(format: Format, view: &V) -> Result<()> {
    let mut text = match format {
        Format::Table => view.text(),
        Format::Json => serde_json::to_string_pretty(view)
            .map_err(|error| Failure::internal(format!("the result has no JSON form: {error}")))?,
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
}

/// A list: a table for people, an array in JSON.
#[derive(Serialize)]
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
    if table.is_empty() { "(none)".to_owned() } else { table.to_string() }
}

/// A table of properties: one name and value a row; rows without a value are left out.
pub fn properties<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = frame();
    for (name, value) in rows {
        if !value.is_empty() {
            table.add_row([name.to_owned(), printable(&value)]);
        }
    }
    table.to_string()
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
pub struct Done<'a> {
    /// What was done, as one word: `registered`.
    pub done: &'a str,
    /// To what: `service service1`.
    #[serde(skip_serializing_if = "str::is_empty")]
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
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\r"), "a\u{fffd}[31mb\u{fffd}");
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(table(&["NAME"], Vec::<Vec<String>>::new()), "(none)");
    }
}

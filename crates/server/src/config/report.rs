//! `--check-config`: the settings in force, and where each comes from.

use std::fmt;

use super::{layers::Settings, table};

/// Displays every key with its value and source, one line each.
pub struct Report<'a>(pub &'a Settings);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.file {
            Some(file) => writeln!(f, "configuration file: {}\n", file.display())?,
            None => f.write_str("configuration file: none\n\n")?,
        }
        let rows: Vec<[String; 3]> = table::ALL
            .iter()
            .filter_map(|spec| {
                let setting = self.0.of(spec)?;
                let value = match &setting.text {
                    None => "<not set>".to_owned(),
                    Some(_) if spec.secret => "<set>".to_owned(),
                    Some(text) => one_line(&spec.shown(text)),
                };
                Some([spec.name.to_owned(), value, setting.source.to_string()])
            })
            .collect();
        let width = |column: fn(&[String; 3]) -> &String, most: usize| {
            rows.iter().map(|row| column(row).len()).filter(|len| *len <= most).max().unwrap_or(0)
        };
        let names = width(|[name, ..]| name, usize::MAX);
        let values = width(|[_, value, _]| value, LONGEST_PADDED);
        for [name, value, source] in &rows {
            writeln!(f, "{name:names$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}

/// Longer values, such as keys, push their source out of its column.
const LONGEST_PADDED: usize = 48;

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

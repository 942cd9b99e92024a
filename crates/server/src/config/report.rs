//! `--check-config`: what is in force, and who said so.

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
        let width = |column: fn(&[String; 3]) -> &String| {
            rows.iter().map(|row| column(row).len()).max().unwrap_or(0)
        };
        let (names, values) = (width(|[name, ..]| name), width(|[_, value, _]| value));
        for [name, value, source] in &rows {
            writeln!(f, "{name:names$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}

/// Long values, such as keys, by their beginning.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 48;
    let mut line: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push_str("...");
    }
    line
}

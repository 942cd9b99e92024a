//! Reads a configuration file of any format into names, texts and lines.
//!
//! JSON, TOML and YAML say the same thing: a tree of tables whose leaves are scalars or lists of
//! scalars. Nested tables are joined by dots, so `{"log": {"level": "info"}}` and
//! `{"log.level": "info"}` are one setting.

use std::path::{Path, PathBuf};

use aecs_attest::files;

use super::{
    layers::Source,
    problem::Problem,
    tree::{Leaf, Node},
};

/// Largest configuration file, and largest file of one value that it names (a root, a certificate,
/// a key), in bytes. No sensible one is larger.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// One setting of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Full name with dots.
    pub(crate) name: String,
    /// Its text; empty for an empty string or null.
    pub(crate) value: String,
    /// Line of the value, counted from 1, where the format tells.
    pub(crate) line: Option<usize>,
}

/// The settings of the file at `path`, in its order. The extension tells the format.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, Problem> {
    // Before the file is read: a wrong name is found without it.
    Format::of(path)?;
    let text = files::read_text(path, MAX_FILE_BYTES).map_err(|error| {
        Problem::new(format!("cannot read the configuration file: {error}"))
            .at(&in_file(path, None))
    })?;
    parse(path, &text)
}

/// The settings in `text`, the content of the file at `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Vec<Entry>, Problem> {
    let format = Format::of(path)?;
    let node = format.parse(text).map_err(|error| {
        Problem::new(format!("not valid {}: {error}", format.name())).at(&in_file(path, None))
    })?;
    let Node::Table(table) = node else {
        return Err(
            Problem::new("the file is not a table of keys and values").at(&in_file(path, None))
        );
    };
    let mut entries = Vec::new();
    for (name, line, node) in table {
        flatten(&mut entries, name, line, node)
            .map_err(|(what, line)| Problem::new(what).at(&in_file(path, line)))?;
    }
    if format == Format::Json {
        for entry in &mut entries {
            entry.line = json_line(text, &entry.name);
        }
    }
    Ok(entries)
}

fn in_file(path: &Path, line: Option<usize>) -> Source {
    Source::File { path: PathBuf::from(path), line }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Toml,
    Yaml,
}

impl Format {
    fn of(path: &Path) -> Result<Self, Problem> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Ok(Self::Json),
            Some("toml") => Ok(Self::Toml),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            _ => Err(Problem::new("the name of a configuration file tells its format")
                .at(&in_file(path, None))
                .remedy("name it .json, .toml, .yaml or .yml")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }

    fn parse(self, text: &str) -> Result<Node, String> {
        match self {
            Self::Json => Node::from_json(text),
            Self::Toml => Node::from_toml(text),
            Self::Yaml => Node::from_yaml(text),
        }
    }
}

fn flatten(
    entries: &mut Vec<Entry>,
    name: String,
    line: Option<usize>,
    node: Node,
) -> Result<(), (String, Option<usize>)> {
    match node {
        Node::Leaf(leaf) => entries.push(Entry { value: text(&name, leaf, line)?, name, line }),
        Node::List(leaves) => {
            let texts: Result<Vec<_>, _> =
                leaves.into_iter().map(|leaf| text(&name, leaf, line)).collect();
            entries.push(Entry { value: texts?.join(","), name, line });
        }
        Node::Table(table) => {
            for (child, line, node) in table {
                flatten(entries, format!("{name}.{child}"), line, node)?;
            }
        }
    }
    Ok(())
}

fn text(name: &str, leaf: Leaf, line: Option<usize>) -> Result<String, (String, Option<usize>)> {
    match leaf {
        Leaf::Text(text) => Ok(text),
        // A long row of digits without quotes, for instance a measurement, arrives here too.
        Leaf::Unusable(what) => {
            Err((format!("{name} is {what}: only texts, whole numbers and booleans are"), line))
        }
    }
}

/// The JSON parser does not tell where a value was; the first place where the name is a key does.
fn json_line(text: &str, name: &str) -> Option<usize> {
    let last = name.rsplit('.').next().unwrap_or(name);
    [name, last].into_iter().find_map(|name| {
        let quoted = format!("\"{name}\"");
        text.match_indices(&quoted)
            .find(|(at, _)| {
                let after = text.get(at + quoted.len()..).unwrap_or_default();
                after.trim_start().starts_with(':')
            })
            .map(|(at, _)| line_of(text, at))
    })
}

/// The line, counted from 1, of the byte at `offset`.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(file: &str, text: &str) -> Result<Vec<(String, String, Option<usize>)>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(file);
        std::fs::write(&path, text).unwrap();
        let shown = path.display().to_string();
        match read(&path) {
            Ok(entries) => Ok(entries.into_iter().map(|e| (e.name, e.value, e.line)).collect()),
            Err(problem) => Err(problem.to_string().replace(&shown, file)),
        }
    }

    fn expected() -> Vec<(String, String, Option<usize>)> {
        [
            ("aecs_rpc_port", "19527", 2),
            ("log.level", "info", 4),
            ("log.format", "", 5),
            ("identity.suites", "rsa,sm2", 7),
            ("attestation.simulation.debug", "true", 8),
        ]
        .map(|(name, value, line)| (name.to_owned(), value.to_owned(), Some(line)))
        .to_vec()
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let json = r#"{
"aecs_rpc_port": "19527",
"log": {
  "level": "info",
  "format": null
},
"identity.suites": ["rsa", "sm2"],
"attestation": {"simulation": {"debug": true}}
}"#;
        let yaml = "\naecs_rpc_port: 19527\nlog:\n  level: info\n  format:\n\n\
            identity.suites: [rsa, sm2]\nattestation: {simulation: {debug: true}}\n";
        let toml = "\naecs_rpc_port = 19_527\n\nlog.level = \"info\"\nlog.format = \"\"\n\n\
            identity = {suites = [\"rsa\", \"sm2\"]}\nattestation.simulation.debug = true\n";
        assert_eq!(entries("a.json", json).unwrap(), expected());
        assert_eq!(entries("a.yaml", yaml).unwrap(), expected());
        assert_eq!(entries("a.toml", toml).unwrap(), expected());
    }

    #[test]
    fn what_is_not_a_scalar_is_named_with_its_line() {
        let error = entries("a.yaml", "aecs_rpc_port: 1\nlog.level: 1.5\n").unwrap_err();
        assert!(error.starts_with("a.yaml:2: log.level is a fraction"), "{error}");
        let error = entries("a.toml", "\n\nlog.level = 1979-05-27\n").unwrap_err();
        assert!(error.starts_with("a.toml:3: log.level is a date"), "{error}");
        let digits = format!("attestation.simulation.mrenclave: {}", "1".repeat(64));
        let error = entries("a.yaml", &digits).unwrap_err();
        assert!(error.contains("too large for a number"), "{error}");
    }

    #[test]
    fn syntax_errors_say_where() {
        for (file, text) in
            [("a.json", "{\n  \"a\": 1,\n}"), ("a.toml", "a = 1\nb = \n"), ("a.yml", "a: [1\nb: 2")]
        {
            let error = entries(file, text).unwrap_err();
            assert!(error.starts_with(file) && error.contains("not valid"), "{error}");
            assert!(error.contains("line") || error.contains("-->"), "{error}");
            assert_eq!(error.lines().count(), 1, "one line: {error}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        assert!(entries("a.conf", "").unwrap_err().contains("name it .json"));
        assert!(entries("a.json", "[]").unwrap_err().contains("not a table"));
        let huge = " ".repeat(2 * 1024 * 1024);
        assert!(entries("a.json", &huge).unwrap_err().contains("larger than 1048576 bytes"));
    }

    #[test]
    fn a_name_given_twice_is_an_error_in_every_format() {
        for (file, text) in [
            ("a.json", r#"{"a": 1, "a": 2}"#),
            ("a.toml", "a = 1\na = 2"),
            ("a.yaml", "a: 1\na: 2"),
        ] {
            assert!(entries(file, text).unwrap_err().contains("not valid"), "{file}");
        }
    }
}

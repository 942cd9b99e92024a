//! The reference configuration: every key with its meaning, default and other names.

use std::fmt::Write as _;

use super::{
    key::{Fallback, Scope, Spec},
    table,
};

const LINE: usize = 96;

/// The text of `deployment/conf/aecs_server.reference.toml`.
pub fn reference() -> String {
    let mut text = comment(
        "All keys of aecs_server with their defaults; keys without a default are commented out. \
         JSON and YAML files have the same names; a dot in a name can also be a nested table. A \
         flag overrides an environment variable, and that overrides the file. An empty value \
         counts as not set. Relative paths start at the working directory.",
    );
    text.push_str("#\n");
    text.push_str(&comment(
        "A key that is marked as a trust setting counts when the server's identity is made. From then on \
         the vault keeps its value, and `aecsadmin deployment apply FILE` changes it; the file of the \
         host changes nothing.",
    ));
    text.push_str("#\n");
    text.push_str(&comment(
        "Generated from the table of keys: AECS_REGENERATE=1 cargo test -p aecs-server reference",
    ));
    for spec in table::ALL {
        text.push('\n');
        text.push_str(&entry(spec));
    }
    text
}

fn entry(spec: &Spec) -> String {
    let mut help = spec.help.to_owned();
    if let Some(why) = spec.obsolete {
        let _ = write!(help, " Accepted without effect: {why}.");
    }
    let mut text = comment(&help);
    let names = match spec.flag() {
        Some(flag) => format!("{}; {}; --{flag}", spec.words, spec.variable()),
        None => format!("{}; {}; no flag, because it is a secret", spec.words, spec.variable()),
    };
    text.push_str(&comment(&names));
    match spec.scope {
        Scope::Trust => text.push_str(&comment("Trust setting: kept in the vault.")),
        Scope::Birth => {
            text.push_str(&comment("Counts when an identity is made, and never afterwards."));
        }
        Scope::Operational => {}
    }
    let (mark, value) = match spec.fallback {
        Fallback::Value(value) => ("", value.to_owned()),
        Fallback::InDataDir(name) => ("# ", format!("(aecs_data_dir)/{name}")),
        Fallback::Unset => ("# ", spec.example.to_owned()),
    };
    let quote = if spec.bare { "" } else { "\"" };
    let _ = writeln!(text, "{mark}{} = {quote}{value}{quote}", spec.name);
    text
}

/// Wrapped at words into `# ` lines.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > LINE {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

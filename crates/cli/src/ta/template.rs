//! Texts with places for secrets: `{{ secret "NAME" }}` and `{{ secret "NAME" "FIELD" }}`.
//!
//! That is the whole language; `{{ "text" }}` is the text itself, for a template that needs `{{`.

use std::path::Path;

use super::reference::Reference;
use crate::failure::{Failure, Result};

/// A text with places for secrets.
#[derive(Debug, PartialEq)]
pub(super) struct Template(Vec<Part>);

/// A part of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// A text that stays.
    Text(String),
    /// The place of a secret.
    Secret(Reference),
}

impl Template {
    /// Reads the template in `text`, which messages call `name`.
    ///
    /// # Errors
    ///
    /// A place that cannot be understood, with its line.
    pub(super) fn parse(name: &Path, text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let line = 1 + text
                .len()
                .checked_sub(after.len())
                .map_or(0, |end| text.get(..end).unwrap_or_default().matches('\n').count());
            let failure = |what: &str| {
                Failure::bad_input(format!("{}:{line}: {what}", name.display()))
                    .help("write {{ secret \"NAME\" }} or {{ secret \"NAME\" \"FIELD\" }}")
            };
            parts.push(Part::Text(before.to_owned()));
            let (part, behind) = place(after).map_err(|what| failure(&what))?;
            parts.push(part);
            rest = behind;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self(parts))
    }

    /// The parts in their order.
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// The place that begins after `{{`, and what follows it.
fn place(text: &str) -> std::result::Result<(Part, &str), String> {
    let mut rest = text.trim_start();
    let is_secret = rest.strip_prefix("secret").filter(|rest| rest.starts_with([' ', '\t']));
    rest = is_secret.unwrap_or(rest).trim_start();
    let mut words = Vec::new();
    while let Some(word) = rest.strip_prefix('"') {
        let (word, behind) = word.split_once('"').ok_or("a `\"` is not closed")?;
        words.push(word);
        rest = behind.trim_start();
    }
    let behind = rest.strip_prefix("}}").ok_or("a place for a secret cannot be understood")?;
    match (is_secret, words.as_slice()) {
        (None, [text]) => Ok((Part::Text((*text).to_owned()), behind)),
        (Some(_), [name]) => Ok((Part::Secret(Reference::new(name, None)?), behind)),
        (Some(_), [name, field]) => {
            Ok((Part::Secret(Reference::new(name, Some((*field).to_owned()))?), behind))
        }
        _ => Err("a place for a secret cannot be understood".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Template> {
        Template::parse(Path::new("app.conf"), text)
    }

    fn secret(text: &str) -> Part {
        Part::Secret(text.parse().unwrap())
    }

    #[test]
    fn places_are_found() {
        let text = |text: &str| Part::Text(text.to_owned());
        for (template, expected) in [
            ("", vec![]),
            ("no place { } }}", vec![text("no place { } }}")]),
            ("{{secret \"a\"}}", vec![secret("a")]),
            (
                "u={{ secret \"s/a\" \"user\" }}\np={{\tsecret  \"a\" }}\n",
                vec![text("u="), secret("s/a:user"), text("\np="), secret("a"), text("\n")],
            ),
            ("{{ \"{{\" }} x", vec![text("{{"), text(" x")]),
        ] {
            assert_eq!(parse(template).unwrap().parts(), expected, "{template}");
        }
    }

    #[test]
    fn what_is_not_a_place_is_told_with_its_line() {
        for wrong in [
            "{{",
            "{{ }}",
            "{{ secret }}",
            "{{ secret a }}",
            "{{ secret \"a }}",
            "{{ secret \"a\" \"b\" \"c\" }}",
            "{{ secret \"a\" ",
            "{{ secret\"a\" }}",
            "{{ secrets \"a\" }}",
            "{{ secret \"../a\" }}",
            "{{ \"a\" \"b\" }}",
            "{{ env \"A\" }}",
        ] {
            let failure = parse(&format!("first\n\n{wrong}")).unwrap_err();
            assert_eq!(failure.exit(), crate::Exit::BadInput, "{wrong}");
            assert!(failure.message().starts_with("app.conf:3: "), "{wrong}: {failure}");
        }
    }
}

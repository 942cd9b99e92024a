//! Entries of a policy as the lines of a rule: what to write into a file to say the same.

use aecs_attest::{Attribute, Takes};
use aecs_proto::UnifiedAttestationAttributes;

use super::keys::Key;

/// The key of rules for an attribute, by the attribute's name on the wire.
///
/// ```
/// use aecs_client::files::rule;
///
/// assert_eq!(rule::key_of("hex_mrtd"), Some("mrtd"));
/// assert_eq!(rule::key_of("no_such_attribute"), None);
/// ```
#[must_use]
pub fn key_of(attribute: &str) -> Option<&'static str> {
    Attribute::named(attribute)?.key()
}

/// The line of a rule that asks for this value of an attribute; none for an attribute that rules
/// have no key for.
///
/// ```
/// use aecs_client::files::rule;
///
/// assert_eq!(rule::line("hex_prod_id", "1").unwrap(), r#"prodID: "1""#);
/// assert_eq!(rule::line("str_min_tcb", "microcode=115,snp=8").unwrap(),
///     r#"minTcb: {microcode: "115", snp: "8"}"#);
/// ```
#[must_use]
pub fn line(attribute: &str, value: &str) -> Option<String> {
    Key::of(Attribute::named(attribute)?).map(|key| key.line(value))
}

/// The line of a rule that admits each of these values of an attribute; none for an attribute of
/// which a rule takes one value only.
///
/// ```
/// use aecs_client::files::rule;
///
/// assert_eq!(rule::line_of_any("hex_signer", &["AA", "BB"]).unwrap(), r#"mrsigner: ["AA", "BB"]"#);
/// assert_eq!(rule::line_of_any("str_min_isvsvn", &["0", "1"]), None);
/// ```
#[must_use]
pub fn line_of_any(attribute: &str, values: &[&str]) -> Option<String> {
    let key = Key::of(Attribute::named(attribute)?)?;
    if key.takes() != Takes::Alternatives {
        return None;
    }
    let texts: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    match texts.as_slice() {
        [one] => Some(format!("{}: {one}", key.name)),
        several => Some(format!("{}: [{}]", key.name, several.join(", "))),
    }
}

/// The lines of a rule that asks for everything that `entry` asks for.
#[must_use]
pub fn lines(entry: &UnifiedAttestationAttributes) -> Vec<String> {
    let asked = |key: &Key| !key.attribute.text(entry).is_empty();
    let keys = Attribute::all().filter_map(Key::of).filter(asked);
    keys.map(|key| key.line(key.attribute.text(entry))).collect()
}

impl Key {
    fn line(&self, value: &str) -> String {
        format!("{}: {}", self.name, self.text(value))
    }

    /// A value in YAML, all texts in quotes: a measurement may look like a number.
    fn text(&self, value: &str) -> String {
        match self.takes() {
            Takes::One | Takes::Alternatives => quoted(value),
            Takes::Items if value.contains(',') => {
                let items: Vec<String> = value.split(',').map(quoted).collect();
                format!("[{}]", items.join(", "))
            }
            Takes::Items => quoted(value),
            Takes::Pairs => {
                let pairs: Vec<String> = value
                    .split(',')
                    .map(|pair| match pair.split_once('=') {
                        Some((name, value)) => format!("{name}: {}", quoted(value)),
                        None => quoted(pair),
                    })
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }
}

/// A text in double quotes, in which nothing but the text can be meant.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

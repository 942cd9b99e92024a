//! What policies make of evidence, as a table for people.
//!
//! A rule is shown once: its lists side by side, and of a rule for another platform nothing else.

use aecs_attest::Comparison;

use super::{Judgement, Remedy, Rule, name};
use crate::output::{self, printable};
use crate::view;

/// What to do where there is no rule to change.
pub(super) const ADD_A_RULE: &str =
    "add a rule for it: `aecs-attest policy` prints one for genuine evidence";

/// Hexadecimal digits beyond which a value is shortened in a message of one line.
const LONG: usize = 24;

impl Judgement {
    /// `refused` says that the evidence is not accepted, whatever a policy makes of it.
    pub(in crate::evidence) fn text(&self, refused: bool) -> String {
        let mut text = String::new();
        if let Some(secret) = &self.secret {
            text.push_str(&format!("secret {}: ", printable(secret)));
        }
        text.push_str(match (&self.open_rule, self.admitted, refused) {
            (Some(_), ..) => "REFUSED BY SERVERS: a rule lets everybody in",
            (None, true, false) => "ADMITTED",
            (None, true, true) => "REFUSED; otherwise admitted",
            (None, false, _) => "DENIED",
        });
        if let (true, Some(rule)) = (self.admitted, self.rules.iter().find(|rule| rule.admits)) {
            text.push_str(&format!(" by the rule at {}", printable(&rule.place)));
        }
        text.push('\n');
        text.push_str(&output::table(
            &["RULE", "ATTRIBUTE", "EXPECTED", "FOUND", "VERDICT"],
            written(&self.rules).flat_map(rows),
        ));
        if let Some(platform) = &self.no_rule_for {
            text.push_str(&format!("\nNo rule is for platform {}: ", printable(platform)));
            text.push_str(ADD_A_RULE);
        }
        if !self.remedies.is_empty() {
            text.push_str("\nWhat would make it pass:");
        }
        for remedy in &self.remedies {
            text.push('\n');
            text.push_str(&printable(&remedy.text()));
        }
        text
    }
}

/// The rules as they are written: what has one place is one rule, whatever its lists stand for.
fn written(rules: &[Rule]) -> impl Iterator<Item = &[Rule]> {
    rules.chunk_by(|one, next| one.place == next.place)
}

/// The rows of the alternatives that one written rule stands for. They are all combinations of its
/// lists, so that each attribute can be shown by itself: it holds when one of its values does.
fn rows(alternatives: &[Rule]) -> Vec<[String; 5]> {
    let Some(first) = alternatives.first() else { return Vec::new() };
    let row = |compared: &[&Comparison]| {
        let attribute = compared.first().map_or("", |one| name(&one.attribute));
        let found = compared.first().map_or_else(String::new, |one| one.actual.clone());
        let holds: Vec<&&Comparison> = compared.iter().filter(|one| one.holds).collect();
        let shown = if holds.is_empty() { compared.iter().collect() } else { holds.clone() };
        let mut expected: Vec<&str> = Vec::new();
        for one in shown {
            if !expected.contains(&one.expected.as_str()) {
                expected.push(&one.expected);
            }
        }
        let verdict = if holds.is_empty() { "MISMATCH" } else { "ok" };
        let expected = spaced(&expected.join("\nor "));
        [String::new(), attribute.into(), expected, spaced(&found), verdict.into()]
    };
    let mut rows: Vec<[String; 5]> = Vec::new();
    for one in &first.comparisons {
        let same = |other: &&Comparison| other.attribute == one.attribute;
        let all = alternatives.iter().flat_map(|rule| &rule.comparisons);
        let compared: Vec<&Comparison> = all.filter(same).collect();
        let row = row(&compared);
        if one.attribute == "str_tee_platform" && compared.iter().all(|one| !one.holds) {
            // Nothing of such a rule can hold.
            let [place, attribute, expected, found, _] = row;
            rows = vec![[place, attribute, expected, found, "other platform".into()]];
            break;
        }
        rows.push(row);
    }
    if rows.is_empty() {
        let nothing = "asks for nothing".to_owned();
        rows.push([String::new(), String::new(), nothing, String::new(), "ok".into()]);
    }
    if let Some([place, ..]) = rows.first_mut() {
        place.clone_from(&first.place);
    }
    rows
}

/// A list with room to break the line between its items.
fn spaced(text: &str) -> String {
    text.replace(',', ", ")
}

impl Remedy {
    fn text(&self) -> String {
        let Self { place, expected, actual, attester, verifier, risk, .. } = self;
        let mut text = format!("  {place}: {}: expected {expected}, found {actual}", self.name());
        for (side, advice) in [("verifier", *verifier), ("attester", attester)] {
            if !advice.is_empty() {
                text.push_str(&format!("\n    at the {side}: {advice}"));
            }
        }
        if let Some(change) = self.change() {
            let or = if attester.is_empty() && verifier.is_empty() { "" } else { "or " };
            text.push_str(&format!("\n    {or}in the rule: {change}"));
            if !risk.is_empty() {
                text.push_str(&format!("\n    (careful: {risk})"));
            }
        }
        text
    }
}

/// A text with the first digits of what is long in it: the result has the whole of it.
pub(super) fn brief(text: &str) -> String {
    let mut brief = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (part, next) = rest.split_at(if digits == 0 { c.len_utf8() } else { digits });
        if digits > LONG {
            brief.push_str(&view::short(part));
        } else {
            brief.push_str(part);
        }
        rest = next;
    }
    brief
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(place: &str, comparisons: &[(&str, &str, bool)]) -> Rule {
        let compared = |(attribute, expected, holds): &(&str, &str, bool)| Comparison {
            attribute: (*attribute).into(),
            expected: (*expected).into(),
            actual: "X".into(),
            holds: *holds,
            default: false,
            asked: Vec::new(),
            remedy: None,
        };
        let comparisons = comparisons.iter().map(compared).collect();
        Rule { rule: String::new(), place: place.into(), admits: false, comparisons }
    }

    #[test]
    fn a_list_is_one_row_with_the_value_that_holds() {
        let rules = [
            rule("a:1:1", &[("hex_mrtd", "A", false), ("hex_rtmr0", "B", false)]),
            rule("a:1:1", &[("hex_mrtd", "X", true), ("hex_rtmr0", "B", false)]),
            rule("a:1:1", &[("hex_mrtd", "A", false), ("hex_rtmr0", "C", false)]),
            rule("a:5:1", &[]),
        ];
        let rows: Vec<[String; 5]> = written(&rules).flat_map(rows).collect();
        let rows: Vec<[&str; 5]> = rows.iter().map(|row| row.each_ref().map(|s| &**s)).collect();
        assert_eq!(
            rows,
            [
                ["a:1:1", "mrtd", "X", "X", "ok"],
                ["", "rtmr0", "B\nor C", "X", "MISMATCH"],
                ["a:5:1", "", "asks for nothing", "", "ok"],
            ]
        );
    }

    #[test]
    fn of_a_rule_for_another_platform_nothing_else_is_shown() {
        let other =
            [rule("a:1:1", &[("str_tee_platform", "TDX", false), ("hex_mrtd", "A", false)])];
        let rows: Vec<[String; 5]> = written(&other).flat_map(rows).collect();
        assert_eq!(rows, [["a:1:1", "platform", "TDX", "X", "other platform"].map(str::to_owned)]);
    }

    #[test]
    fn long_values_are_shortened_and_words_are_not() {
        let long = "ab".repeat(20);
        assert_eq!(brief(&format!("4={long},é facade")), "4=abababab…,é facade");
        assert_eq!(brief("OutOfDate"), "OutOfDate");
    }
}

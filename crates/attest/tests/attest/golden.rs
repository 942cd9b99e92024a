//! What is on the wire: the attributes of evidence of every platform, compared with
//! `simulated.json` and `recorded.json`.
//!
//! `AECS_BLESS=1` writes the files again, for a change that is intended.

mod recorded;
mod simulated;

use std::collections::BTreeMap;
use std::path::PathBuf;

use aecs_attest::{Appraised, Attribute, Platform, Verified};
use serde_json::{Value, json};

/// A piece of evidence: its name, and what it was found to be.
pub(crate) type Case = (&'static str, Verified<Appraised>);

/// The attributes of evidence. Of the `random` ones, which differ in every run, only the length is
/// kept, and none of them is kept in another.
fn describe(appraised: &Appraised, random: &[&str]) -> Value {
    let fields = serde_json::to_value(appraised.attributes()).unwrap();
    let text = |name: &str| fields[name].as_str().unwrap_or_default();
    let masks = random.iter().map(|name| text(name)).filter(|text| !text.is_empty());
    let masked = |text: &str| {
        masks.clone().fold(text.to_owned(), |text, mask| {
            text.replace(mask, &format!("<{} digits>", mask.len()))
        })
    };
    let attributes: BTreeMap<&str, String> = fields
        .as_object()
        .unwrap()
        .keys()
        .map(|name| (name.as_str(), masked(text(name))))
        .collect();
    json!({ "tcb_status": appraised.tcb_status().as_str(), "attributes": attributes })
}

fn compare(file: &str, cases: &[Case], random: &[&str]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/attest/golden").join(file);
    let actual: BTreeMap<&str, Value> =
        cases.iter().map(|(name, appraised)| (*name, describe(appraised, random))).collect();
    if std::env::var_os("AECS_BLESS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&actual).unwrap() + "\n").unwrap();
        return;
    }
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (name, value) in &actual {
        assert_eq!(Some(value), expected.get(*name), "{name}");
    }
}

#[test]
fn the_table_knows_which_platforms_attest_an_attribute() {
    for file in ["simulated.json", "recorded.json"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/attest/golden").join(file);
        let cases: BTreeMap<String, Value> =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for (case, found) in cases {
            let attributes = found["attributes"].as_object().unwrap();
            let platform = attributes["str_tee_platform"].as_str().unwrap();
            let platform = Platform::ALL.iter().find(|known| known.as_str() == platform).unwrap();
            for name in attributes.keys() {
                let attribute = Attribute::named(name).unwrap();
                assert!(attribute.is_attested_by(*platform), "{case}: {name}");
            }
        }
    }
    let never = |name, platform| !Attribute::named(name).unwrap().is_attested_by(platform);
    assert!(never("hex_mrtd", Platform::SevSnp) && never("hex_chip_id", Platform::Tdx));
}

#[test]
fn attributes_of_simulated_evidence_stay_the_same() {
    compare("simulated.json", &simulated::cases(), simulated::RANDOM);
}

#[test]
fn attributes_of_recorded_evidence_stay_the_same() {
    compare("recorded.json", &recorded::cases(), &[]);
}

//! TCB info in the form that the library reads: that of version 3.
//!
//! Version 3 of Intel's service, which AECS 2.0 asks, gives TCB info of version 2: the same facts
//! in another form. And both say nothing about platforms that are older than all they list; the
//! library refuses these, while here a policy decides about what is out of date.
//!
//! The signature is verified over the text as it came in any case; see [`super::crypto`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Parts of a processor's security version.
const COMPONENTS: usize = 16;

#[derive(Deserialize)]
struct Version {
    version: u32,
    /// Only later versions tell what they are of.
    id: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TcbInfo {
    #[serde(rename = "version")]
    _version: u32,
    issue_date: String,
    next_update: String,
    fmspc: String,
    pce_id: String,
    tcb_type: u32,
    tcb_evaluation_data_number: u32,
    tcb_levels: Vec<Level>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Level {
    tcb: BTreeMap<String, u16>,
    tcb_date: String,
    tcb_status: String,
    #[serde(rename = "advisoryIDs", default)]
    advisory_ids: Vec<String>,
}

/// The text as version 3 would have it; none when it is not of version 2.
pub(super) fn translate(text: &str) -> Result<Option<String>> {
    let malformed = |error| Error::malformed("TCB info", error);
    // Most texts have the newer form, and are not read twice.
    if text.contains(r#""sgxtcbcomponents""#) {
        return Ok(None);
    }
    // What has no version is the library's to refuse.
    match serde_json::from_str(text) {
        Ok(Version { version: 2, id: None }) => {}
        _ => return Ok(None),
    }
    let info: TcbInfo = serde_json::from_str(text).map_err(malformed)?;
    let levels = info.tcb_levels.into_iter().map(Level::translate).collect::<Result<Vec<_>>>()?;
    let translated = json!({
        "id": "SGX",
        "version": 2,
        "issueDate": info.issue_date,
        "nextUpdate": info.next_update,
        "fmspc": info.fmspc,
        "pceId": info.pce_id,
        "tcbType": info.tcb_type,
        "tcbEvaluationDataNumber": info.tcb_evaluation_data_number,
        "tcbLevels": levels,
    });
    Ok(Some(translated.to_string()))
}

/// What the library says about a platform that reaches no level.
const NO_LEVEL: &str = "No matching TCB level found";
/// Status and date of such a platform: no policy that asks for a date takes it.
const BELOW_ALL: &str = "OutOfDate";
pub(super) const BELOW_ALL_DATE: &str = "1970-01-01T00:00:00Z";

/// The TCB info with one more level below those that it has, if the library refused the platform
/// for reaching none of them. The library has no status for such a platform: that level is out of
/// date, and its date tells it apart. All advisories apply to it. There is none when levels are
/// revoked: what is older is not better.
pub(super) fn with_lowest_level(refusal: &str, text: &str) -> Option<String> {
    if refusal != NO_LEVEL {
        return None;
    }
    let mut info: Value = serde_json::from_str(text).ok()?;
    let levels = info.get_mut("tcbLevels")?.as_array_mut()?;
    if levels.iter().any(|level| level.get("tcbStatus").is_none_or(|status| status == "Revoked")) {
        return None;
    }
    let advisories: BTreeSet<String> = levels
        .iter()
        .filter_map(|level| level.get("advisoryIDs")?.as_array())
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let nothing = vec![json!({ "svn": 0 }); COMPONENTS];
    levels.push(json!({
        "tcb": { "sgxtcbcomponents": nothing, "tdxtcbcomponents": nothing, "pcesvn": 0 },
        "tcbDate": BELOW_ALL_DATE,
        "tcbStatus": BELOW_ALL,
        "advisoryIDs": advisories,
    }));
    Some(info.to_string())
}

impl Level {
    fn translate(mut self) -> Result<Value> {
        let incomplete = || Error::malformed("TCB info", "a TCB level without all components");
        let mut take = |name: &str| self.tcb.remove(name).ok_or_else(incomplete);
        let pce_svn = take("pcesvn")?;
        let components = (1..=COMPONENTS)
            .map(|number| Ok(json!({ "svn": take(&format!("sgxtcbcomp{number:02}svn"))? })))
            .collect::<Result<Vec<_>>>()?;
        if !self.tcb.is_empty() {
            return Err(Error::malformed("TCB info", "a TCB level with unknown components"));
        }
        Ok(json!({
            "tcb": { "sgxtcbcomponents": components, "pcesvn": pce_svn },
            "tcbDate": self.tcb_date,
            "tcbStatus": self.tcb_status,
            "advisoryIDs": self.advisory_ids,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_2() -> Value {
        let mut tcb: BTreeMap<String, u16> =
            (1..=16).map(|number| (format!("sgxtcbcomp{number:02}svn"), number)).collect();
        tcb.insert("pcesvn".into(), 13);
        json!({
            "version": 2, "issueDate": "2025-01-01T00:00:00Z", "nextUpdate": "2025-02-01T00:00:00Z",
            "fmspc": "00A067110000", "pceId": "0000", "tcbType": 0, "tcbEvaluationDataNumber": 17,
            "tcbLevels": [{ "tcb": tcb, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": "OutOfDate",
                "advisoryIDs": ["INTEL-SA-00615"] }],
        })
    }

    #[test]
    fn the_library_reads_the_same_facts() {
        let text = translate(&version_2().to_string()).unwrap().unwrap();
        let info: dcap_qvl::TcbInfo = serde_json::from_str(&text).unwrap();
        assert_eq!((info.id.as_str(), info.version), ("SGX", 2));
        assert_eq!(info.fmspc, "00A067110000");
        assert_eq!(info.tcb_evaluation_data_number, 17);
        let level = &info.tcb_levels[0];
        let components: Vec<_> = level.tcb.sgx_components.iter().map(|part| part.svn).collect();
        assert_eq!(components, (1..=16).collect::<Vec<u8>>());
        assert_eq!((level.tcb.pce_svn, level.tcb_status), (13, dcap_qvl::TcbStatus::OutOfDate));
        assert_eq!(level.advisory_ids, ["INTEL-SA-00615"]);
    }

    #[test]
    fn the_level_below_all_is_out_of_date_with_all_advisories() {
        let text = translate(&version_2().to_string()).unwrap().unwrap();
        let extended = with_lowest_level(NO_LEVEL, &text).unwrap();
        let info: dcap_qvl::TcbInfo = serde_json::from_str(&extended).unwrap();
        let [_, lowest] = info.tcb_levels.as_slice() else { panic!("{extended}") };
        assert_eq!(lowest.tcb_status, dcap_qvl::TcbStatus::OutOfDate);
        assert_eq!(lowest.advisory_ids, ["INTEL-SA-00615"]);
        assert!(lowest.shortfalls(&[0; 16], 0, Some(&[0; 16])).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_added_for_other_refusals_or_below_a_revoked_level() {
        let text = translate(&version_2().to_string()).unwrap().unwrap();
        assert_eq!(with_lowest_level("Fmspc mismatch", &text), None);
        assert_eq!(with_lowest_level(&format!("{NO_LEVEL}: or so"), &text), None);
        assert_eq!(with_lowest_level(NO_LEVEL, &text.replace("OutOfDate", "Revoked")), None);
        assert_eq!(with_lowest_level(NO_LEVEL, "{}"), None);
    }

    #[test]
    fn other_versions_are_left_alone() {
        for text in [
            r#"{"id":"SGX","version":3}"#,
            r#"{"id":"QE","version":2}"#,
            r#"{"version":1}"#,
            "{}",
            "",
        ] {
            assert!(matches!(translate(text), Ok(None)), "{text}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        let changes: [fn(&mut Value); 5] = [
            |info| drop(info["tcbLevels"][0]["tcb"].as_object_mut().unwrap().remove("pcesvn")),
            |info| info["tcbLevels"][0]["tcb"]["sgxtcbcomp17svn"] = 0.into(),
            |info| info["tcbLevels"][0]["tcb"]["sgxtcbcomp01svn"] = Value::Null,
            |info| info["tdxModule"] = json!({}),
            |info| drop(info.as_object_mut().unwrap().remove("fmspc")),
        ];
        for (i, change) in changes.into_iter().enumerate() {
            let mut info = version_2();
            change(&mut info);
            assert!(translate(&info.to_string()).is_err(), "change {i}");
        }
    }
}

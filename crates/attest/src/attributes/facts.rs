//! Messages of attributes, understood.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aecs_proto::UnifiedAttestationAttributes as Message;

use super::clouds;
use super::rule::{CLOUD_FIRMWARE, Rule};
use super::table::{MEASURED, MIN_TCB, Row, TABLE, TCB_STATUS};
use super::value::{Reason, Value, acceptable};
use crate::error::{Error, Result as Checked};
use crate::platform::Platform;
use crate::tcb::TcbStatus;

/// A text that its row does not take.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) attribute: &'static str,
    pub(crate) reason: Reason,
}

/// The attributes of a policy entry or a report, parsed: one place for each row of [`TABLE`].
#[derive(Debug, Clone)]
pub(crate) struct Facts(Vec<Option<Value>>);

/// An attribute that a policy's entry asks for, beside what the report has.
pub(crate) struct Compared<'a> {
    row: &'static Row,
    expected: &'a Value,
    actual: Option<&'a Value>,
    pub(crate) holds: bool,
}

impl Compared<'_> {
    pub(crate) fn attribute(&self) -> &'static str {
        self.row.name
    }

    pub(crate) fn expected(&self) -> String {
        self.row.rule.describe(self.expected)
    }

    /// The whole value that was found.
    pub(crate) fn found(&self) -> Option<&Value> {
        self.actual
    }

    /// The found value. Of a list of names with values, only the names that the demand has.
    pub(crate) fn actual(&self) -> String {
        let found = self.actual.map(|actual| self.expected.names_in(actual).to_string());
        found.filter(|found| !found.is_empty()).unwrap_or_else(|| "nothing".into())
    }

    /// What the entry would have to ask for, to admit the report too; empty to ask for nothing.
    pub(crate) fn relaxed(&self) -> String {
        self.actual.and_then(|actual| self.expected.relaxed(actual)).unwrap_or_default()
    }
}

impl Facts {
    /// Reads every field that is not empty.
    pub(crate) fn parse(message: &Message) -> Result<Self, Misfit> {
        let parse = |row: &Row| match (row.get)(message) {
            "" => Ok(None),
            text => row
                .rule
                .parse(text)
                .map(Some)
                .map_err(|reason| Misfit { attribute: row.name, reason }),
        };
        TABLE.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// The message in canonical form: hexadecimal in upper case, keys as hashes, sorted lists.
    pub(crate) fn to_message(&self) -> Message {
        let mut message = Message::default();
        for (row, value) in TABLE.iter().zip(&self.0) {
            if let Some(value) = value {
                (row.put)(&mut message, value.to_string());
            }
        }
        message
    }

    /// The value of the attribute with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = TABLE.iter().zip(&self.0).find(|(row, _)| row.name == name)?;
        value.as_ref()
    }

    /// What `self`, as a policy, asks for, beside what `actual` has. A field that `self` leaves
    /// empty asks for nothing; a field that `actual` lacks is no match for any value, unless it is
    /// one that policies declare.
    pub(crate) fn compared<'a>(&'a self, actual: &'a Self) -> impl Iterator<Item = Compared<'a>> {
        TABLE.iter().zip(&self.0).zip(&actual.0).filter_map(|((row, expected), actual)| {
            let (expected, actual) = (expected.as_ref()?, actual.as_ref());
            let holds = match actual {
                Some(actual) => row.rule.admits(expected, actual),
                None => row.rule.is_declared(),
            };
            Some(Compared { row, expected, actual, holds })
        })
    }

    /// The same as an entry of a policy. Refuses a TCB status that no policy can accept: a report
    /// may have it.
    pub(crate) fn into_entry(self) -> Result<Self, Misfit> {
        match self.get(TCB_STATUS) {
            Some(statuses) if !acceptable(statuses) => Err(Misfit {
                attribute: TCB_STATUS,
                reason: "lists BelowAllLevels, which is never accepted",
            }),
            _ => Ok(self),
        }
    }

    /// The same, with the TCB rated by an entry: from the minimum on that the entry names, if it names
    /// one for each part, a platform without a rating is up to date.
    pub(crate) fn rated_by(&self, entry: &Self) -> Cow<'_, Self> {
        let (
            Some(Value::Items(statuses)),
            Some(Value::Numbers(parts)),
            Some(Value::Numbers(least)),
        ) = (self.get(TCB_STATUS), self.get(MIN_TCB), entry.get(MIN_TCB))
        else {
            return Cow::Borrowed(self);
        };
        let met =
            parts.iter().all(|(name, number)| least.get(name).is_some_and(|least| number >= least));
        let mut statuses = statuses.clone();
        if !met || !statuses.remove(TcbStatus::Unrated.as_str()) {
            return Cow::Borrowed(self);
        }
        if statuses.is_empty() {
            statuses.insert(TcbStatus::UpToDate.as_str().to_owned());
        }
        let mut rated = self.clone();
        for (row, value) in TABLE.iter().zip(&mut rated.0) {
            if row.name == TCB_STATUS {
                *value = Some(Value::Items(statuses.clone()));
            }
        }
        Cow::Owned(rated)
    }

    /// Records that a launch measurement covers the firmware of a cloud and nothing else.
    pub(crate) fn with_known_firmware(mut self, platform: Platform) -> Self {
        let known = match self.get("hex_boot_measurement") {
            Some(Value::Text(measurement)) => clouds::firmware(platform, measurement).is_some(),
            _ => false,
        };
        for (row, value) in TABLE.iter().zip(&mut self.0) {
            if row.name == MEASURED && known {
                *value = Some(Value::Text(CLOUD_FIRMWARE.into()));
            }
        }
        self
    }

    /// Records that the platform has no advisories, which is a fact and not an absent field.
    pub(crate) fn with_known_advisories(mut self) -> Self {
        for (row, value) in TABLE.iter().zip(&mut self.0) {
            if matches!(row.rule, Rule::ItemsWithin) && value.is_none() {
                *value = Some(Value::Items(BTreeSet::new()));
            }
        }
        self
    }
}

/// Reads a message that somebody else filled in.
pub(crate) fn parse(message: &Message, what: &'static str) -> Checked<Facts> {
    Facts::parse(message).map_err(|Misfit { attribute, reason }| {
        Error::malformed(what, format!("{attribute} {reason}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(put: impl FnOnce(&mut Message)) -> Message {
        let mut message = Message::default();
        put(&mut message);
        message
    }

    #[test]
    fn canonical_text_is_upper_case_and_sorted() {
        let facts = Facts::parse(&message(|m| {
            m.hex_signer = "ab01".into();
            m.bool_debug_disabled = "1".into();
            m.str_min_isvsvn = "007".into();
            m.str_advisory_ids = "INTEL-SA-2, INTEL-SA-1".into();
            m.str_tcb_date = "2024-03-13T02:00:00+02:00".into();
        }))
        .unwrap();
        let canonical = facts.to_message();
        assert_eq!(canonical.hex_signer, "AB01");
        assert_eq!(canonical.bool_debug_disabled, "true");
        assert_eq!(canonical.str_min_isvsvn, "7");
        assert_eq!(canonical.str_advisory_ids, "INTEL-SA-1,INTEL-SA-2");
        assert_eq!(canonical.str_tcb_date, "2024-03-13T00:00:00Z");
    }

    #[test]
    fn pairs_are_matched_by_name() {
        let facts = |min_tcb: &str, pcrs: &str, versions: &str| {
            Facts::parse(&message(|m| {
                m.str_min_tcb = min_tcb.into();
                m.str_pcrs = pcrs.into();
                m.str_versions = versions.into();
            }))
            .unwrap()
        };
        let actual = facts("snp=8,microcode=115", "0=ab12,4=cd34", "driver=535.86.09");
        let canonical = actual.to_message();
        assert_eq!(canonical.str_min_tcb, "microcode=115,snp=8");
        assert_eq!(canonical.str_pcrs, "0=AB12,4=CD34");

        let unmatched = |policy: Facts| {
            let failed = policy.compared(&actual).filter(|compared| !compared.holds);
            failed.map(|compared| compared.attribute()).collect::<Vec<_>>()
        };
        assert!(unmatched(facts("snp=8", "4=CD34", "")).is_empty());
        assert!(unmatched(facts("microcode=2,snp=7", "", "driver=535.86.09")).is_empty());
        assert_eq!(unmatched(facts("snp=9", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("fmc=0", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("", "4=CD35", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "5=CD34", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "", "driver=535.86.10")), ["str_versions"]);

        // What nobody asked about is not shown.
        let found =
            |policy: Facts| policy.compared(&actual).map(|c| c.actual()).collect::<Vec<_>>();
        assert_eq!(found(facts("snp=9", "4=00,5=00", "vbios=1")), ["snp=8", "4=CD34", "nothing"]);
    }

    #[test]
    fn texts_without_meaning_are_refused() {
        type Field = fn(&mut Message) -> &mut String;
        let refused: [(&str, Field, &[&str]); 12] = [
            ("hex_signer", |m| &mut m.hex_signer, &["0", "0x", "AG", "A A", "é0"]),
            ("hex_prod_id", |m| &mut m.hex_prod_id, &["0x1", "-1", " 1"]),
            ("hex_user_data", |m| &mut m.hex_user_data, &["x", "31 32"]),
            ("str_min_isvsvn", |m| &mut m.str_min_isvsvn, &[" 2x", "-1", "+1", "99999999999"]),
            ("bool_debug_disabled", |m| &mut m.bool_debug_disabled, &["TRUE", "yes", "2"]),
            ("hex_hash_or_pem_pubkey", |m| &mut m.hex_hash_or_pem_pubkey, &["K", "00", "GG"]),
            ("str_tcb_status", |m| &mut m.str_tcb_status, &["uptodate", "UpToDate,", "Revoked"]),
            ("str_tcb_date", |m| &mut m.str_tcb_date, &["2024", "yesterday"]),
            ("str_min_tcb", |m| &mut m.str_min_tcb, &["8", "snp=", "snp=x", "snp=1,snp=1", "=1"]),
            ("str_measured", |m| &mut m.str_measured, &["direct_boot", "firmware", "true"]),
            ("str_pcrs", |m| &mut m.str_pcrs, &["AB", "0=A", "0=XY", "0=AB,", "0=AB,0=AB"]),
            ("str_versions", |m| &mut m.str_versions, &["driver", "=1", "a=1,,b=2"]),
        ];
        for (name, field, texts) in refused {
            for text in texts {
                let misfit =
                    Facts::parse(&message(|m| *field(m) = (*text).into())).expect_err(text);
                assert_eq!(misfit.attribute, name, "{text}");
            }
        }
    }
}

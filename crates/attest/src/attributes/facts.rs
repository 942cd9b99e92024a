//! Attributes as typed values, read from messages and written to them.

use std::collections::BTreeSet;

use aecs_proto::UnifiedAttestationAttributes as Message;

use super::clouds;
use super::kind::CLOUD_FIRMWARE;
use super::table::{
    ADVISORIES, Attribute, BOOT_MEASUREMENT, MEASURED, PLATFORM, TCB_STATUS, Typed,
};
use super::value::{Reason, Value};
use crate::error::{Error, Result as Checked};
use crate::platform::Platform;
use crate::tcb::TcbStatus;

/// A text that its row does not take.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) attribute: &'static str,
    pub(crate) reason: Reason,
}

/// The attributes of a policy entry or a report that are known, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts(Vec<(&'static Attribute, Value)>);

impl Facts {
    /// The same with the value of an attribute; an empty value is as good as none.
    #[must_use]
    pub(crate) fn with<T: Into<Value>>(
        mut self,
        attribute: &'static Typed<T>,
        value: impl Into<T>,
    ) -> Self {
        self.set(attribute, value);
        self
    }

    /// The same with the value of an attribute, if there is one.
    #[must_use]
    pub(crate) fn with_any<T: Into<Value>>(
        self,
        attribute: &'static Typed<T>,
        value: Option<impl Into<T>>,
    ) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    /// Sets the value of an attribute; an empty value is as good as none.
    pub(crate) fn set<T: Into<Value>>(
        &mut self,
        attribute: &'static Typed<T>,
        value: impl Into<T>,
    ) {
        self.put(attribute, value.into().into());
    }

    /// Sets the value of an attribute whose type is known by its row alone.
    pub(crate) fn put(&mut self, attribute: &'static Attribute, value: Value) {
        self.clear(attribute);
        if !value.is_empty() {
            self.0.push((attribute, value));
        }
    }

    /// Forgets the value of an attribute.
    pub(crate) fn clear(&mut self, attribute: &Attribute) {
        self.0.retain(|(known, _)| !known.is(attribute));
    }

    /// Reads every field that is not empty.
    pub(crate) fn parse(message: &Message) -> Result<Self, Misfit> {
        let parse = |row: &'static Attribute| match row.text(message) {
            "" => None,
            text => Some(match row.kind.parse(text) {
                Ok(value) => Ok((row, value)),
                Err(reason) => Err(Misfit { attribute: row.name, reason }),
            }),
        };
        Attribute::all().filter_map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// The message in canonical form: hexadecimal in upper case, keys as hashes, sorted lists.
    pub(crate) fn to_message(&self) -> Message {
        let mut message = Message::default();
        for (row, value) in &self.0 {
            row.set(&mut message, value.to_string());
        }
        message
    }

    /// The value of an attribute.
    pub(crate) fn get(&self, attribute: &Attribute) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(row, _)| row.is(attribute))?;
        Some(value)
    }

    /// The platform, if it is known.
    pub(crate) fn platform(&self) -> Option<Platform> {
        match self.get(&PLATFORM) {
            Some(Value::Text(name)) => name.parse().ok(),
            _ => None,
        }
    }

    /// The attributes that are known, with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Attribute, &Value)> {
        self.0.iter().map(|(attribute, value)| (*attribute, value))
    }

    /// The same as the facts of a report whose evidence is genuine: completed by what is known of
    /// the platform. Refuses names that cannot be written into a message.
    pub(crate) fn into_report(mut self, platform: Platform) -> Checked<Self> {
        if let Some((row, _)) = self.0.iter().find(|(_, value)| !value.is_unambiguous()) {
            let reason = format!("{} has an empty name or a separator in it", row.name);
            return Err(Error::malformed(REPORT, reason));
        }
        if let Some(Value::Statuses(statuses)) = self.get(&TCB_STATUS)
            && statuses.contains(&TcbStatus::Revoked)
        {
            return Err(Error::malformed(REPORT, "str_tcb_status has Revoked, which is refused"));
        }
        // That the platform has no advisories is a fact and not an absent field.
        if self.get(&ADVISORIES).is_none() {
            self.0.push((&ADVISORIES, Value::Items(BTreeSet::new())));
        }
        let boot = self.get(&BOOT_MEASUREMENT).map(Value::to_string).unwrap_or_default();
        if clouds::firmware(platform, &boot).is_some() {
            self.set(&MEASURED, CLOUD_FIRMWARE);
        }
        Ok(self)
    }
}

impl IntoIterator for Facts {
    type Item = (&'static Attribute, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

const REPORT: &str = "attributes of the report";

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

    #[test]
    fn what_cannot_be_written_is_refused() {
        for name in ["", "INTEL-SA-1,INTEL-SA-2", "a=b", " INTEL-SA-1"] {
            let facts = Facts::default().with(&ADVISORIES, BTreeSet::from([name.to_owned()]));
            let error = facts.into_report(Platform::Tdx).unwrap_err();
            assert!(matches!(error, Error::Malformed { what: REPORT, .. }), "{name}: {error}");
        }
        let revoked = Facts::default().with(&TCB_STATUS, [TcbStatus::Revoked]);
        assert!(revoked.into_report(Platform::Tdx).is_err());
        let facts = Facts::default().with(&ADVISORIES, BTreeSet::from(["INTEL-SA-1".to_owned()]));
        let message = facts.into_report(Platform::Tdx).unwrap().to_message();
        assert_eq!(message.str_advisory_ids, "INTEL-SA-1");
    }
}

//! The one table of attributes: name, place in the message, and kind of match.
//!
//! A policy entry and a report's attributes are the same message. [`Facts`](super::facts::Facts)
//! is that message, understood: each field parsed by its row, empty fields absent. To add an attribute, add a row.

use aecs_proto::UnifiedAttestationAttributes as Message;

use super::rule::Rule;

/// One attribute.
pub(crate) struct Row {
    /// Field name of the message, which is also its name in JSON and in policies.
    pub(crate) name: &'static str,
    pub(super) get: fn(&Message) -> &str,
    pub(super) put: fn(&mut Message, String),
    pub(super) rule: Rule,
    /// What AECS 2.0 knows of it.
    pub(crate) aecs20: InAecs20,
}

/// What programs of AECS 2.0 do with an attribute in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InAecs20 {
    /// Its messages have it, and its `serviceadmin` a key for it.
    Key,
    /// Its messages have it, but its `serviceadmin` drops the key.
    Field,
    /// Nothing: it came with protocol 2.1.
    Unknown,
}

macro_rules! row {
    ($field:ident, $rule:ident, $aecs20:ident) => {
        Row {
            name: stringify!($field),
            get: |message| &message.$field,
            put: |message, text| message.$field = text,
            rule: Rule::$rule,
            aecs20: InAecs20::$aecs20,
        }
    };
}

/// All attributes, in the order of their field numbers.
pub(crate) static TABLE: &[Row] = &[
    row!(str_tee_platform, Equal, Field),
    row!(hex_platform_hw_version, EqualHex, Field),
    row!(hex_platform_sw_version, EqualHex, Field),
    row!(hex_secure_flags, EqualHex, Field),
    row!(hex_platform_measurement, EqualHex, Field),
    row!(hex_boot_measurement, EqualHex, Field),
    row!(str_tee_name, Equal, Field),
    row!(str_tee_identity, Equal, Field),
    row!(hex_ta_measurement, EqualHex, Key),
    row!(hex_ta_dyn_measurement, EqualHex, Field),
    row!(hex_signer, EqualHex, Key),
    row!(hex_prod_id, EqualDigits, Key),
    row!(str_min_isvsvn, AtLeast, Key),
    row!(bool_debug_disabled, EqualBool, Key),
    row!(hex_user_data, Prefix, Key),
    row!(hex_hash_or_pem_pubkey, EqualKey, Field),
    row!(hex_nonce, Prefix, Field),
    row!(hex_spid, EqualHex, Key),
    row!(str_verified_time, AtLeast, Field),
    row!(str_tcb_status, StatusWithin, Unknown),
    row!(str_advisory_ids, ItemsWithin, Unknown),
    row!(str_tcb_date, NotBefore, Unknown),
    row!(hex_mrtd, EqualHex, Unknown),
    row!(hex_mrseam, EqualHex, Unknown),
    row!(hex_mrsignerseam, EqualHex, Unknown),
    row!(hex_mrconfigid, EqualHex, Unknown),
    row!(hex_mrowner, EqualHex, Unknown),
    row!(hex_mrownerconfig, EqualHex, Unknown),
    row!(hex_rtmr0, EqualHex, Unknown),
    row!(hex_rtmr1, EqualHex, Unknown),
    row!(hex_rtmr2, EqualHex, Unknown),
    row!(hex_rtmr3, EqualHex, Unknown),
    row!(hex_mrservicetd, EqualHex, Unknown),
    row!(hex_host_data, EqualHex, Unknown),
    row!(hex_family_id, EqualHex, Unknown),
    row!(hex_image_id, EqualHex, Unknown),
    row!(hex_chip_id, EqualHex, Unknown),
    row!(hex_author_key, EqualHex, Unknown),
    row!(str_vmpl, Equal, Unknown),
    row!(bool_migration_disabled, EqualBool, Unknown),
    row!(str_min_tcb, PairsAtLeast, Unknown),
    row!(str_pcrs, PairsEqualHex, Unknown),
    row!(str_versions, PairsEqual, Unknown),
    row!(str_product, Equal, Unknown),
    row!(bool_event_log_verified, EqualBool, Unknown),
    row!(bool_page_faults_disabled, EqualBool, Unknown),
    row!(str_tcb_evaluation_number, AtLeast, Unknown),
    row!(str_measured, Declared, Unknown),
];

/// Name of the attribute with the platform.
pub(crate) const PLATFORM: &str = "str_tee_platform";
/// Name of the attribute that says whether debugging is off.
pub(crate) const DEBUG_DISABLED: &str = "bool_debug_disabled";
/// Name of the attribute that says whether migration to another host is off.
pub(crate) const MIGRATION_DISABLED: &str = "bool_migration_disabled";
/// Name of the attribute that says whether the host's page faults stay out of the machine.
pub(crate) const PAGE_FAULTS_DISABLED: &str = "bool_page_faults_disabled";
/// Name of the attribute with the privilege level of the software that asked for the report.
pub(crate) const VMPL: &str = "str_vmpl";
/// Name of the attribute that says what the launch measurement covers.
pub(crate) const MEASURED: &str = "str_measured";
/// Name of the attribute with the TCB status.
pub(crate) const TCB_STATUS: &str = "str_tcb_status";
/// Name of the attribute with the security versions of the platform's parts.
pub(super) const MIN_TCB: &str = "str_min_tcb";

/// The text of the attribute with this name in a message; empty if there is none of that name.
pub(crate) fn text<'a>(message: &'a Message, name: &str) -> &'a str {
    TABLE.iter().find(|row| row.name == name).map_or("", |row| (row.get)(message))
}

/// Copies the attributes with these names from one message to another.
pub(crate) fn copy(from: &Message, to: &mut Message, names: &[&str]) {
    copy_rows(from, to, |row| names.contains(&row.name));
}

/// Copies the attributes of these rows from one message to another.
pub(crate) fn copy_rows(from: &Message, to: &mut Message, which: impl Fn(&Row) -> bool) {
    for row in TABLE.iter().filter(|row| which(row)) {
        (row.put)(to, (row.get)(from).to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_message_has_a_row() {
        let mut message = Message::default();
        for row in TABLE {
            (row.put)(&mut message, format!("<{}>", row.name));
        }
        let debug = format!("{message:?}");
        assert_eq!(debug.matches("\"<").count(), TABLE.len());
        assert!(!debug.contains("\"\""), "a field is in no row: {debug}");
        for row in TABLE {
            assert_eq!((row.get)(&message), format!("<{}>", row.name));
        }
    }
}

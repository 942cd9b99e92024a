//! The one table of attributes: name, keys in policy files, kind of match, and what to do about an
//! attribute that does not match.
//!
//! A policy entry and a report's attributes are the same message. [`Facts`](super::facts::Facts)
//! is that message, understood: each field parsed by its row, empty fields absent. A new attribute
//! is a field of the message and a row here.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::ops::Deref;

use aecs_proto::UnifiedAttestationAttributes as Message;
use time::OffsetDateTime;

use super::kind::Kind;
use super::value::Digits;
use crate::platform::Platform::{
    self, ArmCca, AwsNitro, AzureSnp, AzureTdx, Csv, HyperEnclave, Kunpeng, NvidiaGpu,
    NvidiaSwitch, SevSnp, SgxDcap, SgxEpid, Tdx,
};
use crate::tcb::TcbStatus;

/// A row: an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Field name of the message, which is also its name in JSON.
    pub name: &'static str,
    /// How rules of policy files spell it, the spelling to suggest first; none for an attribute
    /// that no rule asks for.
    pub keys: &'static [&'static str],
    /// Its key under `tcb`, where everything about the level of a platform can be written together.
    pub under_tcb: Option<&'static str>,
    /// What its values are.
    pub kind: Kind,
    /// Why a rule that is made of evidence does not ask for it; none if it does.
    pub optional: Option<&'static str>,
    /// Platforms whose evidence has it; all of them where none is named.
    pub(crate) of: &'static [Platform],
    /// What AECS 2.0 knows of it.
    pub(crate) aecs20: InAecs20,
    /// What would have to be different about an attester that does not match.
    pub(crate) advice: &'static str,
    /// What the verifier would have to be given; empty where that changes nothing.
    pub(crate) verifier_advice: &'static str,
    /// What is given up by a rule that admits more; empty where it is only a matter of whom to
    /// admit.
    pub risk: &'static str,
    get: fn(&Message) -> &str,
    put: fn(&mut Message, String),
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

/// An attribute whose values in reports are of type `T`.
pub(crate) struct Typed<T> {
    row: Attribute,
    values: PhantomData<fn(T)>,
}

impl<T> Deref for Typed<T> {
    type Target = Attribute;

    fn deref(&self) -> &Attribute {
        &self.row
    }
}

type Bytes = Vec<u8>;
type Names = BTreeSet<String>;
type Pairs = BTreeMap<String, String>;
type Numbers = BTreeMap<String, u32>;

/// What most rows have.
const ROW: Attribute = Attribute {
    name: "",
    keys: &[],
    under_tcb: None,
    kind: Kind::Word,
    optional: None,
    of: &[],
    aecs20: InAecs20::Unknown,
    advice: "",
    verifier_advice: "",
    risk: "",
    get: |_| "",
    put: |_, _| (),
};

/// Declares [`TABLE`] and a typed name for each row: field of the message, keys, kind, what AECS
/// 2.0 knows, and the columns that differ from [`ROW`].
macro_rules! attributes {
    ($($name:ident: $type:ty = $field:ident [$($key:literal),*] $kind:expr, $aecs20:ident
        $(, $column:ident: $value:expr)*;)+) => {
        $(#[allow(clippy::needless_update, reason = "some rows have every column")]
        pub(crate) static $name: Typed<$type> = Typed {
            row: Attribute {
                name: stringify!($field),
                keys: &[$($key),*],
                kind: $kind,
                aecs20: InAecs20::$aecs20,
                get: |message| &message.$field,
                put: |message, text| message.$field = text,
                $($column: $value,)*
                ..ROW
            },
            values: PhantomData,
        };)+

        /// All attributes, those of what is most often pinned first.
        pub(crate) static TABLE: &[&Attribute] = &[$(&$name.row),+];
    };
}

const BUILD: &str = "run the build that the rule names";
const CONFIGURATION: &str = "start it with the configuration that the rule names";
const DATA: &str = "make a report with the data that the rule names";
const HOST: &str = "run it on a host with the platform software that the rule names";
const PLATFORM_NAMED: &str = "run it on a platform that the rule names";
const PRODUCT_NAMED: &str = "run the product that the rule names";
const SIGNED: &str = "run code of the signer that the rule names";
const UPDATE: &str =
    "update the platform's firmware, microcode and TEE software, then make a new report";

const WEAKNESSES: &str = "known weaknesses of the platform are then accepted";

const IN_EVERY_REPORT: Option<&str> = Some("differs in every report");
const TODAY: Option<&str> = Some("at least what the platform has today");
const TDX_MODULE: Option<&str> = Some("this version of the TDX module only");
const THIS_MACHINE: Option<&str> = Some("this one machine only");
const THIS_VERSION: Option<&str> = Some("this version only");
const WHERE_IT_MATTERS: Option<&str> = Some("where it matters");

const ANY_TDX: &[Platform] = &[Tdx, AzureTdx];
const ANY_SNP: &[Platform] = &[SevSnp, AzureSnp];
const DCAP: &[Platform] = &[SgxDcap, Tdx, AzureTdx];
/// What binds a key: everything but devices.
const BINDING: &[Platform] = &[
    SgxEpid,
    SgxDcap,
    Tdx,
    HyperEnclave,
    Csv,
    Kunpeng,
    SevSnp,
    ArmCca,
    AzureSnp,
    AzureTdx,
    AwsNitro,
];
const DEVICES: &[Platform] = &[NvidiaGpu, NvidiaSwitch];
const REGISTERS: &[Platform] = &[Tdx, AzureTdx, ArmCca, Csv];

attributes! {
    PLATFORM: String = str_tee_platform ["platform"] Kind::Platform, Field, advice: PLATFORM_NAMED;
    MEASUREMENT: Bytes = hex_ta_measurement ["measurement", "mrenclave"] Kind::Measurement, Key,
        of: &[SgxEpid, SgxDcap, Tdx, HyperEnclave, Kunpeng, SevSnp, ArmCca, AzureSnp, AzureTdx,
            AwsNitro],
        advice: BUILD;
    SIGNER: Bytes = hex_signer ["mrsigner", "signer"] Kind::Measurement, Key,
        of: &[SgxEpid, SgxDcap, HyperEnclave, SevSnp, AzureSnp, AwsNitro], advice: SIGNED;
    PRODUCT_ID: Digits = hex_prod_id ["prodID", "prodid", "prodId", "prod_id"] Kind::ProductId, Key,
        of: &[SgxEpid, SgxDcap, HyperEnclave, Csv, Kunpeng],
        advice: PRODUCT_NAMED;
    SECURITY_VERSION: u32 = str_min_isvsvn ["minIsvSvn", "min_svn", "min_isv_svn"]
        Kind::SecurityVersion, Key, of: &[SgxEpid, SgxDcap, HyperEnclave, SevSnp, AzureSnp],
        advice: "run a later version of the code, with that security version",
        risk: "known weaknesses of older code are then accepted";
    DEBUG_DISABLED: bool = bool_debug_disabled ["debug_disabled", "debugDisabled"] Kind::Boolean, Key,
        of: BINDING,
        advice: "start it without debugging",
        risk: "the host can then look into the enclave and read its secrets";
    TCB_STATUS: BTreeSet<TcbStatus> = str_tcb_status ["tcb_status", "tcbStatus"]
        Kind::TcbStatus, Unknown,
        of: &[SgxEpid, SgxDcap, Tdx, HyperEnclave, Csv, Kunpeng, SevSnp, AzureSnp, AzureTdx],
        under_tcb: Some("status"), risk: WEAKNESSES,
        advice: "update the platform: firmware (BIOS), microcode and TEE software; then make a new \
                 report with new collateral",
        // The status decides, and UpToDate is the default.
        optional: Some("the default accepts it");
    ADVISORIES: Names = str_advisory_ids ["advisories", "advisory_ids", "advisoryIds"]
        Kind::Items, Unknown, under_tcb: Some("advisories"), advice: UPDATE, risk: WEAKNESSES,
        optional: Some("these advisories and no others");
    TCB_DATE: OffsetDateTime = str_tcb_date ["tcbDate", "tcb_date"] Kind::Time, Unknown, of: DCAP,
        under_tcb: Some("notBefore"), advice: UPDATE, risk: WEAKNESSES, optional: TODAY;
    MIN_TCB: Numbers = str_min_tcb ["minTcb", "min_tcb"] Kind::Components, Unknown,
        of: &[SgxDcap, Tdx, AzureTdx, SevSnp, AzureSnp, Csv],
        under_tcb: Some("min"), advice: UPDATE, risk: WEAKNESSES, optional: TODAY;
    EVALUATION_NUMBER: u32 = str_tcb_evaluation_number
        ["minEvaluationNumber", "min_evaluation_number"] Kind::EvaluationNumber, Unknown, of: DCAP,
        under_tcb: Some("minEvaluationNumber"),
        advice: "make a new report with collateral of a later TCB recovery (Intel's update=early)",
        risk: WEAKNESSES, optional: TODAY;
    USER_DATA: Digits = hex_user_data ["user_data", "userData"] Kind::Data, Key, of: BINDING,
        advice: DATA, optional: IN_EVERY_REPORT;
    PUBLIC_KEY: Digits = hex_hash_or_pem_pubkey ["publicKey", "public_key"] Kind::PublicKey, Field,
        of: BINDING,
        advice: "make a report for the key that the policy names", optional: IN_EVERY_REPORT;
    NONCE: Digits = hex_nonce ["nonce"] Kind::Data, Field,
        of: &[Csv, Kunpeng, AwsNitro, NvidiaGpu, NvidiaSwitch],
        advice: DATA, optional: IN_EVERY_REPORT;
    BOOT_MEASUREMENT: Bytes = hex_boot_measurement ["boot_measurement", "bootMeasurement"]
        Kind::Hex, Field,
        of: &[Tdx, Csv, SevSnp, ArmCca, AzureSnp, AzureTdx, AwsNitro, NvidiaGpu, NvidiaSwitch],
        advice: BUILD;
    PLATFORM_MEASUREMENT: Bytes = hex_platform_measurement
        ["platform_measurement", "platformMeasurement"] Kind::Hex, Field,
        of: &[Tdx, HyperEnclave, Kunpeng, ArmCca, AzureTdx, NvidiaGpu, NvidiaSwitch], advice: HOST;
    DYNAMIC_MEASUREMENT: Bytes = hex_ta_dyn_measurement
        ["dynamicMeasurement", "dynamic_measurement"] Kind::Hex, Field, of: &[Kunpeng],
        advice: BUILD, optional: Some("changes while it runs");
    MRTD: Bytes = hex_mrtd ["mrtd"] Kind::HexOf(48), Unknown, of: ANY_TDX, advice: BUILD;
    RTMR0: Bytes = hex_rtmr0 ["rtmr0"] Kind::Register, Unknown, of: REGISTERS, advice: BUILD;
    RTMR1: Bytes = hex_rtmr1 ["rtmr1"] Kind::Register, Unknown, of: REGISTERS, advice: BUILD;
    RTMR2: Bytes = hex_rtmr2 ["rtmr2"] Kind::Register, Unknown, of: REGISTERS, advice: BUILD;
    RTMR3: Bytes = hex_rtmr3 ["rtmr3"] Kind::Register, Unknown, of: REGISTERS, advice: BUILD;
    MRSEAM: Bytes = hex_mrseam ["mrseam"] Kind::HexOf(48), Unknown,
        of: ANY_TDX, advice: HOST, optional: TDX_MODULE;
    MRSIGNERSEAM: Bytes = hex_mrsignerseam ["mrsignerseam"] Kind::HexOf(48), Unknown, of: ANY_TDX,
        advice: HOST, optional: TDX_MODULE;
    MRCONFIGID: Bytes = hex_mrconfigid ["mrconfigid"] Kind::HexOf(48), Unknown,
        of: ANY_TDX, advice: CONFIGURATION;
    MROWNER: Bytes = hex_mrowner ["mrowner"] Kind::HexOf(48), Unknown,
        of: ANY_TDX, advice: CONFIGURATION;
    MROWNERCONFIG: Bytes = hex_mrownerconfig ["mrownerconfig"] Kind::HexOf(48), Unknown,
        of: ANY_TDX,
        advice: CONFIGURATION;
    MRSERVICETD: Bytes = hex_mrservicetd ["mrservicetd"] Kind::HexOf(48), Unknown, of: ANY_TDX,
        advice: "start it with the service trust domains that the rule names";
    EVENT_LOG_VERIFIED: bool = bool_event_log_verified ["eventLogVerified", "event_log_verified"]
        Kind::Boolean, Unknown, of: &[Tdx],
        advice: "let the report carry the event log (CCEL)", optional: WHERE_IT_MATTERS;
    EVENT_LOG: Pairs = str_event_log ["eventLog", "event_log"] Kind::Events, Unknown, of: &[Tdx],
        advice: "run the application that the rule names, and let the report carry the event log",
        optional: WHERE_IT_MATTERS;
    IMAGES: Names = str_images ["images"] Kind::Items, Unknown, of: &[Tdx],
        advice: "run the container images that the rule names, and no others, and let the report \
                 carry the event log with the events of the guest's agent",
        optional: WHERE_IT_MATTERS;
    REVOCATION_CHECKED: bool = bool_revocation_checked ["revocationChecked", "revocation_checked"]
        Kind::Boolean, Unknown, optional: WHERE_IT_MATTERS,
        verifier_advice: "give it the vendor's revocation lists or answers (OCSP), if there are any for this \
                          platform: `aecs-attest collateral fetch EVIDENCE --out DIR`, then --collateral DIR",
        risk: "keys that their vendor has revoked are then accepted";
    MEASUREMENTS_MATCH_RIM: bool = bool_measurements_match_rim
        ["measurementsMatchRim", "measurements_match_rim"] Kind::Boolean, Unknown,
        of: &[NvidiaGpu, NvidiaSwitch], optional: WHERE_IT_MATTERS,
        advice: "if measurements differ, run the driver and the VBIOS that NVIDIA has published",
        verifier_advice: "if they were not compared, give it NVIDIA's reference values (RIM) for this driver and \
                          VBIOS: `aecs-attest collateral fetch EVIDENCE --out DIR`, then --collateral DIR",
        risk: "firmware and driver are then those that the other attributes name, or any";
    PCRS: Pairs = str_pcrs ["pcrs"] Kind::Registers, Unknown,
        of: &[AzureSnp, AzureTdx, AwsNitro, NvidiaGpu, NvidiaSwitch],
        advice: BUILD, optional: Some("some of them, after a look at each");
    PRODUCT: String = str_product ["product"] Kind::Word, Unknown,
        of: &[SevSnp, AzureSnp, NvidiaGpu, NvidiaSwitch],
        advice: PLATFORM_NAMED, optional: WHERE_IT_MATTERS;
    CHIP_ID: Bytes = hex_chip_id ["chipId", "chip_id"] Kind::Hex, Unknown,
        of: &[SevSnp, ArmCca, AzureSnp, NvidiaGpu, NvidiaSwitch],
        advice: "run it on a machine that the rule names", optional: THIS_MACHINE;
    PPID: Bytes = hex_ppid ["ppid"] Kind::HexOf(16), Unknown, of: DCAP,
        advice: "run it on a machine that the rule names", optional: THIS_MACHINE;
    FMSPC: Bytes = hex_fmspc ["fmspc"] Kind::HexOf(6), Unknown, of: DCAP,
        advice: PLATFORM_NAMED, optional: WHERE_IT_MATTERS;
    PLATFORM_INFO: Pairs = str_platform_info
        ["platformInfo", "platform_info", "pckFlags", "pck_flags"] Kind::Flags, Unknown,
        of: &[SgxDcap, Tdx, AzureTdx, SevSnp, AzureSnp],
        advice: "run it on a platform that is configured (BIOS) as the rule demands",
        optional: WHERE_IT_MATTERS;
    VMPL: String = str_vmpl ["vmpl"] Kind::PrivilegeLevel, Unknown, of: ANY_SNP,
        advice: "let software at the highest privilege level (VMPL 0) make the report",
        risk: "other software of the machine can then look into the attester";
    MIGRATION_DISABLED: bool = bool_migration_disabled ["migrationDisabled", "migration_disabled"]
        Kind::Boolean, Unknown, of: &[Tdx, Csv, SevSnp, AzureSnp, AzureTdx],
        advice: "start the machine with a policy that forbids migration",
        risk: "the machine, with its secrets, can then be moved to another host";
    PAGE_FAULTS_DISABLED: bool = bool_page_faults_disabled
        ["pageFaultsDisabled", "page_faults_disabled"] Kind::Boolean, Unknown, of: &[Tdx],
        advice: "start the trust domain with SEPT_VE_DISABLE (QEMU: sept-ve-disable=on); a machine on \
                 Azure goes without, and gives its HCL report and the quote of its TPM, too",
        risk: "the host can then make exceptions in the machine at moments of its choice";
    MEASURED: String = str_measured ["measured"] Kind::Declared, Unknown,
        advice: "run it where kernel and initial RAM disk are measured at launch: this launch \
                 measurement is the firmware of a cloud, which all its customers have";
    HOST_DATA: Bytes = hex_host_data ["hostData", "host_data"] Kind::Hex, Unknown,
        of: &[Csv, SevSnp, ArmCca, AzureSnp],
        advice: CONFIGURATION;
    FAMILY_ID: Bytes = hex_family_id ["familyId", "family_id"] Kind::Hex, Unknown, of: ANY_SNP,
        advice: CONFIGURATION;
    IMAGE_ID: Bytes = hex_image_id ["imageId", "image_id"] Kind::Hex, Unknown,
        of: ANY_SNP, advice: CONFIGURATION;
    AUTHOR_KEY: Bytes = hex_author_key ["authorKey", "author_key"] Kind::Hex, Unknown,
        of: &[Csv, SevSnp, AzureSnp], advice: SIGNED;
    VERSIONS: Pairs = str_versions ["versions"] Kind::Versions, Unknown,
        of: &[Csv, SevSnp, ArmCca, AzureSnp, NvidiaGpu, NvidiaSwitch],
        advice: "install the versions that the rule names", optional: WHERE_IT_MATTERS;
    SECURE_FLAGS: Bytes = hex_secure_flags ["secure_flags", "secureFlags"] Kind::Hex, Field,
        of: &[Tdx, Csv, SevSnp, ArmCca, AzureSnp, AzureTdx, NvidiaGpu, NvidiaSwitch],
        advice: CONFIGURATION,
        optional: Some("all flags; the rule already has those that matter");
    HARDWARE_VERSION: Bytes = hex_platform_hw_version ["hardwareVersion", "hardware_version"]
        Kind::Hex, Field, of: &[ArmCca], advice: UPDATE, optional: THIS_VERSION;
    SOFTWARE_VERSION: Bytes = hex_platform_sw_version ["softwareVersion", "software_version"]
        Kind::Hex, Field, of: &[Csv, Kunpeng], advice: UPDATE, optional: THIS_VERSION;
    TEE_NAME: String = str_tee_name ["teeName", "tee_name"] Kind::Word, Field,
        of: DEVICES, advice: PRODUCT_NAMED;
    TEE_IDENTITY: String = str_tee_identity ["teeIdentity", "tee_identity"] Kind::Word, Field,
        of: &[AwsNitro, NvidiaGpu, NvidiaSwitch],
        advice: PRODUCT_NAMED, optional: THIS_MACHINE;
    SPID: Bytes = hex_spid ["spid"] Kind::Hex, Key,
        of: &[SgxEpid], advice: DATA, optional: WHERE_IT_MATTERS;
    VERIFIED_TIME: u32 = str_verified_time [] Kind::Seconds, Field, optional: IN_EVERY_REPORT;
    OUT_OF_DATE_SINCE: OffsetDateTime = str_tcb_out_of_date_since [] Kind::Time, Unknown,
        optional: IN_EVERY_REPORT;
}

/// What a policy asks for and no message of attributes has.
const fn aside<T>(name: &'static str, advice: &'static str) -> Typed<T> {
    Typed { row: Attribute { name, advice, ..ROW }, values: PhantomData }
}

/// What a policy asks for of nested attesters as a whole.
const fn of_group(name: &'static str) -> Typed<String> {
    let advice = "make a report with the results of as many nested attesters, signed by the key it \
                  binds, and show that key with it";
    aside(name, advice)
}

/// Name of the group of nested attesters.
pub(crate) static GROUP_NAME: Typed<String> = of_group("str_group_name");
/// Id of the group of nested attesters.
pub(crate) static GROUP_ID: Typed<String> = of_group("str_group_id");
/// How many nested attesters there are. It has no name on the wire.
pub(crate) static NESTED_RESULTS: Typed<String> = of_group("");
/// How many devices of a kind there are.
pub(crate) static DEVICES_FOUND: Typed<u32> =
    aside("count", "make a report with the results of as many devices of the kind");
/// Until when a rule admits.
pub(crate) static VALID_UNTIL: Typed<OffsetDateTime> =
    aside("validUntil", "give the rule a later `validUntil` if it is still wanted");
/// Measurements that a rule admits, by the names of sets.
pub(crate) static CODE: Typed<String> =
    aside("code", "run a build that is in the set, or add the measurements of this one to the set");
/// How long a rule admits a platform that is out of date.
pub(crate) static GRACE: Typed<String> = aside("tcb.outOfDate", UPDATE);
/// From which TCB on a rule admits a platform that nobody else has rated.
pub(crate) static RATING: Typed<String> = aside("tcb.min", UPDATE);

impl Attribute {
    /// Every attribute, those of what is most often pinned first.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TABLE.iter().copied()
    }

    /// The attribute with this name on the wire.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|row| row.name == name)
    }

    /// The spelling that is suggested and written in rules of policy files.
    #[must_use]
    pub fn key(&self) -> Option<&'static str> {
        self.keys.first().copied()
    }

    /// Whether evidence of a platform can have it. A rule that asks a platform for another attribute
    /// admits nobody there.
    #[must_use]
    pub fn is_attested_by(&self, platform: Platform) -> bool {
        self.of.is_empty() || self.of.contains(&platform)
    }

    /// Whether rules can refer to named lists of its values.
    #[must_use]
    pub fn can_list(&self) -> bool {
        self.kind.can_list() && self.key().is_some()
    }

    /// Whether the two are the same row.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    /// Its text in a message; empty if the message does not have it.
    #[must_use]
    pub fn text<'a>(&self, message: &'a Message) -> &'a str {
        (self.get)(message)
    }

    /// Sets its text in a message.
    pub fn set(&self, message: &mut Message, text: impl Into<String>) {
        (self.put)(message, text.into());
    }
}

/// The attributes for which `which` holds, of a message.
pub(crate) fn selected(message: &Message, which: impl Fn(&Attribute) -> bool) -> Message {
    let mut selected = Message::default();
    for row in Attribute::all().filter(|row| which(row)) {
        row.set(&mut selected, row.text(message));
    }
    selected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_message_has_a_row() {
        let mut message = Message::default();
        for row in TABLE {
            row.set(&mut message, format!("<{}>", row.name));
        }
        let debug = format!("{message:?}");
        assert_eq!(debug.matches("\"<").count(), TABLE.len());
        assert!(!debug.contains("\"\""), "a field is in no row: {debug}");
        for row in TABLE {
            assert_eq!(row.text(&message), format!("<{}>", row.name));
        }
    }

    #[test]
    fn the_documentation_has_the_table() {
        let documented = include_str!("../../../../docs/policies.md");
        let rows = TABLE.iter().filter(|row| !row.keys.is_empty()).map(|row| {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            format!("| {} | `{}` | {} |\n", keys.join(", "), row.name, row.kind)
        });
        let table: String = rows.collect();
        assert!(documented.contains(&table), "docs/policies.md has to have these rows:\n{table}");
    }
}

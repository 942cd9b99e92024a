//! `aecs-attest policy`: a rule that pins what evidence says, to start a policy with.

use std::path::Path;

use aecs_attest::{Attribute, Kind, Platform, TcbStatus, pins_nothing, unpinned};
use aecs_client::files::rule;
use aecs_proto::UnifiedAttestationAttributes;
use serde::Serialize;

use super::verified::VerifiedEvidence;
use super::verify::{EvidenceArgs, read_and_verify};
use crate::failure::Result;
use crate::output::{View, printable};

/// A rule with explanations.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Pinned {
    platform: &'static str,
    /// The lines of the rule.
    rule: Vec<String>,
    /// Lines that could be added.
    further: Vec<OptionalLine>,
    /// What to think of before it is used.
    notes: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct OptionalLine {
    line: String,
    why_not: &'static str,
}

/// Whether it is a device beside a machine.
fn is_device(platform: Platform) -> bool {
    matches!(platform, Platform::NvidiaGpu | Platform::NvidiaSwitch)
}

/// Why an attribute is not pinned unless somebody wants it to be.
fn why_not(attribute: &str, platform: Platform) -> Option<&'static str> {
    let tdx = matches!(platform, Platform::Tdx | Platform::AzureTdx);
    match attribute {
        // Not which GPU it is, but the kind of its board.
        "str_tee_identity" if platform == Platform::NvidiaGpu => Some("where it matters"),
        "bool_revocation_checked" | "bool_measurements_match_rim" if is_device(platform) => Some(
            "`true` demands it: let the verifier have NVIDIA's answers and files (--collateral)",
        ),
        // Nothing else tells good drivers and firmware of a device from bad ones.
        "str_versions" if is_device(platform) => None,
        "hex_platform_measurement" | "hex_boot_measurement" | "hex_ta_measurement" if tdx => {
            Some("the same as the single measurements, as AECS 2.0 composes them")
        }
        "str_pcrs" if platform == Platform::AwsNitro => {
            Some("some of them: 3 is the role, 4 this one machine")
        }
        name => Attribute::named(name)?.optional,
    }
}

/// Makes a rule of evidence that is genuine.
pub(super) fn rule_for(file: &Path, evidence: &EvidenceArgs) -> Result<Pinned> {
    let (prepared, verified) = read_and_verify(file, evidence)?;
    Ok(Pinned::new(prepared.platform(), &verified))
}

impl Pinned {
    fn new(platform: Platform, verified: &VerifiedEvidence) -> Self {
        let attributes = verified.attributes();
        let (mut pinned, mut further) = (UnifiedAttestationAttributes::default(), Vec::new());
        let mut notes: Vec<String> = Vec::new();
        let statuses = verified.message().str_tcb_status.as_str();
        let unrated = statuses.split(',').any(|status| status == TcbStatus::Unrated.as_str());
        if unrated {
            notes.push(
                "no minimum TCB is known that this platform meets: the rule asks for the one that it \
                 has today; compare it with AMD's bulletins"
                    .into(),
            );
        }
        let mut pins = serde_json::Map::new();
        for (name, value) in &attributes {
            let mut value = value.as_str().unwrap_or_default().to_owned();
            let unset = name.starts_with("hex_") && value.bytes().all(|digit| digit == b'0');
            // Nothing measured there is what a machine without boot loader has.
            let measured = name == "hex_rtmr1" || name == "hex_rtmr2";
            let wanted = name == "hex_prod_id" || (measured && platform == Platform::Tdx);
            if (unset && !wanted) || name == "str_measured" {
                continue;
            }
            let accepted = verified.tcb_status() == TcbStatus::UpToDate;
            let why_not = match name.as_str() {
                "str_tcb_status" if !verified.tcb_status().is_acceptable() => {
                    notes.push(
                        "NO POLICY ADMITS this platform: it is older than every level that its \
                         vendor lists"
                            .into(),
                    );
                    continue;
                }
                "str_tcb_status" if verified.tcb_status() == TcbStatus::Unrated => continue,
                "str_tcb_status" if !accepted => {
                    notes.push(
                        "the platform is not up to date: its known weaknesses are accepted".into(),
                    );
                    // It may be updated without another policy.
                    value = format!("{},{}", TcbStatus::UpToDate, verified.tcb_status());
                    None
                }
                // That rates the platform.
                "str_min_tcb" if unrated => None,
                name => why_not(name, platform),
            };
            match why_not {
                None => {
                    pins.insert(name.clone(), value.into());
                }
                Some(why_not) => {
                    further.extend(
                        rule::line(name, &value).map(|line| OptionalLine { line, why_not }),
                    );
                }
            }
        }
        if let Ok(entry) = serde_json::from_value(pins.into()) {
            pinned = entry;
        }
        if needs_declaration(&pinned) {
            let line = rule::line("str_measured", "direct-boot");
            further.extend(line.map(|line| OptionalLine { line, why_not: DIRECT_BOOT }));
        }
        notes.extend(warnings(&pinned, platform, verified));
        Self { platform: platform.as_str(), rule: rule::lines(&pinned), further, notes }
    }
}

/// When the declaration may be made that evidence cannot make.
const DIRECT_BOOT: &str = "only if kernel, initial RAM disk and command line are in the launch \
                           measurement";

/// Whether the declaration is all that the rule lacks.
fn needs_declaration(pinned: &UnifiedAttestationAttributes) -> bool {
    let str_measured = "direct-boot".to_owned();
    let declared = UnifiedAttestationAttributes { str_measured, ..pinned.clone() };
    pins_nothing(pinned) && !pins_nothing(&declared)
}

/// What a rule for this evidence would accept that a policy should not.
fn warnings(
    pinned: &UnifiedAttestationAttributes,
    platform: Platform,
    verified: &VerifiedEvidence,
) -> Vec<String> {
    let mut warnings: Vec<String> = Vec::new();
    for attribute in Attribute::all().filter(|attribute| !attribute.risk.is_empty()) {
        let text = attribute.text(pinned);
        let unsafe_value = match attribute.kind {
            Kind::Boolean => text == "false",
            Kind::PrivilegeLevel => !matches!(text, "" | "0"),
            _ => false,
        };
        if let (true, Some(line)) = (unsafe_value, rule::line(attribute.name, text)) {
            warnings.push(format!("WARNING: {line}: {}", attribute.risk));
        }
    }
    if verified.backing() != "hardware" {
        warnings
            .push("SIMULATION: this evidence comes from a software CPU and proves nothing".into());
    }
    if is_device(platform) {
        warnings.push("a device belongs to a machine: put its rule under `devices:`".into());
    } else if let Some(why) = unpinned(pinned) {
        warnings.push(format!("WARNING: EVERYBODY'S MACHINES may satisfy this rule: {why}"));
        warnings.push(format!("servers refuse it: {}", why.remedy()));
    }
    warnings
}

impl View for Pinned {
    /// A policy alone, as `--policy` takes it; its rule can be put into any other policy.
    fn text(&self) -> String {
        let mut text = String::from("enclaveMatchAnyRules:");
        let notes = self.notes.iter().map(|note| format!("\n# {note}"));
        text.extend(notes);
        let pinned = self.rule.iter().enumerate().map(|(i, line)| {
            let dash = if i == 0 { '-' } else { ' ' };
            format!("\n{dash} {}", printable(line))
        });
        text.extend(pinned);
        for OptionalLine { line, why_not } in &self.further {
            text.push_str(&format!("\n  # {}  # {why_not}", printable(line)));
        }
        text
    }
}

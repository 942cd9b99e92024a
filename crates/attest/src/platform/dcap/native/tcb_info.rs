//! TCB info (Intel, provisioning certification service, "Get TCB Info", versions 3 and 4 of the
//! API): which security versions of a kind of processor are how up to date. Version 2 has the parts
//! of a processor's version one by one and is for SGX only, version 3 has lists.

mod versions;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

use self::versions::Versions;
use super::certificate::Certificate;
use super::extension::{COMPONENTS, SgxExtension};
use super::json::{Date, Entry, Hex, IsvSvn, Level, bounded, distinct, gap, highest, signed};
use super::signed::Signed;
use super::status::{Levels, add_advisories, converge};
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::error::{Check, Endorsement, Error, Result};
use crate::quote::td_report::TdReport;
use crate::tcb::{TcbGap, TcbStatus};

/// Statuses that a platform can have.
const STATUSES: [TcbStatus; 7] = [
    TcbStatus::UpToDate,
    TcbStatus::SwHardeningNeeded,
    TcbStatus::ConfigurationNeeded,
    TcbStatus::ConfigurationAndSwHardeningNeeded,
    TcbStatus::OutOfDate,
    TcbStatus::OutOfDateConfigurationNeeded,
    TcbStatus::Revoked,
];
/// Statuses that a TDX module can have.
const MODULE_STATUSES: [TcbStatus; 3] =
    [TcbStatus::UpToDate, TcbStatus::OutOfDate, TcbStatus::Revoked];
/// How the parts of a version are compared: all there is.
const TCB_TYPE: u32 = 0;

/// What is known about a kind of processor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TcbInfo {
    /// Since version 3.
    id: Option<String>,
    version: u32,
    issue_date: Date,
    next_update: Date,
    fmspc: Hex<6>,
    pce_id: Hex<2>,
    tcb_type: u32,
    tcb_evaluation_data_number: u32,
    #[serde(deserialize_with = "bounded")]
    tcb_levels: Vec<Entry<Versions>>,
    #[serde(default, deserialize_with = "present")]
    tdx_module: Option<Module>,
    #[serde(default, deserialize_with = "some")]
    tdx_module_identities: Option<Vec<ModuleIdentity>>,
}

/// The TDX module of processors with one only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Module {
    mrsigner: Hex<48>,
    attributes: Hex<8>,
}

/// A TDX module of several.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModuleIdentity {
    id: String,
    mrsigner: Hex<48>,
    attributes: Hex<8>,
    #[serde(deserialize_with = "bounded")]
    tcb_levels: Vec<Entry<IsvSvn<u8>>>,
}

impl TcbInfo {
    /// Reads a signed one that is of now.
    pub(super) fn verify(
        text: &Signed<'_>,
        signer: &Certificate<'_>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Self> {
        let names = [Check::TCB_INFO_SIGNATURE, Check::TCB_INFO_SCOPE];
        let mut info: Self = signed(names, text, signer, context, checks)?;
        let (from, until) = (info.issue_date.time(), info.next_update.time());
        checks.renewed(Endorsement::TCB_INFO, from, until, context.now)?;
        info.check_levels()?;
        Ok(info)
    }

    /// Number of the TCB recovery that it takes into account.
    pub(super) fn evaluation_number(&self) -> u32 {
        self.tcb_evaluation_data_number
    }

    /// Whether it is about this kind of TEE, on this kind of processor.
    pub(super) fn check_scope(
        &self,
        tee: IntelTee,
        pck: &SgxExtension,
        checks: &mut Checks,
    ) -> Result<()> {
        let check = Check::TCB_INFO_SCOPE;
        let listed = self.tcb_levels.iter().all(|entry| entry.versions.is_of(self.version, tee));
        let module = self.tdx_module.is_some();
        let fits = match (tee, self.version, self.id.as_deref()) {
            (IntelTee::Sgx, 2, None) | (IntelTee::Sgx, 3, Some("SGX")) => {
                !module && self.tdx_module_identities.is_none()
            }
            (IntelTee::Tdx, 3, Some("TDX")) => module,
            _ => false,
        };
        let mut parts = Checks::new();
        parts.requires(
            check,
            fits && listed,
            format_args!("of {tee}"),
            format_args!("{}, version {}", self.id.as_deref().unwrap_or("no id"), self.version),
        )?;
        parts.equal(check, &TCB_TYPE, &self.tcb_type)?;
        parts.equal_bytes(check, &pck.fmspc, &self.fmspc.0)?;
        parts.equal_bytes(check, &pck.pce_id, &self.pce_id.0)?;
        let fmspc = hex::encode_upper(pck.fmspc);
        checks.passed(check, format!("FMSPC {fmspc}, evaluation {}", self.evaluation_number()));
        Ok(())
    }

    /// How up to date the platform is, and was when the trust domain started.
    pub(super) fn levels(
        &self,
        pck: &SgxExtension,
        td: Option<&TdReport>,
        checks: &mut Checks,
    ) -> Result<Levels> {
        let svn = td.map(|td| &td.tcb_svn);
        let (launch, listed) = match self.find(pck, svn) {
            Some(level) => (level.clone(), true),
            None => (self.below_all()?, false),
        };
        if launch.status.is_old() {
            checks.lacks(self.gap(&launch, pck, svn));
        }
        let launch = self.with_module(launch, svn)?;
        if let Some(gap) = self.module_gap(svn)? {
            checks.lacks(gap);
        }
        let current = td.and_then(TdReport::current_tcb_svn).map(|svn| {
            let level = match self.find(pck, Some(svn)) {
                Some(level) => level.clone(),
                None if !listed => self.below_all()?,
                None => return Err(unlisted("the current TCB is older than all that is listed")),
            };
            self.with_module(level, Some(svn))
        });
        let current = current.transpose()?;
        let detail = match &current {
            Some(current) if *current != launch => format!("{launch}; currently {current}"),
            _ => launch.to_string(),
        };
        checks.passed(Check::TCB_LEVEL, detail);
        Ok(Levels { launch, current })
    }

    /// Whether the TDX module is Intel's.
    pub(super) fn check_module(&self, td: &TdReport, checks: &mut Checks) -> Result<()> {
        let check = Check::TDX_MODULE;
        let (mrsigner, attributes) = match (self.module(&td.tcb_svn)?, &self.tdx_module) {
            (Some(module), _) => (&module.mrsigner, &module.attributes),
            (None, Some(module)) => (&module.mrsigner, &module.attributes),
            (None, None) => return Err(unknown_module("none is listed")),
        };
        checks.equal_bytes(check, &mrsigner.0, &td.mrsignerseam)?;
        checks.equal_bytes(check, &attributes.0, &td.seam_attributes)?;
        // Whatever is listed: none has a meaning yet.
        checks.equal_bytes(check, &[0; 8], &td.seam_attributes)
    }

    /// Orders them with the highest first, as Intel's library compares them. Two that are the same
    /// would be a choice.
    fn check_levels(&mut self) -> Result<()> {
        let malformed = |reason: String| Err(Error::malformed("TCB info", reason));
        self.tcb_levels.sort_by(|a, b| b.versions.cmp(&a.versions));
        let same = |pair: &[Entry<Versions>]| match pair {
            [a, b] => a.versions == b.versions,
            _ => false,
        };
        if self.tcb_levels.is_empty() || self.tcb_levels.windows(2).any(same) {
            return malformed("TCB levels are missing or duplicate".into());
        }
        let mut statuses = self.tcb_levels.iter().map(|entry| entry.level.status);
        if let Some(other) = statuses.find(|status| !STATUSES.contains(status)) {
            return malformed(format!("a TCB level is {other}, which no platform can be"));
        }
        if self.tdx_module_identities.as_ref().is_some_and(Vec::is_empty) {
            return malformed("a list of TDX modules without any".into());
        }
        let mut modules = self.tdx_module_identities.iter().flatten();
        match modules.find(|module| !distinct(&module.tcb_levels)) {
            Some(module) => {
                malformed(format!("{}: TCB levels are missing or duplicate", module.id))
            }
            None => Ok(()),
        }
    }

    /// The first level that the platform reaches in every part.
    fn find(&self, pck: &SgxExtension, td: Option<&[u8; COMPONENTS]>) -> Option<&Level> {
        self.tcb_levels
            .iter()
            .find(|entry| entry.versions.are_reached(&pck.components, pck.pce_svn, td))
            .map(|entry| &entry.level)
    }

    /// That of platforms which are older than all that is listed: a status that no policy admits,
    /// with all advisories, for people to see. Refused when levels are revoked: what is older is
    /// not better.
    fn below_all(&self) -> Result<Level> {
        let levels = || self.tcb_levels.iter().map(|entry| &entry.level);
        if levels().any(|level| level.status == TcbStatus::Revoked) {
            return Err(unlisted("older than all that is listed"));
        }
        let advisories: BTreeSet<_> = levels().flat_map(|level| &level.advisory_ids).collect();
        Ok(Level {
            status: TcbStatus::BelowAllLevels,
            date: Date { seconds: 0 },
            advisory_ids: advisories.into_iter().cloned().collect(),
        })
    }

    /// The level together with that of the TDX module, if that has one of its own.
    fn with_module(&self, mut level: Level, td: Option<&[u8; COMPONENTS]>) -> Result<Level> {
        let Some(svn @ [module_svn, ..]) = td else { return Ok(level) };
        let Some(module) = self.module(svn)? else { return Ok(level) };
        let of_the_module = highest(&module.tcb_levels, *module_svn)
            .filter(|level| MODULE_STATUSES.contains(&level.status))
            .ok_or_else(|| unknown_module(&format!("{} at version {module_svn}", module.id)))?;
        level.status = converge(level.status, of_the_module.status);
        level.date = level.date.min(of_the_module.date);
        add_advisories(&mut level.advisory_ids, &of_the_module.advisory_ids);
        Ok(level)
    }

    /// What the platform lacks to reach the lowest level that is up to date, or the lowest that is
    /// not old where none is.
    fn gap(&self, level: &Level, pck: &SgxExtension, td: Option<&[u8; COMPONENTS]>) -> TcbGap {
        let lowest = |wanted: fn(TcbStatus) -> bool| {
            self.tcb_levels.iter().rfind(|entry| wanted(entry.level.status))
        };
        let target = lowest(|status| status == TcbStatus::UpToDate)
            .or_else(|| lowest(|status| !status.is_old() && status != TcbStatus::Revoked));
        let versions = target.map(|entry| &entry.versions);
        TcbGap {
            parts: versions
                .map(|versions| versions.missing(&pck.components, pck.pce_svn, td))
                .unwrap_or_default(),
            since: target.map(|entry| entry.level.date.to_string()),
            advisory_ids: level.advisory_ids.clone(),
        }
    }

    /// What the TDX module lacks, if it has a level of its own.
    fn module_gap(&self, td: Option<&[u8; COMPONENTS]>) -> Result<Option<TcbGap>> {
        let Some(svn @ [module_svn, ..]) = td else { return Ok(None) };
        let module = self.module(svn)?;
        Ok(module.and_then(|module| {
            gap(&format!("TDX module {}", module.id), &module.tcb_levels, *module_svn)
        }))
    }

    /// The module of this version; none for the first one, which is listed by itself.
    fn module(&self, svn: &[u8; COMPONENTS]) -> Result<Option<&ModuleIdentity>> {
        let [_, version, ..] = svn;
        if *version == 0 {
            return Ok(None);
        }
        let id = format!("TDX_{version:02X}");
        let mut modules = self.tdx_module_identities.iter().flatten();
        match modules.find(|module| module.id.eq_ignore_ascii_case(&id)) {
            Some(module) => Ok(Some(module)),
            None => Err(unknown_module(&id)),
        }
    }
}

/// What is there, is something: `null` is not.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Vec<T>>, D::Error> {
    bounded(deserializer).map(Some)
}

fn unlisted(actual: &str) -> Error {
    Error::Mismatch {
        check: Check::TCB_LEVEL,
        expected: "a TCB that is listed".into(),
        actual: actual.into(),
    }
}

fn unknown_module(actual: &str) -> Error {
    Error::Mismatch {
        check: Check::TDX_MODULE,
        expected: "a TDX module that is listed".into(),
        actual: actual.into(),
    }
}

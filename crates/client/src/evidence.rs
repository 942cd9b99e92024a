//! This side's own evidence: a key, and a report that binds it.
//!
//! A report takes the platform milliseconds to seconds, so one is made and used until it is about
//! to expire. The key lives and dies with the process.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{Attester, ReportRequest, ReportType, UserData, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::UnifiedAttestationAuthReport;
use tokio::sync::Mutex;

use crate::error::{Error, Result};
use crate::session::blocking;

/// How long before its endorsements expire a report is replaced.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// How long a report is used at most; for one whose expiry this side cannot tell, too.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// A younger report is not made again because somebody refused it: that would not help.
const MIN_AGE: Duration = Duration::from_secs(60);

/// A key and the means to prove whose it is.
pub(crate) struct OwnEvidence {
    attester: Arc<dyn Attester>,
    key: Arc<KeyPair>,
    user_data: UserData,
    made: Mutex<Option<CachedReport>>,
}

struct CachedReport {
    report: UnifiedAttestationAuthReport,
    at: SystemTime,
    until: SystemTime,
}

impl CachedReport {
    fn is_current(&self, now: SystemTime) -> bool {
        // A clock that was set back makes a report's age unknown.
        self.at <= now && now < self.until
    }
}

impl OwnEvidence {
    /// Generates a key of `suite`. The report is made when it is first needed.
    pub(crate) async fn new(
        attester: Arc<dyn Attester>,
        suite: Suite,
        user_data: UserData,
    ) -> Result<OwnEvidence> {
        let key = blocking(move || KeyPair::generate(suite)).await??;
        Ok(OwnEvidence { attester, key: Arc::new(key), user_data, made: Mutex::new(None) })
    }

    pub(crate) fn key(&self) -> &KeyPair {
        &self.key
    }

    /// A report that has some time to live. `verifier` tells how much, if it knows the platform.
    pub(crate) async fn report(&self, verifier: &Verifier) -> Result<UnifiedAttestationAuthReport> {
        let mut made = self.made.lock().await;
        let now = SystemTime::now();
        if let Some(made) = made.as_ref().filter(|made| made.is_current(now)) {
            return Ok(made.report.clone());
        }
        // Nothing that is expired stays behind when this fails.
        *made = None;
        let report = self.make().await?;
        let oldest = now + MAX_AGE;
        let until = match verifier.verify(&report, now) {
            Ok(verified) => verified.valid_until().checked_sub(MARGIN).unwrap_or(now).min(oldest),
            Err(_) => oldest,
        };
        *made = Some(CachedReport { report: report.clone(), at: now, until });
        Ok(report)
    }

    /// Forgets the report after somebody refused it. False if it is too young to be the reason.
    pub(crate) async fn discard(&self) -> bool {
        let mut made = self.made.lock().await;
        let now = SystemTime::now();
        let young = made
            .as_ref()
            .is_some_and(|made| now.duration_since(made.at).is_ok_and(|age| age < MIN_AGE));
        if !young {
            *made = None;
        }
        !young
    }

    async fn make(&self) -> Result<UnifiedAttestationAuthReport> {
        let (attester, key, user_data) = (self.attester.clone(), self.key.clone(), self.user_data);
        let attest = move || {
            let request = ReportRequest::passport(user_data, key.public());
            match attester.attest(&request) {
                // Without endorsements on this side, the server's side looks for them.
                Err(aecs_attest::Error::NoCollateral) => attester
                    .attest(&ReportRequest { report_type: ReportType::BackgroundCheck, ..request }),
                made => made,
            }
        };
        blocking(attest).await?.map_err(Error::Attester)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use aecs_attest::{Host, Tee};
    use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, SimulatedMachine};

    use super::*;

    #[tokio::test]
    async fn a_platform_without_endorsements_leaves_them_to_the_server() {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        let enclave = cpu.enclave(EnclaveIdentity::default());
        let machine = {
            let enclave = enclave.clone();
            SimulatedMachine::new(Tee::Gramine, move |data| enclave.quote(*data).unwrap())
        };
        let gramine = Host::on(Arc::new(machine)).open(None).unwrap().attester;
        let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().unwrap();
        for (attester, expected) in
            [(gramine, "BackgroundCheck"), (Arc::new(enclave) as Arc<dyn Attester>, "Passport")]
        {
            let evidence =
                OwnEvidence::new(attester, Suite::Modern, UserData::default()).await.unwrap();
            let report = evidence.report(&verifier).await.unwrap();
            assert_eq!(report.report.as_ref().unwrap().str_report_type, expected);
            assert_eq!(evidence.report(&verifier).await.unwrap(), report, "it is kept");
        }
    }
}

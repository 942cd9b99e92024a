//! What Intel has published, for evidence of real hardware.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{
    CollateralClient, CollateralClientConfig, CollateralSource, Error, TcbStatus, Verifier,
};
use aecs_proto::{DcapReport, IntelTdxReport, SgxQlQveCollateral, UnifiedAttestationReport, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::collateral::server::Server;
use crate::collateral::support::{DAY, answers, client, config_at};
use aecs_sim::vectors::{self, intel};

/// 2025-06-20 and 2026-02-20.
const JUNE: Duration = Duration::from_secs(1_750_377_600);
const FEBRUARY: Duration = Duration::from_secs(1_771_545_600);

struct Recorded {
    quote: &'static str,
    collateral: &'static str,
    tee_type: i64,
    then: Duration,
    status: TcbStatus,
}

const RECORDED: [Recorded; 3] = [
    Recorded {
        quote: "sgx/quote.bin",
        collateral: "sgx/collateral.json",
        tee_type: 0,
        then: JUNE,
        status: TcbStatus::ConfigurationAndSwHardeningNeeded,
    },
    Recorded {
        quote: "tdx/quote.bin",
        collateral: "tdx/collateral.json",
        tee_type: 0x81,
        then: JUNE,
        status: TcbStatus::UpToDate,
    },
    Recorded {
        quote: "tdx/quote-tcb-outdated.bin",
        collateral: "tdx/collateral-tcb-outdated.json",
        tee_type: 0x81,
        then: FEBRUARY,
        status: TcbStatus::BelowAllLevels,
    },
];

impl Recorded {
    /// The answers of Intel's service, from the verifying library's form.
    fn collateral(&self) -> Option<SgxQlQveCollateral> {
        let collateral = intel::collateral(self.collateral, self.tee_type)?;
        Some(SgxQlQveCollateral { version: 4, ..collateral })
    }

    /// The quote alone.
    fn report(&self) -> Option<UnifiedAttestationReport> {
        let b64_quote = STANDARD.encode(vectors::read(self.quote)?);
        let (platform, json_report) = match self.tee_type {
            0 => ("SGX_DCAP", json::to_string(&DcapReport { b64_quote, ..Default::default() })),
            _ => ("TDX", json::to_string(&IntelTdxReport { b64_quote, ..Default::default() })),
        };
        Some(UnifiedAttestationReport {
            str_report_version: "1.0".into(),
            str_report_type: "BackgroundCheck".into(),
            str_tee_platform: platform.into(),
            json_report,
            ..Default::default()
        })
    }

    fn then(&self) -> SystemTime {
        UNIX_EPOCH + self.then
    }
}

fn verifier(source: impl CollateralSource + 'static) -> Verifier {
    Verifier::builder().vendor_roots().collateral(Arc::new(source)).build().unwrap()
}

#[test]
fn real_quotes_are_judged_with_what_intel_published() {
    for recorded in &RECORDED {
        let (Some(collateral), Some(report)) = (recorded.collateral(), recorded.report()) else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let cache_dir = Some(dir.path().to_owned());
        let server = Server::start(answers(&collateral));
        let config = CollateralClientConfig { cache_dir, ..config_at(server.url()) };
        let online = verifier(CollateralClient::new(config.clone()).unwrap());
        let appraised = online.appraise(&report, recorded.then()).unwrap();
        assert_eq!(appraised.tcb_status(), recorded.status, "{}", recorded.quote);
        assert_eq!(server.count(), 4);
        drop(server);

        let restarted = verifier(CollateralClient::new(config).unwrap());
        assert!(restarted.appraise(&report, recorded.then()).is_ok());
        let late = restarted.appraise(&report, recorded.then() + 40 * DAY);
        assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
    }
}

#[test]
fn what_is_for_one_machine_is_not_for_another() {
    for (mine, other) in [(0, 1), (1, 0)] {
        let Some(report) = RECORDED[mine].report() else { return };
        let server = Server::start(answers(&RECORDED[other].collateral().unwrap()));
        let refused = verifier(client(&server)).appraise(&report, RECORDED[mine].then());
        assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    }
}

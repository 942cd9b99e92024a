//! Simulated guests, reports in their envelope, and dates.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Appraised, Error, Platform, SnpProduct, Verified, Verifier, VerifierBuilder};
use aecs_proto::{SevSnpEndorsements, SevSnpReport, UnifiedAttestationReport, json};
use aecs_sim::{SimulatedAmd, SimulatedSnp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) const PRODUCTS: [SnpProduct; 3] =
    [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin];
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// The vendor that verifiers here trust, and one that they do not.
pub(crate) static AMD: LazyLock<SimulatedAmd> = LazyLock::new(|| SimulatedAmd::generate().unwrap());
pub(crate) static OTHER: LazyLock<SimulatedAmd> =
    LazyLock::new(|| SimulatedAmd::generate().unwrap());

pub(crate) fn guest(product: SnpProduct) -> SimulatedSnp {
    SimulatedSnp::new(&AMD, product).unwrap()
}

/// A verifier that trusts the simulated roots of all generations.
pub(crate) fn trusting(amd: &SimulatedAmd) -> VerifierBuilder {
    PRODUCTS.into_iter().fold(Verifier::builder(), |builder, product| {
        builder.simulated_platform_root(Platform::SevSnp, amd.root_der(product))
    })
}

pub(crate) fn verifier() -> Verifier {
    trusting(&AMD).build().unwrap()
}

/// A report and what it is judged by, in parts.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) report: Vec<u8>,
    pub(crate) vek: Vec<u8>,
    pub(crate) ask: Vec<u8>,
    pub(crate) crl: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(guest: &SimulatedSnp) -> Self {
        let decode = |text: &str| STANDARD.decode(text).unwrap();
        let endorsements = guest.endorsements().unwrap();
        Self {
            report: guest.raw_report(&[0x5A; 64]).unwrap(),
            vek: decode(&endorsements.b64_vek_cert),
            ask: decode(&endorsements.b64_ask_cert),
            crl: decode(&endorsements.b64_crl),
        }
    }

    pub(crate) fn passport(&self) -> UnifiedAttestationReport {
        let endorsements = SevSnpEndorsements {
            b64_vek_cert: STANDARD.encode(&self.vek),
            b64_ask_cert: STANDARD.encode(&self.ask),
            b64_crl: STANDARD.encode(&self.crl),
        };
        self.envelope("Passport", json::to_string(&endorsements))
    }

    pub(crate) fn background_check(&self) -> UnifiedAttestationReport {
        self.envelope("BackgroundCheck", String::new())
    }

    pub(crate) fn envelope(
        &self,
        report_type: &str,
        json_endorsements: String,
    ) -> UnifiedAttestationReport {
        let report = SevSnpReport { b64_report: STANDARD.encode(&self.report), json_endorsements };
        UnifiedAttestationReport {
            str_report_version: "1.0".into(),
            str_report_type: report_type.into(),
            str_tee_platform: "SEV_SNP".into(),
            json_report: json::to_string(&report),
            json_nested_reports: String::new(),
        }
    }
}

/// Judges the parts as a passport.
pub(crate) fn appraise(
    verifier: &Verifier,
    parts: &Parts,
    now: SystemTime,
) -> Result<Verified<Appraised>, Error> {
    verifier.appraise(&parts.passport(), now)
}

/// Midnight (UTC) of the first of a month.
pub(crate) fn first_of(year: u64, month: u64) -> SystemTime {
    // Days before each month in a year without a leap day.
    const DAYS: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_days = (year - 1969) / 4 + u64::from(year.is_multiple_of(4) && month > 2);
    let days = (year - 1970) * 365 + leap_days + DAYS[usize::try_from(month).unwrap() - 1];
    UNIX_EPOCH + Duration::from_secs(days * 24 * 3600)
}

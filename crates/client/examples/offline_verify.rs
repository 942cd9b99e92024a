//! Verifies a report without a network, and tells whether it is of the code with a measurement:
//! `offline_verify REPORT MEASUREMENT [SIMULATION_ROOT]`.
//!
//! REPORT is the JSON of an AECS report that has its collateral in it (a Passport).
//! SIMULATION_ROOT is the root certificate (PEM) of a software CPU to trust.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::fs;
use std::time::SystemTime;

use aecs_client::attest::{Policy, inline};
use aecs_client::proto::{UnifiedAttestationAttributes, UnifiedAttestationAuthReport, json};
use aecs_client::{Acceptance, UnifiedAttestationPolicy, Verifier};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (report, measurement, root) = match arguments.as_slice() {
        [report, measurement] => (report, measurement, None),
        [report, measurement, root] => (report, measurement, Some(root)),
        _ => anyhow::bail!("usage: offline_verify REPORT MEASUREMENT [SIMULATION_ROOT]"),
    };
    let report: UnifiedAttestationAuthReport = json::from_str(&fs::read_to_string(report)?)?;

    // Whose evidence is genuine.
    let mut verifier = Verifier::builder().vendor_roots();
    if let Some(root) = root {
        verifier = verifier.simulated_root(inline::root_in(fs::read(root)?)?);
    }
    let now = SystemTime::now();
    let verified = verifier.build()?.verify(&report, now)?;
    let hours = verified.valid_until().duration_since(now)?.as_secs() / 3600;
    println!("genuine, and valid for {hours} hours from now");

    // Whose code is wanted.
    let policy = UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes {
            hex_ta_measurement: measurement.clone(),
            ..Default::default()
        }],
        ..Default::default()
    };
    Policy::parse(&policy)?.admit(&verified, &Acceptance::default())?;
    println!("the code is the expected one");
    Ok(())
}

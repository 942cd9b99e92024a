//! From a report without collateral to attributes.

use std::sync::Arc;

use aecs_attest::{CollateralClient, CollateralSource, ReportType, Verifier};

use crate::server::Server;
use crate::support::{Cpu, answers, client, now};

fn verifier(cpu: &Cpu, source: Arc<dyn CollateralSource>) -> Verifier {
    Verifier::builder().simulated_root(cpu.cpu.root_der()).collateral(source).build().unwrap()
}

fn setup() -> (Cpu, Server, CollateralClient) {
    let cpu = Cpu::new();
    let server = Server::start(answers(&cpu.collateral()));
    let client = client(&server);
    (cpu, server, client)
}

#[test]
fn a_passport_needs_no_network() {
    let (cpu, server, client) = setup();
    let verifier = verifier(&cpu, Arc::new(client));
    verifier.verify(&cpu.report(ReportType::Passport), now()).unwrap();
    assert_eq!(server.count(), 0);
}

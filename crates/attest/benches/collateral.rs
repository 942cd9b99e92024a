//! What a report without collateral costs beside one that brings it, once the collateral is there.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "the macros make a function; a failure ends the measurement"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Attester as _, CollateralBundle, CollateralClient, CollateralClientConfig, CollateralDirectory,
    CollateralEntry, CollateralItem, CollateralSource, IntelTee, PckCa, ReportRequest, ReportType,
    UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, json};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use criterion::{Criterion, criterion_group, criterion_main};

fn collateral(c: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path().join("cpu"), CpuOptions::default()).unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = |report_type| {
        let request = ReportRequest {
            report_type,
            ..ReportRequest::passport(UserData([1; 32]), key.public())
        };
        cpu.enclave(EnclaveIdentity::default()).attest(&request).unwrap()
    };
    let passport = report(ReportType::Passport);
    let background_check = report(ReportType::BackgroundCheck);

    let json_report = &passport.report.as_ref().unwrap().json_report;
    let dcap: DcapReport = json::from_str(json_report).unwrap();
    let content: Arc<[u8]> = dcap.json_collateral.into_bytes().into();
    let (tee, fmspc, ca) = (IntelTee::Sgx, *b"AECSIM", PckCa::Platform);
    let item = CollateralItem::Dcap { tee, fmspc, ca };
    let now = SystemTime::now();
    let entry = CollateralEntry::new(item.clone(), Arc::clone(&content), now).unwrap();

    let cache = dir.path().join("cache");
    let directory = CollateralDirectory::create(&cache).unwrap();
    directory.write(&entry).unwrap();
    let bundle = CollateralBundle::new([entry]);
    // It has all it needs on its disk, and then in memory.
    let config = CollateralClientConfig { cache_dir: Some(cache), ..Default::default() };
    let client = Arc::new(CollateralClient::new(config).unwrap());
    let sources: [(&str, Arc<dyn CollateralSource>); 3] = [
        ("client", client.clone()),
        ("bundle", Arc::new(bundle)),
        ("directory", Arc::new(directory)),
    ];

    let mut group = c.benchmark_group("collateral");
    group.bench_function("examine", |b| {
        b.iter(|| CollateralEntry::new(item.clone(), Arc::clone(&content), now).unwrap());
    });
    for (name, source) in &sources {
        group.bench_function(format!("get/{name}"), |b| {
            b.iter(|| source.get(black_box(&item), now).unwrap());
        });
    }
    let verifier = || Verifier::builder().simulated_root(cpu.root_der());
    let cold = verifier().collateral(client.clone()).cache(0, Duration::ZERO);
    let cold = cold.signature_memory(0).build().unwrap();
    group.bench_function("verify/passport", |b| {
        b.iter(|| cold.verify(black_box(&passport), now).unwrap());
    });
    group.bench_function("verify/background check", |b| {
        b.iter(|| cold.verify(black_box(&background_check), now).unwrap());
    });
    let warm = verifier().collateral(client).build().unwrap();
    group.bench_function("verify/background check, remembered", |b| {
        b.iter(|| warm.verify(black_box(&background_check), now).unwrap());
    });
    group.finish();
}

criterion_group!(benches, collateral);
criterion_main!(benches);

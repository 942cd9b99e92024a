//! Which TEE a machine has.

use std::io::ErrorKind;
use std::sync::Arc;

use aecs_attest::{Error, Host, Linux, Machine, Tee};
use aecs_sim::SimulatedMachine;

use crate::attesters::support::{ALWAYS, Faulty, World};

fn machine(tee: Tee) -> SimulatedMachine {
    let world = World::new();
    let enclave = world.enclave();
    SimulatedMachine::new(tee, move |data| {
        let _keep = &world;
        enclave.quote(*data).unwrap()
    })
}

fn detect(machine: impl Machine + 'static) -> Result<Tee, Error> {
    Host::on(Arc::new(machine)).detect()
}

fn seen(error: &Error) -> &str {
    match error {
        Error::NoTee { seen, .. } => seen,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_is_found() {
    for tee in Tee::ALL {
        assert_eq!(detect(machine(tee)).unwrap(), tee);
        assert_eq!(tee.as_str().parse::<Tee>().unwrap(), tee);
    }
    assert_eq!(detect(machine(Tee::SevSnp).without_tsm()).unwrap(), Tee::SevSnp);
}

#[test]
fn nothing_is_nothing_and_says_what_was_looked_for() {
    let empty = tempfile::tempdir().unwrap();
    let error = Host::on(Arc::new(Linux::rooted(empty.path()))).detect().unwrap_err();
    for path in [
        "/dev/attestation/attestation_type",
        "/dev/sgx",
        "/sys/kernel/config/tsm/report",
        "/dev/sev-guest",
    ] {
        assert!(seen(&error).contains(path), "{error}");
    }
    assert!(error.to_string().starts_with("no TEE was found: "), "{error}");
}

#[test]
fn a_device_of_occlums_name_is_not_occlum() {
    let refusing =
        || Faulty::new(machine(Tee::Occlum)).fail("occlum size", ErrorKind::Other, ALWAYS);
    let error = detect(refusing()).unwrap_err();
    assert!(seen(&error).contains("/dev/sgx: not Occlum's: other error"), "{error}");
    let error = Host::on(Arc::new(refusing())).open(Some(Tee::Occlum)).unwrap_err();
    assert!(matches!(error, Error::NoTee { wanted: Some(Tee::Occlum), .. }));
}

#[test]
fn what_cannot_be_looked_at_is_told_and_the_search_goes_on() {
    let denied = |machine: Faulty| machine.fail("make", ErrorKind::PermissionDenied, ALWAYS);
    let machine_with_both = Faulty::new(machine(Tee::SevSnp));
    assert_eq!(detect(denied(machine_with_both)).unwrap(), Tee::SevSnp, "by its device");
    let error = detect(denied(Faulty::new(machine(Tee::Tdx)))).unwrap_err();
    assert!(seen(&error).contains("permission denied"), "{error}");
    let hidden = Faulty::new(machine(Tee::Gramine)).fail(
        "exists attestation_type",
        ErrorKind::PermissionDenied,
        ALWAYS,
    );
    assert!(seen(&detect(hidden).unwrap_err()).contains("attestation_type: permission denied"));
}

#[test]
fn a_library_os_that_does_not_answer_cannot_be_ruled_out() {
    let may_be = |machine: Faulty| Host::on(Arc::new(machine)).may_be_library_os();
    for tee in Tee::ALL {
        let is_library_os = [Tee::Gramine, Tee::Occlum].contains(&tee);
        assert_eq!(may_be(Faulty::new(machine(tee))), is_library_os, "{tee}");
    }
    let denied = ErrorKind::PermissionDenied;
    for look in ["exists attestation_type", "exists user_report_data", "exists quote", "exists sgx"]
    {
        assert!(may_be(Faulty::new(machine(Tee::Tdx)).answer(look, b"1", ALWAYS)), "{look}");
        assert!(may_be(Faulty::new(machine(Tee::Tdx)).fail(look, denied, ALWAYS)), "{look}");
    }
    let silent = Faulty::new(machine(Tee::Occlum)).fail("occlum size", denied, ALWAYS);
    assert!(may_be(silent), "no TEE is found, and it may be Occlum");
}

#[test]
fn an_unknown_provider_is_told() {
    let machine = Faulty::new(machine(Tee::Tdx)).answer("read provider", b"new_guest\n", ALWAYS);
    let error = detect(machine).unwrap_err();
    assert!(seen(&error).contains("provider \"new_guest\""), "{error}");
}

#[test]
fn what_is_forced_has_to_be_there() {
    for there in Tee::ALL {
        for wanted in Tee::ALL {
            let opened = Host::on(Arc::new(machine(there))).open(Some(wanted));
            match opened {
                // Opening a guest asks its firmware for a report, which these have not.
                _ if there == wanted && there == Tee::SevSnp => {}
                Ok(opened) => assert_eq!((opened.tee, there), (wanted, wanted)),
                Err(error) => {
                    assert_ne!(there, wanted, "{error}");
                    assert!(matches!(error, Error::NoTee { wanted: Some(w), .. } if w == wanted));
                    assert!(
                        error.to_string().starts_with(&format!("TEE {wanted} was not found: "))
                    );
                }
            }
        }
    }
    let error = Host::on(Arc::new(machine(Tee::Tdx))).open(Some(Tee::SevSnp)).unwrap_err();
    assert!(seen(&error).contains("it is that of tdx"), "{error}");
}

#[test]
fn names_that_are_none() {
    for name in ["", "auto", "simulation", "SGX", "sev-snp"] {
        assert!(name.parse::<Tee>().is_err(), "{name}");
    }
}

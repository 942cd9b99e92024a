//! What each TEE seals, only the same one opens.

use std::io::ErrorKind;
use std::sync::Arc;

use aecs_attest::{Error, Machine, SealTo, Sealer, Sealing, Tee};
use aecs_sim::{EnclaveIdentity, SimulatedMachine};

use crate::attesters::snp;
use crate::attesters::support::{ALWAYS, Faulty, World, open, server};

fn sealer(machine: impl Machine + 'static) -> Arc<dyn Sealer> {
    match open(Arc::new(machine)).unwrap().sealing {
        Sealing::Sealer(sealer) => sealer,
        Sealing::Unavailable { reason } => panic!("{reason}"),
    }
}

fn unavailable(machine: impl Machine + 'static) -> String {
    let sealing = open(Arc::new(machine)).unwrap().sealing;
    let error = sealing.sealer().err().unwrap();
    assert!(matches!(error, Error::NoSealing { .. }));
    error.to_string()
}

/// The same guest with other versions in its report.
fn guest(svn: u8, tcb: u64) -> SimulatedMachine {
    SimulatedMachine::new(Tee::SevSnp, move |data| {
        let mut report = snp::report(data);
        report[0x04] = svn;
        report[0x1E0..0x1E8].copy_from_slice(&tcb.to_le_bytes());
        report
    })
}

#[test]
fn what_is_sealed_opens_at_the_same_place_only() {
    let world = World::new();
    type Make<'a> = Box<dyn Fn(&str) -> SimulatedMachine + 'a>;
    let platforms: [Make<'_>; 3] = [
        Box::new(|secret| world.sgx(Tee::Gramine).secret(secret)),
        Box::new(|secret| world.sgx(Tee::Occlum).secret(secret)),
        Box::new(|secret| snp::machine().secret(secret)),
    ];
    for make in &platforms {
        let (here, again, elsewhere) = (sealer(make("a")), sealer(make("a")), sealer(make("b")));
        for to in [SealTo::Enclave, SealTo::Signer] {
            let sealed = here.seal(to, b"context", b"plain").unwrap();
            assert!(again.unseal(b"context", &sealed).unwrap().ct_eq(b"plain"));
            let other = elsewhere.unseal(b"context", &sealed);
            assert!(matches!(other, Err(Error::SealedElsewhere)));
            assert!(matches!(here.unseal(b"other", &sealed), Err(Error::Crypto(_))));
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(here.unseal(b"context", &changed).is_err(), "byte {at}");
                assert!(here.unseal(b"context", &sealed[..at]).is_err(), "{at} bytes");
            }
        }
    }
}

#[test]
fn no_platform_opens_anothers() {
    let world = World::new();
    let sealers: [Arc<dyn Sealer>; 4] = [
        sealer(world.sgx(Tee::Gramine)),
        sealer(world.sgx(Tee::Occlum)),
        sealer(snp::machine()),
        Arc::new(world.enclave()),
    ];
    for (i, from) in sealers.iter().enumerate() {
        let sealed = from.seal(SealTo::Enclave, b"", b"plain").unwrap();
        for (j, to) in sealers.iter().enumerate() {
            match to.unseal(b"", &sealed) {
                Ok(plain) => assert!(i == j && plain.ct_eq(b"plain")),
                Err(error) => {
                    assert!(
                        i != j
                            && matches!(
                                error,
                                Error::SealedElsewhere | Error::SealedByNewer { .. }
                            )
                    );
                }
            }
        }
    }
}

#[test]
fn gramines_two_keys_are_two() {
    let world = World::new();
    let sealer = sealer(world.sgx(Tee::Gramine));
    let sealed = sealer.seal(SealTo::Enclave, b"", b"plain").unwrap();
    let mut to_signer = sealed.clone();
    to_signer[2] = 1;
    assert!(matches!(sealer.unseal(b"", &to_signer), Err(Error::SealedElsewhere)));
}

#[test]
fn a_guest_opens_what_it_sealed_at_earlier_versions() {
    let sealed = sealer(guest(5, 100)).seal(SealTo::Signer, b"", b"plain").unwrap();
    for (svn, tcb) in [(5, 100), (6, 100), (5, 101), (9, 900)] {
        assert!(sealer(guest(svn, tcb)).unseal(b"", &sealed).unwrap().ct_eq(b"plain"));
    }
    let older = sealer(guest(4, 100)).unseal(b"", &sealed);
    assert!(matches!(older, Err(Error::SealedByNewer { sealed: 5, own: 4 })));
    // The firmware itself refuses a key for a platform that is newer than it.
    let older = sealer(guest(5, 99)).unseal(b"", &sealed).err().unwrap();
    assert!(matches!(&older, Error::Device { source, .. } if source.to_string().contains("0x16")));
}

#[test]
fn an_enclave_under_occlum_opens_what_it_sealed_at_earlier_versions() {
    let world = World::new();
    let enclave = |svn| {
        let enclave = world.cpu.enclave(EnclaveIdentity { svn, ..server() });
        sealer(SimulatedMachine::new(Tee::Occlum, move |data| enclave.quote(*data).unwrap()))
    };
    for to in [SealTo::Enclave, SealTo::Signer] {
        let sealed = enclave(5).seal(to, b"", b"plain").unwrap();
        for svn in [5, 6, 65535] {
            assert!(enclave(svn).unseal(b"", &sealed).unwrap().ct_eq(b"plain"));
        }
        let older = enclave(4).unseal(b"", &sealed);
        assert!(matches!(older, Err(Error::SealedByNewer { sealed: 5, own: 4 })));
    }
    let key = |kind| Faulty::new(world.sgx(Tee::Occlum)).fail("occlum key", kind, ALWAYS);
    let reason = unavailable(key(ErrorKind::InvalidInput));
    assert!(reason.contains("/dev/sgx of Occlum gives no sealing key"), "{reason}");
    let zeros = Faulty::new(world.sgx(Tee::Occlum)).answer("occlum key", &[0; 16], ALWAYS);
    assert!(unavailable(zeros).contains("a key of zeros"));
    sealer(Faulty::new(world.sgx(Tee::Occlum)).fail("occlum key", ErrorKind::ResourceBusy, 3));
}

#[test]
fn a_host_does_not_choose_what_an_enclave_seals_at() {
    let world = World::new();
    let enclave = |svn| world.cpu.enclave(EnclaveIdentity { svn, ..server() });
    let machine = |svn| {
        let enclave = enclave(svn);
        SimulatedMachine::new(Tee::Occlum, move |data| enclave.quote(*data).unwrap())
    };
    // The host's quoting is asked for nothing, and may claim an old version of the enclave.
    let old = enclave(0).quote([0; 64]).unwrap();
    let lied_to = sealer(Faulty::new(machine(5)).answer("occlum quote", &old, ALWAYS));
    let sealed = lied_to.seal(SealTo::Signer, b"", b"plain").unwrap();
    let older = sealer(machine(4)).unseal(b"", &sealed);
    assert!(matches!(older, Err(Error::SealedByNewer { sealed: 5, own: 4 })));

    let silent = Faulty::new(machine(5)).fail("occlum report", ErrorKind::InvalidInput, ALWAYS);
    let reason = unavailable(silent);
    assert!(reason.contains("does not tell the enclave's versions"), "{reason}");
}

#[test]
fn a_key_that_cannot_be_had_makes_sealing_unavailable() {
    let world = World::new();
    let gramine = || Faulty::new(world.sgx(Tee::Gramine));
    for (machine, expected) in [
        (gramine().fail("read _sgx_mrsigner", ErrorKind::NotFound, ALWAYS), "_sgx_mrsigner"),
        (gramine().fail("read _sgx_mrenclave", ErrorKind::PermissionDenied, ALWAYS), "permission"),
        (gramine().answer("read _sgx_mrsigner", &[1; 15], ALWAYS), "not a key of 16 bytes"),
        (gramine().answer("read _sgx_mrsigner", &[1; 17], ALWAYS), "not a key of 16 bytes"),
        (gramine().answer("read _sgx_mrsigner", &[0; 16], ALWAYS), "not a key of 16 bytes"),
        (gramine().answer("read _sgx_mrsigner", &[], ALWAYS), "not a key of 16 bytes"),
    ] {
        let reason = unavailable(machine);
        assert!(reason.contains(expected), "{reason}");
    }
    let snp = || Faulty::new(snp::machine());
    let reason = unavailable(snp().answer("exists sev-guest", b"", ALWAYS));
    assert!(reason.contains("there is no /dev/sev-guest"), "{reason}");
    let reason = unavailable(snp().fail("snp key", ErrorKind::PermissionDenied, ALWAYS));
    assert!(reason.contains("permission denied"), "{reason}");
    // A firmware that is busy at first is waited for.
    sealer(snp().fail("snp key", ErrorKind::ResourceBusy, 3));
}

#[test]
fn a_key_that_is_lost_later_is_an_error() {
    let world = World::new();
    let machine = Arc::new(Faulty::new(world.sgx(Tee::Gramine)));
    let Sealing::Sealer(sealer) = open(machine).unwrap().sealing else { panic!("no sealer") };
    assert!(sealer.seal(SealTo::Signer, b"", b"").is_ok());
    let broken = Faulty::new(world.sgx(Tee::Gramine)).answer("read _sgx_mrsigner", &[7; 16], 1);
    let broken = broken.fail("read _sgx_mrsigner", ErrorKind::Other, ALWAYS);
    let Sealing::Sealer(sealer) = open(Arc::new(broken)).unwrap().sealing else {
        panic!("no sealer")
    };
    assert!(matches!(sealer.seal(SealTo::Signer, b"", b""), Err(Error::Device { .. })));
}

//! The real machine's files, in a folder.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use aecs_attest::sev_guest_device::{KEY_RESPONSE, KeyRequest, REPORT_RESPONSE};
use aecs_attest::{Error, Linux, Machine, ReportType, Sealing, Tee};

use crate::attesters::support::{RULES, World, open};

#[test]
fn gramine_in_a_folder_makes_a_report() {
    let world = World::new();
    let root = tempfile::tempdir().unwrap();
    let device = root.path().join("dev/attestation");
    fs::create_dir_all(device.join("keys")).unwrap();
    fs::write(device.join("attestation_type"), "dcap").unwrap();
    fs::write(device.join("user_report_data"), [0; 64]).unwrap();
    fs::write(device.join("keys/_sgx_mrenclave"), [1; 16]).unwrap();
    fs::write(device.join("keys/_sgx_mrsigner"), [2; 16]).unwrap();
    fs::write(device.join("quote"), world.enclave().quote(world.report_data()).unwrap()).unwrap();

    fs::write(device.join("my_target_info"), [0; 512]).unwrap();
    fs::write(device.join("target_info"), [0; 512]).unwrap();
    let mut report = [0; 432];
    report[256..258].copy_from_slice(&RULES.product.to_le_bytes());
    fs::write(device.join("report"), report).unwrap();

    let opened = open(Arc::new(Linux::rooted(root.path()))).unwrap();
    assert_eq!(opened.tee, Tee::Gramine);
    assert!(matches!(opened.sealing, Sealing::Sealer(_)));
    opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    assert_eq!(fs::read(device.join("user_report_data")).unwrap(), world.report_data());

    fs::remove_file(device.join("quote")).unwrap();
    let error = opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    assert!(matches!(error, Error::Device { .. }), "{error:?}");
}

#[test]
fn files_are_read_to_the_limit_and_written_in_place() {
    let root = tempfile::tempdir().unwrap();
    let machine = Linux::rooted(root.path());
    let path = Path::new("/file");
    assert_eq!(machine.write(path, b"new").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(machine.read(path, 4).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!machine.exists(path).unwrap());
    fs::write(root.path().join("file"), b"0123456789").unwrap();
    assert_eq!(machine.read(path, 4).unwrap(), b"01234", "one more than the limit");
    assert_eq!(machine.read(path, 100).unwrap(), b"0123456789");
    machine.write(path, b"ab").unwrap();
    assert_eq!(machine.read(path, 100).unwrap(), b"ab23456789");

    let folder = Path::new("/folder");
    machine.make_folder(folder).unwrap();
    assert_eq!(machine.make_folder(folder).unwrap_err().kind(), ErrorKind::AlreadyExists);
    machine.remove_folder(folder).unwrap();
    assert!(!machine.exists(folder).unwrap());
}

#[test]
fn files_that_are_no_devices_refuse_their_requests() {
    let root = tempfile::tempdir().unwrap();
    let machine = Linux::rooted(root.path());
    let path = Path::new("/device");
    let mut response = [0; REPORT_RESPONSE];
    let missing = machine.snp_report(path, &[0; 64], 0, &mut response, None).unwrap_err();
    assert_eq!(missing.source.kind(), ErrorKind::NotFound);

    fs::write(root.path().join("device"), b"").unwrap();
    assert!(machine.occlum_quote_size(path).is_err());
    assert!(machine.occlum_quote(path, &[0; 64], &mut [0; 100]).is_err());
    assert!(machine.snp_report(path, &[0; 64], 0, &mut response, None).is_err());
    let mut certificates = vec![0; 4096];
    let refused =
        machine.snp_report(path, &[0; 64], 0, &mut response, Some(&mut certificates)).unwrap_err();
    assert!(refused.to_string().contains("firmware error 0x0"), "{refused}");
    assert!(machine.snp_key(path, &KeyRequest::default(), &mut [0; KEY_RESPONSE]).is_err());
    assert_eq!(response, [0; REPORT_RESPONSE]);
}

#[test]
fn a_folder_without_permission_is_told() {
    let root = tempfile::tempdir().unwrap();
    let dev = root.path().join("dev");
    fs::create_dir(&dev).unwrap();
    fs::set_permissions(&dev, fs::Permissions::from_mode(0o000)).unwrap();
    let looked = Linux::rooted(root.path()).exists(Path::new("/dev/sgx"));
    fs::set_permissions(&dev, fs::Permissions::from_mode(0o700)).unwrap();
    // The administrator of the machine may look everywhere.
    if let Err(error) = looked {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }
}

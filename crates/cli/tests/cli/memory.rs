//! What the tools remember of a server, where it cannot be written.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::installation::Installation;

/// A disk of 64 KiB, unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None`, and said loudly, where nothing may be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "aecs-test"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: mounting a tmpfs is not permitted here");
            return None;
        }
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        let error = loop {
            if let Err(error) = file.write_all(&[1; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn an_act_is_told_although_the_disk_of_the_memory_is_full() {
    let Some(disk) = SmallDisk::mount() else { return };
    let Some(installation) = Installation::start() else { return };
    let state = disk.path().to_str().unwrap();
    let tool = |line: &str| installation.admin(&format!("--state-dir {state} {line}"));
    let key = "--pubkey {DIR}/etc/certs/service_admin_public.pem";
    let memory = || fs::read_to_string(disk.path().join("servers")).unwrap();

    // The server writes by itself as well. Where the tool notices that before its act, it does nothing.
    let (name, told, before) = (0..10)
        .find_map(|attempt| {
            assert_eq!(tool("list").code, 0);
            let (name, before) = (format!("made-{attempt}"), memory());
            disk.fill();
            let ran = tool(&format!("register {name} {key}"));
            let listed = installation.admin("list").stdout;
            assert_eq!(listed.contains(&name), ran.code == 74, "{}: {listed}", ran.stderr);
            if ran.code != 74 {
                assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
                disk.make_room();
                return None;
            }
            Some((name, ran.stderr, before))
        })
        .unwrap();
    for part in ["the command was carried out, but", "No space left", "do not repeat the command"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(memory(), before, "it is replaced as a whole or not at all");

    // As the tool says: a command that only reads remembers the present state.
    disk.make_room();
    let listed = tool("list");
    assert!(listed.code == 0 && listed.stdout.contains(&name), "{}", listed.stderr);
    assert_ne!(memory(), before);
}

//! What others on the same system can get of the server's memory: no core file, no `/proc/PID/mem`,
//! nothing in swap. And how many files it may have open.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use crate::program::home::Home;

/// The row of `/proc/PID/limits` with this name: the soft and the hard limit.
fn limit(pid: u32, name: &str) -> (String, String) {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let row = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let mut words = row.split_whitespace().map(str::to_owned);
    (words.next().unwrap(), words.next().unwrap())
}

#[test]
fn h23_no_core_file_and_no_swap() {
    let home = Home::new();
    let server = home.start(&[]);
    let none = ("0".to_owned(), "0".to_owned());
    assert_eq!(limit(server.id(), "Max core file size"), none);

    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
    let is_locked = locked.trim() != "0 kB";
    let told = server.log().contains("memory can be swapped to the disk");
    assert!(is_locked != told, "{locked}, {}", server.log());
}

#[test]
fn h23_other_processes_of_the_user_cannot_read_the_memory() {
    // The owner of a process's files in /proc tells whether it is dumpable, except for root's: as
    // root, the test runs the server as somebody else.
    let home = Home::new();
    let program = home.path("aecs_server");
    fs::copy(env!("CARGO_BIN_EXE_aecs_server"), &program).unwrap();
    let own = fs::metadata("/proc/self").unwrap().uid();
    let mut command = Command::new(&program);
    if own == 0 {
        const NOBODY: u32 = 65534;
        open_to_all(home.path("").as_path());
        command.uid(NOBODY).gid(NOBODY);
    }
    let server = home.start_command(command.current_dir(home.path("")));
    let owner = |pid| fs::metadata(format!("/proc/{pid}/environ")).unwrap().uid();
    assert_eq!(owner(server.id()), 0, "a process that is not dumpable belongs to root");

    // What the check would say otherwise.
    let mut command = Command::new("sleep");
    command.arg("60").stdout(Stdio::null());
    if own == 0 {
        command.uid(65534);
    }
    let mut dumpable = command.spawn().unwrap();
    let seen = owner(dumpable.id());
    dumpable.kill().unwrap();
    dumpable.wait().unwrap();
    assert_ne!(seen, 0);
}

fn open_to_all(path: &Path) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_mode(0o777);
    fs::set_permissions(path, permissions).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| open_to_all(&entry.unwrap().path()));
    }
}

#[test]
fn f10_the_limit_of_open_files_is_compared_with_max_connections() {
    let home = Home::new();
    let start = |limits: &str| {
        let program = env!("CARGO_BIN_EXE_aecs_server");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limits}; exec {program} --limits-max-connections 1000")]);
        home.start_command(command.current_dir(home.path("")))
    };
    let raised = start("ulimit -Sn 200");
    assert_eq!(limit(raised.id(), "Max open files").0, "1064");
    assert!(!raised.log().contains("needs more open files"), "{}", raised.log());
    drop(raised);

    let short = start("ulimit -Sn 200; ulimit -Hn 300");
    assert_eq!(limit(short.id(), "Max open files").0, "300");
    assert!(short.log().contains("needs more open files"), "{}", short.log());
    assert!(short.log().contains("\"max_connections\":236"), "{}", short.log());
}

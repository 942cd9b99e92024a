//! What the operating system may do with this process: its memory, its files.
//!
//! The memory holds every secret. In a TEE the hardware keeps the host out of it; the rest is for
//! confidential VMs and simulation, where other users of the same system are kept out.

use rustix::{
    io::Errno,
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
    thread::{CapabilitySet, capabilities},
};

/// Files that the server has open beside its connections: store, logs, epoll, collateral.
const OTHER_FILES: u64 = 64;

/// Keeps the memory of this process out of core dumps, debuggers and swap, as far as the operating
/// system allows it. Returns what it does not allow, one sentence each.
pub fn protect_memory() -> Vec<String> {
    let no_core = Rlimit { current: Some(0), maximum: Some(0) };
    let steps = [
        (
            set_dumpable_behavior(DumpableBehavior::NotDumpable),
            "debuggers of the same user can read this process's memory (PR_SET_DUMPABLE)",
        ),
        (
            setrlimit(Resource::Core, no_core),
            "a crash can write this process's memory to a core file (RLIMIT_CORE)",
        ),
        (
            lock_memory(),
            "this process's memory can be swapped to the disk: allow it to lock memory \
             (RLIMIT_MEMLOCK unlimited, LimitMEMLOCK=infinity in systemd, --ulimit memlock=-1 in \
             containers)",
        ),
    ];
    let failed = steps.into_iter().filter_map(|(done, what)| Some((done.err()?, what)));
    failed.map(|(error, what)| format!("{what}: {error}")).collect()
}

/// Locks what the process has and will have. With a limit to it, allocations beyond that would
/// fail, so it is all or nothing.
fn lock_memory() -> Result<(), Errno> {
    let unlimited = Rlimit { current: None, maximum: None };
    let above_limits =
        capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
    if !above_limits && getrlimit(Resource::Memlock).current.is_some() {
        setrlimit(Resource::Memlock, unlimited)?;
    }
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
}

/// How many of `wanted` connections the limit of open files leaves room for. The limit is raised
/// as far as it may be.
pub fn room_for_connections(wanted: usize) -> usize {
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if enough(limit.current) {
        return wanted;
    }
    let raised = if enough(limit.maximum) { Some(needed) } else { limit.maximum };
    let current = match setrlimit(Resource::Nofile, Rlimit { current: raised, ..limit }) {
        Ok(()) => raised,
        Err(_) => limit.current,
    };
    if enough(current) {
        return wanted;
    }
    let room = current.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES).max(1);
    usize::try_from(room).unwrap_or(usize::MAX).min(wanted)
}

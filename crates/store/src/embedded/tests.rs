//! The embedded store from inside: conformance, group commit, and a disk that fails.

mod faults;
mod pages;
mod power;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::time::Duration;

use async_trait::async_trait;

use self::{
    power::{Faults, PowerDisk},
    support::{CACHE, Map},
};
use super::{disk::Name, *};

const PAGES: Settings = Settings { cache_bytes: CACHE, verify: Verify::Needed, rest: None };

//! The core from outside: messages of the wire protocol in, messages out, and the store, the clock
//! and the audit trail to look at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod administrators;
mod aecs20_debug;
mod audit;
mod backups;
mod concurrency;
mod evidence;
mod f07_missing_store;
mod f11_export;
mod f15_one_file_for_two_servers;
mod h01_other_configuration;
mod h08_one_slow_lane;
mod h12_sealing_rules;
mod h15_clock_excursion;
mod h19_told_by_time;
mod h21_password_guesses;
mod h22_work_first;
mod h24_module_update;
mod h29_provision_without_password;
mod h30_uncounted_guesses;
mod h31_suites_of_keys;
mod h32_password_left_out;
mod h33_clock_put_back;
mod h34_history_withheld;
mod hostile_requests;
mod housekeeping;
mod processes;
mod provision;
mod recovery;
mod relocation;
mod robustness;
mod secrets;
mod sessions;
mod store_state;
mod support;
mod ta;
mod table;
mod waits;
mod weaknesses;

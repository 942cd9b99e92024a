//! The crate through its public interface. Simulated CPUs play the attesters; recorded evidence is
//! read where there is some, and its absence is said.

mod aecs20;
mod aecs20_quotes;
mod cache;
mod certification;
mod compare;
mod corruption;
mod explain;
mod forms;
mod h25_evaluation_number;
mod h26_cloud_firmware;
mod h27_below_every_level;
mod nested;
mod never_panics;
mod policy;
mod remembered_signatures;
mod roots;
mod simulation;
mod support;
mod typed;

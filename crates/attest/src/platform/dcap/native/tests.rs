//! The rules here against those of `dcap-qvl`, on recorded, simulated and damaged evidence; and
//! Intel's own samples, which that library does not take.

mod crypto;
mod forge;
mod intel;
mod library;
mod oracle;
mod random;
mod reference;
mod shown;
mod simulated;
mod tcb_info;
mod vectors;

/// How many times as much of everything that is random or sampled is tried: one, or the number in
/// the environment variable `AECS_DIFFERENTIAL`.
fn thoroughness() -> usize {
    std::env::var("AECS_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap())
}

/// A step that leaves that much out, and no more of it than asked for.
fn every(step: usize) -> usize {
    (step / thoroughness()).max(1)
}

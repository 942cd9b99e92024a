//! Attesters on machines in software: what each makes, and every way its device can fail it.

mod detection;
mod gramine;
mod linux;
mod never_panics;
mod occlum;
mod recorded;
mod sealing;
mod snp;
mod support;
mod tdx;

//! SEV-SNP reports: genuine, damaged, and real ones.

mod background_check;
mod corruption;
mod genuine;
mod h10_revocation_left_out;
mod h11_unrated_tcb;
mod h26_cloud_firmware;
mod never_panics;
mod real;
mod support;

//! Evidence of confidential machines on Azure: genuine, damaged, and recorded.

mod corruption;
mod genuine;
mod hardening;
mod never_panics;
mod real;
mod support;
mod tdx;

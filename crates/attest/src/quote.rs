//! The layout of quotes: Intel's form, which other vendors' enclaves have, too. Each platform
//! verifies its own quotes.

pub(crate) mod sgx;
pub(crate) mod td_report;
pub(crate) mod unsigned;

//! What quotes consist of: Intel's form, which other vendors' enclaves have, too. How a quote is
//! verified is its platform's to say.

pub(crate) mod sgx;
pub(crate) mod td_report;
pub(crate) mod unsigned;

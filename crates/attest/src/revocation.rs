//! Whether anybody looked for revoked certificates.

use std::borrow::Cow;
use std::fmt;

/// Whether the certificates behind evidence were looked for on the revocation lists of their
/// issuers. Every verdict says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// None of them is revoked, by these lists.
    Checked(Cow<'static, str>),
    /// Nobody looked, for this reason.
    NotChecked(&'static str),
}

impl Revocation {
    /// Whether somebody looked.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        matches!(self, Self::Checked(_))
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checked(by) => write!(f, "checked: {by}"),
            Self::NotChecked(why) => write!(f, "not checked: {why}"),
        }
    }
}

//! How signatures are verified.

use std::fmt;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{self as lc, UnparsedPublicKey, VerificationAlgorithm};

/// A signature algorithm, with the form of its keys and signatures. Whether a signature verifies
/// depends on scheme, key, message and signature, and on nothing else.
pub(crate) struct Scheme {
    /// No two schemes have the same.
    name: &'static str,
    algorithm: &'static dyn VerificationAlgorithm,
}

impl Scheme {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the key made the signature over the message. The key has the form of a certificate's
    /// `subjectPublicKey`.
    pub(crate) fn verify(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unspecified> {
        UnparsedPublicKey::new(self.algorithm, key).verify(message, signature)
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! schemes {
    ($($name:ident)*) => {
        $(pub(crate) static $name: Scheme =
            Scheme { name: stringify!($name), algorithm: &lc::$name };)*

        #[cfg(test)]
        pub(crate) static ALL: &[&Scheme] = &[$(&$name),*];
    };
}

// As `aws-lc-rs` names them.
schemes! {
    ECDSA_P256_SHA256_FIXED
    ECDSA_P256_SHA256_ASN1
    ECDSA_P384_SHA384_ASN1
    ECDSA_P521_SHA512_ASN1
    RSA_PKCS1_2048_8192_SHA256
    RSA_PKCS1_2048_8192_SHA384
    RSA_PKCS1_2048_8192_SHA512
    RSA_PSS_2048_8192_SHA256
    RSA_PSS_2048_8192_SHA384
}

//! What can go wrong in this crate.
//!
//! No message carries bytes of a key, of a plain text or of a signature: names, lengths and
//! algorithms only.

use crate::suite::Suite;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate.
///
/// Failures to decrypt are one opaque variant whatever their cause, so that an answer to a forged
/// message tells the forger nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a sequence of PEM blocks.
    #[error("not a PEM text: {0}")]
    MalformedPem(&'static str),
    /// A PEM text lacks a block.
    #[error("the PEM text has no {0}")]
    NoPemBlock(&'static str),
    /// The PEM text is well formed but holds something else than what is accepted here.
    #[error("{found} is not accepted as {wanted}: expected {accepted}")]
    UnacceptedKey {
        /// The kind of key that was asked for, with its article.
        wanted: &'static str,
        /// The PEM blocks that were found, by label and algorithm.
        found: String,
        /// The forms that are accepted.
        accepted: &'static str,
    },
    /// A key on an elliptic curve other than SM2's.
    #[error(
        "the key is on the curve {curve}: the only accepted curve is SM2 (1.2.156.10197.1.301)"
    )]
    UnacceptedCurve {
        /// Name of the curve when it is a common one, else its object identifier.
        curve: String,
    },
    /// An RSA modulus of a size that is not accepted.
    #[error("the RSA key has {bits} bits: accepted are 2048 to 8192")]
    RsaKeySize {
        /// Size of the modulus in bits.
        bits: usize,
    },
    /// The private key is protected by a passphrase.
    #[error("the private key is encrypted with a passphrase: decrypt it first")]
    EncryptedPrivateKey,
    /// The content of a PEM block is not a valid key of that type.
    #[error("the {0} is malformed")]
    MalformedKey(&'static str),
    /// A private and a public key, or a key and a certificate, do not belong together.
    #[error("the private key does not belong to the {0}")]
    KeyMismatch(&'static str),
    /// Two keys of different suites were used together.
    #[error("a key of the suite {found} was used where one of {expected} is needed")]
    SuiteMismatch {
        /// The suite that the operation is in.
        expected: Suite,
        /// The suite of the key that was given.
        found: Suite,
    },
    /// AECS 2.0 knows the suites `rsa` and `sm2` only.
    #[error("the suite {0} is not part of protocol 2.0")]
    NotInAecs20(Suite),
    /// A word that is not one of the accepted ones.
    #[error("unknown {what}: accepted are {accepted}")]
    UnknownName {
        /// What the word should have named.
        what: &'static str,
        /// The accepted words.
        accepted: &'static str,
    },
    /// There is nothing to protect.
    #[error("the plain text is empty")]
    EmptyPlainText,
    /// A part of an envelope that must be there is missing.
    #[error("the envelope has no {0}")]
    MissingPart(&'static str),
    /// Wrong key, changed data or a malformed message: deliberately not told apart.
    #[error("decryption failed")]
    Decryption,
    /// The signature is not one of that key over that data for that purpose.
    #[error("signature verification failed")]
    Signature,
    /// The password is not the right one.
    #[error("wrong password")]
    WrongPassword,
    /// A stored password hash cannot be used.
    #[error("the password hash is malformed: {0}")]
    MalformedPasswordHash(&'static str),
    /// A secret that should be text is not UTF-8.
    #[error("the secret is not UTF-8 text")]
    NotText,
    /// An AES-256 key that is given as text.
    #[error("an AES-256 key must be exactly 64 hex characters")]
    MalformedAesKey,
    /// An SM4 key that is given as text.
    #[error("an SM4 key must be exactly 32 hex characters")]
    MalformedSm4Key,
    /// A private key that OpenSSH wrote.
    #[error(
        "a key of OpenSSH must be an Ed25519 key or one on P-256 or P-384; an RSA key becomes PEM with \
         ssh-keygen -p -m PEM, and no other key is accepted"
    )]
    OpenSshKey,
    /// A secret that is no key was to be used in place.
    #[error("the secret is no key that can be used in place")]
    NoKeyInPlace,
    /// Data of a key pair or a certificate in a form that has neither.
    #[error("it is neither PEM nor the Base64 that `serviceadmin preparedata` prints")]
    NotKeyText,
    /// Data of a key pair or a certificate as PKCS#12.
    #[error(
        "it is PKCS#12, which only `serviceadmin put NAME --from-file FILE` reads; `openssl pkcs12 -in FILE -nodes` converts it"
    )]
    Pkcs12,
    /// An operation that the type of a key does not have.
    #[error("keys of this type cannot {0}")]
    NotOfThisKey(&'static str),
    /// The length of a key that is to be derived or made.
    #[error("the length of a key must be 16 to 64 bytes")]
    KeyLength,
    /// The length of random data that is to be made.
    #[error("the length of random data must be 1 to 4096 bytes")]
    RandomLength,
    /// A key that does not fit into one RSA block.
    #[error("the key to wrap must be at most {limit} bytes, got {got}")]
    KeyTooLong {
        /// What fits, in bytes.
        limit: usize,
        /// What was given.
        got: usize,
    },
    /// The text of a ciphertext, a signature or a MAC.
    #[error("the ciphertext, signature or MAC must be a text of the form aecs:v1:VERSION:BASE64")]
    MalformedSealed,
    /// A recipient, an identity or a file of age that cannot be used.
    #[error("it is not {0}")]
    MalformedAge(&'static str),
    /// A number of shares that there cannot be, or shares that do not go together.
    #[error("the shares cannot be used: {0}")]
    Shares(&'static str),
    /// A share of a recovery key, or its file, that cannot be used.
    #[error("the recovery share cannot be used: {0}")]
    MalformedShare(&'static str),
    /// The data of a secret was said to be Base64.
    #[error("the data is not Base64: it needs the standard alphabet, and padding")]
    MalformedBase64,
    /// The data of a secret is not the JSON that its type has.
    #[error(transparent)]
    MalformedMaterial(#[from] aecs_proto::json::JsonError),
    /// A certificate cannot be decoded.
    #[error("the certificate is malformed: {0}")]
    MalformedCertificate(&'static str),
    /// A parameter of a certificate to be made is out of its range.
    #[error("certificate parameter {name}: {reason}")]
    CertificateParameter {
        /// The parameter.
        name: &'static str,
        /// The range that it must be in.
        reason: &'static str,
    },
    /// The operating system's random generator or the cryptographic library failed.
    #[error("the cryptographic library failed: {0}")]
    Library(&'static str),
}

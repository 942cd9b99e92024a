//! HPKE (RFC 9180): base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. One
//! context seals one message and exports one secret.
//!
//! Sections are those of RFC 9180. The algorithms come from aws-lc-rs; this module composes them
//! (docs/decisions/aws-lc-rs.md says why). It neither branches on a secret nor uses one as an
//! index, so constant time is the library's matter.
//!
//! The secrets of this module are wiped when they are dropped. So are the library's: private keys
//! and AES keys when aws-lc frees them, the Diffie-Hellman output, and the keys of HMAC and HKDF.
//! Not wiped are copies that a move leaves on the stack, and the library's copy of the nonce.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ParsedPublicKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

/// Bytes of a public, a private and an encapsulated key: `Npk`, `Nsk` and `Nenc` (section 7.1).
pub(crate) const KEY: usize = 32;

/// `suite_id` of the KEM (section 4.1): `kem_id` is DHKEM(X25519, HKDF-SHA256).
const KEM: &[u8] = b"KEM\x00\x20";
/// `suite_id` of HPKE (section 5.1): the KEM, then `kdf_id` HKDF-SHA256 and `aead_id` AES-256-GCM.
const HPKE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";
/// What every labelled input begins with (section 4).
const VERSION: &[u8] = b"HPKE-v1";
/// `mode_base` (section 5).
const MODE_BASE: u8 = 0;

/// The library does not say what failed: an attacker must not learn it.
type Result<T> = std::result::Result<T, Unspecified>;
type Secret<const N: usize = 32> = Zeroizing<[u8; N]>;

/// A secret that both ends of one context share beside the encryption key.
pub(crate) type Exported = Secret;

/// What becomes of a plain text.
pub(crate) struct Sealed {
    /// `enc`.
    pub(crate) encapsulated: Vec<u8>,
    /// `ct` without its last 16 bytes.
    pub(crate) cipher: Vec<u8>,
    /// The last 16 bytes of `ct`.
    pub(crate) tag: Vec<u8>,
    pub(crate) exported: Exported,
}

/// `pkR`.
pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// `DeserializePublicKey` (section 7.1.1).
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(Self(unparsed(bytes)?.try_into()?))
    }

    /// `SetupBaseS` (section 5.1.1), one `Context.Seal` (5.2), and one `Context.Export` of 32 bytes
    /// (5.3).
    pub(super) fn seal(
        &self,
        info: &[u8],
        exporter_context: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Sealed> {
        let ephemeral = agreement::PrivateKey::generate(&X25519)?;
        self.seal_from(ephemeral, info, exporter_context, aad, plain)
    }

    /// [`Self::seal`] with a given `skE`.
    #[expect(clippy::needless_pass_by_value, reason = "a key that is given away is used once")]
    pub(super) fn seal_from(
        &self,
        ephemeral: agreement::PrivateKey,
        info: &[u8],
        exporter_context: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Sealed> {
        let (shared_secret, enc) = self.encap(&ephemeral)?;
        let context = Context::new(&shared_secret, info)?;
        let mut cipher = Zeroizing::new(plain.to_vec());
        let tag = context.key.seal_in_place_separate_tag(
            context.first_nonce(),
            Aad::from(aad),
            cipher.as_mut_slice(),
        )?;
        Ok(Sealed {
            encapsulated: enc.as_ref().to_vec(),
            cipher: std::mem::take(&mut *cipher),
            tag: tag.as_ref().to_vec(),
            exported: context.export(exporter_context)?,
        })
    }

    /// `SetupBaseS` (section 5.1.1) with a given `skE`, and `Context.Export` (5.3) of 32 bytes for each of
    /// two contexts: an exchange without a message. The first part is `enc`.
    pub(crate) fn export(
        &self,
        ephemeral: &agreement::PrivateKey,
        info: &[u8],
        [one, other]: [&[u8]; 2],
    ) -> Result<(Vec<u8>, [Exported; 2])> {
        let (shared_secret, enc) = self.encap(ephemeral)?;
        let context = Context::new(&shared_secret, info)?;
        Ok((enc.as_ref().to_vec(), [context.export(one)?, context.export(other)?]))
    }

    /// `Encap` (section 4.1).
    pub(super) fn encap(
        &self,
        ephemeral: &agreement::PrivateKey,
    ) -> Result<(Secret, agreement::PublicKey)> {
        let enc = ephemeral.compute_public_key()?;
        // Fails if the output is all zeros, as section 7.1.4 demands.
        let shared_secret = agree(ephemeral, self.0.clone(), Unspecified, |dh| {
            extract_and_expand(dh, enc.as_ref(), self.0.as_ref())
        })?;
        Ok((shared_secret, enc))
    }
}

/// `skR` and its `pkR`.
pub(crate) struct PrivateKey {
    key: agreement::PrivateKey,
    public: [u8; KEY],
}

impl PrivateKey {
    /// `DeserializePrivateKey` (section 7.1.2). The library keeps a copy and wipes it when the key
    /// is dropped; `bytes` are the caller's to wipe.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let key = agreement::PrivateKey::from_private_key(&X25519, bytes)?;
        let public = key.compute_public_key()?.as_ref().try_into()?;
        Ok(Self { key, public })
    }

    /// A new key, for one exchange.
    pub(crate) fn generate() -> Result<Self> {
        let key = agreement::PrivateKey::generate(&X25519)?;
        let public = key.compute_public_key()?.as_ref().try_into()?;
        Ok(Self { key, public })
    }

    pub(crate) fn public(&self) -> &[u8; KEY] {
        &self.public
    }

    /// `SetupBaseR` (section 5.1.1), then the same as [`PublicKey::export`].
    pub(crate) fn export(
        &self,
        enc: &[u8],
        info: &[u8],
        [one, other]: [&[u8]; 2],
    ) -> Result<[Exported; 2]> {
        let context = Context::new(&self.decap(enc)?, info)?;
        Ok([context.export(one)?, context.export(other)?])
    }

    /// `SetupBaseR` (section 5.1.1), then the reverse of [`PublicKey::seal`].
    pub(super) fn open(
        &self,
        info: &[u8],
        exporter_context: &[u8],
        encapsulated: &[u8],
        aad: &[u8],
        cipher: &[u8],
        tag: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, Exported)> {
        let context = Context::new(&self.decap(encapsulated)?, info)?;
        let mut plain = Zeroizing::new(vec![0; cipher.len()]);
        context.key.open_separate_gather(
            context.first_nonce(),
            Aad::from(aad),
            cipher,
            tag,
            &mut plain,
        )?;
        Ok((plain, context.export(exporter_context)?))
    }

    /// `Decap` (section 4.1).
    pub(super) fn decap(&self, enc: &[u8]) -> Result<Secret> {
        // Fails if the output is all zeros, as section 7.1.4 demands.
        agree(&self.key, unparsed(enc)?, Unspecified, |dh| {
            extract_and_expand(dh, enc, &self.public)
        })
    }
}

/// The RFC knows raw keys only; the library also reads DER, which is never 32 bytes long.
fn unparsed(bytes: &[u8]) -> Result<UnparsedPublicKey<&[u8; KEY]>> {
    Ok(UnparsedPublicKey::new(&X25519, bytes.try_into()?))
}

/// `ExtractAndExpand` (section 4.1).
fn extract_and_expand(dh: &[u8], enc: &[u8], recipient: &[u8]) -> Result<Secret> {
    let eae_prk = labeled_extract(KEM, &[], b"eae_prk", dh)?;
    labeled_expand(KEM, &eae_prk, b"shared_secret", &[enc, recipient].concat())
}

/// `Context` (section 5.1) before its first message.
pub(super) struct Context {
    key: LessSafeKey,
    pub(super) base_nonce: Secret<NONCE_LEN>,
    pub(super) exporter_secret: Secret,
}

impl Context {
    /// `KeySchedule` (section 5.1) without a pre-shared key, so that `psk` and `psk_id` are empty.
    pub(super) fn new(shared_secret: &Secret, info: &[u8]) -> Result<Self> {
        let psk_id_hash = labeled_extract(HPKE, &[], b"psk_id_hash", &[])?;
        let info_hash = labeled_extract(HPKE, &[], b"info_hash", info)?;
        let context = [&[MODE_BASE], psk_id_hash.as_slice(), info_hash.as_slice()].concat();
        let secret = labeled_extract(HPKE, shared_secret.as_slice(), b"secret", &[])?;
        let key: Secret = labeled_expand(HPKE, &secret, b"key", &context)?;
        Ok(Self {
            key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice())?),
            base_nonce: labeled_expand(HPKE, &secret, b"base_nonce", &context)?,
            exporter_secret: labeled_expand(HPKE, &secret, b"exp", &context)?,
        })
    }

    /// `ComputeNonce(0)` (section 5.2): the base nonce, of which 0 changes no bit.
    fn first_nonce(&self) -> Nonce {
        Nonce::assume_unique_for_key(*self.base_nonce)
    }

    /// `Context.Export` (section 5.3).
    fn export(&self, exporter_context: &[u8]) -> Result<Exported> {
        labeled_expand(HPKE, &self.exporter_secret, b"sec", exporter_context)
    }
}

/// `LabeledExtract` (section 4).
///
/// The extraction of HKDF is one HMAC (RFC 5869, section 2.2). `hkdf::Salt` is not used, because it
/// does not wipe its copy of the salt, and the shared secret is a salt here.
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Result<Secret> {
    let labeled_ikm = Zeroizing::new([VERSION, suite, label, ikm].concat());
    let mut prk = Secret::new([0; 32]);
    hmac::sign_to_buffer(&hmac::Key::new(HMAC_SHA256, salt), &labeled_ikm, prk.as_mut_slice())?;
    Ok(prk)
}

/// `LabeledExpand` (section 4) to `N` bytes.
fn labeled_expand<const N: usize>(
    suite: &[u8],
    prk: &Secret,
    label: &[u8],
    info: &[u8],
) -> Result<Secret<N>> {
    let length = u16::try_from(N)?.to_be_bytes();
    let mut out = Secret::new([0; N]);
    Prk::new_less_safe(HKDF_SHA256, prk.as_slice())
        .expand(&[&length, VERSION, suite, label, info], Length::<N>)?
        .fill(out.as_mut_slice())?;
    Ok(out)
}

/// The length of what HKDF expands to.
struct Length<const N: usize>;

impl<const N: usize> KeyType for Length<N> {
    fn len(&self) -> usize {
        N
    }
}

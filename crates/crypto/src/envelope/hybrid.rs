//! The envelopes of RSA and SM2: a fresh symmetric key under the receiver's public key, the plain
//! text under that symmetric key.

use aecs_proto::SymmetricKeyEncrypted;
use zeroize::Zeroizing;

use super::{Sealed, Unsealed, replay_digest};
use crate::cipher::{
    AES_KEY, Authenticated, GCM_IV, SM4_CBC_IV, SM4_KEY, aead_open, aead_seal, aes_256_gcm_key,
    sm4_cbc_decrypt, sm4_cbc_encrypt, sm4_gcm_open, sm4_gcm_seal,
};
use crate::error::{Error, Result};
use crate::hash::{random, random_secret};
use crate::key::{KeyHash, rsa, sm};
use crate::labels;
use crate::transcript::Transcript;

pub(super) fn seal_rsa(
    to: &rsa::Public,
    receiver: KeyHash,
    aad: &[u8],
    plain: &[u8],
) -> Result<Sealed> {
    let key = random_secret::<AES_KEY>()?;
    let iv = random::<GCM_IV>()?;
    let sealed = aead_seal(&aes_256_gcm_key(&key)?, iv, aad, plain)?;
    Ok(Sealed::authenticated(sealed, iv, to.encrypt(&*key)?, binding(receiver, &*key)))
}

pub(super) fn seal_sm_gcm(
    to: &sm::Public,
    receiver: KeyHash,
    aad: &[u8],
    plain: &[u8],
) -> Result<Sealed> {
    let key = random_secret::<SM4_KEY>()?;
    let iv = random::<GCM_IV>()?;
    let sealed = sm4_gcm_seal(&key, iv, aad, plain)?;
    Ok(Sealed::authenticated(sealed, iv, to.encrypt(&*key)?, binding(receiver, &*key)))
}

pub(super) fn seal_sm_cbc(to: &sm::Public, plain: &[u8]) -> Result<Sealed> {
    let key = random_secret::<SM4_KEY>()?;
    let iv = random::<SM4_CBC_IV>()?;
    Ok(Sealed {
        cipher: sm4_cbc_encrypt(&key, &iv, plain),
        mac: Vec::new(),
        iv: iv.to_vec(),
        encrypted_key: to.encrypt(&*key)?,
        binding: Zeroizing::default(),
    })
}

pub(super) fn open_rsa(
    me: &rsa::Private,
    receiver: KeyHash,
    encrypted_key: &[u8],
    body: &SymmetricKeyEncrypted,
) -> Result<Unsealed> {
    let key = me.decrypt(encrypted_key)?;
    let aes_key = <&[u8; AES_KEY]>::try_from(key.as_slice()).map_err(|_| Error::Decryption)?;
    let iv = body.iv.as_slice().try_into().map_err(|_| Error::Decryption)?;
    let tag = body.mac.as_slice().try_into().map_err(|_| Error::Decryption)?;
    let plain = aead_open(&aes_256_gcm_key(aes_key)?, iv, &body.aad, &body.cipher, tag)?;
    Ok(Unsealed::authenticated(plain, receiver, &key, body))
}

/// SM4-GCM has a tag and an initialization vector of 12 bytes; SM4-CBC has no tag and one of 16.
pub(super) fn open_sm(
    me: &sm::Private,
    receiver: KeyHash,
    encrypted_key: &[u8],
    body: &SymmetricKeyEncrypted,
) -> Result<Unsealed> {
    let key = me.decrypt(encrypted_key)?;
    let sm4_key = <&[u8; SM4_KEY]>::try_from(key.as_slice()).map_err(|_| Error::Decryption)?;
    if body.mac.is_empty() {
        let iv = body.iv.as_slice().try_into().map_err(|_| Error::Decryption)?;
        let decrypted = sm4_cbc_decrypt(sm4_key, iv, &body.cipher)?;
        return Ok(Unsealed {
            padded: decrypted.padded,
            authenticated: false,
            ..Unsealed::authenticated(decrypted.plain, receiver, &key, body)
        });
    }
    let iv = body.iv.as_slice().try_into().map_err(|_| Error::Decryption)?;
    let tag = body.mac.as_slice().try_into().map_err(|_| Error::Decryption)?;
    let plain = sm4_gcm_open(sm4_key, iv, &body.aad, &body.cipher, tag)?;
    Ok(Unsealed::authenticated(plain, receiver, &key, body))
}

impl Sealed {
    fn authenticated(
        (cipher, tag): Authenticated,
        iv: [u8; GCM_IV],
        encrypted_key: Vec<u8>,
        binding: Zeroizing<Vec<u8>>,
    ) -> Self {
        Self { cipher, mac: tag.to_vec(), iv: iv.to_vec(), encrypted_key, binding }
    }
}

impl Unsealed {
    fn authenticated(
        plain: Zeroizing<Vec<u8>>,
        receiver: KeyHash,
        key: &[u8],
        body: &SymmetricKeyEncrypted,
    ) -> Self {
        Self {
            plain,
            padded: true,
            authenticated: true,
            binding: binding(receiver, key),
            digest: replay_digest(key, &body.iv, &body.cipher),
        }
    }
}

/// The secret that ties a plain text's hash to the envelope and its receiver: who decrypts an
/// envelope can encrypt the same symmetric key to somebody else, but not sign for that receiver.
fn binding(receiver: KeyHash, key: &[u8]) -> Zeroizing<Vec<u8>> {
    let transcript = Transcript::new(labels::BINDING).field(receiver.as_bytes()).field(key);
    Zeroizing::new(transcript.sha256().to_vec())
}

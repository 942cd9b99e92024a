//! The symmetric ciphers of envelopes and records.
//!
//! The two GCM ciphers authenticate; SM4-CBC of AECS 2.0 does not, so its caller has to compare the
//! plain text's hash before it uses the plain text or says anything about it.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit, consts::U12};
use aes_gcm::{AesGcm, Nonce as GcmNonce, Tag as GcmTag};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use cbc::cipher::block_padding::{NoPadding, Padding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Bytes of a GCM initialization vector.
pub(crate) const GCM_IV: usize = 12;
/// Bytes of a GCM tag.
pub(crate) const GCM_TAG: usize = 16;
/// Bytes of an AES-256 key.
pub(crate) const AES_KEY: usize = 32;
/// Bytes of an SM4 key.
pub(crate) const SM4_KEY: usize = 16;
/// Bytes of an SM4 block.
const SM4_BLOCK: usize = 16;
/// Bytes of an SM4-CBC initialization vector.
pub(crate) const SM4_CBC_IV: usize = SM4_BLOCK;

type Sm4Gcm = AesGcm<Sm4, U12>;

/// Cipher text and tag.
pub(crate) type Authenticated = (Vec<u8>, [u8; GCM_TAG]);

pub(crate) fn aes_256_gcm_key(key: &[u8; AES_KEY]) -> Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| Error::Library("AES key"))
}

/// Encrypts with the algorithm of the key: AES-256-GCM or ChaCha20-Poly1305.
pub(crate) fn aead_seal(
    key: &LessSafeKey,
    iv: [u8; GCM_IV],
    aad: &[u8],
    plain: &[u8],
) -> Result<Authenticated> {
    let mut buffer = Zeroizing::new(plain.to_vec());
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(aad), &mut buffer)
        .map_err(|_| Error::Library("encryption"))?;
    let tag = tag.as_ref().try_into().map_err(|_| Error::Library("authentication tag"))?;
    Ok((std::mem::take(&mut *buffer), tag))
}

/// The reverse of [`aead_seal`].
pub(crate) fn aead_open(
    key: &LessSafeKey,
    iv: [u8; GCM_IV],
    aad: &[u8],
    cipher: &[u8],
    tag: [u8; GCM_TAG],
) -> Result<Zeroizing<Vec<u8>>> {
    let iv = Nonce::assume_unique_for_key(iv);
    let mut plain = Zeroizing::new(vec![0; cipher.len()]);
    key.open_separate_gather(iv, Aad::from(aad), cipher, &tag, &mut plain)
        .map_err(|_| Error::Decryption)?;
    Ok(plain)
}

pub(crate) fn sm4_gcm_seal(
    key: &[u8; SM4_KEY],
    iv: [u8; GCM_IV],
    aad: &[u8],
    plain: &[u8],
) -> Result<Authenticated> {
    let mut buffer = Zeroizing::new(plain.to_vec());
    let tag = Sm4Gcm::new(key.into())
        .encrypt_inout_detached(&GcmNonce::from(iv), aad, InOutBuf::from(buffer.as_mut_slice()))
        .map_err(|_| Error::Library("SM4-GCM encryption"))?;
    Ok((std::mem::take(&mut *buffer), tag.into()))
}

pub(crate) fn sm4_gcm_open(
    key: &[u8; SM4_KEY],
    iv: [u8; GCM_IV],
    aad: &[u8],
    cipher: &[u8],
    tag: [u8; GCM_TAG],
) -> Result<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(cipher.to_vec());
    Sm4Gcm::new(key.into())
        .decrypt_inout_detached(
            &GcmNonce::from(iv),
            aad,
            InOutBuf::from(plain.as_mut_slice()),
            &GcmTag::from(tag),
        )
        .map_err(|_| Error::Decryption)?;
    Ok(plain)
}

pub(crate) fn sm4_cbc_encrypt(key: &[u8; SM4_KEY], iv: &[u8; SM4_CBC_IV], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Sm4>::new(key.into(), iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

/// A decrypted plain text that nothing has authenticated yet.
pub(crate) struct Unauthenticated {
    /// The plain text, or the whole buffer if its padding is wrong.
    pub(crate) plain: Zeroizing<Vec<u8>>,
    /// Whether the padding is right. Must be told apart from a wrong hash by nobody outside: that
    /// would let anyone decrypt recorded messages by asking (Vaudenay, 2002).
    pub(crate) padded: bool,
}

pub(crate) fn sm4_cbc_decrypt(
    key: &[u8; SM4_KEY],
    iv: &[u8; SM4_CBC_IV],
    cipher: &[u8],
) -> Result<Unauthenticated> {
    let mut plain = Zeroizing::new(cipher.to_vec());
    cbc::Decryptor::<Sm4>::new(key.into(), iv.into())
        .decrypt_padded::<NoPadding>(&mut plain)
        .map_err(|_| Error::Decryption)?;
    let padding = plain
        .last_chunk::<SM4_BLOCK>()
        .and_then(|last| Some(SM4_BLOCK - Pkcs7::raw_unpad(last).ok()?.len()));
    if let Some(padding) = padding {
        let length = plain.len() - padding;
        plain.truncate(length);
    }
    Ok(Unauthenticated { plain, padded: padding.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{SM_SECTIONS, bytes, list, load};

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_known_answer() {
        let bytes = |digits: &str| hex::decode(digits).unwrap();
        let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let iv: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let (cipher, tag) = sm4_gcm_seal(&key, iv, &aad, &plain).unwrap();
        assert_eq!(
            hex::encode(&cipher),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        );
        assert_eq!(hex::encode(tag), "83de3541e4c2b58177e065a9bf7b62ec");
        assert_eq!(*sm4_gcm_open(&key, iv, &aad, &cipher, tag).unwrap(), plain);
        let forged = sm4_gcm_open(&key, iv, b"", &cipher, tag);
        assert_eq!(forged.err(), Some(Error::Decryption));
    }

    #[test]
    fn sm4_cbc_tells_wrong_padding_by_a_flag_only() {
        let (key, iv) = ([1; 16], [2; 16]);
        for length in 0..40 {
            let plain = vec![0x61; length];
            let decrypted =
                sm4_cbc_decrypt(&key, &iv, &sm4_cbc_encrypt(&key, &iv, &plain)).unwrap();
            assert!(decrypted.padded);
            assert_eq!(*decrypted.plain, plain);
        }
        // The last byte of the plain text becomes 16 ^ 1: no padding.
        let mut changed_iv = iv;
        changed_iv[15] ^= 1;
        let decrypted =
            sm4_cbc_decrypt(&key, &changed_iv, &sm4_cbc_encrypt(&key, &iv, b"")).unwrap();
        assert!(!decrypted.padded);
        assert_eq!(decrypted.plain.len(), 16);
        assert!(!sm4_cbc_decrypt(&key, &iv, b"").unwrap().padded);
        assert!(sm4_cbc_decrypt(&key, &iv, &[0; 17]).is_err());
    }

    #[test]
    fn sm4_cbc_vectors_of_aecs20() {
        let Some(vectors) = load("aecs_wire_vectors.json") else { return };
        for section in SM_SECTIONS {
            for case in list(&vectors[section]["sm_raw"], "sm4_cbc") {
                let key = bytes(case, "key_hex").try_into().unwrap();
                let iv = bytes(case, "iv_hex").try_into().unwrap();
                let (plain, cipher) = (bytes(case, "plain_hex"), bytes(case, "cipher_hex"));
                assert_eq!(sm4_cbc_encrypt(&key, &iv, &plain), cipher);
                let decrypted = sm4_cbc_decrypt(&key, &iv, &cipher).unwrap();
                assert!(decrypted.padded);
                assert_eq!(*decrypted.plain, plain);
            }
        }
    }
}

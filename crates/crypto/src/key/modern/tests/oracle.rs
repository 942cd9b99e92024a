//! The same suite from the crate `hpke`, which tests and benchmarks compare with.

use ::hpke::aead::{AeadTag, AesGcm256};
use ::hpke::inout::InOutBuf;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::X25519HkdfSha256;
use ::hpke::{
    Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable, setup_receiver, setup_sender,
};

use super::hpke::{Exported, Sealed};

/// As `PublicKey::seal`.
pub(crate) fn seal(
    public: &[u8],
    info: &[u8],
    exporter_context: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<Sealed, HpkeError> {
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public)?;
    let (encapsulated, mut context) =
        setup_sender::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &public, info)?;
    let mut exported = Exported::default();
    context.export(exporter_context, exported.as_mut_slice())?;
    let mut cipher = plain.to_vec();
    let tag = context.seal_inout_detached(InOutBuf::from(cipher.as_mut_slice()), aad)?;
    Ok(Sealed {
        encapsulated: encapsulated.to_bytes().to_vec(),
        cipher,
        tag: tag.to_bytes().to_vec(),
        exported,
    })
}

/// As `PrivateKey::open`.
pub(crate) fn open(
    private: &[u8],
    info: &[u8],
    exporter_context: &[u8],
    aad: &[u8],
    sealed: &Sealed,
) -> Result<(Vec<u8>, Exported), HpkeError> {
    let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private)?;
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed.encapsulated)?;
    let mut context = setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        info,
    )?;
    let tag = AeadTag::<AesGcm256>::from_bytes(&sealed.tag)?;
    let mut plain = sealed.cipher.clone();
    context.open_inout_detached(InOutBuf::from(plain.as_mut_slice()), aad, &tag)?;
    let mut exported = Exported::default();
    context.export(exporter_context, exported.as_mut_slice())?;
    Ok((plain, exported))
}

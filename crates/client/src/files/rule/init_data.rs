//! `initData` of a rule: the digest of the data that a machine of Confidential Containers was started
//! with, in the attribute where the platform binds it.

use aecs_attest::{Attribute, Platform};
use aecs_crypto::sha256;
use serde_saphyr::Spanned;

use crate::files::Fault;
use crate::files::document::{OneOrMany, Placed};

/// The register of a virtual TPM that the guest's agent extends by the digest.
const REGISTER: u8 = 8;

/// The value that an attribute has with this digest.
type Bind = fn(&[u8]) -> Option<String>;

/// The attribute, and the values that it has with one of these digests.
pub(super) fn read(
    name: &Spanned<String>,
    digests: &OneOrMany,
    platforms: &[Platform],
) -> Result<(&'static Attribute, Vec<String>), Fault> {
    let wrong = |what: &str, remedy: &str| Fault::at(name.place(), what, remedy);
    let (attribute, bind): (_, Bind) = match platforms {
        [Platform::Tdx] => ("hex_mrconfigid", |digest| padded(digest, 48)),
        [Platform::SevSnp] => ("hex_host_data", |digest| padded(digest, 32)),
        [Platform::AzureSnp | Platform::AzureTdx] => ("str_pcrs", extended),
        _ => {
            return Err(wrong(
                "where the digest of init data is depends on the platform",
                "name one `platform` in the rule: TDX, SEV_SNP, AZURE_SNP_VTPM or AZURE_TDX_VTPM",
            ));
        }
    };
    let attribute = Attribute::named(attribute)
        .ok_or_else(|| wrong("there is no such attribute", "write the attribute itself"))?;
    if digests.values.is_empty() {
        return Err(wrong("there is no digest", "write the digest, or leave the key out"));
    }
    let values = digests.values.iter().map(|text| {
        let (_, digits) = text.value.split_once(':').unwrap_or(("", text.value.as_str()));
        let value = hex::decode(digits).ok().and_then(|digest| bind(&digest));
        value.ok_or_else(|| {
            Fault::at(
                text.place(),
                "this should be the digest of init data, as the platform binds it",
                "write 64 hexadecimal digits of a SHA-256, on TDX also 96 of a SHA-384",
            )
        })
    });
    Ok((attribute, values.collect::<Result<_, _>>()?))
}

/// The digest, with zeros behind it.
fn padded(digest: &[u8], len: usize) -> Option<String> {
    let mut bytes = digest.to_vec();
    let is_digest = matches!(bytes.len(), 32 | 48) && bytes.len() <= len;
    bytes.resize(len, 0);
    is_digest.then(|| hex::encode_upper(bytes))
}

/// The register after it was extended by the digest.
fn extended(digest: &[u8]) -> Option<String> {
    let extended = sha256(&[[0; 32].as_slice(), digest].concat());
    (digest.len() == 32).then(|| format!("{REGISTER}={}", hex::encode_upper(extended)))
}

//! The key pairs of the two test administrators.

use aecs_crypto::{KeyPair, PublicKey};

use super::tree::{Defect, Tree};
use crate::failure::Result;
use crate::files::Access;
use crate::keygen::{self, SuiteName};

/// Makes or keeps `certs/STEM_private.pem` and `certs/STEM_public.pem`.
///
/// A key of another suite than `suite` is kept: it is in use.
///
/// # Errors
///
/// Those of [`Tree::checked`].
pub(super) fn key_pair(
    tree: &mut Tree,
    stem: &str,
    suite: SuiteName,
    force: bool,
) -> Result<KeyPair> {
    let key = tree.checked(
        &format!("certs/{stem}_private.pem"),
        Access::Private,
        force,
        |pem| KeyPair::from_private_pem(pem).map_err(|error| Defect::Broken(error.to_string())),
        || {
            let key = keygen::generate(suite)?;
            let pem = key.private_pem().expose().to_owned();
            Ok((key, pem))
        },
    )?;
    let public = key.public();
    tree.checked(
        &format!("certs/{stem}_public.pem"),
        Access::Public,
        force,
        |pem| same_key(pem, public),
        || Ok(((), public.pem().to_owned())),
    )?;
    Ok(key)
}

fn same_key(pem: &str, public: &PublicKey) -> std::result::Result<(), Defect> {
    let found = PublicKey::from_pem(pem).map_err(|error| Defect::Broken(error.to_string()))?;
    // The text counts: a report binds the hash of the PEM, not of the numbers in it.
    if &found == public {
        Ok(())
    } else {
        Err(Defect::Stale("it belonged to another key".to_owned()))
    }
}

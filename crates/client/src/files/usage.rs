//! `use:` of a secret: what may be done with a key in place.

use aecs_proto::{EnclaveSecretUse, KeyUse};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Fault;
use super::document::{OneOrMany, Placed, Scalar};
use super::rule::boolean;
use super::suggest::did_you_mean;

/// The keys as they stand beside the others of the specification.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UseYaml {
    operations: Option<OneOrMany>,
    exportable: Scalar,
    admin: Option<OneOrMany>,
    min_decrypt_version: Scalar,
}

impl UseYaml {
    /// What they say.
    pub(super) fn read(&self) -> Result<EnclaveSecretUse, Fault> {
        let uses = |list: &Option<OneOrMany>| {
            let values = list.as_ref().map_or(&[][..], |list| list.values.as_slice());
            key_uses(values, false)
        };
        let exportable = self.exportable.as_ref().map(boolean).transpose()?;
        Ok(EnclaveSecretUse {
            operations: uses(&self.operations)?,
            exportable: exportable.unwrap_or_default(),
            admin: uses(&self.admin)?,
            min_decrypt_version: self.min_decrypt_version()?,
        })
    }

    fn min_decrypt_version(&self) -> Result<u64, Fault> {
        let Some(word) = &self.min_decrypt_version else { return Ok(0) };
        word.value.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            let what = format!("`{}` is not a value of this key", word.value);
            Fault::at(word.place(), what, "write the number of a version, from 1")
        })
    }
}

/// The numbers of operations by their words; `get` only where it may stand.
pub(super) fn key_uses(words: &[Spanned<String>], may_get: bool) -> Result<Vec<i32>, Fault> {
    let known = || KeyUse::WORDS.into_iter().filter(|(one, _)| may_get || *one != KeyUse::Get);
    let read = |word: &Spanned<String>| {
        let found = known().find_map(|(one, own)| (own == word.value).then_some(one));
        found.map(i32::from).ok_or_else(|| {
            let words: Vec<&str> = known().map(|(_, word)| word).collect();
            Fault::at(
                word.place(),
                format!("unknown operation `{}`", word.value),
                did_you_mean(&word.value, &words),
            )
        })
    };
    words.iter().map(read).collect()
}

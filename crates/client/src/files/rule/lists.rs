//! What a rule says of named lists.

use aecs_attest::{Attribute, Platform};
use aecs_proto::check_name;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::keys::Key;
use super::{GivenKey, Keys, Values, attested};
use crate::files::document::{OneOrMany, Placed};
use crate::files::{Fault, Place};

/// A value of the attribute of a key, as named lists have it.
pub(in crate::files) fn listed_value(
    at: Option<Place>,
    key: &str,
    text: &str,
) -> Result<String, Fault> {
    match Key::find(key) {
        Some(key) => key.value(text).map_err(|fault| fault.placed(at)),
        None => Err(Fault::at(at, format!("unknown key `{key}`"), "name a key of rules")),
    }
}

/// The names of lists, of which there has to be one.
pub(super) fn list_names(names: &OneOrMany) -> Result<Vec<String>, Fault> {
    let wrong = |name: &&Spanned<String>| check_name(&name.value).is_err();
    match names.values.iter().find(wrong) {
        Some(name) => Err(Fault::at(
            name.place(),
            "this should be the name of a list",
            "write letters, digits, `.`, `_` and `-`; `serviceadmin lists list` shows the names",
        )),
        None => Ok(names.values.iter().map(|name| name.value.clone()).collect()),
    }
}

/// The sets whose measurements a rule admits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeYaml {
    pub(super) set: OneOrMany,
}

impl Keys {
    /// Each attribute that is looked for in named lists, with the names, as [`Keys::attributes`].
    pub(super) fn lists_of(
        &self,
        platforms: &[Platform],
        needed: bool,
    ) -> Result<Vec<(&'static Attribute, Vec<String>)>, Fault> {
        let mut all = Vec::new();
        for GivenKey { name, key, values } in &self.given {
            let Values::Many(OneOrMany { lists, .. }) = values else { continue };
            if lists.is_empty() {
                continue;
            }
            if !key.attribute.can_list() {
                return Err(Fault::at(
                    name.place(),
                    format!("values of `{}` cannot be kept in a named list", name.value),
                    "write the values themselves",
                ));
            }
            if needed {
                attested(name, key.attribute, platforms)?;
            }
            let names = OneOrMany { values: lists.clone(), ..OneOrMany::default() };
            all.push((key.attribute, list_names(&names)?));
        }
        Ok(all)
    }
}

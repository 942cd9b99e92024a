//! Where things are in the store: one function a kind of record.
//!
//! Invariant: every name is built here, from checked names only, so that two kinds of record
//! never share one. `aecs/` holds a folder a service; what is not a service's lies beside it.

use aecs_crypto::{KeyHash, Suite};
use aecs_proto::TRUSTED_APPLICATIONS;
use aecs_store::pages::Register;

use crate::{
    error::{Cause, Error, internal},
    name::{HostName, ListName, PersonName, SecretName, ServiceName},
    vault::Name,
};

/// The folder of remembered requests of protocol 2.0.
const REPLAY: &str = "replay/";
/// The folder of acts that were carried out.
const ACTS: &str = "acts/";
/// The folder of what AECS administrators saw last.
const SEEN: &str = "seen/";
/// The folder of what the vault knows of audit logs.
pub(crate) const AUDIT: &str = "audit/";
/// The folder of services.
pub(crate) const SERVICES: &str = "aecs/";
/// The folder of the trust settings and of those who may change them.
pub(crate) const DEPLOYMENT: &str = "deployment/";
/// The folder of the platform's administrators.
pub(crate) const ADMINISTRATORS: &str = "deployment/administrators/";
const TURN: &str = "deployment/turn";
/// The folder of the keys of suites that settings have added.
const SUITE_KEYS: &str = "deployment/keys/";
/// What the registers of identity backups begin with. They are no records of the vault, which opens
/// under the identity only.
const BACKUPS: &str = "identity/";

/// What the registers begin with in which identities are sealed for their recovery.
pub(crate) const RECOVERY: &str = "recovery/";

const AUTHENTICATION: &str = "authentication";

/// The identity that owns secrets as a trusted application: a hash of what it pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner(pub(crate) [u8; 32]);

impl Owner {
    /// The start of the hash, by which an administrator tells two owners apart: long enough that
    /// nobody makes two with the same.
    pub(crate) fn short(self) -> String {
        let mut text = hex::encode(self.0);
        text.truncate(32);
        text
    }
}

/// The random id of a secret's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ValueId(pub(crate) [u8; 16]);

/// The key and password of a service's administrator.
pub(crate) fn authentication(service: &ServiceName) -> Result<Name, Error> {
    name(&format!("{SERVICES}{service}/{AUTHENTICATION}"))
}

/// The service in whose folder a record is.
pub(crate) fn service_with(record: &Name) -> Option<&str> {
    let (service, _) = record.as_str().strip_prefix(SERVICES)?.split_once('/')?;
    Some(service)
}

/// A name behind everything in the folder of a service, and before the next service: what services
/// have begins with a letter before it.
pub(crate) fn behind_service(service: &ServiceName) -> Result<Name, Error> {
    name(&format!("{SERVICES}{service}/z"))
}

/// The private key of the identity in a suite that it was not born with.
pub(crate) fn suite_key(suite: Suite) -> Result<Name, Error> {
    name(&format!("{SUITE_KEYS}{suite}"))
}

/// How many wrong passwords were given with a key.
pub(crate) fn guesses(key: KeyHash) -> Result<Name, Error> {
    name(&format!("{SERVICES}guesses.{key}"))
}

/// A secret of a service.
pub(crate) fn secret(service: &ServiceName, secret: &SecretName) -> Result<Name, Error> {
    name(&format!("{}{secret}", secrets_of(service)))
}

/// The folder of a service's secrets.
pub(crate) fn secrets_of(service: &ServiceName) -> String {
    format!("{SERVICES}{service}/secrets/")
}

/// The folder of the values of a secret, by the secret's record. It lies beside the folder that the
/// record is in: quotas and lists see secrets only, and what removes all of a service removes the
/// values as well.
pub(crate) fn values_of(secret: &Name) -> Result<String, Error> {
    let (service, rest) =
        secret_of(secret).ok_or_else(|| Cause::NotASecret { record: secret.clone() })?;
    Ok(format!("{SERVICES}{service}/values/{rest}/"))
}

/// The value `id` of a secret, by the secret's record.
pub(crate) fn value(secret: &Name, id: ValueId) -> Result<Name, Error> {
    name(&format!("{}{}", values_of(secret)?, hex::encode(id.0)))
}

/// The folder of the values of all secrets of a service.
pub(crate) fn all_values_of(service: &ServiceName) -> String {
    format!("{SERVICES}{service}/values/")
}

/// When applications got the secrets of a service last, and who was refused.
pub(crate) fn activity(service: &ServiceName) -> Result<Name, Error> {
    name(&format!("{SERVICES}{service}/activity"))
}

/// The highest version number of a secret that was destroyed.
pub(crate) fn last_number(service: &ServiceName, secret: &SecretName) -> Result<Name, Error> {
    name(&format!("{}{secret}", last_numbers_of(service)))
}

/// The folder of these numbers.
pub(crate) fn last_numbers_of(service: &ServiceName) -> String {
    format!("{SERVICES}{service}/numbers/")
}

/// A named list of a service.
pub(crate) fn list(service: &ServiceName, list: &ListName) -> Result<Name, Error> {
    name(&format!("{}{list}", lists_of(service)))
}

/// The folder of a service's named lists.
pub(crate) fn lists_of(service: &ServiceName) -> String {
    format!("{SERVICES}{service}/lists/")
}

/// The service in the name of a secret's record, and what follows the folder: the secret, of a
/// trusted application with its owner.
fn secret_of(record: &Name) -> Option<(&str, &str)> {
    let (service, rest) = record.as_str().strip_prefix(SERVICES)?.split_once('/')?;
    Some((service, rest.strip_prefix("secrets/")?))
}

/// Whether a record is that of a secret of a service.
pub(crate) fn is_secret_of_service(record: &Name) -> bool {
    secret_of(record).is_some_and(|(service, _)| service != TRUSTED_APPLICATIONS)
}

/// The folder of everything a service has.
pub(crate) fn everything_of(service: &ServiceName) -> String {
    format!("{SERVICES}{service}/")
}

/// A secret of a trusted application. The owner is part of the name: nobody can occupy the
/// name of somebody else's secret.
pub(crate) fn ta_secret(owner: Owner, secret: &SecretName) -> Result<Name, Error> {
    name(&format!("{}{secret}", ta_secrets_of(owner)))
}

/// The folder of one trusted application's secrets.
pub(crate) fn ta_secrets_of(owner: Owner) -> String {
    format!("{}{}/", ta_secrets(), hex::encode(owner.0))
}

/// The folder of all trusted applications' secrets.
pub(crate) fn ta_secrets() -> String {
    format!("{SERVICES}{TRUSTED_APPLICATIONS}/secrets/")
}

/// The folder of the places that the secrets of trusted applications take.
pub(crate) fn ta_places() -> String {
    format!("{SERVICES}{TRUSTED_APPLICATIONS}/places/")
}

/// The folder of the places under a rule's quota.
pub(crate) fn ta_places_of(rule: &str) -> String {
    format!("{}{rule}/", ta_places())
}

/// The place that a secret takes under a rule's quota.
pub(crate) fn ta_place(rule: &str, owner: Owner, secret: &SecretName) -> Result<Name, Error> {
    name(&format!("{}{}/{secret}", ta_places_of(rule), hex::encode(owner.0)))
}

/// The rule of a place, and a name behind all places of that rule.
pub(crate) fn ta_rule_of(place: &Name) -> Result<Option<(String, Name)>, Error> {
    let rule = place.as_str().strip_prefix(&ta_places()).and_then(|rest| rest.split_once('/'));
    rule.map(|(rule, _)| Ok((rule.to_owned(), name(&format!("{}{rule}/z", ta_places()))?)))
        .transpose()
}

/// The owner and the name in the name of a trusted application's secret.
pub(crate) fn ta_owner_of(name: &Name) -> Option<(Owner, &str)> {
    let (owner, secret) = name.as_str().strip_prefix(&ta_secrets())?.split_once('/')?;
    let owner = hex::decode(owner).ok()?.try_into().ok()?;
    Some((Owner(owner), secret))
}

/// A remembered request of protocol 2.0.
pub(crate) fn replay(digest: &[u8; 32]) -> Result<Name, Error> {
    name(&format!("{REPLAY}{}", hex::encode(digest)))
}

/// An act that was carried out for a kind of caller.
pub(crate) fn act(caller: &str, digest: &[u8; 32]) -> Result<Name, Error> {
    name(&format!("{}{}", acts_of(caller), hex::encode(digest)))
}

/// The folder of the acts of a kind of caller.
pub(crate) fn acts_of(caller: &str) -> String {
    format!("{ACTS}{caller}/")
}

/// The point of the history that the last act of an AECS administrator led to.
pub(crate) fn seen_by(administrator: KeyHash) -> Result<Name, Error> {
    name(&format!("{SEEN}{}", hex::encode(administrator.as_bytes())))
}

/// The point of the history that the last act of a service's administrator led to; goes with the
/// service.
pub(crate) fn seen_by_owner_of(service: &ServiceName) -> Result<Name, Error> {
    name(&format!("{SERVICES}{service}/seen"))
}

/// What every act of administration replaces: see [`Alone`](crate::alone::Alone).
pub(crate) fn turn() -> Result<Name, Error> {
    name(TURN)
}

/// What is known of the audit log of a node.
pub(crate) fn audit(node: &str) -> Result<Name, Error> {
    name(&format!("{AUDIT}{node}"))
}

/// The trust settings.
pub(crate) fn settings() -> Result<Name, Error> {
    name("deployment/settings")
}

/// The sets of recovery shares.
pub(crate) fn recovery() -> Result<Name, Error> {
    name("deployment/recovery")
}

/// The register of a set of recovery shares, under an id that no other one has.
pub(crate) fn recovery_register(revision: u64, id: &str) -> Result<Register, Error> {
    let register = Register::new(format!("{RECOVERY}{revision:08}-{id}"));
    register.map_err(internal("naming recovery shares"))
}

/// An administrator of the platform.
pub(crate) fn administrator(administrator: &PersonName) -> Result<Name, Error> {
    name(&format!("{ADMINISTRATORS}{administrator}"))
}

/// The register with the sealed backup of the identity under a host's name.
pub(crate) fn backup(host: &HostName) -> Result<Register, Error> {
    Register::new(backups(host.as_str())).map_err(internal("naming a backup"))
}

/// What the registers of backups begin with whose hosts' names begin with `prefix`. A register has no
/// capitals: they are written with a `_` before, and a `_` twice.
pub(crate) fn backups(prefix: &str) -> String {
    let mut text = BACKUPS.to_owned();
    for letter in prefix.chars() {
        if letter == '_' || letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// The host's name in the name of such a register.
pub(crate) fn host_of(backup: &Register) -> Option<HostName> {
    let mut letters = backup.as_str().strip_prefix(BACKUPS)?.chars();
    let mut name = String::new();
    while let Some(letter) = letters.next() {
        name.push(match letter {
            '_' => letters.next()?.to_ascii_uppercase(),
            letter => letter,
        });
    }
    HostName::parse(&name).ok()
}

fn name(text: &str) -> Result<Name, Error> {
    Name::new(text).map_err(internal("naming a record"))
}

/// What a record is, in the words of those who asked for it.
pub(crate) fn describe(record: &Name) -> String {
    let authentication = record.as_str().strip_suffix(AUTHENTICATION);
    let folder = authentication.and_then(|rest| rest.strip_prefix(SERVICES)?.strip_suffix('/'));
    if let Some(service) = folder.filter(|service| !service.contains('/')) {
        return format!("service {service}");
    }
    if let Some((_owner, secret)) = ta_owner_of(record) {
        return format!("secret {secret} of this trusted application");
    }
    if let Some(administrator) = record.as_str().strip_prefix(ADMINISTRATORS) {
        return format!("administrator {administrator}");
    }
    if record.as_str() == TURN {
        return "something of settings, administrators or services".to_owned();
    }
    let in_service = record.as_str().strip_prefix(SERVICES).and_then(|rest| rest.split_once('/'));
    if let Some((service, rest)) = in_service
        && let Some(list) = rest.strip_prefix("lists/")
    {
        return format!("list {list} of service {service}");
    }
    let value = in_service.and_then(|(service, rest)| {
        let (secret, _id) = rest.strip_prefix("values/")?.split_once('/')?;
        Some(format!("the value of secret {secret} of service {service}"))
    });
    if let Some(value) = value {
        return value;
    }
    match secret_of(record) {
        Some((service, secret)) => format!("secret {secret} of service {service}"),
        None => format!("record {}", record.as_str()),
    }
}

/// Why a folder takes no more records, when there would be `found` and there may be `limit`.
pub(crate) fn too_many(folder: &str, found: u64, limit: u64) -> Cause {
    if folder == ta_secrets() || folder.starts_with(&ta_places()) {
        return Cause::TooManyTaSecrets;
    }
    let service = folder.strip_prefix(SERVICES).and_then(|rest| rest.split_once('/'));
    let service =
        service.and_then(|(service, rest)| Some((ServiceName::parse(service).ok()?, rest)));
    match service {
        Some((service, "secrets/")) => {
            Cause::TooManySecrets { service, count: found.saturating_sub(1), quota: limit }
        }
        Some((service, "lists/")) => Cause::TooManyLists { service, limit },
        _ if folder == ADMINISTRATORS => Cause::TooManyAdministrators { limit },
        _ => Cause::Conflict { what: describe_folder(folder) },
    }
}

/// What callers call the owner of a folder of records.
pub(crate) fn describe_folder(folder: &str) -> String {
    let service = folder.strip_prefix(SERVICES).and_then(|rest| rest.split_once('/'));
    service.map_or_else(|| format!("folder {folder}"), |(service, _)| format!("service {service}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn values_lie_beside_the_folder_of_secrets() {
        let id = ValueId([0xab; 16]);
        let hex = "ab".repeat(16);
        let secret_name = SecretName::parse("secrets").unwrap();
        for service in ["s", "secrets", "values"] {
            let record = secret(&ServiceName::parse(service).unwrap(), &secret_name).unwrap();
            let expected = format!("aecs/{service}/values/secrets/{hex}");
            assert_eq!(value(&record, id).unwrap().as_str(), expected);
        }
        let record = ta_secret(Owner([0xcd; 32]), &secret_name).unwrap();
        let expected = format!("aecs/TrustedApplications/values/{}/secrets/{hex}", "cd".repeat(32));
        assert_eq!(value(&record, id).unwrap().as_str(), expected);
    }

    #[test]
    fn a_folder_that_is_full_is_named() {
        let service = ServiceName::parse("shop").unwrap();
        for (folder, part) in [
            (secrets_of(&service), "service shop has 3 secrets"),
            (lists_of(&service), "service shop has 3 named lists"),
            (ta_secrets(), "no more secrets of trusted applications"),
            (ta_places_of("ab"), "no more secrets of trusted applications"),
            (ADMINISTRATORS.to_owned(), "there are 3 administrators"),
            (everything_of(&service), "service shop was changed by another request"),
        ] {
            let told = too_many(&folder, 4, 3).to_string();
            assert!(told.contains(part), "{folder}: {told}");
        }
    }

    #[test]
    fn each_host_has_a_register_of_its_own() {
        let long = "_A".repeat(127);
        for name in ["host1", "Host1", "h_ost1", "__", "A_b.C-D", &long] {
            let host = HostName::parse(name).unwrap();
            assert_eq!(host_of(&backup(&host).unwrap()), Some(host));
        }
        let of = |name| backup(&HostName::parse(name).unwrap()).unwrap();
        assert_eq!(of("Host_1").as_str(), "identity/_host__1");
        assert!(of("Host_1").as_str().starts_with(&backups("Host_")));
        assert!(!of("Host_1").as_str().starts_with(&backups("h")));
        for foreign in ["identity/", "identity/a_", "identity/..", "root"] {
            assert_eq!(host_of(&Register::new(foreign).unwrap()), None, "{foreign}");
        }
    }

    #[test]
    fn only_secrets_have_values() {
        let service = ServiceName::parse("s").unwrap();
        let record = secret(&service, &SecretName::parse("secrets").unwrap()).unwrap();
        let value = value(&record, ValueId([1; 16])).unwrap();
        for other in [authentication(&service).unwrap(), settings().unwrap(), value] {
            assert_eq!(values_of(&other).unwrap_err().kind(), Kind::Internal, "{other}");
        }
    }
}

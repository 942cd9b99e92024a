//! One operation with a key: what it needs, and its result.

use std::collections::BTreeMap;

use aecs_crypto::{Error as CryptoError, SecretBytes, transit};
use aecs_proto::{ErrorCode, KeyOperation, KeyResult, KeySignature, KeyUse, Zeroizing};

use crate::error::Error;

/// An operation of a request.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) what: KeyUse,
    message: Zeroizing<KeyOperation>,
    /// What an earlier operation made, where this one takes such a thing.
    sealed: Result<Option<transit::Versioned>, Failed>,
}

/// Why an operation was not done: a code, and a text for the caller.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    code: ErrorCode,
    why: String,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { code: error.code(), why: error.message().to_owned() }
    }
}

impl From<CryptoError> for Failed {
    fn from(error: CryptoError) -> Self {
        Self { code: ErrorCode::UseFailed, why: error.to_string() }
    }
}

impl Failed {
    fn because(why: &str) -> Self {
        Self { code: ErrorCode::UseFailed, why: why.to_owned() }
    }
}

/// The keys that are ready, as a batch has them.
type Ready<'a> = BTreeMap<Option<u64>, Result<transit::Key<'a>, Failed>>;

impl Operation {
    /// Reads an operation; `None` if it is none that a key can be used for.
    pub(super) fn parse(message: Zeroizing<KeyOperation>) -> Option<Self> {
        let what = KeyUse::try_from(message.operation).ok()?;
        if matches!(what, KeyUse::Unspecified | KeyUse::Get) {
            return None;
        }
        let sealed = match (takes(what).sealed, message.sealed.as_str()) {
            (true, text) => text.parse().map(Some).map_err(Failed::from),
            (false, _) => Ok(None),
        };
        Some(Self { what, message, sealed })
    }

    /// The versions of the key that it needs; without a number, the current one.
    pub(super) fn versions(&self) -> Vec<Option<u64>> {
        let of_sealed = self.sealed.as_ref().ok().and_then(Option::as_ref).map(|it| it.version);
        match self.what {
            KeyUse::Random => Vec::new(),
            KeyUse::Rewrap => of_sealed.map_or(Vec::new(), |version| vec![Some(version), None]),
            KeyUse::Derive => vec![(self.message.version != 0).then_some(self.message.version)],
            _ if takes(self.what).sealed => of_sealed.map(Some).into_iter().collect(),
            _ => vec![None],
        }
    }

    /// Does it.
    pub(super) fn carry_out(&self, keys: &Ready<'_>) -> KeyResult {
        self.result(keys).unwrap_or_else(|failed| KeyResult {
            error_code: failed.code.value(),
            error: failed.why,
            ..KeyResult::default()
        })
    }

    fn result(&self, keys: &Ready<'_>) -> Result<KeyResult, Failed> {
        self.check_fields()?;
        let sealed = self.sealed.clone()?;
        let (input, associated) = (&self.message.input, &self.message.associated_data);
        let length = usize::try_from(self.message.length).unwrap_or(usize::MAX);
        let key = |version| Self::key(keys, version);
        let old = || match &sealed {
            Some(sealed) => Ok((key(Some(sealed.version))?, sealed)),
            None => Err(Failed::because("nothing was given to work on (sealed)")),
        };
        Ok(match self.what {
            KeyUse::Encrypt => made(&key(None)?.encrypt(input, associated)?),
            KeyUse::Wrap => made(&key(None)?.wrap(input, associated)?),
            KeyUse::Mac => made(&key(None)?.mac(input)?),
            KeyUse::Sign => made(&key(None)?.sign(self.algorithm()?, input)?),
            KeyUse::DataKey => {
                let (data_key, wrapped) = key(None)?.data_key(length, associated)?;
                KeyResult { output: data_key.expose().to_vec(), ..made(&wrapped) }
            }
            KeyUse::Decrypt => {
                let (key, sealed) = old()?;
                shown(sealed.version, &key.decrypt(&sealed.bytes, associated)?)
            }
            KeyUse::Unwrap => {
                let (key, sealed) = old()?;
                shown(sealed.version, &key.unwrap(&sealed.bytes, associated)?)
            }
            KeyUse::Rewrap => {
                let (from, sealed) = old()?;
                made(&key(None)?.rewrap(from, &sealed.bytes, associated)?)
            }
            KeyUse::Verify => {
                let (key, sealed) = old()?;
                let valid = key.verify(self.algorithm()?, input, &sealed.bytes)?;
                KeyResult { valid, version: sealed.version, ..KeyResult::default() }
            }
            KeyUse::VerifyMac => {
                let (key, sealed) = old()?;
                let valid = key.verify_mac(input, &sealed.bytes)?;
                KeyResult { valid, version: sealed.version, ..KeyResult::default() }
            }
            KeyUse::Derive => {
                let version = (self.message.version != 0).then_some(self.message.version);
                let key = key(version)?;
                shown(key.version(), &key.derive(input, length)?)
            }
            KeyUse::Random => shown(0, &transit::random(length)?),
            KeyUse::Unspecified | KeyUse::Get => return Err(Failed::because("no operation")),
        })
    }

    fn key<'a, 'b>(
        keys: &'a Ready<'b>,
        version: Option<u64>,
    ) -> Result<&'a transit::Key<'b>, Failed> {
        match keys.get(&version) {
            Some(Ok(key)) => Ok(key),
            Some(Err(failed)) => Err(failed.clone()),
            None => Err(Failed::because("the key was not read")),
        }
    }

    fn algorithm(&self) -> Result<KeySignature, Failed> {
        KeySignature::try_from(self.message.algorithm)
            .map_err(|_| Failed::because("the algorithm of the signature is unknown"))
    }

    /// Refuses what the operation would ignore: its caller means something else by it.
    fn check_fields(&self) -> Result<(), Failed> {
        let (message, takes) = (&*self.message, takes(self.what));
        for (given, taken, name) in [
            (!message.input.is_empty(), takes.input, "input"),
            (!message.sealed.is_empty(), takes.sealed, "sealed"),
            (!message.associated_data.is_empty(), takes.associated, "associatedData"),
            (message.algorithm != 0, takes.algorithm, "algorithm"),
            (message.length != 0, takes.length, "length"),
            (message.version != 0, self.what == KeyUse::Derive, "version"),
        ] {
            if given && !taken {
                let word = self.what.word();
                return Err(Failed::because(&format!("{word} takes no {name}")));
            }
        }
        Ok(())
    }
}

/// Which fields an operation takes.
struct Takes {
    input: bool,
    sealed: bool,
    associated: bool,
    algorithm: bool,
    length: bool,
}

fn takes(what: KeyUse) -> Takes {
    use KeyUse::{
        DataKey, Decrypt, Derive, Encrypt, Mac, Random, Rewrap, Sign, Unwrap, Verify, VerifyMac,
        Wrap,
    };
    Takes {
        input: matches!(what, Encrypt | Wrap | Sign | Verify | Mac | VerifyMac | Derive),
        sealed: matches!(what, Decrypt | Unwrap | Rewrap | Verify | VerifyMac),
        associated: matches!(what, Encrypt | Decrypt | Wrap | Unwrap | Rewrap | DataKey),
        algorithm: matches!(what, Sign | Verify),
        length: matches!(what, Derive | DataKey | Random),
    }
}

/// The result of an operation that makes something.
fn made(sealed: &transit::Versioned) -> KeyResult {
    KeyResult { version: sealed.version, sealed: sealed.to_string(), ..KeyResult::default() }
}

/// The result of an operation that shows something to the caller.
fn shown(version: u64, output: &SecretBytes) -> KeyResult {
    KeyResult { version, output: output.expose().to_vec(), ..KeyResult::default() }
}

//! Signatures for callers who have not shown who they are.

use aecs_crypto::{KeyHash, KeyPair, Purpose, Suite, envelope};
use aecs_proto::DigitalEnvelopeEncrypted;
use parking_lot::Mutex;

use crate::{
    error::{Cause, Error, internal},
    share::Share,
};

/// How many signatures of RSA or SM2 in a second anybody gets: less than a tenth of a processor.
const PER_SECOND: u32 = 128;

/// What bounds the work that anybody can ask for.
pub(crate) struct AnonymousSignatures {
    share: Share,
    /// The signature of the status that was told last. Protocol 2.0 has no nonce, so its status
    /// stays the same for a long time.
    last_status: Mutex<Option<(KeyHash, String, DigitalEnvelopeEncrypted)>>,
}

impl AnonymousSignatures {
    pub(crate) fn new() -> Self {
        Self { share: Share::per_second(PER_SECOND), last_status: Mutex::default() }
    }

    /// Lets a signature be made. Those of x25519 cost next to nothing; of the others, at most [`PER_SECOND`]
    /// are made in a second.
    pub(crate) fn allow(&self, suite: Suite) -> Result<(), Error> {
        if suite == Suite::Modern || self.share.take() {
            return Ok(());
        }
        Err(Cause::TooManySignatures { suite }.into())
    }

    /// Signs a status, unless it is the one that was signed last.
    pub(crate) fn of_status(
        &self,
        key: &KeyPair,
        status: &str,
    ) -> Result<DigitalEnvelopeEncrypted, Error> {
        let (suite, name) = (key.suite(), key.public().fingerprint());
        let last = || self.last_status.lock();
        if let Some((of, text, signature)) = &*last()
            && *of == name
            && text == status
        {
            return Ok(signature.clone());
        }
        self.allow(suite)?;
        let signature = sign_status(key, status)?;
        if suite != Suite::Modern {
            *last() = Some((name, status.to_owned(), signature.clone()));
        }
        Ok(signature)
    }
}

/// Signs a status.
pub(crate) fn sign_status(key: &KeyPair, status: &str) -> Result<DigitalEnvelopeEncrypted, Error> {
    envelope::sign_detached(Purpose::STATUS, key, status.as_bytes())
        .map_err(internal("signing the status"))
}

//! Sessions of trusted applications (docs/protocol-2.1.md, "Sessions"): keys that both ends have after
//! one attested call, so that later ones need no signature and no report.
//!
//! The exchange is HPKE (RFC 9180) to a fresh key of the application, which its attested key has signed
//! for, in an answer that the server's attested key has signed. Nothing is encrypted with it: two keys
//! are exported. One authenticates requests. From the other, the key of each answer is derived, with 32
//! fresh bytes of the server.
//!
//! Invariants:
//! - nothing is answered but a request whose code is right and whose counter is new: only
//!   [`ServerEnd::accept`] makes an [`Accepted`], and [`ServerEnd::seal`] needs one;
//! - an answer opens for the request that it was made for, and for no other;
//! - no key encrypts twice, so that no nonce can repeat;
//! - the application's share is used for one exchange, and is gone after it.

mod window;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aecs_proto::{
    DeploymentState, TaSession, TaSessionAnswer, TaSessionCallRequest, TaSessionCallResponse,
};
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use aws_lc_rs::hmac;
use prost::Message as _;
use zeroize::Zeroizing;

use self::window::Window;
use crate::binding;
use crate::cipher::{GCM_IV, GCM_TAG, aead_open, aead_seal};
use crate::derivation::aes_256_gcm_key;
use crate::error::{Error, Result};
use crate::hash::random;
use crate::key::KeyHash;
use crate::key::modern::hpke;
use crate::labels::session as label;
use crate::transcript::Transcript;

pub use self::window::WINDOW;

/// Bytes of the name of a session.
pub const ID_BYTES: usize = 16;
/// Random bytes of the server in each answer.
const RANDOM_BYTES: usize = 32;
/// Bytes of the code of a request.
const MAC_BYTES: usize = 32;
/// The key of an answer is used once, so its vector is always the same.
const IV: [u8; GCM_IV] = [0; GCM_IV];

/// The exporter contexts of the two keys.
const EXPORTS: [&[u8]; 2] = [label::REQUESTS.as_bytes(), label::ANSWERS.as_bytes()];

/// Whose session it is, and the request that it begins with: what both ends know before it begins.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    /// The application's attested key.
    pub application: KeyHash,
    /// The server's attested key.
    pub server: KeyHash,
    /// The id of the deployment.
    pub deployment: &'a [u8; 32],
    /// The boot nonce of the server's process.
    pub boot_nonce: &'a [u8; 32],
    /// The nonce of the request.
    pub nonce: &'a [u8],
}

/// How long a session may last.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// When the validity of the application's evidence ends, in milliseconds since 1970.
    pub evidence_until_ms: i64,
    /// The longest time of the session, in milliseconds.
    pub lifetime_ms: i64,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its code is not that of the other end over this request.
    #[error("the code of the request is wrong")]
    Forged,
    /// Its counter was used before, or is too old to tell.
    #[error(
        "the counter of the request was used before, or is {WINDOW} or more behind the highest"
    )]
    Replayed,
}

/// The application's half of an exchange, for one request.
pub struct Share(hpke::PrivateKey);

impl Share {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn generate() -> Result<Self> {
        hpke::PrivateKey::generate().map(Self).map_err(|_| Error::Library("X25519 key"))
    }

    /// What the server is sent, under the signature of the attested key.
    pub fn public(&self) -> &[u8; 32] {
        self.0.public()
    }

    /// Begins the session that the server has offered in an answer whose signature was verified.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] for a share that is none, [`Error::MissingPart`] for a session without
    /// a name.
    pub fn begin(self, parties: Parties<'_>, offered: &TaSession) -> Result<ClientEnd> {
        let id = offered.id.as_slice().try_into().map_err(|_| Error::MissingPart("session id"))?;
        let info = info(parties, &id, terms_of(offered));
        let keys = self
            .0
            .export(&offered.share, info.as_bytes(), EXPORTS)
            .map_err(|_| Error::MalformedKey("share of the server"))?;
        Ok(ClientEnd { id, keys: Keys::new(&keys), next: AtomicU64::new(1) })
    }
}

fn terms_of(session: &TaSession) -> Terms {
    let TaSession { evidence_until_ms, lifetime_ms, .. } = *session;
    Terms { evidence_until_ms, lifetime_ms }
}

/// HPKE `info` of the exchange: everything that the session belongs to. The two shares are part of
/// HPKE's own schedule.
fn info(parties: Parties<'_>, id: &[u8; ID_BYTES], terms: Terms) -> Transcript {
    Transcript::new(label::EXCHANGE)
        .field(parties.application.as_bytes())
        .field(parties.server.as_bytes())
        .field(parties.deployment)
        .field(parties.boot_nonce)
        .field(parties.nonce)
        .field(id)
        .field(&terms.evidence_until_ms.to_be_bytes())
        .field(&terms.lifetime_ms.to_be_bytes())
}

/// The keys of a session, one for each direction.
struct Keys {
    requests: hmac::Key,
    answers: Prk,
}

impl Keys {
    fn new([requests, answers]: &[hpke::Exported; 2]) -> Self {
        Self {
            requests: hmac::Key::new(hmac::HMAC_SHA256, requests.as_slice()),
            answers: Prk::new_less_safe(HKDF_SHA256, answers.as_slice()),
        }
    }

    /// The key of one answer.
    fn answer(&self, random: &[u8]) -> Result<LessSafeKey> {
        let info = Transcript::new(label::ANSWER_KEY).field(random);
        aes_256_gcm_key(&self.answers, info.as_bytes())
    }
}

/// What the code of a request covers.
fn covered(request: &TaSessionCallRequest) -> Transcript {
    Transcript::new(label::REQUEST)
        .field(&request.session_id)
        .field(&request.counter.to_be_bytes())
        .field(request.function_name.as_bytes())
        .field(&binding::state(request.remembered.as_ref()))
        .field(request.req_json.as_bytes())
}

/// Associated data of the answer to a request. The code stands for all of the request.
fn answered(id: &[u8; ID_BYTES], counter: u64, mac: &[u8]) -> Transcript {
    Transcript::new(label::ANSWER).field(id).field(&counter.to_be_bytes()).field(mac)
}

/// The server's end of a session.
pub struct ServerEnd {
    id: [u8; ID_BYTES],
    keys: Keys,
    window: Mutex<Window>,
}

/// A request of the other end that came for the first time.
pub struct Accepted {
    /// What its answer is bound to.
    answered: Transcript,
}

impl ServerEnd {
    /// Begins a session with the sender of a share that its attested key has signed for. The second
    /// part is what it is offered, in an answer that the server's attested key signs.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] for a share that is none; [`Error::Library`] if the cryptographic
    /// library fails.
    pub fn begin(share: &[u8], parties: Parties<'_>, terms: Terms) -> Result<(Self, TaSession)> {
        let ephemeral = PrivateKey::generate(&X25519).map_err(|_| Error::Library("X25519 key"))?;
        Self::begin_from(&ephemeral, random()?, share, parties, terms)
    }

    fn begin_from(
        ephemeral: &PrivateKey,
        id: [u8; ID_BYTES],
        share: &[u8],
        parties: Parties<'_>,
        terms: Terms,
    ) -> Result<(Self, TaSession)> {
        let info = info(parties, &id, terms);
        let (share, keys) = hpke::PublicKey::from_bytes(share)
            .and_then(|share| share.export(ephemeral, info.as_bytes(), EXPORTS))
            .map_err(|_| Error::MalformedKey("share of the application"))?;
        let Terms { evidence_until_ms, lifetime_ms } = terms;
        let offered = TaSession { id: id.to_vec(), share, evidence_until_ms, lifetime_ms };
        Ok((Self { id, keys: Keys::new(&keys), window: Mutex::default() }, offered))
    }

    /// The name of the session.
    pub fn id(&self) -> &[u8; ID_BYTES] {
        &self.id
    }

    /// Takes a request that the other end has made, once. The code is compared before the counter is
    /// noted: nobody else uses up counters.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub fn accept(&self, request: &TaSessionCallRequest) -> Result<Accepted, Refused> {
        // The library compares without telling how much of it is right.
        hmac::verify(&self.keys.requests, covered(request).as_bytes(), &request.mac)
            .map_err(|_| Refused::Forged)?;
        // Every statement leaves the window usable.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        match window.take(request.counter) {
            true => Ok(Accepted { answered: answered(&self.id, request.counter, &request.mac) }),
            false => Err(Refused::Replayed),
        }
    }

    /// Encrypts the answer to a request.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn seal(
        &self,
        request: &Accepted,
        answer: &TaSessionAnswer,
    ) -> Result<TaSessionCallResponse> {
        self.seal_under(&random()?, request, answer)
    }

    fn seal_under(
        &self,
        random: &[u8; RANDOM_BYTES],
        request: &Accepted,
        answer: &TaSessionAnswer,
    ) -> Result<TaSessionCallResponse> {
        let plain = Zeroizing::new(answer.encode_to_vec());
        let (key, aad) = (self.keys.answer(random)?, request.answered.as_bytes());
        let (mut sealed, tag) = aead_seal(&key, IV, aad, &plain)?;
        sealed.extend_from_slice(&tag);
        Ok(TaSessionCallResponse { random: random.to_vec(), sealed })
    }
}

/// The application's end of a session.
pub struct ClientEnd {
    id: [u8; ID_BYTES],
    keys: Keys,
    next: AtomicU64,
}

/// A request that waits for its answer.
pub struct Asked {
    answered: Transcript,
}

impl ClientEnd {
    /// Makes a request. Each has another counter, also one that asks for the same again.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] after 2^64 requests.
    pub fn ask(
        &self,
        function: &str,
        req_json: String,
        remembered: Option<DeploymentState>,
    ) -> Result<(TaSessionCallRequest, Asked)> {
        let counter = self.next.fetch_add(1, Ordering::Relaxed);
        if counter == 0 {
            return Err(Error::Library("the counter of a session is used up"));
        }
        let mut request = TaSessionCallRequest {
            session_id: self.id.to_vec(),
            counter,
            function_name: function.to_owned(),
            req_json,
            remembered,
            mac: Vec::with_capacity(MAC_BYTES),
        };
        let mac = hmac::sign(&self.keys.requests, covered(&request).as_bytes());
        request.mac.extend_from_slice(mac.as_ref());
        let answered = answered(&self.id, counter, &request.mac);
        Ok((request, Asked { answered }))
    }

    /// Opens the answer to a request.
    ///
    /// # Errors
    ///
    /// [`Error::Decryption`] if it is not the other end's answer to this request.
    pub fn open(
        &self,
        asked: &Asked,
        answer: &TaSessionCallResponse,
    ) -> Result<Zeroizing<TaSessionAnswer>> {
        if answer.random.len() != RANDOM_BYTES {
            return Err(Error::Decryption);
        }
        let (cipher, tag) = answer.sealed.split_last_chunk::<GCM_TAG>().ok_or(Error::Decryption)?;
        let (key, aad) = (self.keys.answer(&answer.random)?, asked.answered.as_bytes());
        let plain = aead_open(&key, IV, aad, cipher, *tag)?;
        let answer = TaSessionAnswer::decode(plain.as_slice());
        answer.map(Zeroizing::new).map_err(|_| Error::MissingPart("content of the answer"))
    }
}

#[cfg(test)]
mod tests;

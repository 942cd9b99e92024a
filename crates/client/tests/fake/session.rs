//! The sessions of the fake server.

use aecs_crypto::session::{Parties, ServerEnd, Terms};

use super::*;

impl Fake {
    /// Begins a session with the sender of a request, if it asks for one.
    pub(super) fn begin_session(
        &self,
        identity: &KeyPair,
        application: &PublicKey,
        request: &TaRemoteCallRequest,
    ) -> Option<TaSession> {
        let binding = request.binding.as_ref()?;
        let share = request.session_share.as_slice();
        if share.is_empty() {
            return None;
        }
        assert!(*self.has_sessions.lock().unwrap(), "nobody has offered any");
        let other = [0; 16];
        let parties = Parties {
            application: application.fingerprint(),
            server: match self.is(Lie::SessionOfOtherServer) {
                true => self.other.public().fingerprint(),
                false => identity.public().fingerprint(),
            },
            deployment: binding.deployment_id.as_slice().try_into().unwrap(),
            boot_nonce: binding.boot_nonce.as_slice().try_into().unwrap(),
            nonce: if self.is(Lie::SessionOfOtherRequest) { &other } else { &request.nonce },
        };
        let lifetime_ms = *self.session_ms.lock().unwrap();
        let terms = Terms { evidence_until_ms: 1_800_000_000_000, lifetime_ms };
        let (end, offered) = ServerEnd::begin(share, parties, terms).unwrap();
        *self.session.lock().unwrap() = Some(end);
        Some(offered)
    }

    pub(super) fn in_session(
        &self,
        request: &TaSessionCallRequest,
    ) -> Result<TaSessionCallResponse, Status> {
        let calls = self.session_calls.fetch_add(1, Ordering::SeqCst);
        if let Lie::SessionUnknown(times) = *self.lie.lock().unwrap()
            && calls < times
        {
            return Err(Status::failed_precondition("unknown | Error code: 0xA2110000"));
        }
        let session = self.session.lock().unwrap();
        let unknown = || Status::failed_precondition("unknown | Error code: 0xA2110000");
        let end = session.as_ref().ok_or_else(unknown)?;
        let accepted = end.accept(request).map_err(|_| Fake::not_authentic())?;
        assert_eq!(request.function_name, "TaGetSecret");
        let get: TaGetSecretRequest = json::from_str(&request.req_json).unwrap();
        let nonce = if self.is(Lie::OtherInnerNonce) { "other".to_owned() } else { get.nonce };
        let (unchanged, none) = (self.is(Lie::Unchanged), self.is(Lie::NoAnswer));
        let response = TaGetSecretResponse { secret_enc: None, nonce, unchanged };
        let secret = json::to_string(&self.secret(&get.service_name, &get.secret_name));
        let answer = TaSessionAnswer {
            res_json: json::to_string(&response),
            secret: if unchanged || none { String::new() } else { secret },
            state: Some(self.state()),
        };
        let mut sealed = end.seal(&accepted, &answer).unwrap();
        let mut last = self.last_answer.lock().unwrap();
        if self.is(Lie::AnswerToOtherRequest)
            && let Some(last) = last.clone()
        {
            return Ok(last);
        }
        *last = Some(sealed.clone());
        if self.is(Lie::SessionAnswerChanged) {
            sealed.sealed[0] ^= 1;
        }
        Ok(sealed)
    }
}

//! What requests and answers of protocol 2.1 sign or seal beside their content, so that none can
//! be moved to another function, request or server.
//!
//! Each is a [`Transcript`]: a label, then every field with its length in front. Client and server
//! build them here, and nowhere else.

use aecs_proto::{DeploymentState, RequestBinding, TaRemoteCallRequest, TaSession};

use crate::{KeyHash, Transcript, labels::binding as label};

/// What a trusted application signs of its request: the function, the issue time (milliseconds
/// since 1970, as 8 bytes big-endian), the nonce, the SHA-256 of the server's public PEM, the
/// digest of what the request is bound to (empty without it), the request's JSON, and the share for a
/// session if there is one.
#[must_use]
pub fn ta_request(signed: &TaRemoteCallRequest, server: KeyHash) -> Transcript {
    let binding = signed.binding.as_ref().map(|binding| request(binding).to_vec());
    let request = Transcript::new(label::TA_REQUEST)
        .field(signed.function_name.as_bytes())
        .field(&signed.issued_at_ms.to_be_bytes())
        .field(&signed.nonce)
        .field(server.as_bytes())
        .field(&binding.unwrap_or_default())
        .field(signed.req_json.as_bytes());
    match signed.session_share.as_slice() {
        [] => request,
        share => request.field(share),
    }
}

/// The digest of what a request is bound to: the server's key, the deployment, the process, the
/// act, and the state that the client remembers (empty without one).
fn request(binding: &RequestBinding) -> [u8; 32] {
    Transcript::new(label::REQUEST_BINDING)
        .field(&binding.server_key_hash)
        .field(&binding.deployment_id)
        .field(&binding.boot_nonce)
        .field(&binding.act_id)
        .field(&state(binding.remembered.as_ref()))
        .sha256()
}

/// The epoch and the revision of the settings (8 bytes each, big-endian), and the chain; empty
/// without a state.
pub(crate) fn state(state: Option<&DeploymentState>) -> Vec<u8> {
    let Some(state) = state else { return Vec::new() };
    let mut bytes = Vec::with_capacity(48);
    bytes.extend_from_slice(&state.epoch.to_be_bytes());
    bytes.extend_from_slice(&state.settings_revision.to_be_bytes());
    bytes.extend_from_slice(&state.chain);
    bytes
}

/// What an answer tells beside its content.
#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    /// The records after the call; none before the server works.
    pub state: Option<&'a DeploymentState>,
    /// The act was carried out before.
    pub done_before: bool,
    /// The session that begins; none in answers to administrators.
    pub session: Option<&'a TaSession>,
}

/// What the server signs in answer to a trusted application: the function and the nonce of the
/// request, the state after the call (empty without one), one byte that is 1 if the act was carried
/// out before and else 0, the answer's JSON, and the digest of the session that begins if one does.
#[must_use]
pub fn ta_response(
    function: &str,
    nonce: &[u8],
    told: AnswerContext<'_>,
    res_json: &str,
) -> Transcript {
    let answer = Transcript::new(label::TA_RESPONSE)
        .field(function.as_bytes())
        .field(nonce)
        .field(&state(told.state))
        .field(&[u8::from(told.done_before)])
        .field(res_json.as_bytes());
    match told.session {
        None => answer,
        Some(begun) => answer.field(&session(begun)),
    }
}

/// The digest of a session that begins: its id, the server's share, the end of the evidence's validity
/// and its longest time (8 bytes each, big-endian).
fn session(begun: &TaSession) -> [u8; 32] {
    Transcript::new(label::TA_SESSION)
        .field(&begun.id)
        .field(&begun.share)
        .field(&begun.evidence_until_ms.to_be_bytes())
        .field(&begun.lifetime_ms.to_be_bytes())
        .sha256()
}

/// What the server signs with a public half: what was asked for, the nonce of the request, and
/// the answer's JSON.
#[must_use]
pub fn public_secret(service: &str, secret: &str, nonce: &str, secret_public: &str) -> Transcript {
    Transcript::new(label::PUBLIC_SECRET)
        .field(service.as_bytes())
        .field(secret.as_bytes())
        .field(nonce.as_bytes())
        .field(secret_public.as_bytes())
}

/// The AAD of the envelope that answers an administrator: the nonce and function of the request,
/// and what the answer tells, as in [`ta_response`].
#[must_use]
pub fn admin_response(nonce: &[u8], function: &str, told: AnswerContext<'_>) -> [u8; 32] {
    Transcript::new(label::ADMIN_RESPONSE)
        .field(nonce)
        .field(function.as_bytes())
        .field(&state(told.state))
        .field(&[u8::from(told.done_before)])
        .sha256()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts() {
        let key = || crate::KeyPair::generate(crate::Suite::Modern).unwrap().public().fingerprint();
        let (one, other) = (key(), key());
        let bound = |change: fn(&mut RequestBinding)| {
            let mut binding = RequestBinding {
                server_key_hash: vec![1; 32],
                deployment_id: vec![2; 32],
                boot_nonce: vec![3; 32],
                act_id: vec![4; 16],
                remembered: Some(DeploymentState {
                    epoch: 5,
                    chain: vec![6; 32],
                    settings_revision: 7,
                }),
            };
            change(&mut binding);
            binding
        };
        let message = TaRemoteCallRequest {
            function_name: "TaGetSecret".into(),
            issued_at_ms: 1,
            nonce: b"n".to_vec(),
            binding: Some(bound(|_| ())),
            req_json: "{}".into(),
            ..TaRemoteCallRequest::default()
        };
        let request = ta_request(&message, one);
        assert_ne!(request.sha256(), ta_request(&message, other).sha256());
        let changes: [fn(&mut TaRemoteCallRequest); 6] = [
            |message| message.function_name = "TaDestroySecret".into(),
            |message| message.issued_at_ms = 2,
            |message| message.nonce = b"m".to_vec(),
            |message| message.binding = None,
            |message| message.req_json = "{ }".into(),
            |message| message.session_share = vec![1; 32],
        ];
        for change in changes {
            let mut changed = message.clone();
            change(&mut changed);
            assert_ne!(request.sha256(), ta_request(&changed, one).sha256());
        }
        let changes: [fn(&mut RequestBinding); 8] = [
            |binding| binding.server_key_hash[0] = 0,
            |binding| binding.deployment_id[0] = 0,
            |binding| binding.boot_nonce[0] = 0,
            |binding| binding.act_id[0] = 0,
            |binding| binding.remembered.as_mut().unwrap().epoch = 0,
            |binding| binding.remembered.as_mut().unwrap().chain[0] = 0,
            |binding| binding.remembered.as_mut().unwrap().settings_revision = 0,
            |binding| binding.remembered = None,
        ];
        for change in changes {
            let changed = TaRemoteCallRequest { binding: Some(bound(change)), ..message.clone() };
            assert_ne!(request.sha256(), ta_request(&changed, one).sha256());
        }

        let state = DeploymentState { epoch: 1, chain: vec![1; 32], settings_revision: 0 };
        let later = DeploymentState { epoch: 2, ..state.clone() };
        let told = |state, done_before| AnswerContext { state, done_before, session: None };
        let answer = told(Some(&state), false);
        for changed in [told(Some(&later), false), told(None, false), told(Some(&state), true)] {
            assert_ne!(admin_response(b"n", "f", answer), admin_response(b"n", "f", changed));
            let [one, other] =
                [answer, changed].map(|told| ta_response("f", b"n", told, "j").sha256());
            assert_ne!(one, other);
        }
        let begun = |change: fn(&mut TaSession)| {
            let (id, share) = (vec![1; 16], vec![2; 32]);
            let mut session = TaSession { id, share, evidence_until_ms: 3, lifetime_ms: 4 };
            change(&mut session);
            ta_response("f", b"n", AnswerContext { session: Some(&session), ..answer }, "j")
                .sha256()
        };
        assert_ne!(begun(|_| ()), ta_response("f", b"n", answer, "j").sha256());
        let changes: [fn(&mut TaSession); 4] = [
            |session| session.id[0] = 0,
            |session| session.share[0] = 0,
            |session| session.evidence_until_ms = 0,
            |session| session.lifetime_ms = 0,
        ];
        for change in changes {
            assert_ne!(begun(|_| ()), begun(change));
        }
        assert_ne!(admin_response(b"n", "List", answer), admin_response(b"nL", "ist", answer));
        assert_ne!(
            ta_response("f", b"n", answer, "j").sha256(),
            ta_response("fn", b"", answer, "j").sha256()
        );
        assert_ne!(
            public_secret("a", "b", "c", "d").sha256(),
            public_secret("ab", "", "c", "d").sha256()
        );
    }
}

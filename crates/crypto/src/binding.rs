//! What requests and answers of protocol 2.1 sign or seal beside their content, so that none can
//! be moved to another function, request or server.
//!
//! Each is a [`Transcript`]: a label, then every field with its length in front. Client and server
//! build them here, and nowhere else.

use crate::{KeyHash, Transcript, labels::binding as label};

/// What a trusted application signs: the function, the issue time (milliseconds since 1970, as 8
/// bytes big-endian), the nonce, the SHA-256 of the server's public PEM, and the request's JSON.
#[must_use]
pub fn ta_request(
    function: &str,
    issued_at_ms: i64,
    nonce: &[u8],
    server: KeyHash,
    req_json: &str,
) -> Transcript {
    Transcript::new(label::TA_REQUEST)
        .field(function.as_bytes())
        .field(&issued_at_ms.to_be_bytes())
        .field(nonce)
        .field(server.as_bytes())
        .field(req_json.as_bytes())
}

/// What the server signs in answer to a trusted application: the function and the nonce of the
/// request, and the answer's JSON.
#[must_use]
pub fn ta_response(function: &str, nonce: &[u8], res_json: &str) -> Transcript {
    Transcript::new(label::TA_RESPONSE)
        .field(function.as_bytes())
        .field(nonce)
        .field(res_json.as_bytes())
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

/// The AAD of the envelope that answers an administrator: the nonce and function of the request.
#[must_use]
pub fn admin_response(nonce: &[u8], function: &str) -> [u8; 32] {
    Transcript::new(label::ADMIN_RESPONSE).field(nonce).field(function.as_bytes()).sha256()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts() {
        let key = || crate::KeyPair::generate(crate::Suite::Modern).unwrap().public().fingerprint();
        let (one, other) = (key(), key());
        let request = ta_request("TaGetSecret", 1, b"n", one, "{}");
        for changed in [
            ta_request("TaDestroySecret", 1, b"n", one, "{}"),
            ta_request("TaGetSecret", 2, b"n", one, "{}"),
            ta_request("TaGetSecret", 1, b"m", one, "{}"),
            ta_request("TaGetSecret", 1, b"n", other, "{}"),
            ta_request("TaGetSecret", 1, b"n", one, "{ }"),
        ] {
            assert_ne!(request.sha256(), changed.sha256());
        }
        assert_ne!(admin_response(b"n", "List"), admin_response(b"nL", "ist"));
        assert_ne!(ta_response("f", b"n", "j").sha256(), ta_response("fn", b"", "j").sha256());
        assert_ne!(
            public_secret("a", "b", "c", "d").sha256(),
            public_secret("ab", "", "c", "d").sha256()
        );
    }
}

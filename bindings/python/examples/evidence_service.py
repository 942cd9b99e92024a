"""A web service (Flask) that talks only to peers whose evidence it has verified.

1. The peer asks for a nonce: POST /nonce.
2. It makes a report that binds its key and SHA-256(nonce), signs the nonce with the key, and sends both:
   POST /session with JSON {"nonce": HEX, "report": TEXT, "signature": HEX}.
3. The service verifies the report against the vendors' roots, admits it by a policy, and checks the signature.

AECS_POLICY names the policy file. Nothing is asked of an AECS server.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask, request
from flask.typing import ResponseReturnValue

import aecs

#: How long a nonce is good for, in seconds, and how many there may be.
NONCE_LIFETIME, MOST_NONCES = 60.0, 10_000


def create_app(verifier: aecs.Verifier, policy: aecs.Policy) -> Flask:
    """The service, for peers that the policy admits."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    nonces: dict[bytes, float] = {}

    @app.post("/nonce")
    def nonce() -> ResponseReturnValue:
        now = time.monotonic()
        for old in [nonce for nonce, made in nonces.items() if made < now - NONCE_LIFETIME]:
            nonces.pop(old, None)
        if len(nonces) >= MOST_NONCES:
            return {"error": "too many peers at once"}, 503
        fresh = secrets.token_bytes(32)
        nonces[fresh] = now
        return {"nonce": fresh.hex()}

    @app.post("/session")
    def session() -> ResponseReturnValue:
        try:
            body = request.get_json()
            nonce, signature = bytes.fromhex(body["nonce"]), bytes.fromhex(body["signature"])
            report = str(body["report"])
        except (KeyError, TypeError, ValueError):
            return {"error": "expected nonce, report and signature"}, 400
        # Each nonce is good for one attempt.
        made = nonces.pop(nonce, None)
        if made is None or made < time.monotonic() - NONCE_LIFETIME:
            return {"error": "the nonce is not known, or too old"}, 403
        try:
            evidence = verifier.verify(report)
            policy.admit(evidence)
            check_holder(evidence, nonce, signature)
        except (aecs.UntrustedError, aecs.InputError, InvalidSignature) as error:
            app.logger.warning("refused: %s", error)
            return {"error": "the evidence is not accepted"}, 403
        return {"token": secrets.token_urlsafe(), "measurement": evidence.measurement}

    return app


def check_holder(evidence: aecs.Evidence, nonce: bytes, signature: bytes) -> None:
    """That the evidence was made for this nonce, and that the peer has the key in it."""
    if not secrets.compare_digest(evidence.user_data, hashlib.sha256(nonce).digest()):
        raise aecs.UntrustedError("the evidence was made for another nonce")
    # The first of the two keys signs.
    key = load_pem_public_key(evidence.public_key.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise aecs.UntrustedError("the key in the evidence is not an Ed25519 key")
    key.verify(signature, nonce)


def main() -> None:
    """Serves on the local machine."""
    policy = aecs.Policy.load(os.environ["AECS_POLICY"])
    create_app(aecs.Verifier(), policy).run(port=8000)


if __name__ == "__main__":
    main()

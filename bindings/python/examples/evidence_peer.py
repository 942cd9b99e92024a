"""The other side of evidence_service.py: proves itself to a service, and gets a token."""

from __future__ import annotations

import hashlib
import json
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import aecs


class Peer:
    """An application in a TEE, or on a software CPU, with a key of its own."""

    def __init__(self, simulation: aecs.Simulation | None = None) -> None:
        self.simulation = simulation
        self.signing = Ed25519PrivateKey.generate()
        # A report binds a pair: one key to sign with, one to receive secrets with.
        halves = (self.signing.public_key(), X25519PrivateKey.generate().public_key())
        self.public_key = "".join(
            half.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for half in halves
        )

    def proof(self, nonce: bytes) -> dict[str, str]:
        """What the service asks for."""
        bound = hashlib.sha256(nonce).digest()
        report = aecs.make_report(self.public_key, user_data=bound, simulation=self.simulation)
        return {"nonce": nonce.hex(), "report": report, "signature": self.signing.sign(nonce).hex()}


def post(url: str, body: object = None) -> dict[str, str]:
    """Sends JSON, and reads JSON."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        answer: dict[str, str] = json.load(response)
        return answer


def main(service: str = "http://127.0.0.1:8000") -> None:
    """Proves itself to a service on the local machine."""
    nonce = bytes.fromhex(post(f"{service}/nonce")["nonce"])
    print(post(f"{service}/session", Peer().proof(nonce)))


if __name__ == "__main__":
    main()

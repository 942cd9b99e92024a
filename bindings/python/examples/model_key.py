"""Decrypts the weights of a model with a key that AECS gives to this very code: model_key.py FILE.

The file has a nonce of 12 bytes and the weights under AES-256-GCM, as `seal` writes it. The owner of the model
seals it once, on a machine of their own, with the key that they have put into AECS.

The variables of aecs_client_cli name the server: AECS_SERVER_POLICY and others.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import aecs

#: Bound to the ciphertext: weights of another model do not pass for this one's.
MODEL = b"sentiment-v3"


def seal(key: aecs.SecretBytes, weights: bytes) -> bytes:
    """What the owner of the model does."""
    nonce = os.urandom(12)
    return nonce + AESGCM(memoryview(key)).encrypt(nonce, weights, MODEL)


def load_weights(client: aecs.Client, file: Path) -> bytes:
    """The weights, in the memory of this machine only."""
    sealed = file.read_bytes()
    # The key is wiped at the end of the block.
    with client.get("service1", "model-key") as secret, secret.field("bytes") as key:
        return AESGCM(memoryview(key)).decrypt(sealed[:12], sealed[12:], MODEL)


def main() -> None:
    """Loads the file that is named on the command line."""
    with aecs.Client.from_env(wait_for_start=60) as client:
        weights = load_weights(client, Path(sys.argv[1]))
    print(f"{len(weights)} bytes of weights")


if __name__ == "__main__":
    main()

"""A test installation with a server on a simulated CPU, which all tests share."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import aecs

ROOT = Path(__file__).resolve().parents[3]
#: What the tests are on the simulated CPU, and somebody else.
MEASUREMENT = hashlib.sha256(b"the tests of the Python package").hexdigest()
STRANGER = hashlib.sha256(b"somebody else").hexdigest()


def policy(name: str, kind: str, *, data: str | None = None, measurement: str = MEASUREMENT, more: str = "") -> str:
    """A policy file with one secret for one application."""
    text = f"""\
apiVersion: v2
kind: SecretPolicy
secrets:
- spec:
    name: {name}
    type: {kind}
    service: service1
{more}    policy:
      enclaveMatchAnyRules:
      - platform: SGX_DCAP
        mrenclave: "{measurement}"
"""
    return text if data is None else f"{text}  data: {data}\n"


@dataclass
class Installation:
    """A test installation of deployment/start.sh."""

    folder: Path

    @property
    def kubetee(self) -> Path:
        return self.folder / "etc/kubetee"

    @property
    def application(self) -> Path:
        return self.kubetee / "ta_test.kubeconfig"

    @property
    def simulation(self) -> Path:
        return self.folder / "simulation"

    def enclave(self, measurement: str = MEASUREMENT) -> aecs.Simulation:
        return aecs.Simulation(self.simulation, mrenclave=measurement)

    def client(self, measurement: str = MEASUREMENT) -> aecs.Client:
        return aecs.Client.from_kubeconfig(self.application, simulation=self.enclave(measurement))

    def owner(self) -> aecs.ServiceClient:
        return aecs.ServiceClient.from_kubeconfig(self.kubetee / "service_admin_test.kubeconfig")

    def admin(self) -> aecs.AdminClient:
        return aecs.AdminClient.from_kubeconfig(self.kubetee / "aecs_admin_test.kubeconfig")

    def create(self, name: str, kind: str, **more: str) -> None:
        """Creates a secret that the tests get."""
        with self.owner() as owner:
            for secret in aecs.parse_secrets(policy(name, kind, **more)):
                owner.create(secret)


def in_threads(*lines: str) -> None:
    """Runs a program in which several threads do the last three lines, each of which is refused."""
    before, after = "\n".join(lines[:-3]), ", ".join(f"lambda: {line}" for line in lines[-3:])
    program = f"""\
import sys, threading, aecs
sys.setswitchinterval(1e-6)
{before}
refused = []
def use():
    for _ in range(100):
        for call in ({after}):
            try:
                call()
            except aecs.UsageError:
                refused.append(1)
threads = [threading.Thread(target=use, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(refused) == 8 * 100 * 3
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def wait_until(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end, "nothing was logged"
        time.sleep(0.01)


def public_key() -> str:
    """A new public key that a report can bind, and an administrator can have."""
    key = generate_private_key(65537, 2048).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def age_key() -> tuple[str, str]:
    """An identity of age, and its recipient."""
    key = X25519PrivateKey.generate()
    identity, recipient = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    return bech32("age-secret-key-", identity).upper(), bech32("age", recipient)


def bech32(prefix: str, data: bytes) -> str:
    """How age writes keys: BIP 173."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    checksum = 1
    for value in [ord(it) >> 5 for it in prefix] + [0] + [ord(it) & 31 for it in prefix] + words + [0] * 6:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            checksum ^= generator if top >> bit & 1 else 0
    words += [(checksum ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[word] for word in words)


@contextmanager
def started(folder: Path) -> Iterator[Installation]:
    """A test installation in a folder, with its server."""
    start, environment = ROOT / "deployment/start.sh", os.environ | {"AECS_INSTANCE": str(folder)}
    command = [str(start), "start", "--port", str(free_port())]
    done = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    try:
        yield Installation(folder)
    finally:
        subprocess.run([start, "stop"], env=environment, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("aecs") / "instance"
    os.environ.update(AECS_INSTANCE=str(folder), AECS_STATE_DIR=str(folder / "state"))
    with started(folder) as installation:
        yield installation


@pytest.fixture
def client(installation: Installation) -> Iterator[aecs.Client]:
    with installation.client() as client:
        yield client


@pytest.fixture
def owner(installation: Installation) -> Iterator[aecs.ServiceClient]:
    with installation.owner() as owner:
        yield owner

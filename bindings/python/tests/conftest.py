"""A test installation with a server on a simulated CPU, which all tests share."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
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


def public_key() -> str:
    """A new public key that a report can bind, and an administrator can have."""
    key = generate_private_key(65537, 2048).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("aecs") / "instance"
    os.environ.update(AECS_INSTANCE=str(folder), AECS_STATE_DIR=str(folder / "state"))
    start = ROOT / "deployment/start.sh"
    port = str(free_port())
    started = subprocess.run([start, "start", "--port", port], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert started.returncode == 0, started.stdout
    try:
        yield Installation(folder)
    finally:
        subprocess.run([start, "stop"], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def client(installation: Installation) -> Iterator[aecs.Client]:
    with installation.client() as client:
        yield client


@pytest.fixture
def owner(installation: Installation) -> Iterator[aecs.ServiceClient]:
    with installation.owner() as owner:
        yield owner

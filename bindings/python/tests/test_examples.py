"""The examples, the notebook, and what the documentation shows."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import MEASUREMENT, ROOT, STRANGER, Installation, free_port, policy, public_key
from cryptography import x509
from cryptography.exceptions import InvalidTag
from nbclient import NotebookClient
from test_recovery import shares
from werkzeug.serving import make_server

import aecs

EXAMPLES = ROOT / "bindings/python/examples"
sys.path.insert(0, str(EXAMPLES))

import evidence_peer  # noqa: E402
import evidence_service  # noqa: E402
import model_key  # noqa: E402


def environment(installation: Installation) -> dict[str, str]:
    """Where examples that are programs find the server and the software CPU."""
    named = {"AECS_SERVER_POLICY": installation.application, "AECS_SIMULATION_DIR": installation.simulation}
    return os.environ | {name: str(path) for name, path in named.items()}


@pytest.fixture(scope="module")
def python(installation: Installation) -> str:
    """The measurement of a program of this Python on the software CPU: that of the interpreter's file."""
    report = aecs.make_report(public_key(), simulation=aecs.Simulation(installation.simulation))
    root = (installation.simulation / "root-ca.pem").read_bytes()
    return aecs.Verifier(simulation_root=root).verify(report).measurement


def test_a_model_key_decrypts_weights(installation: Installation, python: str, tmp_path: Path) -> None:
    installation.create("model-key", "SECRET_TYPE_AES256_KEY", measurement=python)
    as_program = aecs.Client.from_kubeconfig(
        installation.application, simulation=installation.enclave(python)
    )
    weights = os.urandom(100_000)
    file = tmp_path / "weights"
    with as_program as client, client.get("service1", "model-key") as secret:
        file.write_bytes(model_key.seal(secret.field("bytes"), weights))
        assert model_key.load_weights(client, file) == weights
        file.write_bytes(file.read_bytes()[:-1] + b"!")
        with pytest.raises(InvalidTag):
            model_key.load_weights(client, file)
        file.write_bytes(model_key.seal(secret.field("bytes"), weights))
    program = [sys.executable, str(EXAMPLES / "model_key.py"), str(file)]
    printed = subprocess.run(program, env=environment(installation), check=True, capture_output=True, text=True)
    assert printed.stdout == "100000 bytes of weights\n"


def certificate_at(port: int) -> x509.Certificate:
    return x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode())


def test_a_tls_context_is_renewed(installation: Installation, python: str, owner: aecs.ServiceClient) -> None:
    installation.create("tls", "SECRET_TYPE_CERTIFICATE", measurement=python)
    port = free_port()
    program = [sys.executable, str(EXAMPLES / "tls_context.py"), str(port)]
    server = subprocess.Popen(program, env=environment(installation), stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 20
        while True:
            try:
                first = certificate_at(port)
                break
            except ConnectionRefusedError:
                assert server.poll() is None and time.monotonic() < end, server.communicate()
                time.sleep(0.1)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with trusting.wrap_socket(socket.create_connection(("127.0.0.1", port))) as connection:
            connection.sendall(b"one\n")
            assert connection.recv(100) == b"hello one\n"
            owner.rotate("tls")
            end = time.monotonic() + 20
            while certificate_at(port).serial_number == first.serial_number:
                assert time.monotonic() < end, "the certificate was not renewed"
                time.sleep(0.1)
            connection.sendall(b"two\n")
            assert connection.recv(100) == b"hello two\n", "an open connection goes on"
    finally:
        server.terminate()
        server.communicate()


@pytest.fixture
def service(installation: Installation) -> Iterator[str]:
    root = (installation.simulation / "root-ca.pem").read_bytes()
    wanted = aecs.Policy.parse(policy("peers", "SECRET_TYPE_AES256_KEY"))
    app = evidence_service.create_app(aecs.Verifier(simulation_root=root), wanted)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(service: str, body: object) -> int:
    import urllib.error

    with pytest.raises(urllib.error.HTTPError) as raised:
        evidence_peer.post(f"{service}/session", body)
    with raised.value:
        assert "error" in json.load(raised.value)
        return raised.value.code


def test_a_service_verifies_its_peers(installation: Installation, service: str) -> None:
    def nonce() -> bytes:
        return bytes.fromhex(evidence_peer.post(f"{service}/nonce")["nonce"])

    peer = evidence_peer.Peer(installation.enclave())
    proof = peer.proof(nonce())
    session = evidence_peer.post(f"{service}/session", proof)
    assert session["measurement"] == MEASUREMENT.upper() and session["token"]
    # Replayed; for a nonce of its own; of a stranger; signed by another key; and no proof at all.
    assert refused(service, proof) == 403
    assert refused(service, peer.proof(os.urandom(32))) == 403
    fresh = nonce()
    stale = peer.proof(nonce()) | {"nonce": fresh.hex(), "signature": peer.signing.sign(fresh).hex()}
    assert refused(service, stale) == 403
    assert refused(service, evidence_peer.Peer(installation.enclave(STRANGER)).proof(nonce())) == 403
    fresh = nonce()
    forged = peer.proof(fresh) | {"signature": evidence_peer.Peer().signing.sign(fresh).hex()}
    assert refused(service, forged) == 403
    assert refused(service, {"nonce": nonce().hex(), "report": "{}", "signature": ""}) == 403
    assert refused(service, ["nonce"]) == 400


def test_the_notebook_walks_through_the_quick_start(installation: Installation, tmp_path: Path) -> None:
    notebook = nbformat.read(EXAMPLES / "quick_start.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code"), "commit it without output"
    # Not in the folder of the sources, which are not built.
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=place).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.get("text", "") for output in outputs)
    for part in [
        "<aecs.SecretBytes> of 28 bytes",
        "version 1>",
        "version 2>",
        "0xAA280000",
        "DENIAL_POLICY " + hashlib.sha256(b"somebody else").hexdigest()[:16].upper(),
        "- measurement: expected",
    ]:
        assert part in printed, f"{part!r} is not in {printed}"


def test_latencies_are_measured(installation: Installation, python: str) -> None:
    installation.create("latency", "SECRET_TYPE_AES256_KEY", measurement=python)
    program = [sys.executable, str(EXAMPLES / "get_latency.py"), "service1", "latency", "100"]
    printed = subprocess.run(program, env=environment(installation), check=True, capture_output=True, text=True)
    measured = json.loads(printed.stdout)
    assert [it["client"] for it in measured] == ["python", "python-asyncio"]
    assert all(0 < it["p50_us"] <= it["p99_us"] and it["calls"] == 100 for it in measured)


GUIDE = (ROOT / "docs/guide/python.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def places(installation: Installation) -> dict[str, str]:
    """What the guide names, and what stands in its place in a test."""
    kubetee, root = installation.kubetee, installation.simulation / "root-ca.pem"
    return {
        '"/etc/kubetee/ta.kubeconfig"': f"{str(installation.application)!r}, simulation=ENCLAVE",
        '"/etc/kubetee/service1.kubeconfig"': repr(str(kubetee / "service_admin_test.kubeconfig")),
        '"/etc/kubetee/aecs_admin.kubeconfig"': repr(str(kubetee / "aecs_admin_test.kubeconfig")),
        '"/etc/kubetee/custodian.kubeconfig"': repr(str(installation.application)),
        '"deployment/aecs_instance/simulation"': repr(str(installation.simulation)),
        '"deployment/aecs_instance/etc/kubetee/ta_test.kubeconfig"': repr(str(installation.application)),
        "aecs.Verifier()": f"aecs.Verifier(simulation_root=Path({str(root)!r}).read_bytes())",
    }


def test_the_guide_has_what_is_replaced_in_it(installation: Installation) -> None:
    code = "".join(SNIPPETS)
    missing = [name for name in places(installation) if name not in code]
    assert not missing, f"docs/guide/python.md does not have {missing} any more: `places` has to follow it"


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_the_guide_is_right(
    installation: Installation, owner: aecs.ServiceClient, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece of code of the guide runs, with the files of the installation in the place of its names."""
    use = "    use:\n      operations: [encrypt, decrypt]\n"
    for name, kind, more in [
        ("db-password", "SECRET_TYPE_IMPORT_DATA", ""),
        ("cards", "SECRET_TYPE_AES256_KEY", use),
    ]:
        if owner.info(name) is None:
            installation.create(name, kind, more=more, **({} if more else {"data": "one"}))
    if "recovery-1-alice.share" in SNIPPETS[number]:
        share, identity = shares(installation, ["alice", "bob"])[0]
        (tmp_path / "recovery-1-alice.share").write_text(share)
        (tmp_path / "alice.txt").write_text(identity)
    key = public_key()
    report = aecs.make_report(key, simulation=installation.enclave())
    for file, content in [
        ("ta.kubeconfig", installation.application.read_text()),
        ("report.json", report),
        ("policy.yaml", policy("peers", "SECRET_TYPE_AES256_KEY")),
        ("secrets.yaml", policy("from-the-guide", "SECRET_TYPE_IMPORT_DATA", data="one")),
    ]:
        (tmp_path / file).write_text(content)
    code = SNIPPETS[number]
    for name, path in places(installation).items():
        code = code.replace(name, path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_KEY", key)

    def log_in(password: str) -> None:
        assert password

    names = {"ENCLAVE": installation.enclave(), "MEASUREMENT": MEASUREMENT, "log_in": log_in, "__name__": "guide"}
    exec(compile(code, f"docs/guide/python.md, piece {number + 1}", "exec"), names)
    main = names.get("main")
    if callable(main):
        asyncio.run(main())

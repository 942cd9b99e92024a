"""The client of applications."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from conftest import MEASUREMENT, STRANGER, Installation, in_threads

import aecs


def test_each_type_has_its_fields(installation: Installation, client: aecs.Client) -> None:
    installation.create("types-aes", "SECRET_TYPE_AES256_KEY")
    installation.create("types-ec", "SECRET_TYPE_EC_P256_KEY_PAIR")
    installation.create("types-cert", "SECRET_TYPE_CERTIFICATE")
    installation.create("types-text", "SECRET_TYPE_IMPORT_DATA", data="'{\"user\": \"ada\"}'")

    with client.get("service1", "types-aes") as key:
        assert (key.name, key.service, key.version) == ("types-aes", "service1", 1)
        assert key.type == "SECRET_TYPE_AES256_KEY"
        assert key.fields == ["hex", "bytes"]
        assert len(key.field("bytes")) == 32
        assert key.bytes() == key.field("hex")
        assert bytes.fromhex(key.bytes().text()) == bytes(key.field("bytes"))
        assert json.loads(key.spec())["secretName"] == "types-aes"
        with pytest.raises(KeyError, match="it has: hex, bytes"):
            key.field("certificate")
        assert repr(key) == "<aecs.Secret service1/types-aes version 1>"
    uses: list[Callable[[], object]] = [key.bytes, key.spec, lambda: key.fields, lambda: key.field("hex")]
    for use in uses:
        with pytest.raises(aecs.UsageError, match="closed"):
            use()

    pair = client.get("service1", "types-ec")
    assert load_pem_private_key(bytes(pair.field("private-key")), None).public_key()
    certificate = client.get("service1", "types-cert")
    assert x509.load_pem_x509_certificate(bytes(certificate.field("certificate")))
    assert client.get("service1", "types-text").field("user").text() == "ada"


def test_versions_and_what_has_changed(installation: Installation, client: aecs.Client, owner: aecs.ServiceClient) -> None:
    installation.create("versions", "SECRET_TYPE_IMPORT_DATA", data="one")
    first = client.get("service1", "versions")
    assert client.get_if_changed("service1", "versions", first.tag) is None
    assert owner.put("versions", b"two \xff") == 2
    second = client.get_if_changed("service1", "versions", first.tag)
    assert second is not None and second.version == 2 and second.tag != first.tag
    assert bytes(second.bytes()) == b"two \xff"
    assert client.get_version("service1", "versions", 1).bytes() == b"one"
    with pytest.raises(aecs.RefusedError) as raised:
        client.get_version("service1", "versions", 7)
    assert raised.value.code_name == "NoVersion"


def test_several_secrets_in_one_call(installation: Installation, client: aecs.Client) -> None:
    installation.create("many-1", "SECRET_TYPE_IMPORT_DATA", data="one")
    found = client.get_many([("service1", "many-1"), ("service1", "there-is-none")])
    assert isinstance(found[0], aecs.Secret) and found[0].bytes() == b"one"
    assert isinstance(found[1], aecs.Error) and found[1].code == "0xAA280000"
    assert isinstance(found[1], aecs.RefusedError) and found[1].code_name == "NoSuchName"
    listed = client.list_secrets("service1", "many-")
    assert listed == [aecs.ListedSecret("many-1", "SECRET_TYPE_IMPORT_DATA", 1)]


def test_a_stranger_is_denied_and_the_owner_sees_why(installation: Installation, owner: aecs.ServiceClient) -> None:
    installation.create("not-yours", "SECRET_TYPE_IMPORT_DATA", data="one")
    with installation.client(STRANGER) as stranger:
        with pytest.raises(aecs.DeniedError) as raised:
            stranger.get("service1", "not-yours")
        assert stranger.list_secrets("service1") == []
    error = raised.value
    assert isinstance(error, aecs.RefusedError)
    assert (error.code, error.code_name, error.temporary) == ("0xAA280000", "NoSuchName", False)
    assert error.help is not None and "serviceadmin denials" in error.help
    assert str(error).endswith(f"\n  help: {error.help}")
    told = aecs.Client.from_kubeconfig(
        installation.application, simulation=installation.enclave(STRANGER), user_data=bytes(range(32))
    )
    with told, pytest.raises(aecs.DeniedError):
        told.get("service1", "not-yours")
    users = [denial.message["attributes"]["hex_user_data"] for denial in owner.denials("not-yours")]
    assert bytes(range(32)).hex().upper() in users
    denial, *_ = owner.denials("not-yours")
    assert (denial.secret, denial.reason) == ("not-yours", "DENIAL_POLICY")
    assert denial.message["attributes"]["hex_ta_measurement"] == STRANGER.upper()


def test_a_secret_of_its_own(client: aecs.Client) -> None:
    client.create(aecs.NewSecret("mine", "SECRET_TYPE_SM4_KEY"), bind="signer")
    with client.get(aecs.TRUSTED_APPLICATIONS, "mine") as mine:
        assert len(mine.field("bytes")) == 16
    with pytest.raises(aecs.ExistsError):
        client.create(aecs.NewSecret("mine", "SECRET_TYPE_SM4_KEY"), bind="signer")
    client.destroy("mine")
    assert client.list_secrets(aecs.TRUSTED_APPLICATIONS) == []
    with pytest.raises(aecs.InputError, match="a measurement or to a signer"):
        client.create(aecs.NewSecret("mine", "SECRET_TYPE_SM4_KEY"), bind="host")  # type: ignore[arg-type]
    with pytest.raises(aecs.InputError, match="unknown secret type"):
        aecs.NewSecret("mine", "AES")


def test_keys_that_stay_in_the_server(installation: Installation, client: aecs.Client) -> None:
    use = "    use:\n      operations: [encrypt, decrypt, rewrap, wrap, unwrap, data-key, mac, verify-mac, derive, random]\n"
    installation.create("transit", "SECRET_TYPE_AES256_KEY", more=use)
    key = client.key("service1", "transit")
    sealed = key.encrypt(b"4111", b"customer 7")
    assert sealed.startswith("aecs:v1:1:")
    assert key.decrypt(sealed, b"customer 7") == b"4111"
    assert key.decrypt(key.rewrap(sealed, b"customer 7"), b"customer 7") == b"4111"
    with pytest.raises(aecs.RefusedError) as raised:
        key.decrypt(sealed, b"customer 8")
    assert raised.value.code_name == "UseFailed" and raised.value.help
    data_key, wrapped = key.data_key(32)
    assert key.unwrap(wrapped) == data_key and key.unwrap(key.wrap(data_key)) == data_key
    assert key.verify_mac(b"data", key.mac(b"data")) and not key.verify_mac(b"other", key.mac(b"data"))
    derived, version = key.derive(b"context", 16)
    assert (len(derived), version) == (16, 1) and key.derive(b"context", 16, 1)[0] == derived
    assert len(key.random(24)) == 24
    # Associated data is a part of what is wrapped, and an earlier version is another key.
    bound, wrapped = key.data_key(32, b"customer 7")
    assert key.unwrap(wrapped, b"customer 7") == bound
    with pytest.raises(aecs.RefusedError):
        key.unwrap(wrapped)
    with pytest.raises(aecs.RefusedError):
        key.unwrap(key.wrap(b"a key of 16 byte", b"7"), b"8")
    with installation.owner() as owner:
        owner.rotate("transit")
    assert key.derive(b"context", 16)[1] == 2 and key.derive(b"context", 16)[0] != derived
    assert key.derive(b"context", 16, 1) == (derived, 1)
    assert key.rewrap(sealed, b"customer 7").startswith("aecs:v1:2:")
    done = key.batch([aecs.Operation.encrypt(b"1"), aecs.Operation.decrypt("aecs:v1:1:AAAA")])
    assert isinstance(done[0], aecs.Outcome) and done[0].sealed and isinstance(done[1], aecs.RefusedError)
    assert done[1].code == "0xA44C0000" and done[1].help and not done[1].temporary
    (outcome,) = key.batch([aecs.Operation.decrypt(key.encrypt(b"4111"))])
    assert isinstance(outcome, aecs.Outcome) and outcome.output == b"4111" and "4111" not in repr(outcome)
    # The secret itself does not leave the server.
    with pytest.raises(aecs.RefusedError):
        client.get("service1", "transit")


def test_signatures(installation: Installation, client: aecs.Client) -> None:
    use = "    use:\n      operations: [sign, verify]\n"
    installation.create("signer", "SECRET_TYPE_ED25519_KEY_PAIR", more=use)
    key = client.key("service1", "signer")
    signature = key.sign(b"a contract")
    assert key.verify(b"a contract", signature) and not key.verify(b"another one", signature)
    with pytest.raises(aecs.InputError, match="unknown signature algorithm"):
        key.sign(b"a contract", "MD5")
    installation.create("rsa-signer", "SECRET_TYPE_RSA_KEY_PAIR", more=use)
    key = client.key("service1", "rsa-signer")
    signature = key.sign(b"a contract", "KEY_SIGNATURE_RSA_PKCS1_SHA256")
    assert key.verify(b"a contract", signature, "KEY_SIGNATURE_RSA_PKCS1_SHA256")
    assert not key.verify(b"a contract", signature)


def test_a_watch_sees_each_version(installation: Installation, client: aecs.Client, owner: aecs.ServiceClient) -> None:
    installation.create("watched", "SECRET_TYPE_IMPORT_DATA", data="one")
    watch = client.watch("service1", "watched", every=0.2)
    assert next(watch).bytes() == b"one"
    assert watch.changed(within=0.3) is None
    owner.put("watched", "two")
    for secret in watch:
        assert secret.version == 2 and secret.bytes() == b"two"
        break
    owner.put("watched", "three")
    third = watch.changed(within=10)
    assert third is not None and third.bytes() == b"three"
    owner.destroy("watched")
    with pytest.raises(aecs.DeniedError):
        watch.changed(within=10)


def test_a_secret_that_comes_later(installation: Installation, client: aecs.Client) -> None:
    later = threading.Timer(0.5, installation.create, ["later", "SECRET_TYPE_IMPORT_DATA"], {"data": "one"})
    later.start()
    assert client.get_when_ready("service1", "later", 10).bytes() == b"one"
    later.join()
    with pytest.raises(aecs.DeniedError):
        client.get_when_ready("service1", "never", 0.1)


def test_other_threads_run_during_a_call(client: aecs.Client) -> None:
    turns = 0
    done = threading.Event()

    def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before = turns
    with pytest.raises(aecs.DeniedError):
        client.get_when_ready("service1", "never", 0.5)
    after = turns
    done.set()
    thread.join()
    assert after - before > 20


def test_a_client_serves_several_threads(installation: Installation, client: aecs.Client) -> None:
    installation.create("threads", "SECRET_TYPE_IMPORT_DATA", data="one")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: client.get("service1", "threads").bytes().text(), range(64)))
    assert found == ["one"] * 64


def test_a_signal_ends_a_call(client: aecs.Client) -> None:
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    # A shell starts its background programs with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        client.get_when_ready("service1", "never", 30)
    assert time.monotonic() - began < 5
    timer.join()
    signal.signal(signal.SIGINT, before)


def test_a_closed_client_and_a_forked_one_are_refused(installation: Installation) -> None:
    client = installation.client()
    pid = os.fork()
    if pid == 0:
        # Whatever happens here, it must not go on as a second test run.
        code = 1
        try:
            client.get("service1", "any")
        except aecs.UsageError as error:
            code = 0 if "forked" in str(error) else 2
            with installation.client() as another:
                code += len(another.list_secrets("service1", "forked"))
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    client.close()
    client.close()
    with pytest.raises(aecs.UsageError, match="the client is closed") as closed:
        client.get("service1", "any")
    assert closed.value.help and closed.value.code is None and not closed.value.temporary


def test_the_end_of_a_block_closes_a_client(installation: Installation) -> None:
    with installation.client() as client, installation.owner() as owner, installation.admin() as admin:
        client.list_secrets("service1")
    uses: list[Callable[[], object]] = [lambda: client.list_secrets("service1"), owner.list_secrets, admin.services]
    for use in uses:
        with pytest.raises(aecs.UsageError, match="the client is closed"):
            use()


def test_threads_that_use_a_closed_client_do_not_lock_up(installation: Installation) -> None:
    installation.create("closed", "SECRET_TYPE_IMPORT_DATA", data="one")
    enclave = f"aecs.Simulation({str(installation.simulation)!r}, mrenclave={MEASUREMENT!r})"
    in_threads(
        f"client = aecs.Client.from_kubeconfig({str(installation.application)!r}, simulation={enclave})",
        "secret = client.get('service1', 'closed')",
        "secret.close()",
        "client.close()",
        "client.get('service1', 'closed')",
        "client.key('service1', 'closed')",
        "secret.bytes()",
    )


def test_what_is_wrong_here_is_told_apart(installation: Installation) -> None:
    with pytest.raises(aecs.UnreadableError) as unreadable:
        aecs.Client.from_kubeconfig("/nowhere/kubeconfig", simulation=installation.enclave())
    assert unreadable.value.help is not None and "check the path" in unreadable.value.help
    with pytest.raises(aecs.UsageError, match="platform"):
        aecs.Client.from_kubeconfig(installation.application)
    with pytest.raises(aecs.InputError, match="unknown platform"):
        aecs.Client.from_kubeconfig(installation.application, platform="abacus")
    with pytest.raises(aecs.InputError, match="must be exactly 32 bytes, got 3"):
        aecs.Client.from_kubeconfig(installation.application, user_data=b"abc")
    with pytest.raises(aecs.InputError, match="64 hexadecimal"):
        installation.client("12")
    text = installation.application.read_text()
    port = text[text.index("127.0.0.1:") :].split()[0].split(":")[1].strip('"')
    elsewhere = installation.kubetee / "elsewhere.kubeconfig"
    elsewhere.write_text(text.replace(f":{port}", ":9"))
    with pytest.raises(aecs.UnreachableError) as unreachable:
        aecs.Client.from_kubeconfig(elsewhere, simulation=installation.enclave())
    assert unreachable.value.temporary and unreachable.value.code is None
    own = next(line for line in text.splitlines() if "deploymentId" in line).split('"')[1]
    elsewhere.write_text(text.replace(own, own[:-2] + ("00" if own[-2:] != "00" else "11")))
    with pytest.raises(aecs.UntrustedError) as untrusted:
        aecs.Client.from_kubeconfig(elsewhere, simulation=installation.enclave())
    assert untrusted.value.help and not untrusted.value.temporary


def test_the_environment_names_server_and_platform(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AECS_SERVER_POLICY", raising=False)
    with pytest.raises(aecs.UsageError, match="AECS_SERVER_POLICY"):
        aecs.Client.from_env()
    monkeypatch.setenv("AECS_SERVER_POLICY", str(installation.application))
    monkeypatch.setenv("AECS_SIMULATION_DIR", str(installation.simulation))
    with aecs.Client.from_env(wait_for_start=1) as client:
        assert client.list_secrets("service1", "none-of-this-name") == []

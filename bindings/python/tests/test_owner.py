"""The clients of administrators."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from conftest import Installation, policy, public_key, wait_until

import aecs
from aecs.service import state_file


def test_the_life_of_a_secret(installation: Installation, client: aecs.Client, owner: aecs.ServiceClient) -> None:
    (secret,) = aecs.parse_secrets(policy("life", "SECRET_TYPE_IMPORT_DATA", data="one"))
    assert (secret.name, secret.service, secret.type) == ("life", "service1", "SECRET_TYPE_IMPORT_DATA")
    assert owner.name == "service1" and owner.info("life") is None
    owner.create(secret, "another one")
    assert client.get("service1", "life").bytes() == b"another one"
    with pytest.raises(aecs.ExistsError) as exists:
        owner.create(secret)
    assert exists.value.code_name == "NameExists" and "serviceadmin put" in (exists.value.help or "")
    assert owner.apply(secret, dry_run=True) == aecs.Applied("SECRET_UPDATED", ["data"], 2)
    assert owner.apply(secret).version == 2
    assert owner.apply(secret).outcome == "SECRET_UNCHANGED"
    assert owner.put("life", aecs.SecretBytes(b"three"), if_version=2) == 3
    with pytest.raises(aecs.ConflictError):
        owner.put("life", "four", if_version=2)
    assert owner.roll_back("life", 1) == 4
    owner.delete("life", version=3)
    states = [version.state for version in owner.versions("life")]
    assert [state.removeprefix("SECRET_VERSION_") for state in states] == ["PREVIOUS", "PREVIOUS", "DELETED", "CURRENT"]
    owner.undelete("life", version=3)
    info = owner.info("life")
    assert info is not None and (info.version, info.versions) == (4, 4)
    assert info.released_ms is not None and info.expires_ms is None
    (without_data,) = aecs.parse_secrets(policy("life", "SECRET_TYPE_IMPORT_DATA"))
    owner.update(without_data, if_epoch=info.epoch)
    with pytest.raises(aecs.ConflictError):
        owner.update(without_data, if_epoch=info.epoch)
    assert [it.name for it in owner.list_secrets("life")] == ["life"]
    assert owner.delete("life") > info.released_ms
    with pytest.raises(aecs.RefusedError) as deleted:
        client.get("service1", "life")
    assert deleted.value.code_name == "Deleted"
    owner.destroy("life")
    with pytest.raises(aecs.NotFoundError):
        owner.destroy("life")


def test_configurations_and_rotation(installation: Installation, client: aecs.Client, owner: aecs.ServiceClient) -> None:
    pairs = "    params:\n    - key: user\n      value: ada\n"
    installation.create("pairs", "SECRET_TYPE_CONFIGURATIONS", more=pairs)
    assert owner.put("pairs", {"user": "grace", "host": "db"}) == 2
    secret = client.get("service1", "pairs")
    assert sorted(secret.fields) == ["host", "user"] and secret.field("user").text() == "grace"
    installation.create("rotating", "SECRET_TYPE_AES256_KEY")
    before = client.get("service1", "rotating").bytes()
    assert owner.rotate("rotating") == 2
    assert client.get("service1", "rotating").bytes() != before


def test_public_halves(installation: Installation, client: aecs.Client, owner: aecs.ServiceClient) -> None:
    installation.create("shared", "SECRET_TYPE_ED25519_KEY_PAIR", more='    share: "public"\n')
    public = owner.get_public("shared")
    assert (public.name, public.type) == ("shared", "SECRET_TYPE_ED25519_KEY_PAIR")
    assert "BEGIN PUBLIC KEY" in public.data and client.get_public("service1", "shared").data == public.data


def test_files_that_are_not_right(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text(policy("a", "SECRET_TYPE_AES_KEY"))
    with pytest.raises(aecs.InputError) as raised:
        aecs.load_secrets(file)
    assert f"{file}:6:11: unknown secret type" in raised.value.message
    assert raised.value.help == "did you mean `SECRET_TYPE_AES256_KEY`?"
    open_rule = policy("a", "SECRET_TYPE_AES256_KEY").replace("- platform: SGX_DCAP\n        mrenclave", "- mrsigner")
    open_rule = open_rule[: open_rule.index("- mrsigner")] + '- mrsigner: ""\n'
    with pytest.raises(aecs.InputError):
        aecs.parse_secrets(open_rule, name="open.yaml")
    assert len(aecs.parse_secrets(open_rule, insecure_open_rules=True)) == 1


def test_named_lists(owner: aecs.ServiceClient, tmp_path: Path) -> None:
    file = tmp_path / "lists.yaml"
    chips = "AB" * 64, "CD" * 64
    file.write_text(f"kind: NamedLists\nlists:\n- name: stolen\n  attribute: chipId\n  values: [{chips[0]}]\n")
    (stolen,) = aecs.load_lists(file)
    assert int(owner.put_list(stolen)["entries"]) == 1
    more = stolen | {"values": stolen["values"] | {"values": [chips[1]]}}
    assert int(owner.add_to_list(more)["entries"]) == 2
    assert [it["listName"] for it in owner.named_lists()] == ["stolen"]
    assert owner.named_list("stolen")["values"]["values"] == list(chips)
    assert int(owner.remove_from_list(more)["entries"]) == 1
    owner.destroy_list("stolen")
    with pytest.raises(aecs.InputError, match="not a named list"):
        owner.put_list({"name": 7})


def test_the_operator(installation: Installation) -> None:
    with installation.admin() as admin:
        status = admin.status()
        assert (status.phase, status.simulation) == ("Working", True)
        assert admin.provision("localtest").already_working
        admin.register("service2", public_key(), operator_may_replace_key=True)
        assert aecs.Service("service2", True) in admin.services()
        admin.set_service_key("service2", public_key())
        with pytest.raises(aecs.ExistsError):
            admin.register("service2", public_key())
        with pytest.raises(aecs.InputError, match="not a public key"):
            admin.register("service3", "-----BEGIN NOTHING-----")
        admin.unregister("service2")
        assert [service.name for service in admin.services()] == ["service1"]
        admin.add_administrator("second", public_key())
        assert "second" in [administrator.get("name") for administrator in admin.administrators()]
        admin.remove_administrator("second")
        admin.backup("another-host")
        assert "another-host" in [backup.host_name for backup in admin.backups()]
        admin.delete_backup("another-host")
        config = installation.kubetee / "aecs_server.json"
        assert admin.deployment() and admin.diff_deployment(config) is not None
        assert admin.store_status() and admin.verify_store() is not None
        assert admin.recovery() is not None and admin.list_ta_secrets("not-there") == []
        exported = list(admin.export_store())
        keys = [key for key, _ in exported]
        assert keys == sorted(keys) and any(key.startswith("page/") for key in keys)
        assert all(value for _, value in exported)
        with pytest.raises(aecs.RefusedError):
            admin.set_time(4e9)


def test_a_password_is_asked_for(installation: Installation, tmp_path: Path) -> None:
    key = (installation.folder / "etc/certs/service_admin_public.pem").read_text()
    kubeconfig = installation.kubetee / "service_with_password.kubeconfig"
    text = (installation.kubetee / "service_admin_test.kubeconfig").read_text()
    kubeconfig.write_text(text.replace("service1", "guarded"))
    file = tmp_path / "password"
    file.write_text("open sesame")
    tool = [f"{os.environ['AECS_BIN']}/aecsadmin", "hash-password", "--password-file", str(file)]
    hashed = subprocess.run(tool, check=True, capture_output=True, text=True).stdout.strip()
    with installation.admin() as admin:
        admin.register("guarded", key, password_hash=hashed)
    try:
        with aecs.ServiceClient.from_kubeconfig(kubeconfig, password=aecs.SecretBytes(b"open sesame")) as owner:
            assert owner.list_secrets() == []
        for password in [None, "open barley"]:
            with pytest.raises(aecs.DeniedError) as denied:
                aecs.ServiceClient.from_kubeconfig(kubeconfig, password=password).list_secrets()
            assert "sesame" not in str(denied.value) and "barley" not in str(denied.value)
    finally:
        with installation.admin() as admin:
            admin.unregister("guarded")


def test_a_kubeconfig_is_pinned(installation: Installation) -> None:
    with installation.admin() as admin:
        deployment = admin.status().deployment_id
    # Beside the others, whose certificates it names.
    file = installation.kubetee / "unpinned.kubeconfig"
    text = (installation.kubetee / "ta_test.kubeconfig").read_text()
    file.write_text("".join(line for line in text.splitlines(True) if "deploymentId" not in line))
    file.chmod(0o640)
    aecs.pin_kubeconfig(file, deployment)
    assert deployment in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o640
    other = "0" * 63 + "1"
    with pytest.raises(aecs.InputError, match="pins deployment"):
        aecs.pin_kubeconfig(file, other)
    assert deployment in file.read_text()
    aecs.pin_kubeconfig(file, other, replace=True)
    assert other in file.read_text()
    link = installation.kubetee / "link.kubeconfig"
    link.symlink_to(file.name)
    aecs.pin_kubeconfig(link, deployment, replace=True)
    assert link.is_symlink() and deployment in file.read_text()
    assert not list(installation.kubetee.glob("tmp*"))
    with pytest.raises(aecs.InputError):
        aecs.pin_kubeconfig(file, "not an id")


def test_the_state_of_the_server_is_remembered(installation: Installation, tmp_path: Path) -> None:
    kubeconfig = installation.kubetee / "service_admin_test.kubeconfig"
    with aecs.ServiceClient.from_kubeconfig(kubeconfig, state_dir=tmp_path) as owner:
        owner.list_secrets()
    assert (tmp_path / "servers").exists(), "the state is remembered where the caller says"
    (tmp_path / "servers").write_text("not a memory")
    with pytest.raises(aecs.InputError):
        aecs.ServiceClient.from_kubeconfig(kubeconfig, state_dir=tmp_path)


def test_an_answer_is_not_lost_with_the_memory(
    installation: Installation, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    installation.create("remembered", "SECRET_TYPE_IMPORT_DATA", data="one")
    kubeconfig = installation.kubetee / "service_admin_test.kubeconfig"
    caplog.set_level("WARNING", "aecs")
    with aecs.ServiceClient.from_kubeconfig(kubeconfig, state_dir=tmp_path) as owner:
        # It can be read, and not be written.
        (tmp_path / "servers.lock").unlink()
        (tmp_path / "servers.lock").mkdir()
        assert [owner.put("remembered", value) for value in ("two", "three")] == [2, 3]
        wait_until(lambda: caplog.text.count("was not remembered") >= 2)
    with pytest.raises(aecs.StateMemoryError) as lost:
        aecs.ServiceClient.from_kubeconfig(kubeconfig, state_dir="/proc")
    assert lost.value.help
    with pytest.raises(aecs.InputError, match="'ABACUS=/nowhere' is not a root|\"ABACUS=/nowhere\" is not a root"):
        aecs.ServiceClient.from_kubeconfig(kubeconfig, roots=["ABACUS=/nowhere"])


def test_the_memory_is_where_the_tools_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("AECS_STATE_DIR")
    for base, expected in [("/var/state", "/var/state"), ("state", "/home/ada/.local/state"), ("", "/home/ada/.local/state")]:
        monkeypatch.setenv("XDG_STATE_HOME", base)
        assert state_file(None) == f"{expected}/aecs/servers"
    monkeypatch.setenv("AECS_STATE_DIR", "/elsewhere")
    assert state_file(None) == "/elsewhere/servers" and state_file("/here") == "/here/servers"

"""Recovery shares: their makers, their custodians, and the recovery of a deployment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT, Installation, age_key, public_key, started

import aecs
from aecs import aio


def shares(installation: Installation, names: list[str], **more: Path) -> list[tuple[str, str]]:
    """A new set of shares, any two of which restore the deployment: each with its holder's identity."""
    keys = [age_key() for _ in names]
    with installation.admin() as admin:
        latest = int(admin.recovery().get("latestRevision", 0))
        custodians = {name: recipient for name, (_, recipient) in zip(names, keys, strict=True)}
        made = admin.create_recovery(2, custodians, latest_revision=latest, **more)
    assert int(made["revision"]) == latest + 1
    assert [file["label"]["holder"] for file in made["files"]] == names
    return [(file["text"], identity) for file, (identity, _) in zip(made["files"], keys, strict=True)]


def custodian(installation: Installation, share: tuple[str, str], *, recovering: bool = False) -> aecs.CustodianClient:
    return aecs.CustodianClient.from_kubeconfig(installation.application, *share, recovering=recovering)


def test_shares_are_proven_in_a_drill(installation: Installation) -> None:
    alice, bob = shares(installation, ["alice", "bob"], released_to=installation.application)
    with custodian(installation, alice) as holder:
        proven = holder.prove()
        assert (proven["proven"], proven["threshold"]) == (1, 2)
        with pytest.raises(aecs.Error):
            holder.submit()
    with pytest.raises(aecs.UsageError, match="the client is closed"):
        holder.prove()

    async def second() -> aecs.types.Json:
        async with aio.CustodianClient.from_kubeconfig(installation.application, *bob) as holder:
            return await holder.prove()

    names = [share["name"] for share in asyncio.run(second())["provenShares"]]
    assert sorted(names) == ["alice", "bob"]
    with installation.admin() as admin:
        (latest, *_) = admin.recovery()["sets"]
        assert all(int(holder["provenAtMs"]) > 0 for holder in latest["holders"])
        with pytest.raises(aecs.RefusedError, match="the latest recovery shares have revision"):
            custodians = {name: age_key()[1] for name in ("alice", "bob")}
            admin.create_recovery(2, custodians, latest_revision=int(latest["revision"]) - 1)
        assert admin.revoke_recovery([int(latest["revision"])]) == []
        assert admin.status().recovering is None
    # The server does not recover anything; the share is for somebody else; the file was changed.
    with pytest.raises(aecs.Error):
        custodian(installation, alice, recovering=True)
    with pytest.raises(aecs.InputError, match="the recovery share cannot be used"):
        custodian(installation, (alice[0], bob[1]))
    with pytest.raises(aecs.InputError, match="the recovery share cannot be used"):
        custodian(installation, (alice[0].replace("holder: alice", "holder: mallory"), alice[1]))
    with pytest.raises(aecs.InputError, match="the identity cannot be used"):
        custodian(installation, (alice[0], "AGE-SECRET-KEY-1"))


def test_a_deployment_is_recovered(tmp_path: Path) -> None:
    with started(tmp_path / "instance") as installation:
        installation.create("kept", "SECRET_TYPE_IMPORT_DATA", data="one")
        held = shares(installation, ["alice", "bob", "carol"])
    # The store alone is left.
    for file in (installation.folder / "storage").rglob("*"):
        if file.is_file() and file.name != "aecs.redb":
            file.unlink()
    config = installation.kubetee / "aecs_server.json"
    program = [f"{os.environ['AECS_BIN']}/aecs_server", "--config", str(config), "--recover"]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(program, cwd=ROOT / "deployment", stdout=log, stderr=log)
    try:
        for number, share in enumerate(held[1:], 1):
            deadline = time.monotonic() + 20
            while True:
                try:
                    holder = custodian(installation, share, recovering=True)
                    break
                except aecs.UnreachableError:
                    assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                    time.sleep(0.1)
            with holder:
                answer = holder.submit()
                assert (answer["received"], answer.get("opened", False)) == (number, number == 2)
                if number == 2:
                    assert holder.appoint("ada", public_key())["agreed"] == 1
        kubeconfig = installation.kubetee / "aecs_admin_test.kubeconfig"
        with aecs.AdminClient.from_kubeconfig(kubeconfig, first_contact=True) as admin:
            status = admin.status()
            assert status.phase == "Recovering" and status.recovering is not None
            opened = status.recovering["opened"]
            with pytest.raises(aecs.InputError, match="64 hexadecimal digits"):
                admin.finish_recovery(int(opened["revision"]), int(opened["epoch"]), "AB")
            state = int(opened["revision"]), int(opened["epoch"]), opened["chain"]
            assert admin.finish_recovery(*state, settings_digest=opened["settingsDigest"]) == ""
        with installation.admin() as admin:
            assert admin.status().phase == "Working"
        with installation.client() as client:
            assert client.get("service1", "kept").bytes() == b"one"
    finally:
        server.terminate()
        server.wait()

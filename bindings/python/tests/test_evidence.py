"""Evidence that is verified without a server."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest
from conftest import MEASUREMENT, STRANGER, Installation, policy, public_key

import aecs

NONCE = hashlib.sha256(b"a nonce").digest()


@pytest.fixture(scope="module")
def root(installation: Installation) -> bytes:
    return (installation.simulation / "root-ca.pem").read_bytes()


def make(installation: Installation, key: str, measurement: str = MEASUREMENT) -> str:
    return aecs.make_report(key, user_data=NONCE, simulation=installation.enclave(measurement))


def test_a_report_says_who_made_it(installation: Installation, root: bytes) -> None:
    key = public_key()
    evidence = aecs.Verifier(simulation_root=root).verify(make(installation, key))
    assert (evidence.platform, evidence.simulated, evidence.debug) == ("SGX_DCAP", True, False)
    assert evidence.measurement == MEASUREMENT.upper()
    assert (evidence.user_data, evidence.public_key) == (NONCE, key)
    assert (evidence.product, evidence.security_version, evidence.tcb_status) == ("1", 1, "UpToDate")
    assert evidence.valid_from <= time.time() < evidence.valid_until
    assert evidence.checks and all(check for check, _ in evidence.checks)
    assert json.loads(evidence.attributes())["hex_ta_measurement"] == MEASUREMENT.upper()
    assert evidence.signer in evidence.attributes() and evidence.revocation
    assert repr(evidence) == f"<aecs.Evidence SGX_DCAP {MEASUREMENT.upper()}>"


def test_what_is_wrong_with_a_report_is_named(installation: Installation, root: bytes) -> None:
    report = make(installation, public_key())
    with pytest.raises(aecs.EvidenceError) as unknown:
        aecs.Verifier().verify(report)
    assert isinstance(unknown.value, aecs.UntrustedError)
    assert unknown.value.check and unknown.value.expected and unknown.value.actual
    verifier = aecs.Verifier(simulation_root=root)
    with pytest.raises(aecs.EvidenceError):
        verifier.verify(report, now=time.time() + 10 * 365 * 86400)
    other = json.loads(report) | {"pem_public_key": public_key()}
    with pytest.raises(aecs.EvidenceError):
        verifier.verify(json.dumps(other))
    for broken in ["", "{", '{"unknown": 1}']:
        with pytest.raises(aecs.InputError):
            verifier.verify(broken)
    with pytest.raises(aecs.EvidenceError):
        verifier.verify("{}")
    with pytest.raises(aecs.InputError, match="is not a root"):
        aecs.Verifier(roots=["ABACUS=/nowhere"])


def test_a_policy_admits_denies_and_explains(installation: Installation, root: bytes, tmp_path: Path) -> None:
    verifier = aecs.Verifier(simulation_root=root)
    ours = verifier.verify(make(installation, public_key()))
    strange = verifier.verify(make(installation, public_key(), STRANGER))
    file = tmp_path / "policy.yaml"
    file.write_text(policy("a", "SECRET_TYPE_AES256_KEY"))
    wanted = aecs.Policy.load(file)
    wanted.admit(ours)
    with pytest.raises(aecs.PolicyError, match=STRANGER.upper()):
        wanted.admit(strange)
    assert wanted.explain(ours).admits
    explained = wanted.explain(strange)
    assert not explained.admits
    (demand,) = explained.demands
    (rule,) = demand.alternatives
    assert (demand.satisfied, rule.holds, rule.line) == (False, False, 10)
    (failed,) = [it for it in rule.comparisons if not it.holds]
    assert (failed.key, failed.expected, failed.actual) == ("measurement", MEASUREMENT.upper(), STRANGER.upper())
    assert failed.rule_line == f'measurement: "{STRANGER.upper()}"'
    assert "- measurement: expected" in str(explained)


def test_a_policy_refers_to_named_lists(installation: Installation, root: bytes, tmp_path: Path) -> None:
    ours = aecs.Verifier(simulation_root=root).verify(make(installation, public_key()))
    file = tmp_path / "lists.yaml"
    entry = f"- name: v1\n    platform: SGX_DCAP\n    mrenclave: {MEASUREMENT}\n"
    file.write_text(f"kind: NamedLists\nlists:\n- name: ours\n  measurements:\n  {entry}")
    rule = "enclaveMatchAnyRules:\n- code: {set: ours}\n"
    with pytest.raises(aecs.InputError, match="ours") as raised:
        aecs.Policy.parse(rule)
    assert raised.value.help == "name the file that has the list with `lists`"
    aecs.Policy.parse(rule, lists=[file]).admit(ours)


def test_policies_that_are_not_right() -> None:
    two = policy("a", "SECRET_TYPE_AES256_KEY") + policy("b", "SECRET_TYPE_AES256_KEY").split("secrets:\n")[1]
    with pytest.raises(aecs.InputError, match="or several"):
        aecs.Policy.parse(two)
    aecs.Policy.parse(two, secret="b")
    with pytest.raises(aecs.InputError, match="admits|lets|pins"):
        aecs.Policy.parse('enclaveMatchAnyRules:\n- mrsigner: ""\n')
    with pytest.raises(aecs.InputError, match="policy.yaml:2"):
        aecs.Policy.parse("enclaveMatchAnyRules:\n- mrenclav: 00\n", name="policy.yaml")
    with pytest.raises(aecs.InputError, match="unknown TCB status"):
        aecs.Policy.parse(two, secret="a", accepted_tcb_statuses=["Fine"])
    aecs.Policy.parse(two, secret="a", accepted_tcb_statuses=["UpToDate", "SWHardeningNeeded"])

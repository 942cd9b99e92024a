"""What calls return beside secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The JSON form of a message of the protocol, as proto3 has it: 64-bit numbers as text, default values left
#: out.
Json = dict[str, Any]


@dataclass(frozen=True)
class ListedSecret:
    """A secret that an application can get."""

    name: str
    type: str
    version: int


@dataclass(frozen=True)
class ServerStatus:
    """The status of a server, signed by its attested key."""

    version: str
    #: ``Pending``, ``Recovering`` or ``Working``.
    phase: str
    deployment_id: str
    #: Whether it runs on a software CPU, which protects nothing.
    simulation: bool
    identity_hash: str
    identity_backup: str
    #: Seconds since 1970.
    server_time: float
    uptime_ms: int
    settings_revision: int
    settings_digest: str
    #: Why the server waits, if it does.
    pending_reason: str
    clock_warning: str
    sessions: bool
    waits_for_changes: bool
    extra_roots: list[str]
    settings_without_effect: list[str]
    insecure: list[str]
    #: What a recovering server waits for (``RecoveringStatus``), None for others.
    recovering: Json | None


@dataclass(frozen=True)
class Provisioned:
    """What came of a provision."""

    #: It was working before, and nothing was done.
    already_working: bool
    server: ServerStatus


@dataclass(frozen=True)
class Service:
    """A service, as the server lists it."""

    name: str
    operator_may_replace_key: bool


@dataclass(frozen=True)
class Backup:
    """A backup of a server's identity."""

    host_name: str
    identity_hash: str


@dataclass(frozen=True)
class Applied:
    """What became of a secret that was applied, or with ``dry_run`` would become."""

    #: ``SECRET_CREATED``, ``SECRET_UPDATED`` or ``SECRET_UNCHANGED``.
    outcome: str
    #: ``data``, ``policy``, ``lifecycle``, ``about``, ``readonly``, ``immutable``, ``share``.
    changed: list[str]
    version: int


@dataclass(frozen=True)
class SecretInfo:
    """What describes a secret, and what the server knows of it. Times are milliseconds since 1970, or None."""

    name: str
    type: str
    version: int
    versions: int
    epoch: int
    bytes: int
    created_ms: int | None
    changed_ms: int | None
    released_ms: int | None
    expires_ms: int | None
    #: The whole specification.
    spec: Json

    @classmethod
    def of(cls, spec: Json, info: Json) -> SecretInfo:
        """Of the messages ``EnclaveSecretSpec`` and ``SecretInfo``."""
        return cls(
            name=_text(spec, "secretName"),
            type=spec.get("type", "SECRET_TYPE_RSA_KEY_PAIR"),
            version=_number(info, "version"),
            versions=_number(info, "versions"),
            epoch=_number(info, "epoch"),
            bytes=_number(info, "bytes"),
            created_ms=_time(info, "createdMs"),
            changed_ms=_time(info, "changedMs"),
            released_ms=_time(info, "releasedMs"),
            expires_ms=_time(info, "expiresMs"),
            spec=spec,
        )

    @classmethod
    def all_of(cls, answer: str) -> list[SecretInfo]:
        """Of the message ``ListEnclaveSecretResponse``."""
        message = json.loads(answer)
        specs, infos = message.get("secrets", []), message.get("info", [])
        return [cls.of(spec, info) for spec, info in zip(specs, infos, strict=True)]


@dataclass(frozen=True)
class Version:
    """A version of a secret. Times are milliseconds since 1970, or None."""

    version: int
    #: ``SECRET_VERSION_CURRENT``, ``…_PREVIOUS``, ``…_EXPIRED``, ``…_DELETED`` or ``…_DESTROYED``.
    state: str
    created_ms: int | None
    created_by: str
    expires_ms: int | None
    ends_ms: int | None

    @classmethod
    def all_of(cls, answer: str) -> list[Version]:
        """Of the message ``ListSecretVersionResponse``."""
        return [
            cls(
                version=_number(version, "version"),
                state=version.get("state", "SECRET_VERSION_CURRENT"),
                created_ms=_time(version, "createdMs"),
                created_by=_text(version, "createdBy"),
                expires_ms=_time(version, "expiresMs"),
                ends_ms=_time(version, "endsMs"),
            )
            for version in json.loads(answer).get("versions", [])
        ]


@dataclass(frozen=True)
class Denial:
    """Who was refused a secret, and why."""

    secret: str
    #: ``DENIAL_POLICY``, ``…_NO_SUCH_SECRET``, ``…_NEVER_EXPORTED`` or ``…_NOT_READABLE``.
    reason: str
    #: The whole message: time, attributes of the caller, what did not match.
    message: Json

    @classmethod
    def all_of(cls, answer: str) -> list[Denial]:
        """Of the message ``ListDenialResponse``."""
        return [
            cls(_text(denial, "secretName"), denial.get("reason", "DENIAL_POLICY"), denial)
            for denial in json.loads(answer).get("denials", [])
        ]


def _text(message: Mapping[str, Any], name: str) -> str:
    return str(message.get(name, ""))


def _number(message: Mapping[str, Any], name: str) -> int:
    return int(message.get(name, 0))


def _time(message: Mapping[str, Any], name: str) -> int | None:
    return _number(message, name) or None

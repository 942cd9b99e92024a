"""The client of an application in a TEE, for programs without an event loop: :mod:`aecs.aio` has the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from aecs import _aecs
from aecs._aecs import NewSecret, Operation, Outcome, PublicSecret, Secret, SecretBytes, Simulation, Tag
from aecs._logging import refresh_logging
from aecs.errors import Error
from aecs.types import ListedSecret

if TYPE_CHECKING:
    from typing_extensions import Buffer

StrPath = str | os.PathLike[str]

#: The name that stands for the service of applications' own secrets.
TRUSTED_APPLICATIONS = "TrustedApplications"


class Client:
    """A trusted application: proves what it is, and gets the secrets that admit it.

    Every call releases Python's lock while it waits, and ends with ``KeyboardInterrupt`` on Ctrl-C. A client
    may be used by several threads. It does not survive ``os.fork``: make one in each process.
    """

    def __init__(self, raw: _aecs.Application) -> None:
        """Use :meth:`from_kubeconfig` or :meth:`from_env`."""
        self._raw = raw

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        *,
        platform: str | None = None,
        simulation: Simulation | None = None,
        user_data: bytes | None = None,
        wait_for_start: float | None = None,
    ) -> Self:
        """Connects to the server in a kubeconfig: finds the TEE, makes a key, and checks the server.

        ``platform`` names another TEE than the one that is found by itself (``gramine``, ``occlum``,
        ``tdx``, ``sev_snp``, ``cca``). ``user_data`` are 32 bytes in the application's evidence.
        ``wait_for_start`` are seconds in which to wait for a server that is starting.
        """
        refresh_logging()
        path = os.fspath(path)
        return cls(_aecs.Application.connect(path, platform, simulation, user_data, wait_for_start).wait())

    @classmethod
    def from_env(cls, *, user_data: bytes | None = None, wait_for_start: float | None = None) -> Self:
        """The same as the environment says, in the variables of ``aecs_client_cli`` (``AECS_SERVER_POLICY``
        and others). For confidential machines: the environment of an enclave is the host's."""
        refresh_logging()
        return cls(_aecs.Application.connect(None, None, None, user_data, wait_for_start).wait())

    def close(self) -> None:
        """Closes the connection. Later calls are refused."""
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, service: str, secret: str) -> Secret:
        """The current version of a secret of a service, or with :data:`TRUSTED_APPLICATIONS` of the
        application's own.

        :class:`DeniedError` when its policy does not admit this application, and when there is no such
        secret: the server does not tell which.
        """
        return self._raw.get(service, secret).wait()

    def get_version(self, service: str, secret: str, version: int) -> Secret:
        """The version of that number, from 1, if it is still kept."""
        return self._raw.get_version(service, secret, version).wait()

    def get_if_changed(self, service: str, secret: str, known: Tag) -> Secret | None:
        """The current version if it is not the one of this :attr:`Secret.tag`, and None if it is."""
        return self._raw.get_if_changed(service, secret, known).wait()

    def get_when_ready(self, service: str, secret: str, within: float) -> Secret:
        """The secret as soon as the server works, the secret is there, and its policy admits the
        application; after ``within`` seconds what is in the way is raised."""
        return self._raw.get_when_ready(service, secret, within).wait()

    def get_many(self, wanted: Iterable[tuple[str, str]]) -> list[Secret | Error]:
        """Several secrets, each a service and a name, in one call. In their order: a secret, or the
        exception that says why there is none."""
        return self._raw.get_many(list(wanted)).wait()

    def list_secrets(self, service: str, prefix: str = "") -> list[ListedSecret]:
        """The secrets of a service that this application can get now."""
        return [ListedSecret(*row) for row in self._raw.list_secrets(service, prefix).wait()]

    def get_public(self, service: str, secret: str) -> PublicSecret:
        """The public part of a secret that is shared with everybody."""
        return self._raw.get_public(service, secret).wait()

    def create(self, secret: NewSecret, *, bind: Literal["measurement", "signer"] = "measurement") -> None:
        """Creates a secret of the application's own, which the server makes: for code with its
        measurement, or for its signer's product from this version on."""
        self._raw.create(secret, bind).wait()

    def destroy(self, secret: str) -> None:
        """Destroys a secret of the application's own."""
        self._raw.destroy(secret).wait()

    def key(self, service: str, secret: str) -> Key:
        """A key that stays in the server. Nothing is sent yet."""
        return Key(self._raw.key(service, secret))

    def watch(self, service: str, secret: str, *, every: float = 30.0) -> Watch:
        """Watches a secret: its current version now, and each other that becomes current.

        Where the server pushes notices, the next version comes about a second after the change;
        otherwise the watch asks after ``every`` seconds at most.
        """
        return Watch(self._raw.watch(service, secret, every))


class Watch(Iterator[Secret]):
    """The versions of a secret: ``for secret in client.watch(...)``.

    While the server cannot be reached, a watch that has had a version goes on. A refusal (deleted, expired,
    not admitted any more) is raised, and the next call asks again.
    """

    def __init__(self, raw: _aecs.Watch) -> None:
        self._raw = raw

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Secret:
        secret = self.changed()
        assert secret is not None
        return secret

    def changed(self, within: float | None = None) -> Secret | None:
        """Waits for the next version, at most ``within`` seconds: None if there was none. Nothing is lost:
        the next call has it."""
        return self._raw.changed(within).wait()


class Key:
    """A key that is used in place: the server does something with it, and the key stays there.

    What ``encrypt``, ``wrap``, ``sign`` and ``mac`` make is a text ``aecs:v1:VERSION:BASE64``. A ciphertext
    opens only under the name of the secret that made it, and with the same associated data.
    """

    def __init__(self, raw: _aecs.Key) -> None:
        self._raw = raw

    def batch(self, operations: Sequence[Operation]) -> list[Outcome | Error]:
        """Does up to 100 operations in one request: for each its outcome, or the exception that says why
        there is none. If one is not allowed, none is done, and the call raises."""
        return self._raw.batch(list(operations)).wait()

    def _one(self, operation: Operation) -> Outcome:
        return self._raw.one(operation).wait()

    def encrypt(self, plain: Buffer, associated_data: Buffer = b"") -> str:
        """Encrypts data."""
        return self._one(Operation.encrypt(plain, associated_data)).sealed

    def decrypt(self, sealed: str, associated_data: Buffer = b"") -> SecretBytes:
        """Decrypts what :meth:`encrypt` made."""
        return self._one(Operation.decrypt(sealed, associated_data)).output

    def rewrap(self, sealed: str, associated_data: Buffer = b"") -> str:
        """Encrypts or wraps again with the current version, without showing anything to the caller."""
        return self._one(Operation.rewrap(sealed, associated_data)).sealed

    def wrap(self, key: Buffer, associated_data: Buffer = b"") -> str:
        """Wraps another key."""
        return self._one(Operation.wrap(key, associated_data)).sealed

    def unwrap(self, sealed: str, associated_data: Buffer = b"") -> SecretBytes:
        """Unwraps what :meth:`wrap` or :meth:`data_key` made."""
        return self._one(Operation.unwrap(sealed, associated_data)).output

    def data_key(self, length: int, associated_data: Buffer = b"") -> tuple[SecretBytes, str]:
        """A new key of 16 to 64 bytes, and the same wrapped, to be kept beside the data."""
        outcome = self._one(Operation.data_key(length, associated_data))
        return outcome.output, outcome.sealed

    def sign(self, message: Buffer, algorithm: str | None = None) -> str:
        """Signs a message."""
        return self._one(Operation.sign(message, algorithm)).sealed

    def verify(self, message: Buffer, signature: str, algorithm: str | None = None) -> bool:
        """Whether :meth:`sign` made this signature of the message."""
        return self._one(Operation.verify(message, signature, algorithm)).valid

    def mac(self, data: Buffer) -> str:
        """The MAC of data."""
        return self._one(Operation.mac(data)).sealed

    def verify_mac(self, data: Buffer, mac: str) -> bool:
        """Whether :meth:`mac` made this MAC of the data."""
        return self._one(Operation.verify_mac(data, mac)).valid

    def derive(self, context: Buffer, length: int, version: int | None = None) -> tuple[SecretBytes, int]:
        """A key of 16 to 64 bytes, always the same for the same context and version of the key; and the
        number of that version."""
        outcome = self._one(Operation.derive(context, length, version))
        return outcome.output, outcome.version

    def random(self, length: int) -> SecretBytes:
        """Random bytes of the server, at most 4096."""
        return self._one(Operation.random(length)).output

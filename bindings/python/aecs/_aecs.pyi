"""The extension module. Applications use the package `aecs`, which is made of it."""

import builtins
from asyncio import Future
from os import PathLike
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, final

from typing_extensions import Buffer

from aecs.errors import Error

__all__ = [
    "Admin",
    "Application",
    "Call",
    "Custodian",
    "Evidence",
    "ExportPage",
    "Key",
    "NewSecret",
    "Operation",
    "Outcome",
    "Policy",
    "PublicSecret",
    "Secret",
    "SecretBytes",
    "Service",
    "Simulation",
    "Tag",
    "Verifier",
    "Watch",
    "make_report",
    "next_record",
    "pinned",
    "read_lists",
    "read_secrets",
    "set_log_level",
    "stop_log",
]

_T = TypeVar("_T")
_Path = str | PathLike[str]
_Text = str | Buffer
_Value = str | Buffer | dict[str, str]

@final
class Call(Generic[_T]):
    """A call that has not begun. It is made once."""

    def wait(self) -> _T: ...
    def future(self) -> Future[_T]: ...

@final
class SecretBytes:
    """Bytes that nothing prints, and that are wiped: on `close()`, at the end of `with`, and when they are
    not used any more.

    They support the buffer protocol, which copies nothing: `memoryview(secret)`, and functions that take
    bytes-like objects. As long as there is a view, the bytes stay. `bytes(secret)` and `text()` make copies that
    Python does not wipe.
    """

    def __new__(cls, data: _Text) -> Self: ...
    def text(self) -> str:
        """The text, from UTF-8. A text of Python is not wiped."""

    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

@final
class Tag:
    """What names a version of a secret among all that there ever are. It tells nothing of the data."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Secret:
    """A secret that was fetched. It is wiped on `close()`, at the end of `with`, and when it is not used any
    more."""

    @property
    def name(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def type(self) -> str:
        """As files spell it: `SECRET_TYPE_AES256_KEY` and others."""

    @property
    def version(self) -> int:
        """The number of the version, from 1. A higher one is newer."""

    @property
    def tag(self) -> Tag: ...
    @property
    def fields(self) -> list[str]:
        """The names of its fields."""

    def spec(self) -> str:
        """What describes the secret: the JSON of an `EnclaveSecretSpec`."""

    def bytes(self) -> SecretBytes:
        """The secret as a file has it: binary data as it is, everything else as its text."""

    def field(self, name: str) -> SecretBytes:
        """A part of it: `bytes` or `hex` of a symmetric key, `private-key` or `public-key` of a key pair,
        `certificate`, `private-key` or `root` of a certificate, a key of configurations, or a member of text
        that is a JSON object. `KeyError` if it has no such field."""

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

@final
class PublicSecret:
    """The public part of a secret."""

    @property
    def name(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def data(self) -> str:
        """The public part, in the form that the type has on the wire."""

@final
class NewSecret:
    """A secret to be created: of a type with nothing else said, for an application's own; those of services
    come from policy files (`load_secrets`)."""

    def __new__(cls, name: str, type: str) -> Self: ...
    @property
    def name(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def type(self) -> str: ...

@final
class Simulation:
    """A software CPU, and who the application is on it: for development and tests, in builds that have it."""

    def __new__(
        cls,
        folder: _Path,
        *,
        mrenclave: str | None = None,
        mrsigner: str | None = None,
        prod_id: int | None = None,
        svn: int | None = None,
        debug: bool = False,
    ) -> Self: ...

@final
class Operation:
    """An operation with a key in place, for `Key.batch`. It may be done several times."""

    @staticmethod
    def encrypt(plain: Buffer, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def decrypt(sealed: str, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def rewrap(sealed: str, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def wrap(key: Buffer, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def unwrap(sealed: str, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def data_key(length: int, associated_data: Buffer | None = None) -> Operation: ...
    @staticmethod
    def sign(message: Buffer, algorithm: str | None = None) -> Operation: ...
    @staticmethod
    def verify(message: Buffer, signature: str, algorithm: str | None = None) -> Operation: ...
    @staticmethod
    def mac(data: Buffer) -> Operation: ...
    @staticmethod
    def verify_mac(data: Buffer, mac: str) -> Operation: ...
    @staticmethod
    def derive(context: Buffer, length: int, version: int | None = None) -> Operation: ...
    @staticmethod
    def random(length: int) -> Operation: ...

@final
class Outcome:
    """What an operation made."""

    @property
    def output(self) -> SecretBytes:
        """What was decrypted, unwrapped, derived or made; empty for other operations."""

    @property
    def sealed(self) -> str:
        """The ciphertext, signature or MAC; empty for other operations."""

    @property
    def valid(self) -> bool:
        """Whether the signature or the MAC is right; False for other operations."""

    @property
    def version(self) -> int:
        """The version of the key that was used; 0 if none was."""

@final
class Key:
    def one(self, operation: Operation) -> Call[Outcome]: ...
    def batch(self, operations: list[Operation]) -> Call[list[Outcome | Error]]: ...

@final
class Watch:
    def changed(self, within: float | None) -> Call[Secret | None]: ...

@final
class Application:
    @staticmethod
    def connect(
        kubeconfig: _Path | None,
        platform: str | None,
        simulation: Simulation | None,
        user_data: bytes | None,
        wait_for_start: float | None,
    ) -> Call[Application]: ...
    def close(self) -> None: ...
    def get(self, service: str, secret: str) -> Call[Secret]: ...
    def get_version(self, service: str, secret: str, version: int) -> Call[Secret]: ...
    def get_if_changed(self, service: str, secret: str, known: Tag) -> Call[Secret | None]: ...
    def get_when_ready(self, service: str, secret: str, within: float) -> Call[Secret]: ...
    def get_many(self, wanted: list[tuple[str, str]]) -> Call[list[Secret | Error]]: ...
    def list_secrets(self, service: str, prefix: str) -> Call[list[tuple[str, str, int]]]: ...
    def get_public(self, service: str, secret: str) -> Call[PublicSecret]: ...
    def create(self, secret: NewSecret, binding: str) -> Call[None]: ...
    def destroy(self, secret: str) -> Call[None]: ...
    def key(self, service: str, secret: str) -> Key: ...
    def watch(self, service: str, secret: str, every: float) -> Watch: ...

@final
class Service:
    @staticmethod
    def connect(
        kubeconfig: _Path, password: _Text | None, state_file: _Path, roots: list[str]
    ) -> Call[Service]: ...
    @property
    def name(self) -> str: ...
    def close(self) -> None: ...
    def status(self) -> Call[dict[str, Any]]: ...
    def create(self, secret: NewSecret, value: _Value | None) -> Call[None]: ...
    def update(self, secret: NewSecret, if_epoch: int | None) -> Call[None]: ...
    def apply(self, secret: NewSecret, dry_run: bool) -> Call[tuple[str, list[str], int]]: ...
    def put(self, name: str, value: _Value, if_version: int | None) -> Call[int]: ...
    def rotate(self, name: str, if_version: int | None) -> Call[int]: ...
    def roll_back(self, name: str, to: int, if_version: int | None) -> Call[int]: ...
    def versions(self, name: str) -> Call[str]: ...
    def delete(self, name: str, version: int | None) -> Call[int]: ...
    def undelete(self, name: str, version: int | None) -> Call[None]: ...
    def destroy(self, name: str, version: int | None) -> Call[None]: ...
    def list_secrets(self, prefix: str, exact: bool) -> Call[str]: ...
    def denials(self, prefix: str) -> Call[str]: ...
    def get_public(self, name: str) -> Call[PublicSecret]: ...
    def key(self, secret: str) -> Key: ...
    def rotate_key(self, public_key: str, password_hash: _Text | None) -> Call[None]: ...
    def put_list(self, content: str) -> Call[str]: ...
    def add_to_list(self, content: str) -> Call[str]: ...
    def remove_from_list(self, content: str) -> Call[str]: ...
    def named_lists(self, prefix: str) -> Call[str]: ...
    def named_list(self, name: str) -> Call[str]: ...
    def destroy_list(self, name: str) -> Call[None]: ...

@final
class Admin:
    @staticmethod
    def connect(
        kubeconfig: _Path,
        password: _Text | None,
        state_file: _Path,
        roots: list[str],
        first_contact: bool,
    ) -> Call[Admin]: ...
    def close(self) -> None: ...
    def status(self) -> Call[dict[str, Any]]: ...
    def provision(
        self,
        host_name: str,
        server_config: _Path | None,
        settings_digest: str,
        accept_older_store: bool,
    ) -> Call[tuple[bool, dict[str, Any]]]: ...
    def register(
        self,
        service: str,
        public_key: str,
        password_hash: _Text | None,
        operator_may_replace_key: bool,
    ) -> Call[None]: ...
    def unregister(self, service: str) -> Call[None]: ...
    def services(self, prefix: str) -> Call[list[tuple[str, bool]]]: ...
    def set_service_key(
        self, service: str, public_key: str, password_hash: _Text | None
    ) -> Call[None]: ...
    def list_ta_secrets(self, prefix: str) -> Call[str]: ...
    def destroy_ta_secret(self, name: str) -> Call[None]: ...
    def backup(self, host_name: str) -> Call[None]: ...
    def backups(self, host_name: str) -> Call[list[tuple[str, str]]]: ...
    def delete_backup(self, host_name: str) -> Call[None]: ...
    def administrators(self) -> Call[str]: ...
    def add_administrator(
        self, name: str, public_key: str, password_hash: _Text | None
    ) -> Call[None]: ...
    def remove_administrator(
        self, name: str, kept: list[int], leave_none_proven: bool
    ) -> Call[list[int]]: ...
    def rotate_key(self, public_key: str, password_hash: _Text | None) -> Call[None]: ...
    def deployment(self) -> Call[str]: ...
    def diff_deployment(self, server_config: _Path | None) -> Call[str]: ...
    def apply_deployment(self, server_config: _Path, revision: int) -> Call[str]: ...
    def store_status(self) -> Call[str]: ...
    def verify_store(self) -> Call[str]: ...
    def move_store(self, url: str) -> Call[str]: ...
    def export_store(self, previous: ExportPage | None) -> Call[ExportPage]: ...
    def recovery(self) -> Call[str]: ...
    def create_recovery(
        self,
        threshold: int,
        custodians: list[tuple[str, str]],
        latest_revision: int,
        released_to: _Path | None,
    ) -> Call[str]: ...
    def finish_recovery(
        self,
        state: tuple[int, int, str],
        settings_digest: str,
        accept_older_store: bool,
        overruled: list[int],
    ) -> Call[str]: ...
    def revoke_recovery(self, revisions: list[int]) -> Call[list[int]]: ...
    def set_time(self, floor: float) -> Call[float]: ...

@final
class ExportPage:
    @property
    def entries(self) -> list[tuple[str, bytes]]: ...
    @property
    def more(self) -> bool: ...

@final
class Custodian:
    @staticmethod
    def connect(
        kubeconfig: _Path, share: _Text, identity: _Text, recovering: bool, state_file: _Path, roots: list[str]
    ) -> Call[Custodian]: ...
    def close(self) -> None: ...
    def prove(self) -> Call[str]: ...
    def submit(self) -> Call[str]: ...
    def appoint(
        self, name: str, public_key: str, password_hash: _Text | None
    ) -> Call[str]: ...

@final
class Verifier:
    """Whose evidence is genuine: that under the vendors' roots, under `roots` (each `PLATFORM=FILE`), and
    under the root of one software CPU."""

    def __new__(cls, *, roots: list[str] = ..., simulation_root: bytes | None = None) -> Self: ...
    def verify(self, report: _Text, *, now: float | None = None) -> Evidence:
        """Verifies a report with its key, as it holds at a time (seconds since 1970; without it, now). No
        network is used. `EvidenceError` names the check that fails."""

@final
class Evidence:
    """Evidence that is genuine. Whether it is wanted, a `Policy` decides."""

    @property
    def platform(self) -> str: ...
    @property
    def simulated(self) -> bool:
        """Whether nothing but a software CPU signed it."""

    @property
    def measurement(self) -> str:
        """The measurement of the code, in upper case hexadecimal."""

    @property
    def signer(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def security_version(self) -> int | None: ...
    @property
    def debug(self) -> bool:
        """Whether the host can look into it."""

    @property
    def user_data(self) -> bytes:
        """The 32 bytes that the attester put into it."""

    @property
    def public_key(self) -> str:
        """The key that it binds, as PEM: whoever has the private half is the attester."""

    @property
    def tcb_status(self) -> str: ...
    @property
    def revocation(self) -> str: ...
    @property
    def valid_from(self) -> float: ...
    @property
    def valid_until(self) -> float:
        """Until when the same verification holds, in seconds since 1970."""

    @property
    def checks(self) -> list[tuple[str, str]]:
        """What was checked, and what was found."""

    def attributes(self) -> str:
        """All attributes: the JSON of `UnifiedAttestationAttributes`."""

@final
class Policy:
    def __new__(
        cls,
        *,
        path: _Path | None = None,
        text: _Text | None = None,
        secret: str | None = None,
        lists: list[_Path] = ...,
        accepted_tcb_statuses: list[str] | None = None,
        insecure_open_rules: bool = False,
    ) -> Self: ...
    def admit(self, evidence: Evidence, *, now: float | None = None) -> None: ...
    def explain(self, evidence: Evidence, *, now: float | None = None) -> dict[str, Any]: ...

def make_report(
    public_key: str,
    *,
    user_data: bytes | None = None,
    platform: str | None = None,
    simulation: Simulation | None = None,
) -> str:
    """A report of this machine's own that binds a public key (PEM) and 32 bytes: the JSON that
    `Verifier.verify` takes."""

def read_secrets(
    *, path: _Path | None = None, text: _Text | None = None, insecure_open_rules: bool = False
) -> list[NewSecret]: ...
def read_lists(path: _Path) -> str: ...
def pinned(path: _Path, text: str, deployment_id: str, replace: bool) -> str: ...
def set_log_level(level: int) -> None: ...
def next_record(within: float) -> tuple[int, str, str, float] | None: ...
def stop_log() -> None: ...

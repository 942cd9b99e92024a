"""The client of a service's administrator: :mod:`aecs.aio` has the same for event loops."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aecs import _aecs
from aecs._aecs import NewSecret, PublicSecret
from aecs._logging import refresh_logging
from aecs.client import Key, StrPath
from aecs.types import Applied, Denial, Json, SecretInfo, ServerStatus, Version

if TYPE_CHECKING:
    from typing_extensions import Buffer

    #: A value of a secret: text; bytes, which are text if they are UTF-8, as a file's; or pairs.
    Value = str | Buffer | dict[str, str]
    Password = str | Buffer | None


def state_file(folder: StrPath | None) -> str:
    """Where the last states of servers are remembered, so that an older one is noticed: the same file as
    the tools have, unless the caller names a folder."""
    if folder is None:
        folder = os.environ.get("AECS_STATE_DIR")
    if not folder:
        # The XDG base directory specification: "If an implementation encounters a relative path in any of
        # these variables it should consider the path invalid and ignore it."
        base = os.environ.get("XDG_STATE_HOME", "")
        folder = os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.local/state"), "aecs")
    return os.path.join(os.fspath(folder), "servers")


def load_secrets(path: StrPath, *, insecure_open_rules: bool = False) -> list[NewSecret]:
    """The secrets of a policy file (docs/guide/secrets.md). A rule that admits everybody is refused, unless
    ``insecure_open_rules`` says that this is meant."""
    return _aecs.read_secrets(path=os.fspath(path), insecure_open_rules=insecure_open_rules)


def parse_secrets(
    text: str | Buffer, *, name: str | None = None, insecure_open_rules: bool = False
) -> list[NewSecret]:
    """The same of a text, which messages call ``name``."""
    return _aecs.read_secrets(path=name, text=text, insecure_open_rules=insecure_open_rules)


def load_lists(path: StrPath) -> list[Json]:
    """The named lists of a file (``kind: NamedLists``), for :meth:`ServiceClient.put_list`."""
    lists: list[Json] = json.loads(_aecs.read_lists(os.fspath(path)))
    return lists


class ServiceClient:
    """The administrator of a service: creates, changes and destroys its secrets."""

    def __init__(self, raw: _aecs.Service) -> None:
        """Use :meth:`from_kubeconfig`."""
        self._raw = raw

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        *,
        password: Password = None,
        state_dir: StrPath | None = None,
        roots: Iterable[str] = (),
    ) -> Self:
        """Connects as the administrator in a kubeconfig, and checks the server.

        ``state_dir`` is where the last states of servers are remembered, by default where the tools do;
        ``roots`` are further roots for the server's report, each ``PLATFORM=FILE``.
        """
        refresh_logging()
        call = _aecs.Service.connect(os.fspath(path), password, state_file(state_dir), list(roots))
        return cls(call.wait())

    @property
    def name(self) -> str:
        """The name of the service."""
        return self._raw.name

    def close(self) -> None:
        """Closes the connection. Later calls are refused."""
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def status(self) -> ServerStatus:
        """The server's status, checked at most an hour ago."""
        return ServerStatus(**self._raw.status().wait())

    def create(self, secret: NewSecret, value: Value | None = None) -> None:
        """Creates a secret, with ``value`` in place of its own data. A name that exists is an error."""
        self._raw.create(secret, value).wait()

    def update(self, secret: NewSecret, *, if_epoch: int | None = None) -> None:
        """Replaces a secret's policy and settings, if it is still at that epoch (:attr:`SecretInfo.epoch`)."""
        self._raw.update(secret, if_epoch).wait()

    def apply(self, secret: NewSecret, *, dry_run: bool = False) -> Applied:
        """Makes a secret what ``secret`` says: creates it, changes what differs, or finds nothing to do."""
        return Applied(*self._raw.apply(secret, dry_run).wait())

    def put(self, name: str, value: Value, *, if_version: int | None = None) -> int:
        """Gives a secret a new version, which applications get from then on. Returns its number."""
        return self._raw.put(name, value, if_version).wait()

    def rotate(self, name: str, *, if_version: int | None = None) -> int:
        """Has the server make a new version. Returns its number."""
        return self._raw.rotate(name, if_version).wait()

    def roll_back(self, name: str, to: int, *, if_version: int | None = None) -> int:
        """A new version with the data of the version ``to``. Returns its number."""
        return self._raw.roll_back(name, to, if_version).wait()

    def versions(self, name: str) -> list[Version]:
        """The versions of a secret, the oldest first."""
        return Version.all_of(self._raw.versions(name).wait())

    def delete(self, name: str, *, version: int | None = None) -> int:
        """Gives a secret, or one version of it, out no more. Returns until when it can be restored, in
        milliseconds since 1970."""
        return self._raw.delete(name, version).wait()

    def undelete(self, name: str, *, version: int | None = None) -> None:
        """Restores what was deleted."""
        self._raw.undelete(name, version).wait()

    def destroy(self, name: str, *, version: int | None = None) -> None:
        """Destroys a secret with all of its versions, or the data of one version."""
        self._raw.destroy(name, version).wait()

    def list_secrets(self, prefix: str = "") -> list[SecretInfo]:
        """The secrets whose names start with ``prefix``: what describes them, not the secrets."""
        return SecretInfo.all_of(self._raw.list_secrets(prefix, False).wait())

    def info(self, name: str) -> SecretInfo | None:
        """The secret of that very name; None if there is none."""
        found = SecretInfo.all_of(self._raw.list_secrets(name, True).wait())
        return found[0] if found else None

    def denials(self, prefix: str = "") -> list[Denial]:
        """Who was refused secrets whose names start with ``prefix``, and why: the latest 64."""
        return Denial.all_of(self._raw.denials(prefix).wait())

    def get_public(self, name: str) -> PublicSecret:
        """The public part of a secret that is shared with everybody."""
        return self._raw.get_public(name).wait()

    def key(self, secret: str) -> Key:
        """A key that the administrator uses in place, where its ``use.admin`` allows that."""
        return Key(self._raw.key(secret))

    def rotate_key(self, public_key: str, *, password_hash: Password = None) -> None:
        """Replaces this administrator's own key. Later calls need a client with the new one."""
        self._raw.rotate_key(public_key, password_hash).wait()

    def put_list(self, content: Mapping[str, Any]) -> Json:
        """Makes a named list what ``content`` says, the JSON form of a ``NamedList``."""
        return _json(self._raw.put_list(json.dumps(content)).wait())

    def add_to_list(self, content: Mapping[str, Any]) -> Json:
        """Adds to a named list."""
        return _json(self._raw.add_to_list(json.dumps(content)).wait())

    def remove_from_list(self, content: Mapping[str, Any]) -> Json:
        """Removes from a named list."""
        return _json(self._raw.remove_from_list(json.dumps(content)).wait())

    def named_lists(self, prefix: str = "") -> list[Json]:
        """The named lists whose names start with ``prefix``, without what they have."""
        return _json_list(self._raw.named_lists(prefix).wait())

    def named_list(self, name: str) -> Json:
        """A named list with what it has."""
        return _json(self._raw.named_list(name).wait())

    def destroy_list(self, name: str) -> None:
        """Destroys a named list. Rules that refer to it admit nobody from then on."""
        self._raw.destroy_list(name).wait()


def _json(text: str) -> Json:
    message: Json = json.loads(text)
    return message


def _json_list(text: str) -> list[Json]:
    messages: list[Json] = json.loads(text)
    return messages

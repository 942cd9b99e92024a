"""The client of the platform's administrator: :mod:`aecs.aio` has the same for event loops."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aecs import _aecs
from aecs._logging import refresh_logging
from aecs.client import StrPath
from aecs.service import _json, _json_list, state_file
from aecs.types import Backup, Json, Provisioned, ServerStatus, Service

if TYPE_CHECKING:
    from aecs.service import Password


def pin_kubeconfig(path: StrPath, deployment_id: str, *, replace: bool = False) -> None:
    """Writes a deployment into a kubeconfig, so that its user trusts no other. One that pins another
    deployment is left alone, unless ``replace`` says that this is meant."""
    path = os.fspath(path)
    with open(path, encoding="utf-8", newline="") as file:
        before = file.read()
    after = _aecs.pinned(path, before, deployment_id, replace)
    if after == before:
        return
    # A link stays one: what it leads to is written.
    path = os.path.realpath(path)
    # A kubeconfig may have a key: nobody else may read the copy, and no half of it may stay.
    folder = os.path.dirname(path)
    with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8", newline="", delete=False) as file:
        try:
            os.fchmod(file.fileno(), os.stat(path).st_mode & 0o777)
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


class AdminClient:
    """The administrator of the platform: provisions the server, registers services, keeps backups."""

    def __init__(self, raw: _aecs.Admin) -> None:
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
        first_contact: bool = False,
    ) -> Self:
        """Connects as the administrator in a kubeconfig, and checks the server.

        ``first_contact`` accepts any deployment of the pinned code: before its first provision nobody can
        know the id of a server. :class:`aecs.ServiceClient` describes the rest.
        """
        refresh_logging()
        call = _aecs.Admin.connect(
            os.fspath(path), password, state_file(state_dir), list(roots), first_contact
        )
        return cls(call.wait())

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
        """The server's status, checked now."""
        return ServerStatus(**self._raw.status().wait())

    def provision(
        self,
        host_name: str,
        *,
        server_config: StrPath | None = None,
        settings_digest: str = "",
        accept_older_store: bool = False,
    ) -> Provisioned:
        """Makes the server work: with the identity that is backed up under the host name, or with its
        current one, which is then backed up there.

        With the server's configuration as the administrator holds it, or the digest of the settings that the
        administrator has seen, a server with other trust settings is refused.
        """
        config = None if server_config is None else os.fspath(server_config)
        call = self._raw.provision(host_name, config, settings_digest, accept_older_store)
        already_working, server = call.wait()
        return Provisioned(already_working, ServerStatus(**server))

    def register(
        self,
        service: str,
        public_key: str,
        *,
        password_hash: Password = None,
        operator_may_replace_key: bool = False,
    ) -> None:
        """Registers a service with its administrator's public key (PEM), and the hash of a password where
        one is to be asked for."""
        self._raw.register(service, public_key, password_hash, operator_may_replace_key).wait()

    def unregister(self, service: str) -> None:
        """Removes a service with all its secrets."""
        self._raw.unregister(service).wait()

    def services(self, prefix: str = "") -> list[Service]:
        """The services whose names start with ``prefix``."""
        return [Service(*row) for row in self._raw.services(prefix).wait()]

    def set_service_key(self, service: str, public_key: str, *, password_hash: Password = None) -> None:
        """Gives a service another administrator's key, if it was registered so that this may be done."""
        self._raw.set_service_key(service, public_key, password_hash).wait()

    def list_ta_secrets(self, prefix: str = "") -> list[Json]:
        """The secrets of applications' own whose names start with ``prefix``: their specifications."""
        return _json_list(self._raw.list_ta_secrets(prefix).wait())

    def destroy_ta_secret(self, name: str) -> None:
        """Destroys a secret of an application's own: the exact name, as listed."""
        self._raw.destroy_ta_secret(name).wait()

    def backup(self, host_name: str) -> None:
        """Backs the server's identity up under a host name."""
        self._raw.backup(host_name).wait()

    def backups(self, host_name: str = "") -> list[Backup]:
        """The backups of identities: of one host, or of all."""
        return [Backup(*row) for row in self._raw.backups(host_name).wait()]

    def delete_backup(self, host_name: str) -> None:
        """Deletes a backup. No server can be restored from it afterwards."""
        self._raw.delete_backup(host_name).wait()

    def administrators(self) -> list[Json]:
        """The administrators of the platform."""
        return _json_list(self._raw.administrators().wait())

    def add_administrator(self, name: str, public_key: str, *, password_hash: Password = None) -> None:
        """Adds an administrator of the platform."""
        self._raw.add_administrator(name, public_key, password_hash).wait()

    def remove_administrator(
        self, name: str, *, keep_shares: Iterable[int] = (), leave_none_proven: bool = False
    ) -> list[int]:
        """Removes an administrator of the platform: its key is refused from now on.

        The recovery shares that it made end, and their revisions are returned. Those of the revisions ``keep_shares``
        stay, as yours. ``leave_none_proven`` agrees that no proven shares for servers like this one are left then.
        """
        kept = list(keep_shares)
        return self._raw.remove_administrator(name, kept, leave_none_proven).wait()

    def rotate_key(self, public_key: str, *, password_hash: Password = None) -> None:
        """Replaces this administrator's own key. Later calls need a client with the new one."""
        self._raw.rotate_key(public_key, password_hash).wait()

    def deployment(self) -> Json:
        """The trust settings in force, and where the host's own file differs."""
        return _json(self._raw.deployment().wait())

    def diff_deployment(self, server_config: StrPath | None = None) -> Json:
        """What a file would change, or the file that the server was started with."""
        config = None if server_config is None else os.fspath(server_config)
        return _json(self._raw.diff_deployment(config).wait())

    def apply_deployment(self, server_config: StrPath, revision: int) -> Json:
        """Makes the trust settings of a file those in force, in the place of those of ``revision``."""
        return _json(self._raw.apply_deployment(os.fspath(server_config), revision).wait())

    def store_status(self) -> Json:
        """What the server's store is like, and what its last verification has found."""
        return _json(self._raw.store_status().wait())

    def verify_store(self) -> Json:
        """Has the server read everything in its store; it goes on after the answer."""
        return _json(self._raw.verify_store().wait())

    def move_store(self, url: str) -> Json:
        """Has the server move its records to the empty store at ``url``; it goes on after the answer."""
        return _json(self._raw.move_store(url).wait())

    def export_store(self) -> Iterator[tuple[str, bytes]]:
        """Everything in the server's store at one moment, sealed as it is there: keys and values, in the order
        of the keys. To be read within 10 minutes. ``aecsadmin store export`` writes a file of them, which
        a server imports."""
        page = None
        while page is None or page.more:
            page = self._raw.export_store(page).wait()
            yield from page.entries

    def recovery(self) -> Json:
        """The sets of recovery shares: who holds them, and when they were proven."""
        return _json(self._raw.recovery().wait())

    def create_recovery(
        self,
        threshold: int,
        custodians: Mapping[str, str],
        *,
        latest_revision: int = 0,
        released_to: StrPath | None = None,
    ) -> Json:
        """Makes a set of recovery shares, of which ``threshold`` restore the deployment (docs/recovery.md).

        ``custodians`` are names and recipients of age (``age1…``). The answer has the text of a share
        file for each, under ``files`` in their order: the server keeps none. ``latest_revision`` is that of
        :meth:`recovery`, so that two administrators do not make sets without knowing it. The shares
        are for servers that the kubeconfig ``released_to`` describes; without it, for those like the server
        that makes them.
        """
        policy = None if released_to is None else os.fspath(released_to)
        call = self._raw.create_recovery(threshold, list(custodians.items()), latest_revision, policy)
        return _json(call.wait())

    def finish_recovery(
        self,
        revision: int,
        epoch: int,
        chain: str,
        *,
        settings_digest: str = "",
        accept_older_store: bool = False,
        overruled: Iterable[int] = (),
    ) -> str:
        """Makes a server work that has opened the identity of the pinned deployment, with the records of the
        state that is named: what ``opened`` in :attr:`ServerStatus.recovering` shows, if that is the
        state which is meant. Custodians of the shares ``overruled``, who have seen later records, are not heeded.
        Returns why the identity is not sealed on that platform; empty if it is."""
        call = self._raw.finish_recovery(
            (revision, epoch, chain), settings_digest, accept_older_store, list(overruled)
        )
        return call.wait()

    def revoke_recovery(self, revisions: Iterable[int]) -> list[int]:
        """Ends sets of recovery shares; returns the revisions of those that are left."""
        return self._raw.revoke_recovery(list(revisions)).wait()

    def set_time(self, floor: float) -> float:
        """Lowers the floor of the server's clock (seconds since 1970). Returns where it was."""
        return self._raw.set_time(floor).wait()

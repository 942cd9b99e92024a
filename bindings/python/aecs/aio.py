"""The clients for event loops: each call is one of the class of the same name in :mod:`aecs`, and is awaited.

A client is made with ``await``, or with ``async with``, which closes it at the end::

    async with aio.Client.from_kubeconfig("/etc/kubetee/ta.kubeconfig") as client:
        secret = await client.get("service1", "db-password")

Cancelling a task ends its call: what was not sent is not sent, and of what was sent the answer is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, TypeVar

from aecs import _aecs
from aecs._aecs import NewSecret, Operation, Outcome, PublicSecret, Secret, SecretBytes, Simulation, Tag
from aecs._logging import refresh_logging
from aecs.client import StrPath
from aecs.errors import Error
from aecs.service import _json, _json_list, state_file
from aecs.types import (
    Applied,
    Backup,
    Denial,
    Json,
    ListedSecret,
    Provisioned,
    SecretInfo,
    ServerStatus,
    Service,
    Version,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from aecs.service import Password, Value


class _Closes(Protocol):
    def close(self) -> None: ...


_Raw = TypeVar("_Raw")
_Client = TypeVar("_Client", bound=_Closes)


class Connecting(Awaitable[_Client], Generic[_Client]):
    """A client that is not connected yet: ``await`` it, or use it with ``async with``."""

    def __init__(self, make: Callable[[], Awaitable[_Client]]) -> None:
        self._make = make
        self._client: _Client | None = None

    def __await__(self) -> Generator[Any, None, _Client]:
        return self._make().__await__()

    async def __aenter__(self) -> _Client:
        self._client = await self._make()
        return self._client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()


class _Connected(Generic[_Raw]):
    def __init__(self, raw: _Raw) -> None:
        self._raw = raw

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection. Later calls are refused."""
        raise NotImplementedError


class Client(_Connected[_aecs.Application]):
    """As :class:`aecs.Client`."""

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        *,
        platform: str | None = None,
        simulation: Simulation | None = None,
        user_data: bytes | None = None,
        wait_for_start: float | None = None,
    ) -> Connecting[Self]:
        """As :meth:`aecs.Client.from_kubeconfig`."""
        return cls._connect(os.fspath(path), platform, simulation, user_data, wait_for_start)

    @classmethod
    def from_env(
        cls, *, user_data: bytes | None = None, wait_for_start: float | None = None
    ) -> Connecting[Self]:
        """As :meth:`aecs.Client.from_env`."""
        return cls._connect(None, None, None, user_data, wait_for_start)

    @classmethod
    def _connect(
        cls,
        path: str | None,
        platform: str | None,
        simulation: Simulation | None,
        user_data: bytes | None,
        wait_for_start: float | None,
    ) -> Connecting[Self]:
        async def make() -> Self:
            refresh_logging()
            call = _aecs.Application.connect(path, platform, simulation, user_data, wait_for_start)
            return cls(await call.future())

        return Connecting(make)

    def close(self) -> None:
        """As :meth:`aecs.Client.close`."""
        self._raw.close()

    async def get(self, service: str, secret: str) -> Secret:
        """As :meth:`aecs.Client.get`."""
        return await self._raw.get(service, secret).future()

    async def get_version(self, service: str, secret: str, version: int) -> Secret:
        """As :meth:`aecs.Client.get_version`."""
        return await self._raw.get_version(service, secret, version).future()

    async def get_if_changed(self, service: str, secret: str, known: Tag) -> Secret | None:
        """As :meth:`aecs.Client.get_if_changed`."""
        return await self._raw.get_if_changed(service, secret, known).future()

    async def get_when_ready(self, service: str, secret: str, within: float) -> Secret:
        """As :meth:`aecs.Client.get_when_ready`."""
        return await self._raw.get_when_ready(service, secret, within).future()

    async def get_many(self, wanted: Iterable[tuple[str, str]]) -> list[Secret | Error]:
        """As :meth:`aecs.Client.get_many`."""
        return await self._raw.get_many(list(wanted)).future()

    async def list_secrets(self, service: str, prefix: str = "") -> list[ListedSecret]:
        """As :meth:`aecs.Client.list_secrets`."""
        return [ListedSecret(*row) for row in await self._raw.list_secrets(service, prefix).future()]

    async def get_public(self, service: str, secret: str) -> PublicSecret:
        """As :meth:`aecs.Client.get_public`."""
        return await self._raw.get_public(service, secret).future()

    async def create(
        self, secret: NewSecret, *, bind: Literal["measurement", "signer"] = "measurement"
    ) -> None:
        """As :meth:`aecs.Client.create`."""
        await self._raw.create(secret, bind).future()

    async def destroy(self, secret: str) -> None:
        """As :meth:`aecs.Client.destroy`."""
        await self._raw.destroy(secret).future()

    def key(self, service: str, secret: str) -> Key:
        """As :meth:`aecs.Client.key`."""
        return Key(self._raw.key(service, secret))

    def watch(self, service: str, secret: str, *, every: float = 30.0) -> Watch:
        """As :meth:`aecs.Client.watch`: ``async for secret in client.watch(...)``."""
        return Watch(self._raw.watch(service, secret, every))


class Watch(AsyncIterator[Secret]):
    """As :class:`aecs.Watch`. A wait that is cancelled loses no version."""

    def __init__(self, raw: _aecs.Watch) -> None:
        self._raw = raw

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Secret:
        secret = await self.changed()
        assert secret is not None
        return secret

    async def changed(self, within: float | None = None) -> Secret | None:
        """As :meth:`aecs.Watch.changed`."""
        return await self._raw.changed(within).future()


class Key:
    """As :class:`aecs.Key`."""

    def __init__(self, raw: _aecs.Key) -> None:
        self._raw = raw

    async def batch(self, operations: Sequence[Operation]) -> list[Outcome | Error]:
        """As :meth:`aecs.Key.batch`."""
        return await self._raw.batch(list(operations)).future()

    async def _one(self, operation: Operation) -> Outcome:
        return await self._raw.one(operation).future()

    async def encrypt(self, plain: Buffer, associated_data: Buffer = b"") -> str:
        """As :meth:`aecs.Key.encrypt`."""
        return (await self._one(Operation.encrypt(plain, associated_data))).sealed

    async def decrypt(self, sealed: str, associated_data: Buffer = b"") -> SecretBytes:
        """As :meth:`aecs.Key.decrypt`."""
        return (await self._one(Operation.decrypt(sealed, associated_data))).output

    async def rewrap(self, sealed: str, associated_data: Buffer = b"") -> str:
        """As :meth:`aecs.Key.rewrap`."""
        return (await self._one(Operation.rewrap(sealed, associated_data))).sealed

    async def wrap(self, key: Buffer, associated_data: Buffer = b"") -> str:
        """As :meth:`aecs.Key.wrap`."""
        return (await self._one(Operation.wrap(key, associated_data))).sealed

    async def unwrap(self, sealed: str, associated_data: Buffer = b"") -> SecretBytes:
        """As :meth:`aecs.Key.unwrap`."""
        return (await self._one(Operation.unwrap(sealed, associated_data))).output

    async def data_key(self, length: int, associated_data: Buffer = b"") -> tuple[SecretBytes, str]:
        """As :meth:`aecs.Key.data_key`."""
        outcome = await self._one(Operation.data_key(length, associated_data))
        return outcome.output, outcome.sealed

    async def sign(self, message: Buffer, algorithm: str | None = None) -> str:
        """As :meth:`aecs.Key.sign`."""
        return (await self._one(Operation.sign(message, algorithm))).sealed

    async def verify(self, message: Buffer, signature: str, algorithm: str | None = None) -> bool:
        """As :meth:`aecs.Key.verify`."""
        return (await self._one(Operation.verify(message, signature, algorithm))).valid

    async def mac(self, data: Buffer) -> str:
        """As :meth:`aecs.Key.mac`."""
        return (await self._one(Operation.mac(data))).sealed

    async def verify_mac(self, data: Buffer, mac: str) -> bool:
        """As :meth:`aecs.Key.verify_mac`."""
        return (await self._one(Operation.verify_mac(data, mac))).valid

    async def derive(
        self, context: Buffer, length: int, version: int | None = None
    ) -> tuple[SecretBytes, int]:
        """As :meth:`aecs.Key.derive`."""
        outcome = await self._one(Operation.derive(context, length, version))
        return outcome.output, outcome.version

    async def random(self, length: int) -> SecretBytes:
        """As :meth:`aecs.Key.random`."""
        return (await self._one(Operation.random(length))).output


class ServiceClient(_Connected[_aecs.Service]):
    """As :class:`aecs.ServiceClient`."""

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        *,
        password: Password = None,
        state_dir: StrPath | None = None,
        roots: Iterable[str] = (),
    ) -> Connecting[Self]:
        """As :meth:`aecs.ServiceClient.from_kubeconfig`."""

        async def make() -> Self:
            refresh_logging()
            call = _aecs.Service.connect(os.fspath(path), password, state_file(state_dir), list(roots))
            return cls(await call.future())

        return Connecting(make)

    @property
    def name(self) -> str:
        """As :attr:`aecs.ServiceClient.name`."""
        return self._raw.name

    def close(self) -> None:
        """As :meth:`aecs.ServiceClient.close`."""
        self._raw.close()

    async def status(self) -> ServerStatus:
        """As :meth:`aecs.ServiceClient.status`."""
        return ServerStatus(**await self._raw.status().future())

    async def create(self, secret: NewSecret, value: Value | None = None) -> None:
        """As :meth:`aecs.ServiceClient.create`."""
        await self._raw.create(secret, value).future()

    async def update(self, secret: NewSecret, *, if_epoch: int | None = None) -> None:
        """As :meth:`aecs.ServiceClient.update`."""
        await self._raw.update(secret, if_epoch).future()

    async def apply(self, secret: NewSecret, *, dry_run: bool = False) -> Applied:
        """As :meth:`aecs.ServiceClient.apply`."""
        return Applied(*await self._raw.apply(secret, dry_run).future())

    async def put(self, name: str, value: Value, *, if_version: int | None = None) -> int:
        """As :meth:`aecs.ServiceClient.put`."""
        return await self._raw.put(name, value, if_version).future()

    async def rotate(self, name: str, *, if_version: int | None = None) -> int:
        """As :meth:`aecs.ServiceClient.rotate`."""
        return await self._raw.rotate(name, if_version).future()

    async def roll_back(self, name: str, to: int, *, if_version: int | None = None) -> int:
        """As :meth:`aecs.ServiceClient.roll_back`."""
        return await self._raw.roll_back(name, to, if_version).future()

    async def versions(self, name: str) -> list[Version]:
        """As :meth:`aecs.ServiceClient.versions`."""
        return Version.all_of(await self._raw.versions(name).future())

    async def delete(self, name: str, *, version: int | None = None) -> int:
        """As :meth:`aecs.ServiceClient.delete`."""
        return await self._raw.delete(name, version).future()

    async def undelete(self, name: str, *, version: int | None = None) -> None:
        """As :meth:`aecs.ServiceClient.undelete`."""
        await self._raw.undelete(name, version).future()

    async def destroy(self, name: str, *, version: int | None = None) -> None:
        """As :meth:`aecs.ServiceClient.destroy`."""
        await self._raw.destroy(name, version).future()

    async def list_secrets(self, prefix: str = "") -> list[SecretInfo]:
        """As :meth:`aecs.ServiceClient.list_secrets`."""
        return SecretInfo.all_of(await self._raw.list_secrets(prefix, False).future())

    async def info(self, name: str) -> SecretInfo | None:
        """As :meth:`aecs.ServiceClient.info`."""
        found = SecretInfo.all_of(await self._raw.list_secrets(name, True).future())
        return found[0] if found else None

    async def denials(self, prefix: str = "") -> list[Denial]:
        """As :meth:`aecs.ServiceClient.denials`."""
        return Denial.all_of(await self._raw.denials(prefix).future())

    async def get_public(self, name: str) -> PublicSecret:
        """As :meth:`aecs.ServiceClient.get_public`."""
        return await self._raw.get_public(name).future()

    def key(self, secret: str) -> Key:
        """As :meth:`aecs.ServiceClient.key`."""
        return Key(self._raw.key(secret))

    async def rotate_key(self, public_key: str, *, password_hash: Password = None) -> None:
        """As :meth:`aecs.ServiceClient.rotate_key`."""
        await self._raw.rotate_key(public_key, password_hash).future()

    async def put_list(self, content: Mapping[str, Any]) -> Json:
        """As :meth:`aecs.ServiceClient.put_list`."""
        return _json(await self._raw.put_list(json.dumps(content)).future())

    async def add_to_list(self, content: Mapping[str, Any]) -> Json:
        """As :meth:`aecs.ServiceClient.add_to_list`."""
        return _json(await self._raw.add_to_list(json.dumps(content)).future())

    async def remove_from_list(self, content: Mapping[str, Any]) -> Json:
        """As :meth:`aecs.ServiceClient.remove_from_list`."""
        return _json(await self._raw.remove_from_list(json.dumps(content)).future())

    async def named_lists(self, prefix: str = "") -> list[Json]:
        """As :meth:`aecs.ServiceClient.named_lists`."""
        return _json_list(await self._raw.named_lists(prefix).future())

    async def named_list(self, name: str) -> Json:
        """As :meth:`aecs.ServiceClient.named_list`."""
        return _json(await self._raw.named_list(name).future())

    async def destroy_list(self, name: str) -> None:
        """As :meth:`aecs.ServiceClient.destroy_list`."""
        await self._raw.destroy_list(name).future()


class AdminClient(_Connected[_aecs.Admin]):
    """As :class:`aecs.AdminClient`."""

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        *,
        password: Password = None,
        state_dir: StrPath | None = None,
        roots: Iterable[str] = (),
        first_contact: bool = False,
    ) -> Connecting[Self]:
        """As :meth:`aecs.AdminClient.from_kubeconfig`."""

        async def make() -> Self:
            refresh_logging()
            call = _aecs.Admin.connect(
                os.fspath(path), password, state_file(state_dir), list(roots), first_contact
            )
            return cls(await call.future())

        return Connecting(make)

    def close(self) -> None:
        """As :meth:`aecs.AdminClient.close`."""
        self._raw.close()

    async def status(self) -> ServerStatus:
        """As :meth:`aecs.AdminClient.status`."""
        return ServerStatus(**await self._raw.status().future())

    async def provision(
        self,
        host_name: str,
        *,
        server_config: StrPath | None = None,
        settings_digest: str = "",
        accept_older_store: bool = False,
    ) -> Provisioned:
        """As :meth:`aecs.AdminClient.provision`."""
        config = None if server_config is None else os.fspath(server_config)
        call = self._raw.provision(host_name, config, settings_digest, accept_older_store)
        already_working, server = await call.future()
        return Provisioned(already_working, ServerStatus(**server))

    async def register(
        self,
        service: str,
        public_key: str,
        *,
        password_hash: Password = None,
        operator_may_replace_key: bool = False,
    ) -> None:
        """As :meth:`aecs.AdminClient.register`."""
        await self._raw.register(service, public_key, password_hash, operator_may_replace_key).future()

    async def unregister(self, service: str) -> None:
        """As :meth:`aecs.AdminClient.unregister`."""
        await self._raw.unregister(service).future()

    async def services(self, prefix: str = "") -> list[Service]:
        """As :meth:`aecs.AdminClient.services`."""
        return [Service(*row) for row in await self._raw.services(prefix).future()]

    async def set_service_key(
        self, service: str, public_key: str, *, password_hash: Password = None
    ) -> None:
        """As :meth:`aecs.AdminClient.set_service_key`."""
        await self._raw.set_service_key(service, public_key, password_hash).future()

    async def list_ta_secrets(self, prefix: str = "") -> list[Json]:
        """As :meth:`aecs.AdminClient.list_ta_secrets`."""
        return _json_list(await self._raw.list_ta_secrets(prefix).future())

    async def destroy_ta_secret(self, name: str) -> None:
        """As :meth:`aecs.AdminClient.destroy_ta_secret`."""
        await self._raw.destroy_ta_secret(name).future()

    async def backup(self, host_name: str) -> None:
        """As :meth:`aecs.AdminClient.backup`."""
        await self._raw.backup(host_name).future()

    async def backups(self, host_name: str = "") -> list[Backup]:
        """As :meth:`aecs.AdminClient.backups`."""
        return [Backup(*row) for row in await self._raw.backups(host_name).future()]

    async def delete_backup(self, host_name: str) -> None:
        """As :meth:`aecs.AdminClient.delete_backup`."""
        await self._raw.delete_backup(host_name).future()

    async def administrators(self) -> list[Json]:
        """As :meth:`aecs.AdminClient.administrators`."""
        return _json_list(await self._raw.administrators().future())

    async def add_administrator(
        self, name: str, public_key: str, *, password_hash: Password = None
    ) -> None:
        """As :meth:`aecs.AdminClient.add_administrator`."""
        await self._raw.add_administrator(name, public_key, password_hash).future()

    async def remove_administrator(
        self, name: str, *, keep_shares: Iterable[int] = (), leave_none_proven: bool = False
    ) -> list[int]:
        """As :meth:`aecs.AdminClient.remove_administrator`."""
        kept = list(keep_shares)
        return await self._raw.remove_administrator(name, kept, leave_none_proven).future()

    async def rotate_key(self, public_key: str, *, password_hash: Password = None) -> None:
        """As :meth:`aecs.AdminClient.rotate_key`."""
        await self._raw.rotate_key(public_key, password_hash).future()

    async def deployment(self) -> Json:
        """As :meth:`aecs.AdminClient.deployment`."""
        return _json(await self._raw.deployment().future())

    async def diff_deployment(self, server_config: StrPath | None = None) -> Json:
        """As :meth:`aecs.AdminClient.diff_deployment`."""
        config = None if server_config is None else os.fspath(server_config)
        return _json(await self._raw.diff_deployment(config).future())

    async def apply_deployment(self, server_config: StrPath, revision: int) -> Json:
        """As :meth:`aecs.AdminClient.apply_deployment`."""
        return _json(await self._raw.apply_deployment(os.fspath(server_config), revision).future())

    async def store_status(self) -> Json:
        """As :meth:`aecs.AdminClient.store_status`."""
        return _json(await self._raw.store_status().future())

    async def verify_store(self) -> Json:
        """As :meth:`aecs.AdminClient.verify_store`."""
        return _json(await self._raw.verify_store().future())

    async def move_store(self, url: str) -> Json:
        """As :meth:`aecs.AdminClient.move_store`."""
        return _json(await self._raw.move_store(url).future())

    async def export_store(self) -> AsyncIterator[tuple[str, bytes]]:
        """As :meth:`aecs.AdminClient.export_store`."""
        page = None
        while page is None or page.more:
            page = await self._raw.export_store(page).future()
            for entry in page.entries:
                yield entry

    async def recovery(self) -> Json:
        """As :meth:`aecs.AdminClient.recovery`."""
        return _json(await self._raw.recovery().future())

    async def create_recovery(
        self,
        threshold: int,
        custodians: Mapping[str, str],
        *,
        latest_revision: int = 0,
        released_to: StrPath | None = None,
    ) -> Json:
        """As :meth:`aecs.AdminClient.create_recovery`."""
        policy = None if released_to is None else os.fspath(released_to)
        call = self._raw.create_recovery(threshold, list(custodians.items()), latest_revision, policy)
        return _json(await call.future())

    async def finish_recovery(
        self,
        revision: int,
        epoch: int,
        chain: str,
        *,
        settings_digest: str = "",
        accept_older_store: bool = False,
        overruled: Iterable[int] = (),
    ) -> str:
        """As :meth:`aecs.AdminClient.finish_recovery`."""
        call = self._raw.finish_recovery(
            (revision, epoch, chain), settings_digest, accept_older_store, list(overruled)
        )
        return await call.future()

    async def revoke_recovery(self, revisions: Iterable[int]) -> list[int]:
        """As :meth:`aecs.AdminClient.revoke_recovery`."""
        return await self._raw.revoke_recovery(list(revisions)).future()

    async def set_time(self, floor: float) -> float:
        """As :meth:`aecs.AdminClient.set_time`."""
        return await self._raw.set_time(floor).future()


class CustodianClient(_Connected[_aecs.Custodian]):
    """As :class:`aecs.CustodianClient`."""

    @classmethod
    def from_kubeconfig(
        cls,
        path: StrPath,
        share: str | Buffer,
        identity: str | Buffer,
        *,
        recovering: bool = False,
        state_dir: StrPath | None = None,
        roots: Iterable[str] = (),
    ) -> Connecting[Self]:
        """As :meth:`aecs.CustodianClient.from_kubeconfig`."""

        async def make() -> Self:
            refresh_logging()
            call = _aecs.Custodian.connect(
                os.fspath(path), share, identity, recovering, state_file(state_dir), list(roots)
            )
            return cls(await call.future())

        return Connecting(make)

    def close(self) -> None:
        """As :meth:`aecs.CustodianClient.close`."""
        self._raw.close()

    async def prove(self) -> Json:
        """As :meth:`aecs.CustodianClient.prove`."""
        return _json(await self._raw.prove().future())

    async def submit(self) -> Json:
        """As :meth:`aecs.CustodianClient.submit`."""
        return _json(await self._raw.submit().future())

    async def appoint(self, name: str, public_key: str, *, password_hash: Password = None) -> Json:
        """As :meth:`aecs.CustodianClient.appoint`."""
        return _json(await self._raw.appoint(name, public_key, password_hash).future())

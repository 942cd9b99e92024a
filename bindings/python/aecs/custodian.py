"""The client of the custodian of a recovery share: :mod:`aecs.aio` has the same for event loops."""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aecs import _aecs
from aecs._logging import refresh_logging
from aecs.client import StrPath
from aecs.service import _json, state_file
from aecs.types import Json

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from aecs.service import Password


class CustodianClient:
    """The holder of a recovery share: proves it to the working server, or submits it to one that recovers
    the deployment (docs/recovery.md).

    A share is sent to a server only that has proved to satisfy the policy of the kubeconfig and the one in the share.
    """

    def __init__(self, raw: _aecs.Custodian) -> None:
        """Use :meth:`from_kubeconfig`."""
        self._raw = raw

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
    ) -> Self:
        """Opens a share with its holder's identity, and connects. Nothing of the share is sent yet.

        ``share`` is the text of a share file, ``identity`` that of a file of ``age-keygen``. Without
        ``recovering`` the server is the working one of the deployment, for :meth:`prove`; with it, one that
        recovers the deployment, for :meth:`submit`. The kubeconfig needs no administrator.
        What a proof has shown of the deployment is remembered in ``state_dir``, as by the other clients: a
        recovery of an older state is refused.
        """
        refresh_logging()
        call = _aecs.Custodian.connect(
            os.fspath(path), share, identity, recovering, state_file(state_dir), list(roots)
        )
        return cls(call.wait())

    def close(self) -> None:
        """Closes the connection, and wipes the share. Later calls are refused."""
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def prove(self) -> Json:
        """Proves the share, as a drill does: nothing of it is sent. Says which shares of the set were proven
        in the last 24 hours."""
        return _json(self._raw.prove().wait())

    def submit(self) -> Json:
        """Submits the share to the recovering server. Says how many of its set the server has, and whether
        it has opened the identity: then :meth:`AdminClient.finish_recovery` is next."""
        return _json(self._raw.submit().wait())

    def appoint(self, name: str, public_key: str, *, password_hash: Password = None) -> Json:
        """Asks for an administrator of the platform, in the place of one of the same name: what enough
        custodians of a set ask for within a day is done."""
        return _json(self._raw.appoint(name, public_key, password_hash).wait())

"""What can go wrong, by whose fault it is and what helps: one class for each kind.

Every exception has the same four attributes beside its message:

``code``
    The server's error code as text, for example ``"0xAA280000"``, or None. It is not authenticated: an
    attacker on the network can make one up. ``docs/guide/troubleshooting.md`` lists all codes.
``code_name``
    The name of the code, for example ``"NoSuchName"``.
``help``
    What to do about it, or None where the message says all there is.
``temporary``
    Whether the same call may succeed later, with nothing changed on this side.
"""

from __future__ import annotations


class Error(Exception):
    """The base of all exceptions of this package."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        code_name: str | None = None,
        help: str | None = None,
        temporary: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.code_name = code_name
        self.help = help
        self.temporary = temporary

    def __str__(self) -> str:
        return f"{self.message}\n  help: {self.help}" if self.help else self.message


class UsageError(Error):
    """The call makes no sense as it is, or not here: outside of a TEE, or on a closed client."""


class InputError(Error):
    """A file, a key, a policy or another argument is not valid."""


class UnreadableError(InputError):
    """A file is not there, or cannot be read."""


class UnreachableError(Error):
    """The server cannot be reached, or the connection does not last."""


class RefusedError(Error):
    """The server answered, and refused."""


class NotReadyError(RefusedError):
    """The server is not ready for this yet; later it may be."""


class NotFoundError(RefusedError):
    """The server has no such thing."""


class ExistsError(RefusedError):
    """The server has a thing of this name already."""


class DeniedError(RefusedError):
    """The server denied it: key, password, policy or evidence. An application is not told which, and a
    secret that does not exist is denied as well."""


class ConflictError(RefusedError):
    """Somebody else has changed the thing since."""


class UntrustedError(Error):
    """A server, an answer, or evidence cannot be trusted."""


class EvidenceError(UntrustedError):
    """Evidence does not hold. ``check`` names the check that failed; ``expected`` and ``actual`` say
    what it compared, where that can be said."""

    check: str | None = None
    expected: str | None = None
    actual: str | None = None


class PolicyError(UntrustedError):
    """Evidence is genuine, and not of those that a policy wants."""


class StateMemoryError(Error):
    """The file that remembers the last states of servers cannot be written."""


class InternalError(Error):
    """A defect of this side."""

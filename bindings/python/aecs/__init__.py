"""Clients of AECS, and offline verification of evidence.

An application gets its secrets with :class:`Client`, or in asynchronous code with
:class:`aecs.aio.Client`. :class:`ServiceClient` is for the administrator of a service,
:class:`AdminClient` for the operator of the platform, :class:`CustodianClient` for the holder
of a recovery share. :class:`Verifier` and :class:`Policy`
verify evidence without a server.

What is wrong is an :class:`Error`, with the server's ``code`` and ``help``. Secrets are
:class:`SecretBytes`, which nothing prints and which wipe themselves.
"""

from aecs._aecs import (
    Evidence,
    NewSecret,
    Operation,
    Outcome,
    PublicSecret,
    Secret,
    SecretBytes,
    Simulation,
    Tag,
    Verifier,
    make_report,
)
from aecs._logging import refresh_logging
from aecs.admin import AdminClient, pin_kubeconfig
from aecs.client import TRUSTED_APPLICATIONS, Client, Key, Watch
from aecs.custodian import CustodianClient
from aecs.errors import (
    ConflictError,
    DeniedError,
    Error,
    EvidenceError,
    ExistsError,
    InputError,
    InternalError,
    NotFoundError,
    NotReadyError,
    PolicyError,
    RefusedError,
    StateMemoryError,
    UnreachableError,
    UnreadableError,
    UntrustedError,
    UsageError,
)
from aecs.evidence import Alternative, Comparison, Demand, Explanation, Policy
from aecs.service import ServiceClient, load_lists, load_secrets, parse_secrets
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

__all__ = [
    "TRUSTED_APPLICATIONS",
    "AdminClient",
    "Alternative",
    "Applied",
    "Backup",
    "Client",
    "Comparison",
    "ConflictError",
    "CustodianClient",
    "Demand",
    "Denial",
    "DeniedError",
    "Error",
    "Evidence",
    "EvidenceError",
    "ExistsError",
    "Explanation",
    "InputError",
    "InternalError",
    "Json",
    "Key",
    "ListedSecret",
    "NewSecret",
    "NotFoundError",
    "NotReadyError",
    "Operation",
    "Outcome",
    "Policy",
    "PolicyError",
    "Provisioned",
    "PublicSecret",
    "RefusedError",
    "Secret",
    "SecretBytes",
    "SecretInfo",
    "ServerStatus",
    "Service",
    "ServiceClient",
    "Simulation",
    "StateMemoryError",
    "Tag",
    "UnreachableError",
    "UnreadableError",
    "UntrustedError",
    "UsageError",
    "Verifier",
    "Version",
    "Watch",
    "load_lists",
    "load_secrets",
    "make_report",
    "parse_secrets",
    "pin_kubeconfig",
    "refresh_logging",
]

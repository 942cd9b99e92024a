"""Policies that judge evidence, and what they make of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aecs import _aecs
from aecs._aecs import Evidence
from aecs.client import StrPath

if TYPE_CHECKING:
    from typing_extensions import Buffer


@dataclass(frozen=True)
class Comparison:
    """An attribute that a rule asks for, beside what was found."""

    #: Its name on the wire; empty where the part as a whole is meant.
    attribute: str
    #: Its key in policy files, where it has one.
    key: str | None
    expected: str
    actual: str
    holds: bool
    #: Whether the rule says nothing, so that a default asks for it.
    default: bool
    #: What would have to be different about the attester.
    attester: str
    #: The line that the rule would need instead; None where no line helps.
    rule_line: str | None
    #: What that would give up.
    risk: str


@dataclass(frozen=True)
class Alternative:
    """A rule: one way to satisfy a demand."""

    rule: str
    #: Its line in the file, where that is known.
    line: int | None
    holds: bool
    comparisons: list[Comparison]


@dataclass(frozen=True)
class Demand:
    """A part of a policy that has to be satisfied, by one of its alternatives."""

    rule: str
    satisfied: bool
    alternatives: list[Alternative]


@dataclass(frozen=True)
class Explanation:
    """Why a policy admits evidence or denies it. It is for people: :meth:`Policy.admit` decides."""

    admits: bool
    demands: list[Demand]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Explanation:
        """Of what the extension module returns."""
        demands = [
            Demand(
                demand["rule"],
                demand["satisfied"],
                [
                    Alternative(
                        alternative["rule"],
                        alternative["line"],
                        alternative["holds"],
                        [Comparison(**comparison) for comparison in alternative["comparisons"]],
                    )
                    for alternative in demand["alternatives"]
                ],
            )
            for demand in told["demands"]
        ]
        return cls(told["admits"], demands)

    def __str__(self) -> str:
        lines = ["admitted" if self.admits else "denied"]
        for demand in self.demands:
            for alternative in demand.alternatives:
                place = "" if alternative.line is None else f" (line {alternative.line})"
                lines.append(f"  {alternative.rule}{place}: {'holds' if alternative.holds else 'does not hold'}")
                for it in alternative.comparisons:
                    mark = "+" if it.holds else "-"
                    lines.append(f"  {mark} {it.key or it.attribute}: expected {it.expected}, found {it.actual}")
        return "\n".join(lines)


class Policy:
    """Whom a policy admits: a policy file of secrets, or a file with a policy alone (docs/policies.md)."""

    def __init__(self, raw: _aecs.Policy) -> None:
        """Use :meth:`load` or :meth:`parse`."""
        self._raw = raw

    @classmethod
    def load(
        cls,
        path: StrPath,
        *,
        secret: str | None = None,
        lists: Iterable[StrPath] = (),
        accepted_tcb_statuses: Iterable[str] | None = None,
        insecure_open_rules: bool = False,
    ) -> Policy:
        """Of a file, and of several secrets in it the policy of ``secret``.

        ``lists`` are files with the named lists that the policy refers to. ``accepted_tcb_statuses`` are accepted where a rule says nothing, by default ``UpToDate``. A rule that
        admits everybody is refused, unless ``insecure_open_rules`` says that this is meant.
        """
        statuses = None if accepted_tcb_statuses is None else list(accepted_tcb_statuses)
        raw = _aecs.Policy(
            path=os.fspath(path),
            secret=secret,
            lists=[os.fspath(file) for file in lists],
            accepted_tcb_statuses=statuses,
            insecure_open_rules=insecure_open_rules,
        )
        return cls(raw)

    @classmethod
    def parse(
        cls,
        text: str | Buffer,
        *,
        name: str | None = None,
        secret: str | None = None,
        lists: Iterable[StrPath] = (),
        accepted_tcb_statuses: Iterable[str] | None = None,
        insecure_open_rules: bool = False,
    ) -> Policy:
        """The same of a text, which messages call ``name``."""
        statuses = None if accepted_tcb_statuses is None else list(accepted_tcb_statuses)
        raw = _aecs.Policy(
            path=name,
            text=text,
            secret=secret,
            lists=[os.fspath(file) for file in lists],
            accepted_tcb_statuses=statuses,
            insecure_open_rules=insecure_open_rules,
        )
        return cls(raw)

    def admit(self, evidence: Evidence, *, now: float | None = None) -> None:
        """Raises :class:`aecs.PolicyError` with everything that does not match, if the policy does not admit
        the evidence at a time (seconds since 1970; without it, now)."""
        self._raw.admit(evidence, now=now)

    def explain(self, evidence: Evidence, *, now: float | None = None) -> Explanation:
        """What the policy makes of the evidence, rule by rule."""
        return Explanation.of(self._raw.explain(evidence, now=now))

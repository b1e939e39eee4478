"""What evidence is made of: a scene that is looked at, takers that look, and what they bring back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from tixmaster.oncall.evidence.redact import redact_tree
from tixmaster.stack.config import Config
from tixmaster.stack.said import Said

ArtefactKind = Literal[
    "alerts",
    "findings",
    "log-excerpt",
    "signatures",
    "panel",
    "numbers",
    "first-change",
    "database",
    "processes",
    "changes",
    "alertmanager",
    "prometheus",
]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What every taker may look at: the incident as its rows stand, and the clock."""

    config: Config
    incident: dict[str, Any]
    alerts: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    now: datetime
    announced: tuple[dict[str, Any], ...] = ()
    """What people said they would do: rows `{at, kind, text}` of deploys, drills and maintenance windows."""

    @property
    def started_at(self) -> datetime:
        """The true start, as far as the checks could find it."""
        started: datetime = self.incident["started_at"]
        return started

    @property
    def services(self) -> tuple[str, ...]:
        """The services that the incident speaks of and that tixmaster.toml knows, and what those need."""
        named = [self.incident["service"], *(alert["service"] for alert in self.alerts)]
        known = [name for name in dict.fromkeys(named) if name in self.config.service_names]
        needed = [name for service in known for name in sorted(self.config.needs(service))]
        return tuple(dict.fromkeys([*known, *needed]))


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An artefact: its content is already redacted."""

    kind: ArtefactKind
    title: Said
    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An artefact that there is not, and why: it `failed`, or there was nothing to take (`skipped`)."""

    kind: ArtefactKind
    title: Said
    status: Literal["failed", "skipped"]
    reason: Said


Item = Taken | Missing


@dataclass(frozen=True, kw_only=True)
class Taker:
    """Takes artefacts of one source. What it raises and how long it hangs concerns its own artefacts only."""

    kind: ArtefactKind
    title: Said
    take: Callable[[Sight], Iterator[Item]]
    seconds: float = 4.0
    """It is given up after this."""


def as_json(value: Any) -> bytes:
    """A value as it is kept: readable, redacted."""
    plain = redact_tree(msgspec.to_builtins(value, str_keys=True))  # by field: a text must not end the one it stands in
    return msgspec.json.format(msgspec.json.encode(plain))

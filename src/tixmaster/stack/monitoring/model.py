"""The words a rule file is made of, typed: recording rules, alerts, groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tixmaster.stack.monitoring.timings import span

Severity = Literal["critical", "warning", "info", "none"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Evaluates `expr` at every tick and stores it as `name`."""

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        rule: dict[str, Any] = {"record": self.name, "expr": self.expr}
        return rule | ({"labels": dict(self.labels)} if self.labels else {})


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Fires for every series of `expr` that persisted for `hold` seconds, and until it was gone for `keep` seconds."""

    name: str
    expr: str
    hold: int
    keep: int = 0
    severity: Severity
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        rule: dict[str, Any] = {"alert": self.name, "expr": self.expr}
        if self.hold:
            rule["for"] = span(self.hold)
        if self.keep:
            rule["keep_firing_for"] = span(self.keep)
        return rule | {
            "labels": {"severity": self.severity, **self.labels},
            "annotations": dict(self.annotations),
        }


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other, so that a rule may use what an earlier one recorded."""

    name: str
    rules: tuple[Recording | Alert, ...]
    interval: int | None = None
    """Seconds from one evaluation to the next; None: as often as the others."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts among its rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))

    def document(self) -> dict[str, Any]:
        """A rule file that holds this group alone."""
        head: dict[str, Any] = {"name": self.name} | ({"interval": span(self.interval)} if self.interval else {})
        return {"groups": [head | {"rules": [rule.document() for rule in self.rules]}]}

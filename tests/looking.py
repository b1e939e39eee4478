"""Carries out one check as a step of the manual would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

from tixmaster.oncall import checks
from tixmaster.oncall.checks import Finding, Scene, within
from tixmaster.stack.config import Config


class Look(Protocol):
    """The finding of a check with the parameters of a step; `began` is when the trouble did."""

    def __call__(
        self,
        name: str,
        /,
        *,
        timeout: float = 2.0,
        now: datetime | None = None,
        began: datetime | None = None,
        **params: Any,
    ) -> Finding: ...


def looking(config: Config) -> Look:
    """Looks at what a configuration describes. Every finding has the names that its check promises, and one line."""

    def carry_out(
        name: str,
        /,
        *,
        timeout: float = 2.0,
        now: datetime | None = None,
        began: datetime | None = None,
        **params: Any,
    ) -> Finding:
        known, now = checks.registered()[name], now or datetime.now(UTC)
        scene = Scene(config=config, service="backend", started_at=began or now, now=now, timeout=timeout)
        found = within.limits(known, params, scene)
        assert set(found.value) == set(known.value.__struct_fields__)
        assert found.reason
        assert "\n" not in found.reason
        return found

    return carry_out

"""Is a service well? Asked as `tix status` asks: over HTTP, at its port, by a log-in, whatever its users would do."""

from __future__ import annotations

import time
from typing import Annotated

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack import health as healths

ALMOST = 0.95
"""A probe that took so much of its limit was given up for time."""


class HealthParams(Params, frozen=True, kw_only=True):
    """Any service of tixmaster.toml."""

    service: Annotated[str, about("which service is asked")]


class HealthValue(Value, frozen=True, kw_only=True):
    """How long it took to know."""

    timed_out: Annotated[bool, about("whether the time limit passed without an answer")] = False
    milliseconds: Annotated[int | None, about("how long the answer took")] = None


@check("health", HealthParams, HealthValue)
def health(params: HealthParams, scene: Scene) -> Finding:
    """Asks once. Of a service that listens nowhere its manager's word is taken."""
    began = time.monotonic()
    found = healths.probe(scene.config, params.service, scene.timeout)
    seconds = time.monotonic() - began
    silent = not found.healthy and seconds >= scene.timeout * ALMOST
    value = HealthValue(timed_out=silent, milliseconds=None if silent else round(seconds * 1000))
    return Finding(status="ok" if found.healthy else "failed", reason=found.detail, value=value.plain())

"""What the author of a check needs: a typed parameter record, a function, and `@check("name", Params)`.

A check is read-only and returns a finding: `ok` (as it should be), `failed` (it found the trouble it looks for), `error` (it
could not look; the reason says why). It keeps to `scene.timeout`; the engine gives it up shortly after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from tixmaster.stack.config import Config

Status = Literal["ok", "failed", "skipped", "error"]


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of a check; a step's `with:` is validated against them when the document is loaded."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `value` holds plain JSON values; conditions of the manual read them by name."""

    status: Status
    reason: str
    value: dict[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where and when a check looks."""

    config: Config
    service: str
    """The short name of the service the alert speaks of."""
    started_at: datetime
    """When the trouble began, as far as is known by now."""
    now: datetime
    timeout: float
    """Seconds the check may take."""

    @property
    def age_seconds(self) -> float:
        """How long the trouble has lasted."""
        return max((self.now - self.started_at).total_seconds(), 1.0)


P = TypeVar("P", bound=Params)
CheckFunction = Callable[[Any, Scene], Finding]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A registered check."""

    name: str
    params: type[Params]
    function: CheckFunction


_registry: dict[str, Check] = {}


def check(name: str, params: type[P]) -> Callable[[Callable[[P, Scene], Finding]], Callable[[P, Scene], Finding]]:
    """Registers the decorated function under `name`, the word that steps use."""

    def register(function: Callable[[P, Scene], Finding]) -> Callable[[P, Scene], Finding]:
        _registry[name] = Check(name=name, params=params, function=function)
        return function

    return register


def registered() -> dict[str, Check]:
    """All checks by name."""
    return dict(_registry)

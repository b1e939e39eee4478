"""What the author of a check needs: typed parameters, a typed value, a function, and `@check("name", Params, Value)`.

A check is read-only and returns a finding: `ok` (as it should be), `failed` (it found the trouble it looks for),
`skipped` (it does not apply here), `error` (it could not look). The reason says it to people in one line, in both
languages: `said("{queue} holds {count} jobs", "{queue} 有 {count} 筆工作", queue=…, count=…)`. A check keeps to
`scene.timeout`; the engine gives it up shortly after that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from tixmaster.oncall.errors import CheckRefusedError
from tixmaster.stack.config import Config
from tixmaster.stack.said import Said

Status = Literal["ok", "failed", "skipped", "error"]


def about(text: str) -> msgspec.Meta:
    """What a parameter or a name of the value is for: `port: Annotated[int, about("where it listens")]`.

    The documentation of the checks and the JSON Schema for editors are made of it.
    """
    return msgspec.Meta(description=text)


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of a check; a step's `with:` is validated against them when the document is loaded.

    A `__post_init__` may refuse combinations by a ValueError.
    """


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions of the manual read by name. Every name has a default, so that all of them are always there;
    None (null) stands for what is not known, and makes a condition about it false."""

    def plain(self) -> dict[str, Any]:
        """As plain JSON values."""
        made: dict[str, Any] = msgspec.to_builtins(self, enc_hook=in_english)
        return made


def in_english(value: object) -> str:
    """What is said in both languages is a value in English only: conditions compare it."""
    if isinstance(value, Said):
        return str(value)
    raise NotImplementedError


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `value` holds plain JSON values; conditions of the manual read them by name."""

    status: Status
    reason: Said
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
    """A registered check. `plugin` names the package it comes from, None for our own."""

    name: str
    params: type[Params]
    value: type[Value]
    function: CheckFunction
    ahead: bool = False
    """Whether it looks at the present alone and mostly waits: then it is begun before the steps above it have ended,
    where its step has no condition."""
    plugin: str | None = None


_registry: dict[str, Check] = {}
_registering = threading.RLock()
_plugin: str | None = None


def check(
    name: str, params: type[P], value: type[Value] = Value, *, ahead: bool = False
) -> Callable[[Callable[[P, Scene], Finding]], Callable[[P, Scene], Finding]]:
    """Registers the decorated function under `name`, the word that steps use; raises `CheckRefusedError` for a name
    that another check has. For `ahead` see `Check`."""

    def register(function: Callable[[P, Scene], Finding]) -> Callable[[P, Scene], Finding]:
        add(Check(name=name, params=params, value=value, function=function, ahead=ahead, plugin=_plugin))
        return function

    return register


def add(new: Check) -> None:
    """Registers a check; raises `CheckRefusedError` for a name that another has."""
    with _registering:
        if (holder := _registry.get(new.name)) is not None:
            raise CheckRefusedError(
                f"the name {new.name!r} belongs to a check of {holder.plugin or 'TixMaster itself'}; choose another"
            )
        _registry[new.name] = new


@contextmanager
def registering_for(plugin: str) -> Iterator[None]:
    """What is registered within comes from `plugin`. An error takes all of it back."""
    global _plugin  # decorators run while a module is imported and can be told in no other way
    with _registering:
        before, _plugin = dict(_registry), plugin
        try:
            yield
        except BaseException:
            _registry.clear()
            _registry.update(before)
            raise
        finally:
            _plugin = None


def known() -> dict[str, Check]:
    """The checks registered so far, by name; see `plugins.registered` for all there are."""
    return dict(_registry)

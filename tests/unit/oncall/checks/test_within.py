"""Whatever a check does, the run goes on with a finding that can be kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tixmaster.oncall.checks import Check, Finding, Params, Scene, Value, within
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.said import Said


class Depth(Value, frozen=True, kw_only=True):
    depth: int | None = None


@pytest.fixture
def attempt(config: Config) -> Callable[[Callable[[Params, Scene], Any]], Finding]:
    """Carries out a function as a check with a time limit of 0.1 s."""

    def carry_out(function: Callable[[Params, Scene], Any]) -> Finding:
        now = datetime.now(UTC)
        scene = Scene(config=config, service="backend", started_at=now, now=now, timeout=0.1)
        return within.limits(Check(name="odd", params=Params, value=Depth, function=function), {}, scene)

    return carry_out


Attempt = Callable[[Callable[[Params, Scene], Any]], Finding]


def raising(error: BaseException) -> Callable[[Params, Scene], Finding]:
    def function(_params: Params, _scene: Scene) -> Finding:
        raise error

    return function


def test_a_check_that_hangs_is_given_up(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortly after its own time limit; and it is not begun for ever while earlier ones hang."""
    monkeypatch.setattr(within, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(within, "MOST_HANGING", 2)
    never = threading.Event()

    def hang(_params: Params, _scene: Scene) -> Finding:
        never.wait(60)
        return Finding(status="ok", reason=Said(""))

    reasons = [attempt(hang).reason for _ in range(3)]
    never.set()
    assert reasons[0] == "the check odd was given up after 0.15 s without a result"
    assert reasons[2] == "not begun: 2 runs of the check odd hang already"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ZeroDivisionError("by zero"), "the check odd broke: ZeroDivisionError: by zero"),
        (SystemExit(3), "the check odd broke: SystemExit: 3"),
        (ConfigError("there is no service 'shop'"), "there is no service 'shop'"),
        (
            RuntimeError("postgresql://a:hunter2@b\n\tfails"),
            "the check odd broke: RuntimeError: postgresql://a:[secret]@b fails",
        ),
    ],
)
def test_a_check_that_breaks_is_an_error(attempt: Attempt, error: BaseException, reason: str) -> None:
    """In one line, without secrets, with every name of its value unknown."""
    assert attempt(raising(error)) == Finding(status="error", reason=Said(reason), value={"depth": None})


FINE = Finding(status="ok", reason=Said(""))


@pytest.mark.parametrize(
    "result",
    [
        None,
        "ok",
        msgspec.structs.replace(FINE, value={"depth": iter("12")}),
        msgspec.structs.replace(FINE, status="fine"),
    ],
)
def test_what_is_no_finding_is_an_error(attempt: Attempt, result: object) -> None:
    """A third party may return anything."""
    assert attempt(lambda _params, _scene: result).status == "error"


def test_a_finding_is_kept_as_json(attempt: Attempt) -> None:
    """Not a number is unknown, and a long story is cut."""
    found = attempt(
        lambda _params, _scene: Finding(status="ok", reason=Said("a\nb" * 999), value={"depth": float("nan")})
    )
    assert found.value == {"depth": None}
    assert len(found.reason) == within.REASON_LENGTH

"""Carrying out one check so that nothing it does ends or delays the run: a time limit, and a finding whatever happens."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from tixmaster.oncall.checks.registry import Check, Finding, Scene
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.errors import StackError

GRACE_SECONDS = 2.0
"""How long a check may overrun its own time limit before it is given up."""
MOST_HANGING = 16
"""A check that was given up keeps its thread as long as it hangs. With so many of them it is not begun again."""
REASON_LENGTH = 500


def limits(known: Check, params: dict[str, Any], scene: Scene) -> Finding:
    """The check's finding. One that hangs is given up, one that breaks is an `error`; never raises."""
    name = f"check-{known.name}"
    if sum(thread.name == name for thread in threading.enumerate()) >= MOST_HANGING:
        return _error(known, f"not begun: {MOST_HANGING} runs of the check {known.name} hang already")
    outcome: list[Finding] = []
    worker = threading.Thread(target=lambda: outcome.append(_attempt(known, params, scene)), name=name, daemon=True)
    worker.start()
    worker.join(scene.timeout + GRACE_SECONDS)
    if outcome:
        return outcome[0]
    seconds = scene.timeout + GRACE_SECONDS
    return _error(known, f"the check {known.name} was given up after {seconds:g} s without a result")


def _attempt(known: Check, params: dict[str, Any], scene: Scene) -> Finding:
    try:
        return _sound(known, known.function(msgspec.convert(params, known.params), scene))
    except StackError as error:
        return _error(known, str(error))
    except msgspec.ValidationError as error:
        return _error(known, f"the check {known.name} does not take that: {error}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a check may be a third party's; it must not end the run
        return _error(known, f"the check {known.name} broke: {type(error).__name__}: {error}")


def _sound(known: Check, result: object) -> Finding:
    """The finding as it can be kept: plain JSON, one line. What a third party returns may be anything."""
    if not isinstance(result, Finding):
        return _error(known, f"the check {known.name} returned {type(result).__name__}, no Finding")
    try:
        found = msgspec.json.decode(msgspec.json.encode(result), type=Finding)  # NaN becomes null on the way
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        return _error(known, f"the check {known.name} returned a value that is no plain JSON: {error}")
    return msgspec.structs.replace(found, reason=one_line(found.reason))


def _error(known: Check, reason: str) -> Finding:
    """A check that could not look, with the names of its value, all unknown."""
    try:
        value = known.value().plain()
    except TypeError:  # a third party's value without defaults
        value = {}
    return Finding(status="error", reason=one_line(reason), value=value)


def one_line(text: str) -> str:
    """Words for people: one line, not endless, without secrets."""
    line = redact(" ".join(text.split()))
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 1]}…"

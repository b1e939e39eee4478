"""Carrying out one check so that nothing it does ends or delays the run: a time limit, and a finding whatever happens."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from tixmaster.oncall.checks.registry import Check, Finding, Scene, in_english
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.errors import StackError
from tixmaster.stack.said import Said, said, system, verbatim

GRACE_SECONDS = 2.0
"""How long a check may overrun its own time limit before it is given up."""
MOST_HANGING = 16
"""A check that was given up keeps its thread as long as it hangs. With so many of them it is not begun again."""
REASON_LENGTH = 500


def limits(known: Check, params: dict[str, Any], scene: Scene) -> Finding:
    """The check's finding. One that hangs is given up, one that breaks is an `error`; never raises."""
    name = f"check-{known.name}"
    if sum(thread.name == name for thread in threading.enumerate()) >= MOST_HANGING:
        return _error(
            known,
            said(
                "not begun: {many} runs of the check {name} hang already",
                "未執行：檢查 {name} 已有 {many} 次卡住未結束",
                many=MOST_HANGING,
                name=known.name,
            ),
        )
    outcome: list[Finding] = []
    worker = threading.Thread(target=lambda: outcome.append(_attempt(known, params, scene)), name=name, daemon=True)
    worker.start()
    worker.join(scene.timeout + GRACE_SECONDS)
    if outcome:
        return outcome[0]
    return _error(
        known,
        said(
            "the check {name} was given up after {seconds:g} s without a result",
            "檢查 {name} 於 {seconds:g} 秒後仍無結果，已放棄",
            name=known.name,
            seconds=scene.timeout + GRACE_SECONDS,
        ),
    )


def _attempt(known: Check, params: dict[str, Any], scene: Scene) -> Finding:
    try:
        return _sound(known, known.function(msgspec.convert(params, known.params), scene))
    except StackError as error:
        return _error(known, error.words)
    except msgspec.ValidationError as error:
        return _error(
            known,
            said(
                "the check {name} does not take that: {error}",
                "檢查 {name} 不接受此參數：{error}",
                name=known.name,
                error=error,
            ),
        )
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a check may be a third party's; it must not end the run
        return _error(
            known,
            said(
                "the check {name} broke: {kind}: {error}",
                "檢查 {name} 發生錯誤：{kind}：{error}",
                name=known.name,
                kind=type(error).__name__,
                error=system(error),
            ),
        )


def _sound(known: Check, result: object) -> Finding:
    """The finding as it can be kept: plain JSON, one line. What a third party returns may be anything."""
    if not isinstance(result, Finding):
        return _error(
            known,
            said(
                "the check {name} returned {kind}, no Finding",
                "檢查 {name} 傳回 {kind}，並非 Finding",
                name=known.name,
                kind=type(result).__name__,
            ),
        )
    try:
        plain = msgspec.json.encode(result, enc_hook=in_english)  # NaN becomes null on the way
        found = msgspec.json.decode(plain, type=Finding, dec_hook=lambda _kind, text: Said(text))
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        return _error(
            known,
            said(
                "the check {name} returned a value that is no plain JSON: {error}",
                "檢查 {name} 傳回的值並非一般 JSON：{error}",
                name=known.name,
                error=error,
            ),
        )
    return msgspec.structs.replace(found, reason=one_line(verbatim(result.reason)))


def _error(known: Check, reason: Said) -> Finding:
    """A check that could not look, with the names of its value, all unknown."""
    try:
        value = known.value().plain()
    except TypeError:  # a third party's value without defaults
        value = {}
    return Finding(status="error", reason=one_line(reason), value=value)


def one_line(text: Said) -> Said:
    """Words for people: one line, not endless, without secrets."""
    return text.map(_one_line)


def _one_line(text: str) -> str:
    line = redact(" ".join(text.split()))
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 1]}…"

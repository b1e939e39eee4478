"""Conditions in the manual: CEL, the Common Expression Language (cel.dev), over what the steps found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tixmaster.oncall.sop import evaluator
from tixmaster.stack.said import Said, said

_CEL: Final = evaluator.load()
_NAME = re.compile(r"(?<![\w.\"'])([a-z_][a-z0-9_]*)(?=\.)")
_OWN = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,")
"""The variable that a macro brings with it: `x` in `errors.value.signatures.exists(x, x.count > 9)`."""
_PARSER = re.compile(r"^Failed to parse expression .*?: ERROR: <input>:1:(\d+): (?:Syntax error: )?", re.DOTALL)
_FIELD = re.compile(r"(?<![\w.])(?:([a-z_][a-z0-9_]*)\.)?value\.([A-Za-z_]\w*)")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")


_compiled = lru_cache(maxsize=4096)(_CEL.compile)
"""Compiling takes four times as long as judging, and a manual asks the same conditions again and again."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a condition holds; `problem` says why it could not be judged."""

    holds: bool
    problem: Said | None = None


def steps_named(condition: str) -> tuple[str, ...]:
    """The ids of the steps a condition speaks of (`logs.value.count > 0` speaks of `logs`), each once, in order."""
    return tuple(dict.fromkeys(_NAME.findall(_STRING.sub('""', condition))))


def broken(condition: str) -> str | None:
    """Why a condition is not CEL, in one line; None where it is."""
    try:
        _CEL.compile(condition)
    except ValueError as error:
        said = str(error).splitlines()[0]
        return _PARSER.sub(r"at character \1: ", said)
    return None


def names(condition: str) -> tuple[str, ...]:
    """What a condition asks about, each once, sorted, without the variables of its own macros; nothing where it is broken.
    `steps_named` gives them in their order."""
    try:
        found = _CEL.compile(condition).variables()
    except ValueError:
        return ()
    own = set(_OWN.findall(condition))
    return tuple(name for name in found if name not in own)


def fields(condition: str) -> tuple[tuple[str, str], ...]:
    """The names that a condition reads of values: `("errors", "matching")` for `errors.value.matching`, and in an
    expectation `("value", "used_ratio")` for `value.used_ratio`; each once, in order."""
    found = _FIELD.findall(_STRING.sub('""', condition))
    return tuple(dict.fromkeys((step or "value", name) for step, name in found))


def judge(condition: str, facts: Mapping[str, Any]) -> Verdict:
    """Judges a condition; a fact that is missing makes it false, with the problem said, and never stops a run."""
    try:
        return Verdict(holds=_compiled(condition).execute(dict(facts)) is True)
    except (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError) as error:
        return Verdict(holds=False, problem=_unjudged(condition, error))


def _unjudged(condition: str, error: Exception) -> Said:
    return said(
        "`{condition}` could not be judged: {why}",
        "`{condition}` 無法判斷：{why}",
        condition=condition,
        why=str(error).splitlines()[0],
    )

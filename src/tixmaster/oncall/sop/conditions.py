"""Conditions in the manual: CEL, the Common Expression Language (cel.dev), over what the steps found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import cel

_NAME = re.compile(r"(?<![\w.\"'])([a-z_][a-z0-9_]*)(?=\.)")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a condition holds; `problem` says why it could not be judged."""

    holds: bool
    problem: str | None = None


def steps_named(condition: str) -> tuple[str, ...]:
    """The ids of the steps a condition speaks of (`logs.value.count > 0` speaks of `logs`), each once, in order."""
    return tuple(dict.fromkeys(_NAME.findall(_STRING.sub('""', condition))))


def problem_of(condition: str, known: Collection[str]) -> str | None:
    """What is wrong with a condition before it is ever judged: its syntax, or a step it names that does not exist."""
    try:
        cel.compile(condition)
    except ValueError as error:
        return f"`{condition}` is not CEL: {str(error).splitlines()[0]}"
    missing = [name for name in steps_named(condition) if name not in known]
    if missing:
        return (
            f"`{condition}` names no earlier step: {', '.join(missing)}; there are {', '.join(sorted(known)) or 'none'}"
        )
    return None


def judge(condition: str, facts: Mapping[str, Any]) -> Verdict:
    """Judges a condition; a fact that is missing makes it false, with the problem said, and never stops a run."""
    try:
        return Verdict(holds=cel.evaluate(condition, dict(facts)) is True)
    except (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError) as error:
        return Verdict(holds=False, problem=f"`{condition}` could not be judged: {str(error).splitlines()[0]}")

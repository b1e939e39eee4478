"""What is wrong with a configuration, each problem with the key it is about."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tixmaster.stack.config.lines import Place, line_of

SECRET_KEYS = frozenset({"password", "url", "database", "token", "key", "secret"})
SECRET_ENDINGS = ("_PASSWORD", "_SECRET", "_TOKEN", "_KEY", "_URL")
"""Of variables. These values are not repeated in messages."""
VALUE_LENGTH = 60
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """`said` is what is wrong and what to do, a sentence or two."""

    place: Place
    said: str

    def below(self, place: Place) -> Problem:
        """The same problem seen from the table around."""
        return Problem(place=(*place, *self.place), said=self.said)


class ProblemsError(ValueError):
    """A table holds values that each are of the right type and do not go together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{key(item.place)}: {item.said}" for item in self.problems))


def report(problems: Iterable[Problem], path: Path, known: Mapping[Place, int]) -> str:
    """`file:line: key: what is wrong`, a line for each problem, in the order of the file."""
    found = sorted({(line_of(item.place, known), key(item.place), item.said) for item in problems})
    return "\n".join(f"{path}:{line}: {_one_line(name)}: {_one_line(said)}" for line, name, said in found)


def _one_line(text: str) -> str:
    """Keys and paths may hold line breaks and other controls."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def key(place: Place) -> str:
    """The place as people write it: `services.shop.metrics.targets[1]`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False))
    return text or "(the file)"


def shown(place: Place, value: object) -> str:
    """The value for a message, in parentheses; nothing where it may be a secret or is a whole table."""
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    secret = name in SECRET_KEYS or name.endswith(SECRET_ENDINGS)
    if secret or isinstance(value, (dict, list)):
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else str(value)
    return f" (the value is {text if len(text) <= VALUE_LENGTH else text[:VALUE_LENGTH] + '…'})"


def meant(name: str, known: Iterable[str]) -> str:
    """`Did you mean …?`, or what there is to choose from."""
    names = list(known)
    if close := difflib.get_close_matches(name, names, n=1, cutoff=0.6):
        return f"Did you mean `{close[0]}`?"
    return f"Use one of: {', '.join(names)}."

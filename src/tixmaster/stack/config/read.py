"""From a TOML document to `Config`: every key is looked at, so that one run finds all mistakes.

`msgspec` converts and checks each value; it stops at the first mistake and does not name elements of tables, so the tables
are walked through here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from tixmaster.stack.config.lines import Place
from tixmaster.stack.config.problems import Problem, ProblemsError, meant, shown
from tixmaster.stack.config.record import Record

T = TypeVar("T")
ADVICE: dict[Any, str] = {
    bool: "Use true or false, without quotes.",
    int: "Use a whole number, without quotes.",
    float: "Use a number, without quotes.",
    str: 'Use a text in quotes: "…".',
    Path: 'Use a path in quotes: "…".',
    datetime: "Use a time with its offset: 2026-03-01T10:00:00+08:00.",
    tuple: 'Use a list: ["…", "…"].',
    dict: "Use a table.",
}
RESERVED = frozenset({"root", "path", "others"})
"""Fields of `Config` that are no keys of the file."""
MOST = 1e9
"""No number of the file comes near; what is larger overflows times and counters."""


def problems(value: object, wanted: Any, place: Place = ()) -> Iterator[Problem]:
    """What keeps the value from being what is wanted, all of it."""
    kind, bare = _kind(wanted)
    if (
        isinstance(value, float | int)
        and not isinstance(value, bool)
        and not (math.isfinite(value) and abs(value) <= MOST)
    ):
        yield _problem(place, value, "this number is too large or not a number", wanted)
    elif isinstance(value, str) and "\0" in value:
        yield Problem(place=place, said="the text contains a NUL character. Remove it.")
    elif kind is Record and isinstance(value, dict):
        yield from _of_table(value, bare, place)
    elif kind is tuple and isinstance(value, list):
        yield from _of_list(value, bare, wanted, place)
    elif kind is dict and isinstance(value, dict):
        yield from _of_mapping(value, bare, place)
    else:
        yield from _of_value(value, wanted, place)


def convert(value: object, wanted: type[T]) -> T:
    """The value, which has no problems, as what is wanted."""
    return msgspec.convert(value, wanted, dec_hook=_decode_path)


def _of_table(table: dict[str, Any], wanted: type[Record], place: Place) -> Iterator[Problem]:
    fields = _fields(wanted)
    names = [name for name in fields if place or name not in RESERVED]
    found: list[Problem] = []
    for name, value in table.items():
        if name in fields:
            found += problems(value, fields[name], (*place, name))
        else:
            found.append(Problem(place=(*place, name), said=f"unknown key `{name}`. {meant(name, names)}"))
    for field in msgspec.structs.fields(wanted):
        if field.required and field.encode_name not in table:
            said = f"missing required field `{field.encode_name}`. Add it to this table."
            found.append(Problem(place=(*place, field.encode_name), said=said))
    yield from found or _of_value(table, wanted, place)


def _of_list(items: list[Any], wanted: Any, whole: Any, place: Place) -> Iterator[Problem]:
    (inner, *_) = get_args(wanted)
    found = [one for index, item in enumerate(items) for one in problems(item, inner, (*place, index))]
    yield from found or _of_value(items, whole, place)


def _of_mapping(table: dict[str, Any], wanted: Any, place: Place) -> Iterator[Problem]:
    name_type, inner = get_args(wanted)
    for name, value in table.items():
        at = (*place, name)
        for problem in _of_value(name, name_type, at):
            yield Problem(place=at, said=f"the name {problem.said}")
        yield from problems(value, inner, at)


def _of_value(value: object, wanted: Any, place: Place) -> Iterator[Problem]:
    """By msgspec itself, and by what a table says of its values (`Record.problems`)."""
    try:
        msgspec.convert(value, wanted, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, ProblemsError):
            yield from (problem.below(place) for problem in error.__cause__.problems)
        else:
            yield _problem(place, value, str(error), wanted)


def _problem(place: Place, value: object, said: str, wanted: Any) -> Problem:
    words = said.partition(" - at `")[0].rstrip(".").replace(" | null`", "`")
    return Problem(place=place, said=f"{words}{shown(place, value)}. {_advice(wanted)}".rstrip())


def _advice(wanted: Any) -> str:
    """What a type says of itself (`msgspec.Meta(description=…)`), the choices, or what is usual for its kind."""
    for inner in _unwrapped(wanted):
        if get_origin(inner) is Annotated:
            for meta in inner.__metadata__:
                if isinstance(meta, msgspec.Meta) and meta.description:
                    return f"Use {meta.description}."
        if get_origin(inner) is Literal:
            return f"Use one of: {', '.join(map(str, get_args(inner)))}."
    kind, _ = _kind(wanted)
    return ADVICE.get(dict if kind is Record else kind, "")


def _kind(wanted: Any) -> tuple[Any, Any]:
    """What the type is at bottom (`Record`, `tuple`, `dict`, `int` …), and it without annotations and `None`."""
    bare = list(_unwrapped(wanted))[-1]
    if isinstance(bare, type) and issubclass(bare, Record):
        return Record, bare
    return get_origin(bare) or bare, bare


def _unwrapped(wanted: Any) -> Iterator[Any]:
    """The type, then what is inside its annotations and beside `None`."""
    yield wanted
    if get_origin(wanted) is Annotated:
        yield from _unwrapped(get_args(wanted)[0])
    elif get_origin(wanted) in (Union, UnionType):
        yield from _unwrapped(next(one for one in get_args(wanted) if one is not type(None)))


@cache
def _fields(wanted: type[Record]) -> dict[str, Any]:
    """The types of a table's keys, as the file names them."""
    hints = get_type_hints(wanted, include_extras=True)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(wanted)}


def _decode_path(wanted: type, value: object) -> object:
    """TOML knows no paths; they are its strings."""
    if wanted is not Path:
        raise NotImplementedError(f"no way to read {wanted}")
    if not isinstance(value, str):
        raise ValueError(f"Expected `path`, got `{type(value).__name__}`")
    if not value:
        raise ValueError("the path is empty")
    try:
        Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError(f"there is no home folder for this path: {error}") from error
    return Path(value)

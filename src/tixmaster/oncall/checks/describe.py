"""The checks in words, made from their own types: for the documentation (docs/checks.md) and for messages of the linter.

`python -m tixmaster.oncall.checks.describe > docs/checks.md` writes the page anew.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from tixmaster.oncall import checks
from tixmaster.oncall.checks.registry import Check

TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter or a name of the value. `default` is its JSON, None where the parameter must be given."""

    name: str
    type: str
    default: str | None
    about: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One check. `plugin` is the package it comes from, None for our own."""

    name: str
    summary: str
    about: str
    params: tuple[Field, ...]
    value: tuple[Field, ...]
    plugin: str | None


def describe() -> tuple[Row, ...]:
    """Every check by name, those of plug-ins among them."""
    return tuple(_row(item) for _, item in sorted(checks.registered().items()))


def signature(name: str) -> str:
    """What a check takes, in one line: `http takes service (text), path (text), …`."""
    fields = _row(checks.registered()[name]).params
    return f"{name} takes " + (", ".join(f"{field.name} ({field.type})" for field in fields) or "no parameters")


def value_names(name: str) -> frozenset[str]:
    """The names that conditions may read of a check's value; empty where its package could not be loaded."""
    return frozenset(checks.registered()[name].value.__struct_fields__)


def unknown(name: str) -> str:
    """That there is no such check, and which was probably meant."""
    names = sorted(checks.registered())
    close = difflib.get_close_matches(name, names, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"there is no check {name!r}; {meant}there are {', '.join(names)}"


def page() -> str:
    """docs/checks.md: our own checks."""
    rows = [row for row in describe() if row.plugin is None]
    return "\n".join([_HEAD, *(line for row in rows for line in _section(row))])


_HEAD = """\
# The checks

What a step of the manual can look at with `check: NAME` and `with: {PARAMETER: …}`. Every check only reads, keeps to the
step's `timeout`, and gives a status, a reason in one line and a `value`.

| status | meaning |
|---|---|
| `ok` | it is as it should be |
| `failed` | it found the trouble it looks for |
| `skipped` | it does not apply here |
| `error` | it could not look; the reason says why |

Conditions read the value by name: `database.value.used_ratio > 0.9` where the step's id is `database`. Every name is always
there; `null` stands for what is not known, and a condition about it is false. Thresholds say how it should be:
`cpu_percent_below: 90` fails at 90.

A check of your own is one small function in a package: see [examples/check-redis-queue](../examples/check-redis-queue).
This page is made from the code: `python -m tixmaster.oncall.checks.describe > docs/checks.md`.
"""


def _section(row: Row) -> Iterator[str]:
    yield from (f"## {row.name}", "", row.summary, "")
    if row.about:
        yield from (row.about, "")
    if row.params:
        yield from ("| parameter | type | default | |", "|---|---|---|---|")
        for field in row.params:
            default = (
                "must be given" if field.default is None else "" if field.default == "null" else f"`{field.default}`"
            )
            yield f"| `{field.name}` | {_cell(field.type)} | {_cell(default)} | {_cell(field.about)} |"
        yield ""
    if row.value:
        yield from ("| value | type | |", "|---|---|---|")
        for field in row.value:
            yield f"| `{field.name}` | {_cell(field.type)} | {_cell(field.about)} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(item: Check) -> Row:
    return Row(
        name=item.name,
        summary=inspect.getdoc(item.function) or "",
        about=_own_doc(item.params),
        params=tuple(_fields(item.params)),
        value=tuple(_fields(item.value)),
        plugin=item.plugin,
    )


def _own_doc(kind: type[msgspec.Struct]) -> str:
    return inspect.cleandoc(kind.__dict__.get("__doc__") or "")


def _fields(kind: type[msgspec.Struct]) -> Iterator[Field]:
    (schema,), components = msgspec.json.schema_components([kind])
    for name, spec in components[schema["$ref"].rpartition("/")[2]].get("properties", {}).items():
        default = msgspec.json.encode(spec["default"]).decode() if "default" in spec else None
        yield Field(name=name, type=_type(spec, components), default=default, about=spec.get("description", ""))


def _type(spec: dict[str, Any], components: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in spec:
        names = components[spec["$ref"].rpartition("/")[2]].get("properties", {})
        return f"{{{', '.join(names)}}}"
    if "enum" in spec:
        return " or ".join(f"`{word}`" for word in spec["enum"])
    if "anyOf" in spec:
        return " or ".join(_type(one, components) for one in spec["anyOf"] if one.get("type") != "null")
    if spec.get("type") == "array":
        return f"list of {_type(spec.get('items', {}), components)}"
    bounds = " ".join(f"{sign} {spec[key]:g}" for key, sign in BOUNDS.items() if key in spec)
    return f"{TYPES.get(spec.get('type', ''), 'anything')} {bounds}".strip()


if __name__ == "__main__":
    sys.stdout.write(page())

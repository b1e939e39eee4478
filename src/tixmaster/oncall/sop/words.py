"""msgspec's messages in the words of the person who writes the manual: what is wrong in the block, and what to write."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from tixmaster.oncall.sop.problem import choose_from

TYPES = {
    "str": ("text", '"…"'),
    "int": ("a whole number", "3"),
    "float": ("a number", "2.5"),
    "bool": ("true or false", "true"),
    "array": ("a list", "[…, …]"),
    "object": ("a table of keys and values", "{key: value}"),
    "null": ("nothing", ""),
}
"""What msgspec calls a type, what a person calls it, and how it is written."""
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")
_TYPE = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_REGEX = re.compile(r"Expected `str` matching regex '(?P<regex>.*)'")
_BOUND = re.compile(r"Expected `(?P<wanted>\w+)`(?: of length)? (?P<bound>[<>]=? [\d.]+)")


def explain(error: msgspec.ValidationError, kind: type[msgspec.Struct], whole: str = "") -> tuple[str, str, str]:
    """Where in the block (`title.en`; empty for all of it), what is wrong, what to write. `whole` is the key under which
    the record stands, where it is not the block itself."""
    text = str(error)
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    text = _PLACE.sub("", text)
    full = ".".join(filter(None, (whole, path)))
    name = f"`{full}`" if full else "the block"
    if found := _MISSING.match(text):
        return path, f"{name} has no `{found['field']}`", f"add `{found['field']}: …`"
    if found := _UNKNOWN.match(text):
        known = field_names(_inner(kind, path))
        key = f"{path}.{found['field']}" if path else found["field"]
        write = choose_from(found["field"], known) if known else "leave it out: it takes none"
        return key, f"there is no key `{found['field']}` in {name}", write
    if found := _TYPE.match(text):
        wanted = [TYPES.get(word, (word, word)) for word in found["wanted"].split(" | ") if word != "null"]
        got = TYPES.get(found["got"], (found["got"],))[0]
        last = full.split(".")[-1]
        example = f"{last}: {wanted[0][1]}" if last and not last.endswith("]") else wanted[0][1]
        return path, f"{name} is {got} and must be {' or '.join(word for word, _ in wanted)}", f"write `{example}`"
    if found := _REGEX.match(text):
        return path, f"{name} does not look as it should", f"write text that matches {found['regex']}"
    if found := _BOUND.match(text):
        return path, f"{name} is out of bounds", f"write {TYPES.get(found['wanted'], ('a value',))[0]} {found['bound']}"
    return path, f"{name}: {text}", "see docs/sop-format.md"


def field_names(kind: type[msgspec.Struct] | None) -> tuple[str, ...]:
    """The keys that a table of this kind may have, as they are written in a document."""
    return kind.__struct_encode_fields__ if kind else ()


def _inner(kind: type[msgspec.Struct], path: str) -> type[msgspec.Struct] | None:
    """The record at a path of the block, where there is one: `title` of a step is a `Text`."""
    found: type[msgspec.Struct] | None = kind
    for name in filter(None, path.split(".")):
        types = {field.encode_name: field.type for field in msgspec.structs.fields(found)} if found else {}
        found = _record(types.get(name))
    return found


def _record(wanted: Any) -> type[msgspec.Struct] | None:
    """The record among the members of a type."""
    for one in (wanted, *get_args(wanted)):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None

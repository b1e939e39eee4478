"""What a log line says: its error where it names one, else its message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tixmaster.stack.logs.line import fields_of, text_of
from tixmaster.stack.logs.stamps import NO_JSON


def message_of(fields: Mapping[str, Any] | None, text: str) -> str:
    """What an entry says: its error where it names one, else its message, else all of it."""
    if fields is None:
        return text
    for key in ("error", "err", "exception"):
        value = fields.get(key)
        if isinstance(value, str) and value and "\n" not in value:
            return value
        if isinstance(value, dict):
            if isinstance(trace := value.get("stack"), str) and "\n" in trace:
                return trace
            if said := value.get("message"):
                words = said_plainly(said)
                return f"{said_plainly(value['type'])}: {words}" if value.get("type") else words
    for key in ("stack", "stack_trace", "exception", "error"):
        if isinstance(trace := fields.get(key), str) and "\n" in trace:
            return trace
    for key in ("message", "msg", "MESSAGE", "event"):
        if fields.get(key):
            return said_plainly(fields[key])
    return text


def said_plainly(value: object) -> str:
    """The value as text. JSON can hold what Python does not print: deep nesting, and whole numbers of 5,000 digits."""
    try:
        return str(value)
    except (RecursionError, ValueError):
        return f"({type(value).__name__})"


class Told(msgspec.Struct):
    """What it takes to recognize an error and to sign it; the other fields of a line are skipped."""

    level: str | int | float | None = None
    error: str | dict[str, Any] | None = None
    exception: str | dict[str, Any] | None = None
    err: str | dict[str, Any] | None = None
    stack: str | None = None
    message: str | None = None
    msg: str | None = None


_decode = msgspec.json.Decoder(Told).decode


def quick_look(raw: bytes) -> Told | None:
    """The fields that matter of an ordinary JSON line; None for one that is no JSON or not ordinary."""
    try:
        return _decode(raw)
    except NO_JSON:
        return None


def said_by(raw: bytes, told: Told) -> str:
    """The same as `message_of` all fields of the line, which are decoded only where it takes them."""
    said = told.error or (None if told.exception else told.message)
    if isinstance(said, str) and not told.err and not told.stack and "\n" not in said:
        return said
    fields = fields_of(raw)
    return message_of(fields, text_of(raw))

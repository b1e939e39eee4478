"""What is to be drawn, and how on-call and the process that draws (`drawing.py`) hand it over: frames on a pipe."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO, Final

import msgspec

_LENGTH: Final = 4
"""Bytes before each frame that say how long it is."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A series: `times` in Unix seconds, `values` beside them; those that are no finite number leave a gap."""

    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A panel over a stretch of time, with the moments of the incident."""

    title: str
    unit: str
    threshold: float | None
    lines: tuple[Line, ...]
    started_at: datetime
    alerted_at: datetime


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: a PNG, or why there is none."""

    png: bytes = b""
    problem: str = ""


def put(pipe: BinaryIO, content: Picture | Drawn) -> None:
    """Writes a frame."""
    body = msgspec.msgpack.encode(content)
    pipe.write(len(body).to_bytes(_LENGTH, "big") + body)
    pipe.flush()


def take(pipe: BinaryIO) -> bytes | None:
    """The next frame; None where the other side has ended, even in the middle of one."""
    size = int.from_bytes(pipe.read(_LENGTH), "big")
    body = pipe.read(size)
    return body if size and len(body) == size else None

"""Ids of a large log's lines, worked out on several cores.

The text is cut where an entry begins for certain, whatever stands before it: so each part gives the same as it would
within the whole.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

from tixmaster.stack.logs.assigning import Numbered, Numbering, ids

PART_BYTES: Final = 4_000_000
SMALL_PARTS: Final = 4
"""A text of fewer parts is done before other processes have started."""
MOST_BYTES: Final = 8 * PART_BYTES
"""Where no entry begins for certain within so much, the rest is one part, and is not kept in memory."""
MOST_PROCESSES: Final = 8
LOOKED_AT: Final = 1_000
"""So many lines from a block's end are looked at for the beginning of an entry."""

Blocks = Iterable[bytes]
"""Text in blocks of whole lines, without the end of the last."""


def assign(blocks: Blocks, processes: int | None = None) -> Iterator[str]:
    """The signature id of each line, as `assigning.assign` gives it. `processes`, this one counted, is told in tests."""
    most = _cores() if processes is None else processes
    numbering = Numbering()
    parts = _parts(blocks, numbering)
    beginning = list(islice(parts, SMALL_PARTS))
    with ExitStack() as started:
        helpers = []
        if len(beginning) == SMALL_PARTS:
            helpers = [started.enter_context(_Helper()) for _ in range(most - 1)]
        return ids(_numbered(chain(beginning, parts), numbering, helpers))


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


def _parts(blocks: Blocks, numbering: Numbering) -> Iterator[Blocks]:
    """Parts that each begin with the beginning of an entry."""
    blocks = iter(blocks)
    part: list[bytes] = []
    size = 0
    for block in blocks:
        cut = _last_beginning(block, numbering) if size + len(block) >= PART_BYTES else None
        if cut is None:
            part.append(block)
            size += len(block) + 1
            if size >= MOST_BYTES:
                yield chain(part, blocks)
                return
            continue
        if cut:
            part.append(block[: cut - 1])
        if part:
            yield part
        part, size = [block[cut:]], len(block) - cut + 1
    if part:
        yield part


def _last_beginning(block: bytes, numbering: Numbering) -> int | None:
    """Where the last line begins that begins an entry for certain; None where none is found."""
    end = len(block)
    for _ in range(LOOKED_AT):
        start = block.rfind(b"\n", 0, end) + 1
        if numbering.begins(block[start:end]):
            return start
        if not start:
            break
        end = start - 1
    return None


def _numbered(parts: Iterator[Blocks], numbering: Numbering, helpers: Sequence[_Helper]) -> list[Numbered]:
    """Every part in order. A helper that is free takes the next one, else it is done here: nobody waits before the end."""
    found: dict[int, Numbered] = {}
    given: dict[_Helper, tuple[int, Blocks]] = {}

    def collect(helper: _Helper) -> None:
        answer = helper.answer()
        if helper in given:
            place, part = given.pop(helper)
            found[place] = numbering.of(_lines(part)) if answer is None else answer

    for place, part in enumerate(parts):
        free = next((helper for helper in helpers if helper.is_ready()), None)
        if free is None or not isinstance(part, list):  # what has no end yet stays here
            found[place] = numbering.of(_lines(part))
        else:
            collect(free)
            free.give(part)
            given[free] = place, part
    for helper in list(given):
        collect(helper)
    return [found[place] for place in sorted(found)]


def _lines(blocks: Blocks) -> Iterator[bytes]:
    return chain.from_iterable(block.split(b"\n") for block in blocks)


class _Helper:
    """A process that numbers parts; its first answer, None, says that it has started. It ends when we do. Where it dies,
    or cannot start, it answers nothing."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            process.start()
        except OSError:
            self._connection.close()
        theirs.close()

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def is_ready(self) -> bool:
        """Whether it has answered."""
        try:
            return self._connection.poll()
        except OSError:
            return False

    def give(self, part: Blocks) -> None:
        """Hands it a part."""
        try:
            self._connection.send_bytes(b"\n".join(part))
        except OSError:
            self._connection.close()

    def answer(self) -> Numbered | None:
        """What it made of the part; None where it did not come to that."""
        try:
            found: Numbered | None = self._connection.recv()
        except (EOFError, OSError):
            self._connection.close()
            return None
        return found


def _serve(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    numbering = Numbering()
    with suppress(EOFError, OSError):  # that one has ended
        connection.send(None)
        while True:
            connection.send(numbering.of(connection.recv_bytes().split(b"\n")))

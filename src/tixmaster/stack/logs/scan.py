"""The errors of a whole file, counted by signature. ripgrep, where it is installed, finds the lines worth looking at."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tixmaster.stack.logs import reading
from tixmaster.stack.logs.levels import BAD_WORDS, has_level, is_error, level_of
from tixmaster.stack.logs.line import Raw, continues, entries, fields_of, text_of
from tixmaster.stack.logs.message import quick_look, said_by
from tixmaster.stack.logs.signing import Signature, Tally
from tixmaster.stack.said import said

SAMPLE_BYTES: Final = 256 * 1024
MOST_CONTINUED: Final = 200
_WORDS: Final = (
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
    "severe",
    "panic",
    "failure",
    "err",
    "crit",
    "emerg",
)
NUMBER_MARKS: Final = ('50,"', '60,"', "50, ", "60, ", "50}", "60}")
"""Or, where levels are numbers, one of these."""
UNCAUGHT_MARKS: Final = ("rror:", "xception:", "Traceback", "panic:")
"""What dies in between says so in plain lines."""
TEXT_MARKS: Final = (
    "rror", "RROR", "FATAL", "atal", "CRIT", "crit", "SEVERE", "EMERG", "emerg", "ALERT", "alert", "PANIC", "panic",
    "xception", "Traceback", "nhandled", "egmentation", "FAILURE", "=err", "<err", "[err", '" 5', "HTTP/1.1 5", "HTTP/2 5",
    "status=5", "status: 5", "status 5",
)  # fmt: skip
"""A plain line of an error holds one of these."""
EXCERPT: Final = 240


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The signatures of a file. `of` says of what: its errors, or, where no line is one, everything."""

    of: str
    entries: int
    signatures: list[Signature]


def count(path: Path, *, everything: bool = False) -> Counted:
    """Counts the signatures of a file's errors, or of all its entries; raises `LogFileError`.

    A plain log none of whose lines looks like an error is counted whole: what its errors look like is a guess.
    """
    if not everything:
        tally = Tally()
        with reading.opened(path) as file:
            sample = _Sample(file, path)
            if sample.searchable:
                _count_found(path, file, sample, tally)
            else:
                _count_read(reading.lines(path), path.name, tally, errors_only=True)
        if tally.total or sample.is_json:
            return Counted(of="errors", entries=tally.total, signatures=tally.signatures())
    tally = Tally()
    _count_read(reading.lines(path), path.name, tally, errors_only=False)
    return Counted(of="entries", entries=tally.total, signatures=tally.signatures())


def count_lines(lines: Iterable[Raw], name: str, *, everything: bool = False) -> Counted:
    """The same for lines that come from elsewhere, a pipe for example."""
    kept = list(lines)
    tally = Tally()
    has_levels = False
    if not everything:
        has_levels = _count_read(kept, name, tally, errors_only=True)
        if tally.total or has_levels:
            return Counted(of="errors", entries=tally.total, signatures=tally.signatures())
    _count_read(kept, name, tally, errors_only=False)
    return Counted(of="entries", entries=tally.total, signatures=tally.signatures())


def _count_read(lines: Iterable[Raw], name: str, tally: Tally, *, errors_only: bool) -> bool:
    """Reads every line; whether some say of which level they are."""
    levelled = False
    for line in entries(lines, name):
        levelled = levelled or has_level(line.fields, line.text)
        if not errors_only or line.is_error:
            tally.add(line.fields, line.text)
    return levelled


class _Sample:
    """What the beginning of a file shows of the rest."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        encoded = reading.is_compressed(path) or reading.encoding_of(file) is not None
        file.seek(0)
        lines = [] if encoded else file.read(SAMPLE_BYTES).split(b"\n")[:-1]
        found = [(fields_of(raw), raw[:EXCERPT].decode("utf-8", "replace")) for raw in lines]
        self.is_json = sum(fields is not None for fields, _ in found) * 2 > len(found)
        self.has_levels = any(has_level(fields, text) for fields, text in found)
        # Android's and glog's levels are single letters, which are not worth searching for.
        lettered = any(
            (text[:1] in "IWEF" and text[1:5].isdigit()) or (text[2:3] == "-" and text[5:6] == " ") for _, text in found
        )
        self.searchable = bool(found) and (self.has_levels if self.is_json else not lettered)
        self.marks = _marks([level_of(fields) for fields, _ in found if fields is not None])
        self.searchable = self.searchable and bool(self.marks)


def _marks(levels: list[object]) -> tuple[str, ...]:
    """What a JSON line of an error holds one of, spelt as the levels in the sample are.

    None begins with a quotation mark, and they are few: ripgrep is ten times slower otherwise.
    """
    words = {level for level in levels if isinstance(level, str)}
    spellings = [
        spelling for spelling in (str.lower, str.upper, str.capitalize) if any(w == spelling(w) for w in words)
    ]
    marks = tuple(f'{spelling(word)}"' for spelling in spellings for word in _WORDS)
    marks += NUMBER_MARKS if any(isinstance(level, int) for level in levels) else ()
    return marks + UNCAUGHT_MARKS if marks else ()


def _count_found(path: Path, file: BinaryIO, sample: _Sample, tally: Tally) -> None:
    if os.fstat(file.fileno()).st_size == 0:
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if sample.is_json:
            with _lines_with(path, text, sample.marks, offsets=False) as lines:
                for _, raw in lines:
                    _count_json(raw, tally)
        else:
            with _lines_with(path, text, TEXT_MARKS, offsets=True) as lines:
                _count_plain(text, lines, tally)


def _count_json(raw: bytes, tally: Tally) -> None:
    told = quick_look(raw)
    if told is None or not isinstance(told.level, str) or told.level.isdigit():
        fields, text = fields_of(raw), text_of(raw)
        if is_error(fields, text):
            tally.add(fields, text)
    elif told.level.lower() in BAD_WORDS:
        said = said_by(raw, told)
        tally.count(tally.signer.of_message(said), said)


def _count_plain(text: mmap.mmap, lines: Iterable[tuple[int, bytes]], tally: Tally) -> None:
    """Lines that go on with an entry were found with it and are not counted again."""
    passed = 0
    for offset, raw in lines:
        if offset < passed or continues(raw):
            continue
        said = text_of(raw)
        if not is_error(None, said):
            continue
        passed, more = _continued(text, offset + len(raw) + 1)
        tally.add(None, "\n".join([said, *more]) if more else said)


def _continued(text: mmap.mmap, start: int) -> tuple[int, list[str]]:
    """The lines from `start` that belong to the entry before, and where they end. The line that names a Python error is not
    indented, but ends the trace."""
    more: list[str] = []
    python = False
    while start < len(text) and len(more) < MOST_CONTINUED:
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        raw = text[start : min(end, start + reading.LONGEST_BYTES)]
        if not continues(raw):
            if python:
                more.append(text_of(raw))
                start = end + 1
            break
        python = python or raw.startswith((b"Traceback", b'  File "'))
        more.append(text_of(raw))
        start = end + 1
    return start, more


@contextmanager
def _lines_with(
    path: Path, text: mmap.mmap, marks: tuple[str, ...], *, offsets: bool
) -> Iterator[Iterator[tuple[int, bytes]]]:
    """The lines that hold one of the marks, with their offsets where they are wanted."""
    program = shutil.which("rg")
    if program is None:
        yield _search(text, [mark.encode() for mark in marks])
        return
    command = [
        program,
        "--no-config",
        "--text",
        "--fixed-strings",
        "--no-line-number",
        "--no-filename",
        "--color=never",
    ]
    command += ["--encoding=none", "--mmap", *(["--byte-offset"] if offsets else [])]
    command += [f"--regexp={mark}" for mark in marks]
    process = subprocess.Popen(
        [*command, "--", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1 << 20
    )
    found = process.stdout or ()
    try:
        yield _with_offsets(found) if offsets else ((0, raw) for raw in found)
        if process.wait() > 1:  # 1: nothing found
            raise reading.LogFileError(
                said(
                    "ripgrep could not search {path}. Is the file being changed, or the disk failing?",
                    "ripgrep 無法搜尋 {path}。檔案是否正在變更，或磁碟故障？",
                    path=path,
                )
            )
    finally:
        process.kill()
        process.communicate()


def _with_offsets(found: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for line in found:
        offset, _, raw = line.partition(b":")
        yield int(offset), raw.rstrip(b"\r\n")


def _search(text: mmap.mmap, marks: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """The same without ripgrep: always the mark that comes next."""
    following = {mark: text.find(mark) for mark in marks}
    while following := {mark: position for mark, position in following.items() if position >= 0}:
        position = min(following.values())
        start = text.rfind(b"\n", 0, position) + 1
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        yield start, text[start:end].rstrip(b"\r")
        for mark, place in following.items():
            if place < end:
                following[mark] = text.find(mark, end)

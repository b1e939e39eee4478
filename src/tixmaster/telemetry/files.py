"""Log files that grow to a limit, written by a thread of their own so that a slow disk never stalls a request."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

GATHER_SECONDS: Final = 0.02
"""How long the thread lets lines gather before it writes them in one go; the most that a killed process can lose."""


class RotatingFile:
    """An append-only file. When the next write would pass `limit` bytes, `x.log` becomes `x.log.1` and so on.

    Where somebody has moved or deleted it, or mounted another disk over its folder, it begins anew where its name leads.
    """

    def __init__(self, path: Path, *, limit: int, keep: int) -> None:
        self._path = path
        self._limit = limit
        self._keep = keep
        self._file = self._open()

    def write(self, data: bytes) -> None:
        """Appends whole lines; raises `OSError` when the disk refuses them."""
        if not self._in_place():
            self._file.close()
            self._file = self._open()
        if self._size and self._size + len(data) > self._limit:
            self._rotate()
        self._file.write(data)
        self._size += len(data)

    def close(self) -> None:
        """Closes the file; nothing is buffered here."""
        self._file.close()

    def _open(self) -> BinaryIO:
        file = self._path.open("ab", buffering=0)
        self._size = file.tell()
        self._identity = _identity(os.fstat(file.fileno()))
        return file

    def _in_place(self) -> bool:
        try:
            return _identity(self._path.stat()) == self._identity
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._keep, 1, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        self._path.replace(self._numbered(1))
        self._file = self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def _say_lost(path: Path, error: OSError) -> None:
    """The log is the wrong place to say that the log cannot be written; standard error may be a file on the same disk."""
    with suppress(OSError):
        print(f"{path}: log lines lost: {error}", file=sys.stderr, flush=True)  # noqa: T201


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


class FileSink:
    """Takes lines from any thread at the cost of a queue entry; its own thread writes them to the file.

    What `copy` is given, too, is for a container engine to keep (`docker logs`).
    """

    def __init__(self, path: Path, *, limit: int, keep: int, copy: BinaryIO | None = None) -> None:
        self._path = path
        self._copy = copy
        self._file = RotatingFile(path, limit=limit, keep=keep)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"log-{path.name}", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Queues one line, without its line end."""
        self._lines.put(line)

    def close(self) -> None:
        """Writes what is queued and ends the thread."""
        self._lines.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ended = True
        while open_ended:
            batch, open_ended = self._gather()
            try:
                self._file.write(batch)
                if self._copy is not None:
                    self._copy.write(batch)
                    self._copy.flush()
            except OSError as error:
                _say_lost(self._path, error)
        self._file.close()

    def _gather(self) -> tuple[bytes, bool]:
        """What has come in, as one piece, and whether more may come."""
        line = self._lines.get()
        time.sleep(GATHER_SECONDS if line is not None else 0)
        lines: list[bytes] = []
        while line is not None:
            lines.append(line + b"\n")
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return b"".join(lines), True
        return b"".join(lines), False


class StreamSink:
    """Writes lines to a stream at once; for processes whose output somebody else keeps (`docker logs`)."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        """Writes one line, without its line end."""
        self._stream.write(line + b"\n")
        self._stream.flush()

    def close(self) -> None:
        """Leaves the stream open: it belongs to the process."""

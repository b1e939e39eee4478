"""Following a log through whatever happens to its file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tixmaster.stack.logs.ends import follow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with an old line."""
    (tmp_path / "x.log").write_text("old\n")
    return tmp_path / "x.log"


def append(path: Path, text: str, found_by: Iterator[str] | None) -> str | None:
    """Writes to the file, and takes what the follower finds."""
    with path.open("a") as file:
        file.write(text)
    return next(found_by) if found_by else None


def test_lines_come_whole_and_in_order(path: Path) -> None:
    """Half a line waits for its other half."""
    stop = threading.Event()
    found = follow(path, stop, from_start=True)
    assert next(found) == "old"
    append(path, "half", None)
    assert append(path, " and half\nnext\n", found) == "half and half"
    assert next(found) == "next"
    stop.set()
    assert list(found) == []


def test_rotation_loses_nothing(path: Path, tmp_path: Path) -> None:
    """What was written to the old file after it was renamed comes before the new file."""
    stop = threading.Event()
    found = follow(path, stop, from_start=True)
    assert next(found) == "old"
    path.rename(tmp_path / "x.log.1")
    append(tmp_path / "x.log.1", "late", None)
    append(path, "new\n", None)
    assert [next(found), next(found)] == ["late", "new"]
    stop.set()


def test_truncation_begins_anew(path: Path) -> None:
    """As `copytruncate` does it."""
    stop = threading.Event()
    found = follow(path, stop, from_start=True)
    assert next(found) == "old"
    path.write_text("n\n")
    assert next(found) == "n"
    stop.set()


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """All of it is new, then."""
    stop = threading.Event()
    path = tmp_path / "later.log"
    found = follow(path, stop)
    writer = threading.Timer(0.3, path.write_text, ("here\n",))
    writer.start()
    assert next(found) == "here"
    writer.join()
    stop.set()


def test_utf_16_is_followed_too(tmp_path: Path) -> None:
    """PowerShell's `>>` goes on in it."""
    path = tmp_path / "x.log"
    path.write_bytes("舊\n".encode("utf-16"))
    stop = threading.Event()
    found = follow(path, stop, from_start=True)
    assert next(found) == "舊"
    with path.open("ab") as file:
        file.write("新\n".encode("utf-16-le"))
    assert next(found) == "新"
    stop.set()

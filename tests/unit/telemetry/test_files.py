"""The log files: nothing lost, nothing endless."""

from __future__ import annotations

import errno
import sys
import threading
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from tixmaster.telemetry.files import FileSink, RotatingFile


def test_close_writes_every_queued_line_in_order(tmp_path: Path) -> None:
    """Lines arrive whole and in the order in which they were queued."""
    sink = FileSink(tmp_path / "a.log", limit=1_000_000, keep=2)
    lines = [f"line {number}".encode() for number in range(1000)]
    for line in lines:
        sink.write(line)
    sink.close()
    assert (tmp_path / "a.log").read_bytes().splitlines() == lines


def test_rotation_keeps_the_named_number_of_older_files(tmp_path: Path) -> None:
    """At the limit the file moves on; the oldest goes."""
    file = RotatingFile(tmp_path / "a.log", limit=10, keep=2)
    for number in range(5):
        file.write(f"record {number}\n".encode())
    file.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]
    assert (tmp_path / "a.log").read_text() == "record 4\n"
    assert (tmp_path / "a.log.2").read_text() == "record 2\n"


def test_a_restart_appends_and_counts_what_is_there(tmp_path: Path) -> None:
    """The limit holds across restarts of the process."""
    for text in (b"before\n", b"after\n"):
        file = RotatingFile(tmp_path / "a.log", limit=10, keep=1)
        file.write(text)
        file.close()
    assert (tmp_path / "a.log").read_bytes() == b"after\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"before\n"


def test_a_refused_write_is_told_and_survived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk costs lines, not the process."""
    (tmp_path / "full.log").symlink_to("/dev/full")
    sink = FileSink(tmp_path / "full.log", limit=1000, keep=1)
    sink.write(b"lost")
    sink.close()
    assert "No space left" in capsys.readouterr().err


class Full(StringIO):
    """Standard error on a disk that is full."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = threading.Event()

    def write(self, _text: str) -> int:
        self.refused.set()
        raise OSError(errno.ENOSPC, "No space left on device")


def test_standard_error_on_the_same_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be told; what is logged after that is written all the same."""
    monkeypatch.setattr(sys, "stderr", full := Full())
    log = tmp_path / "full.log"
    log.symlink_to("/dev/full")
    sink = FileSink(log, limit=1000, keep=1)
    sink.write(b"lost")
    assert full.refused.wait(60)
    log.unlink()
    sink.write(b"kept")
    sink.close()
    assert log.read_bytes() == b"kept\n"


def test_what_is_copied_is_printed_as_well(tmp_path: Path) -> None:
    """For an engine that keeps what its containers print."""
    printed = BytesIO()
    sink = FileSink(tmp_path / "x.log", limit=1000, keep=1, copy=printed)
    sink.write(b"one")
    sink.close()
    assert printed.getvalue() == (tmp_path / "x.log").read_bytes() == b"one\n"


def test_a_file_that_was_moved_away_begins_anew(tmp_path: Path) -> None:
    """As `logrotate` moves it, a person deletes it, or another disk is mounted over its folder."""
    path = tmp_path / "a.log"
    file = RotatingFile(path, limit=1000, keep=1)
    file.write(b"before\n")
    path.rename(tmp_path / "moved.log")
    file.write(b"after\n")
    path.unlink()
    file.write(b"at last\n")
    file.close()
    assert (tmp_path / "moved.log").read_bytes() == b"before\n"
    assert path.read_bytes() == b"at last\n"

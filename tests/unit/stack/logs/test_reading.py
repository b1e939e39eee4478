"""Log files of every sort: encodings, compression, rotation, rubbish."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tixmaster.stack.logs import FileSource, LogFileError, NoLogFileError, reading, tail, window
from tixmaster.stack.logs.rotation import rotated

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT = "".join(f"2026-01-01T12:00:{second:02}Z ERROR 訂單 {second}\n" for second in range(10))


def texts(path: Path, since: float = 0, until: float = 3600) -> list[str]:
    found = window(path, NOON + timedelta(seconds=since), NOON + timedelta(seconds=until))
    return [line.text.rpartition(" ")[2] for line in found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_that_powershell_writes_is_read(tmp_path: Path, encoding: str) -> None:
    """With the mark at the beginning, which is not shown."""
    path = tmp_path / "x.log"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + TEXT.replace("\n", "\r\n").encode(encoding))
    assert texts(path, 3, 5) == ["3", "4", "5"]
    assert tail(path, 1) == ["2026-01-01T12:00:09Z ERROR 訂單 9"]
    assert tail(path, 99)[0] == "2026-01-01T12:00:00Z ERROR 訂單 0"


def test_rotated_and_compressed_files_are_one_stream_in_order(tmp_path: Path) -> None:
    """The newest has no number; each is read as it is packed."""
    lines = TEXT.splitlines(keepends=True)
    parts = ["".join(lines[2 * number : 2 * number + 2]).encode() for number in range(5)]
    (tmp_path / "x.log.4.xz").write_bytes(lzma.compress(parts[0]))
    (tmp_path / "x.log.3.bz2").write_bytes(bz2.compress(parts[1]))
    (tmp_path / "x.log.2.gz").write_bytes(gzip.compress(parts[2]))
    (tmp_path / "x.log.1").write_bytes(parts[3])
    (tmp_path / "x.log").write_bytes(parts[4])
    (tmp_path / "xy.log.1").write_bytes(b"somebody else's\n")
    assert texts(tmp_path / "x.log") == [str(number) for number in range(10)]
    assert [line[-1] for line in tail(tmp_path / "x.log", 5)] == list("56789")
    assert [line.text[-1] for line in FileSource(tmp_path / "x.log").last(7)] == list("3456789")


@pytest.mark.parametrize(
    "names",
    [
        ["x.log-20261121.gz", "x.log-20261122", "x.log"],
        ["x-20261121.log.gz", "x-20261122.log.gz", "x.log"],
        ["x__2026-11-21_00-00-00.log", "x__2026-11-22_00-00-00.log", "x.log"],
        ["x-2026-11-20.log", "x.log.10", "x.log.9", "x.log.1"],
    ],
)
def test_the_ways_of_rotation_are_known(tmp_path: Path, names: list[str]) -> None:
    """logrotate by number and date, pm2-logrotate, winston."""
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "other.log").touch()
    assert [path.name for path in rotated(tmp_path / "x.log")] == names


def test_what_was_rotated_before_the_window_is_not_even_opened(tmp_path: Path) -> None:
    """A damaged old file is in nobody's way."""
    (tmp_path / "x.log.1.gz").write_bytes(b"no gzip")
    os.utime(tmp_path / "x.log.1.gz", (1e9, 1e9))
    (tmp_path / "x.log").write_text(TEXT)
    assert len(texts(tmp_path / "x.log")) == 10


def test_a_damaged_file_gives_what_it_can_and_says_so(tmp_path: Path) -> None:
    """What stands before the damage was read."""
    path = tmp_path / "x.log.gz"
    path.write_bytes(gzip.compress(TEXT.encode() * 5000)[:-200])
    found: list[int | None] = []
    with pytest.raises(LogFileError, match="is damaged"):
        found.extend(raw.number for raw in reading.lines(path))
    assert found


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
def test_zstd_is_unpacked_by_its_own_program(tmp_path: Path) -> None:
    """Python 3.11 cannot."""
    (tmp_path / "x").write_text(TEXT)
    subprocess.run(["zstd", "-q", str(tmp_path / "x"), "-o", str(tmp_path / "x.log.zst")], check=True)
    assert len(list(reading.lines(tmp_path / "x.log.zst"))) == 10


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_blocks_hold_the_lines_that_are_read_with_their_places(tmp_path: Path, ending: bytes) -> None:
    """Also across blocks, behind a mark, without a last ending, and where one line has no end."""
    path = tmp_path / "x.log"
    lines = [b"one", b"", b"x" * (reading.LONGEST_BYTES + 5), *(b"y" * 9_000 for _ in range(300)), b"last"]
    path.write_bytes(b"\xef\xbb\xbf" + ending.join(lines))
    found = [line for block in reading.blocks(path) for line in block.split(b"\n")]
    assert found == [raw.data for raw in reading.lines(path)]
    assert found == [line for block in reading.in_blocks(reading.lines(path)) for line in block.split(b"\n")]
    assert len(found) == len(lines)


def test_binary_rubbish_and_endless_lines_break_nothing(tmp_path: Path) -> None:
    """They are shown cut and marked, and the lines around them are found."""
    path = tmp_path / "x.log"
    lines = TEXT.encode().splitlines(keepends=True)
    path.write_bytes(
        b"".join(
            [
                *lines[:5],
                b"\x00\xff\x1b[31m" * 3_000_000,
                b"\n",
                random.Random(11).randbytes(100_000),
                b"\n",
                *lines[5:],
            ]
        )
    )
    assert [text for text in texts(path) if len(text) == 1] == list("012356789")
    assert texts(path, 7, 8) == ["7", "8"]
    shown = tail(path, 10_000)
    assert max(len(text) for text in shown) < 70_000
    assert not any("\x00" in text or "\x1b" in text for text in shown)


def test_a_trace_is_one_entry_with_the_number_of_its_first_line(tmp_path: Path) -> None:
    """Whether its lines are indented or not."""
    path = tmp_path / "x.log"
    path.write_text("2026-01-01 12:00:00 ERROR a\nTraceback:\n  File x\nValueError: y\n2026-01-01 12:00:01 INFO b\n")
    first, second = FileSource(path).last(9)
    assert (first.number, first.text.splitlines()[-1], first.is_error) == (1, "ValueError: y", True)
    assert (second.place, second.is_error) == ("x.log:5", False)


def test_deep_in_a_large_file_places_are_offsets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting lines would mean to read it all."""
    monkeypatch.setattr("tixmaster.stack.logs.within.COUNTED_BYTES", 100)
    path = tmp_path / "x.log"
    path.write_text(TEXT)
    (line,) = window(path, NOON + timedelta(seconds=9), NOON + timedelta(hours=1))
    assert line.place == f"x.log@{TEXT.encode().rfind(b'2026')}"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """With what to do about it; the exit code tells wrong use from what could not be reached."""
    with pytest.raises(NoLogFileError, match="there is no file") as missing:
        tail(tmp_path / "x.log", 1)
    assert missing.value.exit_code == 2
    with pytest.raises(NoLogFileError, match="is a folder"):
        list(reading.lines(tmp_path))
    (tmp_path / "empty.log").touch()
    assert tail(tmp_path / "empty.log", 5) == []
    assert texts(tmp_path / "empty.log") == []

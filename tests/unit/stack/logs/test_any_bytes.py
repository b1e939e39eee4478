"""No log, whatever its bytes, stops the one who reads it."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.logs import FileSource, docker, journald, levels, pm2, scan, stamps
from tixmaster.stack.logs.assigning import assign
from tixmaster.stack.logs.line import Raw, entries, fields_of, text_of
from tixmaster.stack.logs.message import message_of, quick_look, said_by
from tixmaster.stack.logs.reading import LONGEST_BYTES
from tixmaster.stack.logs.signing import Tally

NUMBERS = (
    "1e999",
    "-1e999",
    "1" * 400,
    "9" * 5000,
    "0.0000001",
    "-1",
    "1e18",
    "99999999999999999999",
    "true",
    "null",
    "²",
    "٣",
)
TIMES = (
    "0000-01-01T00:00:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59",
    "9999-12-31T23:59:59-23:59",
    "99999-01-01T00:00:00Z", "2026-13-41T25:61:61Z", "2026-11-23T14:00:00+99:99", "2026-11-23 14:00:00.1234567890123",
    "Feb 30 1:1",
    "Feb 29 00:00:00", "00/00/00 00:00:00", "0000-00-00 00:00:00,000", "[0/Foo/0:0:0:0]", "99999999999",
    "-1", "\ud800", "2026",
)  # fmt: skip
KEYS = (
    "level", "severity", "lvl", "PRIORITY", "timestamp", "time", "@timestamp", "ts", "message", "msg", "MESSAGE", "error",
    "err", "exception", "stack", "status", "statusCode", "event", "__REALTIME_TIMESTAMP",
)  # fmt: skip
TEXTS = st.sampled_from(
    (*TIMES, *NUMBERS, "error", "50", "\x00", "a\nb", "Error: x\n  at a (b:1)\n", "\u202e", "長")
) | st.text(max_size=20)


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


RAW_VALUES = (
    TEXTS.map(json.dumps)
    | st.sampled_from(NUMBERS[:10])
    | st.sampled_from(
        (
            '"\\ud800"',
            '"\\udfff\\ud800"',
            "[]",
            "{}",
            "[1,2,300,-1]",
            '["a",[]]',
            '{"message":[1],"type":{}}',
            '{"stack":1}',
        )
    )
    | st.integers(0, 3000).map(_nested)
    | st.integers(0, 100_000).map(lambda depth: "[" * depth)
)
JSON_LINES = st.lists(st.tuples(st.sampled_from(KEYS), RAW_VALUES), max_size=5).map(
    lambda pairs: ("{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}").encode("utf-8", "replace")
)
PLAIN_LINES = st.tuples(st.sampled_from(TIMES), TEXTS).map(
    lambda parts: " ".join(parts).encode("utf-8", "surrogatepass")
)
LINES = JSON_LINES | PLAIN_LINES | st.binary(max_size=60)
LOGS = st.lists(LINES, max_size=8).map(b"\n".join)
MANY = settings(max_examples=200, deadline=None)
BEGIN, END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@MANY
@given(LOGS)
@example(b'{"message":' + b"9" * 5000 + b"}")
@example(b'{"level":"\xc2\xb2","ts":' + b"9" * 400 + b"}")
@example(b'{"a":' * 100_000)
@example(b"\xff" * 1_000_000)
@example(b"\x00" * 1000)
def test_the_way_of_a_line_of_a_file(log: bytes) -> None:
    """From bytes to entries, errors, times and signatures."""
    lines = log.split(b"\n")
    tally = Tally()
    for line in entries([Raw(0, number, data) for number, data in enumerate(lines, 1)], "x.log"):
        assert isinstance(line.is_error, bool)
        tally.add(line.fields, line.text)
        message_of(line.fields, line.text).encode("utf-8", "replace")
    assert sum(one.count for one in tally.signatures()) == tally.total
    for data in lines:
        levels.has_level(fields_of(data), text_of(data))
        stamps.moment_of_raw(data)
        if (told := quick_look(data)) is not None:
            said_by(data, told)
    assert len(list(assign(lines))) == len(lines)


@settings(max_examples=40, deadline=None)
@given(log=LOGS)
def test_files(log: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Counting, the last lines and a stretch of time of a file."""
    path = tmp_path_factory.mktemp("any") / "any.log"
    path.write_bytes(log)
    scan.count(path)
    source = FileSource(path)
    assert all(isinstance(line.text, str) for line in source.last(5))
    assert all(line.at is not None for line in source.window(BEGIN, END))


@MANY
@given(LOGS, st.integers(1, 7))
def test_what_a_container_prints(log: bytes, size: int) -> None:
    """The engine's stream, in parts of any length."""
    parts = [log[at : at + size] for at in range(0, len(log), size)]
    lines = list(docker._lines(parts))
    assert lines == (log.removesuffix(b"\n").split(b"\n") if log else [])
    assert all(isinstance(line.text, str) for line in docker._entries(lines, "x"))


@MANY
@given(JSON_LINES | st.binary(max_size=60))
@example(b'{"__REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":[1,300]}')
@example(b'{"__REALTIME_TIMESTAMP":[1]}')
@example(b'{"__REALTIME_TIMESTAMP":"' + b"9" * 30 + b'"}')
def test_entries_of_the_journal(raw: bytes) -> None:
    """A line of `journalctl -o json`, or something else in its place."""
    line = journald.JournalSource("x.service")._line(raw)
    assert line is None or (isinstance(line.text, str) and isinstance(line.is_error, bool))


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES | st.just(b'[{"name":"shop","pm2_env":{"pm_out_log_path":1}}]'), max_size=3).map(b"\n".join))
@example(b'[{"name":"shop","pm2_env":[]}]')
@example(b"[" * 100_000)
def test_the_list_of_pm2(tmp_path_factory: pytest.TempPathFactory, printed: bytes) -> None:
    """Whatever `pm2 jlist` prints: files, or an error that says so."""
    folder = tmp_path_factory.mktemp("pm2")
    (folder / "printed").write_bytes(printed)
    program = folder / "pm2"
    program.write_text(f"#!/bin/sh\ncat {folder / 'printed'}\n")
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        with suppress(UnreachableError):
            assert isinstance(pm2.files("shop").all, tuple)


def test_a_long_line_of_a_container_is_cut() -> None:
    """A container that never ends its line costs no more than what is kept of it."""
    lines = list(docker._lines([b"x" * 100_000] * 100))
    assert [len(line) for line in lines] == [LONGEST_BYTES]

"""Times and levels, as programs write them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tixmaster.stack.errors import ConfigError
from tixmaster.stack.logs.levels import is_error
from tixmaster.stack.logs.line import fields_of
from tixmaster.stack.logs.since import moment_of_words
from tixmaster.stack.logs.stamps import moment_of_raw

MOMENT = datetime(2025, 11, 23, 6, 0, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def taipei(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose local time is eight hours ahead."""
    monkeypatch.setenv("TZ", "Asia/Taipei")
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.get("TZ")
    time.tzset()


@pytest.mark.parametrize(
    "line",
    [
        "2025-11-23T06:00:01Z x",
        "2025-11-23T14:00:01.000+08:00 x",
        "2025-11-23 14:00:01,000 - app - ERROR - x",
        "[2025-11-23 14:00:01] x",
        "2025-11-23 06:00:01.000 UTC [4711] ERROR:  x",
        "2025/11/23 14:00:01 [error] 12#12: x",
        '10.0.0.1 - - [23/Nov/2025:14:00:01 +0800] "GET / HTTP/1.1" 500 12',
        "[Sun Nov 23 14:00:01.000000 2025] [error] x",
        "- 1 2025.11.23 R02 2025-11-23-14.00.01.363779 R02 RAS"[9:],
        "20251123T060001Z x",
        "25/11/23 14:00:01 INFO storage.MemoryStore: x",
        "251123 140001 148 INFO dfs.DataNode: x",
        "1763877601.000 x",
        "[1763877601000] x",
        '{"timestamp":"2025-11-23T06:00:01Z"}',
        '{"timestamp":"2025-11-23 14:00:01"}',
        '{"level":50,"time":1763877601000,"msg":"x"}',
        '{"@timestamp":"2025-11-23T06:00:01.000Z"}',
        '{"ts":1763877601.0}',
        '{"date":"23/Nov/2025:14:00:01 +0800"}',
    ],
)
def test_the_usual_times_are_understood(line: str) -> None:
    """Without a zone they are local."""
    found = moment_of_raw(line.encode())
    assert found is not None
    assert abs(found - MOMENT) < timedelta(seconds=1)


def test_a_time_without_a_year_is_the_last_such() -> None:
    """As syslog writes it; never in the future."""
    now = datetime.now().astimezone()
    recent = now - timedelta(hours=3)
    assert moment_of_raw(f"{recent:%b %e %H:%M:%S} host app[1]: x".encode()) == recent.replace(microsecond=0)
    found = moment_of_raw(f"{now + timedelta(days=40):%b %e} 00:00:00 host app[1]: x".encode())
    assert found is not None
    assert found < now


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no time",
        "  2025-11-23 14:00:01 indented",
        "{broken",
        '{"time":null}',
        "2025-13-45 99:99:99 x",
        '{"ts":true}',
    ],
)
def test_what_has_no_time_has_none(line: str) -> None:
    """Least of all an indented line, which belongs to the one before."""
    assert moment_of_raw(line.encode()) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"level":"error","msg":"x"}', True),
        ('{"level":"info","msg":"no Error: here"}', False),
        ('{"level":50,"msg":"x"}', True),
        ('{"level":40,"msg":"x"}', False),
        ('{"severity":"CRITICAL"}', True),
        ('{"statusCode":503}', True),
        ('{"msg":"TypeError: x is undefined"}', True),
        ('{"PRIORITY":"3","MESSAGE":"x"}', True),
        ("2025-11-23 14:00:01 ERROR x", True),
        ("2025-11-23 14:00:01 INFO retried after ConnectionError: x", False),
        ("2025/11/23 14:00:01 [error] 12#12: x", True),
        ("2025/11/23 14:00:01 [notice] 12#12: error log opened", False),
        ('10.0.0.1 - - [23/Nov/2025:14:00:01 +0800] "GET / HTTP/1.1" 502 12', True),
        ('10.0.0.1 - - [23/Nov/2025:14:00:01 +0800] "GET / HTTP/1.1" 404 500', False),
        ("level=error msg=x", True),
        ("level=info msg=x", False),
        ("E1123 14:00:01.000000 1 x.go:1] x", True),
        ("11-23 14:00:01.000  1702  2395 E WindowManager: x", True),
        ("panic: boom", True),
        ("Traceback (most recent call last):", True),
        ("UnhandledPromiseRejectionWarning: Error: x", True),
        ("all is well", False),
        ("no errors found", False),
    ],
)
def test_what_is_an_error(line: str, expected: bool) -> None:
    """What a line says of itself counts before the words in it."""
    assert is_error(fields_of(line.encode()), line) is expected


def test_moments_are_written_as_people_do() -> None:
    """So long ago, a time of today, a day with its time; anything else is wrong use."""
    assert moment_of_words("15m", MOMENT) == MOMENT - timedelta(minutes=15)
    assert moment_of_words("1h30m", MOMENT) == MOMENT - timedelta(minutes=90)
    assert moment_of_words("2025-11-23T14:00:01", MOMENT) == MOMENT
    assert moment_of_words("14:00:01", MOMENT) == MOMENT
    with pytest.raises(ConfigError, match="'yesterday' is no time"):
        moment_of_words("yesterday", MOMENT)

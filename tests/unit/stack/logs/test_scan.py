"""The errors of a whole file, by signature: the same with ripgrep and without."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tixmaster.stack.logs import scan

JSON = [
    {"level": "info", "message": "request", "error": None},
    {"level": "error", "message": "order 17 failed"},
    {"level": "error", "message": "order 4711 failed"},
    {"level": "info", "message": "an Error: in words only"},
    {"level": "fatal", "message": "x", "error": "TimeoutError: 12 ms"},
]
PINO = [{"level": 30, "msg": "fine"}, {"level": 50, "msg": "order 1 failed"}, {"level": 60, "msg": "order 2 failed"}]
PLAIN = """2026-01-01 12:00:00,000 INFO app: started
2026-01-01 12:00:01,000 ERROR app: order 17 failed
Traceback (most recent call last):
  File "/srv/orders.py", line 5, in place
ValueError: 17
2026-01-01 12:00:02,000 ERROR app: order 18 failed
Traceback (most recent call last):
  File "/srv/orders.py", line 5, in place
ValueError: 18
2026-01-01 12:00:03,000 INFO app: retried after ConnectionError: x
10.0.0.1 - - [01/Jan/2026:12:00:04 +0800] "GET /api/orders/17 HTTP/1.1" 503 12
"""


@pytest.fixture(params=["ripgrep", "python"])
def searcher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ripgrep, and on a machine that has none."""
    if request.param == "python":
        monkeypatch.setenv("PATH", "")
    elif shutil.which("rg") is None:
        pytest.skip("ripgrep is not installed")


def counted(path: Path, *, everything: bool = False) -> dict[str, int]:
    return {item.pattern: item.count for item in scan.count(path, everything=everything).signatures}


def test_errors_of_json_lines_are_counted(searcher: None, tmp_path: Path) -> None:
    """By their level, not by their words."""
    path = tmp_path / "x.log"
    path.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in JSON))
    assert counted(path) == {"order * failed": 2, "TimeoutError: *": 1}
    path.write_text("".join(f"{json.dumps(line)}\n" for line in JSON))
    assert counted(path) == {"order * failed": 2, "TimeoutError: *": 1}


def test_numbered_levels_are_understood(searcher: None, tmp_path: Path) -> None:
    """pino's."""
    path = tmp_path / "x.log"
    path.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in PINO))
    assert counted(path) == {"order * failed": 2}


def test_traces_in_plain_text_belong_to_their_entry(searcher: None, tmp_path: Path) -> None:
    """And are counted once."""
    path = tmp_path / "x.log"
    path.write_text(PLAIN)
    assert counted(path) == {"ValueError at place (orders.py)": 2, "GET /api/orders/*: server error": 1}
    (tmp_path / "y.log.gz").write_bytes(gzip.compress(PLAIN.encode()))
    assert counted(tmp_path / "y.log.gz") == counted(path)


def test_colours_are_no_part_of_what_is_said(searcher: None, tmp_path: Path) -> None:
    """A coloured error is one, and the same as without colours."""
    path = tmp_path / "shop.log"
    path.write_text(
        "2026-01-01T12:00:00Z INFO ready\n"
        "2026-01-01T12:00:01Z ERROR order 1 failed\n"
        "\x1b[90m2026-01-01T12:00:02Z\x1b[39m \x1b[31mERROR\x1b[39m order 2 failed\n"
    )
    (found,) = scan.count(path).signatures
    assert (found.count, found.pattern) == (2, "order * failed")


def test_a_plain_log_without_errors_is_counted_whole(searcher: None, tmp_path: Path) -> None:
    """A JSON log without errors has none, though."""
    path = tmp_path / "x.log"
    path.write_text("Jan  1 12:00:00 host app[1]: a seat 1\nJan  1 12:00:00 host app[1]: a seat 2\n")
    found = scan.count(path)
    assert (found.of, found.entries, [item.pattern for item in found.signatures]) == ("entries", 2, ["a seat *"])
    path.write_text('{"level":"info","message":"x"}\n')
    assert (scan.count(path).of, scan.count(path).entries) == ("errors", 0)
    assert counted(path, everything=True) == {"x": 1}


def test_rubbish_has_signatures_too(searcher: None, tmp_path: Path) -> None:
    """At least it does not stop anything."""
    path = tmp_path / "x.log"
    path.write_bytes(
        b"\x00\xff{\n" + b'{"level":"error","message":"a' + b"\n" + b'{"level":"error","message":"b"}\n' * 3
    )
    assert counted(path)["b"] == 3
    path.write_bytes(b"")
    assert counted(path) == {}

"""Log files: the last lines, and a stretch of time with line numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tixmaster.stack import logs

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)


def written(path: Path, seconds: list[float | str]) -> Path:
    """A log with a JSON line for each number (seconds after `START`) and each text as it is."""
    lines = [
        item if isinstance(item, str) else json.dumps({"timestamp": (START + timedelta(seconds=item)).isoformat()})
        for item in seconds
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def numbers(path: Path, since: float, until: float) -> list[int | None]:
    found = logs.window(path, START + timedelta(seconds=since), START + timedelta(seconds=until))
    return [line.number for line in found]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(0, 99, range(1, 101)), (10, 12, [11, 12, 13]), (-9, -1, []), (200, 300, []), (98.5, 500, [100])],
)
def test_the_window_holds_exactly_the_lines_of_its_time(
    tmp_path: Path, since: float, until: float, expected: list[int]
) -> None:
    """Both ends count."""
    path = written(tmp_path / "x.log", list(range(100)))
    assert numbers(path, since, until) == list(expected)


def test_a_line_without_a_time_belongs_to_the_one_before(tmp_path: Path) -> None:
    """A stack trace stays with its error."""
    path = written(tmp_path / "x.log", ["preface", 1, 2, "  at line 1", "  at line 2", 3])
    (entry,) = logs.window(path, START + timedelta(seconds=2), START + timedelta(seconds=2.5))
    assert entry.number == 3
    assert entry.text.endswith("\n  at line 1\n  at line 2")


def test_lines_a_little_out_of_order_are_found(tmp_path: Path) -> None:
    """Threads stamp a line before they queue it."""
    path = written(tmp_path / "x.log", [0, 5, 10.2, 9.8, 10.4, 10.1, 20])
    assert numbers(path, 10, 10.3) == [3, 6]


def test_empty_and_foreign_files_give_nothing(tmp_path: Path) -> None:
    """No times, no window."""
    assert numbers(written(tmp_path / "empty.log", []), 0, 9) == []
    assert numbers(written(tmp_path / "text.log", ["2026-01-01 plain", "{broken", "[]"]), 0, 9) == []


def test_bisection_equals_reading_everything(tmp_path: Path) -> None:
    """Whatever the lengths of the lines are."""
    times = [index / 7 + (index % 3) / 10 for index in range(500)]
    path = written(tmp_path / "x.log", [item for t in times for item in (t, "x" * int(t % 40))])
    for since in range(0, 70, 7):
        timed = [2 * index + 1 for index, t in enumerate(times) if since <= t <= since + 2]
        assert [number for number in numbers(path, since, since + 2) if number is not None and number % 2] == timed


@pytest.mark.parametrize("count", [1, 3, 5000])
def test_tail_gives_the_last_lines(tmp_path: Path, count: int) -> None:
    """Also over the border of what is read at once."""
    path = written(tmp_path / "x.log", [f"{index} " + "x" * 50 for index in range(4000)])
    found = logs.tail(path, count)
    assert len(found) == min(count, 4000)
    assert found[-1].startswith("3999 ")

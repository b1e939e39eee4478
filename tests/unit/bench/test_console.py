"""What `tix bench console` makes of what it saw, and the state that it looks at."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from tixmaster.bench import archive, console
from tixmaster.bench.console import Outcome
from tixmaster.bench.visitor import Page
from tixmaster.oncall.store import open_database
from tixmaster.oncall.store.schema import cause, finding, incident, outbox, timeline


def outcome(slowest_us: int = 80_000, shown_ms: float = 300.0) -> Outcome:
    return Outcome(
        pages=[
            Page(path="/", first_ms=40, times=Counter({20_000: 99})),
            Page(path="/incidents/INC-1", first_ms=150, times=Counter({slowest_us: 5})),
        ],
        baseline=Counter({3_000: 10}),
        first_paint_ms={"/": 120.0, "/incidents/INC-1": 400.0},
        shown_ms=[40.0, shown_ms],
        silent=3.5,
        busy=9.0,
    )


def test_the_slowest_page_and_the_latest_event_count() -> None:
    """The first time, for which something may have to be made ready, stands beside the others."""
    found = console.figures(outcome())
    assert (found["page_p99_ms"], found["first_paint_ms"], found["event_to_page_ms"]) == (80.0, 400, 300)
    assert (found["page_first_ms"], found["open_pages_cpu_percent"]) == (150, 3.5)
    document = console.document(found)
    assert document["ok"]
    assert document["targets"].keys() <= found.keys()


def test_one_slow_page_or_one_late_event_is_a_miss() -> None:
    """Each target is judged by itself."""
    late = console.judge(console.figures(outcome(shown_ms=501.0)))
    slow = console.judge(console.figures(outcome(slowest_us=101_000)))
    assert [name for name, ok in late.items() if not ok] == ["event_to_page_ms"]
    assert [name for name, ok in slow.items() if not ok] == ["page_p99_ms"]


def test_the_state_holds_what_was_asked_for(tmp_path: Path) -> None:
    """Every incident with all its rows; one has as many more as there are incidents, and the newest are open."""
    database = open_database(tmp_path / "oncall.sqlite")
    assert archive.fill(database, 200, datetime.now(UTC)) == 20_000
    with database.read() as connection:

        def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
            query = sa.select(sa.func.count()).select_from(table).where(*conditions)
            return int(connection.execute(query).scalar_one())

        assert count(incident) == 200
        assert count(incident, incident.c.state != "closed") == archive.OPEN
        assert count(timeline, timeline.c.incident == archive.STORM) == archive.ROWS_EACH - 1 + 200
        assert count(finding) == 200 * len(archive.STEPS)
        assert count(cause, cause.c.rank == 1) == 200
        assert count(outbox, outbox.c.incident == 150) == 2
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    database.close()

"""The list of incidents with its filters, search and pages, and the statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tixmaster.console.incidents import listing
from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import search
from tixmaster.oncall.store.schema import cause, incident
from tixmaster.oncall.trend import trend

from .conftest import Visitor

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def write(oncall: Oncall, number: int, why: str | None = None, **given: Any) -> None:
    """An incident as on-call would have left it, with its first cause."""
    opened = given.get("opened_at", NOW - timedelta(hours=1))
    row = {
        "number": number,
        "fingerprint": f"{number:016}",
        "alertname": "HighErrorRate",
        "service": "backend",
        "severity": "critical",
        "title": f"backend fails {number}",
        "state": "closed",
        "started_at": opened,
        "opened_at": opened,
        "closed_at": opened + timedelta(hours=1),
        "run": 1,
        **given,
    }
    with oncall.desk.database.write() as connection:
        connection.execute(sa.insert(incident).values(row))
        if why:
            about = {"title": {"en": f"because of {why}", "zh-TW": f"原因：{why}"}, "confidence": 0.5}
            empty: dict[str, list[str]] = {"because": [], "evidence": [], "steps": []}
            connection.execute(sa.insert(cause).values(incident=number, run=1, rank=1, id=why, **about, **empty))


def found(oncall: Oncall, **wanted: Any) -> list[int]:
    with oncall.desk.database.read() as connection:
        found = search.find(connection, search.Filter(**wanted), limit=50)
        assert search.count(connection, search.Filter(**wanted)) == found.number == len(found.rows)
    return [row["number"] for row in found.rows]


@pytest.fixture
def four(oncall: Oncall) -> Oncall:
    """Four incidents that differ in what filters are about."""
    write(oncall, 1, "database-hangs", service="postgres", severity="warning", opened_at=NOW - timedelta(days=40))
    write(oncall, 2, "database-hangs", drill="database-hangs", assigned_to="alice")
    write(oncall, 3, state="open", acknowledged_at=NOW, alertname="InstanceDown")
    write(oncall, 4, "backend-hangs", state="open", title="100 % of requests_fail")
    person.note(oncall.desk, 1, "the Disk was full", by="alice")
    return oncall


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [4, 3, 2, 1]),
    ({"state": "current"}, [4, 3]),
    ({"state": "open"}, [4]),
    ({"state": "acknowledged"}, [3]),
    ({"state": "closed"}, [2, 1]),
    ({"severity": "warning"}, [1]),
    ({"service": "postgres"}, [1]),
    ({"alert": "InstanceDown"}, [3]),
    ({"cause": "database-hangs"}, [2, 1]),
    ({"assignee": "alice"}, [2]),
    ({"drills": "without"}, [4, 3, 1]),
    ({"drills": "only"}, [2]),
    ({"since": NOW - timedelta(days=2)}, [4, 3, 2]),
    ({"until": NOW - timedelta(days=2)}, [1]),
    ({"cause": "database-hangs", "drills": "without"}, [1]),
]
WORDS: list[tuple[tuple[str, ...], list[int]]] = [
    (("disk",), [1]),
    (("原因",), [4, 2, 1]),
    (("because", "backend-hangs"), [4]),
    (("inc-2",), [2]),
    (("100 %",), [4]),
    (("requests_f",), [4]),
    (("requests%fail",), []),
    (("disk", "backend-hangs"), []),
]


def test_each_filter_narrows_the_list(four: Oncall) -> None:
    """Alone and together."""
    for wanted, numbers in FILTERS:
        assert found(four, **wanted) == numbers, wanted


def test_words_are_looked_for_in_titles_causes_notes_and_ids(four: Oncall) -> None:
    """All of them must be found; nothing in them is a pattern."""
    for words, numbers in WORDS:
        assert found(four, words=words) == numbers, words


def test_the_search_reads_notes_by_their_index(four: Oncall) -> None:
    """A million rows of timelines are not read for a word."""
    with four.desk.database.read() as connection:
        query = sa.text(
            "EXPLAIN QUERY PLAN SELECT incident FROM timeline WHERE kind = 'note' AND lower(text) LIKE '%disk%'"
        )
        plan = " ".join(str(row) for row in connection.execute(query))
    assert "COVERING INDEX timeline_note_texts" in plan


def test_filters_stand_in_the_address_and_in_the_form(responder: Visitor, four: Oncall) -> None:
    """What was chosen is chosen still, and words of strangers stay words."""
    text = responder.get("/incidents?service=postgres&q=disk&from=2020-01-01").text
    assert "INC-1" in text
    assert "INC-2" not in text
    assert '<option value="postgres" selected>' in text
    assert 'value="disk"' in text
    assert 'value="2020-01-01"' in text
    assert "No incident fits" in responder.get("/incidents?q=nothing").text
    hostile = responder.client.get("/incidents", params={"q": HOSTILE})
    assert "<script>alert" not in hostile.text
    assert "&lt;script&gt;" in hostile.text


def test_a_filter_that_makes_no_sense_is_said_on_a_page(responder: Visitor) -> None:
    """With what it could be; nothing breaks."""
    for query in ["state=odd", "from=yesterday", "to=9999-12-31", "drills=x", "before=0", "before=x"]:
        answer = responder.get(f"/incidents?{query}")
        assert answer.status_code == 400, query
        assert "That did not work" in answer.text


def test_pages_go_on_below_the_last_row(responder: Visitor, oncall: Oncall) -> None:
    """By key, with the filter kept; every incident stands on one page."""
    for number in range(1, listing.SHOWN + 3):
        write(oncall, number, severity="warning" if number == 1 else "critical")
    first = responder.get("/incidents?severity=critical").text
    assert f"INC-{listing.SHOWN + 2}<" in first
    assert "INC-3<" in first
    assert "INC-2<" not in first
    address = "/incidents?severity=critical&amp;before=3"
    assert f'href="{address}"' in first
    second = responder.get(address.replace("&amp;", "&")).text
    assert "INC-2<" in second
    assert "INC-3<" not in second
    assert "INC-1<" not in second
    assert 'href="/incidents?severity=critical"' in second


def test_statistics_count_by_week_and_leave_drills_apart(responder: Visitor, oncall: Oncall) -> None:
    """Means, medians, causes with the time before; incidents that became part of others are not counted twice."""
    for number, minutes in ((1, 10), (2, 20), (3, 90)):
        opened = NOW - timedelta(minutes=1)
        times = {"opened_at": opened, "started_at": opened, "resolved_at": opened + timedelta(minutes=minutes)}
        write(oncall, number, "database-hangs", acknowledged_at=opened + timedelta(minutes=2), **times)
    write(oncall, 4, "database-hangs", opened_at=NOW - timedelta(weeks=5))
    write(oncall, 5, "database-hangs", drill="database-hangs")
    write(oncall, 6, merged_into=1)
    with oncall.desk.database.read() as connection:
        real = trend(connection, NOW, 4, drills=False)
        drills = trend(connection, NOW, 4, drills=True)
    assert (real.whole.incidents, real.whole.acknowledge, real.whole.recover, real.whole.recover_median) == (
        3,
        120,
        2400,
        1200,
    )
    assert [one.incidents for one in real.by_week] == [0, 0, 0, 3]
    assert [(one.id, one.times, one.before) for one in real.causes] == [("database-hangs", 3, 1)]
    assert (drills.whole.incidents, drills.whole.recover) == (1, None)
    text = responder.get("/incidents/statistics?weeks=4").text
    assert "because of database-hangs" in text
    assert "40 min" in text
    assert "20 min" in text
    assert responder.get("/incidents/statistics?weeks=5").status_code == 400


def test_without_any_incident_the_statistics_say_so(responder: Visitor) -> None:
    """Nothing is divided by nothing."""
    assert "No incident in this time" in responder.get("/incidents/statistics").text

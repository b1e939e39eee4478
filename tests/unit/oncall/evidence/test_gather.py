"""Taking evidence: at once, in order, and none that hangs or breaks holds up the others."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence import log
from tixmaster.oncall.evidence.gather import gather, take_all
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, Taker
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.intake import store
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.said import Said

from ..conftest import START, Webhook


def sight(root: Path, **services: object) -> Sight:
    document = {"services": {"backend": {"error_log": str(root / "error.log")}, **services}}
    config = msgspec.structs.replace(msgspec.convert(document, Config, dec_hook=lambda _, text: Path(text)), root=root)
    incident = {"service": "backend", "started_at": START, "alertname": "HighErrorRate"}
    return Sight(config=config, incident=incident, alerts=[], findings=[], now=START + timedelta(minutes=2))


def taken(_: Sight) -> Iterator[Item]:
    yield Taken(kind="alerts", title=Said("alerts"), name="alerts.json", content=b"[]")


def test_one_that_hangs_and_one_that_breaks_are_accounted_for(tmp_path: Path) -> None:
    """The others are there, in the order of the list, and nobody waits longer than the limit."""
    release = threading.Event()

    def hangs(_: Sight) -> Iterator[Item]:
        release.wait(30)
        yield from taken(_)

    def breaks(_: Sight) -> Iterator[Item]:
        yield from taken(_)
        raise UnreachableError(Said("Prometheus at 127.0.0.1:9 does not answer"))

    began = time.monotonic()
    takers = [
        Taker(kind="database", title=Said("Database"), take=hangs, seconds=0.3),
        Taker(kind="prometheus", title=Said("Prometheus"), take=breaks),
        Taker(kind="alerts", title=Said("alerts"), take=taken),
    ]
    outcomes = take_all(sight(tmp_path), takers)
    release.set()
    assert time.monotonic() - began < 5
    assert [one.taker.kind for one in outcomes] == ["database", "prometheus", "alerts"]
    assert [len(one.items) for one in outcomes] == [1, 2, 1]
    missing = [item for one in outcomes for item in one.items if isinstance(item, Missing)]
    assert [item.reason for item in missing] == [
        "given up after 0.3 s without a result",
        "Prometheus at 127.0.0.1:9 does not answer",
    ]


def test_takers_work_at_once(tmp_path: Path) -> None:
    """Each waits for the other: one after the other they would never end."""
    meet = threading.Barrier(2, timeout=5)

    def waits(_: Sight) -> Iterator[Item]:
        meet.wait()
        yield from taken(_)

    takers = [Taker(kind="alerts", title=Said(name), take=waits) for name in ("one", "two")]
    assert all(isinstance(one.items[0], Taken) for one in take_all(sight(tmp_path), takers))


def test_a_whole_run_accounts_for_everything(desk: Desk, webhook: Webhook) -> None:
    """Nothing runs here: what can be had is hashed, the rest says why not, and a second run of the stage doubles nothing."""
    store(desk, webhook())
    absorb_waiting(desk)
    with desk.database.write() as connection:
        facts.begin_deploy(connection, "backend", desk.now(), by="chen", version="1.4")
    case = Case(number=1, run=1)
    gather(desk, case)
    gather(desk, case)
    with desk.database.read() as connection:
        rows = incidents.artefacts(connection, 1)
        said = [row for row in timeline.of_incident(connection, 1) if row["kind"] == "evidence-complete"]
    assert {row["id"] for row in rows} == {f"E{place}" for place in range(1, len(rows) + 1)}
    assert {row["kind"]: row["status"] for row in rows if row["status"] == "ok"} == dict.fromkeys(
        ("alerts", "findings", "processes", "changes"), "ok"
    )
    folder = record_folder(desk, "INC-1")
    for row in rows:
        content = (folder / row["path"]).read_bytes() if row["status"] == "ok" else b""
        assert bool(row["reason"]) == (row["status"] != "ok")
        assert row["sha256"] in (None, hashlib.sha256(content).hexdigest())
        assert row["kind"] != "changes" or b"chen began a deploy of backend of 1.4" in content
    assert len(said) == 1


def _error(seconds: float, words: str) -> str:
    at = (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    return f'{{"timestamp":"{at}","level":"error","message":"request failed","error":"{words}"}}\n'


def test_signatures_are_new_or_known_against_the_day_before(tmp_path: Path) -> None:
    """With counts, first and last moment, and the place of the first; addresses in the excerpt are redacted."""
    (tmp_path / "error.log").write_text(
        _error(-80_000, "TimeoutError: order 17 was not answered within 20 ms")
        + _error(-7_000, "payment provider answered 503")
        + _error(5, "TimeoutError: order 4711 was not answered within 35 ms")
        + _error(6, "ConnectionRefusedError: no database for a.b@example.com")
        + _error(9, "TimeoutError: order 4712 was not answered within 99 ms")
    )
    excerpt, signatures = log.take(sight(tmp_path))
    assert isinstance(excerpt, Taken)
    assert isinstance(signatures, Taken)
    assert excerpt.content.decode().count("error.log:") == 3
    assert b"example.com" not in excerpt.content
    rows = msgspec.json.decode(signatures.content)
    assert [(row["count"], row["new"]) for row in rows] == [(2, False), (1, True)]
    assert [row["place"].rpartition(":")[2] for row in rows] == ["3", "4"]
    assert rows[0]["first_seen"] < rows[1]["first_seen"] < rows[0]["last_seen"]
    assert signatures.title == "2 error signatures, 1 not seen in the 24 h before"


def test_a_quiet_log_is_skipped_with_its_reason(tmp_path: Path) -> None:
    """No error is an answer, not a failure."""
    (tmp_path / "error.log").write_text(_error(-7_000, "long ago"))
    (item,) = log.take(sight(tmp_path))
    assert isinstance(item, Missing)
    assert (item.status, item.reason) == ("skipped", "error.log holds no error of that time")

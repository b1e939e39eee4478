"""The pages of the drills: what one would do, who may start it, what speaks against it, and watching it to its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import psutil
import pytest
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from tixmaster.console import accounts
from tixmaster.console.accounts import Role
from tixmaster.console.app import create_app
from tixmaster.console.drills import Starter
from tixmaster.console.lookout import Alarms, Lookout
from tixmaster.drills import DRILLS
from tixmaster.oncall import rehearsal
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import audit
from tixmaster.stack.config import Config

from .conftest import PASSWORD, Client, Visitor, open_incident

WAITS = "import time; time.sleep(120)"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def config(config: Config) -> Config:
    """A system that may be broken on purpose."""
    return msgspec.structs.replace(config, fault_endpoints=True)


@pytest.fixture
def client(oncall: Oncall) -> Iterator[Client]:
    """A browser at a console that has the drills; Alertmanager was heard, and nothing rings."""
    app = create_app(oncall, CollectorRegistry(), DRILLS)
    lookout: Lookout = app.state.lookout
    lookout.alarms.ask = lambda: Alarms(alerts=(), silences=())
    lookout.alarms.look()
    with TestClient(app) as opened:
        opened.follow_redirects = False
        yield opened


@contextmanager
def run_under_way(oncall: Oncall, **given: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The journal of a run whose process lives."""
    process = subprocess.Popen([sys.executable, "-c", WAITS])
    try:
        write_run(oncall, process.pid, psutil.Process(process.pid).create_time(), **given)
        yield process
    finally:
        process.kill()
        process.wait()


def write_run(oncall: Oncall, pid: int, began: float, **given: Any) -> None:
    known: dict[str, Any] = {"by": "alice", "names": ("lock-queue",), "began_at": oncall.desk.now(), "phase": "playing"}
    rehearsal.folder(oncall.desk.config).mkdir(exist_ok=True)
    rehearsal.keep(oncall.desk.config, rehearsal.Run(pid=pid, process_began=began, **known | given))


def acts(oncall: Oncall) -> list[tuple[str, str, str]]:
    with oncall.desk.database.read() as connection:
        rows = audit.newest(connection, 20)
    return [(row["act"], row["about"], row["by"]) for row in rows if row["act"].startswith("drill")]


def test_every_drill_is_listed_and_says_what_it_would_do(responder: Visitor) -> None:
    """In both languages; the true cause stands there, as whoever reads this is not being tested."""
    text = responder.get("/drills").text
    for drill in DRILLS:
        assert f'href="/drills/{drill.name}"' in text
    asked = responder.get("/drills/high-error-rate").text
    for words in ("PostgreSQL is stopped under traffic", "tix restart postgres", "Start the drill", "2 min"):
        assert words in asked
    assert 'name="approve"' in asked
    chinese = responder.client.get("/drills/high-error-rate", headers={"Accept-Language": "zh-TW"}).text
    assert "在有流量時停止 PostgreSQL" in chinese
    assert responder.get("/drills/nothing").status_code == 404


def test_a_viewer_may_look_and_a_forged_form_does_nothing(sign_in: Callable[[Role], Visitor], oncall: Oncall) -> None:
    """Neither starts anything."""
    viewer = sign_in("viewer")
    assert "Start the drill" not in viewer.get("/drills/lock-queue").text
    assert viewer.send("/drills/lock-queue").status_code == 403
    assert viewer.send("/drills/run/end").status_code == 403
    assert viewer.client.post("/drills/lock-queue").status_code == 403
    assert acts(oncall) == []


def test_what_speaks_against_a_drill_is_said_and_keeps_it_from_starting(responder: Visitor, oncall: Oncall) -> None:
    """An open incident is real trouble until somebody has closed it."""
    open_incident(oncall)
    assert "An incident is open." in responder.get("/drills").text
    refused = responder.send("/drills/lock-queue")
    assert refused.status_code == 409
    assert "An incident is open." in refused.text
    assert acts(oncall) == []


def test_only_drills_that_need_fault_endpoints_wait_for_them(
    sign_in: Callable[[Role], Visitor], oncall: Oncall
) -> None:
    """The page of such a drill names the line to set, in both languages; the list marks them; others may be started."""
    object.__setattr__(oncall.desk, "config", msgspec.structs.replace(oncall.desk.config, fault_endpoints=False))
    administrator = sign_in("administrator")
    assert administrator.send("/drills/code-error").status_code == 409
    assert acts(oncall) == []
    for language in ("en", "zh-TW"):
        text = administrator.client.get("/drills/code-error", headers={"Accept-Language": language}).text
        for words in ("`fault_endpoints = true`", "tixmaster.toml", "`tix up`"):
            assert words in text
    marked = administrator.get("/drills").text.count("needs fault_endpoints")
    assert marked == sum(drill.needs_fault_endpoints for drill in DRILLS)
    assert "Start the drill" in administrator.get("/drills/lock-queue").text


def test_a_run_is_watched_and_no_second_one_begins(responder: Visitor, oncall: Oncall) -> None:
    """Stages with their seconds, the incident, who asked; text of strangers stays text."""
    stages = {"alert_firing": 6.8, "webhook": 6.9}
    wanted = ("alert_firing", "webhook", "mail", "closed")
    fault_at = oncall.desk.now() - timedelta(seconds=10)
    with run_under_way(
        oncall, playing="lock-queue", wanted=wanted, stages=stages, fault_at=fault_at, incident="INC-7", by=HOSTILE
    ):
        text = responder.get("/drills").text
        for words in ("lock-queue is on", "6.8 s", "6.9 s", 'href="/incidents/INC-7"', "End it now"):
            assert words in text
        assert HOSTILE not in text
        refused = responder.send("/drills/instance-down")
        assert refused.status_code == 409
        assert "never two at once" in refused.text
        assert acts(oncall) == []


def test_a_run_is_ended_early_by_asking_its_process(responder: Visitor, oncall: Oncall) -> None:
    """The signal is the one upon which it takes its fault out; both acts are in the audit."""
    with run_under_way(oncall) as process:
        assert responder.send("/drills/run/end").status_code == 303
        assert process.wait(20) == -15
    assert acts(oncall) == [("drill-cancelled", "lock-queue", "responder")]
    assert responder.send("/drills/run/end").status_code == 303
    assert len(acts(oncall)) == 1


def test_a_run_that_died_without_a_word_is_said_to_have_left_its_fault(responder: Visitor, oncall: Oncall) -> None:
    """Another process of the same number is not taken for it."""
    with run_under_way(oncall) as process:
        write_run(oncall, process.pid, 1.0)
        assert "may still be in" in responder.get("/drills").text
        assert responder.send("/drills/run/end").status_code == 303
        assert process.poll() is None


def test_a_drill_that_cannot_begin_says_why(responder: Visitor, oncall: Oncall) -> None:
    """The process is a real one; here it finds no tixmaster.toml."""
    assert responder.send("/drills/lock-queue").headers["location"] == "/drills"
    assert acts(oncall) == [("drill-started", "lock-queue", "responder")]
    starter: Starter = responder.client.app.state.starter
    assert starter.process is not None
    assert starter.process.wait(90) != 0
    text = responder.get("/drills").text
    assert "could not be started" in text
    assert "tixmaster.toml" in text


def test_the_scoreboard_counts_what_is_on_record(responder: Visitor, oncall: Oncall) -> None:
    """Right and wrong, the median of each stage, and what was wrong; a broken line spoils nothing."""
    now = oncall.desk.now()
    lines = [
        {"at": now, "name": "lock-queue", "ok": True, "stages": {"mail": seconds}, "incident": "INC-3"}
        for seconds in (4.0, 6.0, 20.0)
    ]
    lines.append({"at": now, "name": "lock-queue", "ok": False, "stages": {}, "failures": [HOSTILE]})
    rehearsal.folder(oncall.desk.config).mkdir()
    record = b"not json\n" + b"\n".join(map(msgspec.json.encode, lines))
    rehearsal.results(oncall.desk.config).write_bytes(record)
    text = responder.get("/drills").text
    assert "3 of 4" in text
    assert "<td>6.0</td>" in text
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_without_drills_the_page_says_so(oncall: Oncall) -> None:
    """A console that was started without them offers none."""
    app = create_app(oncall, CollectorRegistry())
    with TestClient(app) as opened:
        opened.follow_redirects = False
        accounts.add(oncall.desk, "viewer", PASSWORD, "viewer")
        assert "started without drills" in Visitor(opened).sign_in("viewer").get("/drills").text

"""`kill -9` at every step, from the webhook to the closed incident: nothing is lost and nothing is done twice.

A case is a life that dies before its n-th act on the world, and the life after it. All of them take ten minutes; without
`TIXMASTER_EVERY_STEP=1` every sixteenth is walked.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import sqlalchemy as sa

from tixmaster.oncall.store import incidents, open_database, timeline
from tixmaster.oncall.store.schema import alert_event, incident
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import Alert, Supervise, doubled, starts, webhook
from .life import live
from .servers import mail_server, mails

STRIDE = 16
FIRST = range(1, STRIDE + 1) if os.environ.get("TIXMASTER_EVERY_STEP") else (STRIDE // 2,)
LIFE_SECONDS = 60
BACKEND = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fresh state, and the alert of a backend that is down."""

    toml: Path
    state: Path
    alert: Alert
    told: tuple[bytes, bytes]

    def live(self, context: ForkServerContext, dies_before: int | None = None) -> int | None:
        """How a life on this state ended: 0, the signal with a minus, or None where it had to be ended."""
        process = context.Process(target=live, args=(self.toml, self.told, self.alert.fingerprint, dies_before))
        process.start()
        process.join(LIFE_SECONDS)
        ended = process.exitcode
        process.kill()
        process.join()
        return ended


@pytest.fixture(scope="module")
def settings() -> tuple[str, ...]:
    """What is found may be mended at once, as often as it takes."""
    return ("oncall.remedy = { policy = 'auto', budget = { restarts = 1000, minutes = 30 } }",)


@pytest.fixture(scope="module")
def warm() -> ForkServerContext:
    """Makes processes that have imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.oncall.life"])
    return context


@pytest.fixture(scope="module")
def backend(config: Config, supervise: Supervise, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A service that a restart heals, under a real supervisord."""
    script = tmp_path_factory.mktemp("backend") / "backend.py"
    script.write_text(BACKEND)
    supervise(Program(service="backend", command=[sys.executable, str(script), str(config.services.backend.port)]))


NUMBERS = itertools.count(1)


def cases(config: Config) -> Iterator[Case]:
    """One after the other; each has a state of its own, and Supervisor and mail server with the others."""
    assert config.path
    for number in NUMBERS:
        state = config.root / f"case-{number}"
        state.mkdir()
        (state / "supervisor").symlink_to(config.var / "supervisor")
        toml = config.root / f"case-{number}.toml"
        placed = f'state = "{state}"\nsecrets = "{config.secrets_folder}"\n'
        toml.write_text(placed + config.path.read_text())
        alert = Alert(name="InstanceDown")
        told = webhook(alert.as_json()), webhook(alert.as_json("resolved"))
        yield Case(toml=toml, state=state, alert=alert, told=told)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("first", FIRST)
def test_killed_anywhere_on_the_way(config: Config, warm: ForkServerContext, first: int) -> None:
    """One incident, one restart, one mail that begins and one that ends, whichever act the first life died before."""
    with mail_server(config):
        for effect, case in zip(itertools.count(first, STRIDE), cases(config), strict=False):
            manager_of(config, "backend").stop()
            before = starts(config, "backend")
            ended = case.live(warm, dies_before=effect)
            if died := ended == -signal.SIGKILL:
                ended = case.live(warm)
            assert (effect, ended, starts(config, "backend") - before, wrongs(case)) == (effect, 0, 1, [])
            assert len(mails_of(config, case.alert)) == 2, f"death before act {effect}"
            if not died:
                return


def mails_of(config: Config, alert: Alert) -> list[str]:
    """The subjects of the mails about an alert."""
    return [mail["Subject"] for mail in mails(config, "INC-1") if alert.fingerprint in mail["Subject"]]


def wrongs(case: Case) -> list[str]:
    """What is lost or doubled in the state."""
    with closing(open_database(case.state / "oncall" / "oncall.sqlite")) as database, database.read() as connection:
        numbers = connection.execute(sa.select(incident.c.number).where(incident.c.state == "closed")).scalars().all()
        events = connection.execute(sa.select(alert_event.c.status).order_by(alert_event.c.id)).scalars().all()
        rows = timeline.of_incident(connection, 1)
        taken = incidents.artefacts(connection, 1)
    found = [] if numbers == [1] else [f"closed incidents: {numbers}"]
    found += [] if events == ["firing", "resolved"] else [f"events: {events}"]
    found += [f"doubled: {row}" for row in doubled({"timeline": rows})]
    found += [row["text"] for row in rows if row["kind"] == "stage-failed"]
    return found + [f"no file {item['path']}" for item in taken if item["status"] == "ok" and not _is_there(case, item)]


def _is_there(case: Case, item: dict[str, str]) -> bool:
    return (case.state / "records" / "INC-1" / item["path"]).is_file()

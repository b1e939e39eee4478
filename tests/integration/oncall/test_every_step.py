"""`kill -9` at every step, from the webhook to the closed incident: nothing is lost and nothing is done twice.

A case is a life that dies before its n-th act on the world, and the life after it; without `TIXMASTER_EVERY_STEP=1` every
sixteenth is walked. One incident more dies before each act at each place in the code, one life after the other.
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

from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.open import open_state
from tixmaster.oncall.store.schema import alert_event, incident
from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import Alert, Supervise, doubled, starts, webhook
from .life import live
from .outside import Outside, placed_for
from .servers import mail_server, mails

STRIDE = 16
FIRST = range(1, STRIDE + 1) if os.environ.get("TIXMASTER_EVERY_STEP") else (STRIDE // 2,)
LIFE_SECONDS = 300
FEWEST_PLACES = 40
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

    name: str
    toml: Path
    state: Path
    alert: Alert
    told: tuple[bytes, bytes]

    def live(self, context: ForkServerContext, dies_before: int | Path | None = None) -> int | None:
        """How a life ended: 0, the signal with a minus, or None where it had to be ended."""
        process = context.Process(target=live, args=(self.toml, self.told, self.alert.fingerprint, dies_before))
        process.start()
        process.join(LIFE_SECONDS)
        ended = process.exitcode
        process.kill()
        process.join()
        return ended


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """The tracker and the channel."""
    with Outside() as server:
        yield server


@pytest.fixture(scope="module")
def settings(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """What is found may be mended at once, as often as it takes; a channel and a tracker hear of it."""
    token = tmp_path_factory.mktemp("tracker") / "token"
    token.write_text("t0ken\n")
    remedy = "oncall.remedy = { policy = 'auto', budget = { restarts = 1000, minutes = 30 } }"
    return (remedy, *outside.settings(str(token)))


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
        toml = config.root / f"{state.name}.toml"
        placed = f'state = "{state}"\nsecrets = "{config.secrets_folder}"\n'
        toml.write_text(placed + placed_for(state.name, config.path.read_text()))
        alert = Alert(name="InstanceDown")
        told = webhook(alert.as_json()), webhook(alert.as_json("resolved"))
        yield Case(name=state.name, toml=toml, state=state, alert=alert, told=told)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("first", FIRST)
def test_killed_anywhere_on_the_way(config: Config, warm: ForkServerContext, outside: Outside, first: int) -> None:
    """One incident, one restart, one mail that begins and one that ends, one issue, whichever act the first life died
    before; a channel, which knows no names of messages, hears one twice at most."""
    with mail_server(config):
        for act, case in zip(itertools.count(first, STRIDE), cases(config), strict=False):
            manager_of(config, "backend").stop()
            before = starts(config, "backend")
            ended = case.live(warm, dies_before=act)
            if died := ended == -signal.SIGKILL:
                ended = case.live(warm)
            restarts = starts(config, "backend") - before
            assert (act, ended, restarts, wrongs(case, outside, deaths=1)) == (act, 0, 1, [])
            assert len(mails_of(config, case.alert)) == 2, f"death before act {act}"
            if not died:
                return


@pytest.mark.usefixtures("backend")
def test_killed_again_and_again(config: Config, warm: ForkServerContext, outside: Outside) -> None:
    """One incident, whose lives die at every place where the code acts, one place a life: done once all the same."""
    case = next(cases(config))
    places = case.state / "places"
    manager_of(config, "backend").stop()
    before = starts(config, "backend")
    with mail_server(config):
        deaths = 0
        while (ended := case.live(warm, dies_before=places)) == -signal.SIGKILL:
            deaths += 1
    assert (ended, starts(config, "backend") - before, wrongs(case, outside, deaths=deaths)) == (0, 1, [])
    assert len(mails_of(config, case.alert)) == 2
    assert FEWEST_PLACES < deaths <= len(places.read_text().splitlines())


def mails_of(config: Config, alert: Alert) -> list[str]:
    """The subjects of the mails about an alert."""
    return [mail["Subject"] for mail in mails(config, "INC-1") if alert.fingerprint in mail["Subject"]]


def wrongs(case: Case, outside: Outside, *, deaths: int) -> list[str]:
    """What is lost or doubled in the state, in the tracker and in the channel."""
    config = configuration.load(case.toml)
    with closing(open_state(config)) as database, database.read() as connection:
        numbers = connection.execute(sa.select(incident.c.number).where(incident.c.state == "closed")).scalars().all()
        events = connection.execute(sa.select(alert_event.c.status).order_by(alert_event.c.id)).scalars().all()
        rows = timeline.of_incident(connection, 1)
        taken = incidents.artefacts(connection, 1)
    found = [] if numbers == [1] else [f"closed incidents: {numbers}"]
    found += [] if events == ["firing", "resolved"] else [f"events: {events}"]
    found += [
        f"doubled: {row}" for row in doubled({"timeline": [row for row in rows if row["kind"] != "tracker-sent"]})
    ]
    found += [row["text"] for row in rows if row["kind"] == "stage-failed"]
    found += outside.project(case.name).wrongs()
    heard = outside.heard(case.name)
    found += [] if 2 <= len(heard) <= 2 + deaths and len({*heard}) == 2 else [f"channel: {heard}"]
    return found + [
        f"no file {item['path']}" for item in taken if item["status"] == "ok" and not _is_there(config, item)
    ]


def _is_there(config: Config, item: dict[str, str]) -> bool:
    return (config.records / "INC-1" / item["path"]).is_file()

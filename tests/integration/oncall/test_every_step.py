"""`kill -9` at every step, from the webhook to the closed incident: nothing is lost and nothing is done twice.

A case is a life that dies before its n-th act on the world, and the life after it. One incident more dies before each act at
each place in the code, one life after the other; and one has two replicas, of which the one that comes to a new place first
dies there. Of acts and places a run takes those that are due (`tests/sampling.py`).
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from tests.sampling import SLOTS, Sampled, plan

from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.open import open_state
from tixmaster.oncall.store.schema import alert_event, incident
from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from . import death
from .conftest import Alert, Supervise, doubled, eventually, starts, webhook
from .life import live, live_held_up
from .outside import Outside, placed_for
from .servers import mail_server, mails
from .state import new_database, state_server

FIRST = [slot + 1 for slot in range(SLOTS) if slot in plan().slots or not plan().changed.isdisjoint(death.TESTERS)]
LIFE_SECONDS = 300
FEWEST_PLACES = 40
TAKEOVER_SECONDS, GIVEN_UP = 3, 1
"""A replica that a busy machine lets wait for so long ends by itself, with that code: one death more."""
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

    def begin(self, context: ForkServerContext, dies_before: int | Path | None) -> ForkServerProcess:
        """A life on this state, in a process of its own."""
        process = context.Process(target=live, args=(self.toml, self.told, self.alert.fingerprint, dies_before))
        process.start()
        return process

    def live(self, context: ForkServerContext, dies_before: int | Path | None = None) -> int | None:
        """How a life ended: 0, the signal with a minus, or None where it had to be ended."""
        process = self.begin(context, dies_before)
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
    for number in NUMBERS:
        alert = Alert(name="InstanceDown")
        told = webhook(alert.as_json()), webhook(alert.as_json("resolved"))
        name = f"case-{number}"
        yield Case(name=name, toml=toml_of(config, name, name), state=config.root / name, alert=alert, told=told)


def toml_of(config: Config, name: str, folder: str, *settings: str) -> Path:
    """The configuration of an on-call with a new state folder, at work on the case of that name."""
    assert config.path
    state = config.root / folder
    state.mkdir()
    (state / "supervisor").symlink_to(config.var / "supervisor")
    lines = [f'state = "{state}"', f'secrets = "{config.secrets_folder}"', *settings]
    toml = state.with_suffix(".toml")
    toml.write_text("\n".join([*lines, placed_for(name, config.path.read_text())]))
    return toml


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("first", FIRST)
def test_killed_anywhere_on_the_way(
    config: Config, warm: ForkServerContext, outside: Outside, first: int, sampled: Sampled
) -> None:
    """One incident, one restart, one mail that begins and one that ends, one issue, whichever act the first life died
    before; a channel, which knows no names of messages, hears one twice at most."""
    sampled(f"every tenth act, from number {first} on", 1, SLOTS)
    with mail_server(config):
        for act, case in zip(itertools.count(first, SLOTS), cases(config), strict=False):
            manager_of(config, "backend").stop()
            before = starts(config, "backend")
            ended = case.live(warm, dies_before=act)
            if died := ended == -signal.SIGKILL:
                ended = case.live(warm)
            restarts = starts(config, "backend") - before
            assert (act, ended, restarts, wrongs(config, case, outside, deaths=1)) == (act, 0, 1, [])
            if not died:
                return


@pytest.mark.usefixtures("backend")
def test_killed_again_and_again(config: Config, warm: ForkServerContext, outside: Outside, sampled: Sampled) -> None:
    """One incident, whose lives die at every place that is due, one place a life: done once all the same."""
    case = next(cases(config))
    places = case.state / "places"
    manager_of(config, "backend").stop()
    before = starts(config, "backend")
    with mail_server(config):
        deaths = 0
        while (ended := case.live(warm, dies_before=places)) == -signal.SIGKILL:
            deaths += 1
    assert (ended, starts(config, "backend") - before, wrongs(config, case, outside, deaths=deaths)) == (0, 1, [])
    assert len(known(places)) > FEWEST_PLACES
    assert deaths == len([place for place in known(places) if death.due(place)])
    sampled("places of death", deaths, len(known(places)))


@pytest.fixture
def replicas(config: Config, tmp_path: Path) -> Iterator[Iterator[Case]]:
    """One case as each of its replicas sees it: one PostgreSQL and one folder of records, and a state folder each."""
    with state_server(tmp_path) as server:
        case = next(cases(config))
        url = new_database(server, "oncall").set(password=None).render_as_string()
        shared = (
            f'oncall.database = "{url}"',
            f'oncall.database_password_file = "{server.config.secrets_folder / "postgres-password"}"',
            f'oncall.records = "{tmp_path / "records"}"',
            f"oncall.takeover_seconds = {TAKEOVER_SECONDS}",
        )
        tomls = (toml_of(config, case.name, f"{case.name}-replica-{number}", *shared) for number in itertools.count(1))
        yield (replace(case, toml=toml) for toml in tomls)


@pytest.mark.usefixtures("backend")
def test_one_of_two_replicas_killed_again_and_again(
    config: Config, warm: ForkServerContext, outside: Outside, replicas: Iterator[Case], sampled: Sampled
) -> None:
    """Whichever of two comes first to a new place dies there, the other goes on, a new one joins it: done once all the
    same. Nobody inherits a state folder, so what the dead had in hand is only ever taken over."""
    last = next(replicas)
    places = last.state / "places"
    manager_of(config, "backend").stop()
    before = starts(config, "backend")
    with mail_server(config):
        deaths = outlived(warm, replicas, places)
    assert (starts(config, "backend") - before, wrongs(config, last, outside, deaths=deaths)) == (1, [])
    assert len(known(places)) > FEWEST_PLACES
    due = [place for place in known(places) if death.due(place)]
    assert len(due) <= deaths
    sampled("places of death of replicas", len(due), len(known(places)))


@pytest.mark.usefixtures("backend")
def test_a_replica_that_stands_still_does_not_act_again(
    config: Config, warm: ForkServerContext, outside: Outside, replicas: Iterator[Case]
) -> None:
    """It has decided to restart and stops right before it; another takes over and restarts; then it goes on."""
    held, other = next(replicas), next(replicas)
    manager_of(config, "backend").stop()
    before = starts(config, "backend")
    with mail_server(config):
        late = warm.Process(target=live_held_up, args=(held.toml, held.told, held.alert.fingerprint, "act._happened"))
        late.start()
        try:
            stopped = psutil.Process(late.pid)
            eventually(lambda: stopped.status() == psutil.STATUS_STOPPED)
            assert starts(config, "backend") == before
            assert other.live(warm) == 0
            os.kill(stopped.pid, signal.SIGCONT)
            late.join(LIFE_SECONDS)
            assert late.exitcode in (0, GIVEN_UP)
        finally:
            late.kill()
            late.join()
    assert (starts(config, "backend") - before, wrongs(config, other, outside, deaths=1)) == (1, [])


def known(places: Path) -> set[str]:
    """The places that lives have come to; two replicas may come to one at the same time."""
    return {*places.read_text().splitlines()}


def outlived(context: ForkServerContext, replicas: Iterator[Case], places: Path) -> int:
    """How many died until two have seen everything done."""
    living, deaths = [next(replicas).begin(context, places) for _ in range(2)], 0
    try:
        while living:
            assert wait([process.sentinel for process in living], LIFE_SECONDS), "nothing moves any more"
            ended = [process for process in living if process.exitcode is not None]
            assert {process.exitcode for process in ended} <= {0, GIVEN_UP, -signal.SIGKILL}
            dead = [process for process in ended if process.exitcode != 0]
            deaths += len(dead)
            living = [process for process in living if process not in ended]
            living += [next(replicas).begin(context, places) for _ in dead]
    finally:
        for process in living:
            process.kill()
            process.join()
    return deaths


def wrongs(config: Config, case: Case, outside: Outside, *, deaths: int) -> list[str]:
    """What is lost or doubled in the state, among the mails, in the tracker and in the channel."""
    own = configuration.load(case.toml)
    with closing(open_state(own)) as database, database.read() as connection:
        states = connection.execute(sa.select(incident.c.number, incident.c.state)).all()
        number = states[0].number if states else 0
        events = connection.execute(sa.select(alert_event.c.status).order_by(alert_event.c.id)).scalars().all()
        rows = timeline.of_incident(connection, number)
        taken = incidents.artefacts(connection, number)
    found = [] if [row.state for row in states] == ["closed"] else [f"incidents: {states}"]
    found += [] if events == ["firing", "resolved"] else [f"events: {events}"]
    found += [
        f"doubled: {row}" for row in doubled({"timeline": [row for row in rows if row["kind"] != "tracker-sent"]})
    ]
    found += [row["text"] for row in rows if row["kind"] == "stage-failed"]
    name = incidents.name_of(number)
    subjects = [mail["Subject"] for mail in mails(config, name) if case.alert.fingerprint in mail["Subject"]]
    found += [] if len(subjects) == 2 else [f"mails: {subjects}"]
    found += outside.project(case.name).wrongs()
    heard = outside.heard(case.name)
    found += [] if 2 <= len(heard) <= 2 + deaths and len({*heard}) == 2 else [f"channel: {heard}"]
    files = [item["path"] for item in taken if item["status"] == "ok"]
    return found + [f"no file {path}" for path in files if not (own.records / name / path).is_file()]

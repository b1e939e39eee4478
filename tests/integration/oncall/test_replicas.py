"""Two replicas on one PostgreSQL: both take alerts, each does a part, and one goes on where the other died."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tixmaster.oncall.client import OncallClient
from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config
from tixmaster.stack.ports import unused

from .conftest import Alert, Oncall, doubled, eventually, reached, texts
from .servers import Wordless, mail_server, mails, silent
from .state import new_database, state_server

TAKEOVER = "oncall.takeover_seconds = 3"


def second_of(config: Config) -> Config:
    """The same system, seen by an on-call with a port and a state folder of its own."""
    assert config.path
    ours, theirs = (f"oncall = {{ port = {port} }}" for port in (config.services.oncall.port, *unused(1)))
    path = config.path.with_name("second.toml")
    settings = f'state = "second"\nsecrets = "{config.secrets_folder}"\n'
    path.write_text(settings + config.path.read_text().replace(ours, theirs))
    return configuration.load(path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """The state is in a PostgreSQL, the records in a folder that both see."""
    folder = tmp_path_factory.mktemp("state")
    with state_server(folder) as server:
        url = new_database(server, "oncall").set(password=None).render_as_string()
        password = server.config.secrets_folder / "postgres-password"
        yield (
            f'oncall.database = "{url}"',
            f'oncall.database_password_file = "{password}"',
            f'oncall.records = "{folder / "records"}"',
            TAKEOVER,
        )


@pytest.fixture(scope="module")
def pair(config: Config) -> Iterator[tuple[Oncall, Oncall]]:
    """Both replicas, running or not."""
    with ExitStack() as stack:
        both = [Oncall(one, stack.enter_context(OncallClient(one))) for one in (config, second_of(config))]
        yield both[0], both[1]
        for one in both:
            one.kill()


@pytest.fixture
def replicas(pair: tuple[Oncall, Oncall]) -> tuple[Oncall, Oncall]:
    for one in pair:
        one.start()
    pair[0].close_all()
    return pair


def test_one_alert_that_both_hear_of_is_one_incident(replicas: tuple[Oncall, Oncall]) -> None:
    """One run, one mail; each shows what the other did."""
    first, second = replicas
    alert = Alert(name="InstanceDown")
    with mail_server(first.config):
        assert [first.tell(alert)["stored"], second.tell(alert)["stored"]] == [1, 0]
        name = eventually(lambda: second.incidents_of(alert))[0]["id"]
        incident = second.wait(name, "mail-sent")
    assert len(first.incidents_of(alert)) == 1
    assert doubled(incident) == []
    assert len(mails(first.config, name)) == 1
    assert Path(first.config.records / name / "incident.md").is_file()


def test_the_survivor_finishes_what_the_dead_began(replicas: tuple[Oncall, Oncall]) -> None:
    """Killed in a step and again before it could note that the mail was taken: one run, one mail."""
    first, second = replicas
    alert = Alert(name="InstanceDown")
    with silent(first.config.service("backend").port, when=partial(reached, first, alert, "process")) as waits:
        name = first.open(alert)
        assert waits.wait(40)
        first.kill()
    wordless = Wordless(first.config)
    with mail_server(first.config, wordless):
        assert wordless.filed.wait(40)
        first.start()
        second.kill()
    with mail_server(first.config):
        incident = first.wait(name, "mail-sent")
    assert doubled(incident) == []
    assert texts(incident, "stage-failed") == []
    assert len(mails(first.config, name)) == 1

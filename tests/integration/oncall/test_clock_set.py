"""Somebody sets the machine's clock by hours while an incident is under way: nobody is rung in error, nothing is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tixmaster.oncall.client import OncallClient
from tixmaster.stack.config import Config

from .conftest import Alert, Oncall, doubled, eventually, logged, texts, webhook
from .servers import mail_server, mails

HOURS = 5 * 3600


@pytest.fixture(scope="module")
def settings() -> tuple[str, ...]:
    """Somebody else is told when nobody acknowledges for an hour."""
    return ("oncall.escalation = [{ after_minutes = 60, mail = ['boss@example.org'] }]",)


@pytest.fixture(scope="module")
def process(config: Config) -> Iterator[Oncall]:
    """On-call with a clock that can be set."""
    _file(config).write_text("0")
    with OncallClient(config) as client:
        process = Oncall(config, client, "-m", "tests.integration.oncall.set_clock", str(_file(config)))
        yield process
        process.kill()


def _file(config: Config) -> Path:
    return config.root / "offset"


def set_by(oncall: Oncall, seconds: int) -> None:
    """Sets the clock by so many seconds; returns when on-call has noticed."""
    file, noticed = _file(oncall.config), logged(oncall, "clock-jumped")
    draft = file.with_suffix(".draft")
    draft.write_text(str(int(file.read_text()) + seconds))
    draft.replace(file)
    eventually(lambda: logged(oncall, "clock-jumped") > noticed)


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_nobody_is_rung_for_a_clock(oncall: Oncall, jump: int) -> None:
    """Five hours later or earlier by the clock nobody has waited for an hour."""
    first, second = Alert(name="InstanceDown"), Alert(name="DiskWillFill", service="host")
    ahead = int(_file(oncall.config).read_text())
    with mail_server(oncall.config):
        name = oncall.open(first.later(ahead))
        oncall.wait(name, "mail-sent")
        set_by(oncall, jump)
        oncall.wait(oncall.open(second.later(ahead + jump)), "mail-sent")  # after several rounds
    incident = oncall.client.incident(name)
    assert (texts(incident, "escalated"), doubled(incident)) == ([], [])
    assert len(mails(oncall.config, name)) == 1


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_what_waits_is_not_held_up(oncall: Oncall, jump: int) -> None:
    """A page that waits for the mail server goes out as soon as that is there, once; a repeated alert is known again."""
    alert = Alert(name="InstanceDown").later(int(_file(oncall.config).read_text()))
    name = oncall.open(alert)
    oncall.wait(name, "mail-refused")
    set_by(oncall, jump)
    with mail_server(oncall.config):
        incident = oncall.wait(name, "mail-sent")
    assert (texts(incident, "stage-failed"), doubled(incident)) == ([], [])
    assert len(mails(oncall.config, name)) == 1
    assert oncall.post(webhook(alert.as_json())).json()["stored"] == 0

"""The disk is full, the file is locked: on-call says so, refuses what it cannot keep, and goes on when that is over."""

from __future__ import annotations

import re
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

import httpx
import pytest

from tixmaster.stack import health
from tixmaster.stack.health import Health

from .conftest import Alert, Oncall, doubled, eventually, reached, texts, webhook
from .servers import mail_server, mails, silent


@contextmanager
def full_disk(oncall: Oncall) -> Iterator[None]:
    """No file of on-call's may grow; the kernel refuses it as it does on a full disk."""
    _, hard = resource.prlimit(oncall.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(oncall.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.prlimit(oncall.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def locked(oncall: Oncall) -> Iterator[None]:
    """Somebody else holds the lock of the state, for longer than on-call waits for it."""
    connection = sqlite3.connect(oncall.config.var / "oncall" / "oncall.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


Trouble = Callable[[Oncall], AbstractContextManager[None]]


def sent(oncall: Oncall, alert: Alert) -> httpx.Response:
    return oncall.post(webhook(alert.as_json()))


def is_unwell(oncall: Oncall, because: str) -> Health | None:
    """Its health as `tix status` shows it, once that names the reason."""
    found = health.probe(oncall.config, "oncall")
    return found if not found.healthy and re.search(because, found.detail) else None


TROUBLES = [(full_disk, "disk"), (locked, "locked|another writer")]


@pytest.mark.parametrize(("trouble", "because"), TROUBLES)
def test_what_cannot_be_kept_is_refused(oncall: Oncall, trouble: Trouble, because: str) -> None:
    """503, so that Alertmanager sends it again; health names the reason until it is over; then the alert is taken."""
    alert = Alert(name="InstanceDown")
    with trouble(oncall):
        refused = sent(oncall, alert)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert re.search(because, refused.json()["detail"])
        assert is_unwell(oncall, because)
    eventually(lambda: health.probe(oncall.config, "oncall").healthy)
    assert sent(oncall, alert).json()["stored"] == 1
    assert oncall.open(alert)


@pytest.mark.parametrize(("trouble", "because"), TROUBLES)
def test_a_run_waits_until_it_is_over(oncall: Oncall, trouble: Trouble, because: str) -> None:
    """No stage is given up for it, nothing is done twice, and the mail goes out."""
    config, alert = oncall.config, Alert(name="InstanceDown")
    with ExitStack() as hanging:
        waits = hanging.enter_context(
            silent(config.service("backend").port, when=partial(reached, oncall, alert, "process"))
        )
        name = oncall.open(alert)
        assert waits.wait(60)
        with trouble(oncall):
            hanging.close()  # what was found there must now be written
            eventually(lambda: is_unwell(oncall, because))
    with mail_server(config):
        incident = oncall.wait(name, "mail-sent")
    assert texts(incident, "stage-failed") == []
    assert doubled(incident) == []
    assert len(mails(config, name)) == 1

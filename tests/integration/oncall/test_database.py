"""The database is down: what on-call finds, what it asks before it acts, and what it then does once."""

from __future__ import annotations

import pytest

from tixmaster.oncall.client import RefusedError
from tixmaster.stack import health, postgres
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import ENGINEER, Alert, Incident, Oncall, Supervise, starts, texts


@pytest.fixture(scope="module")
def database(config: Config, supervise: Supervise) -> None:
    """A real PostgreSQL under the real Supervisor, which has run once and is stopped."""
    postgres.ensure_cluster(config)
    supervise(Program(service="postgres", command=postgres.command(config), stop_signal="INT"))
    manager_of(config, "postgres").start()
    assert health.wait(config, "postgres", 120).healthy
    postgres.ensure_database(config)
    manager_of(config, "postgres").stop()


def proposed(oncall: Oncall) -> Incident:
    """A new incident whose remedy waits for approval."""
    return oncall.wait(oncall.open(Alert(name="HighErrorRate")), "remedy-proposed", "mail-written")


@pytest.mark.usefixtures("database", "error_log")
def test_what_is_declined_is_not_done(oncall: Oncall) -> None:
    """Nothing is restarted, and the timeline says who said no."""
    name = proposed(oncall)["id"]
    declined = oncall.client.decline(name, by=ENGINEER)
    assert [item["state"] for item in declined["actions"]] == ["declined"]
    assert texts(declined, "declined") == [f"tix restart postgres declined by {ENGINEER}"]
    with pytest.raises(RefusedError, match=r"nothing waits for approval in .*\(declined\)"):
        oncall.client.approve(name, by=ENGINEER)
    assert oncall.client.close(name, by=ENGINEER)["state"] == "closed"
    assert starts(oncall.config, "postgres") == 1


@pytest.mark.usefixtures("database", "error_log")
def test_what_is_approved_is_done_once(oncall: Oncall) -> None:
    """Not before; then one restart, verified by what the database answers. A second approval finds nothing to approve."""
    incident = proposed(oncall)
    name, before = incident["id"], starts(oncall.config, "postgres")
    assert incident["cause"]["id"] == "database-refuses-connections"
    assert [(item["command"], item["state"]) for item in incident["actions"]] == [("tix restart postgres", "proposed")]
    assert before == 1
    oncall.client.approve(name, by=ENGINEER)
    with pytest.raises(RefusedError, match=f"nothing waits for approval in {name}"):
        oncall.client.approve(name, by=ENGINEER)
    mended = oncall.wait(name, "remedy-verified")
    assert [item["state"] for item in mended["actions"]] == ["done"]
    assert texts(mended, "approved") == [f"tix restart postgres approved by {ENGINEER}"]
    assert "postgres is healthy again" in texts(mended, "remedy-verified")[0]
    assert health.probe(oncall.config, "postgres").healthy
    assert starts(oncall.config, "postgres") == before + 1

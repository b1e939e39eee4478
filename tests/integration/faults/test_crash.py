"""`kill -9` at the worst moments: the run goes on, and nothing is done twice."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tixmaster.oncall.client import OncallClient
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import Program

from .conftest import Oncall, eventually

SERVICE = """
import http.server, pathlib, sys
with pathlib.Path(sys.argv[1]).open("a") as starts:
    starts.write("start\\n")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Answer).serve_forever()
"""
"""A backend that notes its starts and is healthy."""


@pytest.fixture
def silent_backend(oncall: Oncall) -> Iterator[None]:
    """Something that takes the backend's connections and never answers: a check that waits for it takes seconds."""
    with socket.create_server(("127.0.0.1", oncall.config.services.backend.port)):
        yield


@pytest.fixture
def starts(oncall: Oncall, tmp_path: Path) -> Iterator[Path]:
    """A supervised backend that is not running; the file in which it notes its starts."""
    note, script = tmp_path / "starts", tmp_path / "service.py"
    script.write_text(SERVICE)
    note.touch()
    command = [sys.executable, str(script), str(note), str(oncall.config.services.backend.port)]
    daemon.write_config(oncall.config, [Program(service="backend", command=command)])
    daemon.start(oncall.config)
    daemon.take_in_changes(oncall.config)
    yield note
    daemon.stop(oncall.config)


@pytest.mark.usefixtures("catcher", "silent_backend")
def test_a_run_that_is_killed_in_a_check_goes_on_from_that_check(oncall: Oncall) -> None:
    """The steps before it are not repeated, and one mail arrives."""
    name = oncall.fire("InstanceDown")
    eventually(lambda: oncall.kinds(name).count("step") == 2)  # the third waits for the silent backend
    before = oncall.incident(name)["steps"]
    oncall.kill()
    oncall.start()
    eventually(lambda: "mail-sent" in oncall.kinds(name))
    after = oncall.incident(name)
    assert after["steps"][: len(before)] == before
    kinds = oncall.kinds(name)
    assert [kinds.count(kind) for kind in ("incident-opened", "evidence-complete", "diagnosed", "mail-sent")] == [1] * 4
    assert kinds.count("step") == len(after["steps"])
    assert len(oncall.mails()) == 1


@pytest.mark.usefixtures("catcher")
def test_a_restart_that_is_killed_in_the_act_is_done_once(oncall: Oncall, starts: Path) -> None:
    """On its return on-call sees that the service was started after the act began, and only verifies."""
    name = oncall.fire("InstanceDown")
    eventually(lambda: "remedy-proposed" in oncall.kinds(name))
    assert starts.read_text() == ""
    with OncallClient(oncall.config) as client:
        client.approve(name, by="ann")
    eventually(lambda: starts.read_text())
    oncall.kill()
    oncall.start()
    eventually(lambda: oncall.incident(name)["actions"][0]["state"] == "done")
    assert starts.read_text() == "start\n"
    assert oncall.kinds(name).count("remedy-started") == 1
    assert manager_of(oncall.config, "backend").status().state == "running"


@pytest.mark.usefixtures("catcher")
def test_nothing_is_restarted_without_approval(oncall: Oncall, starts: Path) -> None:
    """Declined, the action stays undone and a second answer is refused."""
    name = oncall.fire("InstanceDown")
    eventually(lambda: "remedy-proposed" in oncall.kinds(name))
    with OncallClient(oncall.config) as client:
        client.decline(name, by="ann")
    assert oncall.incident(name)["actions"][0]["state"] == "declined"
    assert starts.read_text() == ""


def test_a_mail_waits_on_disk_while_the_server_is_away(oncall: Oncall, request: pytest.FixtureRequest) -> None:
    """It survives a kill, and arrives once when the server comes."""
    name = oncall.fire("InstanceDown")
    eventually(lambda: "mail-refused" in oncall.kinds(name))
    oncall.kill()
    oncall.start()
    request.getfixturevalue("catcher")
    eventually(lambda: "mail-sent" in oncall.kinds(name))
    assert len(oncall.mails()) == 1

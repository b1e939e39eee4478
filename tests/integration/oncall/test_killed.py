"""`kill -9` in the act of a restart that takes a while; `test_every_step.py` kills everywhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import Alert, Oncall, Supervise, doubled, eventually, starts

HEALTHY_AFTER_A_WHILE = """
import http.server, sys, time
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
time.sleep(4)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
HANGS_UNTIL_RESTARTED = """
import http.server, pathlib, signal, sys, time
asked_to_end = pathlib.Path(sys.argv[2])
restarted = asked_to_end.exists()
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0 if restarted else 60)
        self.send_response(200)
        self.end_headers()
def end(*_):
    asked_to_end.touch()
    time.sleep(1)
    sys.exit()
signal.signal(signal.SIGTERM, end)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def backend(config: Config, text: str, note: Path) -> Program:
    """The Python text as the backend; it is told its port and a file for a note."""
    script = note.with_name("backend.py")
    script.write_text(text)
    return Program(
        service="backend", command=[sys.executable, str(script), str(config.services.backend.port), str(note)]
    )


@pytest.fixture
def drill(oncall: Oncall) -> None:
    """What on-call proposes from now on begins at once."""
    oncall.client.begin_drill("kill", policy="auto", seconds=600)


@pytest.mark.usefixtures("drill")
def test_a_restart_is_not_done_again(oncall: Oncall, supervise: Supervise, tmp_path: Path) -> None:
    """Killed while the service starts and again while it is verified, on-call sees that it has started and verifies."""
    config = oncall.config
    supervise(backend(config, HEALTHY_AFTER_A_WHILE, tmp_path / "note"))
    name = oncall.open(Alert(name="InstanceDown"))
    eventually(lambda: starts(config, "backend"))
    for _ in range(2):
        oncall.kill()
        oncall.start()
    incident = oncall.wait(name, "remedy-verified")
    assert [item["state"] for item in incident["actions"]] == ["done"]
    assert doubled(incident) == []
    assert starts(config, "backend") == 1


@pytest.mark.usefixtures("drill")
def test_a_restart_is_not_left_half_done(oncall: Oncall, supervise: Supervise, tmp_path: Path) -> None:
    """Killed when the hanging service is stopped and not yet started, on-call starts it: nothing else would."""
    config, asked_to_end = oncall.config, tmp_path / "asked-to-end"
    supervise(backend(config, HANGS_UNTIL_RESTARTED, asked_to_end))
    manager_of(config, "backend").start()
    before = starts(config, "backend")
    name = oncall.open(Alert(name="InstanceDown"))
    eventually(asked_to_end.exists)
    oncall.kill()
    eventually(lambda: manager_of(config, "backend").status().pid is None)
    oncall.start()
    incident = oncall.wait_for(name, lambda seen: seen["actions"][0]["state"] not in ("approved", "running"))
    assert [item["state"] for item in incident["actions"]] == ["done"]
    assert health.probe(config, "backend").healthy
    assert doubled(incident) == []
    assert starts(config, "backend") == before + 1

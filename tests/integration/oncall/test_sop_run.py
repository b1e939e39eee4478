"""`tix sop run` as a person carries it out: over a real Supervisor, at a real terminal, with a manual that acts."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.system import SOP, tix

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import Supervise, eventually
from .servers import silent

ANSWERS = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PROCEDURE = """---
title: {en: Restart, zh-TW: 重啟}
---
# Restart · 重啟

```step
id: before
title: {en: It answers, zh-TW: 有回應}
check: http
with: {service: backend, path: /health}
timeout: 20
```

```step
id: restarted
title: {en: Start it anew, zh-TW: 重新啟動}
action: restart
with: {service: backend}
timeout: 20
```

```step
id: after
title: {en: It answers again, zh-TW: 再次有回應}
check: http
with: {service: backend, path: /health}
when: restarted.status == "ok"
skipped: {en: it was not restarted, zh-TW: 並未重啟}
```
"""


@pytest.fixture(scope="module")
def acting(config: Config) -> Config:
    """The module's configuration, with a manual that has a procedure of its own."""
    folder = shutil.copytree(SOP, config.root / "sop")
    (folder / "procedures" / "anew.md").write_text(PROCEDURE, encoding="utf-8")
    assert config.path is not None
    config.path.write_text(config.path.read_text().replace(str(SOP), str(folder)))
    return config


@pytest.fixture
def backend(acting: Config, supervise: Supervise) -> int:
    """A backend that answers, under the real Supervisor; its process id."""
    port = str(acting.service("backend").port)
    script = acting.root / "answers.py"
    script.write_text(ANSWERS, encoding="utf-8")
    supervise(Program(service="backend", command=[sys.executable, str(script), port]))
    manager = manager_of(acting, "backend")
    if manager.status().pid is None:
        manager.start()
    assert health.wait(acting, "backend", 120).healthy
    return manager.status().pid or 0


Terminal = Callable[..., tuple[subprocess.Popen[bytes], int]]


@pytest.fixture
def terminal(acting: Config) -> Iterator[Terminal]:
    """Starts a command with a terminal to type into; the process and our end of it."""
    begun: list[tuple[subprocess.Popen[bytes], int]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "tixmaster", *arguments],
            env={**os.environ, "TIXMASTER_CONFIG": str(acting.path)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        begun.append((process, ours))
        return process, ours

    yield start
    for process, ours in begun:
        process.kill()
        process.wait(10)
        os.close(ours)


def until(ours: int, words: str) -> str:
    """What the terminal shows, until it ends with these words."""
    shown = ""
    while not shown.endswith(words):
        assert select.select([ours], [], [], 30)[0], f"nothing more than:\n{shown}"
        shown += os.read(ours, 4096).decode(errors="replace")
    return shown


def rest(ours: int) -> str:
    """What the terminal shows until the process is gone."""
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:
        pass
    return shown.decode(errors="replace")


def test_a_procedure_acts_after_a_yes_and_looks_again(acting: Config, backend: int) -> None:
    """A new process, and a step that only follows the act."""
    done = tix(acting, "sop", "run", "anew", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ Start it anew" in done.stdout
    assert "✓ It answers again" in done.stdout
    assert manager_of(acting, "backend").status().pid not in (backend, None)


def test_without_a_terminal_and_a_yes_nothing_is_done(acting: Config, backend: int) -> None:
    """The act is skipped, and what follows it as well."""
    done = tix(acting, "sop", "run", "anew")
    assert "– Start it anew: nobody said yes" in done.stdout
    assert "– It answers again: it was not restarted" in done.stdout
    assert manager_of(acting, "backend").status().pid == backend


def test_a_person_is_asked_at_each_step_and_before_an_act(acting: Config, backend: int, terminal: Terminal) -> None:
    """Skip one, refuse the act, quit before the last."""
    process, ours = terminal("sop", "run", "anew", "--step")
    for question, answer in (("(before)", "s"), ("(restarted)", "r"), ("do it now?", "n"), ("(after)", "q")):
        assert question in until(ours, "] ")
        os.write(ours, f"{answer}\n".encode())
    shown = rest(ours)
    assert process.wait(20) == 0
    assert "It answers: you skipped it" in shown
    assert "you ended the run before it" in shown
    assert manager_of(acting, "backend").status().pid == backend


def test_ctrl_c_leaves_with_what_is_known(acting: Config, terminal: Terminal) -> None:
    """A step that hangs does not hold anybody up."""
    manager_of(acting, "backend").stop()
    eventually(lambda: manager_of(acting, "backend").status().pid is None)
    with silent(acting.service("backend").port) as reached:
        process, ours = terminal("sop", "run", "anew")
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        shown = rest(ours)
        assert process.wait(10) == 130
    assert "It answers: the run was interrupted" in shown
    assert "Traceback" not in shown


def test_a_dry_run_touches_nothing(acting: Config, tmp_path: Path) -> None:
    """Not even the state: it only reads the manual."""
    before = sorted(str(path) for path in acting.var.rglob("*"))
    done = tix(acting, "sop", "run", "anew", "--dry-run")
    assert done.returncode == 0
    assert "would ask, then perform: tix restart backend" in done.stdout
    assert sorted(str(path) for path in acting.var.rglob("*")) == before

"""Tests leave no process behind, however they end."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
from tests import leash
from tests.integration.report.servers import eventually

RUN = """
import subprocess, sys, time
from tests import leash
leash.begin()
print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid, flush=True)
time.sleep(600)
"""


def test_what_was_started_ends_with_a_killed_run() -> None:
    """Also what has gone into a session of its own."""
    free = {name: value for name, value in os.environ.items() if name != leash.MARK}
    run = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, env=free)
    assert run.stdout
    left = psutil.Process(int(run.stdout.readline()))
    run.kill()
    run.communicate()
    eventually(lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE)

"""A PostgreSQL of the test's own, to take away and bring back."""

from __future__ import annotations

import os
import signal
import subprocess

import psutil

from tixmaster.stack import health, postgres
from tixmaster.stack.config import Config


class Cluster:
    """A PostgreSQL of the test's own, to stop, start and freeze."""

    def __init__(self, config: Config) -> None:
        self.config = config
        postgres.ensure_cluster(config)
        self.start()
        postgres.ensure_database(config)
        self.url = postgres.database_url(config, "boxoffice")

    def start(self) -> None:
        self.process = subprocess.Popen(
            postgres.command(self.config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        assert health.wait(self.config, "postgres", 120).healthy

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # "fast": ends the sessions
        self.process.wait(20)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # "immediate": as a crash, with recovery at the next start
        self.process.wait(20)

    def freeze(self) -> list[psutil.Process]:
        """Stops every process of the server, which then takes connections and never answers; returns them for `thaw`."""
        server = psutil.Process(self.process.pid)
        server.suspend()  # first, so that no session starts after its children have been listed
        frozen = [server, *server.children()]
        for process in frozen[1:]:
            process.suspend()
        return frozen

    def thaw(self, frozen: list[psutil.Process]) -> None:
        """Lets what `freeze` stopped go on."""
        for process in frozen:
            process.resume()

    def kill_a_session(self, pid: int) -> None:
        """SIGKILL for one session: the server ends all others and recovers from its log, without our help."""
        os.kill(pid, signal.SIGKILL)

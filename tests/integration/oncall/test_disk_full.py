"""A file system that is really full: on-call refuses what it cannot keep, says why, and goes on when there is room again."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import takewhile
from pathlib import Path

import pytest
from tests.system import placed

from tixmaster.oncall.client import OncallClient
from tixmaster.stack import health, secrets, system_user
from tixmaster.stack.config import Config

from .conftest import Alert, Oncall, doubled, eventually, logged, reached, texts, webhook
from .servers import mail_server, mails, silent

MEGABYTES = 48
MANY = 500
"""The journal has room for some alerts when the disk is full already, and not for so many."""


class Disk:
    """A small file system of memory that can be filled and given room again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Not a byte more fits on it."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                while _took(file.fileno(), size):
                    pass

    def make_room(self) -> None:
        self._ballast.unlink()


def _took(file: int, size: int) -> bool:
    try:
        return os.write(file, bytes(size)) > 0
    except OSError:
        return False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Gone with the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "tixmaster-test", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except FileNotFoundError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system can be mounted here: {error.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


Start = Callable[[str], Oncall]


@pytest.fixture
def started(disk: Disk, tmp_path: Path) -> Iterator[Start]:
    """Starts on-call with a setting that puts something on the disk; it ends before the disk does."""
    with ExitStack() as stack:

        def start(setting: str) -> Oncall:
            config = placed(tmp_path, f'{setting} = "{disk.folder}"', f'secrets = "{tmp_path / "secrets"}"')
            system_user.make_private(config.var)
            secrets.ensure_all(config)
            oncall = Oncall(config, stack.enter_context(OncallClient(config)))
            stack.callback(oncall.kill)
            oncall.start()
            return oncall

        yield start


def says_full(config: Config) -> bool:
    found = health.probe(config, "oncall")
    return not found.healthy and re.search("full|space", found.detail) is not None


def test_a_full_state(disk: Disk, started: Start, tmp_path: Path) -> None:
    """No alert is taken that cannot be kept; the run under way waits and goes on, and nothing is done twice."""
    logs, folder = tmp_path / "logs", disk.folder / "oncall"
    logs.mkdir()
    folder.mkdir(mode=0o700)
    (folder / "logs").symlink_to(logs)  # so that what it says can be read
    oncall = started("state")
    alert, other = Alert(name="InstanceDown"), Alert(name="DiskWillFill", service="host")
    bodies = [webhook(other.later(second).as_json()) for second in range(MANY)]
    with silent(oncall.config.service("backend").port, when=partial(reached, oncall, alert, "process")) as waits:
        name = oncall.open(alert)
        assert waits.wait(300)
        disk.fill()
        taken = list(takewhile(lambda body: oncall.post(body).status_code == 200, bodies))
        assert len(taken) < MANY
        assert oncall.post(bodies[-1]).status_code == 503
        assert says_full(oncall.config)
    eventually(lambda: logged(oncall, "waiting-for-the-state"))
    disk.make_room()
    with mail_server(oncall.config):
        incident = oncall.wait(name, "mail-sent")
    assert (texts(incident, "stage-failed"), doubled(incident)) == ([], [])
    assert len(mails(oncall.config, name)) == 1
    eventually(lambda: health.probe(oncall.config, "oncall").healthy)
    assert [oncall.post(body).json()["stored"] for body in (*taken, bodies[-1])] == [*[0] * len(taken), 1]


def test_full_records(disk: Disk, started: Start) -> None:
    """Alerts are taken; the run waits for room for its evidence, and then the page goes out."""
    oncall = started("oncall.records")
    disk.fill()
    with mail_server(oncall.config):
        name = oncall.open(Alert(name="InstanceDown"))
        eventually(lambda: logged(oncall, "waiting-for-the-state"))
        disk.make_room()
        incident = oncall.wait(name, "mail-sent")
    assert (texts(incident, "stage-failed"), doubled(incident)) == ([], [])
    assert len(mails(oncall.config, name)) == 1
    eventually((disk.folder / name / "incident.md").is_file)

"""Containers in a real Docker Engine, described by Docker's or Compose's own means."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.engine import docker, image

from tixmaster.stack import packages
from tixmaster.stack.config import Config, Service
from tixmaster.stack.managers import ProcessState, ServiceManager, manager_of

IMAGE = "tixmaster-test:1"
STAYS = "trap 'echo goodbye; exit 0' TERM; echo 'here I am'; while :; do sleep 0.1; done"
FALLS = "echo 'cannot go on' >&2; exit 7"


def await_seen(manager: ServiceManager, wanted: Callable[[ProcessState], bool], *, within: float = 120) -> ProcessState:
    """Waits until the manager's word on the service is as wanted."""
    end = time.monotonic() + within
    while not wanted(seen := manager.status()):
        assert time.monotonic() < end, f"still {seen} after {within} s"
        time.sleep(0.02)
    return seen


@pytest.fixture
def engine(docker_engine: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The engine with the image and, before and after, without containers; its address."""
    monkeypatch.setenv("DOCKER_HOST", docker_engine)
    monkeypatch.delenv("PYTHONPATH", raising=False)  # Compose 1 is a Python program with a Docker library of its own
    docker("import", "--change", 'ENTRYPOINT ["/bin/sh", "-c"]', "-", IMAGE, given=image())
    yield docker_engine
    if left := docker("ps", "--all", "--quiet").split():
        docker("rm", "--force", *left)


@pytest.fixture
def contain(engine: str, config: Config) -> Callable[..., ServiceManager]:
    """Runs a shell script as the container `shop`, with further options of `docker run`; the manager of it."""

    def begin(script: str, *options: str) -> ServiceManager:
        docker("run", "--detach", "--name", "shop", "--network", "host", *options, IMAGE, script)
        return managed(config, "shop")

    return begin


def managed(config: Config, name: str) -> ServiceManager:
    """Docker's word on a container, whether there is one or not."""
    return manager_of(msgspec.structs.replace(config, others={name: Service(manager="docker")}), name)


class Compose:
    """A Compose project of two services, `web` and `worker`, in a folder of its own."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self.file = folder / "docker-compose.yml"
        service = {"image": IMAGE, "network_mode": "host", "command": [STAYS]}
        folder.mkdir(exist_ok=True)
        document = {"version": "2.4", "services": {"web": service, "worker": service}}
        self.file.write_bytes(msgspec.json.encode(document))  # JSON is YAML

    def do(self, *arguments: str) -> None:
        """Runs Compose as a person would."""
        command = ["docker-compose", *arguments]
        subprocess.run(command, cwd=self.file.parent, check=True, capture_output=True, timeout=300)

    def manager(self, name: str, file: Path | None = None) -> ServiceManager:
        """The manager of one of its services, told of its file or of another."""
        service = Service(manager="compose", compose_file=file or self.file)
        return manager_of(msgspec.structs.replace(self._config, others={name: service}), name)

    def guess(self, name: str) -> ServiceManager:
        """The manager of one of its services that is told of no file."""
        return manager_of(msgspec.structs.replace(self._config, others={name: Service(manager="compose")}), name)


@pytest.fixture
def compose(engine: str, config: Config, tmp_path: Path) -> Compose:
    """The project, with its containers running."""
    if packages.missing([packages.COMPOSE]):
        pytest.skip("needs docker-compose")
    made = Compose(config, tmp_path / "booth")
    made.do("up", "--detach")
    return made

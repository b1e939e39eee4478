"""The verbs over one container of a Docker engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.docker import container, journal
from tixmaster.stack.managers.docker.engine import ACT_SECONDS, connected
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted
from tixmaster.stack.said import Said, said

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

ID_LENGTH = 12
"""The shortest id that counts as one: the engine itself would take `db` for any container whose id begins so."""


class DockerManager:
    """The container that bears the service's name."""

    name = "docker"

    def __init__(self, config: Config, service: str) -> None:
        self._service = service
        self._container = config.full_name(service)

    def find(self) -> bool:
        with connected() as client:
            return self._look(client) is not None

    def status(self) -> ProcessState:
        with connected() as client:
            found = self._look(client)
            if found is None:
                return ProcessState(state="absent", pid=None, started_at=None, detail=self._nothing())
            return container.state(client, found)

    def logs(self, lines: int) -> list[str]:
        with connected() as client:
            return container.logs(self._known(client), lines)

    def restart(self) -> Restarted:
        began = time.monotonic()
        with connected(ACT_SECONDS) as client:
            found = self._known(client)
            before = found.attrs["State"]["Pid"] or None
            after = container.restart(client, found).pid
        return Restarted(manager=self.name, pid_before=before, pid_after=after, seconds=time.monotonic() - began)

    def events(self) -> list[Event]:
        with connected() as client:
            found = self._look(client)
            inspected = [] if found is None else [found.attrs]
            return journal.events(client, {"container": [self._container]}, inspected, named=False)

    def start(self) -> None:
        with connected(ACT_SECONDS) as client:
            container.start(client, self._known(client))

    def stop(self) -> None:
        with connected(ACT_SECONDS) as client:
            container.stop(self._known(client))

    def _look(self, client: DockerClient) -> Container | None:
        from docker.errors import NotFound

        try:
            found = client.containers.get(self._container)
        except NotFound:
            return None
        is_id = len(self._container) >= ID_LENGTH and str(found.id).startswith(self._container)
        return found if is_id or found.name == self._container else None

    def _known(self, client: DockerClient) -> Container:
        found = self._look(client)
        if found is None:
            raise ManagerError(self._nothing())
        return found

    def _nothing(self) -> Said:
        return said(
            "Docker has no container {name}. `docker ps --all` lists those there are; "
            "`name` under [services.{service}] in tixmaster.toml says which one it is",
            "Docker 沒有容器 {name}。`docker ps --all` 可列出現有容器；"
            "請於 tixmaster.toml 的 [services.{service}] 以 `name` 指定",
            name=self._container,
            service=self._service,
        )

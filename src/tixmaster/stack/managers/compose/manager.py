"""The verbs over a service of a Compose file: over all of its containers, where it is scaled to several."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers.compose import program
from tixmaster.stack.managers.compose.project import PROJECT, SERVICE, containers_of
from tixmaster.stack.managers.compose.summary import summary
from tixmaster.stack.managers.docker import container, journal
from tixmaster.stack.managers.docker.engine import ACT_SECONDS, connected
from tixmaster.stack.managers.docker.state import grace
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted
from tixmaster.stack.said import Said, said

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

UP_SECONDS = 300.0
"""`compose up` may have to fetch an image."""


class ComposeManager:
    """All containers of the service that bears the name in its Compose project."""

    name = "compose"

    def __init__(self, config: Config, service: str) -> None:
        self._service = config.full_name(service)
        file = config.service(service).compose_file
        self._file = config.path_of(file) if file else None

    def find(self) -> bool:
        with connected() as client:
            return bool(self._look(client))

    def status(self) -> ProcessState:
        with connected() as client:
            found = self._look(client)
            if not found:
                return ProcessState(state="absent", pid=None, started_at=None, detail=self._nothing())
            return self._summary(client, found)

    def logs(self, lines: int) -> list[str]:
        with connected() as client:
            found = self._known(client)
            return container.logs(found[0], lines) if len(found) == 1 else container.merged_logs(found, lines)

    def restart(self) -> Restarted:
        """By the Compose program where `compose_file` is set and one is installed; else by the engine, one after another."""
        began = time.monotonic()
        with connected(ACT_SECONDS) as client:
            found = self._known(client)
            before = self._summary(client, found).pid
            compose = program.find() if self._file else None
            if self._file and compose:
                seconds = ACT_SECONDS + max(grace(item.attrs) for item in found)
                files = program.files_for(self._file, found[0].labels)
                compose.do(files, found[0].labels, "restart", self._service, seconds=seconds)
                for item in found:
                    container.await_up(client, item)
            else:
                for item in found:
                    container.restart(client, item)
            after = self._summary(client, found).pid
        return Restarted(manager=self.name, pid_before=before, pid_after=after, seconds=time.monotonic() - began)

    def events(self) -> list[Event]:
        """Also of containers that are gone: a new version of a service is a new container."""
        with connected() as client:
            found = self._look(client)
            labels = [f"{SERVICE}={self._service}"]
            if found:
                labels.append(f"{PROJECT}={found[0].labels[PROJECT]}")
            inspected = [item.attrs for item in found]
            return journal.events(client, {"label": labels}, inspected, named=len(found) > 1)

    def start(self) -> None:
        """Starts the containers; makes them by `compose up` where there are none."""
        with connected(ACT_SECONDS) as client:
            for item in self._look(client) or self._made(client):
                container.start(client, item)

    def stop(self) -> None:
        with connected(ACT_SECONDS) as client:
            for item in self._known(client):
                container.stop(item)

    def _made(self, client: DockerClient) -> list[Container]:
        """The containers, made anew from the Compose file."""
        if self._file is None or not self._file.is_file():
            raise ManagerError(self._nothing())
        if (compose := program.find()) is None:
            raise UnreachableError(
                said(
                    "{nothing}, but Docker Compose is not installed. {advice}",
                    "{nothing}，但未安裝 Docker Compose。{advice}",
                    nothing=self._nothing(),
                    advice=program.MISSING,
                )
            )
        compose.do([self._file], {}, "up", "-d", self._service, seconds=UP_SECONDS)
        return self._known(client)

    def _summary(self, client: DockerClient, found: list[Container]) -> ProcessState:
        return summary({str(item.name): container.state(client, item) for item in found})

    def _look(self, client: DockerClient) -> list[Container]:
        return containers_of(client, self._service, self._file)

    def _known(self, client: DockerClient) -> list[Container]:
        found = self._look(client)
        if not found:
            raise ManagerError(self._nothing())
        return found

    def _nothing(self) -> Said:
        if self._file and not self._file.is_file():
            return said(
                "there is no Compose file {file}; `compose_file` in tixmaster.toml says where it is",
                "沒有 Compose 檔案 {file}；請於 tixmaster.toml 以 `compose_file` 指定位置",
                file=self._file,
            )
        return said(
            "Compose has no container of {service}; `docker compose {file}up -d {service}` makes it",
            "Compose 沒有 {service} 的容器；`docker compose {file}up -d {service}` 可建立",
            service=self._service,
            file=f"-f {self._file} " if self._file else "",
        )

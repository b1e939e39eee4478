"""What containers print, from the engine's own log: standard output and error together, in the order of its times.

Each stream is read by itself: a line on the one may come amid a stack trace on the other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.logs.line import MOST_LINES, Line, continues, text_of
from tixmaster.stack.logs.reading import LONGEST_BYTES
from tixmaster.stack.logs.stamps import moment_of_text
from tixmaster.stack.managers.compose.project import containers_of
from tixmaster.stack.managers.docker.engine import connected
from tixmaster.stack.said import Said, said

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.types.daemon import CancellableStream

SECONDS: Final = 15
FOREVER: Final = 10**6
"""The next line may come tomorrow."""


class DockerSource:
    """The log of one container, or of all containers of a Compose service."""

    def __init__(self, config: Config, service: str) -> None:
        place = config.service(service)
        self._name, self._is_compose = config.full_name(service), place.manager == "compose"
        self._file = config.path_of(place.compose_file) if place.compose_file else None
        self.name = f"{place.manager} {self._name}"

    def last(self, count: int) -> list[Line]:
        with self._containers() as (_, containers):
            # An entry can have several lines; more than enough of them cost nothing.
            parts = [
                one.logs(stdout=out, stderr=err, timestamps=True, tail=count * 4 + 50)
                for one, out, err in _streams(containers)
            ]
        found = [line for part in parts for line in _entries(_lines([part]), self._name)]
        return sorted(found, key=_time)[-count:] if count else []

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        # The engine counts in whole seconds.
        begin, end = int(since.timestamp()), int((until + timedelta(seconds=1)).timestamp())
        with self._containers() as (_, containers):
            found: list[Line] = []
            for one, out, err in _streams(containers):
                parts = one.logs(
                    stdout=out, stderr=err, timestamps=True, stream=True, follow=False, since=begin, until=end
                )
                lines = _entries(_lines(parts), self._name)
                found.extend(line for line in lines if line.at is not None and since <= line.at <= until)
        yield from sorted(found, key=_time)

    def follow(self, stop: threading.Event) -> Iterator[str]:
        """Of several containers, the first."""
        with self._containers() as (client, containers):
            client.api.timeout = FOREVER
            parts = containers[0].logs(stream=True, follow=True, tail=0)
            threading.Thread(target=_close_after, args=(stop, parts), daemon=True).start()
            for raw in _lines(parts):
                yield text_of(raw)

    @contextmanager
    def _containers(self) -> Iterator[tuple[DockerClient, list[Container]]]:
        from docker.errors import NotFound

        try:
            with connected(SECONDS) as client:
                if self._is_compose:
                    found = containers_of(client, self._name, self._file)
                else:
                    found = [client.containers.get(self._name)]
                if not found:
                    raise NotFound(self._name)
                yield client, found
        except ManagerError as error:
            if isinstance(error.__cause__, NotFound):
                raise UnreachableError(self._absent()) from error
            raise UnreachableError(
                said(
                    "{error}: no log of {name}. Where its logging driver keeps none, name its files under `logs`.",
                    "{error}：沒有 {name} 的 Log。若其 logging driver 不保存 Log，請於 `logs` 指定檔案。",
                    error=error.words,
                    name=self._name,
                )
            ) from error

    def _absent(self) -> Said:
        if self._is_compose:
            return said(
                "Compose has made no container of the service {name}. `docker compose up -d {name}` does.",
                "Compose 尚未建立服務 {name} 的容器。請執行 `docker compose up -d {name}`。",
                name=self._name,
            )
        return said(
            "Docker has no container {name}. `docker ps --all` lists them; correct its `name`, or start it.",
            "Docker 沒有容器 {name}。`docker ps --all` 可列出；請修正其 `name`，或將其啟動。",
            name=self._name,
        )


def _streams(containers: list[Container]) -> Iterator[tuple[Container, bool, bool]]:
    """Each container with whether to ask it for standard output and error; one with a terminal has one stream."""
    for one in containers:
        if one.attrs["Config"].get("Tty"):
            yield one, True, True
        else:
            yield one, True, False
            yield one, False, True


def _time(line: Line) -> float:
    return line.at.timestamp() if line.at else 0.0


def _close_after(stop: threading.Event, parts: CancellableStream[bytes]) -> None:
    stop.wait()
    parts.close()


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What comes in parts of any length, as lines."""
    begun: list[bytes] = []
    size = 0
    for part in parts:
        first, *others = part.split(b"\n")
        if size < LONGEST_BYTES:
            begun.append(first)
            size += len(first)
        if others:
            yield b"".join(begun)[:LONGEST_BYTES]
            yield from others[:-1]
            begun, size = [others[-1]], len(others[-1])
    if size:
        yield b"".join(begun)[:LONGEST_BYTES]


def _entries(lines: Iterable[bytes], name: str) -> Iterator[Line]:
    """The engine's time stands before each line; what a program prints in one go differs by microseconds."""
    entry: list[bytes] = []
    at: datetime | None = None
    for line in lines:
        stamp, _, said = line.rstrip(b"\r").partition(b" ")
        if entry and continues(said):
            if len(entry) < MOST_LINES:
                entry.append(said)
            continue
        if entry:
            yield Line(number=None, offset=-1, data=b"\n".join(entry), at=at, file=name)
        entry, at = [said], moment_of_text(stamp)
    if entry:
        yield Line(number=None, offset=-1, data=b"\n".join(entry), at=at, file=name)

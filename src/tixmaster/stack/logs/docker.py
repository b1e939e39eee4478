"""What a container prints, from the Docker Engine's own log."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.logs.line import Line, continues, text_of
from tixmaster.stack.logs.stamps import moment_of_text

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.types.daemon import CancellableStream

SECONDS: Final = 15
MOST_LINES: Final = 1000


class DockerSource:
    """One container's log, standard output and error together in the order of the engine's times."""

    def __init__(self, config: Config, service: str) -> None:
        place = config.service(service)
        self._container, self._compose = config.full_name(service), place.manager == "compose"
        self._compose_file = str(config.path_of(place.compose_file)) if place.compose_file else None
        self.name = f"docker {self._container}"

    def last(self, count: int) -> list[Line]:
        with self._found(SECONDS) as container:
            # An entry can have several lines; more than enough of them cost nothing.
            lines = _lines([container.logs(timestamps=True, tail=count * 4 + 50)])
            return list(_entries(lines, self._container))[-count:]

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        # The engine counts in whole seconds.
        ends = until + timedelta(seconds=1)
        with self._found(SECONDS) as container:
            parts = container.logs(
                timestamps=True, stream=True, follow=False, since=int(since.timestamp()), until=int(ends.timestamp())
            )
            for line in _entries(_lines(parts), self._container):
                if line.at is not None and since <= line.at <= until:
                    yield line

    def follow(self, stop: threading.Event) -> Iterator[str]:
        with self._found(None) as container:
            parts = container.logs(stream=True, follow=True, tail=0)
            threading.Thread(target=_close_after, args=(stop, parts), daemon=True).start()
            for raw in _lines(parts):
                yield text_of(raw)

    @contextmanager
    def _found(self, seconds: float | None) -> Iterator[Container]:
        import docker
        from docker.errors import APIError, DockerException, NotFound
        from requests.exceptions import RequestException

        try:
            client = docker.from_env(timeout=seconds)  # type: ignore[arg-type]  # None: follow waits as long as it takes
        except DockerException as error:
            raise self._away(error) from error
        try:
            yield self._of_compose(client) if self._compose else client.containers.get(self._container)
        except NotFound as error:
            raise UnreachableError(
                f"Docker has no container {self._container}. `docker ps --all` lists them; correct its `name`, or start it."
            ) from error
        except APIError as error:
            raise UnreachableError(
                f"Docker refused the log of {self._container}: {error.explanation or error}. "
                "Where its logging driver keeps nothing (`none`, a remote one), name the files under `logs`."
            ) from error
        except (DockerException, RequestException, OSError) as error:
            raise self._away(error) from error
        finally:
            client.close()

    def _of_compose(self, client: Any) -> Container:
        labels = [f"com.docker.compose.service={self._container}"]
        found: list[Container] = client.containers.list(all=True, filters={"label": labels})
        if file := self._compose_file:
            chosen = [one for one in found if file in one.labels.get("com.docker.compose.project.config_files", "")]
        else:
            chosen = found
        if not chosen:
            raise UnreachableError(
                f"Compose has no container of the service {self._container}. "
                f"`docker compose up -d {self._container}` makes it."
            )
        return chosen[0]

    def _away(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"the Docker Engine did not answer, so there is no log of {self._container}: {error}. "
            "Is it running, and may this user ask it (group docker, DOCKER_HOST)?"
        )


def _close_after(stop: threading.Event, parts: CancellableStream[bytes]) -> None:
    stop.wait()
    parts.close()


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What comes in parts of any length, as lines."""
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _entries(lines: Iterable[bytes], name: str) -> Iterator[Line]:
    """The engine's time stands before each line; what a program prints in one go differs by microseconds."""
    entry: list[bytes] = []
    at: datetime | None = None
    for line in lines:
        stamp, _, said = line.partition(b" ")
        if entry and continues(said):
            if len(entry) < MOST_LINES:
                entry.append(said)
            continue
        if entry:
            yield Line(number=None, offset=-1, data=b"\n".join(entry), at=at, file=name)
        entry, at = [said.rstrip(b"\r")], moment_of_text(stamp)
    if entry:
        yield Line(number=None, offset=-1, data=b"\n".join(entry), at=at, file=name)

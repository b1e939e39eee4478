"""Which containers are a service of a Compose file: Compose says so in their labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tixmaster.stack.errors import ManagerError
from tixmaster.stack.said import said

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LABEL = "com.docker.compose."
PROJECT, SERVICE, NUMBER, ONE_OFF = (f"{LABEL}{word}" for word in ("project", "service", "container-number", "oneoff"))
FILES, FOLDER = f"{LABEL}project.config_files", f"{LABEL}project.working_dir"


def containers_of(client: DockerClient, service: str, file: Path | None) -> list[Container]:
    """The service's containers in the order of their numbers, running or not; those of `compose run` do not count.

    Raises `ManagerError` where several projects have such a service and it is not said which is meant.
    """
    listed = client.containers.list(all=True, filters={"label": f"{SERVICE}={service}"}, ignore_removed=True)
    found = [item for item in listed if item.labels.get(ONE_OFF) != "True" and _is_of(item.labels, file)]
    projects = sorted({item.labels.get(PROJECT, "") for item in found})
    if len(projects) > 1:
        raise ManagerError(
            said(
                "the Compose service {service} is in several projects: {projects}. Say in tixmaster.toml which one is meant: "
                'by its `compose_file`, or by `manager = "docker"` and the container\'s `name`.',
                "Compose 服務 {service} 存在於多個專案：{projects}。請於 tixmaster.toml 以 `compose_file`，"
                '或以 `manager = "docker"` 與容器的 `name` 指明。',
                service=service,
                projects=", ".join(projects),
            )
        )
    return sorted(found, key=lambda item: int(item.labels.get(NUMBER, "1")))


def files_of(labels: Mapping[str, str]) -> list[Path]:
    """The Compose files the container was made from; Compose 1 wrote them as they were typed, in the project's folder."""
    folder = Path(labels.get(FOLDER, "/"))
    return [(folder / name).resolve() for name in labels.get(FILES, "").split(",") if name]


def _is_of(labels: Mapping[str, str], file: Path | None) -> bool:
    return file is None or file in files_of(labels)

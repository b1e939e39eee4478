"""Containers that run in the Docker engine of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tixmaster.stack.discover import sockets
from tixmaster.stack.discover.found import Found, Look
from tixmaster.stack.discover.sockets import Listener
from tixmaster.stack.ports import family

ASK_SECONDS = 3
COMPOSE_FILES, COMPOSE_SERVICE = "com.docker.compose.project.config_files", "com.docker.compose.service"


def look(listeners: Sequence[Listener]) -> Look:
    """Running containers, by what `docker inspect` says of each."""
    try:
        docker = import_module("docker")
    except ImportError:
        return Look(source="Docker", said="not looked at: the Python package docker is not installed")
    try:
        client = docker.from_env(timeout=ASK_SECONDS)
        with client.api:
            inspected = [container.attrs for container in client.containers.list()]
    except (docker.errors.DockerException, OSError) as error:
        return Look(source="Docker", said=f"no engine answers: {str(error)[:200]}")
    found = tuple(translate(attributes, listeners) for attributes in inspected)
    return Look(source="Docker", said=f"{len(found)} running containers", found=found)


def translate(attributes: Mapping[str, Any], listeners: Sequence[Listener]) -> Found:
    """A container as a service: by its published ports, or on the host's network by those its processes listen on."""
    labels = attributes["Config"].get("Labels") or {}
    name = attributes["Name"].lstrip("/")
    pids = frozenset(family(pid)) if (pid := attributes["State"].get("Pid")) else frozenset[int]()
    host, ports = _published(attributes) or sockets.place(sockets.of(pids, listeners))
    compose_file = Path(labels.get(COMPOSE_FILES, "").split(",")[0])
    in_compose = COMPOSE_SERVICE in labels and compose_file.is_file()
    return Found(
        name=labels[COMPOSE_SERVICE] if in_compose else name,
        title=name,
        manager="compose" if in_compose else "docker",
        pids=pids,
        host=host,
        ports=ports,
        compose_file=compose_file if in_compose else None,
        checks=() if ports else ("it publishes no port: whether it is well is Docker's word alone",),
    )


def _published(attributes: Mapping[str, Any]) -> tuple[str, tuple[int, ...]] | None:
    bindings = attributes["NetworkSettings"].get("Ports") or {}
    ports = {
        int(binding["HostPort"])
        for port, bound in bindings.items()
        if port.endswith("/tcp")
        for binding in bound or ()
        if binding.get("HostPort")
    }
    return (sockets.HERE, tuple(sorted(ports))) if ports else None

"""What the sources make of what they read: control groups, `docker inspect`, ports, commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tixmaster.stack.discover import docker, log_files, sockets, systemd
from tixmaster.stack.discover.sockets import Listener

OWN = f"/user.slice/user-{os.getuid()}.slice/user@{os.getuid()}.service"


@pytest.mark.parametrize(
    ("groups", "unit"),
    [
        ("0::/system.slice/shop.service\n", "shop.service"),
        ("0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n", "postgresql@15-main.service"),
        ("2:cpu:/\n1:name=systemd:/system.slice/shop.service\n", "shop.service"),
        (f"0::{OWN}/app.slice/shop.service\n", "user:shop.service"),
        (f"0::{OWN}/init.scope\n", None),
        ("0::/user.slice/user-99999.slice/user@99999.service/app.slice/shop.service\n", None),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
        ("0::/system.slice/docker-5f1c0e.scope\n", None),
        ("0::/\n", None),
        ("", None),
    ],
)
def test_the_unit_of_a_process(groups: str, unit: str | None) -> None:
    """By the control group, in both versions of the kernel's interface; what a person started has none."""
    assert systemd.unit_of(groups) == unit


def container(**changes: Any) -> dict[str, Any]:
    """The part of `docker inspect` that is looked at."""
    return {
        "Name": "/shop-web-1",
        "State": {"Pid": 0},
        "Config": {"Labels": {}},
        "NetworkSettings": {"Ports": {"3000/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": None}},
        **changes,
    }


def test_a_container_is_where_its_port_is_published() -> None:
    """Not where it listens inside."""
    found = docker.translate(container(), ())
    assert (found.name, found.manager, found.host, found.ports) == ("shop-web-1", "docker", "127.0.0.1", (8080,))


def test_a_service_of_compose_is_called_by_its_name_there(tmp_path: Path) -> None:
    """With the file that `docker compose` needs."""
    file = tmp_path / "compose.yaml"
    file.touch()
    labels = {"com.docker.compose.service": "web", "com.docker.compose.project.config_files": f"{file},other.yaml"}
    found = docker.translate(container(Config={"Labels": labels}), ())
    assert (found.name, found.manager, found.compose_file) == ("web", "compose", file)


def test_a_container_without_a_port_is_one_to_check() -> None:
    """Docker's word is all there is."""
    found = docker.translate(container(NetworkSettings={"Ports": {}}), ())
    assert found.ports == ()
    assert "publishes no port" in found.checks[0]


def test_a_container_on_the_host_network_is_where_it_listens() -> None:
    """By its processes."""
    here = Listener(port=8080, host="127.0.0.1", pid=os.getpid())
    state = {"Pid": os.getpid()}
    found = docker.translate(container(State=state, NetworkSettings={"Ports": {}}), (here,))
    assert found.ports == (8080,)


def test_an_address_of_this_machine_is_preferred() -> None:
    """Ports in their order, each once."""
    items = (Listener(port=2, host="192.0.2.7", pid=1), Listener(port=1, host="127.0.0.1", pid=1))
    assert sockets.place(items) == ("127.0.0.1", (1, 2))


def test_log_files_lie_near_the_folder(tmp_path: Path) -> None:
    """In `logs` and beside; the one of errors by its name."""
    (tmp_path / "logs").mkdir()
    for name in ("logs/combined.log", "logs/error.log", "notes.txt"):
        (tmp_path / name).touch()
    found = log_files.near(tmp_path, ())
    assert {path.name for path in found} == {"combined.log", "error.log"}
    assert log_files.error_log(found) == tmp_path / "logs" / "error.log"

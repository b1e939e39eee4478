"""What is said where the engine cannot be asked."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engine import docker

from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.managers.docker import engine as engines
from tixmaster.stack.managers.docker.engine import connected
from tixmaster.stack.ports import unused

from .conftest import managed

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """For this long, this process is a user of no rights."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_without_permission_the_group_is_named(engine: str, config: Config) -> None:
    """Root's own socket, tried by somebody who is not in its group."""
    shop = managed(config, "shop")
    shop.find()  # what has to be imported is imported while we may read it
    with (
        as_nobody(),
        pytest.raises(UnreachableError, match=r"no permission to talk to Docker on .*docker\.sock") as told,
    ):
        shop.status()
    group = Path(engine.removeprefix("unix://")).group()
    advice = "Run TixMaster as root" if group == "root" else f"sudo usermod -aG {group} "
    assert advice in str(told.value)


def test_an_engine_that_is_not_there_is_said(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that says where it should be."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(UnreachableError, match=r"does not run on .*none\.sock, where DOCKER_HOST says"):
        managed(config, "shop").status()


def test_a_socket_that_its_engine_left_behind_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is there, and nobody listens."""
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with pytest.raises(UnreachableError, match=r"Docker does not run on"), connected():
        pass


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ((), r"no container engine is installed on this machine\. Install Docker"),
        (("docker",), r"Docker is installed but does not run .*`sudo systemctl start docker`"),
        (("podman",), r"Podman is installed but does not listen\. `systemctl --user enable --now podman\.socket`"),
    ],
)
def test_where_no_socket_is_found_the_next_step_depends_on_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], said: str
) -> None:
    """Install it, or start it."""
    for name in installed:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engines, "_sockets", list)
    monkeypatch.setattr(engines, "_missing", lambda _: True)  # this machine may have an engine of its own
    with pytest.raises(UnreachableError, match=said), connected():
        pass


def test_in_a_container_of_ours_nobody_is_told_to_install_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket was left out on purpose."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(engines.OUR_IMAGE, "yes")
    monkeypatch.setattr(engines, "_sockets", list)
    monkeypatch.setattr(engines, "_missing", lambda _: True)
    with (
        pytest.raises(UnreachableError, match=r"was not given the container engine's socket.*docs/containers\.md"),
        connected(),
    ):
        pass


def test_podmans_socket_serves_where_docker_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies in the user's run-time folder."""
    path = tmp_path / "podman" / "podman.sock"
    path.parent.mkdir()
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    if Path("/var/run/docker.sock").exists():
        pytest.skip("this machine has an engine of its own, and it comes first")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
        assert engines.settings()["base_url"] == f"unix://{path}"


def test_an_engine_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts the connection and never answers."""
    path = tmp_path / "hangs.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
        end.listen()
        with (
            pytest.raises(
                UnreachableError, match=r"Docker cannot be asked on .*hangs\.sock, with 1 s for each answer: "
            ),
            connected(1),
        ):
            pass


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:{unused}", r"Docker cannot be asked.*Connection refused"),
        (
            "tcp://127.0.0.1:99999",
            r"tcp://127\.0\.0\.1:99999 is no address of a Docker engine: Port out of range .*Mend DOCKER_HOST",
        ),
        ("smoke://hill", r"Docker cannot be asked.*Invalid bind address protocol: smoke://hill.*mend DOCKER_HOST"),
    ],
)
def test_an_address_of_no_engine_is_said(monkeypatch: pytest.MonkeyPatch, address: str, said: str) -> None:
    """One that refuses, one that cannot be, one of a protocol that there is not."""
    monkeypatch.setenv("DOCKER_HOST", address.format(unused=unused(1)[0]))
    with pytest.raises(UnreachableError, match=said), connected():
        pass


def test_the_context_that_the_docker_command_uses_is_used(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is down is never replaced by another engine, which may have a container of the same name."""
    with monkeypatch.context() as patched:
        patched.delenv("DOCKER_HOST")
        patched.setenv("DOCKER_CONFIG", str(tmp_path))
        docker("context", "create", "here", "--docker", f"host={engine}")
        docker("context", "create", "down", "--docker", f"host=unix://{tmp_path}/down.sock")
        docker("context", "use", "here")
        with connected() as client:
            assert client.api.base_url
        patched.setenv("DOCKER_CONTEXT", "down")
        with pytest.raises(UnreachableError, match=r"does not run \(unix://.*/down\.sock\)"), connected():
            pass
        patched.setenv("DOCKER_CONTEXT", "nosuch")
        with pytest.raises(UnreachableError, match=r"no Docker context nosuch\. `docker context ls`"), connected():
            pass

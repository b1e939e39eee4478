"""The container engine: where it listens, and what keeps us from it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.said import Said, said, system, verbatim

if TYPE_CHECKING:
    from docker import DockerClient

ASK_SECONDS, ACT_SECONDS = 5, 60
"""How long one answer may take; a stop has the container's own time limit besides."""
UNIX = "unix://"
CONTEXT = "DOCKER_CONTEXT"
SAID_LENGTH = 400
OUR_IMAGE = "TIXMASTER_IMAGE"
"""Set in the containers of docker-compose.yml (Dockerfile), which no engine is ever installed in."""


@contextmanager
def connected(seconds: int = ASK_SECONDS) -> Iterator[DockerClient]:
    """A client of the engine for as long as the block lasts; each of its answers may take `seconds`.

    Raises `UnreachableError` where no engine can be asked, `ManagerError` where it refuses what the block asks of it.
    """
    from docker.errors import APIError, DockerException
    from requests import RequestException

    address = said("the container engine", "容器引擎")
    try:
        found = settings()
        address = verbatim(str(found["base_url"]))
        _knock(address)
        client = _client(found, seconds)
        with client.api:
            yield client
    except APIError as error:
        refused = said("Docker refuses: {why}", "Docker 拒絕：{why}", why=_said(error.explanation or error))
        raise ManagerError(refused, error.status_code) from error
    except (DockerException, RequestException) as error:
        raise UnreachableError(
            said(
                "Docker cannot be asked on {address}, with {seconds} s for each answer: {why}. `docker info` shows whether "
                "it answers you; restart its daemon where it hangs, mend DOCKER_HOST where that is wrong.",
                "無法於 {address} 查詢 Docker（每次回應上限 {seconds} 秒）：{why}。`docker info` 可查看其是否回應；"
                "若卡住請重新啟動其常駐程式，若 DOCKER_HOST 有誤請修正。",
                address=address,
                seconds=seconds,
                why=_said(error),
            )
        ) from error


def _client(found: dict[str, Any], seconds: int) -> DockerClient:
    from docker import DockerClient

    try:
        return DockerClient(version="auto", timeout=seconds, use_ssh_client=True, **found)
    except ValueError as error:
        wrong = said(
            "{address} is no address of a Docker engine: {why}. Mend DOCKER_HOST.",
            "{address} 並非 Docker 引擎的位址：{why}。請修正 DOCKER_HOST。",
            address=found["base_url"],
            why=_said(error),
        )
        raise UnreachableError(wrong) from error


def settings() -> dict[str, Any]:
    """Where the engine listens, as arguments of `DockerClient`: DOCKER_HOST, else the context that the docker command
    has been told to use, else the first socket that there is, Podman's being the last."""
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    found: dict[str, Any] = dict(kwargs_from_env())
    if "base_url" in found:
        return found
    named = os.environ.get(CONTEXT) or None
    context = ContextAPI.get_context(named)
    if context is None:
        raise UnreachableError(
            said(
                "there is no Docker context {name}. `docker context ls` lists those there are; `docker context use` and "
                "{variable} choose one.",
                "沒有 Docker context {name}。`docker context ls` 可列出現有項目；`docker context use` 與 {variable} 可選擇。",
                name=named or said("of the name in its config.json", "（config.json 中指定的名稱）"),
                variable=CONTEXT,
            )
        )
    found = {**ContextAPI.kwargs_from_context(named), **found}
    if context.Name != "default" or not _missing(str(found.get("base_url", UNIX))):
        return found
    for path in _sockets():
        if _is_socket(path):
            return found | {"base_url": f"{UNIX}{path}"}
    raise UnreachableError(_nowhere(found.get("base_url")))


def _said(error: object) -> Said:
    return system(" ".join(str(error).split())[:SAID_LENGTH])


def _sockets() -> list[Path]:
    """Where engines listen when nobody tells them otherwise: Docker, Docker Desktop, both without root, Podman."""
    private = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") if os.name == "posix" else Path()
    return [
        Path("/var/run/docker.sock"),
        private / "docker.sock",
        Path.home() / ".docker" / "run" / "docker.sock",
        private / "podman" / "podman.sock",
        Path("/run/podman/podman.sock"),
    ]


def _missing(address: str) -> bool:
    """Whether this is a socket's path with nothing there. What we may not look at is there for all we know."""
    if not address.startswith(UNIX):
        return False
    try:
        Path(address.removeprefix(UNIX)).stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _is_socket(path: Path) -> bool:
    """Whether it is certainly there."""
    try:
        return path.is_socket()
    except OSError:
        return False


def _knock(address: str) -> None:
    """Tries the socket by itself: the kernel's reason is lost in the client's message."""
    if not address.startswith(UNIX):
        return
    path = address.removeprefix(UNIX)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            end.settimeout(ASK_SECONDS)
            end.connect(path)
    except PermissionError as error:
        raise UnreachableError(_forbidden(path)) from error
    except OSError as error:
        raise UnreachableError(_nowhere(address)) from error


def _forbidden(path: str) -> Said:
    """What to do about a socket that only root and its group may use."""
    import getpass

    user = getpass.getuser()
    try:
        group = Path(path).group()
    except (OSError, KeyError):
        group = "docker"
    if group == "root":  # nobody should be put into that group
        return said(
            "no permission to talk to Docker on {path}: only root may, and this is user {user}. Run TixMaster as root.",
            "無權於 {path} 連線 Docker：僅限 root，而目前使用者為 {user}。請以 root 執行 TixMaster。",
            path=path,
            user=user,
        )
    return said(
        "no permission to talk to Docker on {path}: user {user} is not in the group {group}. "
        "`sudo usermod -aG {group} {user}`, log in again and start TixMaster anew.",
        "無權於 {path} 連線 Docker：使用者 {user} 不在 {group} 群組。"
        "請執行 `sudo usermod -aG {group} {user}`，重新登入後再啟動 TixMaster。",
        path=path,
        user=user,
        group=group,
    )


def _nowhere(address: str | None) -> Said:
    """No engine at all, or one that is not running; with the command that starts what is installed."""
    if os.environ.get("DOCKER_HOST"):
        return said(
            "Docker does not run on {address}, where DOCKER_HOST says. Start it there, or mend DOCKER_HOST.",
            "Docker 未在 DOCKER_HOST 所指的 {address} 執行。請於該處啟動，或修正 DOCKER_HOST。",
            address=address,
        )
    if shutil.which("dockerd") or shutil.which("docker"):
        return said(
            "Docker is installed but does not run ({address}). `sudo systemctl start docker` starts it "
            "(`sudo dockerd` where there is no systemd; on a desktop start Docker Desktop).",
            "已安裝 Docker 但未執行（{address}）。`sudo systemctl start docker` 可啟動"
            "（沒有 systemd 時用 `sudo dockerd`；桌面環境請啟動 Docker Desktop）。",
            address=address or said("no socket", "沒有 socket"),
        )
    if shutil.which("podman"):
        return said(
            "Podman is installed but does not listen. `systemctl --user enable --now podman.socket` makes it.",
            "已安裝 Podman 但未監聽。請執行 `systemctl --user enable --now podman.socket`。",
        )
    if os.environ.get(OUR_IMAGE):
        return said(
            "this container was not given the container engine's socket, so it can neither see nor restart other "
            "containers. docs/containers.md says how to give it, and what that means.",
            "此容器未取得容器引擎的 socket，因此無法查看或重新啟動其他容器。設定方式與影響請見 docs/containers.md。",
        )
    return said(
        "no container engine is installed on this machine. Install Docker (https://docs.docker.com/engine/install), "
        "or set DOCKER_HOST to where one listens.",
        "此機器未安裝容器引擎。請安裝 Docker（https://docs.docker.com/engine/install），"
        "或將 DOCKER_HOST 設為引擎監聽的位址。",
    )

"""Where changes leave traces: what was announced, the manager, the checkout, the image, files, the package log.

Files are read, nothing is run: a foreign checkout's own settings must not be carried out by on-call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil

from tixmaster.oncall.client import OncallClient
from tixmaster.stack.config import CONFIG_NAME, SERVICE_NAMES, Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.grafana import engine as engines
from tixmaster.stack.managers import manager_of
from tixmaster.stack.said import Said, joined, said, system

DPKG_LOG = Path("/var/log/dpkg.log")
TAIL_BYTES = 256 * 1024
ONCALL_SECONDS = 1.0
"""On-call asks itself here; where it is `tix sop run` that asks, on-call may be away."""
PACKAGE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (install|upgrade|remove) (\S+?)(?::\w+)? (\S+) (\S+)")
PACKAGED = {"install": "安裝", "upgrade": "升級", "remove": "移除"}
HEAD_MOVED = re.compile(r"[0-9a-f]+ ([0-9a-f]{7})[0-9a-f]* .*> (\d+) [+-]\d{4}\t?(.*)")
"""A line of `.git/logs/HEAD`: old, new, who, when, what. The checkout moves when it is deployed, whenever the commit was."""
FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Something changed at a moment."""

    at: datetime
    kind: Literal["service", "configuration", "deploy", "package"]
    text: Said


Source = Callable[[Config, str, datetime], Iterator[Trace]]
"""The traces of a service, or of the system; those of before the moment may be left out."""


def collect(config: Config, service: str, since: datetime) -> tuple[list[Trace], list[Said]]:
    """The traces since a moment, and what could not be read, with the reason. Without a service, the system's alone."""
    of_service: tuple[Source, ...] = (_announced, _noted, _checkout, _image) if service else ()
    found: list[Trace] = []
    unread: list[Said] = []
    for source in (*of_service, _files, _packages):
        try:
            found += [trace for trace in source(config, service, since) if trace.at >= since]
        except (OSError, StackError) as error:
            unread.append(error.words if isinstance(error, StackError) else system(error))
    return found, list(dict.fromkeys(unread))


def _announced(config: Config, service: str, since: datetime) -> Iterator[Trace]:
    """Deploys that on-call was told of (`tix deploy begin`)."""
    with OncallClient(config, seconds=ONCALL_SECONDS) as oncall:
        for deploy in oncall.deploys(service, since):
            text = said(
                "deploy of {what}, announced by {by}",
                "{by} 宣告部署 {what}",
                what=f"{service} {deploy['version']}".rstrip(),
                by=deploy["by"],
            )
            yield Trace(at=datetime.fromisoformat(deploy["at"]), kind="deploy", text=text)


def _noted(config: Config, service: str, _since: datetime) -> Iterator[Trace]:
    """Starts and ends, as the manager noted them."""
    for event in manager_of(config, service).events():
        yield Trace(at=event.at, kind="service", text=joined([config.full_name(service), event.text], " ", " "))


def _checkout(config: Config, service: str, _since: datetime) -> Iterator[Trace]:
    """Moves of the checkout in which the service works."""
    folder = _working_folder(config, service)
    head = folder and _reflog(folder)
    if not head:
        return
    for line in _tail(head):
        if moved := HEAD_MOVED.fullmatch(line):
            at = datetime.fromtimestamp(int(moved[2]), UTC)
            text = said(
                "{folder} moved to {commit}: {what}",
                "{folder} 切換至 {commit}：{what}",
                folder=folder,
                commit=moved[1],
                what=moved[3][:100],
            )
            yield Trace(at=at, kind="deploy", text=text)


def _working_folder(config: Config, service: str) -> Path | None:
    """Where the process works; of Compose, where its file lies."""
    if compose := config.service(service).compose_file:
        return config.path_of(compose).parent
    pid = manager_of(config, service).status().pid
    try:
        return Path(psutil.Process(pid).cwd()) if pid else None
    except psutil.Error:
        return None


def _reflog(folder: Path) -> Path | None:
    """The log of HEAD of the checkout that holds the folder; in a linked work tree `.git` is a file that says where."""
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_file():
            git = (place / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        if (log := git / "logs" / "HEAD").is_file():
            return log
    return None


def _image(config: Config, service: str, _since: datetime) -> Iterator[Trace]:
    """When the container's image was built."""
    if config.service(service).manager != "docker" or (engine := engines.find()) is None:
        return
    container = engine.inspect("container", config.full_name(service))
    image = container and engine.inspect("image", str(container["Image"]))
    if image and container:
        at = datetime.fromisoformat(FRACTION.sub(r"\1", str(image["Created"])))
        text = said("image {image} was built", "建置映像檔 {image}", image=container["Config"]["Image"])
        yield Trace(at=at, kind="deploy", text=text)


def _files(config: Config, service: str, _since: datetime) -> Iterator[Trace]:
    """Configuration files that were written."""
    places = [config.path or config.root / CONFIG_NAME, config.root / ".env"]
    if service and (compose := config.service(service).compose_file):
        places += [config.path_of(compose), config.path_of(compose).parent / ".env"]
    elif service and service not in SERVICE_NAMES and (folder := _working_folder_or_none(config, service)):
        places.append(folder / ".env")
    for place in dict.fromkeys(places):
        if place.is_file():
            at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
            text = said("{file} was changed", "{file} 有變更", file=place.name)
            yield Trace(at=at, kind="configuration", text=text)


def _working_folder_or_none(config: Config, service: str) -> Path | None:
    try:
        return _working_folder(config, service)
    except StackError:
        return None


def _packages(_config: Config, _service: str, _since: datetime) -> Iterator[Trace]:
    """What dpkg installed, upgraded and removed; it writes local time. Other systems have no such log."""
    if not DPKG_LOG.exists():
        return
    for line in _tail(DPKG_LOG):
        if done := PACKAGE.match(line):
            at = datetime.strptime(done[1], "%Y-%m-%d %H:%M:%S").astimezone()
            old, new = done[4], done[5]
            versions = new if done[2] == "install" else f"{old} → {new}" if done[2] == "upgrade" else old
            text = said(
                "{act} of {package} {versions}",
                "{act}套件 {package} {versions}",
                act=Said(done[2], PACKAGED[done[2]]),
                package=done[3],
                versions=versions,
            )
            yield Trace(at=at, kind="package", text=text)


def _tail(path: Path) -> list[str]:
    """The newest lines of a log."""
    with path.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(stream.tell() - TAIL_BYTES, 0))
        return stream.read().decode("utf-8", "replace").splitlines()

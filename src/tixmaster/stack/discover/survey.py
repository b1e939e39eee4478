"""The whole look around: each source in turn gets what the ones before it did not account for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from tixmaster.stack.config import SERVICE_NAMES, Service, Services
from tixmaster.stack.discover import answers, docker, log_files, pm2, processes, sockets, systemd
from tixmaster.stack.discover.found import Found, Look
from tixmaster.stack.discover.sockets import Listener

SOURCES: Final[tuple[Callable[[Sequence[Listener]], Look], ...]] = (
    docker.look,
    pm2.look,
    systemd.look,
    processes.look,
)
BACKEND: Final = "tixmaster-backend"
"""The manual's name for the backend: whoever is called so is ours."""
EPHEMERAL_PORT: Final = 32768
"""Above, ports are given out by chance (Linux); a loose process there is a tool of the moment unless it tells its health."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An entry of `[services]`: its key, what stands in it, and what a person should look at."""

    short_name: str
    service: Service
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Everything found, and what each source said."""

    looks: tuple[Look, ...]
    proposals: tuple[Proposal, ...]
    busy: frozenset[int] = frozenset()
    """The ports that somebody else listens on."""

    @property
    def moved(self) -> dict[str, int]:
        """Services of ours that nobody runs here and whose usual port is taken, each with a free port."""
        usual = {name: int(getattr(Services(), name).port) for name in SERVICE_NAMES}
        taken = self.busy | {item.service.port for item in self.proposals}
        made: dict[str, int] = {}
        for name in self.not_found:
            if usual[name] in taken:
                reserved = taken | set(usual.values()) | set(made.values())
                made[name] = next(port for port in range(usual[name] + 1, 65536) if port not in reserved)
        return made

    @property
    def not_found(self) -> tuple[str, ...]:
        """Services of ours that nobody runs here."""
        there = {item.short_name for item in self.proposals}
        return tuple(name for name in SERVICE_NAMES if name not in there)


@dataclass(frozen=True, kw_only=True)
class _Answered:
    found: Found
    port: int
    known: str | None
    health: str | None


def look_around(ours: frozenset[int] = frozenset()) -> Survey:
    """Asks every source, then every port what it is; takes a few seconds, changes nothing. `ours` are the processes of
    the system whose file is to be written: the ports they listen on stay theirs."""
    listeners = left = sockets.listening()
    looks = []
    for source in SOURCES:
        looks.append(seen := source(left))
        left = tuple(item for item in left if not _accounted_for(item, seen))
    found = [item for seen in looks for item in seen.found]
    with ThreadPoolExecutor(max_workers=8) as pool:
        answered = list(pool.map(_ask, found))
    return Survey(
        looks=tuple(looks),
        proposals=tuple(_proposals([item for item in answered if _wanted(item)])),
        busy=frozenset(item.port for item in listeners if item.pid not in ours),
    )


def _accounted_for(listener: Listener, seen: Look) -> bool:
    pids = seen.pids.union(*(item.pids for item in seen.found))
    return listener.pid in pids or any(listener.port in item.ports for item in seen.found)


def _ask(found: Found) -> _Answered:
    """Of several ports the one that tells the most: a service we know, one with a health path, the lowest."""
    for port in found.ports:
        if known := answers.known(found.host, port, f"{found.name} {found.title}"):
            return _Answered(found=found, port=port, known=known, health=None)
    backend = "backend" if BACKEND in (found.name, found.title) else None
    paths = {port: answers.health_path(found.host, port) for port in found.ports}
    port = min(found.ports, key=lambda item: (paths[item] in (None, "/"), paths[item] is None, item), default=0)
    return _Answered(found=found, port=port, known=backend, health=paths.get(port))


def _wanted(item: _Answered) -> bool:
    """A process that nobody keeps is of interest where it is known, tells its health, or has a port somebody chose."""
    return item.found.manager != "process" or bool(item.known or item.health) or 0 < item.port < EPHEMERAL_PORT


def _proposals(answered: list[_Answered]) -> list[Proposal]:
    """Each with a name of its own; where two could be ours, the one at our usual port is."""
    usual = Services()
    ordered = sorted(answered, key=lambda item: not (item.known and item.port == getattr(usual, item.known).port))
    taken: set[str] = set()
    made = []
    for item in ordered:
        short = item.known if item.known and item.known not in taken else _short_name(item.found, taken)
        taken.add(short)
        made.append(_proposal(short, item))
    order = {name: place for place, name in enumerate(SERVICE_NAMES)}
    return sorted(made, key=lambda item: (order.get(item.short_name, len(order)), item.short_name))


def _short_name(found: Found, taken: set[str]) -> str:
    """A key that the file allows and nobody has, ours included."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", (found.title or found.name).lower()).strip("-_") or "service"
    plain = plain if plain[0].isalpha() else f"service-{plain}"
    plain = f"{found.manager}-{plain}" if plain in SERVICE_NAMES else plain
    candidates = (plain, *(f"{plain}-{number}" for number in range(2, 1000)))
    return next(name for name in candidates if name not in taken)


def _proposal(short: str, item: _Answered) -> Proposal:
    found = item.found
    ours = short in SERVICE_NAMES
    logs = log_files.near(found.folder, found.pids)
    service = Service(
        manager=found.manager,
        name=None if found.manager == "process" or found.name == _usual_name(short) else found.name,
        host=found.host,
        port=item.port,
        health=item.health if not ours or short == "backend" else None,
        logs=logs,
        error_log=log_files.error_log(logs),
        compose_file=found.compose_file,
        start=found.start,
    )
    return Proposal(short_name=short, service=service, checks=(*found.checks, *_checks(item, ours=ours)))


def _usual_name(short: str) -> str:
    return f"tixmaster-{short}" if short in SERVICE_NAMES else short


def _checks(item: _Answered, *, ours: bool) -> list[str]:
    """What was guessed about the port and the health."""
    said = []
    more = [str(port) for port in item.found.ports if port != item.port]
    if more:
        said.append(f"it also listens on {', '.join(more)}")
    if item.port and not item.health and not item.known:
        said.append("no health path answered 200: it counts as well while its port accepts connections")
    if item.health == "/":
        said.append("only / answered 200; a path that looks at its database as well would be better")
    rival = next((name for name in SERVICE_NAMES if getattr(Services(), name).port == item.port), None)
    if item.known == "postgres" and ours:
        said.append("the box office (backend) needs a log-in there; `tix up` says which, before it starts anything")
    if rival and not ours:
        said.append(f"this is the usual port of our {rival}: if that is what it is, name the table [services.{rival}]")
    return said

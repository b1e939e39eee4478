"""The whole file as one value."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tixmaster.stack.config.calendar import Planned
from tixmaster.stack.config.mail import Mail
from tixmaster.stack.config.oncall import Monitoring, Oncall
from tixmaster.stack.config.problems import Problem, meant
from tixmaster.stack.config.record import Record, ServiceName, Timing
from tixmaster.stack.config.services import SERVICE_NAMES, Service, Services
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.said import said

_HERE = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::1": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104
"""Names of this machine, as one."""


def _port(services: Services, name: str) -> int | None:
    return getattr(services, name).port if name in SERVICE_NAMES else None


class BoxOffice(Record, frozen=True, kw_only=True):
    """What the backend is told besides what the other tables say."""

    environment: dict[
        Annotated[
            str, msgspec.Meta(pattern=r"^BOXOFFICE_[A-Z_]+\Z", description="a name such as BOXOFFICE_HOLD_SECONDS")
        ],
        str,
    ] = msgspec.field(default_factory=dict)
    """Its variables, by name."""


class Config(Record, frozen=True, kw_only=True):
    """The whole file. `root` is the folder that holds it; relative paths start there."""

    state: Path = Path("var")
    secrets: Path | None = None
    """The folder of the secrets; without it `secrets` in the state folder."""
    timing: Timing = "standard"
    services: Services = Services()
    others: dict[ServiceName, Service] = msgspec.field(default_factory=dict)
    """Services that are not ours, by name; in the file they stand in `[services]` with ours."""
    mail: Mail = Mail()
    oncall: Oncall = Oncall()
    boxoffice: BoxOffice = BoxOffice()
    monitoring: Monitoring = Monitoring()
    calendar: tuple[Planned, ...] = ()
    fault_endpoints: bool = False
    """Whether the backend accepts fault injection (some drills need it; leave it off in production)."""
    metrics_allow: tuple[str, ...] = ()
    """Addresses and networks of other machines that may read `/metrics` of backend and on-call without the token."""
    print_logs: bool = False
    """Whether backend and on-call also print what they log, for a container engine to keep (`docker logs`)."""
    root: Path = Path()
    path: Path | None = None
    """These two are set by `load`; they are no keys of the file."""

    def problems(self) -> Iterator[Problem]:
        yield from self._problems_of_metrics()
        for index, part in enumerate(self.metrics_allow):
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                said = f'metrics_allow: {error}. Use addresses and networks, such as ["192.0.2.10", "10.0.0.0/8"].'
                yield Problem(place=("metrics_allow", index), said=said)
        for name in self.service_names:
            for index, other in enumerate(self.service(name).needs):
                if other not in self.service_names:
                    said = f"there is no service {other!r}. {meant(other, self.service_names)}"
                    yield Problem(place=("services", name, "needs", index), said=said)

    def conflicts(self) -> Iterator[Problem]:
        """What `load` refuses besides: tables that contradict each other."""
        yield from self._circles()
        yield from self._shared_ports()
        for index, rule in enumerate(self.oncall.remedy.rules):
            if rule.service is not None and rule.service not in self.service_names:
                said = f"there is no service {rule.service!r}, so the rule would never hold."
                place = ("oncall", "remedy", "rules", index, "service")
                yield Problem(place=place, said=f"{said} {meant(rule.service, self.service_names)}")
        for number, channel in enumerate(self.oncall.channels):
            for index, name in enumerate(channel.services):
                if name not in self.service_names:
                    said = f"there is no service {name!r}, so the channel would never be told of it."
                    yield Problem(
                        place=("oncall", "channels", number, "services", index),
                        said=f"{said} {meant(name, self.service_names)}",
                    )
        for name in self.oncall.tracker.paths if self.oncall.tracker else ():
            if name not in self.service_names:
                said = f"there is no service {name!r}. {meant(name, self.service_names)}"
                yield Problem(place=("oncall", "tracker", "paths", name), said=said)

    def _problems_of_metrics(self) -> Iterator[Problem]:
        for name in self.service_names:
            metrics = self.service(name).metrics
            whole = metrics is None or metrics.kind not in (None, "up") or (name == "backend" and metrics.kind is None)
            if metrics is not None and not whole and (lacking := metrics.lacking()):
                yield Problem(place=("services", name, "metrics", lacking.split()[0]), said=f"metrics.{lacking}.")

    def _circles(self) -> Iterator[Problem]:
        """Of a circle nobody could say what is the cause and what the symptom."""
        usual = Services()
        for name in self.service_names:
            if name in SERVICE_NAMES and self.service(name).needs == getattr(usual, name).needs:
                continue  # they stand in no file; a circle is reported where the file closes it
            for index, other in enumerate(self.service(name).needs):
                if circle := self._circle(name, other):
                    said = f"services need each other in a circle: {' → '.join(circle)}. Remove one of these needs."
                    yield Problem(place=("services", name, "needs", index), said=said)

    def _circle(self, name: str, other: str) -> tuple[str, ...]:
        """The way back from a needed service to the one that needs it; empty where there is none."""
        ways: list[tuple[str, ...]] = [(name, other)]
        seen = {other}
        for way in ways:
            if way[-1] == name:
                return way
            more = [one for one in self.service(way[-1]).needs if one in self.service_names and one not in seen]
            seen.update(more)
            ways += [(*way, one) for one in more]
        return ()

    def _shared_ports(self) -> Iterator[Problem]:
        """Two of ours at one address cannot both listen, and whoever answers there is one service, not two. Services of
        others may share one, behind a reverse proxy, where each has a health path of its own."""
        usual = Services()
        at: dict[tuple[str, int], str] = {}
        # First those at their usual ports, which need not stand in the file: the other one is to be changed.
        for name in sorted(self.service_names, key=lambda one: self.service(one).port != _port(usual, one)):
            service = self.service(name)
            if not service.port or (name == "mail" and self.mail.smtp.host):
                continue
            address = (_HERE.get(service.host, service.host), service.port)
            first = at.setdefault(address, name)
            shared = name in self.others and first in self.others
            if first != name and not (shared and service.health and service.health != self.service(first).health):
                said = (
                    f"port {service.port} is taken by the service {first!r}"
                    f"{'' if first in self.others else f' (built in; set another port in [services.{first}])'}. "
                    "Give each service a port of its own."
                )
                yield Problem(place=("services", name, "port"), said=said)

    @property
    def var(self) -> Path:
        """The folder of all run-time state, absolute."""
        return (self.root / self.state).resolve()

    @property
    def secrets_folder(self) -> Path:
        """The folder of the secrets, absolute."""
        return self.path_of(self.secrets) if self.secrets else self.var / "secrets"

    @property
    def sop(self) -> Path:
        """The folder of the SOP documents, absolute."""
        return (self.root / self.oncall.sop).resolve()

    @property
    def records(self) -> Path:
        """The folder of records and evidence, absolute."""
        return self.path_of(self.oncall.records) if self.oncall.records else self.var / "records"

    def planned(self, kind: Literal["campaign", "on-sale", "downtime"], moment: datetime) -> list[Planned]:
        """The rows of the calendar of that kind that are under way at a moment."""
        return [row for row in self.calendar if row.kind == kind and row.covers(moment)]

    @property
    def service_names(self) -> tuple[str, ...]:
        """Every service, ours first, by short name."""
        return (*SERVICE_NAMES, *self.others)

    def service(self, short_name: str) -> Service:
        """A service of ours or of others; raises `ConfigError` where there is none of that name."""
        if short_name not in self.service_names:
            raise ConfigError(
                said(
                    "there is no service {name!r}; there are {others}.",
                    "沒有服務 {name!r}；現有 {others}。",
                    name=short_name,
                    others=", ".join(self.service_names),
                )
            )
        return self.others.get(short_name) or getattr(self.services, short_name)

    def needs(self, short_name: str) -> frozenset[str]:
        """The services that it needs, and those that they need; nothing for a name that is no service."""
        found: set[str] = set()
        waiting = [short_name]
        while waiting:
            name = waiting.pop()
            new = set(self.service(name).needs) - found if name in self.service_names else set()
            found |= new
            waiting += new
        return frozenset(found)

    def full_name(self, short_name: str) -> str:
        """What the service's manager calls it."""
        ours = f"tixmaster-{short_name}" if short_name in SERVICE_NAMES else short_name
        return self.service(short_name).name or ours

    def short_name(self, name: str) -> str:
        """The short name of a service that somebody named either way; raises `ConfigError` where there is none."""
        by_full_name = {self.full_name(short): short for short in self.service_names}
        short = by_full_name.get(name, name.removeprefix("tixmaster-"))
        self.service(short)
        return short

    def path_of(self, path: Path) -> Path:
        """A path of the file, absolute: relative ones start at the folder that holds it."""
        return (self.root / path.expanduser()).resolve()

    def url(self, short_name: str, path: str = "") -> str:
        """The HTTP address of a service for other services, for example `url("backend", "/health")`."""
        service = self.service(short_name)
        return f"http://{service.host}:{service.port}{path}"

    def link(self, short_name: str, path: str = "") -> str:
        """The HTTP address of a service for people, for example `link("oncall", "/incidents")`."""
        address = self.service(short_name).url
        return address.rstrip("/") + path if address else self.url(short_name, path)

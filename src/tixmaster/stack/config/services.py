"""Services: where each answers, who keeps it running, what it exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import (
    HttpUrl,
    LabelName,
    Manager,
    MetricName,
    PortOrNone,
    Record,
    ServiceName,
    wrong_host,
)
from tixmaster.stack.linear import PatternError, compiled

ANYWHERE: Final = "*"
"""All addresses of all families, to PostgreSQL (`listen_addresses`); sockets know no such address."""


class Metrics(Record, frozen=True, kw_only=True):
    """What a service exports to Prometheus, in its own names; the alerts over requests come from this, without PromQL.

    `kind` is a shape that is known (`stack/monitoring/sli.py`), each other key replaces one name of it.
    """

    kind: Literal["tixmaster", "node", "otel", "up"] | None = None
    """`up`, as without a kind: nothing is known but whether it answers, and no alert is about requests."""
    path: Annotated[str, msgspec.Meta(pattern="^/", description="a path such as /metrics")] = "/metrics"
    targets: tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\s/]+:\d+\Z", description="host:port")], ...] = ()
    """`host:port` of each instance; the service's own address where there are none."""
    requests: MetricName | None = None
    """The counter of requests; the histogram's `_count` unless this says otherwise."""
    duration: MetricName | None = None
    """The histogram of durations, without `_bucket`."""
    unit: Literal["seconds", "milliseconds"] | None = None
    """Of the histogram; told from its name (`_ms`, `_milliseconds`) unless this says otherwise."""
    status: LabelName | None = None
    """The label that holds the status code."""
    route: LabelName | None = None
    """The label that holds the route."""
    ignore: str | None = None
    """A regular expression of routes that say nothing about what visitors get, such as probes."""
    orders: MetricName | None = None
    """The counter of orders placed."""
    orders_where: dict[LabelName, str] = msgspec.field(default_factory=dict)
    """The labels by which confirmed orders are told from others."""

    def problems(self) -> Iterator[Problem]:
        if self.ignore is not None:
            try:
                compiled(self.ignore)
            except PatternError as error:
                said = (
                    f"metrics.ignore is not a valid regular expression: {self.ignore!r}: {error}. "
                    "Use RE2 syntax, as Prometheus does: no look-around, no back-references."
                )
                yield Problem(place=("ignore",), said=said)

    def lacking(self) -> str | None:
        """What a mapping without a known kind lacks, as a sentence that begins with the key; None where it is whole."""
        counted = self.requests is not None or self.duration is not None
        needless = {"status": self.status, "route": self.route, "ignore": self.ignore}
        if not counted and (given := [key for key, value in needless.items() if value is not None]):
            return f"{given[0]} needs requests or duration, or a kind that has them"
        if counted and self.status is None:
            return "status is missing: the label that holds the status code"
        if self.ignore is not None and self.route is None:
            return "ignore needs route: the label that holds the route"
        if self.unit is not None and self.duration is None:
            return "unit needs duration: the histogram"
        return None


class Service(Record, frozen=True, kw_only=True):
    """One running service: where it answers, who keeps it running, where it writes its logs."""

    port: PortOrNone = 0
    """0: it listens on none."""
    host: str = "127.0.0.1"
    """Where the other services find it."""
    listen: str | None = None
    """The address it listens on, where that is not `host`: in a container `0.0.0.0`."""
    url: HttpUrl | None = None
    """Where people find it, for links, where that is not `http://host:port`: published ports, a reverse proxy."""
    manager: Manager = "supervisor"
    """Only what Supervisor keeps is started by `tix up`."""
    autorestart: bool = True
    """Whether the manager itself restarts the process after an unexpected exit."""
    name: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^[^-\s\x00-\x1f][^\x00-\x1f]*\Z", description="the name that its manager shows for it"
            ),
        ]
        | None
    ) = None
    """What its manager calls it (container, PM2 process, unit, Compose service): `tixmaster-<short name>` for our own,
    the short name for others, unless this says otherwise."""
    health: Annotated[str, msgspec.Meta(pattern=r"^/[!-~]*\Z", description="a path such as /health")] | None = None
    """The path that answers 200 while it is well; our own services have theirs."""
    logs: tuple[Path, ...] = ()
    """Its log files, where they are not what its manager keeps."""
    error_log: Path | None = None
    """The one of them that holds errors only."""
    compose_file: Path | None = None
    pid_file: Path | None = None
    """Of a process that a person started; without one it is found by its port."""
    start: str | None = None
    """The command by which a person starts it, for the message that asks for it."""
    needs: tuple[ServiceName, ...] = ()
    """The services without which it cannot do its work: when one of them breaks, its own alerts are symptoms."""
    metrics: Metrics | None = None
    """What it exports to Prometheus; without this a service of others is not scraped."""

    def problems(self) -> Iterator[Problem]:
        if self.metrics is not None and not self.port and not self.metrics.targets:
            said = "metrics.targets is missing: the service has no port that Prometheus could ask."
            yield Problem(place=("metrics", "targets"), said=said)
        for key, host in (("host", self.host), ("listen", self.listen)):
            if host is None or (key, host) == ("listen", ANYWHERE):
                continue
            if wrong := wrong_host(host, in_url=key == "host"):
                yield Problem(place=(key,), said=wrong)

    @property
    def listening(self) -> str:
        """The address it listens on."""
        return self.listen or self.host

    @property
    def listen_address(self) -> str:
        """The same with its port, as `host:port`."""
        return f"[{self.listening}]:{self.port}" if ":" in self.listening else f"{self.listening}:{self.port}"


class Services(Record, frozen=True, kw_only=True):
    """Our own services by short name. Whatever else stands in `[services]` is somebody else's: see `Config.others`."""

    backend: Service = Service(port=3000, needs=("postgres",))
    postgres: Service = Service(port=5432)
    prometheus: Service = Service(port=9090)
    alertmanager: Service = Service(port=9093)
    grafana: Service = Service(port=3001)
    oncall: Service = Service(port=3002)
    mail: Service = Service(port=1025)

    def problems(self) -> Iterator[Problem]:
        for name in self.__struct_fields__:
            if name != "postgres" and getattr(self, name).listen == ANYWHERE:
                said = f"{ANYWHERE!r} is known to PostgreSQL only. Use '0.0.0.0' (IPv4) or '::' (IPv6 and IPv4)."
                yield Problem(place=(name, "listen"), said=said)


SERVICE_NAMES: tuple[str, ...] = Services.__struct_fields__
"""Our own services."""

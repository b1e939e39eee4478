"""`tixmaster.toml`: which services there are, where each lives, and how on-call may act.

Every key has a default, so an empty file describes the whole system on one machine. The file is read once;
an unknown key or a wrong type stops the command and names the place.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tixmaster.stack.errors import ConfigError

CONFIG_VARIABLE = "TIXMASTER_CONFIG"
CONFIG_NAME = "tixmaster.toml"

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
PortOrNone = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Timing = Literal["standard", "drill"]
Policy = Literal["observe", "approve", "auto"]
Manager = Literal["supervisor", "docker", "compose", "pm2", "systemd", "process"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""With an offset, as in `2026-03-01T10:00:00+08:00`: whoever reads the file may live elsewhere."""
MetricName = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
LabelName = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+:[0-9]{1,5}$")]
"""A host and a port, as in `127.0.0.1:9187`."""
ServiceName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]*$")]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: immutable, and it refuses keys it does not know."""


class Metrics(Record, frozen=True, kw_only=True):
    """What a service exports to Prometheus, in its own names; the alerts over requests come from this, without PromQL.

    `kind` is a shape that is known (`stack/monitoring/sli.py`), each other key replaces one name of it.
    """

    kind: Literal["tixmaster", "node", "otel", "up"] | None = None
    """`up`, as without a kind: nothing is known but whether it answers, and no alert is about requests."""
    path: Annotated[str, msgspec.Meta(pattern="^/")] = "/metrics"
    targets: tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\s/]+:\d+$")], ...] = ()
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
    orders_where: dict[LabelName, str] = {}
    """The labels by which confirmed orders are told from others."""

    def __post_init__(self) -> None:
        if self.ignore is not None:
            try:
                re.compile(self.ignore)
            except re.error as error:
                raise ValueError(f"metrics.ignore is no regular expression: {error}") from error

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
    url: Annotated[str, msgspec.Meta(pattern="^https?://[^/]")] | None = None
    """Where people find it, for links, where that is not `http://host:port`: published ports, a reverse proxy."""
    manager: Manager = "supervisor"
    """Only what Supervisor keeps is started by `tix up`."""
    autorestart: bool = True
    """Whether the manager itself restarts the process after an unexpected exit."""
    name: str | None = None
    """What its manager calls it (container, PM2 process, unit, Compose service): `tixmaster-<short name>` for our own,
    the short name for others, unless this says otherwise."""
    health: str | None = None
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
    metrics: Metrics | None = None
    """What it exports to Prometheus; without this a service of others is not scraped."""

    def __post_init__(self) -> None:
        if self.metrics is not None and not self.port and not self.metrics.targets:
            raise ValueError("metrics.targets is missing: the service has no port that Prometheus could ask")

    @property
    def listening(self) -> str:
        """The address it listens on."""
        return self.listen or self.host


class Services(Record, frozen=True, kw_only=True):
    """Our own services by short name. Whatever else stands in `[services]` is somebody else's: see `Config.others`."""

    backend: Service = Service(port=3000)
    postgres: Service = Service(port=5432)
    prometheus: Service = Service(port=9090)
    alertmanager: Service = Service(port=9093)
    grafana: Service = Service(port=3001)
    oncall: Service = Service(port=3002)
    mail: Service = Service(port=1025)


class Smtp(Record, frozen=True, kw_only=True):
    """Where mail goes. Without `host` it goes to the built-in catcher and is shown in the console."""

    host: str | None = None
    port: Port = 587
    starttls: bool = True
    user: str | None = None
    password: str | None = None
    password_file: Path | None = None


class Mail(Record, frozen=True, kw_only=True):
    """Who sends and who is woken."""

    sender: str = "tixmaster@localhost"
    oncall: tuple[str, ...] = ("oncall@localhost",)
    smtp: Smtp = Smtp()


class Budget(Record, frozen=True, kw_only=True):
    """How often on-call may act on one service: `restarts` within `minutes`."""

    restarts: Annotated[int, msgspec.Meta(ge=0)] = 2
    minutes: Annotated[int, msgspec.Meta(ge=1)] = 30


class Remedy(Record, frozen=True, kw_only=True):
    """What on-call may do by itself: `observe` (nothing), `approve` (ask first), `auto`."""

    policy: Policy = "approve"
    budget: Budget = Budget()
    verify_seconds: Seconds = 30.0
    """How long a restarted service may take until it is healthy again."""


class Planned(Record, frozen=True, kw_only=True):
    """A row of the calendar: something planned that explains figures which would look like trouble."""

    title: str
    kind: Literal["campaign", "on-sale", "downtime"]
    begins: Moment = msgspec.field(name="from")
    ends: Moment = msgspec.field(name="until")

    def __post_init__(self) -> None:
        if self.begins >= self.ends:
            raise ValueError(f"{self.title!r} must begin before it ends (from < until)")

    def covers(self, moment: datetime) -> bool:
        """Whether it is under way at that moment."""
        return self.begins <= moment < self.ends


class Oncall(Record, frozen=True, kw_only=True):
    """The on-call part: its SOP documents and its time limits."""

    sop: Path = Path("sop")
    remedy: Remedy = Remedy()
    checkout_seconds: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """How often the test shopper buys a ticket of the hidden event; 0: never."""
    language: Literal["en", "zh-TW"] = "en"
    """The language of mails and of the first half of a record (which always holds both)."""


class Monitoring(Record, frozen=True, kw_only=True):
    """What the rules must know of a shop's trade; who measures PostgreSQL and the machine, where on-call does not itself."""

    order_deviations: Annotated[float, msgspec.Meta(gt=0)] = 3.5
    """How many standard deviations (`stack/monitoring/objectives.py`) below the usual an order count may lie.
    Orders that come in bunches need more; `tix simulate orders` shows how much."""
    postgres_exporter: Address | None = None
    """A postgres_exporter that is running: Prometheus scrapes it, and on-call leaves PostgreSQL to it."""
    node_exporter: Address | None = None
    """A node_exporter that is running, likewise for disks, processors and memory."""


class BoxOffice(Record, frozen=True, kw_only=True):
    """What the backend is told besides what the other tables say."""

    environment: dict[Annotated[str, msgspec.Meta(pattern="^BOXOFFICE_[A-Z_]+$")], str] = {}
    """Its variables, by name."""


class Config(Record, frozen=True, kw_only=True):
    """The whole file. `root` is the folder that holds it; relative paths start there."""

    state: Path = Path("var")
    secrets: Path | None = None
    """The folder of the secrets; without it `secrets` in the state folder."""
    timing: Timing = "standard"
    services: Services = Services()
    others: dict[ServiceName, Service] = {}
    """Services that are not ours, by name; in the file they stand in `[services]` with ours."""
    mail: Mail = Mail()
    oncall: Oncall = Oncall()
    boxoffice: BoxOffice = BoxOffice()
    monitoring: Monitoring = Monitoring()
    calendar: tuple[Planned, ...] = ()
    fault_endpoints: bool = False
    """Whether the backend accepts fault injection (drills need it; switch it off in production)."""
    print_logs: bool = False
    """Whether backend and on-call also print what they log, for a container engine to keep (`docker logs`)."""
    root: Path = Path()
    path: Path | None = None
    """These two are set by `load`; they are no keys of the file."""

    def __post_init__(self) -> None:
        for name in self.service_names:
            metrics = self.service(name).metrics
            whole = metrics is None or metrics.kind not in (None, "up") or (name == "backend" and metrics.kind is None)
            if metrics is not None and not whole and (lacking := metrics.lacking()):
                raise ValueError(f"services.{name}.metrics.{lacking}")

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
            raise ConfigError(f"there is no service {short_name!r}; there are {', '.join(self.service_names)}.")
        return self.others.get(short_name) or getattr(self.services, short_name)

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


SERVICE_NAMES: tuple[str, ...] = Services.__struct_fields__
"""Our own services."""


def find() -> Path:
    """The configuration file in force: `$TIXMASTER_CONFIG`, else `tixmaster.toml` here or in a folder above."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise ConfigError(
        f"no {CONFIG_NAME} in {here} or any folder above it. "
        f"Go to the folder of your TixMaster checkout, or set {CONFIG_VARIABLE} to the file."
    )


def load(path: Path | None = None) -> Config:
    """Reads and validates the file; raises `ConfigError` that names the key and what it should be."""
    path = (path or find()).resolve()
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}. Set {CONFIG_VARIABLE} to a readable file.") from error
    document: dict[str, Any] = {}
    try:
        document = _sorted_out(msgspec.toml.decode(text))
        config = msgspec.convert(document, Config, dec_hook=_decode_path)
    except msgspec.DecodeError as error:
        words = (
            str(error).replace("$.others[...]", f"$.services.{_culprit(document)}").replace("$.others", "$.services")
        )
        raise ConfigError(f"{path}: {words}. Mend the file and run the command again.") from error
    return _placed(config, path)


def _sorted_out(document: dict[str, Any]) -> dict[str, Any]:
    """The services of the file as `Config` keeps them: ours over their defaults, and others."""
    given = document.get("services")
    if not isinstance(given, dict):
        return document
    for name in given.keys() & set(SERVICE_NAMES):
        if isinstance(given[name], dict):
            given[name] = {"port": getattr(Services(), name).port, **given[name]}
    ours = {name: table for name, table in given.items() if name in SERVICE_NAMES}
    others = {name: table for name, table in given.items() if name not in SERVICE_NAMES}
    return document | {"services": ours} | ({"others": others} if others else {})


def _culprit(document: dict[str, Any]) -> str:
    """The first service of others that does not convert; msgspec does not say which it was."""
    for name, table in document.get("others", {}).items():
        try:
            msgspec.convert({name: table}, dict[ServiceName, Service], dec_hook=_decode_path)
        except msgspec.DecodeError:
            return str(name)
    return "…"


def _placed(config: Config, path: Path) -> Config:
    """The configuration with its place; a relative password file lies beside it, whoever reads it and from wherever."""
    smtp = config.mail.smtp
    if smtp.password_file is not None:
        smtp = msgspec.structs.replace(smtp, password_file=(path.parent / smtp.password_file).resolve())
    mail = msgspec.structs.replace(config.mail, smtp=smtp)
    return msgspec.structs.replace(config, root=path.parent, path=path, mail=mail)


def _decode_path(wanted: type, value: object) -> object:
    """TOML knows no paths; they are its strings."""
    if wanted is not Path:
        raise NotImplementedError(f"no way to read {wanted}")
    if not isinstance(value, str):
        raise ValueError("expected a path")
    return Path(value)

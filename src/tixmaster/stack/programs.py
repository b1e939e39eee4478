"""What each service of our own stack is as a process: command, environment, how it is stopped."""

from __future__ import annotations

import hmac
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import msgspec

from tixmaster.stack import postgres, secrets
from tixmaster.stack.config import CONFIG_NAME, CONFIG_VARIABLE, Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring import alertmanager, prometheus

ALERTMANAGER_NAMES = ("prometheus-alertmanager", "alertmanager")
PROMETHEUS_NAMES = ("prometheus",)
START_ORDER = ("postgres", "mail", "backend", "oncall", "alertmanager", "prometheus")
"""Each stands behind what it needs. They end in the reverse order: the monitoring first, or it would ring about the rest;
the database last, or the backend would complain about it."""
HOMEBREW = ("/opt/homebrew/bin", "/usr/local/bin")


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process to keep running. `after` names the services it needs to be healthy before it is started."""

    service: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    reads: tuple[object, ...] = ()
    """The settings that it takes from the file by itself when it starts."""
    stop_signal: Literal["TERM", "INT"] = "TERM"
    stop_seconds: int = 10
    after: tuple[str, ...] = ()

    @property
    def place(self) -> int:
        """Its place in the order of starting; they end in the reverse order."""
        return START_ORDER.index(self.service)


def programs(config: Config) -> list[Program]:
    """The processes of the stack in the order of their start. What is not installed (see `packages`) and what another
    manager keeps is left out."""
    ours = [name for name in START_ORDER if config.service(name).manager == "supervisor"]
    made = [found for name in ours if (found := _MAKERS[name](config)) is not None]
    started = {one.service for one in made}
    # Nobody waits for a service that another manager keeps; `external.check` looks at it before anything is started.
    made = [replace(one, after=tuple(name for name in one.after if name in started)) for one in made]
    return [replace(one, environment=one.environment | _settings(config, one)) if one.reads else one for one in made]


def program(config: Config, service: str) -> Program:
    """One of them, whoever keeps it; raises `ConfigError` where it is no process of ours or not installed."""
    made = _MAKERS[service](config) if service in _MAKERS else None
    if made is None:
        raise ConfigError(f"{service} is no process that this installation can run; there are {', '.join(_MAKERS)}.")
    return made


def installed(names: tuple[str, ...]) -> str | None:
    """The first of the programs that is on the PATH or where Homebrew puts it."""
    for name in names:
        found = shutil.which(name) or next(
            (str(p) for folder in HOMEBREW if (p := Path(folder) / name).is_file()), None
        )
        if found:
            return found
    return None


FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""On-call has some thirty threads that rest; glibc would keep free memory for each of them (mallopt(3), M_ARENA_MAX)."""


def _ours(service: str) -> list[str]:
    return [sys.executable, "-m", "tixmaster", "serve", service]


def _environment(config: Config) -> dict[str, str]:
    return {CONFIG_VARIABLE: str(config.path or config.root / CONFIG_NAME), "PYTHONUNBUFFERED": "1"}


def _settings(config: Config, program: Program) -> dict[str, str]:
    """A fingerprint of the settings that a process reads from the file: when they change, Supervisor restarts it.

    Keyed, because a password may be among them.
    """
    text = msgspec.json.encode(program.reads, enc_hook=str)
    key = secrets.read(config, "console-session-key").encode()
    return {"TIXMASTER_SETTINGS": hmac.new(key, text, "sha256").hexdigest()[:16]}


def _postgres(config: Config) -> Program:
    return Program(service="postgres", command=postgres.command(config), stop_signal="INT", stop_seconds=20)


def _mail(config: Config) -> Program | None:
    if config.mail.smtp.host:
        return None
    return Program(
        service="mail",
        command=_ours("mail"),
        environment=_environment(config),
        reads=(config.services.mail,),
    )


def _oncall(config: Config) -> Program:
    places = (config.services, config.others, config.mail, config.state)
    manners = (config.oncall, config.calendar, config.monitoring, config.timing, config.metrics_allow)
    return Program(
        service="oncall",
        command=_ours("oncall"),
        environment=_environment(config) | FEW_ARENAS,
        reads=(*places, *manners),
    )


def _prometheus(config: Config) -> Program | None:
    binary = installed(PROMETHEUS_NAMES)
    return Program(service="prometheus", command=[binary, *prometheus.arguments(config)]) if binary else None


def _alertmanager(config: Config) -> Program | None:
    binary = installed(ALERTMANAGER_NAMES)
    return Program(service="alertmanager", command=[binary, *alertmanager.arguments(config)]) if binary else None


def _backend(config: Config) -> Program:
    service = config.services.backend
    return Program(
        service="backend",
        command=_ours("backend"),
        environment={
            **_environment(config),
            "BOXOFFICE_HOST": service.listening,
            "BOXOFFICE_PORT": str(service.port),
            "BOXOFFICE_LOG_DIR": str(config.var / "backend" / "logs"),
            "BOXOFFICE_PRINT_LOGS": str(config.print_logs).lower(),
            "BOXOFFICE_DATABASE_URL_FILE": str(secrets.path(config, "boxoffice-database-url")),
            "BOXOFFICE_JWT_SECRET_FILE": str(secrets.path(config, "jwt-secret")),
            "BOXOFFICE_ADMIN_PASSWORD_FILE": str(secrets.path(config, "admin-password")),
            "BOXOFFICE_PROBE_PASSWORD_FILE": str(secrets.path(config, "probe-password")),
            "BOXOFFICE_TICKET_KEY_FILE": str(secrets.path(config, "ticket-key")),
            "BOXOFFICE_SIMULATOR_SECRET_FILE": str(secrets.path(config, "payment-simulator-secret")),
            "BOXOFFICE_METRICS_ALLOW": ",".join(config.metrics_allow),
            "BOXOFFICE_METRICS_TOKEN_FILE": str(secrets.path(config, "metrics-token")),
            "BOXOFFICE_FAULT_TOKEN_FILE": str(secrets.path(config, "fault-token")),
            "ENABLE_FAULT_ENDPOINTS": str(config.fault_endpoints).lower(),
            **config.boxoffice.environment,
        },
        stop_seconds=5,
        after=("postgres",),
    )


_MAKERS: Final[dict[str, Callable[[Config], Program | None]]] = {
    "postgres": _postgres,
    "mail": _mail,
    "backend": _backend,
    "oncall": _oncall,
    "alertmanager": _alertmanager,
    "prometheus": _prometheus,
}

"""The logs of a service, wherever it keeps them: one reader for files, Docker, PM2 and journald."""

from __future__ import annotations

from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.logs.places import error_log, files
from tixmaster.stack.logs.source import ErrorsOf, FileSource, Source


def sources(config: Config, service: str, errors_only: bool = False) -> list[Source]:
    """What is to be read of a service (short name), never nothing.

    Files that `tixmaster.toml` names come before whatever its manager keeps. With `errors_only`, a log that holds errors
    only where there is one, else the errors of the others. Raises `UnreachableError` where there is no log yet or the
    manager does not answer, `ConfigError` where nothing says where the logs are.
    """
    place = config.service(service)
    if errors_only and (only := _errors_only_file(config, service)) is not None:
        return [only]
    if place.logs or place.error_log is not None:
        found: list[Source] = [FileSource(config.path_of(path)) for path in place.logs or (place.error_log,) if path]
    elif place.manager in ("docker", "compose"):
        from tixmaster.stack.logs.docker import DockerSource

        found = [DockerSource(config, service)]
    elif place.manager == "pm2":
        from tixmaster.stack.logs import pm2

        if errors_only and (kept := pm2.files(config.full_name(service)).errors):
            return [FileSource(path) for path in kept]
        found = [FileSource(path) for path in pm2.files(config.full_name(service)).all]
    elif place.manager == "systemd":
        from tixmaster.stack.logs.journald import JournalSource

        found = [JournalSource(config.full_name(service))]
    else:
        found = [_kept_file(config, service)]
    return [ErrorsOf(source) for source in found] if errors_only else found


def _errors_only_file(config: Config, service: str) -> Source | None:
    place = config.service(service)
    if place.error_log is not None:
        return FileSource(config.path_of(place.error_log))
    if service in SERVICE_NAMES and not place.logs and place.manager == "supervisor":
        path = error_log(config, service)
        return FileSource(path) if path.name == "error.log" and path.is_file() else None
    return None


def _kept_file(config: Config, service: str) -> Source:
    """The log of a service that writes files of its own or is kept by our Supervisor."""
    path = next(iter(files(config, service)), None)
    if path is None and service not in SERVICE_NAMES:
        raise ConfigError(
            f"nothing says where {service} logs: its manager ({config.service(service).manager}) keeps no log. "
            f'Add its files to {config.path or "tixmaster.toml"}: [services.{service}] logs = ["/path/of/its.log"]'
        )
    if path is None:
        name = config.full_name(service)
        raise UnreachableError(f"{name} has written no log in {config.var} yet; `tix status` says whether it runs")
    return FileSource(path)

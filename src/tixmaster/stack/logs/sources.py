"""The logs of a service, wherever it keeps them: one reader for files, Docker, PM2 and journald."""

from __future__ import annotations

from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.logs.places import error_log, files
from tixmaster.stack.logs.source import ErrorsOf, FileSource, Source
from tixmaster.stack.said import said


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
            said(
                "nothing says where {service} logs: its manager ({manager}) keeps no log. "
                'Add its files to {file}: [services.{service}] logs = ["/path/of/its.log"]',
                "不知 {service} 的 Log 位於何處：其管理程式（{manager}）不保存 Log。"
                '請將檔案加入 {file}：[services.{service}] logs = ["/path/of/its.log"]',
                service=service,
                manager=config.service(service).manager,
                file=config.path or "tixmaster.toml",
            )
        )
    if path is None:
        raise UnreachableError(
            said(
                "{name} has written no log in {folder} yet; `tix status` says whether it runs",
                "{name} 尚未於 {folder} 寫入 Log；`tix status` 可查看其是否執行",
                name=config.full_name(service),
                folder=config.var,
            )
        )
    return FileSource(path)

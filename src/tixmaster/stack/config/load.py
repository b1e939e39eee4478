"""Finding and reading `tixmaster.toml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from tixmaster.stack.config.record import ServiceName
from tixmaster.stack.config.services import SERVICE_NAMES, Service, Services
from tixmaster.stack.config.whole import Config
from tixmaster.stack.errors import ConfigError

CONFIG_VARIABLE = "TIXMASTER_CONFIG"
CONFIG_NAME = "tixmaster.toml"


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
            usual = getattr(Services(), name)
            given[name] = {"port": usual.port, "needs": list(usual.needs), **given[name]}
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

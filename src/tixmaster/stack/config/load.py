"""Finding and reading `tixmaster.toml`."""

from __future__ import annotations

import codecs
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tixmaster.stack.config import read
from tixmaster.stack.config.lines import lines
from tixmaster.stack.config.problems import Problem, report
from tixmaster.stack.config.services import SERVICE_NAMES, Services
from tixmaster.stack.config.whole import Config
from tixmaster.stack.errors import ConfigError

CONFIG_VARIABLE = "TIXMASTER_CONFIG"
CONFIG_NAME = "tixmaster.toml"
RETRY = "Fix the file and run the command again."
_POSITION = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)|\(at end of document\)")
_BEGINNING = re.compile(r"\s*(?:(?P<key>[A-Za-z0-9_.\"'-]+)\s*=|(?P<header>\[\[?[A-Za-z0-9_.\"'-]+))")
_KEY_LENGTH = 60


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


Check = Callable[[Config], Iterable[Problem]]


def load(path: Path | None = None, *, also: Iterable[Check] = ()) -> Config:
    """Reads and validates the file. `also` are checks that only some commands want, such as whether files are there.

    Raises `ConfigError`, which names each key that is wrong with its line, and what it should be.
    """
    path = (path or find()).resolve()
    text = _text(path)
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{path}:1: the file nests arrays or tables too deeply. {RETRY}") from error
    except ValueError as error:  # TOMLDecodeError, and Python's own about numbers of thousands of digits
        raise ConfigError(_syntax(error, path, text)) from error
    found = list(_problems(document))
    if not found:
        config = _placed(read.convert(_sorted_out(document), Config), path)
        found = [problem for check in (Config.conflicts, *also) for problem in check(config)]
    if found:
        raise ConfigError(f"{report(found, path, lines(text))}\n{RETRY}")
    return config


def _text(path: Path) -> str:
    """The file as text; a byte order mark in front of UTF-8 is skipped, as editors on Windows write it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}. Set {CONFIG_VARIABLE} to a readable file.") from error
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if content.startswith(marks) or b"\0" in content[:4]:
        raise ConfigError(f"{path}:1: the file is UTF-16 or UTF-32. Save it as UTF-8. {RETRY}")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        row = content.split(b"\n")[line - 1].decode(errors="replace")
        raise ConfigError(
            f"{path}:{line}: {_key(row)}: the byte 0x{content[error.start]:02x} is not UTF-8 (perhaps Big5, GBK or Latin-1). "
            f"Save the file as UTF-8. {RETRY}"
        ) from error


def _syntax(error: ValueError, path: Path, text: str) -> str:
    """`tomllib` ends its message with `(at line 3, column 9)` or `(at end of document)`."""
    found = _POSITION.search(str(error))
    line = int(found["line"]) if found and found["line"] else text.rstrip("\n").count("\n") + 1
    rows = text.split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    column = f" (column {found['column']})" if found and found["column"] else ""
    return f"{path}:{line}: {_key(row)}: not valid TOML: {_POSITION.sub('', str(error)).strip()}{column}. {RETRY}"


def _key(row: str) -> str:
    """The key or the header that begins a line of a file that cannot be read as TOML."""
    found = _BEGINNING.match(row)
    return (found["key"] or found["header"])[:_KEY_LENGTH] if found else "(no key)"


def _problems(document: dict[str, Any]) -> Iterator[Problem]:
    """All that is wrong with the document; services of others stand beside ours in the file."""
    if not isinstance(document.get("services", {}), dict):
        yield Problem(place=("services",), said="Expected a table. Write [services].")
        return
    for reserved in read.RESERVED & document.keys():
        yield Problem(place=(reserved,), said=f"unknown key `{reserved}`. Remove it.")
    document = {name: value for name, value in document.items() if name not in read.RESERVED}
    for problem in read.problems(_sorted_out(document), Config):
        first, *rest = problem.place or ("",)
        yield Problem(place=("services", *rest), said=problem.said) if first == "others" else problem


def _sorted_out(document: dict[str, Any]) -> dict[str, Any]:
    """The services of the file as `Config` keeps them: ours over their defaults, and others."""
    given = document.get("services")
    if not isinstance(given, dict):
        return document
    ours = {name: _over_defaults(name, table) for name, table in given.items() if name in SERVICE_NAMES}
    others = {name: table for name, table in given.items() if name not in SERVICE_NAMES}
    return document | {"services": ours} | ({"others": others} if others else {})


def _over_defaults(name: str, table: Any) -> Any:
    usual = getattr(Services(), name)
    return {"port": usual.port, "needs": list(usual.needs), **table} if isinstance(table, dict) else table


def _placed(config: Config, path: Path) -> Config:
    """The configuration with its place; a relative password file lies beside it, whoever reads it and from wherever."""
    smtp = config.mail.smtp
    if smtp.password_file is not None:
        smtp = msgspec.structs.replace(smtp, password_file=(path.parent / smtp.password_file).resolve())
    mail = msgspec.structs.replace(config.mail, smtp=smtp)
    return msgspec.structs.replace(config, root=path.parent, path=path, mail=mail)

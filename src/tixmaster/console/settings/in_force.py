"""What is in force: the configuration as on-call has read it, and what differs from the defaults. Nothing is changed here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, get
from litestar.response import Template

from tixmaster.console.rendering import page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.config import Config

SECRET = re.compile(r"(password|token|secret|key)\Z", re.IGNORECASE)
"""Keys whose values open something, those of the backend's variables too; `…_file` only says where."""
CHANNELS = "oncall.channels"
"""The tables whose `url` holds the permission to write."""
OWN = frozenset({"root", "path"})
"""Where the file lies: said above the tables, and no keys of it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key with its value as text; `given` where the value is not the default."""

    key: str
    value: str
    given: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    """A table of the file."""

    name: str
    rows: list[Row]


@get("/settings", sync_to_thread=True)
def show(request: Request[Any, Any, Any], oncall: OncallHere) -> Template:
    """All tables, with secrets hidden."""
    config = oncall.desk.config
    return page(request, "settings", sections=sections(config), file=config.path)


def sections(config: Config) -> list[Section]:
    """The tables in the order of the file; the keys above all tables come first, under an empty name."""
    values, usual = _plain(config), _plain(Config())
    found: dict[str, list[Row]] = {"": []}
    for key, value in values.items():
        if key not in OWN:
            _flatten(found, "", key, value, usual.get(key))
    return [Section(name=name, rows=rows) for name, rows in found.items() if rows]


def _plain(config: Config) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(config, enc_hook=_text_of)
    return plain


def _text_of(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"no way to show {type(value).__name__}")


def _flatten(found: dict[str, list[Row]], table: str, key: str, value: Any, usual: Any) -> None:
    """Tables become sections named by their path; everything else becomes a row."""
    if isinstance(value, dict) and value:
        name = f"{table}.{key}" if table else key
        found.setdefault(name, [])
        for inner, content in value.items():
            _flatten(found, name, inner, content, usual.get(inner) if isinstance(usual, dict) else None)
        return
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        for place, item in enumerate(value, start=1):
            _flatten(found, table, f"{key} {place}", item, None)
        return
    found.setdefault(table, []).append(Row(key=key, value=_shown(table, key, value), given=value != usual))


def _shown(table: str, key: str, value: Any) -> str:
    if value is None:
        return "–"
    if SECRET.search(key) or (key == "url" and table.startswith(CHANNELS)):
        return "••••••"
    if isinstance(value, list | tuple):
        return redact(", ".join(str(item) for item in value)) or "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return redact(str(value)) if value != {} else "–"


HANDLERS = (show,)

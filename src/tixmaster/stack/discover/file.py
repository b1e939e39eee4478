"""The first tixmaster.toml: the services that were found, with comments that say what to check."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import msgspec
import tomlkit

from tixmaster.stack import config as configuration
from tixmaster.stack.config import Service, Services
from tixmaster.stack.discover.survey import Proposal, Survey
from tixmaster.stack.errors import ConfigError

HEAD = """\
TixMaster's configuration, written by `tix init` on {today} from what runs on this machine.
Nothing was started or changed. Read it through: what is marked "check" was guessed.
`tix status` shows how each service is; every other key has a default (see the README).
"""


def render(survey: Survey, root: Path, today: date) -> str:
    """The text of the file; log files below `root`, where it will stand, are named relative to it."""
    document = tomlkit.document()
    for line in HEAD.format(today=today).splitlines():
        document.add(tomlkit.comment(line))
    if survey.not_found:
        names = ", ".join(survey.not_found)
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(f"check: not found here, so `tix up` would start them: {names}"))
    if (sop := _sop(root)) is not None:
        document.add(tomlkit.nl())
        document.add("oncall", tomlkit.table().append("sop", str(sop)))
    services = tomlkit.table(is_super_table=True)
    for proposal in survey.proposals:
        services.add(proposal.short_name, _table(proposal, root))
    for name, port in survey.moved.items():
        services.add(name, _elsewhere(name, port))
    if survey.proposals or survey.moved:
        document.add(tomlkit.nl())
        document.add("services", services)
    return tomlkit.dumps(document)


def _sop(root: Path) -> Path | None:
    """The SOP documents of the tree that this command belongs to, where the file's own folder has none: without them
    on-call does not start."""
    shipped = Path(__file__).parents[4] / "sop"
    return shipped if shipped.is_dir() and not (root / "sop").is_dir() else None


def _elsewhere(name: str, port: int) -> tomlkit.items.Table:
    """A service of ours at another port than the usual one, which somebody else has."""
    usual = getattr(Services(), name).port
    table = tomlkit.table()
    table.add(tomlkit.comment(f"check: port {usual} is taken here, so `tix up` starts our {name} at this one"))
    table.add("port", port)
    table.add(tomlkit.nl())
    return table


def refuse_if_there(path: Path, *, force: bool) -> None:
    """Raises `ConfigError` where there is a file already and `force` is not given."""
    if path.exists() and not force:
        raise ConfigError(
            f"{path} is there already and stays as it is. `tix init --dry-run` shows what would be written, "
            "`tix init --force` replaces the file (and keeps it as .bak)."
        )


def write(text: str, path: Path) -> None:
    """Puts the file in place whole, after loading it as every command will; an older one stays as `….bak`.

    Raises `ConfigError` where the folder may not be written.
    """
    try:
        with NamedTemporaryFile("w", dir=path.parent, suffix=".toml", delete=False, encoding="utf-8") as draft:
            draft.write(text)
    except OSError as error:
        raise ConfigError(
            f"cannot write in {path.parent}: {error.strerror}. Run `tix init` in another folder."
        ) from error
    made = Path(draft.name)
    try:
        configuration.load(made)
        made.chmod(0o644)
        if path.exists():
            path.replace(path.with_suffix(f"{path.suffix}.bak"))
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _table(proposal: Proposal, root: Path) -> tomlkit.items.Table:
    """What differs from a service's defaults, and the remarks."""
    table = tomlkit.table()
    for remark in proposal.checks:
        table.add(tomlkit.comment(f"check: {' '.join(remark.split())}"))
    usual = Service(port=getattr(Services(), proposal.short_name, Service()).port)
    for key in Service.__struct_fields__:
        value = getattr(proposal.service, key)
        if key in ("port", "manager") or value != getattr(usual, key):
            table.add(key, _plain(value, root))
    table.add(tomlkit.nl())
    return table


def _plain(value: Any, root: Path) -> Any:
    """Paths as strings, relative where they lie below the file's folder."""
    if isinstance(value, Path):
        return str(value.relative_to(root) if value.is_relative_to(root) else value)
    if isinstance(value, tuple):
        many = tomlkit.array()
        many.extend(_plain(item, root) for item in value)
        return many.multiline(len(value) > 1)
    return value


def as_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal for programs."""
    service: dict[str, Any] = msgspec.to_builtins(proposal.service, enc_hook=str)
    return {"service": proposal.short_name, **service, "checks": list(proposal.checks)}

"""SQL statements in named files: one `.sql` file beside the typed function that runs it."""

from __future__ import annotations

from importlib import resources


def statement(package: str | None, name: str) -> str:
    """The text of `name`.sql in a package; called once, when the module that uses it is imported."""
    return resources.files(package or "").joinpath(f"{name}.sql").read_text(encoding="utf-8")

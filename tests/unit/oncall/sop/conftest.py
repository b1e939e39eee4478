"""A copy of the shipped manual, to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tixmaster.oncall.sop import lint
from tixmaster.oncall.sop.lint import Report
from tixmaster.stack.config import SERVICE_NAMES

MANUAL = Path(__file__).parents[4] / "sop"
Change = Callable[[str, str, str], int]
Lint = Callable[[], Report]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The copy."""
    return shutil.copytree(MANUAL, tmp_path / "sop")


@pytest.fixture
def change(folder: Path) -> Change:
    """Replaces the first `old` in a file; the line where it stood."""

    def replace(name: str, old: str, new: str) -> int:
        text = (folder / name).read_text(encoding="utf-8")
        if old not in text:
            pytest.fail(f"{name} no longer holds {old!r}")
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


@pytest.fixture
def look(folder: Path) -> Lint:
    """What lint says of the copy."""
    return lambda: lint.lint(folder, SERVICE_NAMES)

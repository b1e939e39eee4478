"""Patterns that validate input, wherever they stand in the source."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "tixmaster"


def bare_ends(source: str) -> list[int]:
    """Lines of `pattern="…$"` in which a final newline would pass."""
    return [
        word.value.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        for word in call.keywords
        if word.arg == "pattern" and isinstance(word.value, ast.Constant) and str(word.value.value).endswith("$")
    ]


def test_no_pattern_lets_a_final_newline_pass() -> None:
    """Python's `$` also matches before one: `$(?!\\n)` does not, and means the same in JSON Schema."""
    found = {str(path.relative_to(SOURCE)): bare_ends(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_test_finds_one() -> None:
    """It reads calls, not text."""
    assert bare_ends('Meta(pattern="^a$")') == [1]
    assert bare_ends('Meta(pattern=r"^a$(?!\\n)")') == []

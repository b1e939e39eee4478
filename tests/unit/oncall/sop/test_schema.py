"""The JSON Schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tixmaster.oncall.sop import document, folder, schema

from .conftest import MANUAL

KEPT = Path(__file__).parents[4] / "docs" / "sop.schema.json"
STEP: dict[str, Any] = {"id": "port", "title": {"en": "Port", "zh-TW": "連接埠"}, "check": "tcp"}


def blocks(file: Path) -> list[Any]:
    """The YAML of a document: its front matter and its step blocks."""
    text = file.read_text(encoding="utf-8")
    end = document.front_matter_lines(text)
    fences = [token.content for token in document.tokens(text, end) if token.info == "step"]
    return [yaml.safe_load(block) for block in ("\n".join(text.split("\n")[1 : end - 1]), *fences)]


def test_the_kept_schema_is_the_one_of_the_code() -> None:
    """After a change of the records write it anew: tix sop schema > docs/sop.schema.json."""
    assert KEPT.read_text(encoding="utf-8") == schema.text()


def test_the_schema_takes_every_block_that_ships() -> None:
    """What lint takes, an editor takes; recorded tests as well."""
    known = jsonschema_rs.validator_for(schema.schema())
    assert [item for file in folder.files(MANUAL) for item in blocks(file) if not known.is_valid(item)] == []
    tests = jsonschema_rs.validator_for({**schema.schema(), "anyOf": [{"$ref": "#/$defs/Tests"}]})
    for file in (MANUAL / "tests").glob("*.yaml"):
        assert tests.is_valid(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "tpc"},
        {"with": {"service": "postgres", "tries": "two"}},
        {"with": {"colour": "red"}},
        {"with": None},
        {"timeout": 0},
        {"colour": "red"},
    ],
)
def test_the_schema_refuses_what_lint_refuses(wrong: dict[str, Any]) -> None:
    """The check decides which parameters there are."""
    known = jsonschema_rs.validator_for(schema.schema())
    good = {**STEP, "with": {"service": "postgres", "tries": 2}}
    assert known.is_valid(good)
    assert not known.is_valid({**good, **wrong})
    assert not known.is_valid(STEP)

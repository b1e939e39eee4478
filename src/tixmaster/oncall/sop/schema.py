"""JSON Schema of what stands in the manual's blocks, for editors: made from the records that read them.

`tix sop schema` prints it; docs/sop.schema.json keeps it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tixmaster.oncall import checks
from tixmaster.oncall.sop.document import Action, FrontMatter, Include, Step
from tixmaster.oncall.sop.recorded import Recorded

BLOCKS = (FrontMatter, Step, Action, Include)
TEMPLATE = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    """One schema for a front matter or a step block; `$defs/Tests` is that of a file of recorded tests."""
    known = sorted(checks.registered().items())
    kinds = (*BLOCKS, Recorded, *(check.params for _, check in known))
    references, defs = msgspec.json.schema_components(kinds, ref_template=TEMPLATE)
    params = dict(zip((name for name, _ in known), references[len(BLOCKS) + 1 :], strict=True))
    step = defs[references[1]["$ref"].rpartition("/")[2]]
    step["oneOf"] = [_use(name, reference, defs) for name, reference in params.items()]
    defs["Tests"] = {
        "title": "Tests",
        "description": "Recorded tests of a runbook, tests/NAME.yaml.",
        "type": "array",
        "items": references[len(BLOCKS)],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A block of the manual",
        "description": "The front matter of a document, or a fenced block marked `step`. See sop-format.md.",
        "anyOf": list(references[: len(BLOCKS)]),
        "$defs": dict(sorted(defs.items())),
    }


def text() -> str:
    """The schema as docs/sop.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _use(name: str, reference: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """A step with this check takes these parameters."""
    needed = defs[reference["$ref"].rpartition("/")[2]].get("required")
    return {
        "properties": {"check": {"const": name}, "with": reference},
        "required": ["check", "with"] if needed else ["check"],
    }

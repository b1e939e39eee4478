"""Whom an issue tags: those of tixmaster.toml, and those whom CODEOWNERS gives for the service's code."""

from __future__ import annotations

import pytest

from tixmaster.oncall.report.trackers.owners import owners_of

from .conftest import Configured

RULES = "* @org/everybody\n/src/backend/ @mei @org/backend\n/src/backend/docs/ lin@example.org\n"


@pytest.mark.parametrize(
    ("service", "path", "owners"),
    [
        ("backend", "src/backend/", ["@boss", "@mei", "@org/backend"]),
        ("backend", "src/other/", ["@boss", "@org/everybody"]),
        ("postgres", "src/backend/", ["@boss"]),
    ],
    ids=["theirs", "the last resort", "no path"],
)
def test_the_last_rule_that_matches_counts(configured: Configured, service: str, path: str, owners: list[str]) -> None:
    """A service without a path has the owners of tixmaster.toml alone."""
    tracker = {"kind": "github", "url": "http://t", "token_file": "t", "owners": ["@boss"], "codeowners": "CODEOWNERS"}
    config = configured(tracker=tracker | {"paths": {"backend": path}}).config
    assert owners_of(config, service) == ["@boss"]  # there is no such file yet
    (config.root / "CODEOWNERS").write_text(RULES)
    assert owners_of(config, service) == owners

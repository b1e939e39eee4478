"""Checks that hang: the run goes on and says why not."""

from __future__ import annotations

import re
from contextlib import ExitStack

from .conftest import Alert, Oncall, doubled, texts
from .servers import mail_server, mails, silent

PEERS = ("backend", "postgres", "prometheus", "alertmanager")


def test_the_page_goes_out_without_what_hangs(oncall: Oncall) -> None:
    """All that checks and evidence ask takes the question and never answers: each says so, and nothing fails of it."""
    with ExitStack() as hanging, mail_server(oncall.config):
        for name in PEERS:
            hanging.enter_context(silent(oncall.config.service(name).port))
        incident = oncall.wait(oncall.open(Alert(name="InstanceDown")), "mail-sent")
    found = {step["key"]: step["reason"] for step in incident["steps"]}
    asked = {step: found[step] for step in ("onset", "answers", "database", "monitoring")}
    assert {step: reason for step, reason in asked.items() if not re.search("no answer|not answer", reason)} == {}
    assert {item["kind"] for item in incident["evidence"] if item["status"] == "failed" and item["reason"]} >= {
        *("first-change", "database", "alertmanager", "prometheus", "panel")
    }
    assert (texts(incident, "stage-failed"), doubled(incident)) == ([], [])
    assert len(mails(oncall.config, incident["id"])) == 1

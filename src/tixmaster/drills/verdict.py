"""What came of a drill: seconds to each stage, and whether on-call was right."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import msgspec

from tixmaster.oncall import rehearsal
from tixmaster.oncall.rehearsal import results
from tixmaster.stack import mail
from tixmaster.stack.config import Config

STAGES: dict[str, str] = {
    "alert_firing": "alert-firing",
    "webhook": "webhook-received",
    "evidence_complete": "evidence-complete",
    "diagnosis": "diagnosed",
    "mail": "mail-sent",
    "remedy": "remedy-verified",
    "recovered": "recovered",
    "closed": "closed",
}
"""The stages of a drill, in their order, and the timeline rows that mark them."""
NEEDED_EVIDENCE = ("image/png", "text/csv")
"""What the mail must carry: a graph, and the numbers behind it; unless the evidence says why there is none."""


@dataclass(kw_only=True)
class Verdict:
    """One drill's outcome. `failures` says what was wrong, in words; none means that all was right."""

    name: str
    true_cause: str | None
    """None where nothing is wrong."""
    control: bool = False
    diagnosed_cause: str | None = None
    confidence: float | None = None
    incident: str | None = None
    stages: dict[str, float] = field(default_factory=dict)
    actions: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    """Further incidents that the drill opened: what Alertmanager and the runbooks did not join."""
    failures: list[str] = field(default_factory=list)
    left_out: str | None = None
    """Why it could not be played on this machine; that is no failure."""

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "true_cause": self.true_cause,
            "diagnosed_cause": self.diagnosed_cause,
            "confidence": self.confidence,
            "control": self.control,
            "ok": self.ok,
            "stages": {name: round(seconds, 2) for name, seconds in self.stages.items()},
            "actions": self.actions,
            "incident": self.incident,
            "others": self.others,
            "failures": self.failures,
            "left_out": self.left_out,
        }


def folder(config: Config) -> Path:
    """Where drills keep what outlasts them; made where it is missing."""
    path = rehearsal.folder(config)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_down(config: Config, verdict: Verdict) -> None:
    """Adds a line to `var/drills/results.jsonl`, for whoever asks when a drill was last run."""
    folder(config)
    with results(config).open("ab") as file:
        file.write(msgspec.json.encode({"at": datetime.now(UTC), **verdict.as_json()}) + b"\n")


def stages_of(incident: dict[str, Any], fault_at: datetime) -> dict[str, float]:
    """Seconds from the fault to the first row of each stage that was reached."""
    found: dict[str, float] = {}
    for name, kind in STAGES.items():
        moments = [row["at"] for row in incident["timeline"] if row["kind"] == kind]
        if moments:
            found[name] = (datetime.fromisoformat(min(moments)) - fault_at).total_seconds()
    return found


def problem_of_mail(config: Config, incident: dict[str, Any]) -> str | None:
    """What is wrong with the mail that was received, as the catcher kept it; None where it carries the evidence."""
    if config.mail.smtp.host:
        return None  # it went to a real server, whose mailboxes are not ours to read
    pages = [message for message in _messages(config) if _is_page_of(message, incident)]
    if len(pages) != 1:
        return f"{len(pages)} mails of the incident's cause arrived instead of one"
    carried = {part.get_content_type() for part in pages[0].iter_attachments()}
    names = {part.get_filename() for part in pages[0].iter_attachments()}
    accounted_for = any(item["kind"] == "panel" and item["status"] != "ok" for item in incident["evidence"])
    lacking = [] if accounted_for else [kind for kind in NEEDED_EVIDENCE if kind not in carried]
    if "error-log.txt" not in names and any(
        item["kind"] == "log-excerpt" and item["status"] == "ok" for item in incident["evidence"]
    ):
        lacking.append("the excerpt of the error log")
    return f"the mail lacks {', '.join(lacking)}" if lacking else None


def _messages(config: Config) -> list[EmailMessage]:
    parser = BytesParser(policy=policy.default)
    return [parser.parsebytes(path.read_bytes()) for path in (mail.folder(config) / "new").glob("*.eml")]


def _is_page_of(message: EmailMessage, incident: dict[str, Any]) -> bool:
    page = next((item for item in incident["mails"] if item["kind"] == "page"), None)
    return page is not None and message["Message-ID"] == page["message_id"]

"""Stage 8, report: the mail with its proof, the replies in its thread, and the record on disk."""

from __future__ import annotations

from email.message import EmailMessage

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import mail, outbox, record
from tixmaster.oncall.report.story import tell


def page(desk: Desk, case: Case) -> None:
    """Writes the record as far as it goes and the mail of this run."""
    story = tell(desk, case.number)
    record.write(desk, story)
    _put(desk, case.number, "page", f"{case.name}:{case.key('page')}", mail.page(desk, story))


def outcome(desk: Desk, number: int, action_id: int) -> None:
    """Writes the record again, and a mail where the action failed: then a person is needed."""
    story = tell(desk, number)
    record.write(desk, story)
    action = next(item for item in story.actions if item["id"] == action_id)
    if action["state"] == "failed":
        _put(desk, number, "needed", f"{story.name}:action-{action_id}:failed", mail.needed(desk, story, action))


def recovered(desk: Desk, number: int) -> None:
    """Writes the finished record, and the mail that says it is over where it is: a person may close what still fires."""
    story = tell(desk, number)
    if story.paged and story.said("recovered"):
        again = "" if story.run == 1 else f":run-{story.run}"  # it may have been reopened
        _put(desk, number, "recovered", f"{story.name}{again}:recovered", mail.recovered(desk, story))
    record.write(desk, tell(desk, number))


def _put(desk: Desk, number: int, kind: str, key: str, message: EmailMessage) -> None:
    with desk.database.write() as connection:
        outbox.put(connection, desk, number, kind, key, message)
    desk.work.set()

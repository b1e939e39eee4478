"""What a drill's outcome is read from: the incident's timeline and the mail that arrived."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from tixmaster.drills.verdict import Verdict, folder, problem_of_mail, stages_of, write_down
from tixmaster.stack import mail
from tixmaster.stack.config import Config, Smtp

FAULT_AT = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
PAGE = "<INC-1.page@tixmaster>"


@pytest.fixture
def incident() -> dict[str, Any]:
    """An incident with a log excerpt, whose page has been sent."""
    return {
        "evidence": [{"kind": "log-excerpt", "status": "ok"}],
        "mails": [{"kind": "page", "message_id": PAGE}],
    }


def deliver(config: Config, *attachments: tuple[str, str], identity: str = PAGE) -> None:
    """The catcher gets a mail with empty attachments of these names and types."""
    message = EmailMessage()
    message["Message-ID"] = identity
    message.set_content("The backend is down.")
    for name, kind in attachments:
        main, sub = kind.split("/")
        message.add_attachment(b"-", maintype=main, subtype=sub, filename=name)
    mail.Maildir(mail.folder(config)).file(message.as_bytes())


GRAPH, NUMBERS, LOG = ("graph.png", "image/png"), ("numbers.csv", "text/csv"), ("error-log.txt", "text/plain")


def test_stages_are_the_first_rows_of_their_kind() -> None:
    """In seconds since the fault; a stage without a row is missing."""
    rows = [
        {"kind": "mail-sent", "at": "2026-03-01T03:13:30.000+00:00"},
        {"kind": "alert-firing", "at": "2026-03-01T03:12:46.500+00:00"},
        {"kind": "mail-sent", "at": "2026-03-01T03:12:50.000+00:00"},
    ]
    assert stages_of({"timeline": rows}, FAULT_AT) == {"alert_firing": 6.5, "mail": 10.0}


def test_a_mail_with_graph_numbers_and_log_is_in_order(config: Config, incident: dict[str, Any]) -> None:
    """Other mails beside it do not matter."""
    deliver(config, GRAPH, NUMBERS, LOG)
    deliver(config, identity="<INC-2.page@tixmaster>")
    assert problem_of_mail(config, incident) is None


def test_a_mail_without_proof_names_what_it_lacks(config: Config, incident: dict[str, Any]) -> None:
    """The graph and the log excerpt here."""
    deliver(config, NUMBERS)
    assert problem_of_mail(config, incident) == "the mail lacks image/png, the excerpt of the error log"


def test_no_log_is_missed_where_none_was_taken(config: Config, incident: dict[str, Any]) -> None:
    """An outage without a line in the log has no excerpt to show."""
    deliver(config, GRAPH, NUMBERS)
    assert problem_of_mail(config, incident | {"evidence": []}) is None


def test_no_graph_is_missed_where_none_could_be_drawn(config: Config, incident: dict[str, Any]) -> None:
    """While Prometheus is down there are no numbers; the evidence says so."""
    deliver(config, LOG)
    without = [*incident["evidence"], {"kind": "panel", "status": "failed"}]
    assert problem_of_mail(config, incident | {"evidence": without}) is None


def test_a_mail_that_never_arrived_is_a_problem(config: Config, incident: dict[str, Any]) -> None:
    """On-call's word that it was sent does not count."""
    assert problem_of_mail(config, incident) == "0 mails of the incident's cause arrived instead of one"


def test_mailboxes_of_a_real_server_are_not_read(config: Config, incident: dict[str, Any]) -> None:
    """There the drill takes the server's acceptance for delivery."""
    real = msgspec.structs.replace(config.mail, smtp=Smtp(host="smtp.example.org"))
    assert problem_of_mail(msgspec.structs.replace(config, mail=real), incident) is None


def test_results_are_added_line_by_line(config: Config) -> None:
    """Each with its moment, in the shape that the command prints."""
    for name in ("instance-down", "high-error-rate"):
        write_down(config, Verdict(name=name, true_cause="c", stages={"mail": 10.914}))
    first, second = (json.loads(line) for line in (folder(config) / "results.jsonl").read_text().splitlines())
    assert datetime.fromisoformat(first["at"]).tzinfo is not None
    assert (first["name"], second["name"]) == ("instance-down", "high-error-rate")
    assert first["stages"] == {"mail": 10.91}
    assert first["ok"] is True

"""The mail's way while the mail server is away, or wants nothing."""

from __future__ import annotations

from .conftest import Alert, Oncall, texts
from .servers import Refusing, mail_server, mails


def test_without_a_mail_server_the_mail_waits(oncall: Oncall) -> None:
    """It is on disk, where `kill -9` leaves it, the timeline says so once, and it arrives once when the server comes."""
    name = oncall.open(Alert(name="WhileMailIsDown"))
    waiting = oncall.wait(name, "mail-refused")
    assert [item["state"] for item in waiting["mails"]] == ["waiting"]
    oncall.kill()
    oncall.start()
    with mail_server(oncall.config):
        sent = oncall.wait(name, "mail-sent")
    assert "waits on disk and is tried again" in texts(sent, "mail-refused")[0]
    assert (len(mails(oncall.config, name)), sent["mails"][0]["state"]) == (1, "sent")


def test_a_mail_that_is_refused_for_good_is_not_tried_again(oncall: Oncall) -> None:
    """And the timeline gives the server's own words; the record holds the rest."""
    with mail_server(oncall.config, Refusing()):
        incident = oncall.wait(oncall.open(Alert(name="NobodyThere")), "mail-refused")
    (said,) = texts(incident, "mail-refused")
    assert "refused for good" in said
    assert "550 no such mailbox" in said
    assert [(item["state"], item["attempts"]) for item in incident["mails"]] == [("refused", 1)]

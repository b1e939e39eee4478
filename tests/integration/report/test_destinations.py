"""Each destination by itself: one that is away holds up no other, and nothing is told twice or in the wrong order."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from tixmaster.oncall import close
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import tell
from tixmaster.oncall.report.postman import Postman, deliver_due
from tixmaster.oncall.store.schema import incident
from tixmaster.stack.ports import unused

from .conftest import LIN, MEI, START, Clock, Configured, kinds, opened, said, states
from .servers import HttpServer, Request, eventually


class Picky:
    """A mail server's handler that knows nobody but Mei."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], str]] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address != MEI:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        subject = next(line for line in envelope.content.decode().splitlines() if line.startswith("Subject:"))
        self.taken.append((envelope.rcpt_tos, subject))
        return "250 OK"


def test_a_refused_recipient_is_refused_alone(desk: Desk) -> None:
    """The others have their mail, once; the timeline says who has none, and why."""
    tell.page(desk, opened(desk))
    picky = Picky()
    controller = Controller(picky, hostname="127.0.0.1", port=desk.config.services.mail.port)
    controller.start()
    try:
        assert deliver_due(desk) == 1
        assert deliver_due(desk) == 0
    finally:
        controller.stop()
    assert states(desk, "mail") == {MEI: "sent", LIN: "refused"}
    assert [recipients for recipients, _ in picky.taken] == [[MEI]]
    assert f"refuses {LIN}: 550 no such mailbox" in said(desk, "mail-refused")[0]


def channel(port: int, **more: Any) -> dict[str, Any]:
    return {"name": "ops", "url": f"json://127.0.0.1:{port}/hook/s3cr3t-t0ken", **more}


def test_chat_is_short_and_says_what_matters(configured: Configured, server: HttpServer) -> None:
    """State, what, cause, since, what next, and the link; nothing that must not leave the machine."""
    desk = configured(channels=[channel(server.port)])
    tell.page(desk, opened(desk))
    deliver_due(desk)
    (request,) = server.requests
    assert request.json["title"] == "[critical] The backend answers 24 % of requests with errors (INC-1)"
    assert (
        request.json["message"].splitlines()[0]
        == "Cause: PostgreSQL refuses connections (confidence 95 %: right in 50 of 50 drills)"
    )
    assert request.json["message"].endswith("/incidents/INC-1")
    assert request.json["type"] == "failure"
    assert len(request.json["message"]) < 400
    assert states(desk, "chat") == {"ops": "sent"}


def test_a_channel_that_comes_back_hears_all_in_order(configured: Configured, clock: Clock) -> None:
    """What was written while it was away waits on disk; the recovery does not overtake the page."""
    port = unused(1)[0]
    desk = configured(channels=[channel(port)])
    tell.page(desk, opened(desk))
    deliver_due(desk)
    _is_over(desk)
    clock.pass_by(0.1)
    deliver_due(desk)
    assert "waits on disk and is tried again" in said(desk, "chat-refused")[0]
    assert "s3cr3t-t0ken" not in said(desk, "chat-refused")[0]
    with HttpServer(port) as server:
        clock.pass_by(10)
        deliver_due(desk)
    assert [request.json["title"].split()[0] for request in server.requests] == ["[critical]", "[resolved]"]
    assert kinds(desk).count("chat-refused") == 1


def test_a_clock_that_is_set_back_holds_no_message_up(configured: Configured, clock: Clock) -> None:
    """What waits is tried at once: by the clock it would be due in five hours."""
    port = unused(1)[0]
    desk = configured(channels=[channel(port)])
    postman = Postman(desk)
    tell.page(desk, opened(desk))
    deliver_due(desk)
    clock.set_by(timedelta(hours=-5))
    with HttpServer(port) as server:
        postman.look()
        eventually(lambda: states(desk, "chat") == {"ops": "sent"})
    postman.stop()
    assert len(server.requests) == 1


def _is_over(desk: Desk) -> None:
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(state="resolved", resolved_at=desk.now()))
    close.finish(desk, 1)
    tell.recovered(desk, 1)


@pytest.mark.parametrize(("status", "state"), [(400, "refused"), (404, "waiting"), (429, "waiting"), (503, "waiting")])
def test_only_a_final_answer_is_final(configured: Configured, server: HttpServer, status: int, state: str) -> None:
    """A bad request stays one; too many requests, a broken server and a wrong address are tried again."""
    server.answer = lambda _: (status, {})
    desk = configured(channels=[channel(server.port)])
    tell.page(desk, opened(desk))
    deliver_due(desk)
    assert states(desk, "chat") == {"ops": state}
    assert f"error={status}" in said(desk, "chat-refused")[0]


def test_a_message_is_given_up_when_it_is_old_news(configured: Configured, clock: Clock) -> None:
    """After three days nobody wants to be woken by it."""
    desk = configured(channels=[channel(unused(1)[0])])
    tell.page(desk, opened(desk))
    clock.pass_by(3 * 24 * 60 + 1)
    deliver_due(desk)
    assert states(desk, "chat") == {"ops": "refused"}


def test_channels_hear_of_what_they_want_in_their_language(configured: Configured, server: HttpServer) -> None:
    """By severity and by service."""
    desk = configured(
        channels=[
            channel(server.port, language="zh-TW", severities=["critical"], services=["backend"]),
            channel(server.port, name="warnings", severities=["warning"]),
            channel(server.port, name="database", services=["postgres"]),
        ]
    )
    tell.page(desk, opened(desk))
    deliver_due(desk)
    (request,) = server.requests
    assert "後端 24 % 的請求回應錯誤" in request.json["title"]
    assert "原因：PostgreSQL 拒絕連線" in request.json["message"]


def test_a_channel_that_hangs_delays_nobody(configured: Configured, server: HttpServer) -> None:
    """The other channel has its message while the first still waits for an answer."""
    let_go, other = threading.Event(), threading.Event()

    def answer(request: Request) -> tuple[int, Any]:
        if "slow" in request.path:
            let_go.wait(10)
        else:
            other.set()
        return 200, {}

    server.answer = answer
    slow = f"json://127.0.0.1:{server.port}/slow"
    desk = configured(channels=[channel(server.port), {"name": "slow", "url": slow}])
    tell.page(desk, opened(desk))
    postman = Postman(desk)
    postman.look()
    assert other.wait(5)
    assert states(desk, "chat")["slow"] == "waiting"
    let_go.set()
    postman.stop()
    assert states(desk, "chat") == {"ops": "sent", "slow": "sent"}


@pytest.mark.parametrize("kind", ["json", "xml", "form"])
def test_whatever_apprise_speaks_is_a_channel(configured: Configured, server: HttpServer, kind: str) -> None:
    """An address kept in a file, as a secret should be."""
    file = configured().config.root / "channel"
    file.write_text(f"{kind}://127.0.0.1:{server.port}/hook\n")
    desk = configured(channels=[{"name": "ops", "url_file": "channel"}])
    tell.page(desk, opened(desk))
    deliver_due(desk)
    assert "PostgreSQL" in server.requests[0].body.decode().replace("+", " ")
    assert states(desk, "chat") == {"ops": "sent"}


def test_a_page_that_is_written_again_is_sent_once(configured: Configured, server: HttpServer) -> None:
    """A stage is carried out again after a crash; its messages have keys."""
    desk = configured(channels=[channel(server.port)])
    case = opened(desk)
    for _ in range(2):
        tell.page(desk, case)
        deliver_due(desk)
    assert len(server.requests) == 1
    assert kinds(desk).count("mail-written") == 1
    assert desk.now() == START

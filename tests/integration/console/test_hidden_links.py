"""Approval links are a permission: no answer to somebody who may only look holds one, wherever it came from."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
import pytest
import sqlalchemy as sa
from litestar.routes import HTTPRoute

from tixmaster.console import accounts, maildir
from tixmaster.console.accounts import Role, tokens
from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.case import Case
from tixmaster.oncall.evidence.locker import Locker
from tixmaster.oncall.evidence.taken import Taken
from tixmaster.oncall.remedy import links
from tixmaster.oncall.report import mail, postmortem, record
from tixmaster.oncall.report.story import tell
from tixmaster.oncall.store.schema import action
from tixmaster.stack.config import Config
from tixmaster.stack.mail import Maildir, folder
from tixmaster.stack.said import Said

from .conftest import Client, Visitor, open_incident

MEI, LIN = "mei@example.org", "lin@example.org"
STREAMS = ("/live",)


@pytest.fixture
def config(config: Config) -> Config:
    """Two people are on call."""
    return msgspec.structs.replace(config, mail=msgspec.structs.replace(config.mail, oncall=(MEI, LIN)))


@pytest.fixture
def live(oncall: Oncall) -> list[str]:
    """The tokens of the live links of INC-1, which stand everywhere that somebody or something can have put them."""
    desk = oncall.desk
    open_incident(oncall)
    row = {"incident": 1, "run": 1, "kind": "restart", "service": "backend", "cause": "order-api-hangs"}
    with desk.database.write() as connection:
        proposed = {"command": "tix restart backend", "state": "proposed", "proposed_at": desk.now()}
        connection.execute(sa.insert(action).values(**row, **proposed))
    box = Maildir(folder(desk.config))
    for address, letter in mail.page(desk, tell(desk, 1)).items():
        letter.replace_header("Message-ID", f"<{address}>")  # by which the catcher knows a mail that it has already
        box.file(letter.as_bytes(policy=SMTP))
    found = [token for path in maildir.newest_first(desk.config) for token in tokens_in(maildir.read(path).text or "")]
    link = desk.config.link("oncall", f"{links.PATH}/{found[0]}")
    forwarded = EmailMessage()
    forwarded["Subject"], forwarded["To"] = f"Fw: {found[0]}", MEI
    forwarded.set_content(f"長 {link}\n{found[1]}\n{link.replace('/', '%2F')}", cte="quoted-printable")
    forwarded.add_attachment(f'"{link}"\n{found[2]}', filename="page.txt")
    forwarded.add_attachment(
        mail.page(desk, tell(desk, 1))[LIN].as_bytes(), maintype="application", subtype="x", filename="m"
    )
    box.file(bytes(forwarded))
    person.note(desk, 1, f"who presses {link} ?", by="responder")
    Locker(desk, Case(number=1, run=1)).keep(
        [
            Taken(kind="log-excerpt", title=Said(link), name="error-log.txt", content=f"GET {link}".encode()),
            Taken(kind="processes", title=Said("x"), name="x.json", content=msgspec.json.encode({"url": link})),
        ]
    )
    record.write(desk, tell(desk, 1))
    for language in ("en", "zh-TW"):
        seen = postmortem.read(desk, 1, language).version
        postmortem.save(desk, 1, language, f"# P\n\n{link}", seen=seen, by="responder", address="")
    assert len(set(found)) == 4
    return found


def tokens_in(text: str) -> list[str]:
    return re.findall(r"/act/([\w-]+)", text)


def everywhere(client: Client, config: Config) -> Iterator[str]:
    """The addresses behind every route that is read, with everything that there is in place of its parameters."""
    letters = maildir.newest_first(config)
    for route in client.app.routes:
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods or route.path_format.endswith(STREAMS):
            continue
        path = route.path_format
        if path.startswith("/mail/"):
            for letter in letters:
                parts = [item.part for item in maildir.read(letter).attachments] if "{part}" in path else [0]
                yield from (path.replace("{name}", letter.name).replace("{part}", str(part)) for part in parts)
        else:
            path = path.replace("{name}", "INC-1")
            for artefact in ("E1", "E2") if "{artefact}" in path else ("",):
                yield re.sub(r"\{\w+\}", "1", path.replace("{artefact}", artefact))


def contents(body: bytes) -> Iterator[bytes]:
    """What is in an answer, unpacked."""
    yield body
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def shown(visitor: Visitor, live: list[str], config: Config, headers: dict[str, str]) -> dict[str, int]:
    """How many of the links each address gives away."""
    found: dict[str, int] = {}
    for path in everywhere(visitor.client, config):
        answer = visitor.client.get(path, headers=headers)
        for content in contents(answer.content):
            unfolded = content.replace(b"=\r\n", b"").replace(b"=\n", b"")
            found[path] = found.get(path, 0) + sum(token.encode() in unfolded for token in live)
    return {path: times for path, times in found.items() if times}


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_no_answer_shows_a_viewer_a_live_link(
    sign_in: Callable[[Role], Visitor], oncall: Oncall, live: list[str], language: str
) -> None:
    """Walks every route: pages, files, archives and JSON."""
    viewer = sign_in("viewer")
    config = oncall.desk.config
    assert len(list(everywhere(viewer.client, config))) > 50
    assert shown(viewer, live, config, {"Accept-Language": language}) == {}


def test_no_answer_of_the_api_shows_a_viewers_token_a_live_link(
    visitor: Visitor, oncall: Oncall, live: list[str]
) -> None:
    """Also the token of somebody who may act, where it was made for looking."""
    desk = oncall.desk
    accounts.add(desk, "mei", None, "responder")
    mei = accounts.find(desk, "mei")
    assert mei
    looking, acting = (
        {"Authorization": f"Bearer {tokens.create(desk, mei, role, role, days=1, address='')}"}
        for role in ("viewer", "responder")
    )
    assert shown(visitor, live, desk.config, looking) == {}
    assert "/api/incidents/INC-1" in shown(visitor, live, desk.config, acting)


def test_who_may_act_sees_them(responder: Visitor, oncall: Oncall, live: list[str]) -> None:
    """Mails, attachments, notes, evidence and the archive are what they are; the walk above would find them."""
    found = shown(responder, live, oncall.desk.config, {})
    letters = maildir.newest_first(oncall.desk.config)
    assert {f"/mail/{letter.name}" for letter in letters} <= set(found)
    for path in ("/mail", "/incidents/INC-1", "/incidents/INC-1/evidence/E1", "/incidents/INC-1/record.zip"):
        assert path in found, path


def test_a_viewer_reads_the_mail_and_why_a_link_is_missing(
    sign_in: Callable[[Role], Visitor], oncall: Oncall, live: list[str]
) -> None:
    """The rest of the mail stands as it is."""
    viewer, letters = sign_in("viewer"), maildir.newest_first(oncall.desk.config)
    text = viewer.get(f"/mail/{letters[-1].name}").text
    assert "[hidden: only responders and administrators see approval links]" in text
    assert "backend answers 38 % errors" in text
    assert "已隱藏" in viewer.client.get(f"/mail/{letters[-1].name}", headers={"Accept-Language": "zh-TW"}).text

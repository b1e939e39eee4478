"""The catcher's mails in the console, whatever is in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from email.message import EmailMessage

import msgspec
import pytest

from tixmaster.console import maildir
from tixmaster.stack.config import Config, Smtp
from tixmaster.stack.mail import Maildir, folder

from .conftest import Visitor

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
Deliver = Callable[[EmailMessage | bytes], str]


@pytest.fixture
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    """The configuration, with the mail server that a test asks for."""
    mail = msgspec.structs.replace(config.mail, smtp=getattr(request, "param", Smtp()))
    return msgspec.structs.replace(config, mail=mail)


@pytest.fixture
def deliver(config: Config) -> Deliver:
    """Files a mail as the catcher does, each a second after the one before; gives the name of its file."""
    box = Maildir(folder(config))
    taken = 0

    def file(message: EmailMessage | bytes) -> str:
        nonlocal taken
        taken += 1
        path = box.file(bytes(message))
        os.utime(path, (taken, taken))
        return path.name

    return file


def letter(subject: str = "backend is down", text: str = "It is down.") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "tixmaster@localhost", "oncall@localhost"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message


def test_mails_are_listed_newest_first(responder: Visitor, deliver: Deliver) -> None:
    """Subject, from and to, with a link; the catcher is named."""
    assert "No mail has come in yet" in responder.get("/mail").text
    deliver(letter("the older"))
    name = deliver(letter("以後的信"))
    text = responder.get("/mail").text
    assert text.index("以後的信") < text.index("the older")
    for words in (f'href="/mail/{name}"', "tixmaster@localhost", "oncall@localhost", "built-in catcher"):
        assert words in text


@pytest.mark.parametrize("config", [Smtp(host="smtp.example.org")], indirect=True)
def test_a_real_mail_server_is_named(responder: Visitor) -> None:
    """Whoever looks for a mail here learns where it went."""
    text = responder.get("/mail").text
    assert "Mails go to the mail server smtp.example.org:587" in text
    assert "built-in catcher at" not in text


def test_hostile_mail_stays_text(responder: Visitor, deliver: Deliver) -> None:
    """Subject, body and file names cannot become markup."""
    message = letter(HOSTILE, HOSTILE)
    message.add_attachment(b"x", maintype="image", subtype="png", filename=HOSTILE)
    name = deliver(message)
    for path in ("/mail", f"/mail/{name}"):
        text = responder.get(path).text
        assert "&lt;script&gt;alert(1)" in text
        for words in ("<script>alert", "<img src=x"):
            assert words not in text


def test_an_attachment_is_a_download(responder: Visitor, config: Config, deliver: Deliver) -> None:
    """Type from a closed list, name without a path, never shown by the browser."""
    message = letter()
    message.add_attachment("a,b\n", subtype="csv", filename="錯誤.csv")
    message.add_attachment(HOSTILE, subtype="html", filename="../../etc/page.html")
    name = deliver(message)
    text = responder.get(f"/mail/{name}").text
    assert "It is down." in text
    assert "page.html" in text
    assert "etc/page" not in text
    parts = [item.part for item in maildir.read(folder(config) / "new" / name).attachments]
    table, html = (responder.get(f"/mail/{name}/{part}") for part in parts)
    assert table.text == "a,b\n"
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["content-disposition"] == "attachment; filename*=UTF-8''%E9%8C%AF%E8%AA%A4.csv"
    assert html.headers["content-type"] == "application/octet-stream"
    assert html.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    for answer in (table, html):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    assert responder.get(f"/mail/{name}/0").status_code == 404


@pytest.mark.parametrize(
    "name", ["x.eml", "..%2F..%2Fsecrets%2Fapi-token", "%2Fetc%2Fpasswd", "%2e%2e%2fnew", "secret.txt"]
)
def test_nothing_but_mails_is_given_out(responder: Visitor, config: Config, deliver: Deliver, name: str) -> None:
    """A name is looked up among the mails; it is never a path."""
    deliver(letter())
    (folder(config) / "new" / "secret.txt").write_text("secret", encoding="utf-8")
    for path in (f"/mail/{name}", f"/mail/{name}/1"):
        assert responder.get(path).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?utf-8?B?broken?=\n\nx",
        b"Subject: =?no-such-charset?Q?x?=\nContent-Type: text/plain; charset=no-such\n\n\xff",
        b"Subject: \xff\xfe\nContent-Type: multipart/mixed\n\nx",
        b"Content-Disposition: attachment; filename*=bad''%ff\nContent-Type: nonsense\n\nx",
        b"Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\n!!!!",
    ],
)
def test_a_malformed_mail_breaks_no_page(responder: Visitor, deliver: Deliver, content: bytes) -> None:
    """The list and the mail itself can be read."""
    name = deliver(content)
    for path in ("/mail", f"/mail/{name}"):
        assert responder.get(path).status_code == 200

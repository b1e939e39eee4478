"""The mail catcher's Maildir."""

from __future__ import annotations

from pathlib import Path

from tixmaster.stack.mail import Maildir


def test_a_message_that_is_sent_twice_is_kept_once(tmp_path: Path) -> None:
    """Its Message-ID names the file."""
    box = Maildir(tmp_path)
    first = box.file(b"Message-ID: <1@x>\r\nSubject: a\r\n\r\nfirst\r\n")
    again = box.file(b"Subject: a\r\nMessage-ID: <1@x>\r\n\r\nfirst, once more\r\n")
    other = box.file(b"Message-ID: <2@x>\r\n\r\n")
    assert first == again != other
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_each_recipient_has_a_mail_of_their_own(tmp_path: Path) -> None:
    """The same Message-ID with another recipient is another mail: its approval links name the recipient."""
    box = Maildir(tmp_path)
    content = b"Message-ID: <1@x>\r\n\r\n"
    first = box.file(content, ["mei@x"])
    assert first == box.file(content, ["mei@x"]) != box.file(content, ["lin@x"])


def test_a_message_without_an_id_is_kept_by_its_content(tmp_path: Path) -> None:
    """Nothing that arrives is dropped, malformed or not."""
    box = Maildir(tmp_path)
    assert box.file(b"no headers at all") != box.file(b"\xff\xfe\x00")
    assert box.file(b"").read_bytes() == b""


def test_an_id_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    """The name is a digest."""
    path = Maildir(tmp_path).file(b"Message-ID: <../../../etc/passwd>\r\n\r\n")
    assert path.parent == tmp_path / "new"

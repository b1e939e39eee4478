"""The mails that the built-in catcher took: the list, one mail as text, and its attachments as downloads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from tixmaster.console import maildir
from tixmaster.console.evidence.files import SEALED
from tixmaster.console.maildir import Mail
from tixmaster.console.rendering import language_of, page
from tixmaster.console.words import say
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.remedy import links
from tixmaster.stack.config import Config

MAILS_SHOWN = 100
TYPES = frozenset({"image/png", "text/plain", "text/csv", "application/json"})
"""What a download may call itself; anything else is bytes."""


@get("/mail", sync_to_thread=True)
def mails(request: Request[Any, Any, Any], oncall: OncallHere) -> Template:
    """The newest mails first; where a real mail server is configured, the page names it."""
    config = oncall.desk.config
    paths = maildir.newest_first(config)
    return page(
        request,
        "mails",
        mails=[maildir.head(path) for path in paths[:MAILS_SHOWN]],
        more=len(paths) > MAILS_SHOWN,
        mails_shown=MAILS_SHOWN,
        server=config.mail.smtp,
        catcher=config.services.mail,
    )


@get("/mail/{name:str}", sync_to_thread=True)
def mail(request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str]) -> Template:
    """One mail: its head, its plain text, its attachments. Who may not act sees a mark in place of approval links."""
    found = _open(oncall.desk.config, name)
    if found.text is not None and not request.user.may_act:
        mark = say("mail-link-hidden", language_of(request))
        found = replace(found, text=links.replaced(oncall.desk, found.text, mark))
    return page(request, "mail", mail=found)


@get("/mail/{name:str}/{part:int}", sync_to_thread=True)
def attachment(oncall: OncallHere, name: FromPath[str], part: FromPath[int]) -> Response[bytes]:
    """An attachment, by its place in the mail: always a file to keep, never something a browser shows."""
    for item in _open(oncall.desk.config, name).attachments:
        if item.part == part:
            return Response(
                item.content,
                media_type=item.kind if item.kind in TYPES else "application/octet-stream",
                headers={
                    "Content-Disposition": f"attachment; filename*=UTF-8''{quote(item.name, safe='')}",
                    "Content-Security-Policy": SEALED,
                },
            )
    raise NotFoundException(f"the mail {name} has no attachment {part}")


def _open(config: Config, name: str) -> Mail:
    """The mail whose file has that name: looked up among the files that are there, never made into a path."""
    for path in maildir.newest_first(config):
        if path.name == name:
            return maildir.read(path)
    raise NotFoundException(f"there is no mail {name}")


HANDLERS = (mails, mail, attachment)

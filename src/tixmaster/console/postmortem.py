"""The post-mortem on a page: read, previewed and edited in both languages. Nobody's text is replaced unseen."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER, HTTP_409_CONFLICT

from tixmaster.console.accounts import Account
from tixmaster.console.markdown import Place, rendered
from tixmaster.console.rendering import language_of, page
from tixmaster.console.sessions import may_act
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import PostMortemChangedError
from tixmaster.oncall.report import postmortem
from tixmaster.oncall.report.postmortem import PostMortem
from tixmaster.oncall.report.story import Story, tell
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.store.incidents import name_of, number_of
from tixmaster.oncall.store.schema import audit

ADDRESS = "/incidents/{name:str}/postmortem"
MOST_BYTES = 4 * 1024 * 1024
"""A form sends each Chinese character as nine bytes."""
Person = Request[Account, Any, Any]
Wanted = Annotated[Language | None, QueryParameter(name="language")]


class Edited(msgspec.Struct, frozen=True):
    """The editor's form. `seen` is the version that the text went out from."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=400_000)]
    seen: Annotated[str, msgspec.Meta(max_length=64)]
    act: Literal["preview", "save"]


@get(ADDRESS, sync_to_thread=True)
def show(request: Person, oncall: OncallHere, name: FromPath[str], language: Wanted = None) -> Template:
    """The text as it stands, laid out, and below it in the editor."""
    chosen = language or language_of(request)
    story = tell(oncall.desk, number_of(name), newest=0)
    found = postmortem.of(oncall.desk, story, chosen)
    return _page(request, oncall.desk, story, chosen, found, text=found.text, seen=found.version)


@post(ADDRESS, guards=[may_act], status_code=HTTP_200_OK, request_max_body_size=MOST_BYTES, sync_to_thread=True)
def edit(
    request: Person, oncall: OncallHere, name: FromPath[str], data: URLEncodedBody[Edited], language: Wanted = None
) -> Template | Redirect:
    """Shows what it would look like, or keeps it; where somebody was faster, both texts, so that nothing is lost."""
    desk, number, chosen = oncall.desk, number_of(name), language or language_of(request)
    text = data.text.replace("\r\n", "\n")
    if data.act == "preview":
        story = tell(desk, number, newest=0)
        stands = postmortem.of(desk, story, chosen)
        return _page(request, desk, story, chosen, stands, text=text, seen=data.seen, unsaved=True)
    address = request.client.host if request.client else ""
    try:
        postmortem.save(desk, number, chosen, text, seen=data.seen, by=request.user.name, address=address)
    except PostMortemChangedError:
        return _conflict(request, desk, number, chosen, text)
    return Redirect(f"/incidents/{name_of(number)}/postmortem?language={chosen}", status_code=HTTP_303_SEE_OTHER)


def _conflict(request: Person, desk: Desk, number: int, language: Language, text: str) -> Template:
    """The other text and this one. Saving now goes out from the other, which the person has seen."""
    story = tell(desk, number, newest=0)
    found = postmortem.of(desk, story, language)
    lines = difflib.unified_diff(found.text.splitlines(), text.splitlines(), lineterm="", n=2)
    difference = [line for line in lines if not line.startswith(("---", "+++"))]
    made = _page(
        request, desk, story, language, found, text=text, seen=found.version, other=found.text, difference=difference
    )
    made.status_code = HTTP_409_CONFLICT
    return made


def _page(
    request: Person, desk: Desk, story: Story, language: Language, stands: PostMortem, *, text: str, **values: Any
) -> Template:
    """The text that is being worked on, and `stands`, which is kept."""
    taken = (item for item in story.artefacts if item["path"])
    shown = {item["path"]: f"/incidents/{story.name}/evidence/{item['id']}/view" for item in taken}
    return page(
        request,
        "postmortem",
        story=story,
        chosen=language,
        text=text,
        laid_out=rendered(text, Place(addresses=shown, sink=1)),
        stands=stands,
        last=_last_saved(desk, story.name, language),
        **({"unsaved": False, "other": None, "difference": []} | values),
    )


def _last_saved(desk: Desk, name: str, language: Language) -> dict[str, Any] | None:
    """Who saved the text last, and when."""
    saved = (audit.c.act == "postmortem-saved", audit.c.about == f"{name}, {language}")
    with desk.database.read() as connection:
        row = connection.execute(sa.select(audit.c.by, audit.c.at).where(*saved).order_by(audit.c.id.desc()).limit(1))
        found = row.mappings().first()
    return dict(found) if found else None


HANDLERS = (show, edit)

"""Evidence over HTTP: an artefact by its id, from the record's folder, and only as it was when it was taken."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath

from tixmaster.console.accounts import Account
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.report import record
from tixmaster.oncall.store import incidents

SHOWN = {
    ".png": "image/png",
    ".txt": "text/plain",
    ".json": "application/json",
    ".csv": "text/plain",
}
"""What a browser may show; anything else is handed over as a file."""
SEALED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
"""The policy of an artefact's own answer: whatever a log line says, nothing in it runs."""


@get("/incidents/{name:str}/evidence/{artefact:str}", sync_to_thread=True)
def serve(oncall: OncallHere, name: FromPath[str], artefact: FromPath[str]) -> Response[bytes]:
    """The artefact's file; 404 where there is none, 410 where the file is gone or is not the one that was taken."""
    item = find(oncall.desk, incidents.number_of(name), artefact)
    path = Path(item["path"])
    content = read(oncall.desk, incidents.name_of(item["incident"]), item)
    kind = "inline" if path.suffix in SHOWN else "attachment"
    return Response(
        content,
        media_type=SHOWN.get(path.suffix, "application/octet-stream"),
        headers={
            "Content-Disposition": f'{kind}; filename="{name.upper()}-{item["id"]}-{path.name}"',
            "Content-Security-Policy": SEALED,
            "Cache-Control": "private, max-age=3600, immutable",
            "ETag": f'"{item["sha256"]}"',
        },
    )


@get("/incidents/{name:str}/record.zip", sync_to_thread=True)
def export(request: Request[Account, Any, Any], oncall: OncallHere, name: FromPath[str]) -> Response[bytes]:
    """The whole record as a ZIP file, as `tix incident export` packs it, without approval links for whoever may not act;
    404 while there is none."""
    desk, number = oncall.desk, incidents.number_of(name)
    with desk.database.read() as connection:
        incidents.get(connection, number)
    known = incidents.name_of(number)
    if not record_folder(desk, known).is_dir():
        raise NotFoundException(f"{known} has no record on disk yet; it is written when the cause is known")
    return Response(
        record.pack(desk, known, with_links=request.user.may_act),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{known}.zip"'},
    )


def find(desk: Desk, number: int, artefact: str) -> dict[str, Any]:
    """The row of an artefact that was taken."""
    with desk.database.read() as connection:
        incidents.get(connection, number)
        for item in incidents.artefacts(connection, number):
            if item["id"] == artefact and item["status"] == "ok":
                return item
    raise NotFoundException(f"{incidents.name_of(number)} has no evidence {artefact}")


def read(desk: Desk, incident: str, item: dict[str, Any]) -> bytes:
    """The artefact's content, proven by its hash; raises a 410 where it cannot be proven."""
    folder = record_folder(desk, incident).resolve()
    path = (folder / item["path"]).resolve()
    try:
        content = path.read_bytes() if path.is_relative_to(folder) else b""
    except OSError as error:
        raise _gone(f"{item['path']} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != item["sha256"]:
        raise _gone(f"{item['path']} is not the file that was taken as evidence: its SHA-256 differs")
    return content


def _gone(detail: str) -> HTTPException:
    return HTTPException(detail, status_code=HTTPStatus.GONE)

"""/api/check-in, and what owners and gates need to know of tickets."""

from __future__ import annotations

from typing import Final

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from tixmaster.boxoffice.identity import SignedIn, organizer_only, signed_in
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.tickets import picture
from tixmaster.boxoffice.tickets.check_in import check_in as let_in
from tixmaster.boxoffice.tickets.model import Admission, PublicKey, Scan

FORMAT: Final = "TM1.<payload>.<signature>"
VERIFICATION: Final = [
    "Split the text at its two dots into version, payload and signature; the version must be TM1.",
    "Decode the signature from URL-safe base 64 without padding (RFC 4648, section 5): 64 bytes.",
    "Verify it with Ed25519 (RFC 8032) over the ASCII text `TM1.<payload>`, that is, all before the second dot.",
    "Decode the payload the same way: JSON with c (ticket code), e (event id) and t (ticket type id).",
    "Offline, remember each c that was let in: only the box office knows what was used at other gates or refunded.",
]


@post("/check-in", status_code=HTTP_200_OK, guards=[organizer_only])
async def check_in(data: JSONBody[Scan], request: SignedIn, office: OfficeHere) -> dict[str, bool | Admission]:
    """Lets a ticket in, once: a second scan is 409 with when and where the first one was."""
    return {"admitted": True, "ticket": await let_in(office, request.user, data)}


@get("/tickets/public-key")
async def public_key(office: OfficeHere) -> PublicKey:
    """The key (SubjectPublicKeyInfo in PEM) with which a gate checks tickets without a network, and how."""
    return PublicKey(algorithm="Ed25519", public_key=office.signer.public_key, format=FORMAT, verification=VERIFICATION)


@get("/orders/{number:str}/tickets/{ticket_id:int}/qr.svg", guards=[signed_in])
async def qr(number: FromPath[str], ticket_id: FromPath[int], request: SignedIn, office: OfficeHere) -> Response[bytes]:
    """The QR code of one of the caller's valid tickets."""
    svg = await picture.svg(office, request.user, number, ticket_id)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


router = Router("/api", route_handlers=[check_in, public_key, qr])

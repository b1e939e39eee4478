"""The text in a ticket's QR code: signed with Ed25519 (RFC 8032), so that a gate can check it without a network.

`TM1.<payload>.<signature>`, both parts in URL-safe base 64 without padding (RFC 4648, 5). The payload is JSON:
`{"c": ticket code, "e": event id, "t": ticket type id}`; the signature covers `TM1.<payload>`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tixmaster.boxoffice.errors import InvalidError

VERSION: Final = "TM1"
LONGEST: Final = 1000


class Claims(msgspec.Struct, frozen=True):
    """What a ticket says of itself."""

    c: str
    e: int
    t: int


class Signer:
    """Signs and reads with one key, a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> str:
        """For the gates: SubjectPublicKeyInfo in PEM (RFC 8410)."""
        form, kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(form, kind).decode("ascii")

    def sign(self, code: str, event_id: int, ticket_id: int) -> str:
        """The text for a ticket; the same every time."""
        signed = f"{VERSION}.{_encode(msgspec.json.encode(Claims(code, event_id, ticket_id)))}"
        return f"{signed}.{_encode(self._key.sign(signed.encode()))}"

    def read(self, text: str) -> Claims:
        """What the ticket says; raises `InvalidError` when we did not sign it."""
        signed, _, signature = text[:LONGEST].rpartition(".")
        version, _, payload = signed.partition(".")
        try:
            self._key.public_key().verify(_decode(signature), signed.encode())
            if version != VERSION:
                raise InvalidSignature
            return msgspec.json.decode(_decode(payload), type=Claims)
        except (InvalidSignature, binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise InvalidError("This is not a ticket of ours") from error


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

"""A document that speaks of whichever service its alert names: `{service}` stands for the short name until it is known."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

import msgspec

T = TypeVar("T")
SERVICE: Final = "{service}"


def about(part: T, service: str) -> T:
    """The same, with the service's name in every text of it, however deep; what is no text stays as it is."""
    filled: Any = part
    match part:
        case str():
            filled = part.replace(SERVICE, service)
        case dict():
            filled = {key: about(value, service) for key, value in part.items()}
        case list():
            filled = [about(value, service) for value in part]
        case tuple():
            filled = tuple(about(value, service) for value in part)
        case msgspec.Struct():
            fields = {name: about(getattr(part, name), service) for name in part.__struct_fields__}
            filled = msgspec.structs.replace(part, **fields)
    return cast(T, filled)

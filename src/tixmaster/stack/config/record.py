"""What all tables of `tixmaster.toml` are made of."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tixmaster.stack.config.problems import Problem, ProblemsError

Port = Annotated[int, msgspec.Meta(ge=1, le=65535, description="a port from 1 to 65535")]
PortOrNone = Annotated[
    int, msgspec.Meta(ge=0, le=65535, description="a port from 1 to 65535, or 0 where there is none")
]
Seconds = Annotated[
    float, msgspec.Meta(gt=0, le=86_400, description="a number of seconds above 0, at most 86400 (a day)")
]
Timing = Literal["standard", "drill"]
Policy = Literal["observe", "approve", "auto"]
Manager = Literal["supervisor", "docker", "compose", "pm2", "systemd", "process"]
Moment = Annotated[
    datetime, msgspec.Meta(tz=True, description="a time with its offset, such as 2026-03-01T10:00:00+08:00")
]
"""With an offset, as in `2026-03-01T10:00:00+08:00`: whoever reads the file may live elsewhere."""
MetricName = Annotated[
    str, msgspec.Meta(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*\Z", description="the name of a Prometheus metric")
]
LabelName = Annotated[
    str, msgspec.Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*\Z", description="the name of a Prometheus label")
]
Address = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+:[0-9]{1,5}\Z", description="host:port, such as 127.0.0.1:9187")
]
"""A host and a port, as in `127.0.0.1:9187`."""
ServiceName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_-]{0,62}\Z",
        description="small letters, digits, - and _, with a letter first, at most 63",
    ),
]

HttpUrl = Annotated[
    str, msgspec.Meta(pattern=r"^https?://[^/\s]\S*\Z", description="an address such as https://example.org")
]

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?")


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: immutable, and it refuses keys it does not know."""

    def __post_init__(self) -> None:
        if found := tuple(self.problems()):
            raise ProblemsError(found)

    def problems(self) -> Iterator[Problem]:
        """What does not go together although each value is of its type; places start at this table."""
        return iter(())


def wrong_host(host: str, *, in_url: bool = False) -> str | None:
    """What is wrong with a name or an address of a machine; None where it is one.

    `in_url`: it must fit into `host:port`, which an IPv6 address does not.
    """
    with suppress(ValueError):
        if in_url and ipaddress.ip_address(host).version == 6:
            return (
                f"{host!r} is an IPv6 address, which does not fit into host:port. Use a name for it, such as localhost."
            )
        ipaddress.ip_address(host)
        return None
    if _HOST_NAME.fullmatch(host) and not host.replace(".", "").isdigit():
        return None
    return f"{host!r} is no host. Use a name or an address such as 127.0.0.1, without port or path."

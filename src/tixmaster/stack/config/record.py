"""What all tables of `tixmaster.toml` are made of."""

from __future__ import annotations

from collections.abc import Iterator
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
    msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]*\Z", description="small letters, digits, - and _, with a letter first"),
]

HttpUrl = Annotated[
    str, msgspec.Meta(pattern=r"^https?://[^/\s]\S*\Z", description="an address such as https://example.org")
]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: immutable, and it refuses keys it does not know."""

    def __post_init__(self) -> None:
        if found := tuple(self.problems()):
            raise ProblemsError(found)

    def problems(self) -> Iterator[Problem]:
        """What does not go together although each value is of its type; places start at this table."""
        return iter(())

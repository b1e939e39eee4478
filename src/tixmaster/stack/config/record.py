"""What all tables of `tixmaster.toml` are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
PortOrNone = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Timing = Literal["standard", "drill"]
Policy = Literal["observe", "approve", "auto"]
Manager = Literal["supervisor", "docker", "compose", "pm2", "systemd", "process"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""With an offset, as in `2026-03-01T10:00:00+08:00`: whoever reads the file may live elsewhere."""
MetricName = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
LabelName = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+:[0-9]{1,5}$")]
"""A host and a port, as in `127.0.0.1:9187`."""
ServiceName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]*$")]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: immutable, and it refuses keys it does not know."""

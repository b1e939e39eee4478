"""Does something listen? The port test of SOP 3.3."""

from __future__ import annotations

import socket
import time
from typing import Annotated

import msgspec

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check

PAUSE_SECONDS = 0.5


class TcpParams(Params, frozen=True, kw_only=True):
    """`service`: whose port; `tries`: connections to attempt, half a second apart."""

    service: str
    tries: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3


@check("tcp", TcpParams)
def tcp(params: TcpParams, scene: Scene) -> Finding:
    """Connects `tries` times; failed only if no try succeeds."""
    service = scene.config.service(params.service)
    address = f"{service.host}:{service.port}"
    share = scene.timeout / params.tries - PAUSE_SECONDS
    errors: list[str] = []
    for attempt in range(params.tries):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            socket.create_connection((service.host, service.port), timeout=max(share, 0.2)).close()
        except OSError as error:
            errors.append(error.strerror or str(error) or type(error).__name__)
        else:
            return Finding(
                status="ok", reason=f"{address} accepts connections", value={"address": address, "open": True}
            )
    return Finding(
        status="failed",
        reason=f"TCP {address}: {errors[-1].lower()}, {len(errors)} of {params.tries} tries",
        value={"address": address, "open": False, "error": errors[-1]},
    )

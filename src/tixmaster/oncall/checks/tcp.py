"""Does something listen? The port test of SOP 3.3."""

from __future__ import annotations

import socket
import time
from typing import Annotated

from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.said import said, system

PAUSE_SECONDS = 0.5


class TcpParams(Params, frozen=True, kw_only=True):
    """The address is that of tixmaster.toml."""

    service: Annotated[str, about("whose port")]
    tries: Annotated[int, Meta(ge=1, le=10), about("how often to connect, half a second apart")] = 3


class TcpValue(Value, frozen=True, kw_only=True):
    """What the connection came to."""

    address: Annotated[str, about("host and port")] = ""
    open: Annotated[bool, about("whether it accepts connections")] = False
    error: Annotated[str | None, about("why the last try failed")] = None


@check("tcp", TcpParams, TcpValue, ahead=True)
def tcp(params: TcpParams, scene: Scene) -> Finding:
    """Connects `tries` times; failed only if no try succeeds."""
    service = scene.config.service(params.service)
    if not service.port:
        reason = said(
            "{service} has no port in tixmaster.toml; write [services] {service} = {{ port = … }}",
            "tixmaster.toml 沒有 {service} 的連接埠；請寫入 [services] {service} = {{ port = … }}",
            service=params.service,
        )
        return Finding(status="error", reason=reason, value=TcpValue().plain())
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
            value = TcpValue(address=address, open=True)
            return Finding(
                status="ok",
                reason=said("{address} accepts connections", "{address} 接受連線", address=address),
                value=value.plain(),
            )
    return Finding(
        status="failed",
        reason=said(
            "TCP {address}: {why}, {failed} of {tries} tries",
            "TCP {address}：{why}，{tries} 次嘗試中失敗 {failed} 次",
            address=address,
            why=system(errors[-1].lower()),
            failed=len(errors),
            tries=params.tries,
        ),
        value=TcpValue(address=address, error=errors[-1]).plain(),
    )

"""Does a name resolve, to what, how fast?"""

from __future__ import annotations

import socket
import threading
import time
from typing import Annotated

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.said import joined, said, system


class DnsParams(Params, frozen=True, kw_only=True):
    """The resolver is that of this machine."""

    name: Annotated[str, about("the name to look up")]
    address: Annotated[str | None, about("an address that must be among those it resolves to")] = None


class DnsValue(Value, frozen=True, kw_only=True):
    """What the resolver said."""

    resolved: Annotated[bool, about("whether it gave an address")] = False
    timed_out: Annotated[bool, about("whether it gave no answer in time")] = False
    addresses: Annotated[tuple[str, ...], about("in alphabetical order")] = ()
    milliseconds: Annotated[int | None, about("how long it took")] = None


@check("dns", DnsParams, DnsValue)
def dns(params: DnsParams, scene: Scene) -> Finding:
    """Resolves the name once. A resolver that is silent is a finding of its own."""
    outcome: list[tuple[str, ...] | OSError | UnicodeError] = []

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(params.name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            outcome.append(error)
        else:
            outcome.append(tuple(sorted({str(place[0]) for *_, place in found})))

    started = time.monotonic()
    # The C library's resolver knows no time limit; a thread that waits for it can be left behind.
    worker = threading.Thread(target=resolve, name="dns", daemon=True)
    worker.start()
    worker.join(scene.timeout)
    milliseconds = round((time.monotonic() - started) * 1000)
    if not outcome:
        reason = said(
            "{name}: the resolver gave no answer within {seconds:g} s",
            "{name}：DNS 解析器於 {seconds:g} 秒內沒有回應",
            name=params.name,
            seconds=scene.timeout,
        )
        return Finding(status="failed", reason=reason, value=DnsValue(timed_out=True).plain())
    if not isinstance(found := outcome[0], tuple):
        why = system(getattr(found, "strerror", None) or found)
        value = DnsValue(milliseconds=milliseconds)
        reason = said("{name} does not resolve: {why}", "{name} 無法解析：{why}", name=params.name, why=why)
        return Finding(status="failed", reason=reason, value=value.plain())
    value = DnsValue(resolved=True, addresses=found, milliseconds=milliseconds)
    reason = said(
        "{name} is {addresses} ({milliseconds} ms)",
        "{name} 為 {addresses}（{milliseconds} 毫秒）",
        name=params.name,
        addresses=joined(found, ", ", "、"),
        milliseconds=milliseconds,
    )
    if params.address is not None and params.address not in found:
        reason = said("{found}, not {wanted}", "{found}，而非 {wanted}", found=reason, wanted=params.address)
        return Finding(status="failed", reason=reason, value=value.plain())
    return Finding(status="ok", reason=reason, value=value.plain())

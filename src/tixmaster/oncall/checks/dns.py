"""Does a name resolve, to what, how fast?"""

from __future__ import annotations

import socket
import threading
import time
from typing import Annotated

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check


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
        reason = f"{params.name}: the resolver gave no answer within {scene.timeout:g} s"
        return Finding(status="failed", reason=reason, value=DnsValue(timed_out=True).plain())
    if not isinstance(found := outcome[0], tuple):
        words = getattr(found, "strerror", None) or str(found)
        value = DnsValue(milliseconds=milliseconds)
        return Finding(status="failed", reason=f"{params.name} does not resolve: {words}", value=value.plain())
    value = DnsValue(resolved=True, addresses=found, milliseconds=milliseconds)
    said = f"{params.name} is {', '.join(found)} ({milliseconds} ms)"
    if params.address is not None and params.address not in found:
        return Finding(status="failed", reason=f"{said}, not {params.address}", value=value.plain())
    return Finding(status="ok", reason=said, value=value.plain())

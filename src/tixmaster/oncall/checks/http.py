"""Does the service answer over HTTP, and how fast?"""

from __future__ import annotations

import time

import httpx

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check


class HttpParams(Params, frozen=True, kw_only=True):
    """`service` and `path`: what to GET. Any answer below 400 is good."""

    service: str
    path: str = "/health"


@check("http", HttpParams)
def http(params: HttpParams, scene: Scene) -> Finding:
    """GETs the path once. `value.answered` tells a bad answer from none."""
    url = scene.config.url(params.service, params.path)
    started = time.monotonic()
    try:
        answer = httpx.get(url, timeout=scene.timeout)
    except httpx.TimeoutException:
        return Finding(
            status="failed",
            reason=f"GET {url}: no answer within {scene.timeout:g} s",
            value={"answered": False, "timed_out": True},
        )
    except httpx.TransportError as error:
        return Finding(status="failed", reason=f"GET {url}: {error}", value={"answered": False, "timed_out": False})
    milliseconds = round((time.monotonic() - started) * 1000)
    return Finding(
        status="ok" if answer.status_code < 400 else "failed",
        reason=f"GET {url}: {answer.status_code} in {milliseconds} ms",
        value={"answered": True, "timed_out": False, "status_code": answer.status_code, "milliseconds": milliseconds},
    )

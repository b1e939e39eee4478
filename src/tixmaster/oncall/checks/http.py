"""Does it answer over HTTP, as expected, and how fast?"""

from __future__ import annotations

import time
from typing import Annotated, Literal

import httpx
from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.health import PATHS

MOST_BYTES = 4 * 1024 * 1024
"""More of a body is not read."""
HttpStatus = Annotated[int, Meta(ge=100, le=599)]


class HttpParams(Params, frozen=True, kw_only=True):
    """Either `service` or `url` must be given. Without `status`, any answer below 400 is good."""

    service: Annotated[str | None, about("whose address in tixmaster.toml")] = None
    path: Annotated[str | None, about("what to ask it for; where it tells of its health unless given")] = None
    url: Annotated[str | None, about("an absolute address instead")] = None
    method: Literal["GET", "HEAD"] = "GET"
    status: Annotated[HttpStatus | None, about("the status code it must answer")] = None
    contains: Annotated[str | None, about("what the body must hold")] = None

    def __post_init__(self) -> None:
        if (self.service is None) == (self.url is None):
            raise ValueError("give either service or url")
        if self.url is not None and (self.path is not None or not self.url.startswith(("http://", "https://"))):
            raise ValueError("url is the whole address, from http:// or https:// on, without path beside it")
        if self.contains is not None and self.method == "HEAD":
            raise ValueError("an answer to HEAD has no body that could hold `contains`; write method: GET")


class HttpValue(Value, frozen=True, kw_only=True):
    """What came back."""

    answered: Annotated[bool, about("whether any answer came")] = False
    timed_out: Annotated[bool, about("whether the time limit passed before the answer was whole")] = False
    status_code: Annotated[int | None, about("its status code")] = None
    milliseconds: Annotated[int | None, about("how long the whole answer took")] = None
    bytes: Annotated[int | None, about("length of the body as far as it was read, at most 4 MiB")] = None
    found: Annotated[bool | None, about("whether the body holds `contains`")] = None


@check("http", HttpParams, HttpValue)
def http(params: HttpParams, scene: Scene) -> Finding:
    """Asks once over HTTP. `value.answered` tells a bad answer from none."""
    url = _address(params, scene)
    asked = f"{params.method} {url}"
    started = time.monotonic()
    try:
        # Within one system a proxy has no business; to an absolute address it may be the only way.
        with (
            httpx.Client(timeout=scene.timeout, trust_env=params.url is not None) as client,
            client.stream(params.method, url) as answer,
        ):
            body = _body(answer, started + scene.timeout)
    except (httpx.TimeoutException, TimeoutError):
        value = HttpValue(timed_out=True)
        return Finding(status="failed", reason=f"{asked}: no answer within {scene.timeout:g} s", value=value.plain())
    except httpx.InvalidURL as error:
        return Finding(status="error", reason=f"{asked}: this is no address: {error}", value=HttpValue().plain())
    except httpx.HTTPError as error:
        words = str(error) or type(error).__name__
        return Finding(status="failed", reason=f"{asked}: {words}", value=HttpValue().plain())
    value = HttpValue(
        answered=True,
        status_code=answer.status_code,
        milliseconds=round((time.monotonic() - started) * 1000),
        bytes=len(body),
        found=None if params.contains is None else params.contains.encode() in body,
    )
    wrong = _wrong(params, value)
    said = f"{asked}: {value.status_code} in {value.milliseconds} ms"
    return Finding(
        status="failed" if wrong else "ok", reason=f"{said}, but {wrong}" if wrong else said, value=value.plain()
    )


def _address(params: HttpParams, scene: Scene) -> str:
    if params.service is None:
        return params.url or ""
    path = params.path or scene.config.service(params.service).health or PATHS.get(params.service, "/health")
    return scene.config.url(params.service, path)


def _body(answer: httpx.Response, deadline: float) -> bytes:
    """The body, or as much of it as matters; raises TimeoutError for one that drips past the deadline."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) >= MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body[:MOST_BYTES])


def _wrong(params: HttpParams, value: HttpValue) -> str | None:
    code = value.status_code or 0
    if params.status is not None and code != params.status:
        return f"{params.status} was expected"
    if params.status is None and code >= 400:
        return "that is no success"
    return f"its {value.bytes} bytes do not hold {params.contains!r}" if value.found is False else None

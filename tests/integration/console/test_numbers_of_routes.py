"""Numbers in addresses: whatever stands there, no route answers 500."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler

from .conftest import Client, Visitor, open_incident

HUGE = ("9" * 9, "9" * 10, str(2**31), "9" * 19, "9" * 20, "9" * 400, "9" * 5_000, "0", "-1", "٣", "INC-" + "9" * 20)
WORST = (str(2**31), "9" * 20, "9" * 5_000, "INC-" + "9" * 20)
PARAMETER = re.compile(r"\{(\w+):(\w+)\}")


def routes(client: Client) -> list[tuple[str, str]]:
    """Method and path of every route with a parameter, but for files and streams."""
    found: list[tuple[str, str]] = []
    for route in client.app.routes:
        path = "/" + "/".join(
            part if isinstance(part, str) else f"{{{part.name}:{part.type.__name__}}}" for part in route.path_components
        )
        handlers: list[Any] = getattr(route, "route_handlers", [])
        found += [
            (method, path)
            for handler in handlers
            if isinstance(handler, HTTPRouteHandler) and PARAMETER.search(path)
            for method in sorted(str(one) for one in handler.http_methods)
            if method in ("GET", "POST", "DELETE")
        ]
    return sorted(set(found))


def test_no_number_in_a_path_is_an_error_of_ours(client: Client, responder: Visitor, bearer: Any, oncall: Any) -> None:
    """Each parameter of each route in turn holds numbers that neither database has."""
    open_incident(oncall)
    token, api = responder.token(), bearer("api-token")
    tried = routes(client)
    assert len(tried) > 30
    broken: list[str] = []
    for method, path in tried:
        names = PARAMETER.findall(path)
        for place in range(len(names)):
            for number in WORST:
                address = path
                for index, (name, kind) in enumerate(names):
                    address = address.replace(f"{{{name}:{kind}}}", number if index == place else "1")
                fields = {"into": number, "text": "x", "to": "mei"}
                if path.startswith("/api/"):
                    answer = client.request(method, address, headers=api, json={"by": "mei", **fields})
                elif method == "POST":
                    answer = client.post(address, data={"_csrf_token": token, **fields})
                else:
                    answer = client.request(method, address)
                if answer.status_code >= 500:
                    broken.append(f"{method} {path} {number[:30]}: {answer.text[:300]}")
    assert broken == []


@pytest.mark.parametrize(
    "address",
    [
        *("/incidents?before={}", "/incidents?q={}", "/incidents?from={}", "/incidents/statistics?weeks={}"),
        *("/live?incident={}", "/dashboards/tixmaster-oncall?panel={}", "/panels/tixmaster-oncall?only={}"),
        *("/incidents/INC-1/graph?only={}", "/incidents/INC-1/evidence/E1/view?page={}", "/api/statistics?days={}"),
    ],
)
def test_no_number_in_a_query_is_an_error_of_ours(responder: Visitor, bearer: Any, oncall: Any, address: str) -> None:
    """The same for what stands behind the question mark."""
    open_incident(oncall)
    for number in HUGE:
        if address.startswith("/live") and number in ("0", "9" * 9, "٣"):
            continue  # a stream that waits for that incident
        headers = bearer("api-token") if address.startswith("/api/") else {}
        answer = responder.client.get(address.format(number), headers=headers)
        assert answer.status_code < 500, f"{address} {number[:30]}: {answer.text[:300]}"

"""Whatever is sent to the webhook: no answer is a 5xx, what can be understood becomes an incident, and the rest is listed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.boxoffice.cluster import Cluster
from tests.integration.oncall.state import new_database, state_server

from tixmaster.oncall import normalize, rejections
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.intake import MAX_BODY_BYTES, MOST_ALERTS
from tixmaster.oncall.store.schema import alert_event, incident, incident_alert, rejected_alert, timeline
from tixmaster.stack.config import Config

from .conftest import Client, Visitor

Post = Callable[[bytes], Any]
EXAMPLES = 100
JOINS = {"opened", "joined", "took-over", "fired-again", "flapping", "known"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with state_server(tmp_path_factory.mktemp("state")) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, config: Config) -> Config:
    """The configuration, with the state in either database."""
    if request.param == "sqlite":
        return config
    url = new_database(request.getfixturevalue("server"), f"oncall_{uuid4().hex[:8]}")
    url = url.set(drivername="postgresql")
    settings = msgspec.structs.replace(config.oncall, database=url.render_as_string(hide_password=False))
    return msgspec.structs.replace(config, oncall=settings)


@pytest.fixture
def post(client: Client, bearer: Callable[[str], dict[str, str]]) -> Post:
    """Sends a body to the webhook, as Alertmanager does."""
    headers = bearer("webhook-token")
    return lambda body: client.post("/webhook/alertmanager", content=body, headers=headers)


def webhook(*alerts: Any, **more: Any) -> bytes:
    return json.dumps({"version": "4", "groupKey": "{}", "alerts": alerts, **more}).encode()


def alert(**more: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "Fuzzed", "service": "backend", "severity": "critical"},
        "annotations": {"summary": "It is broken"},
        "startsAt": "2026-03-01T03:12:40Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": uuid4().hex[:16],
    } | more


def rejected(oncall: Oncall) -> list[dict[str, Any]]:
    with oncall.desk.database.read() as connection:
        return rejections.newest(connection, rejections.KEPT)


# What surprises a program: characters that databases, terminals and pages stumble over, lone surrogates, lengths.
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.sampled_from(
        [
            *(
                "",
                " ",
                "\x00",
                "\ud800",
                "\udfff\ud83d",
                "a\nb\r\nc",
                "\x1b[31mred\x1b[0m",
                "[red]x[/red]",
                "\u202egpj.exe",
            ),
            *(
                "{0}{x}",
                "%s%n",
                "<script>alert(1)</script>",
                "' OR 1=1 --",
                "../../../etc/passwd",
                "長" * 200,
                "-" * 9000,
            ),
            *("Watchdog", "HighErrorRate", "9" * 5000, "x" * 20_000 + " token"),
        ]
    ),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([10**400, -(2**63), 2**64])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
)
TIMES = st.one_of(
    VALUES,
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(
        [
            *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "0000-00-00T00:00:00Z"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T03:12:40", "2026-02-30T00:00:00Z"),
        ]
    ),
)
LABELS = st.dictionaries(TEXTS, SCALARS, max_size=4).flatmap(
    lambda more: st.fixed_dictionaries(
        {}, optional={"alertname": SCALARS, "service": SCALARS, "severity": SCALARS, "instance": SCALARS}
    ).map(lambda known: more | known)
)
ALERTS = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved"]) | VALUES, "labels": LABELS | VALUES},
    optional={
        "annotations": st.dictionaries(TEXTS, TEXTS, max_size=3) | VALUES,
        "startsAt": TIMES,
        "endsAt": TIMES,
        "generatorURL": VALUES,
        "x": VALUES,
    },
)


def is_usable(sent: Any) -> bool:
    """Whether an alert has a status, labels and a name that somebody can read."""
    if not isinstance(sent, dict) or sent.get("status") not in ("firing", "resolved"):
        return False
    labels = sent.get("labels")
    if not isinstance(labels, dict) or labels.get("alertname") is None:
        return False
    name = labels["alertname"]
    return normalize.line(name if isinstance(name, str) else json.dumps(name)) != ""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_webhook_is_refused_and_listed(oncall: Oncall, post: Post, body: bytes) -> None:
    """Any bytes and any JSON: 400, and one row that says why."""
    before = {row["id"] for row in rejected(oncall)}
    assert post(body).status_code == 400
    (row,) = [row for row in rejected(oncall) if row["id"] not in before]
    assert row["reason"] in ("not-a-webhook", "invalid-utf-8", "too-deep")
    assert len(row["excerpt"]) <= rejections.EXCERPT


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(ALERTS | VALUES, max_size=4), data=st.data())
def test_every_alert_is_understood_or_listed(oncall: Oncall, post: Post, sent: list[Any], data: st.DataObject) -> None:
    """A status, labels and a name make an incident, whatever the rest; everything else has a row with its reason."""
    sent = [one | {"fingerprint": uuid4().hex[:16]} if isinstance(one, dict) and len(one) % 2 else one for one in sent]
    extra = data.draw(st.fixed_dictionaries({}, optional={"groupKey": VALUES, "truncatedAlerts": VALUES, "y": VALUES}))
    before, known = {row["id"] for row in rejected(oncall)}, _newest_event(oncall)
    answer = post(webhook(*sent, **extra))
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    usable = [one for one in sent if is_usable(one)]
    assert receipt["stored"] + receipt["repeated"] + receipt["heartbeats"] == len(usable)
    rows = [row for row in rejected(oncall) if row["id"] not in before]
    assert len(rows) == sum(receipt["rejected"].values()) == len(sent) - len(usable)
    assert all(row["reason"] in receipt["rejected"] and row["detail"] and row["detail_zh"] for row in rows)
    absorb_waiting(oncall.desk)
    with oncall.desk.database.read() as connection:
        events = connection.execute(sa.select(alert_event).where(alert_event.c.id > known)).mappings().all()
        held = set(connection.execute(sa.select(incident_alert.c.fingerprint)).scalars())
    assert len(events) == receipt["stored"]
    for event in events:
        if event["status"] == "firing":
            assert event["decision"] in JOINS
            assert event["fingerprint"] in held
        else:
            assert event["decision"] in ("resolved", "unseen", "known", "stale")


def _newest_event(oncall: Oncall) -> int:
    with oncall.desk.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(alert_event.c.id), 0))).scalar_one())


REJECTED: dict[str, tuple[bytes, int]] = {
    "not-a-webhook": (b'{"version": "3", "alerts": []}', 400),
    "invalid-utf-8": (b'{"version": "4", "alerts": ["\xff"]}', 400),
    "too-deep": (b'{"version": "4", "alerts": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", 400),
    "too-large": (b'"' + b"x" * MAX_BODY_BYTES + b'"', 413),
    "too-many-alerts": (webhook(*[alert(fingerprint="same")] * (MOST_ALERTS + 1)), 200),
    "not-an-alert": (webhook("text"), 200),
    "no-status": (webhook(alert(status="on fire")), 200),
    "no-labels": (webhook(alert(labels={})), 200),
    "no-alertname": (webhook(alert(labels={"alertname": "\n\u202e"})), 200),
}


def test_each_rejection_is_stored_counted_and_shown(oncall: Oncall, post: Post, responder: Visitor) -> None:
    """In the closed set of reasons, with what was sent but without its secrets, in both languages."""
    for reason, (body, status) in REJECTED.items():
        answer = post(body)
        assert answer.status_code == status, reason
        assert rejected(oncall)[0]["reason"] == reason
    post(webhook(alert(status="x", labels={"password": "hunter2"})))
    assert "hunter2" not in rejected(oncall)[0]["excerpt"]
    english = responder.get("/alerts").text
    chinese = responder.client.get("/alerts", headers={"Accept-Language": "zh-TW"}).text
    for row in rejected(oncall):
        assert f'id="r-{row["id"]}"' in english
    for word, translated in (("no valid status", "沒有有效的 status"), ("not valid UTF-8", "不是有效的 UTF-8")):
        assert word in english
        assert translated in chinese


def test_an_alert_without_a_decision_is_stored_and_shown(oncall: Oncall, post: Post, responder: Visitor) -> None:
    """Here a trigger of the database makes it fail; those behind it are decided on all the same."""
    fail = sa.event.listens_for(oncall.desk.database.engine, "before_cursor_execute")

    @fail
    def break_one(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("INSERT INTO incident ") and "Undecidable" in str(parameters):
            raise ValueError("no incident can be made of it")

    post(webhook(alert(labels={"alertname": "Undecidable"}), alert()))
    assert sorted(absorb_waiting(oncall.desk)) == ["opened", "undecidable"]
    sa.event.remove(oncall.desk.database.engine, "before_cursor_execute", break_one)
    (row,) = rejected(oncall)
    assert row["reason"] == "undecidable"
    assert "Undecidable" in row["excerpt"]
    assert "no decision possible" in responder.get("/alerts").text


def test_the_list_of_what_was_rejected_is_bounded(oncall: Oncall, post: Post) -> None:
    """However much a broken sender sends, the newest rows are kept."""
    post(webhook(*range(rejections.KEPT * 2)))
    post(webhook(*("the newest" for _ in range(10))))
    with oncall.desk.database.read() as connection:
        kept = connection.execute(sa.select(sa.func.count()).select_from(rejected_alert)).scalar_one()
    assert kept == rejections.KEPT
    assert "the newest" in rejected(oncall)[0]["excerpt"]


def test_a_start_that_is_none_is_the_time_of_receipt(oncall: Oncall, post: Post) -> None:
    """The year 1, the far future, none at all: the original value stands on the timeline."""
    for number, start in enumerate(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", None)):
        labels = {"alertname": f"Start{number}", "service": f"service-{number}"}
        assert post(webhook(alert(labels=labels, startsAt=start))).json()["stored"] == 1
    assert absorb_waiting(oncall.desk) == ["opened"] * 4
    with oncall.desk.database.read() as connection:
        rows = connection.execute(sa.select(incident).order_by(incident.c.number)).mappings().all()
        notes = connection.execute(sa.select(timeline).where(timeline.c.kind == "alert-replaced")).mappings().all()
    assert all(timedelta() <= row["opened_at"] - row["started_at"] < timedelta(minutes=2) for row in rows)
    assert ["0001-01-01" in notes[0]["text"], "9999-12-31" in notes[1]["text"], "yesterday" in notes[2]["text"]] == [
        True
    ] * 3
    assert all(row["text_zh"] != row["text"] for row in notes)

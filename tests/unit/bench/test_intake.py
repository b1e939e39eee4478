"""The judgement of `tix bench intake`, and its webhooks."""

from __future__ import annotations

from collections import Counter

from tixmaster.bench import intake, webhooks
from tixmaster.bench.kept import Kept
from tixmaster.bench.sender import Sent
from tixmaster.oncall.clock import utc_now
from tixmaster.oncall.intake import read


def outcome(*, events: int = 1000, refused: int = 0) -> intake.Outcome:
    sent = Sent(
        alerts=1000, seconds=0.5, latencies=Counter({5000: 1000}), refused=Counter({503: refused} if refused else {})
    )
    empty = Sent(latencies=Counter({1: 1}))
    kept = {
        intake.SUSTAINED: Kept(events=events, incidents=1, mails=1),
        intake.STORM: Kept(events=0, incidents=1, mails=1),
    }
    idle = intake.Idle(mb=100, cpu_percent=0.5)
    return intake.Outcome(idle=idle, sustained=sent, storm=empty, absorbed_s=1.0, kept=kept, baseline_per_s=4000)


def test_what_meets_the_targets_is_ok() -> None:
    """All targets are judged, and the ratio is to SQLite by itself."""
    found = intake.figures(outcome())
    assert (found["alerts_per_s"], found["p99_ms"], found["lost"], found["ratio"]) == (2000, 5, 0, 0.5)
    assert intake.document(found)["ok"]


def test_one_lost_alert_or_refusal_is_not_ok() -> None:
    """However fast it was."""
    assert not intake.document(intake.figures(outcome(events=999)))["ok"]
    assert not intake.document(intake.figures(outcome(refused=1)))["ok"]


def test_the_webhooks_are_what_on_call_reads() -> None:
    """Every alert is an event of its own."""
    deliveries = [read(body, utc_now()) for _, body in webhooks.bodies("X", 25, 10)]
    rows = [row for delivery in deliveries for row in delivery.rows]
    assert len({row["key"] for row in rows}) == 25
    assert not any(delivery.refused for delivery in deliveries)

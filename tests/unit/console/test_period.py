"""The time a dashboard shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from litestar.exceptions import ValidationException

from tixmaster.console.dashboards.period import POINTS, RANGES, period_of

NOW = datetime(2026, 3, 1, 10, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize("span", RANGES)
def test_a_range_is_drawn_as_finely_as_can_be_seen_and_keeps_its_shape(span: str) -> None:
    """Up to now, on multiples of the step: a second later nearly all moments are the same."""
    period = period_of(NOW, span, None, None)
    assert period.start.timestamp() % period.step == period.end.timestamp() % period.step == 0
    assert NOW.timestamp() - period.times[-1] < period.step
    assert POINTS / 3 < len(period.times) <= POINTS + 1
    assert period_of(NOW.replace(second=8), span, None, None).times[:-1] == period.times[:-1]


def test_both_ends_can_be_given_in_any_zone_and_never_lie_ahead() -> None:
    """As links of incidents have them, which reach beyond the present while it is open."""
    period = period_of(NOW, None, "2026-03-01T17:00:00+08:00", "2026-03-02T10:00:00Z")
    assert (period.start.hour, period.times[-1]) == (9, int(NOW.timestamp()) // period.step * period.step)


@pytest.mark.parametrize(
    ("span", "start", "end", "said"),
    [
        ("2y", None, None, "choose one of 15m"),
        (None, "2026-03-01T09:00:00Z", None, "has both ends"),
        (None, "yesterday", "today", "is no moment"),
        (None, "2026-03-01T08:00:00", "2026-03-01T09:00:00", "needs a time zone"),
        (None, "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "35 days"),
        (None, "2026-03-01T09:00:00Z", "2026-03-01T08:00:00Z", "between a minute"),
        (None, "2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z", "before now"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused_with_a_reason(
    span: str | None, start: str | None, end: str | None, said: str
) -> None:
    """Whatever stands in the address."""
    with pytest.raises(ValidationException, match=said):
        period_of(NOW, span, start, end)

"""What the entry makes of an alert, whatever stands in its fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tixmaster.oncall.normalize import NormalAlert, alert

NOW = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
FIELDS = ("starts_at", "ends_at", "fingerprint", "generator_url", "sent_labels", "sent_annotations")


def normal(**fields: Any) -> NormalAlert:
    """An alert with the fields named, the others as they mostly are."""
    usual: dict[str, Any] = {
        "status": "firing",
        "sent_labels": {"alertname": "HighErrorRate"},
        "sent_annotations": {"summary": "It is broken"},
        "starts_at": "2026-03-01T03:10:00Z",
        "ends_at": "",
        "fingerprint": "f" * 16,
        "generator_url": "",
    }
    return alert(**usual | fields, now=NOW)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", '{"\ud800": null}', "\x00", "\u202e", "9" * 5000, ""])
def test_no_text_in_any_field_stops_it(field: str, text: str) -> None:
    """Lone surrogates have no UTF-8, and a time with one is no time."""
    value = {"alertname": text, text: "x"} if field.startswith("sent_") else text
    found = normal(**{field: value})
    for stored in (
        found.fingerprint,
        found.generator_url,
        found.key,
        *found.labels.values(),
        *found.annotations.values(),
    ):
        stored.encode()
        assert "\x00" not in stored

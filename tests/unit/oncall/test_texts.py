"""Signatures and redaction: what is grouped, and what is blacked out."""

from __future__ import annotations

import pytest

from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.logs import signing as signatures


def test_messages_that_differ_in_ids_are_one_signature() -> None:
    """Numbers, addresses and UUIDs vary; words do not."""
    groups = signatures.group(
        [
            "order 4711 failed after 12.5 ms",
            "order 9 failed after 3 ms",
            "user 1f6c2a9e-0d34-4a41-9f3e-5f7c1d2b3a4c not found",
        ]
    )
    assert [(item.pattern, item.count) for item in groups] == [
        ("order * failed after *", 2),
        ("user * not found", 1),
    ]


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("hunter2", "postgresql://tix:hunter2@127.0.0.1:5432/tix"),
        ("eyJhbGciOi", "token eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOjF9.c2lnbmF0dXJl used"),
        ("abcdef123456", "Authorization: Bearer abcdef123456"),
        ("s3cret", '{"password": "s3cret", "name": "a"}'),
        ("ann@example.org", "mail to ann@example.org failed"),
        ("4111 1111 1111 1111", "card 4111 1111 1111 1111 declined"),
        ("0912-345-678", "phone 0912-345-678"),
        ("+886 912 345 678", "call +886 912 345 678"),
    ],
)
def test_secrets_and_personal_data_are_blacked_out(secret: str, text: str) -> None:
    """Nothing of it is left."""
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T03:12:40.123Z ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
        "sha256 63ebd80864231d53db19f26fef087e4336ccc1aa159071925732781c0b056847",
        '{"duration": 1763872000123, "statusCode": 503, "requestId": "8f1c"}',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Evidence must stay readable."""
    assert redact(text) == text

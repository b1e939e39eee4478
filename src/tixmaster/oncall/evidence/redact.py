"""Redaction: secrets and personal data are blacked out before anything is kept as evidence or leaves the machine."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [token]"),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]*://[^:/\s@]*:)[^@\s]+@"), r"\1[password]@"),
    (
        re.compile(
            r"(?i)(\"?\b(?:password|passwd|secret|token|api[_-]?key|authorization)\"?\s*[:=]\s*)(\"[^\"]*\"|[^\s,}&]+)"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), "[e-mail]"),
    (re.compile(r"(?<![\w.])(?:\d{4}[ -]?){3}\d{3,4}(?![\w.])"), "[card number]"),
    (re.compile(r"(?<![\w.:-])\+\d{1,3}[ -]?\d(?:[ -]?\d){6,11}\b|\b09\d{2}-?\d{3}-?\d{3}\b"), "[phone]"),
)


def redact(text: str) -> str:
    """The text with tokens, passwords, addresses, card and phone numbers replaced by what they were."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text

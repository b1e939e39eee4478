"""Redaction: secrets and personal data are blacked out before anything is kept as evidence or leaves the machine.

Every kind is recognised by its own form, and by its check digit where it has one, so that what engineers need (request ids,
hashes, times, counts, prices, ports) stays. What is only secret by what it is called goes by its name (`password=`).
Nothing is ever shown twice: the replacement tells what stood there and is itself left alone by a second pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_Replace = str | Callable[[re.Match[str]], str]
_Rule = tuple[tuple[str, ...], re.Pattern[str], _Replace]
"""What the lower-case text must hold one of for the rule to be worth a look, the form, and what takes its place."""

_NAMES: Final = (
    r"(?:[\w.-]*(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"|[\w-]*(?:session[_-]?id|sessid)|sid|pwd|csrf|xsrf|authorization|密碼|通行碼)"
)
_HEADERS: Final = r"(?:set-cookie|cookie|authorization|proxy-authorization|x-api-key|x-auth-token)"
_COUNTED: Final = re.compile(r"(?i)(?:true|false|null|none|ok|\d{1,6}|\[[\w -]+\]|\*+|<[\w -]+>)\Z")
"""What stands behind such a name and is none: `tokens: 12`, `password: null`, what was redacted already."""
_LETTER_CODES: Final = {letter: code for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
_ID_WEIGHTS: Final = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def redact(text: str) -> str:
    """The text with tokens, passwords, keys, sessions, addresses, card, phone and identity numbers replaced by their kind."""
    lower = text.lower()
    for signs, pattern, replacement in _RULES:
        for sign in signs:  # not `any`: a generator each would take most of the time that short texts take
            if sign in lower:
                text = pattern.sub(replacement, text)
                break
    return _DIGITS.sub(_number, text) if _HAS_DIGITS.search(text) else text


def _named(match: re.Match[str]) -> str:
    """The value behind a name that says that it is secret."""
    value = match["value"].strip("\"'\\")
    return (
        match[0] if not value or _COUNTED.match(value) else f"{match['name']}{match['quote']}[secret]{match['quote']}"
    )


def _header(match: re.Match[str]) -> str:
    """A header's value, up to its quote or the end of the line."""
    return f"{match['name']}{match['quote'] or ''}[secret]{match['quote'] or ''}"


def _national_id(match: re.Match[str]) -> str:
    """Taiwan's identity numbers and those of residents: a letter, a 1, 2, 8 or 9, and a check digit."""
    code = _LETTER_CODES[match[0][0]]
    digits = (code // 10, code % 10, *map(int, match[0][1:]))
    sound = sum(digit * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=True)) % 10 == 0
    return "[national id]" if sound else match[0]


def _number(match: re.Match[str]) -> str:
    """A card by its length, first digit and Luhn's check digit; a phone by its prefix."""
    digits = re.sub(r"\D", "", match[0])
    if match["card"]:
        return "[card number]" if _is_card(digits) else match[0]
    return "[phone]"


def _is_card(digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    return _luhn(digits) and digits[0] in "23456"


def _luhn(digits: Iterable[str]) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(tuple(digits))):
        doubled = int(digit) * (place % 2 + 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


_RULES: Final[tuple[_Rule, ...]] = (
    (
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.S,
        ),
        "[private key]",
    ),
    (("eyj",), re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (
        ("gh", "github_pat_", "glpat-"),
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})"),
        "[token]",
    ),
    (("akia", "asia", "aroa"), re.compile(r"\b(?:AKIA|ASIA|AROA)[0-9A-Z]{16}\b"), "[token]"),
    (("xox", "xapp-"), re.compile(r"\b(?:xox[abeoprs]-[\w-]{8,}|xapp-[\w-]{8,})"), "[token]"),
    (
        ("hooks.slack.com", "discord"),
        re.compile(r"(https://(?:hooks\.slack\.com/\w+|(?:\w+\.)?discord(?:app)?\.com/api/webhooks))/[\w/-]+"),
        r"\1/[token]",
    ),
    (
        ("_live_", "_test_", "whsec_"),
        re.compile(r"\b(?:[spr]k_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[\w+/=]{8,})"),
        "[token]",
    ),
    (("sk-",), re.compile(r"\bsk-[\w-]{20,}"), "[token]"),
    (("aiza",), re.compile(r"\bAIza[\w-]{35}"), "[token]"),
    (("tix_",), re.compile(r"\btix_[A-Za-z0-9_-]{20,}"), "[token]"),
    (
        ("bearer", "basic"),
        re.compile(r"(?i)\b(bearer|basic)\s+(?=[\w.~+/=-]*[\d=+/._~-])[\w.~+/=-]{8,}"),
        r"\1 [token]",
    ),
    (
        ("cookie", "authorization", "x-api-key", "x-auth-token"),
        re.compile(
            rf"(?im)(?P<name>\b{_HEADERS}(?:\\?[\"'])?\s*[:=]\s*)"
            r"(?:(?P<quote>\\?[\"'])(?P<value>(?:[^\"'\\]|\\(?![\"']))*)(?P=quote)|(?P<rest>[^\r\n\"'}\\]+))"
        ),
        _header,
    ),
    (("://",), re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^:/?#\s@\"']*:)[^\s\"']+?@(?=[\w.\[-])"), r"\1[password]@"),
    (
        ("pass", "pwd", "secret", "token", "key", "credential", "sess", "sid", "csrf", "xsrf", "authorization", "碼"),
        re.compile(
            rf"(?i)(?P<name>(?<![A-Za-z0-9_])--?{_NAMES}[ =]|(?<![A-Za-z0-9_]){_NAMES}(?:\\?[\"'])?\s*[:=：＝]\s*)"
            r"(?P<quote>\\?[\"']?)(?P<value>(?<=\\\")(?:[^\"\\]|\\[^\"])*|(?<=\")(?:[^\"\\]|\\.)*|(?<=')[^']*|[^\s,;&\"'{}\[]+)"
            r"(?P=quote)"
        ),
        _named,
    ),
    (("@",), re.compile(r"(?<![\w.+-])[\w.+%-]*[\w+%-]@(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w-])"), "[e-mail]"),
    (("",), re.compile(r"(?<![A-Za-z0-9])[A-Z][1289]\d{8}(?![A-Za-z0-9])"), _national_id),
)

_HAS_DIGITS: Final = re.compile(r"\d{4}|\d[ -]\d|\+\d|\(\d")
_DIGITS: Final = re.compile(
    r"(?<![\w.:/+-])(?P<card>[2-6](?:[ -]?\d){12,18})(?![\w]|[.:-]\d)"
    r"|(?<![\w.:/-])(?:\+|00)[1-9]\d{0,2}[ -]?(?:\(0\)[ -]?)?(?:\(\d{1,4}\)[ -]?)?\d(?:[ -]?\d){6,11}(?![\w]|[.:]\d)"
    r"|(?<![\w.:/+-])09\d{2}[ -]?\d{3}[ -]?\d{3}(?![\w]|[.:-]\d)"
    r"|(?<![\w.:/+-])(?:\(0[2-8]\d?\)[ ]?|0[2-8]\d?-)\d{3,4}[ -]?\d{4}(?![\w]|[.:-]\d)"
)

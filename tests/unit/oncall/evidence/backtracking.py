"""The rules of redaction as they ran on `re` until version 1.0: what the ones on RE2 are compared with on clean text.

Backtracking makes them quadratic on hostile text, so nothing but short texts of the tests' own making may meet them.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = (
    r"(?:[\w.-]*(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"|[\w-]*(?:session[_-]?id|sessid)|sid|pwd|csrf|xsrf|authorization|密碼|通行碼)"
)
_HEADERS: Final = r"(?:set-cookie|cookie|authorization|proxy-authorization|x-api-key|x-auth-token)"
_COUNTED: Final = re.compile(r"(?i)(?:true|false|null|none|ok|\d{1,6}|\[[\w -]+\]|\*+|<[\w -]+>)\Z")
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
        r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})",
        r"\b(?:AKIA|ASIA|AROA)[0-9A-Z]{16}\b",
        r"\b(?:xox[abeoprs]-[\w-]{8,}|xapp-[\w-]{8,})",
        r"https://(?:hooks\.slack\.com/\w+|(?:\w+\.)?discord(?:app)?\.com/api/webhooks)/[\w/-]+",
        r"\b(?:[spr]k_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[\w+/=]{8,})",
        r"\bsk-[\w-]{20,}",
        r"\bAIza[\w-]{35}",
        r"\btix_[A-Za-z0-9_-]{20,}",
        r"(?i)\b(bearer|basic)\s+(?=[\w.~+/=-]*[\d=+/._~-])[\w.~+/=-]{8,}",
        rf"(?im)\b{_HEADERS}(?:\\?[\"'])?\s*[:=]\s*"
        r"(?:(?P<quote>\\?[\"'])(?P<value>(?:[^\"'\\]|\\(?![\"']))*)(?P=quote)|(?P<rest>[^\r\n\"'}\\]+))",
        r"(?i)\b([a-z][a-z0-9+.-]*://[^:/?#\s@\"']*:)[^\s\"']+?@(?=[\w.\[-])",
        rf"(?i)(?P<name>(?<![A-Za-z0-9_])--?{_NAMES}[ =]|(?<![A-Za-z0-9_]){_NAMES}(?:\\?[\"'])?\s*[:=：＝]\s*)"
        r"(?P<quote>\\?[\"']?)(?P<named>(?<=\\\")(?:[^\"\\]|\\[^\"])*|(?<=\")(?:[^\"\\]|\\.)*|(?<=')[^']*|[^\s,;&\"'{}\[]+)"
        r"(?P=quote)",
        r"(?<![\w.+-])[\w.+%-]*[\w+%-]@(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w-])",
        r"(?<![\w.:/+-])[2-6](?:[ -]?\d){12,18}(?![\w]|[.:-]\d)",
        r"(?<![\w.:/-])(?:\+|00)[1-9]\d{0,2}[ -]?(?:\(0\)[ -]?)?(?:\(\d{1,4}\)[ -]?)?\d(?:[ -]?\d){6,11}(?![\w]|[.:]\d)",
        r"(?<![\w.:/+-])09\d{2}[ -]?\d{3}[ -]?\d{3}(?![\w]|[.:-]\d)",
        r"(?<![\w.:/+-])(?:\(0[2-8]\d?\)[ ]?|0[2-8]\d?-)\d{3,4}[ -]?\d{4}(?![\w]|[.:-]\d)",
        r"(?<![A-Za-z0-9])[A-Z][1289]\d{8}(?![A-Za-z0-9])",
    )
)


def clean(text: str) -> bool:
    """Whether none of the rules finds anything; those with a check digit count without it."""
    return not any(_found(form, text) for form in _FORMS)


def _found(form: re.Pattern[str], text: str) -> bool:
    for match in form.finditer(text):
        value = match.groupdict().get("named")
        if value is None or (value.strip("\"'\\") and not _COUNTED.match(value.strip("\"'\\"))):
            return True
    return False

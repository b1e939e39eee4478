"""The variable parts of a message as `*`: what is left is the same for the same trouble.

Every rule treats all digits alike, so messages that differ in digits only have one pattern; `signing.py` relies on it.
"""

from __future__ import annotations

import re
from typing import Final

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ASKED: Final = "|".join(rf'(?<="{method}\ )' for method in _METHODS)
_ROUTE: Final = "".join(rf"(?<!{method}\ )" for method in _METHODS)
_MONTHS: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ENDS: Final = (
    "com|net|org|edu|gov|mil|info|biz|local|internal|lan|"
    "cn|tw|jp|kr|hk|sg|de|fr|uk|nl|ru|br|au|ca|pl|se|ch|eu|cz|hu|tr|ar|mx"
)
_DATE: Final = (
    r"\d{4}[-/.]\d\d[-/.]\d\d(?:[T\ _-]\d\d[:.]\d\d(?:[:.]\d\d)?(?:[.,]\d+)?)?\ ?(?:Z\b|UTC\b|[+-]\d\d:?\d\d\b)?"
)
_LONG_DATE: Final = (
    rf"(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ +)?\b{_MONTHS}\ +\d\d?,?(?:\ \d{{4}})?\ \d\d:\d\d:\d\d"
    r"(?:[.,]\d+)?(?:\ [A-Z]{3,4})?(?:\ \d{4})?"
)
_ALONE: Final = "(?<![0-9A-Za-z])"
_ENDED: Final = "(?![0-9A-Za-z])"
"""Borders of an id: unlike those of a word they leave the `pay_` of `pay_9f1c…` outside."""
_UNITS: Final = r"(?:ns|us|µs|ms|secs?|seconds?|mins?|minutes?|hours?|[KMGT]i?B|kB|bytes?|B)\b"

_VARIABLE: Final = re.compile(
    rf"""
    \b[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}\b             # UUID
  | \b{_DATE} | {_LONG_DATE}
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                                                  # e-mail
  | (?:{_ASKED})[^"\s]+(?:\ HTTP/[\d.]+)?                                                         # what was asked for
  | \b[a-z][a-z0-9+.-]*://[^\s"'<>)\],;]+                                                         # URL
  | \b(?:[A-Za-z]:|\\)\\[^\s"'<>|]+                                                               # path of Windows
  | {_ROUTE}(?<![\w/.:*])~?/(?:[\w.@%+~=-]+/)+[\w.@%+~=-]*                                        # path
  | (?<![\w'])'[^'\s]{{1,200}}'(?![\w'])  |  (?<![\w"])"[^"\s]{{1,200}}"(?![\w"])                 # quoted value
  | \b0[xX][0-9a-fA-F]+\b                                                                         # address
  | \b(?:[0-9a-fA-F]{{1,2}}[:-]){{5}}[0-9a-fA-F]{{1,2}}\b                                         # network card
  | (?<![\w:])(?:[0-9a-fA-F]{{0,4}}:){{2,7}}[0-9a-fA-F]{{1,4}}(?![\w:])                           # IPv6 address
  | {_ALONE}(?:(?=[0-9a-f]*\d)[0-9a-f]{{8,}}|(?=[0-9A-F]*\d)[0-9A-F]{{8,}}){_ENDED}               # hash, id
  | {_ALONE}(?:[0-9a-f]{{8}}|[0-9a-f]{{16}}|[0-9a-f]{{24}}|[0-9a-f]{{32}}|[0-9a-f]{{40}}|[0-9a-f]{{64}}){_ENDED}
  | \b(?!(?:org|com|net|io|java|javax)\.)(?:[\w-]+\.)+(?:{_ENDS})\b(?![.\w(])                     # host
  | (?<=[Uu]ser\ )(?!unknown\b|name\b)[\w.@\\-]+(?=\ (?:from|by)\b|\ \[|$)                        # who
  | (?<=\bfor\ )(?!invalid\b)[\w.@-]+(?=\ from\b)
  | <?(?<![A-Za-z\d.])-?\d+(?:\.\d+)?\ ?{_UNITS}                                                  # duration, size
  | <?(?<![A-Za-z\d.])-?\d+(?:\.\d+)?(?:s|m|h|d|%)(?!\w)
  | {_ALONE}[A-Za-z]*\d+[A-Za-z][A-Za-z0-9]*                                                      # id of letters and digits
  | (?<![A-Za-z\d])-?\d+(?:[.,:]\d+)*  |  \d+(?:\.\d+)*                                           # number, version, IPv4
    """,
    re.VERBOSE,
)
_JOINED: Final = re.compile(r"\*(?:[-_.:,/+#@]{1,3}\*)+")
_REMARK: Final = re.compile(r"\* \(\*?\)")
_REPEATED: Final = re.compile(r"(?<!\S)(\S*\*\S*)(?: \1)+(?!\S)")
LONGEST: Final = 2000
"""So many characters of a message say what it is; the rest is data."""


def pattern_of(message: str) -> str:
    """The message in one line, with its variable parts as `*` (several in a row as one)."""
    pattern = _VARIABLE.sub("*", " ".join(message[:LONGEST].split()))
    if "*" in pattern:
        pattern = _JOINED.sub("*", pattern)
        pattern = _REMARK.sub("*", pattern)
        pattern = _REPEATED.sub(r"\1", pattern)
    return pattern

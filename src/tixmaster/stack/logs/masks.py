"""The variable parts of a message as `*`: what is left is the same for the same trouble.

Messages come with all digits as zeros (`shape_of_raw`), so no rule can depend on a digit. Words are masked one by one and
remembered; what stretches over several words (durations, dates, lists) is looked at once for each masked message.
"""

from __future__ import annotations

import re
from typing import Final

_SAME_DIGIT: Final = bytes.maketrans(b"123456789", b"000000000")
_METHOD: Final = r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)"
_ENDS: Final = (
    "com|net|org|edu|gov|mil|info|biz|local|internal|lan|asia|app|dev|cloud|"
    "cn|tw|jp|kr|hk|sg|in|id|my|th|vn|ph|de|fr|uk|nl|ru|br|au|nz|ca|us|pl|se|no|fi|dk|ch|at|be|it|es|pt|gr|ro|ua|il|za|eu|"
    "cz|sk|hu|tr|ar|cl|mx|tv"
)
_ALONE: Final = "(?<![0-9A-Za-z])"
_ENDED: Final = "(?![0-9A-Za-z])"
"""Borders of an id: unlike those of a word they leave the `pay_` of `pay_9f1c…` outside."""
_PART: Final = r"[A-Za-z0_$][\w$-]*"
_UNITS: Final = r"(?:ns|us|µs|ms|msecs?|secs?|seconds?|mins?|minutes?|hours?|days?|[KMGT]i?B|kB|[KMGT]?bytes?|B)\b"
_DAYS: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTHS: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"

_VALUE: Final = re.compile(
    rf"""
    \b[0a-fA-F]{{8}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{12}}\b                        # UUID
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                                                  # e-mail
  | \b[a-z][a-z0+.-]*://[^\s"'<>)\],;]+                                                           # URL
  | \b(?:[A-Za-z]:|\\)\\[^\s"'<>|]+                                                               # path of Windows
  | (?<![0-9A-Za-z_/.*\x00])~?/(?:[\w.@%+~=-]+/+)+(?:[^\s"'()<>|;,:]|[,:](?=\S))*                  # path
  | (?<![0-9A-Za-z_/.*)\]>\x00])/[A-Za-z_][\w.-]*                                                 # path, just one step
  | (?<![\w'])'(?![A-Za-z]{{1,20}}')[^'\s]{{1,200}}'(?![\w'])                                      # quoted value, no word
  | (?<![\w"])"(?![A-Za-z]{{1,20}}")[^"\s]{{1,200}}"(?![\w"])
  | \\000[^\\]{{1,200}}\\000                                                                      # the same, quotes escaped
  | \b0[xX][0a-fA-F]+\b                                                                           # address
  | \b(?:[0a-fA-F]{{1,2}}[:-]){{5,}}[0a-fA-F]{{1,2}}\b                                            # network card
  | (?<![\w:])(?:[0a-fA-F]{{0,4}}:){{2,7}}[0a-fA-F]{{1,4}}(?![\w:])                               # IPv6 address
  | (?<![\w.-])(?:[A-Za-z0_][\w-]*\.)+(?:{_ENDS})\b(?![.\w(])(?::0+)?                              # host
  | (?<![\w.$-])(?P<name>(?=[0_$.-]*[A-Za-z])\.?{_PART}(?:\.{_PART}){{2,}}(?:/\.?{_PART}(?:\.{_PART})*)?)  # package, class
  | (?<![\w.-])[A-Za-z][\w-]*(?:\.[\w-]+)+:0+\b                                                   # host, or file, and number
  | {_ALONE}(?:(?=[0a-f]*0)[0a-f]{{7,}}|(?=[0A-F]*0)[0A-F]{{7,}}){_ENDED}                          # hash, id
  | {_ALONE}(?:[0a-f]{{8}}|[0a-f]{{16}}|[0a-f]{{24}}|[0a-f]{{32}}|[0a-f]{{40}}|[0a-f]{{64}}){_ENDED}
  | {_ALONE}(?:(?=[A-Z-]*0)[A-Z0]+(?:-[A-Z0]+)+|(?=[A-Za-z-]*0)[A-Za-z0]+(?:-[A-Za-z0]+){{2,}}){_ENDED}    # code, machine
  | <?(?<![A-Za-z0.])[+-]?0+(?:\.0+)?(?:{_UNITS}|[smhd%](?!\w))                                    # duration, size, share
  | {_ALONE}[A-Za-z]*0+[A-Za-z][A-Za-z0]*                                                         # id of letters and digits
  | {_ALONE}[A-Za-z]0+{_ENDED}                                                                     # a letter and a number
  | (?<![A-Za-z0])[+-]?0+(?:[.,:]0+)*  |  0+(?:\.0+)*                                              # number, version, IPv4
    """,
    re.VERBOSE,
)
_UUID: Final = re.compile(r"[0a-f]{8}-[0a-f]{4}-[0a-f]{4}-[0a-f]{4}-[0a-f]{12}")
_HASH: Final = re.compile(
    r"((?:[A-Za-z][A-Za-z_]*[_=])?)(?=[a-f]*0)[0a-f]{7,}(?:-[0a-f]{4}){0,3}(?:-[0a-f]{12})?([\])},:;.]*)$"
    r"|((?:[a-z]+/)?[a-z]*[g-z][a-z]*-)(?=[a-f]*0)[0a-f]{7,}([\])},:;.]*)$"
)
"""A hash or UUID with what may stand before it, found sooner than below."""
_SAID: Final = re.compile(r"(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Exit|Timeout|Warning)$")
_OWNED: Final = re.compile(r"\.?(?:com|org|net|io|cn|tw|me|dev)\.")
_KEYED: Final = re.compile(r'="[^"]{1,200}"')
_ASKED: Final = re.compile(rf"(?<![\w\"])({_METHOD}) (?=/)")
_OBJECT: Final = re.compile(r"(?<==)\w+\{\*\}")

_DURATION: Final = re.compile(rf"<?\*\ {_UNITS}")
_DATE: Final = re.compile(rf"\b(?:{_DAYS},?\ +)?{_MONTHS}\ \*,?(?:\ \*)*(?:\ [A-Z]{{3,4}}\ \*)?(?:\ [A-Z]{{3,4}}\b)?")
_WHO: Final = re.compile(
    r"(?<=[Uu]ser\ )(?!unknown\b|name\b)[\w.@\\-]+(?=\ (?:from|by)\b|\ \[|$)|(?<=\bfor\ )(?!invalid\b)[\w.@-]+(?=\ from\b)"
)
_JOINED: Final = re.compile(r"\*(?:[-_.:,/+#@]{1,3}\*)+")
_COMPOSED: Final = re.compile(r"(?:[0-9A-Za-z_~.+@$#/\\{}\[\]-]*\*){2,}(?:[0-9A-Za-z_~+@$#/\\{}\[\]-]|\.(?=\w))*")
_REMARK: Final = re.compile(r"\* \(\*?\)")
_LIST: Final = re.compile(r"(?<!\S)[A-Za-z]{0,8}\*(?: [A-Za-z]{0,8}\*){2,}(?!\S)")
_REPEATED: Final = re.compile(r"(?<!\S)(\S*\*\S*(?: \S+){0,2}?)(?: \1)+(?!\S)")
_ENUMERATED: Final = re.compile(r"\*(?:, ?\*)+")
_STAR: Final = "\x01"
"""A `*` of the message itself, which is no mask."""
LONGEST: Final = 2000
"""So many characters of a message say what it is; the rest is data."""
REMEMBERED: Final = 100_000
"""So many words, and so many masked messages, are kept with what becomes of them."""


def shape_of_raw(line: bytes) -> bytes:
    """The line with all its digits alike."""
    return line.translate(_SAME_DIGIT)


class Words(dict[str, str]):
    """Words with what they become; one that was not seen yet is masked."""

    def __init__(self) -> None:
        self.passing = 0
        """So many were hashes: each is another one, so there is no use in remembering it, or the line it stands in."""

    def __missing__(self, word: str) -> str:
        if _UUID.fullmatch(word):
            self.passing += 1
            return "*"
        if found := _HASH.match(word):
            self.passing += 1
            before, after, name, behind = found.groups("")
            return f"{before}{name}*{after}{behind}"
        masked = _VALUE.sub(_star, word)
        if "{*}" in masked:
            masked = _OBJECT.sub("*", masked)
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = masked
        return masked


class Masks:
    """Makes patterns, and remembers words and messages it has seen."""

    def __init__(self) -> None:
        self.words = Words()
        self._messages: dict[str, str] = {}

    def pattern_of(self, shape: str) -> str:
        """The message in one line, with its variable parts as `*` (several in a row as one). `shape` has all digits alike."""
        if len(shape) > LONGEST:
            shape = shape[:LONGEST].rpartition(" ")[0] or shape[:LONGEST]
        if '="' in shape:
            shape = _KEYED.sub("=*", shape)
        if " /" in shape:
            shape = _ASKED.sub("\\1\x00", shape)
        if "*" in shape:
            shape = shape.replace("*", _STAR)
        masked = " ".join(map(self.words.__getitem__, shape.split()))
        pattern = self._messages.get(masked)
        if pattern is None:
            pattern = _over_words(masked)
            if len(self._messages) >= REMEMBERED:
                self._messages.clear()
            self._messages[masked] = pattern
        return pattern


def _star(found: re.Match[str]) -> str:
    """A dotted name stays where it is an exception's or a constant's."""
    name = found["name"]
    if name is None:
        return "*"
    last = name.rpartition(".")[2]
    if _SAID.search(last) or (last[:1].isupper() and name[:1].islower() and not _OWNED.match(name)):
        return name.replace("0", "*")
    return "*"


def _over_words(masked: str) -> str:
    pattern = masked.replace("\x00", " ")
    if "*" not in pattern and "user " not in pattern and "for " not in pattern:
        return pattern.replace(_STAR, "*")
    pattern = _WHO.sub("*", pattern)
    if "*" in pattern:
        pattern = _DURATION.sub("*", pattern)
        pattern = _DATE.sub("*", pattern)
        pattern = _JOINED.sub("*", pattern)
        pattern = _COMPOSED.sub("*", pattern)
        pattern = _REMARK.sub("*", pattern)
        pattern = _LIST.sub("*", pattern)
        pattern = _REPEATED.sub(r"\1", pattern)
        pattern = _ENUMERATED.sub("*", pattern)
    return pattern.replace(_STAR, "*")

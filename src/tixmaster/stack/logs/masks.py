"""The variable parts of a message as `*`: what is left is the same for the same trouble.

Messages come with all digits as zeros (`shape_of_raw`), so no rule can depend on a digit. Words are masked one by one and
remembered; what stretches over several words (durations, dates, lists) is looked at once for each masked message.

All of it takes time in proportion to the length: what remains on `re` reads no character twice.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from tixmaster.stack.linear import WORD, compiled, utf8

_SAME_DIGIT: Final = bytes.maketrans(b"123456789", b"000000000")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ENDS: Final = (
    "com|net|org|edu|gov|mil|info|biz|local|internal|lan|asia|app|dev|cloud|"
    "cn|tw|jp|kr|hk|sg|in|id|my|th|vn|ph|de|fr|uk|nl|ru|br|au|nz|ca|us|pl|se|no|fi|dk|ch|at|be|it|es|pt|gr|ro|ua|il|za|eu|"
    "cz|sk|hu|tr|ar|cl|mx|tv"
)
_UNIT: Final = r"(?:ns|us|µs|ms|msecs?|secs?|seconds?|mins?|minutes?|hours?|days?|[KMGT]i?B|kB|[KMGT]?bytes?|B)"
_DAYS: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTHS: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"


def _words_with_zero(*, separated: str, groups: int) -> str:
    """So many or more groups of letters and zeros with dashes between them, in one of which there is a zero at least."""
    letters, any_ = f"[{separated}]+", f"[{separated}0]+"
    with_zero = f"[{separated}]*0[{separated}0]*"
    forms = [
        "-".join([letters] * before + [with_zero]) + rf"(?:-{any_}){{{max(0, groups - 1 - before)},}}"
        for before in range(groups - 1)
    ]
    last = "-".join([letters] * (groups - 1)) + rf"(?:-{letters})*-{with_zero}(?:-{any_})*"
    return "|".join([*forms, last])


def _hexadecimal_with_zero(letters: str, least: int) -> str:
    """So many hexadecimal digits or more, one of which is a zero."""
    forms = [rf"[{letters}]{{{before}}}0[{letters}0]{{{least - 1 - before},}}" for before in range(least - 1)]
    return "|".join([*forms, rf"[{letters}]{{{least - 1},}}0[{letters}0]*"])


def _quoted(quote: str, before: str, after: str) -> str:
    """What stands in quotes, unless it is a word. RE2 has no look-ahead, so what is no word is spelled out."""
    inside, other = rf"[^{quote} ]", rf"[^A-Za-z{quote} ]"
    return rf"{before}{quote}(?:[A-Za-z]{{0,20}}{other}{inside}{{0,199}}|[A-Za-z]{{21}}{inside}{{0,179}}){quote}{after}"


_W: Final = r"0-9A-Za-z_\xb5\xe9"
"""The characters of words, as `_flat` writes them: all letters that are not ASCII become one, only µ remains itself."""
_ANY: Final = r"[\x00-\xff]"
_BORDER: Final = rf"[^{_W}]"
_ALONE: Final = "[^0-9A-Za-z]"
"""A border of an id: unlike that of a word it leaves the `pay_` of `pay_9f1c…` outside."""
_NEITHER: Final = rf"[^{_W}.-]"
_PART: Final = rf"[A-Za-z0_$][{_W}$-]*"
_EMPTY_PART: Final = r"[0_$][0_$-]*"
_SAYING_PART: Final = rf"(?:[A-Za-z]|{_EMPTY_PART}[A-Za-z])[{_W}$-]*"
_NAME: Final = (
    rf"\.?(?:{_SAYING_PART}(?:\.{_PART}){{2,}}"
    rf"|{_EMPTY_PART}\.{_SAYING_PART}(?:\.{_PART})+"
    rf"|(?:{_EMPTY_PART}\.){{2,}}{_SAYING_PART}(?:\.{_PART})*)"
    rf"(?:/\.?{_PART}(?:\.{_PART})*)?"
)
"""The name of a package or class: three parts or more, and a letter before any other sign that says something."""
_PATH: Final = rf"[^0-9A-Za-z_/.*\x00]~?/(?:[{_W}.@%+~=-]+/+)+"
_PATH_SIGN: Final = r"""[^ "'()<>|;,:]"""
_PATH_SIGN_WITHIN: Final = r"""[^ "'()<>|;]"""
_HOST: Final = rf"(?:[A-Za-z0_][{_W}-]*\.)+(?:{_ENDS})"

_BEFORE_NAMES: Final = (
    rf"{_BORDER}[0a-fA-F]{{8}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{12}}{_BORDER}",  # UUID
    rf"""(?:{_BORDER}[A-Za-z]:|[{_W}]\\)\\[^ "'<>|]+{_ANY}""",  # path of Windows
    # A path; a comma or colon at its end is punctuation of the message.
    rf"{_PATH}(?:{_PATH_SIGN_WITHIN}*{_PATH_SIGN})? ",
    rf"{_PATH}{_PATH_SIGN_WITHIN}*[^ ]",
    rf"[^0-9A-Za-z_/.*)\]>\x00]/[A-Za-z_][{_W}.-]*{_ANY}",  # path, just one step
    _quoted("'", rf"[^{_W}']", rf"[^{_W}']"),
    _quoted('"', rf'[^{_W}"]', rf'[^{_W}"]'),
    rf"{_ANY}\\000[^\\ ]{{1,200}}\\000{_ANY}",  # the same, quotes escaped
    rf"{_BORDER}0[xX][0a-fA-F]+{_BORDER}",  # address
    rf"{_BORDER}(?:[0a-fA-F]{{1,2}}[:-]){{5,}}[0a-fA-F]{{1,2}}{_BORDER}",  # network card
    rf"[^{_W}:](?:[0a-fA-F]{{0,4}}:){{2,7}}[0a-fA-F]{{1,4}}[^{_W}:]",  # IPv6 address
    rf"{_NEITHER}{_HOST}(?::0+{_ANY}|[^{_W}.(])",  # host
)
_BEHIND_NAMES: Final = (
    rf"{_NEITHER}[A-Za-z][{_W}-]*(?:\.[{_W}-]+)+:0+{_BORDER}",  # host, or file, and number
    rf"{_ALONE}(?:{_hexadecimal_with_zero('a-f', 7)}|{_hexadecimal_with_zero('A-F', 7)}){_ALONE}",  # hash, id
    rf"{_ALONE}(?:[0a-f]{{8}}|[0a-f]{{16}}|[0a-f]{{24}}|[0a-f]{{32}}|[0a-f]{{40}}|[0a-f]{{64}}){_ALONE}",
    # code, machine
    rf"{_ALONE}(?:{_words_with_zero(separated='A-Z', groups=2)}){_ALONE}",
    rf"{_ALONE}(?:{_words_with_zero(separated='A-Za-z', groups=3)}){_ALONE}",
    # duration, size, share
    rf"(?:{_ANY}<|[^A-Za-z0.])[+-]?0+(?:\.0+)?(?:{_UNIT}|[smhd%]){_BORDER}",
    rf"{_ALONE}[A-Za-z]*0+[A-Za-z][A-Za-z0]*{_ANY}",  # id of letters and digits
    rf"{_ALONE}[A-Za-z]0+{_ALONE}",  # a letter and a number
    rf"[^A-Za-z0][+-]?0+(?:[.,:]0+)*{_ANY}",  # number, version, IPv4
    rf"{_ANY}0+(?:\.0+)*{_ANY}",
)
_VALUE: Final = compiled(
    "|".join((*_BEFORE_NAMES, rf"[^{_W}.$-]{_NAME}{_ANY}", *_BEHIND_NAMES)), groups=False, ascii_bytes=True
)
"""A value with the character before it and the one behind it: RE2 has no look-around.

The first alternative that fits counts. None of them may begin within a run of characters that it reads to the end in vain,
or all values of a long word would take the square of its length; so e-mail addresses and URLs are found by themselves.
"""
_WHICH: Final = compiled("|".join((*_BEFORE_NAMES, rf"[^{_W}.$-](?P<name>{_NAME}){_ANY}")), ascii_bytes=True)
"""The same with a group, for what may be a name."""
_Span = tuple[int, int]
_MARK: Final = re.compile(rb"@|://")
_AT_SIGN: Final = ord("@")
_DOMAIN: Final = compiled(rf"@[{_W}-]+(?:\.[{_W}-]+)+", groups=False, ascii_bytes=True)
_LOCATION: Final = compiled(r"""://[^ "'<>)\],;]+""", groups=False, ascii_bytes=True)
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"
_WORD_SIGNS: Final = frozenset(b"0123456789_" + _LETTERS + _LETTERS.upper() + b"\xb5\xe9")
_LOCAL_SIGNS: Final = _WORD_SIGNS | frozenset(b".+-")
_SCHEME_SIGNS: Final = frozenset(b"0+.-" + _LETTERS)
_UUID_BYTES: Final = re.compile(rb"[0a-fA-F]{8}-[0a-fA-F]{4}-[0a-fA-F]{4}-[0a-fA-F]{4}-[0a-fA-F]{12}")
_UUID: Final = re.compile(r"[0a-f]{8}-[0a-f]{4}-[0a-f]{4}-[0a-f]{4}-[0a-f]{12}")
_HASH: Final = re.compile(
    r"((?:[A-Za-z][A-Za-z_]*[_=])?)(?=[a-f]*0)[0a-f]{7,}(?:-[0a-f]{4}){0,3}(?:-[0a-f]{12})?([\])},:;.]*)$"
    r"|((?:[a-z]+/)?[a-f]*+[g-z][a-z]*+-)(?=[a-f]*0)[0a-f]{7,}([\])},:;.]*)$"
)
"""A hash or UUID with what may stand before it, found sooner than below."""
_SAID: Final = ("Error", "Exception", "Failure", "Fault", "Throwable", "Interrupt", "Exit", "Timeout", "Warning")
_OWNED: Final = re.compile(r"\.?(?:com|org|net|io|cn|tw|me|dev)\.")
_KEYED: Final = re.compile(r'="[^"]{1,200}"')
_ASKED: Final = re.compile("(" + "|".join(rf'{method}(?<![\w"]{method})' for method in _METHODS) + ") (?=/)")
"""The look-behind stands last in each branch: a pattern that begins with letters is searched for several times faster."""
_NUMBER: Final = re.compile(r"([\[(=]?)[+-]?(?:0+|0{1,6}(?:[.:]0+)+)([\]),.;:]*)")
"""Seven digits with others behind a point are two values below: a hash, and a number."""
_HEXADECIMAL: Final = re.compile(r"[a-f]+")
_MAY_HOLD_VALUE: Final = re.compile(r"""[0./\\'":-]|[a-f]{8}""")
"""What each alternative of `_VALUE`, and each address, needs at least: words without it, most of them, are left alone."""
_OBJECT: Final = re.compile(r"(?<==)\w++\{\*\}")

_DURATION: Final = re.compile(rf"<?\*\ {_UNIT}\b")
_DATE: Final = re.compile(rf"\b(?:{_DAYS},?\ +)?{_MONTHS}\ \*,?(?:\ \*)*(?:\ [A-Z]{{3,4}}\ \*)?(?:\ [A-Z]{{3,4}}\b)?")
_WHO: Final = compiled(
    rf"[Uu]ser ([{WORD}.@\\-]+)(?: (?:from|by)(?:[^{WORD}]|\z)| \[|\z)"
    rf"|(?:\A|[^{WORD}])for ([{WORD}.@-]+) from(?:[^{WORD}]|\z)"
)
_NOBODY: Final = compiled(rf"(?:unknown|name)(?:[^{WORD}]|\z)"), compiled(rf"invalid(?:[^{WORD}]|\z)")
"""Behind `user` and behind `for`."""
_JOINED: Final = re.compile(r"\*(?:[-_.:,/+#@]{1,3}\*)+")
_COMPOSED: Final = re.compile(r"[0-9A-Za-z_~.+@$#/\\{}\[\]*-]++")
_REMARK: Final = re.compile(r"\* \(\*?\)")
_LIST: Final = re.compile(r"(?<!\S)[A-Za-z]{0,8}\*(?: [A-Za-z]{0,8}\*){2,}(?!\S)")
_MOST_REPEATED: Final = 3
"""So many words may be what is said again and again."""
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
        masked = _masked(word)
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


def _masked(word: str) -> str:
    """The word with a `*` for each value."""
    if found := _NUMBER.fullmatch(word):  # by far the most
        return f"{found[1]}*{found[2]}"
    if not _MAY_HOLD_VALUE.search(word):
        return word
    plain = word.lstrip("([").rstrip(".,:;!?)]")
    if plain.isascii() and plain.isalpha() and not _HEXADECIMAL.fullmatch(plain):
        return word
    flat = b" %b " % _flat(word)
    parts: list[str] = []
    done = 1
    for start, end, is_address in _with_addresses(flat) if "@" in word or "://" in word else _values(flat):
        named = not is_address and flat.count(b".", start, end) >= 2
        parts += (word[done - 1 : start - 1], _mask_of_name(word, flat, start, end) if named else "*")
        done = end
    return "".join((*parts, word[done - 1 :])) if parts else word


def _values(flat: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where the values of a word begin and end, where there are no addresses."""
    found = _VALUE.search(flat)
    while found is not None:
        before, behind = found.span()
        yield before + 1, behind - 1, False
        # The last character of a value stands before the next one. The space at the end is no value.
        found = _VALUE.search(flat, behind - 2) if behind < len(flat) else None


def _with_addresses(flat: bytes) -> Iterator[tuple[int, int, bool]]:
    """The same with e-mail addresses and URLs, and which ones those are: always the leftmost of both."""
    values, addresses = _Values(flat), _Addresses(flat)
    done = 1
    while True:
        value, address = values.next(done), addresses.next(done)
        if address is not None and (value is None or address[0] <= value[0]) and not _is_uuid(flat, value, address):
            yield *address, True
            done = address[1]
        elif value is not None:
            yield *value, False
            done = value[1]
        else:
            return


class _Values:
    """Values of a word, from any place on."""

    def __init__(self, flat: bytes) -> None:
        self._flat = flat
        self._found = _VALUE.search(flat)

    def next(self, done: int) -> _Span | None:
        """The first that begins at `done` or later."""
        if self._found is not None and self._found.start() + 1 < done:
            self._found = _VALUE.search(self._flat, done - 1)
        return None if self._found is None else (self._found.start() + 1, self._found.end() - 1)


class _Addresses:
    """Where e-mail addresses and URLs begin and end. Each run of characters before an `@` or `://` is read once."""

    def __init__(self, flat: bytes) -> None:
        self._flat = flat
        self._marks = _MARK.finditer(flat)
        self._starts: Sequence[int] = ()
        self._at = 0
        self._end: int | None = None

    def next(self, done: int) -> _Span | None:
        """The first that begins at `done` or later."""
        while True:
            if (place := bisect_left(self._starts, done)) < len(self._starts):
                if self._end is None:  # looked for once, and only where it is needed: it can be far away
                    rest = _DOMAIN if self._flat[self._at] == _AT_SIGN else _LOCATION
                    self._end = found.end() if (found := rest.match(self._flat, self._at)) else -1
                if self._end >= 0:
                    return self._starts[place], self._end
            if (mark := next(self._marks, None)) is None:
                self._starts = ()
                return None
            self._at, self._end = mark.start(), None
            self._starts = self._begins()

    def _begins(self) -> Sequence[int]:
        """The places before the mark where an address may begin."""
        flat, at = self._flat, self._at
        is_email = flat[at] == _AT_SIGN
        signs = _LOCAL_SIGNS if is_email else _SCHEME_SIGNS
        begin = at
        while flat[begin - 1] in signs:  # ends at the space that _masked puts first
            begin -= 1
        if is_email:
            return range(begin, at)
        return [start for start in range(begin, at) if flat[start] in _LETTERS and flat[start - 1] not in _WORD_SIGNS]


def _is_uuid(flat: bytes, value: _Span | None, address: _Span) -> bool:
    """Whether the value is a UUID that begins where the address does: nothing else has precedence over an address."""
    return value is not None and value[0] == address[0] and _UUID_BYTES.fullmatch(flat, *value) is not None


def _mask_of_name(word: str, flat: bytes, start: int, end: int) -> str:
    """A dotted name stays where it is an exception's or a constant's."""
    name = word[start - 1 : end - 1]
    last = name.rpartition(".")[2]
    if not last.endswith(_SAID) and not (last[:1].isupper() and name[:1].islower() and not _OWNED.match(name)):
        return "*"
    # Asked last: with a group, RE2 takes twenty times as long, and most values with two dots are addresses.
    found = _WHICH.match(flat, start - 1)
    return name.replace("0", "*") if found is not None and found.start(1) >= 0 else "*"


class _Signs(dict[int, int]):
    """Characters that are not ASCII, as `_flat` writes them."""

    def __missing__(self, code: int) -> int:
        sign = code if code < 0x80 or code == 0xB5 else 0xE9 if chr(code).isalnum() else 0xD7
        if len(self) < 10_000:
            self[code] = sign
        return sign


_signs: Final = _Signs()


def _flat(word: str) -> bytes:
    """The word with one byte a character: all letters that are not ASCII alike, and all other signs."""
    return word.encode() if word.isascii() else word.translate(_signs).encode("latin-1")


def _over_words(masked: str) -> str:
    pattern = masked.replace("\x00", " ")
    if "*" not in pattern and "user " not in pattern and "for " not in pattern:
        return pattern.replace(_STAR, "*")
    pattern = _without_names(pattern)
    if "*" in pattern:
        pattern = _DURATION.sub("*", pattern)
        pattern = _DATE.sub("*", pattern)
        pattern = _JOINED.sub("*", pattern)
        pattern = _COMPOSED.sub(_composed, pattern)
        pattern = _REMARK.sub("*", pattern)
        pattern = _LIST.sub("*", pattern)
        pattern = _said_once(pattern)
        pattern = _ENUMERATED.sub("*", pattern)
    return pattern.replace(_STAR, "*")


def _without_names(pattern: str) -> str:
    """Who it was about, as `*`: `user ada from`, `for ada from`."""
    if "ser " not in pattern and "for " not in pattern:
        return pattern
    text = utf8(pattern)
    parts: list[bytes] = []
    done = position = 0
    while (found := _WHO.search(text, position)) is not None:
        group = 1 if found.start(1) >= 0 else 2
        start, end = found.start(group), found.end(group)
        if _NOBODY[group - 1].match(text, start) is None:
            parts += (text[done:start], b"*")
            done = end
        # A name can itself be the `user` before the next one.
        position = max(start, end - len(b"user"))
    return b"".join((*parts, text[done:])).decode()


def _composed(found: re.Match[str]) -> str:
    """Several values in one word are one, with what is between and behind them."""
    run = found[0]
    if run.count("*") < 2:
        return run
    end = run.rindex("*") + 1
    while (end := run.find(".", end)) >= 0:
        behind = run[end + 1 : end + 2] or found.string[found.end() : found.end() + 1]
        if not (behind.isalnum() or behind == "_"):  # a full stop
            return "*" + run[end:]
        end += 1
    return "*"


def _said_once(pattern: str) -> str:
    """Words with a value that are said again and again are said once: `a* is *, a* is *,`."""
    words = pattern.split(" ")
    kept: list[str] = []
    place = 0
    while place < len(words):
        length = _repeated(words, place) if "*" in words[place] else 0
        if not length:
            kept.append(words[place])
            place += 1
            continue
        phrase = words[place : place + length]
        kept += phrase
        place += length
        while words[place : place + length] == phrase:
            place += length
    return " ".join(kept)


def _repeated(words: list[str], place: int) -> int:
    """How many words from there on are repeated at once; 0 for none."""
    for length in range(1, _MOST_REPEATED + 1):
        behind = words[place + length : place + 2 * length]
        if all(behind) and words[place : place + length] == behind:
            return length
    return 0

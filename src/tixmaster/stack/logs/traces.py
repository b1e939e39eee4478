"""Stack traces: the same trouble has the same exception type and the same top frames, whatever the rest says."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from tixmaster.stack.linear import DIGIT, SPACE, WORD, Found, compiled, utf8

TOP: Final = 3
MOST_FRAMES: Final = 10_000
"""So many frames of a trace are looked at; what goes deeper calls itself."""
_PYTHON: Final = compiled(rf'(?m)^[{SPACE}]*File "([^"]+)", line {DIGIT}+, in ([^{SPACE}]+)')
_PYTHON_END: Final = compiled(rf"(?m)^([A-Za-z_][{WORD}.]*)(?::|$)")
_AT: Final = compiled(
    rf"(?m)^[{SPACE}]+at (?:async )?(?:new )?([{WORD}.$<>\[\] /]+?) ?\(([^()]*?)(?::{DIGIT}+)*\)"  # Java, JavaScript
    rf"|^[{SPACE}]+at (?:async )?([^{SPACE}]+?)(?::{DIGIT}+)+$"  # JavaScript without a name
    rf"|^[{SPACE}]+at ([{WORD}.`<>+]+)\("  # .NET
)
_GO: Final = compiled(rf"(?m)^([{WORD}./]+(?:\.\(\*?[{WORD}]+\))?\.[{WORD}]+)\(.*\)$")
_TYPE: Final = compiled(
    rf"(?:\A|[^{WORD}])((?:[A-Za-z_][{WORD}]*\.)*[A-Z][{WORD}]*(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Exit))"
    rf"(?:[^{WORD}]|\z)"
)
_CAUSE: Final = compiled(rf"(?m)^[{SPACE}]*Caused by: ([{WORD}.$]+)")
_SEPARATORS: Final = re.compile(r"[/\\]")
_FOREIGN: Final = ("node_modules", "node:", "internal/")


def pattern_of_trace(text: str) -> str | None:
    """`ValueError at parse (orders.py) < place (orders.py)`: type and the frames nearest to it; None for no trace."""
    data = utf8(text)
    if "Traceback (most recent call last)" in text or ('File "' in text and _PYTHON.search(data)):
        return _of_python(data)
    if text.find("\n") >= 0 and (text.startswith("panic: ") or "\ngoroutine " in text):
        names = (_text(found[1]).rpartition("/")[2] for found in _GO.finditer(data))
        return _put("panic", (name for name in names if not name.startswith(("runtime.", "panic"))))
    if "at " not in text or _AT.search(data) is None:
        return None
    cause = _last(_CAUSE.finditer(data)) if "Caused by: " in text else None
    first = cause or _TYPE.search(data.partition(b"\n  ")[0])
    return _put(_text(first[1]) if first else "Error", map(_frame, _AT.finditer(data)))


def _of_python(data: bytes) -> str | None:
    last = deque(_PYTHON.finditer(data), maxlen=MOST_FRAMES)
    frames = (f"{_text(found[2])} ({PurePosixPath(_text(found[1])).name})" for found in reversed(last))
    tail = data[data.rfind(b'\n  File "') + 1 :]
    ended = next((found for found in _PYTHON_END.finditer(tail) if found[1] != b"Traceback"), None)
    return _put(_text(ended[1]) if ended else "Error", frames)


def _frame(found: Found) -> str:
    name, file, bare, net = found.groups()
    if name:
        place = _text(file)
        kept = place if place.startswith(_FOREIGN) or "node_modules" in place else _SEPARATORS.split(place)[-1]
        return f"{_text(name).strip()} ({kept})" if kept else _text(name).strip()
    return PurePosixPath(_text(bare)).name if bare else _text(net)


def _put(name: str, frames: Iterable[str]) -> str:
    """The name with the first frames of one's own; where there are none, with the first ones."""
    foreign: list[str] = []
    own: list[str] = []
    for frame in islice(frames, MOST_FRAMES):
        if not any(word in frame for word in _FOREIGN):
            own.append(frame)
            if len(own) == TOP:
                break
        elif len(foreign) < TOP:
            foreign.append(frame)
    kept = own or foreign
    return f"{name} at {' < '.join(kept)}" if kept else name


def _last(found: Iterator[Found]) -> Found | None:
    kept = deque(found, maxlen=1)
    return kept[0] if kept else None


def _text(part: bytes | None) -> str:
    return (part or b"").decode("utf-8", "replace")

"""Stack traces: the same trouble has the same exception type and the same top frames, whatever the rest says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

TOP: Final = 3
_PYTHON: Final = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+, in (?P<name>\S+)', re.MULTILINE)
_PYTHON_END: Final = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
_AT: Final = re.compile(
    r"^\s+at (?:async )?(?:new )?(?P<name>[\w.$<>\[\] /]+?) ?\((?P<file>[^()]*?)(?::\d+)*\)"  # Java, JavaScript
    r"|^\s+at (?:async )?(?P<bare>\S+?)(?::\d+)+$"  # JavaScript without a name
    r"|^\s+at (?P<net>[\w.`<>+]+)\(",  # .NET
    re.MULTILINE,
)
_GO: Final = re.compile(r"^(?P<name>[\w./]+(?:\.\(\*?\w+\))?\.\w+)\(.*\)$", re.MULTILINE)
_TYPE: Final = re.compile(
    r"\b((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Exit))\b"
)
_CAUSE: Final = re.compile(r"^\s*Caused by: (?P<type>[\w.$]+)", re.MULTILINE)
_FOREIGN: Final = ("node_modules", "node:", "internal/")


def pattern_of_trace(text: str) -> str | None:
    """`ValueError at parse (orders.py) < place (orders.py)`: type and the frames nearest to it; None for no trace."""
    if "Traceback (most recent call last)" in text or _PYTHON.search(text):
        return _of_python(text)
    if text.find("\n") >= 0 and (text.startswith("panic: ") or "\ngoroutine " in text):
        frames = [found["name"].rpartition("/")[2] for found in _GO.finditer(text)]
        return _put("panic", [name for name in frames if not name.startswith(("runtime.", "panic"))])
    frames = [_frame(found) for found in _AT.finditer(text)]
    if not frames:
        return None
    causes = [found["type"] for found in _CAUSE.finditer(text)]
    first = _TYPE.search(text.partition("\n  ")[0])
    name = causes[-1] if causes else first[1] if first else "Error"
    return _put(name, frames)


def _of_python(text: str) -> str | None:
    frames = [f"{found['name']} ({PurePosixPath(found['file']).name})" for found in _PYTHON.finditer(text)]
    tail = text[text.rfind('\n  File "') + 1 :]
    ended = next((found for found in _PYTHON_END.finditer(tail) if found["type"] != "Traceback"), None)
    name = ended["type"] if ended else "Error"
    return _put(name, frames[::-1])


def _frame(found: re.Match[str]) -> str:
    if found["name"]:
        file = found["file"] or ""
        kept = file if file.startswith(_FOREIGN) or "node_modules" in file else re.split(r"[/\\]", file)[-1]
        return f"{found['name'].strip()} ({kept})" if kept else found["name"].strip()
    return PurePosixPath(found["bare"]).name if found["bare"] else str(found["net"])


def _put(name: str, frames: list[str]) -> str:
    own = [frame for frame in frames if not any(word in frame for word in _FOREIGN)] or frames
    return f"{name} at {' < '.join(own[:TOP])}" if own else name

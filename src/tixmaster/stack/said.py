"""Sentences in both languages, said once, where what they say is known.

`said("{name} does not answer", "{name} 沒有回應", name=…)` makes English text, a `str` for logs, JSON and scripts, that knows
its Chinese. A function that takes or returns `Said` accepts no plain text, so the type checker finds a sentence without its
translation. Text of others (names, log lines, what a person wrote) is the same in both: `verbatim`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

Tongue = Literal["en", "zh-TW"]


class Said(str):
    """English text, and the same in the Chinese of Taiwan as `zh`."""

    __slots__ = ("zh",)

    zh: str

    def __new__(cls, english: str, chinese: str | None = None) -> Said:
        made = super().__new__(cls, english)
        made.zh = english if chinese is None else chinese
        return made

    def filled(self, **values: object) -> Said:
        """With values in place of their names; one that is `Said` stands in the language of its sentence."""
        in_chinese = {name: chinese_of(value) for name, value in values.items()}
        return Said(self.format(**values), self.zh.format(**in_chinese))

    def map(self, change: Callable[[str], str]) -> Said:
        """The same change made to both."""
        return Said(change(str(self)), change(self.zh))


def said(english: str, chinese: str, /, **values: object) -> Said:
    """The sentence with its values filled in, as `str.format` does it. Both texts are written out at the call and name the
    same values."""
    return Said(english, chinese).filled(**values)


def verbatim(text: str) -> Said:
    """Text that is the same in every language; what is `Said` already stays so."""
    return text if isinstance(text, Said) else Said(text)


def joined(parts: Iterable[str], english: str = "; ", chinese: str = "；") -> Said:
    """The parts one after another."""
    listed = list(parts)
    return Said(english.join(listed), chinese.join(str(chinese_of(part)) for part in listed))


V = TypeVar("V")


def in_language(value: V, language: Tongue) -> V | str:
    """What is `Said` in the language; anything else as it is."""
    return chinese_of(value) if language == "zh-TW" else value


def chinese_of(value: V) -> V | str:
    """What is `Said` in Chinese; anything else as it is."""
    return value.zh if isinstance(value, Said) else value


SYSTEM: dict[str, str] = {
    "All connection attempts failed": "所有連線嘗試皆失敗",
    "Cannot assign requested address": "無法指派該位址",
    "Connection refused": "連線遭拒",
    "Connection reset by peer": "連線遭對方重設",
    "Broken pipe": "連線已中斷",
    "File exists": "檔案已存在",
    "Is a directory": "這是目錄",
    "Name or service not known": "無法解析名稱",
    "Temporary failure in name resolution": "名稱解析暫時失敗",
    "No address associated with hostname": "該主機名稱沒有位址",
    "Network is unreachable": "無法連至網路",
    "No route to host": "無法連至主機",
    "No space left on device": "磁碟空間不足",
    "No such file or directory": "沒有此檔案或目錄",
    "Not a directory": "這不是目錄",
    "Permission denied": "權限不足",
    "Read-only file system": "檔案系統唯讀",
    "Server disconnected without sending a response.": "伺服器未回應即中斷連線",
    "Connection timed out": "連線逾時",
    "timed out": "逾時",
    "Timeout": "逾時",
    "Too many open files": "開啟的檔案過多",
}
"""What operating systems and network libraries say most often."""


def system(text: object) -> Said:
    """What an operating system or a library said: common phrases in Chinese, the rest in its own words; of an error without
    words (httpx, where no answer came in time) its name."""
    english = str(text) or type(text).__name__
    chinese = english
    for phrase, translated in SYSTEM.items():
        chinese = re.sub(re.escape(phrase), translated, chinese, flags=re.IGNORECASE)
    return Said(english, chinese)

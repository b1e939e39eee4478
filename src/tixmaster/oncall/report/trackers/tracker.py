"""What every tracker can do, in the words of on-call; each folder says it in the tracker's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.stack.config import Config
from tixmaster.stack.said import Said


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue: what the tracker's interface calls it, and where people find it."""

    reference: str
    url: str


def to_act(*, closed: bool) -> Said:
    """What a person has to do where we may not."""
    return Said("close", "關閉") if closed else Said("reopen", "重新開啟")


class Tracker(Protocol):
    """All methods raise `DeliveryError`, which says whether another attempt can succeed."""

    longest_title: ClassVar[int]
    """How many characters it takes as the title of an issue; an issue with more is refused."""
    takes_files: ClassVar[bool]
    """Whether its interface can attach a file to an issue."""

    @classmethod
    def open(cls, config: Config) -> Self:
        """The tracker of `[oncall.tracker]`; nothing is sent yet."""
        ...

    def close(self) -> None:
        """Gives the connections back."""
        ...

    def check(self) -> str:
        """Whether the token is good and may write issues; in words, who we are and where."""
        ...

    def find(self, draft: Draft) -> Issue | None:
        """The issue with the draft's mark."""
        ...

    def create(self, draft: Draft) -> Issue: ...

    def attach(self, reference: str, name: str, content: bytes) -> None:
        """Attaches a file under that name, once."""
        ...

    def has_comment(self, reference: str, mark: str) -> bool:
        """Whether the issue has a comment with the mark."""
        ...

    def comment(self, reference: str, draft: Draft) -> None: ...

    def set_closed(self, reference: str, closed: bool) -> None:
        """Closes or reopens the issue; nothing where it is so already."""
        ...

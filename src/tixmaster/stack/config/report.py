"""Whom on-call tells besides those under [mail]: chat channels, escalation, an issue tracker, a language model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tixmaster.stack.config.mail import wrong_recipients
from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import HttpUrl, Record, Seconds, ServiceName

Language = Literal["en", "zh-TW"]
TrackerKind = Literal["github", "gitlab", "jira", "redmine", "roundup"]
Minutes = Annotated[
    float, msgspec.Meta(gt=0, le=525_600, description="a number of minutes above 0, at most 525600 (a year)")
]


class Channel(Record, frozen=True, kw_only=True):
    """A chat channel, as an Apprise address. Without severities or services it is told of all of them."""

    name: ServiceName
    url: (
        Annotated[
            str,
            msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://\S", description="an Apprise address such as slack://…"),
        ]
        | None
    ) = None
    url_file: Path | None = None
    """The file that holds the address, which is a secret: it contains the token of the channel."""
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    language: Language | None = None
    """The language of its messages; that of the mails unless this says otherwise."""

    def problems(self) -> Iterator[Problem]:
        if (self.url is None) == (self.url_file is None):
            key = "url_file" if self.url_file is not None else "url"
            yield Problem(place=(key,), said=f"the channel {self.name} needs either url or url_file.")

    def wants(self, severity: str, service: str) -> bool:
        """Whether it is told of such an incident."""
        return (not self.severities or severity in self.severities) and (not self.services or service in self.services)


class EscalationStep(Record, frozen=True, kw_only=True):
    """Who is told when nobody has acknowledged so many minutes after the incident was opened."""

    after_minutes: Minutes
    mail: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    repeat_minutes: Minutes | None = None
    """Told again after so long, as often as `repeats` says."""
    repeats: Annotated[int, msgspec.Meta(ge=0, le=100, description="a whole number from 0 to 100")] = 0

    def problems(self) -> Iterator[Problem]:
        if not self.mail and not self.channels:
            said = f"the step after {self.after_minutes:g} minutes tells nobody: give it mail or channels."
            yield Problem(place=("mail",), said=said)
        if self.repeats and self.repeat_minutes is None:
            said = f"the step after {self.after_minutes:g} minutes repeats, but repeat_minutes is missing."
            yield Problem(place=("repeat_minutes",), said=said)
        yield from wrong_recipients("mail", self.mail)


class Tracker(Record, frozen=True, kw_only=True):
    """The issue tracker that gets one issue an incident."""

    kind: TrackerKind
    url: HttpUrl
    """Its address for people; the one of its interface follows from it."""
    project: Annotated[str, msgspec.Meta(min_length=1)] = "issues"
    """`owner/repository` (GitHub, GitLab), the key (Jira), the identifier (Redmine); Roundup has none."""
    user: str | None = None
    """Whose token it is, where the tracker wants to know: Jira's cloud (an e-mail address) and Roundup."""
    token_file: Path
    labels: tuple[str, ...] = ("incident",)
    owners: tuple[str, ...] = ()
    """Who is tagged, as the tracker writes it: `@mei`, `@org/backend`, `[~accountid:…]`."""
    codeowners: Path | None = None
    """The CODEOWNERS file of a checkout; with `paths` it says who owns a service."""
    paths: dict[str, str] = msgspec.field(default_factory=dict)
    """Where the code of a service is in that checkout: `backend = "src/backend/"`."""


class Summary(Record, frozen=True, kw_only=True):
    """A language model behind an OpenAI-compatible interface, which sums an incident up. It gets redacted text only."""

    url: HttpUrl
    """Up to the version, as in `http://127.0.0.1:11434/v1`."""
    model: Annotated[str, msgspec.Meta(min_length=1)]
    key_file: Path | None = None
    timeout: Seconds = 60.0

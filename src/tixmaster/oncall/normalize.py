"""What alerts say, cleaned and bounded once, at the entry: later stages rely on every limit and character rule here.

Both entries use it: the webhook (`intake.py`) and the list of Alertmanager (`reconcile.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from tixmaster.stack.said import Said, said

LABEL_NAME = 128
IDENTITY = ("alertname", "service", "job", "severity")
"""Labels that name an incident, its runbook and its people. They stand in titles and file names, so they are shorter."""
IDENTITY_VALUE = 150
LABEL_VALUE = 1_000
SUMMARY = 300
ANNOTATION = 4_000
MOST_LABELS = 64
MOST_ANNOTATIONS = 32
ADDRESS = 2_000

TOLERANCE = timedelta(minutes=5)
"""How far the clock of Prometheus may be ahead of ours. A start further ahead would put the incident into the future."""
AHEAD = timedelta(days=1)
"""A start further ahead than this is no clock that was set back but a constant, and does not tell two firings apart."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A start before this is a default (year 1, Unix time 0), not a time."""

_UNWANTED_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Looked for first: nearly every text has none of these characters."""
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: PostgreSQL rejects the first, and UTF-8 has no form for the second."""
_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029][\x01-\x20\x7f-\x9f\u2028\u2029]*")
_CONTROLS_BUT_NEWLINE = re.compile("[\x01-\x09\x0b-\x1f\x7f-\x9f]+")
_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")
_EMPTY_LINES = re.compile("\n(?: *\n)+")
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Bidirectional controls: with them, a text reads differently from what it is."""
_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
"""As Alertmanager makes them, from all labels."""
_MARK = re.compile(r"… \(cut, ([\d,]{1,15}) characters\)\Z|…（已截斷 ([\d,]{1,15}) 個字元）\Z")
_LONGEST_MARK = len("… (cut, 999,999,999 characters)")
_WHOSE = ("alertname", "service", "job")
_PARAGRAPHS = ("description", "message")
"""Annotations whose names begin so may have several lines; every other text stands in tables, headers and lists."""
_FIRST = (*IDENTITY, "instance", "env", "team")
_FIRST_NOTES = ("summary", "summary_zh", "description", "description_zh", "runbook_url", "dashboard_uid", "panel_id")


@dataclass(frozen=True, kw_only=True)
class NormalAlert:
    """An alert as the later stages may rely on it. `notes` say what was replaced, with the original value."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None
    """When it ended; None while it fires."""
    fingerprint: str
    generator_url: str
    key: str
    """What makes two deliveries the same event."""
    notes: tuple[Said, ...]
    clamped: bool
    """Whether `starts_at` is the time of receipt, as what was sent is no possible start."""


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced, so that both databases and UTF-8 take it."""
    return _NOT_STORABLE.sub("\ufffd", text)


def line(text: str) -> str:
    """The text on one line: control characters and line breaks become one space, bidirectional controls are removed."""
    if not _UNWANTED_IN_A_LINE.search(text):
        return text.strip()
    return _INVISIBLE.sub("", _BREAKS.sub(" ", storable(text))).strip()


def paragraphs(text: str) -> str:
    """The same, with its line breaks kept (at most one empty line in a row)."""
    if not _UNWANTED_IN_A_LINE.search(text):
        return text.strip()
    text = _NEWLINES.sub("\n", storable(text))
    return _EMPTY_LINES.sub("\n\n", _INVISIBLE.sub("", _CONTROLS_BUT_NEWLINE.sub(" ", text))).strip()


def cut(text: str, keep: int, *, chinese: bool = False) -> str:
    """The first `keep` characters and how many are missing: `… (cut, 19,700 characters)`; a shorter text as it is.

    A text that was cut before keeps one mark, which counts everything that is missing.
    """
    if len(text) <= keep:
        return text
    missing = 0
    if found := _MARK.search(text[-_LONGEST_MARK:]):
        missing = int((found[1] or found[2]).replace(",", "") or 0)
        text = text[: -len(found[0])]
        chinese = chinese or found[2] is not None
        if len(text) <= keep:
            return text + _mark(missing, chinese=chinese)
    return text[:keep] + _mark(missing + len(text) - keep, chinese=chinese)


def fit(text: str, most: int, *, chinese: bool = False) -> str:
    """The text in at most `most` characters, the mark included."""
    return text if len(text) <= most else cut(text, max(most - _LONGEST_MARK, 0), chinese=chinese)[:most]


def in_chinese(text: str) -> str:
    """The text with its mark, where it has one, in Chinese."""
    found = _MARK.search(text[-_LONGEST_MARK:])
    return (
        text[: -len(found[0])] + _mark(int(found[1].replace(",", "") or 0), chinese=True)
        if found and found[1]
        else text
    )


def _mark(missing: int, *, chinese: bool) -> str:
    return f"…（已截斷 {missing:,} 個字元）" if chinese else f"… (cut, {missing:,} characters)"


def labels_of(sent: Mapping[str, str]) -> dict[str, str]:
    """Labels as they are stored. Those without a value are none, as in Prometheus."""
    return _bounded(sent, MOST_LABELS, _FIRST, _label)


def annotations_of(sent: Mapping[str, str]) -> dict[str, str]:
    """Annotations as they are stored."""
    return _bounded(sent, MOST_ANNOTATIONS, _FIRST_NOTES, _annotation)


def alert(
    *,
    status: str,
    sent_labels: Mapping[str, str],
    sent_annotations: Mapping[str, str],
    starts_at: str | datetime,
    ends_at: str | datetime,
    fingerprint: str,
    generator_url: str,
    now: datetime,
) -> NormalAlert:
    """The alert with everything that a later stage could stumble over replaced. `now` is the time of receipt."""
    kept, told = labels_of(sent_labels), annotations_of(sent_annotations)
    notes = [*_left_out(sent_labels, kept), *_left_out_notes(sent_annotations, told)]
    if not _FINGERPRINT.match(fingerprint):
        fingerprint = _fingerprint_of(fingerprint, sent_labels, kept)
    sent_start, sent_end = _moment(starts_at), _moment(ends_at)
    start = sent_start if sent_start and EARLIEST <= sent_start <= now + TOLERANCE else None
    if start is None:
        notes.append(_start_note(starts_at, sent_start))
    end: datetime | None = None
    if status == "resolved":
        end = sent_end if sent_end and EARLIEST <= sent_end <= now + TOLERANCE else None
        if end is None or end < (start or now):
            if sent_end is None or sent_end > EARLIEST:  # Alertmanager itself sends the year 1 for "no end"
                notes.append(_end_note(ends_at))
            end = max(now, start or now)
    identity = sent_start if sent_start and EARLIEST <= sent_start <= now + AHEAD else now
    if status == "resolved" and identity is now and end == sent_end:
        identity = EARLIEST  # the end alone tells a second delivery from a second end
    return NormalAlert(
        status=status,
        labels=kept,
        annotations=told,
        starts_at=start or now,
        ends_at=end,
        fingerprint=fingerprint,
        generator_url=line(generator_url)[:ADDRESS],
        key=key(fingerprint, status, identity, end if end == sent_end else None),
        notes=tuple(notes),
        clamped=start is None,
    )


def key(fingerprint: str, status: str, starts_at: datetime, ended_at: datetime | None = None) -> str:
    """What makes two deliveries the same event."""
    ended = ended_at.isoformat() if status == "resolved" and ended_at else ""
    return f"{fingerprint}|{status}|{starts_at.isoformat()}|{ended}"


def _moment(sent: str | datetime) -> datetime | None:
    """The time that was sent; None where it is none, or in the year 1, or has no zone."""
    try:
        moment = sent if isinstance(sent, datetime) else msgspec.convert(sent, datetime)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (msgspec.ValidationError, ValueError, OverflowError):  # ValueError: a lone surrogate has no UTF-8
        return None


def _start_note(sent: str | datetime, moment: datetime | None) -> Said:
    shown = _shown(sent)
    if moment is None:
        return said(
            "startsAt {sent} is not a time with a zone; the time of receipt is used instead.",
            "startsAt {sent} 不是含時區的時間，改用收到警報的時間。",
            sent=shown,
        )
    if moment < EARLIEST:
        return said(
            "startsAt {sent} is before the year 2000; the time of receipt is used instead.",
            "startsAt {sent} 早於 2000 年，改用收到警報的時間。",
            sent=shown,
        )
    return said(
        "startsAt {sent} is in the future; the time of receipt is used instead.",
        "startsAt {sent} 在未來，改用收到警報的時間。",
        sent=shown,
    )


def _end_note(sent: str | datetime) -> Said:
    return said(
        "endsAt {sent} is not a possible end; the time of receipt is used instead.",
        "endsAt {sent} 不是合理的結束時間，改用收到警報的時間。",
        sent=_shown(sent),
    )


def _shown(sent: str | datetime) -> str:
    text = sent if isinstance(sent, str) else sent.isoformat()
    return fit(line(text), 100) or '""'


def _label(name: str, value: str) -> str:
    return cut(line(value), IDENTITY_VALUE if name in IDENTITY else LABEL_VALUE)


def _annotation(name: str, value: str) -> str:
    chinese = name.endswith("_zh")
    if name in ("summary", "summary_zh"):
        return cut(line(value), SUMMARY, chinese=chinese)
    return cut((paragraphs if name.startswith(_PARAGRAPHS) else line)(value), ANNOTATION, chinese=chinese)


def _bounded(
    sent: Mapping[str, str], most: int, first: tuple[str, ...], clean: Callable[[str, str], str]
) -> dict[str, str]:
    """The first `most` pairs, cleaned: those that on-call itself reads, then the others in their order."""
    names = list(sent)
    if len(names) > most:
        names = [name for name in first if name in sent] + [name for name in names if name not in first]
    kept: dict[str, str] = {}
    for name in names:
        if len(kept) == most:
            break
        shown = cut(line(name), LABEL_NAME)
        value = clean(name, sent[name])
        if shown and value:
            kept.setdefault(shown, value)
    return kept


def _left_out(sent: Mapping[str, str], kept: Mapping[str, str]) -> list[Said]:
    if len(sent) <= MOST_LABELS:
        return []
    return [said("{count:,} labels were left out.", "略去 {count:,} 個標籤。", count=len(sent) - len(kept))]


def _left_out_notes(sent: Mapping[str, str], kept: Mapping[str, str]) -> list[Said]:
    if len(sent) <= MOST_ANNOTATIONS:
        return []
    return [said("{count:,} annotations were left out.", "略去 {count:,} 個註解。", count=len(sent) - len(kept))]


def _fingerprint_of(sent: str, sent_labels: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """One that other deliveries of the alert lead to as well: from all labels, or from what a sender other than Alertmanager
    wrote in its place. That may be a constant, so it tells apart only alerts of one name and service."""
    what = repr((sent, *(kept.get(name) for name in _WHOSE))) if sent else repr(sorted(sent_labels.items()))
    return hashlib.sha256(what.encode(errors="surrogatepass")).hexdigest()[:16]

"""The mails of an incident: one when its cause is known, one reply when a person is needed, one when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.normalize import fit
from tixmaster.oncall.person import who
from tixmaster.oncall.remedy import links
from tixmaster.oncall.report.story import LONGEST_REASON, Story, title_of
from tixmaster.oncall.report.words import Language, clock, say, span
from tixmaster.oncall.store.bilingual import told
from tixmaster.stack.config.mailbox import parse
from tixmaster.stack.grafana.provisioning import link as grafana_link
from tixmaster.stack.health import probe

LONGEST_SUBJECT = 200
INLINE_GRAPHS = 2
GRAFANA_SECONDS = 0.5
MARKS = {"ok": "✓", "failed": "✗", "skipped": "–", "error": "!"}
ATTACHED = ("log-excerpt", "signatures", "numbers", "panel")

_templates = Environment(
    loader=PackageLoader("tixmaster.oncall.report"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


Letters = dict[str, EmailMessage]
"""A mail as each recipient gets it, by address: the same but for the links, which name whose they are."""


def page(desk: Desk, story: Story) -> Letters:
    """The one mail: what broke, why we think so, what happens next, the proof."""
    language = desk.config.oncall.language
    letters = _letters(desk, story, "page", story.headline(language), desk.config.mail.oncall, "page", minutes=None)
    for message in letters.values():
        _attach(message, desk, story)
    return letters


def needed(desk: Desk, story: Story, action: dict[str, Any]) -> Letters:
    """The reply in the thread when the remedy did not help."""
    language = desk.config.oncall.language
    what = f"{say('still-broken', language)}: {told(action, 'result', language)}"
    return _letters(desk, story, f"action-{action['id']}", what, desk.config.mail.oncall, "needed", action=action)


def escalated(desk: Desk, story: Story, key: str, minutes: float, recipients: Sequence[str]) -> Letters:
    """The whole mail to those who are told because nobody has acknowledged."""
    language = desk.config.oncall.language
    what = say("escalated-title", language, what=story.headline(language))
    return _letters(desk, story, key, what, recipients, "page", minutes=f"{minutes:g}")


def recovered(desk: Desk, story: Story) -> Letters:
    """The reply in the thread when the incident is closed."""
    language = desk.config.oncall.language
    over = say("recovered-what", language, at=clock(story.recovered_at), what=story.title(language))
    return _letters(desk, story, "recovered", over, desk.config.mail.oncall, "recovered")


def _letters(
    desk: Desk, story: Story, kind: str, what: str, recipients: Sequence[str], template: str, **more: Any
) -> Letters:
    values, letters = _values(desk, story, **more), {}
    for address in dict.fromkeys(recipients):
        message = _message(desk, story, kind, what, recipients)
        _write(message, desk, story, template, values | {"answers": _answers(desk, story, address)})
        letters[address] = message
    return letters


def _message(desk: Desk, story: Story, kind: str, what: str, recipients: Sequence[str]) -> EmailMessage:
    """The head: the first mail begins the thread, every other is a reply to it."""
    message = EmailMessage()
    state = "resolved" if kind == "recovered" else None
    message["Subject"] = title_of(story, what, desk.config.oncall.language, LONGEST_SUBJECT, state=state)
    message["From"] = parse(desk.config.mail.sender).header
    message["To"] = ", ".join(parse(recipient).header for recipient in recipients)
    message["Date"] = format_datetime(desk.now())
    root = f"<{story.thread}@tixmaster>"
    begins = kind == "page" and not story.paged
    message["Message-ID"] = root if begins else f"<{story.thread}.{kind}.{story.run}@tixmaster>"
    if not begins:
        message["In-Reply-To"] = message["References"] = root
    message["X-TixMaster-Incident"] = story.name
    return message


def _values(desk: Desk, story: Story, **more: Any) -> dict[str, Any]:
    """What the templates need, the same for all recipients."""
    language: Language = desk.config.oncall.language
    return {
        "story": story,
        "language": language,
        "marks": MARKS,
        "say": lambda word, **known: say(word, language, **known),
        "clock": clock,
        "span": lambda start, end: span(start, end, language),
        "told": lambda row, name: fit(told(row, name, language), LONGEST_REASON, chinese=language == "zh-TW"),
        "who": who,
        "now": desk.now(),
        "url": desk.console_url(story.name),
        "dashboard_url": desk.config.link("oncall", story.dashboard_path),
        "grafana_url": grafana_link(desk.config, story.telling_panel)
        if probe(desk.config, "grafana", GRAFANA_SECONDS).healthy
        else None,
        "runbook_url": story.annotation("runbook_url"),
        "link_minutes": f"{desk.config.oncall.remedy.expire_minutes:g}",
        "graphs": [item for item in story.taken("panel") if item["run"] == story.run][:INLINE_GRAPHS],
        "attached": [item for item in story.artefacts if item["status"] == "ok" and item["kind"] in ATTACHED],
        **more,
    }


def _write(message: EmailMessage, desk: Desk, story: Story, template: str, values: dict[str, Any]) -> None:
    """Text and HTML of the same template pair, in the configured language, graphs inline in the HTML."""
    message.set_content(_templates.get_template(f"{template}.txt.j2").render(values))
    message.add_alternative(_templates.get_template(f"{template}.html.j2").render(values), subtype="html")
    if template == "page":
        html = message.get_payload()[1]  # type: ignore[index]
        for item in values["graphs"]:
            content = (record_folder(desk, story.name) / item["path"]).read_bytes()
            html.add_related(content, "image", "png", cid=f"<{item['id']}@tixmaster>")  # type: ignore[union-attr]


def _answers(desk: Desk, story: Story, to: str) -> dict[str, str]:
    """One recipient's links that answer the open proposal, by answer; none where nothing waits for one."""
    waiting = story.action
    if waiting is None or waiting["state"] != "proposed":
        return {}
    number: int = story.incident["number"]
    return {answer: links.link(desk, number, waiting["id"], answer, to) for answer in get_args(links.Answer)}


def _attach(message: EmailMessage, desk: Desk, story: Story) -> None:
    """The excerpt, the signatures, the graphs and the numbers behind them."""
    types = {
        ".txt": ("text", "plain"),
        ".json": ("application", "json"),
        ".csv": ("text", "csv"),
        ".png": ("image", "png"),
    }
    for item in story.artefacts:
        if item["run"] == story.run and item["status"] == "ok" and item["kind"] in ATTACHED:
            path = record_folder(desk, story.name) / item["path"]
            main, sub = types[path.suffix]
            message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name)

"""Steps and decisions in words, for paper: nobody who is woken reads YAML or CEL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tixmaster.oncall.sop.document import Action, DecisionRow, Step, Text
from tixmaster.oncall.sop.prose import Language
from tixmaster.stack.said import in_language

WORDS: dict[str, dict[Language, str]] = {
    "step": {"en": "Step {number}", "zh-TW": "步驟 {number}"},
    "look": {"en": "Look at", "zh-TW": "查看"},
    "do": {"en": "Do", "zh-TW": "執行"},
    "check": {"en": "check `{name}`", "zh-TW": "檢查 `{name}`"},
    "with": {"en": "{what}: {given}", "zh-TW": "{what}：{given}"},
    "only-if": {"en": "Only if", "zh-TW": "條件"},
    "else": {"en": "{condition} (otherwise: {why})", "zh-TW": "{condition}（否則：{why}）"},
    "expected": {"en": "Expected", "zh-TW": "預期"},
    "nothing-wrong": {"en": "the check finds nothing wrong", "zh-TW": "檢查未發現異常"},
    "healthy": {"en": "the service is healthy again", "zh-TW": "服務恢復健康"},
    "limit": {"en": "Time limit", "zh-TW": "時限"},
    "seconds": {"en": "{seconds:g} s", "zh-TW": "{seconds:g} 秒"},
    "failure": {"en": "If it fails", "zh-TW": "失敗代表"},
    "carry-out": {"en": "Carry out *{link}*.", "zh-TW": "執行「{link}」。"},
    "quoted": {"en": "**{title}**", "zh-TW": "「{title}」"},
    "and": {"en": " and ", "zh-TW": "，且"},
    "or": {"en": " or ", "zh-TW": "，或"},
    "not": {"en": "not: ", "zh-TW": "並非："},
    "matches": {"en": "{value} matches {pattern}", "zh-TW": "{value} 符合 {pattern}"},
    "==ok": {"en": "{step} is as it should be", "zh-TW": "{step}正常"},
    "==failed": {"en": "{step} failed", "zh-TW": "{step}失敗"},
    "==skipped": {"en": "{step} was skipped", "zh-TW": "{step}已略過"},
    "==error": {"en": "{step} could not be carried out", "zh-TW": "{step}無法執行"},
    "!=ok": {"en": "{step} is not as it should be", "zh-TW": "{step}未顯示正常"},
    "!=failed": {"en": "{step} did not fail", "zh-TW": "{step}未失敗"},
    "!=skipped": {"en": "{step} was not skipped", "zh-TW": "{step}未略過"},
    "!=error": {"en": "{step} could be carried out", "zh-TW": "{step}可執行"},
    "found": {"en": "What was found", "zh-TW": "檢查結果"},
    "cause": {"en": "Cause", "zh-TW": "原因"},
    "confidence": {"en": "Confidence", "zh-TW": "信心"},
    "remedy": {"en": "Remedy", "zh-TW": "處置"},
    "nothing": {"en": "a person must look", "zh-TW": "須由人員查看"},
}
_STATUS = re.compile(r'^(?P<step>\w+)\.status\s*(?P<sign>==|!=)\s*["\'](?P<status>ok|failed|skipped|error)["\']$')
_VALUE = re.compile(r"^(?P<not>!?)(?:(?P<step>\w+)\.)?value\.(?P<path>[\w.]+(?:\[\d+\][\w.]*)?)$")
_COMPARED = re.compile(r"^(?P<left>.+?)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<right>[\w.\-]+|\"[^\"]*\"|'[^']*')$")
_MATCHED = re.compile(r"^(?P<left>.+)\.(?:matches|contains)\((?P<pattern>\"[^\"]*\"|'[^']*')\)$")
SIGNS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def say(word: str, language: Language, **values: object) -> str:
    """The phrase in the language, with its values filled in."""
    return WORDS[word][language].format(**values)


def condition(text: str, titles: Mapping[str, Text], language: Language) -> str:
    """CEL in words, as Markdown: **Database port** failed and **Errors in error.log** `matching` > 0. What has no words
    stays CEL."""
    pieces = _split(text)
    return "".join(
        say("and", language)
        if piece == "&&"
        else say("or", language)
        if piece == "||"
        else _one(piece, titles, language)
        for piece in pieces
    )


def _split(text: str) -> list[str]:
    """The parts of a condition between `&&` and `||` that stand in no brackets and no string, and those signs."""
    pieces, piece, depth, quote = [], "", 0, ""
    at = 0
    while at < len(text):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and text[at : at + 2] in ("&&", "||"):
            pieces += [piece.strip(), text[at : at + 2]]
            piece, at = "", at + 2
            continue
        piece, at = piece + letter, at + 1
    return [*pieces, piece.strip()]


def _one(piece: str, titles: Mapping[str, Text], language: Language) -> str:
    if piece.startswith("(") and piece.endswith(")") and len(_split(piece[1:-1])) > 1:
        return f"({condition(piece[1:-1], titles, language)})"
    if (found := _STATUS.match(piece)) and found["step"] in titles:
        return say(found["sign"] + found["status"], language, step=_quoted(titles[found["step"]], language))
    if (found := _VALUE.match(piece)) and (value := _value(found, titles, language)):
        return (say("not", language) if found["not"] else "") + value
    if (found := _MATCHED.match(piece)) and (value := _named(found["left"], titles, language)):
        return say("matches", language, value=value, pattern=_code(found["pattern"]))
    if (found := _COMPARED.match(piece)) and (value := _named(found["left"], titles, language)):
        return f"{value} {SIGNS[found['sign']]} {_code(found['right'])}"
    return _code(piece)


def _named(text: str, titles: Mapping[str, Text], language: Language) -> str:
    """A value that a condition reads, in words; empty for anything else."""
    found = _VALUE.match(text)
    return _value(found, titles, language) if found and not found["not"] else ""


def _value(found: re.Match[str], titles: Mapping[str, Text], language: Language) -> str:
    if found["step"] is None:
        return _code(found["path"])
    return f"{_quoted(titles[found['step']], language)} {_code(found['path'])}" if found["step"] in titles else ""


def _quoted(title: Text, language: Language) -> str:
    return say("quoted", language, title=title.both()[language])


def _code(text: str) -> str:
    return f"`{text}`"


def step_table(step: Step | Action, number: int, titles: Mapping[str, Text], language: Language) -> Iterator[str]:
    """A step as the lines of a Markdown table of two columns."""
    rows = [(say("step", language, number=number), f"{step.title.both()[language]} (`{step.id}`)"), ("---", "---")]
    if isinstance(step, Action):
        rows.append((say("do", language), _code(f"tix {step.action} {step.params.service}")))
        expected = say("healthy", language)
    else:
        given = ", ".join(f"{key} {_code(_plain(value))}" for key, value in step.params.items())
        what = say("check", language, name=step.check)
        rows.append((say("look", language), say("with", language, what=what, given=given) if given else what))
        expected = condition(step.expect, titles, language) if step.expect else say("nothing-wrong", language)
    if step.when:
        said = condition(step.when, titles, language)
        rows.append(
            (
                say("only-if", language),
                say("else", language, condition=said, why=in_language(step.why_skipped, language)),
            )
        )
    rows.append((say("expected", language), expected))
    rows.append((say("limit", language), say("seconds", language, seconds=step.timeout)))
    if step.failure:
        rows.append((say("failure", language), step.failure.both()[language]))
    return (f"| {left} | {_cell(right)} |" for left, right in rows)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else " ".join(str(value).split())


def decision_table(
    rows: tuple[DecisionRow, ...], titles: Mapping[str, Text], causes: Mapping[str, Text], language: Language
) -> Iterator[str]:
    """The decisions as the lines of a Markdown table: what was found, what that means, what to do."""
    head = " | ".join(say(word, language) for word in ("found", "cause", "confidence", "remedy"))
    yield from (f"| {head} |", "|---|---|---|---|")
    for row in rows:
        cells = (
            condition(row.when, titles, language),
            f"{causes[row.cause].both()[language]} (`{row.cause}`)",
            f"{row.confidence:.0%}",
            _code(f"tix {row.remedy}") if row.remedy else say("nothing", language),
        )
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Text that does not end its cell of a table."""
    return text.replace("|", "\\|")
